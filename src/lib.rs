//! One slot for an expensive value: when it is due, one caller makes the next one, and all others go on
//! with the old one.
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::time::Duration;
//!
//! static REPORT: DogpileCell<String> = DogpileCell::new(Duration::from_secs(60));
//!
//! fn slow_query() -> String {
//!     "42 orders".to_owned()
//! }
//!
//! // In any number of threads:
//! let report = REPORT.get_or_regen(slow_query);
//! assert_eq!(*report, "42 orders");
//!
//! // In any number of tasks:
//! async fn length() -> usize {
//!     REPORT.get_or_regen_async(async || slow_query()).await.len()
//! }
//! # assert_eq!(pollster::block_on(length()), 9);
//! ```
//!
//! # The problem
//!
//! A value is expensive to make, many threads read it all the time, and it has to be renewed now and then:
//! a report, a price list, an access token, a compiled configuration. The straightforward way:
//!
//! ```
//! use std::sync::RwLock;
//! use std::time::{Duration, Instant};
//!
//! static REPORT: RwLock<Option<(Instant, String)>> = RwLock::new(None);
//!
//! fn report() -> String {
//!     if let Some((made_at, report)) = &*REPORT.read().unwrap() {
//!         if made_at.elapsed() < Duration::from_secs(60) {
//!             return report.clone();
//!         }
//!     }
//!     let report = slow_query(); // (1)
//!     *REPORT.write().unwrap() = Some((Instant::now(), report.clone()));
//!     report
//! }
//! # fn slow_query() -> String { "42 orders".to_owned() }
//! # assert_eq!(report(), report());
//! ```
//!
//! When the value expires, every thread that comes by before the first query has ended gets to (1) and
//! starts one more. The database slows down, so the queries take longer, so more threads get to (1): the
//! *dogpile*, or cache stampede.
//!
//! Taking the write lock before (1) leaves one query, but now everybody waits for it, at each expiry, while
//! a value that is a moment too old lies at hand. If the query hangs, the service hangs; if it panics, the
//! lock is poisoned. And each read, however fresh the value, writes to the lock that all readers share.
//!
//! # This crate
//!
//! [`DogpileCell`] keeps serving the old value while *one* caller, elected by a compare-and-swap, makes the
//! next. Only callers that find nothing to serve, such as the very first ones, wait: asleep, and for one
//! creation function. A read of a servable value is one load of an `Arc` through [arc-swap], which readers
//! do not contend for, and one look at the clock.
//!
//! # Trade-offs
//!
//! - **Old values are served**, by default for as long as making the next one takes. A cell that nobody read
//!   for an hour serves an hour-old value to those who come while the first of them renews it.
//!   [`Builder::stale_while_revalidate`] sets a limit, after which callers wait instead.
//! - **The leader pays.** The creation function runs in the thread, or the task, of the caller that is elected: no
//!   value is made in the background, and nothing is renewed that nobody asks for. (There are threads of ours only
//!   where you start a [`clock::TickClock`], and while a task waits with a time limit: one, `dogpile-timer`, for all of them.)
//!   Where no request may be
//!   slow, let the requests call [`get_or_hand_off`](DogpileCell::get_or_hand_off), and threads of your own do
//!   the work.
//! - **An outage is not seen**, by default, as long as there is a value: it is served on, with its true age, while
//!   attempts come ever more rarely. Where an old value is worse than an error, set
//!   [`stale_while_revalidate`](Builder::stale_while_revalidate) and
//!   [`stale_if_error`](Builder::stale_if_error). And when the origin is back, the value may be late by up to half
//!   a minute, the longest [`retry_after`](Builder::retry_after).
//! - **A creation function that hangs** is taken over only if there is a [`lease_timeout`](Builder::lease_timeout),
//!   and then goes on beside its successor: no thread can be stopped from outside. Without one a stale value is
//!   served on, within its window, but who finds nothing to serve waits with it. Give it timeouts of its own.
//! - **Infallible callers cannot be told of an error**, so on an empty cell they are not throttled: after a panic
//!   one of them after the other tries. Where that can happen often, use
//!   [`try_get_or_regen`](DogpileCell::try_get_or_regen).
//! - **One cell is one value.** There are no keys, no eviction, and no bound on size.
//! - **Two values are alive** during a regeneration, and an old one for as long as a [`Guard`] or an `Arc`
//!   of it is kept, or a [`Reader`] that read it does not read again.
//! - **A time to live is as exact as the clock.** [`clock::CoarseClock`], the default, is some milliseconds late;
//!   [`clock::PreciseClock`] costs more per read, and [`clock::TickClock`] less, and a thread.
//!
//! # What each call does
//!
//! *Served*: returns the value at once, without waiting.
//!
//! | the cell is | [`get_or_regen`](DogpileCell::get_or_regen), [`try_get_or_regen`](DogpileCell::try_get_or_regen) | [`get`](DogpileCell::get) |
//! |---|---|---|
//! | fresh | served | served |
//! | stale, nobody at work | one caller leads: it runs its creation function and returns the new value; all others are served the stale one | served the stale value |
//! | stale, a leader at work | served the stale value; past the leader's [`lease_timeout`](Builder::lease_timeout), the next caller takes over and leads | served the stale value |
//! | stale, a failure being throttled | served the stale value | served the stale value |
//! | empty, invalidated or expired; nobody at work | one caller leads, the others wait | `None` |
//! | empty, invalidated or expired; a leader at work | waits; past `lease_timeout`, one of those who wait takes over. A `try_` caller waits for [`wait_timeout`](Builder::wait_timeout) at most, and gets an error then | `None` |
//! | empty, invalidated or expired; a failure being throttled | `try_`: the error of that failure, at once. Infallible: one caller leads, the others wait | `None` |
//!
//! *Stale* means past the time to live, or marked; *expired* means past the stale-while-revalidate window,
//! too, and after a failure past the stale-if-error window as well, if that is longer. Both are unlimited by
//! default. All ends are half-open: a value whose age equals its time to live is stale.
//!
//! Two more verbs elect:
//!
//! | call | elected | not elected |
//! |---|---|---|
//! | [`get_or_hand_off(f)`](DogpileCell::get_or_hand_off) | `f` gets the [`Lease`] and passes it on; the caller is served the stale value, and waits if there is none | as `try_get_or_regen` |
//! | [`try_lead()`](DogpileCell::try_lead) | gets the [`Lease`] | `None`, at once |
//!
//! A [`Reader`] asks for its thread. Its [`get_or_regen`](Reader::get_or_regen),
//! [`try_get_or_regen`](Reader::try_get_or_regen) and [`get`](Reader::get) do in each state what the cell's do, and
//! return a reference in place of a guard. It keeps what it read, so that to be served the same once more costs
//! plain loads and a look at the clock.
//!
//! What can be done with a [`Lease`], on whatever thread it is:
//!
//! | call | effect, if nothing newer is in the cell | if something is |
//! |---|---|---|
//! | [`publish(v)`](Lease::publish) | `v` is the value, and fresh; all waiters wake with it | [`Superseded`] with `v` in it |
//! | [`renew()`](Lease::renew) | the [previous](Lease::previous) value is fresh for another time to live | [`RenewError::Superseded`] |
//! | [`fail(error)`](Lease::fail) | as if a creation function had returned the error | nothing |
//! | [`extend(time)`](Lease::extend) | the lease ends `time` from now; `true`: nobody had taken over at that moment | `false` |
//! | drop | given up, without throttle: all waiters wake, and exactly one caller becomes the next leader | nothing |
//!
//! And from outside:
//!
//! | call | nobody at work | a leader at work |
//! |---|---|---|
//! | [`set(v)`](DogpileCell::set) | `v` is published, and replaces whatever was there | the same; the leader's result will be superseded, and waiters wake with `v` |
//! | [`mark_stale()`](DogpileCell::mark_stale) | a value stays servable, and the next `get_or_regen` regenerates; on an empty cell: nothing | the leader's result will be published, but stale from birth |
//! | [`invalidate()`](DogpileCell::invalidate) | the cell is empty | the same; the leader's result will be superseded, and waiters elect a new leader |
//! | [`invalidate_if(n)`](DogpileCell::invalidate_if) | as `invalidate`, if the value of version `n` is there; else nothing, and `false` | the same |
//! | [`is_regenerating()`](DogpileCell::is_regenerating) | `false` | `true` |
//! | [`last_error()`](DogpileCell::last_error) | why the last attempt failed, if it did and nothing was published since | the same |
//! | [`stats()`](DogpileCell::stats) | counts and times of all that does not happen on a served read | the same |
//!
//! A *superseded* result is returned to the caller that made it and to nobody else; the cell never sees it.
//!
//! | event | effect |
//! |---|---|
//! | the creation function returns | its value is published, fresh for its time to live, the version grows by one, and all waiters wake with it |
//! | it returns an error, and there is a value within [`stale_if_error`](Builder::stale_if_error) | its caller gets that value, which says its true age; the error is in `last_error()`; the next attempt is made after [`retry_after`](Builder::retry_after): by default within 100 ms, and ever more rarely after each further failure, down to one in 15 to 30 s |
//! | it returns an error, and there is nothing to serve | its caller and all who waited for it get that error at once, and none of them runs its own creation function; later `try_` callers get it until `retry_after` has passed |
//! | it panics | the panic goes on in its own thread, and the cell is not poisoned. A stale value is served on, and throttles the next attempt as after an error; on an empty cell, all waiters wake and elect one of themselves |
//! | it takes longer than [`lease_timeout`](Builder::lease_timeout), if there is one | another caller takes over: a waiter by itself, or the next caller that finds the value due. Whatever the first one does from then on changes nothing in the cell; its result goes to its own caller |
//! | it calls its own cell | served, if there is a servable value; else [`RegenError::Reentrant`], and from `get_or_regen` a panic whose message says so; no deadlock. `try_lead`, and the verbs that do not elect, work as usual |
//! | it has a second thread do that, and waits for it | a deadlock, if there is no servable value: re-entrance is noticed on the same thread only. A `wait_timeout` ends it, as it ends that of [two cells that need each other](docs::origin_down#two-cells-that-need-each-other) |
//!
//! How that goes on over time, for four settings: [`docs::origin_down`].
//!
//! # In async code
//!
//! Each of the cell's calls that may wait has a sister for tasks, named `_async`, with the same meaning, on the same
//! cell: threads and tasks wait for one another. They need no runtime, and work on each; they are `Send` if what they
//! are made of is; a value is served at the first poll. Do not use the blocking calls in a task: they hold up the
//! thread that the leader's task may need to go on.
//!
//! A [`Reader`] has no such sisters. In a task, use its [`get`](Reader::get), which never waits. But neither does it
//! elect: where it finds nothing, or what it found is to be renewed ([`freshness`](Reader::freshness) says whether it was
//! stale), ask the cell: `reader.cell().get_or_regen_async(f)`.
//!
//! - All are cancel safe. A leader that is cancelled gives its lease up: all waiters wake, and exactly one of them leads
//!   at once. What its creation function did so far is lost; to let it go on, hand it off
//!   ([`get_or_hand_off_async`](DogpileCell::get_or_hand_off_async)) to a task of its own.
//! - A task that is not polled holds nobody up while it waits. One that leads does, until
//!   [`lease_timeout`](Builder::lease_timeout): set one, where tasks may be left alone.
//! - Keep no [`Guard`] across an `await`. It is made for the few lines after the read: on another thread it costs a
//!   shared reference count, and so does each beyond the eighth that a thread holds. Copy what you need out of it, or
//!   keep the value by [`Guard::to_arc`].
//! - Limits of time are real time, whatever the runtime makes of its own: a task that waits with one is woken by a thread
//!   of this crate, `dogpile-timer`, which is there as long as there are such tasks, and a second longer. After a
//!   `fork` the child has no such thread, and if the parent had one then, starts none: no limit ends a task's wait
//!   there.
//! - Wakers are called one after the other, by whoever publishes or gives a lease up, with nothing locked. One that
//!   panics, or that drops or polls its task on the spot, disturbs nobody. One that blocks holds up those after it; if it
//!   was a limit that woke it, those of all cells.
//! - A waiter is answered by what was published after its call began. One that is not polled for an hour gets that
//!   value, though it may be an hour old by then, and expired: [`Guard::age`] says so.
//! - Re-entrance is found out per thread. An unrelated task that a creation function polls on its own thread, for
//!   instance by a `block_on` in there, counts as inside of it: with nothing to serve, it is told
//!   [`RegenError::Reentrant`] although it could wait.
//! - To await [`try_get_or_regen_async`](DogpileCell::try_get_or_regen_async) costs somewhat more than to await
//!   [`get_or_regen_async`](DogpileCell::get_or_regen_async), also when served: the result is moved once more.
//!
//! # Consistency
//!
//! - A value is seen whole, and after everything that its creation function did before it returned.
//! - The versions that one thread reads never go backwards. (The leader of a superseded result gets what it
//!   made, and with it the version that it set out to replace.)
//!   So too where a thread reads now through the cell and now through a [`Reader`].
//! - A read that starts after [`set`](DogpileCell::set) or [`invalidate`](DogpileCell::invalidate) returned
//!   never gets what was there before.
//! - On one version, one creation function runs at a time. Only after `set` or `invalidate`, or when one overran
//!   its `lease_timeout`, may a new leader start beside one whose result is already superseded.
//! - A creation function that runs because of `mark_stale` or `invalidate` sees what their caller did before.
//!   No mark is lost: as long as neither `set` nor `invalidate` puts another value there, a creation function
//!   that begins after the mark will answer it, on the next read or once the present leader is done.
//! - A caller that waits is answered by any value that is published after its call began, even if that is
//!   stale or expired by the time it wakes; and, if it is a `try_` caller, by any error of an attempt that failed
//!   after its call began. So one creation function serves all who waited for it.
//!
//! Why that is so, and which model checks it: [`docs::protocol`].
//!
//! # Progress
//!
//! [`get`](DogpileCell::get), and [`get_or_regen`](DogpileCell::get_or_regen),
//! [`try_get_or_regen`](DogpileCell::try_get_or_regen) and [`get_or_hand_off`](DogpileCell::get_or_hand_off), and their
//! async sisters, on a fresh value, or on a stale one with a leader at work or a failure being throttled, are as wait-free as
//! arc-swap's loads: with the exception of at most one in `usize::MAX / 4`. So are those of a [`Reader`]. They take no
//! lock, and do not allocate but for a record that arc-swap keeps per thread.
//! The caller that loses the election for a stale value is served without waiting for the winner. Whatever
//! publishes or takes out a value wakes the sleeping callers, and takes the short locks of their lists for it;
//! no reader of a servable value ever comes near that lock.
//!
//! # Comparison
//!
//! | | when a value expires, its readers | and if it cannot be made | keys, bounds, eviction | a read costs |
//! |---|---|---|---|---|
//! | `DogpileCell` | go on with the old value; one makes the new one | go on with the old value; one tries now and then | no | an arc-swap load and a clock; through a [`Reader`], a clock and plain loads |
//! | [moka]'s `get_with` | wait for the one that makes it | get its error (`try_get_with`); the next caller tries | **yes** | a lookup and a clone of the value |
//! | [cached]'s `sync_writes` | wait for the one that makes it | try in turn, or get the old value (`result_fallback`) | **yes** | a lock, a lookup and a clone of the value |
//! | `OnceLock`, `LazyLock` | values do not expire | — | no | **a load** |
//! | [arc-swap] | values do not expire | — | no | **a load through arc-swap** |
//!
//! The README has the long form; [`docs::from_dogpile_core`] is for who knows the Python original.
//!
//! # What does not exist yet
//!
//! A map of cells by key; a tier that processes share.
//!
//! [arc-swap]: https://docs.rs/arc-swap
//! [moka]: https://docs.rs/moka
//! [cached]: https://docs.rs/cached
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod cell;
pub mod clock;
#[cfg(doc)]
pub mod docs;
mod error;
mod observe;
mod protocol;
mod sync;

pub use cell::DogpileCell;
pub use cell::builder::CellBuilder;
pub use cell::hand_off::OwnedLease;
pub use cell::lazy::DogpileLazy;
pub use cell::reader::{OwnedReader, Reader};
pub use error::{BuildError, RegenError, RenewError, Superseded};
pub use observe::stats::Stats;
pub use protocol::guard::Guard;
pub use protocol::home::Home;
pub use protocol::lease::Lease;
pub use protocol::lifetime::Freshness;
pub use protocol::settings::Settings;

/// The README's code, compiled and run with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
