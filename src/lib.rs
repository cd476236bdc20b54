//! One slot for an expensive value: when the value is due, one caller regenerates it, and all others go on with the old
//! one.
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
//! price list, an access token, a compiled configuration. The straightforward way:
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
//! When the value expires, every thread that comes by before the first query has ended gets to (1) and starts one more.
//! The database slows down, so the queries take longer, so more threads get to (1): the *dogpile*, or cache stampede.
//!
//! Taking the write lock before (1) leaves one query. But now every reader waits for it, at each expiry, although a
//! value that is a moment too old lies at hand. If the query hangs, the service hangs. If it panics, the lock is
//! poisoned. And each read, however fresh the value, writes to the lock that all readers share.
//!
//! # This crate
//!
//! [`DogpileCell`] keeps serving the old value while *one* caller, the *leader*, runs the creation function. A
//! compare-and-swap elects the leader. Only callers with nothing to read wait, such as the very first ones: they sleep,
//! and wait for one creation function. A read of a servable value is one load of an `Arc` through [arc-swap], for which
//! readers do not contend, and one look at the clock.
//!
//! | the cell is | [`get_or_regen`](DogpileCell::get_or_regen) | [`get`](DogpileCell::get) |
//! |---|---|---|
//! | fresh | returns the value | returns the value |
//! | stale: past its time to live | one caller regenerates; all others get the old value at once | returns the old value |
//! | empty or expired: past the stale window, too | one caller regenerates; the others wait for it | `None` |
//!
//! The page [`docs::semantics`] has all verbs, all states and all outcomes.
//!
//! # Trade-offs
//!
//! - **Old values are served**, by default for as long as it takes to make the next one. If nobody read a cell for an
//!   hour, its next readers get an hour-old value while the first of them renews it.
//!   [`stale_while_revalidate`](Settings::stale_while_revalidate) sets a limit, after which callers wait instead.
//! - **The leader pays.** The creation function runs in the thread or task of the caller that is elected. Nothing is
//!   made in the background, and nothing is renewed that nobody reads. To keep regeneration off the request path, hand
//!   the lease to a pool, a channel or a task, with [`get_or_hand_off`](DogpileCell::get_or_hand_off).
//! - **A cancelled leader renews nothing.** Where requests have timeouts, hand off as well: see
//!   [async code](docs::semantics#async-code).
//! - **An outage is not seen**, by default, while there is a value: the value is served with its true age, and
//!   regenerations become rarer. Where an old value is worse than an error, set `stale_while_revalidate` and
//!   [`stale_if_error`](Settings::stale_if_error). When the origin is back, the next value may be late by up to half a
//!   minute, the longest [`retry_backoff`](Settings::retry_backoff).
//! - **A creation function that hangs** is taken over only if there is a [`lease_timeout`](Settings::lease_timeout),
//!   and then goes on beside its successor: no thread can be stopped from outside. Without one a stale value is served
//!   within its window, but callers with nothing to read wait. Give the creation function timeouts of its own.
//! - **Infallible callers cannot be told of an error.** On an empty cell they are not throttled: after a panic, one of
//!   them after the other tries. Use [`try_get_or_regen`](DogpileCell::try_get_or_regen) where that can happen often.
//! - **One cell is one value.** There are no keys, no eviction, and no bound on size.
//! - **Two values are alive** during a regeneration. An old one lives for as long as somebody keeps a [`Guard`] or an
//!   `Arc` of it, or a [`Reader`] that read it does not read again.
//! - **A time to live is as exact as the clock.** [`CoarseClock`](clock::CoarseClock), the default, is some
//!   milliseconds late. [`PreciseClock`](clock::PreciseClock) costs more for each read; [`TickClock`](clock::TickClock)
//!   costs less, and a thread. Some systems need another clock than the default: see [`docs::platforms`].
//!
//! # Consistency
//!
//! - A value is seen whole. What its creation function did before it returned happens before each read of it.
//! - The versions that one thread reads never go backwards, whether it reads through the cell or through a [`Reader`].
//!   (The leader of a superseded result gets what it made; that has no version.)
//! - A read that starts after [`set`](DogpileCell::set) or [`invalidate`](DogpileCell::invalidate) returned never gets
//!   what was there before.
//! - On one version, one creation function runs at a time. Only after `set` or `invalidate`, or when a leader overran
//!   its `lease_timeout`, may a new one start beside one whose result is superseded.
//! - No mark is lost. Unless `set` or `invalidate` replaces the value, a creation function that begins after
//!   [`mark_stale`](DogpileCell::mark_stale) answers it: on the next read, or once the present leader is done. It sees
//!   what the caller of `mark_stale` did before.
//! - No caller sleeps on while there is a value or an error for it, or while nobody is at work. Neither a panic, nor an
//!   error, nor a dropped lease or future leaves the cell stuck.
//!
//! Why that is so, and which model checks it: [`docs::protocol`]. Served reads are wait-free:
//! [progress](docs::semantics#progress).
//!
//! # Comparison
//!
//! Bold marks the better one in a row.
//!
//! | | `DogpileCell` | [moka]'s `get_with` | [cached]'s `sync_writes` | `OnceLock`, `LazyLock` | [arc-swap] |
//! |---|---|---|---|---|---|
//! | when the value expires, its readers | **go on with the old value** | wait for the next one | wait for the next one | no expiry | no expiry |
//! | if it cannot be made, they get | **the old value; one caller tries now and then** | the error; the next caller tries | an error each, or the old value | — | — |
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
//! A map of cells by key; a tier that processes share.
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
