//! One slot for an expensive value: when the value is due for renewal, one caller regenerates it, and all others keep
//! reading the old one.
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
//! A value is expensive to make, many threads read it all the time, and it has to be renewed now and then: a report, a
//! price list, an access token, a compiled configuration. A straightforward solution:
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
//! When the value expires, every thread that reads it before the first query has ended gets to (1) and starts another
//! query. The database slows down, so the queries take longer, so more threads get to (1): the *dogpile*, or cache
//! stampede.
//!
//! Taking the write lock before (1) leaves one query. But now every reader waits for that query at each expiry,
//! although the old value is still there, and only a moment too old. If the query hangs, the service hangs. If it
//! panics, the lock is poisoned. And each read, however fresh the value, writes to the lock that all readers share.
//!
//! # This crate
//!
//! [`DogpileCell`] keeps serving the old value while *one* caller, the *leader*, runs the *creation function*: the
//! closure that makes a value. A compare-and-swap elects the leader. Callers wait only if there is nothing to read, as
//! at the very start: then they sleep until the leader is done. A read that is served is one load of an `Arc` through
//! [arc-swap], for which readers do not contend, and one look at the clock.
//!
//! | the cell is | [`get_or_regen`](DogpileCell::get_or_regen) | [`get`](DogpileCell::get) |
//! |---|---|---|
//! | fresh | returns the value | returns the value |
//! | stale: past its time to live | one caller regenerates; all others get the old value at once | returns the old value |
//! | empty, or expired: past its stale window, too | one caller regenerates; the others wait for it | `None` |
//!
//! The stale window has no end unless you set one. The page [`docs::semantics`] defines the words, and has tables of
//! all methods, states and outcomes.
//!
//! Most callers take what there is. What goes beyond that:
//!
//! | you want | use |
//! |---|---|
//! | a value that says itself how long it lives, and is served by nobody after its end: a token, a response | [`Lifetime`], with [`lifetime_of`](CellBuilder::lifetime_of), [`publish_with`](Lease::publish_with) or [`set_with`](DogpileCell::set_with) |
//! | one call that needs a better value than all others: younger, newer than one that it saw, made after its own write | a [`Demand`], with [`DogpileCell::with`] |
//! | to report a value that will not do | [`Demand::newer_than`], [`mark_stale_if`](DogpileCell::mark_stale_if), [`invalidate_if`](DogpileCell::invalidate_if) |
//! | to be told of each new value | [`wait_newer`](DogpileCell::wait_newer) |
//! | to make the value on another thread, in steps, or from the old one | a [`Lease`], from [`get_or_hand_off`](DogpileCell::get_or_hand_off) or [`try_lead`](DogpileCell::try_lead) |
//! | to read a million times a second | a [`Reader`] |
//! | to close down in good order | [`wait_idle`](DogpileCell::wait_idle) |
//!
//! The page [`docs::recipes`] has tested programs for a token, for public keys, for a page after a write, for a price
//! and for a response with `Cache-Control`.
//!
//! # Trade-offs
//!
//! - **Old values are served**, by default for as long as it takes to make the next one. If nobody read a cell for an
//!   hour, its next readers get an hour-old value while the first of them regenerates it.
//!   [`stale_while_revalidate`](Settings::stale_while_revalidate) sets a limit, after which callers wait instead.
//! - **The leader pays.** The creation function runs in the thread or task of the caller that is elected. Nothing is
//!   made in the background, and a value that nobody reads is not regenerated. To keep regeneration off the request
//!   path, hand the [`Lease`], which is the leader's right to publish, to a pool, a channel or a task, with
//!   [`get_or_hand_off`](DogpileCell::get_or_hand_off).
//! - **A leader that is cancelled publishes nothing.** Where requests have timeouts, hand off as well: see
//!   [async code](docs::semantics#async-code).
//! - **Callers do not notice an outage**, by default, while there is a value: it is served with its true age, and
//!   regenerations become rarer. Where an old value is worse than an error, set `stale_while_revalidate` and
//!   [`stale_if_error`](Settings::stale_if_error). Once the *origin*, which the value comes from, is back, the next
//!   value may be late by up to half a minute, the longest delay of the default
//!   [`retry_backoff`](Settings::retry_backoff). Where a value has a hard end, as a token has, let it say so: see
//!   [`Lifetime::usable_for`].
//! - **A demand that is not met makes its caller wait**, or lead, also while the value is fresh for everybody else.
//!   Limit what demands can cost with [`at_most_every`](Demand::at_most_every), and how long they take with
//!   [`patience`](Demand::patience).
//! - **A leader whose creation function hangs** is replaced only if there is a
//!   [`lease_timeout`](Settings::lease_timeout): then another caller takes over. The function that hangs goes on beside
//!   its successor, because no thread can be stopped from outside. Each take over in a row makes the next lease twice
//!   as long, so that an origin which is merely slow gets its value published in the end. Without a `lease_timeout`, a
//!   stale value is served within its window, but callers with nothing to read wait. Give the creation function
//!   timeouts of its own.
//! - **`get_or_regen` has no error to return.** So its callers are not throttled on an empty cell: after a panic they
//!   try one after the other. Where that can happen often, use [`try_get_or_regen`](DogpileCell::try_get_or_regen).
//! - **One cell is one value.** There are no keys, no eviction, and no bound on size.
//! - **Two values are alive** during a regeneration. An old value lives for as long as somebody keeps a [`Guard`] or an
//!   `Arc` of it, or until a [`Reader`] that read it reads again.
//! - **A time to live is as exact as the clock.** [`CoarseClock`](clock::CoarseClock), the default, is some
//!   milliseconds late. [`PreciseClock`](clock::PreciseClock) costs more for each read; [`TickClock`](clock::TickClock)
//!   costs less, and a thread. Some systems need another clock than the default: see [`docs::platforms`].
//!
//! # Consistency
//!
//! - A value is seen whole. What its creation function did before it returned happens before each read of it.
//! - Each publication has a higher [version](Guard::version). The versions that one thread reads never go backwards,
//!   whether it reads through the cell or through a [`Reader`].
//! - A result is *superseded* if something newer is in the cell by the time it is ready. It is returned to its caller,
//!   with version 0, and never stored.
//! - A read that starts after [`set`](DogpileCell::set) or [`invalidate`](DogpileCell::invalidate) returned never gets
//!   what was there before.
//! - No two different values have one version. (All superseded results have version 0.)
//! - A value is never served at or after its [hard end](Lifetime::usable_for), whatever its windows say and whether the
//!   origin is up or down. Only its own leader can get it later than that, and, if it came past its hard end, those
//!   that waited for it.
//! - A call with a [`Demand`] is never served a value that does not meet it, unless it says
//!   [`or_stale`](Demand::or_stale), or made the value itself. All other callers are served as before.
//! - For each version, one creation function runs at a time. Only after `set` or `invalidate`, or when a leader overran
//!   its `lease_timeout`, may another one start beside it; the result of the first is superseded then. All that a
//!   cancelled creation future held has been dropped when the next leader begins.
//! - No [`mark_stale`](DogpileCell::mark_stale) is lost. Unless `set` or `invalidate` replaces the value, a
//!   regeneration follows that begins after the mark: with the next read, or after the current leader. It sees what the
//!   caller of `mark_stale` did before.
//! - No caller goes on sleeping once there is a value or an error for it, or while nobody is at work. No panic, no
//!   error and no dropped lease or future leaves the cell stuck.
//!
//! The page [`docs::protocol`] says why that is so, and which model checks it. Reads that are served are wait-free: see
//! [progress](docs::semantics#progress).
//!
//! # Comparison
//!
//! Bold marks the better ones in a row.
//!
//! | | `DogpileCell` | [moka]'s `get_with` | [cached]'s `sync_writes` | `OnceLock`, `LazyLock` | [arc-swap] |
//! |---|---|---|---|---|---|
//! | when the value expires, its readers | **keep the old value** | wait for the next one | wait for the next one | no expiry | no expiry |
//! | if the regeneration fails, they get | **the old value; the next regeneration is delayed** | the error; the next caller tries | an error each, or the old value | — | — |
//! | keys, bounds, eviction | no | **yes** | **yes** | no | no |
//! | a read costs | an arc-swap load and a look at the clock | a lookup and a clone | a lock, a lookup and a clone | **one load** | an arc-swap load |
//! | to replace the value costs | five times `ArcSwap::store` | more | **less** | not possible | **less** |
//! | use in production | new | **years** | **years** | **`std`** | **years** |
//!
//! The page [`docs::comparison`] has the long form. [`docs::from_dogpile_core`] is for people who know the Python
//! original.
//!
//! # Features
//!
//! The crate has no cargo features. It brings three direct dependencies: arc-swap, coarsetime and
//! crossbeam-utils.
//!
//! # What does not exist yet
//!
//! A map of cells by key; a tier that processes share; an observer, for traces and metrics; a task that keeps a cell
//! fresh, so that no reader regenerates.
//!
//! [arc-swap]: https://docs.rs/arc-swap
//! [moka]: https://docs.rs/moka
//! [cached]: https://docs.rs/cached
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(not(target_has_atomic = "64"))]
compile_error!(
    "dogpile needs 64-bit atomics, which this target does not have (`target_has_atomic = \"64\"`): \
     its deadlines are 64-bit words that readers load without a lock"
);

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
pub use cell::demanding::Demanding;
pub use cell::hand_off::OwnedLease;
pub use cell::lazy::DogpileLazy;
pub use cell::reader::{OwnedReader, Reader};
pub use error::{BuildError, RegenError, RenewError, Superseded};
pub use observe::stats::Stats;
pub use protocol::demand::Demand;
pub use protocol::guard::Guard;
pub use protocol::home::Home;
pub use protocol::lease::Lease;
pub use protocol::lifetime::{Freshness, Lifetime};
pub use protocol::settings::Settings;

/// The README's code, compiled and run with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
