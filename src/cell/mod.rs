//! The cell and its verbs: each verb strings the stages of the protocol together.

pub(crate) mod builder;
pub(crate) mod demanding;
pub(crate) mod follow;
pub(crate) mod hand_off;
pub(crate) mod lazy;
pub(crate) mod reader;
mod replacing;
pub(crate) mod tasks;

use crate::cell::builder::CellBuilder;
use crate::clock::{Clock, CoarseClock, Instant};
use crate::error::RegenError;
use crate::observe::stats::Stats;
use crate::protocol::call::Call;
use crate::protocol::flight::lead_or_wait;
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Home, Key};
use crate::protocol::settings::Settings;
use crate::protocol::setup::Setup;
use crate::protocol::slot::Slot;
use crate::sync::{Arc, const_fn};
use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// One slot for an expensive value, shared by all threads: when the value is due for renewal, one caller regenerates
/// it, and all others keep reading the old one.
///
/// The cell can be a `static`. Reads that are served a value are wait-free. The page
/// [`docs::semantics`](crate::docs::semantics) has tables of what each method does in each state.
///
/// `DogpileCell<T>` is `Send` and `Sync` for `T: Send + Sync`: any thread may make a value, and any thread may be the
/// one that drops it.
///
/// # Examples
///
/// ```
/// use dogpile::DogpileCell;
/// use std::collections::HashMap;
/// use std::time::Duration;
///
/// static PRICES: DogpileCell<HashMap<&str, u32>> = DogpileCell::new(Duration::from_secs(60));
///
/// fn price(of: &str) -> Option<u32> {
///     PRICES.get_or_regen(load_prices).get(of).copied()
/// }
///
/// fn load_prices() -> HashMap<&'static str, u32> {
///     // A slow query.
///     HashMap::from([("apple", 3), ("pear", 4)])
/// }
///
/// assert_eq!(price("pear"), Some(4));
/// ```
// By cache line: what readers need first, of which only the pointer is ever written. The settings, which are not
// written either, keep the waiters' lock and the counters off the line, and off the one beside it that processors
// fetch too.
#[repr(C, align(128))]
pub struct DogpileCell<T, C = CoarseClock> {
    slot: Slot<T>,
    setup: Setup<T, C>,
}

#[cfg(all(test, target_pointer_width = "64"))]
const _: () = {
    use std::mem::offset_of;
    // Those of the checkers are larger.
    if size_of::<Slot<u64>>() == size_of::<usize>() {
        assert!(offset_of!(DogpileCell<u64, &'static ()>, setup.clock) + size_of::<usize>() <= 64);
        assert!(offset_of!(DogpileCell<u64, &'static ()>, setup.waiters) >= 128);
    }
};

impl<T> DogpileCell<T> {
    const_fn! {
        /// Makes an empty cell whose values are fresh for `time_to_live` from their publication.
        ///
        /// After that they may be served stale, without limit, until the next one is there. Works in a `static`.
        ///
        /// Zero means always stale: each read that finds no leader at work regenerates. `Duration::MAX` means for ever.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::DogpileCell;
        /// use std::time::Duration;
        ///
        /// static LOAD: DogpileCell<f64> = DogpileCell::new(Duration::from_secs(5));
        ///
        /// assert_eq!(*LOAD.get_or_regen(|| 0.7), 0.7);
        /// ```
        #[must_use]
        pub const fn new(time_to_live: Duration) -> Self {
            Self::with_settings(Settings::new().time_to_live(time_to_live))
        }
    }

    const_fn! {
        /// Makes an empty cell whose values stay fresh until they are marked stale, invalidated or replaced.
        ///
        /// Works in a `static`.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::DogpileCell;
        ///
        /// static CONFIG: DogpileCell<String> = DogpileCell::never_expires();
        ///
        /// assert_eq!(*CONFIG.get_or_regen(|| "a".to_owned()), "a");
        /// CONFIG.mark_stale(); // its file has changed
        /// assert_eq!(*CONFIG.get_or_regen(|| "b".to_owned()), "b");
        /// ```
        #[must_use]
        pub const fn never_expires() -> Self {
            Self::with_settings(Settings::new())
        }
    }

    const_fn! {
        /// Makes an empty cell with these [`Settings`]. Works in a `static`.
        ///
        /// # Panics
        ///
        /// If the settings contradict each other; in a `static` or a `const`, that is a compile error. The message
        /// names the setting to change. To get a [`BuildError`](crate::BuildError) instead, use the
        /// [`builder`](Self::builder).
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::{DogpileCell, Settings};
        /// use std::time::Duration;
        ///
        /// const MINUTE: Duration = Duration::from_secs(60);
        /// static PAGE: DogpileCell<String> = DogpileCell::with_settings(
        ///     Settings::new().time_to_live(MINUTE).stale_while_revalidate(MINUTE.saturating_mul(10)),
        /// );
        ///
        /// assert_eq!(*PAGE.get_or_regen(|| "rendered".to_owned()), "rendered");
        /// ```
        #[must_use]
        pub const fn with_settings(settings: Settings) -> Self {
            Self::with_clock(settings, CoarseClock)
        }
    }

    /// Returns a builder, for a cell with any settings, an initial value, another clock, or values that say themselves
    /// how long they live.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::time::Duration;
    ///
    /// let limits = DogpileCell::builder().time_to_live(Duration::from_secs(60)).initial(vec![3, 4]).build()?;
    /// assert_eq!(limits.get().unwrap().len(), 2);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn builder() -> CellBuilder<T> {
        CellBuilder::new()
    }
}

impl<T, C> DogpileCell<T, C> {
    /// Returns whether a leader is at work, on the first value or on the next one.
    ///
    /// The answer may be out of date as soon as it is given. Use it for a metric or a log line, not for a decision.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = DogpileCell::never_expires();
    /// assert!(!cell.is_regenerating());
    /// let made = cell.get_or_regen(|| {
    ///     assert!(cell.is_regenerating());
    ///     7
    /// });
    /// assert!(*made == 7 && !cell.is_regenerating());
    /// ```
    #[must_use]
    pub fn is_regenerating(&self) -> bool {
        self.slot.load().as_ref().is_some_and(|current| current.is_led())
    }

    /// Returns counts and times of what happened so far; see [`Stats`].
    ///
    /// Costs a dozen relaxed loads: wait-free, and cheap enough for each scrape of the metrics. The numbers are not a
    /// snapshot of one moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = DogpileCell::never_expires();
    /// let _ = cell.try_get_or_regen(|| "x".parse::<u32>());
    /// let _ = cell.get_or_regen(|| 7);
    /// assert_eq!((cell.stats().failures, cell.stats().creations), (1, 1));
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.setup.counters.read()
    }

    /// Returns the error of the last regeneration, if it failed and nothing was published since: why a stale value is
    /// so old.
    ///
    /// The error is always [`RegenError::Failed`]. It is cleared by a success, by `set`, by `invalidate`, by an
    /// `invalidate_if` that removes the value, and by a panic of the creation function while there is a value. A panic
    /// on an empty cell, a lease that is given up, and a caller that takes over leave it as it is.
    ///
    /// # Complexity
    ///
    /// Wait-free: one load of the slot, and a reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, RegenError};
    ///
    /// let cell = DogpileCell::never_expires();
    /// cell.set(7);
    /// cell.mark_stale();
    /// assert_eq!(*cell.try_get_or_regen(|| Err("the origin is down"))?, 7);
    /// let Some(RegenError::Failed(error)) = cell.last_error() else { unreachable!() };
    /// assert_eq!(error.to_string(), "the origin is down");
    /// cell.set(8);
    /// assert!(cell.last_error().is_none());
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[must_use]
    pub fn last_error(&self) -> Option<RegenError> {
        self.slot.load().as_ref()?.failure()?.error.clone().map(RegenError::Failed)
    }
}

impl<T, C: Clock> DogpileCell<T, C> {
    const_fn! {
        /// Makes an empty cell with these [`Settings`] and a clock of your choice.
        ///
        /// Works in a `static`, and the clock can be another `static`: see [`TickClock`](crate::clock::TickClock).
        ///
        /// # Panics
        ///
        /// If the settings contradict each other, as [`with_settings`](DogpileCell::with_settings) does. In a `static`
        /// or a `const`, that is a compile error.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::{DogpileCell, Settings, clock::PreciseClock};
        /// use std::time::Duration;
        ///
        /// static QUOTE: DogpileCell<u32, PreciseClock> =
        ///     DogpileCell::with_clock(Settings::new().time_to_live(Duration::from_millis(5)), PreciseClock);
        /// assert_eq!(*QUOTE.get_or_regen(|| 42), 42);
        /// ```
        #[must_use]
        pub const fn with_clock(settings: Settings, clock: C) -> Self {
            Self { slot: Slot::new(), setup: Setup::new(settings.checked(), clock) }
        }
    }

    /// Returns the value; if it is stale or missing, one caller is elected to make the next one with its `regen`.
    ///
    /// The caller that is elected, the *leader*, returns what its `regen` made. To *take over* is to be elected
    /// although an earlier leader is not done.
    ///
    /// | the value is | this caller |
    /// |---|---|
    /// | fresh | is served it |
    /// | stale, nobody at work | is elected and leads. If another caller was elected, it is served the stale value |
    /// | stale, a leader at work, or a failure being throttled | is served the stale value |
    /// | missing or expired, nobody at work | is elected and leads. If another caller was elected, it waits |
    /// | missing or expired, a leader at work | waits |
    /// | stale, missing or expired, a leader past its [`lease_timeout`](CellBuilder::lease_timeout) | takes over and leads. If another caller took over, it is served the stale value, or waits |
    ///
    /// A waiter gets whatever is published meanwhile, by the leader or by [`set`](Self::set). The leader gets its own
    /// result, even if something newer has superseded it.
    ///
    /// `regen` runs on the calling thread, with no lock held, and may take as long as it likes. This call has no error
    /// to return, so it waits without limit, whatever the cell's [`wait_timeout`](CellBuilder::wait_timeout). If it
    /// waits for a [`try_get_or_regen`](Self::try_get_or_regen) whose creation function fails, it is elected next, or
    /// waits for the caller that is.
    ///
    /// # Panics
    ///
    /// If `regen` panics, the panic goes on in this caller. The cell is not poisoned. With a stale value, the next
    /// regeneration is throttled as after an error ([`retry_backoff`](CellBuilder::retry_backoff)). On an empty cell
    /// the waiters elect one of themselves at once.
    ///
    /// If `regen` calls this method on its own cell and there is nothing to serve, the inner call would wait for
    /// itself. It panics instead, with a message that says so. Re-entrance is detected by thread. So other work that
    /// happens to run on this thread while `regen` waits panics too, although it could have waited: jobs that a pool
    /// such as rayon's steals, and unrelated tasks that a `block_on` polls.
    ///
    /// No other cycle is detected. Two cells whose creation functions
    /// [need each other](crate::docs::origin_down#two-cells-that-need-each-other) wait for ever, and so does a creation
    /// function that waits for another thread which asks its cell.
    ///
    /// # Complexity
    ///
    /// A call that is served a fresh value, or a stale one while a leader is at work, is wait-free: one load of the
    /// slot, one look at the clock, no allocation, and no write to memory that other readers read. (The very first load
    /// of a thread may allocate the record in which arc-swap keeps what the thread is reading. A thread that holds more
    /// than eight [`Guard`]s pays a reference count for each further one.) A caller that loses the election for a stale
    /// value pays one more reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::time::Duration;
    ///
    /// let report = DogpileCell::new(Duration::from_secs(60));
    /// assert_eq!(*report.get_or_regen(|| 6 * 7), 42);
    /// assert_eq!(*report.get_or_regen(|| unreachable!("it is still fresh")), 42);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_regen(&self, regen: impl FnOnce() -> T) -> Guard<T> {
        match home::serve(&self) {
            Some(guard) => guard,
            None => match lead_or_wait(&self, Call::infallible, || Ok(regen())) {
                Ok(guard) => guard,
                Err(error) => impossible(&error),
            },
        }
    }

    /// Returns the value; if it is stale or missing, one caller is elected to make the next one with its `regen`, which
    /// can fail.
    ///
    /// `regen` may return any error that `?` turns into a boxed one: an `io::Error`, a `String`, a `&str`, a box, an
    /// enum of your own. Who is elected and who waits is as in [`get_or_regen`](Self::get_or_regen).
    ///
    /// If `regen` fails while there is a value that may still be served
    /// ([`stale_if_error`](CellBuilder::stale_if_error)), this call returns that value and no error.
    /// [`Guard::age`] says how old the value is, and [`last_error`](Self::last_error) returns the error. The next
    /// regeneration starts only after [`retry_backoff`](CellBuilder::retry_backoff): until then, regeneration is
    /// *throttled*. The page [when the origin is down](crate::docs::origin_down) shows how that goes on.
    ///
    /// If a leader fails after something newer superseded its work, nothing changes in the cell. Its caller gets the
    /// value that can be served by then, or else its own error.
    ///
    /// # Errors
    ///
    /// Only if there is nothing to serve:
    ///
    /// - [`RegenError::Failed`] if the `regen` of this caller failed, or that of the leader that it waited for, or if
    ///   one failed so recently that regeneration is throttled. All callers that waited for one leader get the same
    ///   error at once, and none of them runs its own creation function.
    /// - [`RegenError::WaitTimeout`] if this caller waited for the leader longer than the cell's
    ///   [`wait_timeout`](CellBuilder::wait_timeout), where one is set. A caller that leads is not timed out.
    /// - [`RegenError::Reentrant`] if this call is made inside a creation function of its own cell.
    ///
    /// # Panics
    ///
    /// If `regen` panics, as [`get_or_regen`](Self::get_or_regen) does.
    ///
    /// # Complexity
    ///
    /// A call costs what [`get_or_regen`](Self::get_or_regen) does, also while regeneration is throttled. A failure
    /// allocates the error once, for all callers that get it, and the cell's record of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder().time_to_live(Duration::from_secs(60)).clock(clock.clone()).build()?;
    /// assert_eq!(*cell.try_get_or_regen(|| "1.09".parse::<f64>())?, 1.09);
    ///
    /// clock.advance(Duration::from_secs(60));
    /// let old = cell.try_get_or_regen(|| "n/a".parse::<f64>())?;
    /// assert_eq!((*old, Guard::is_stale(&old)), (1.09, true));
    /// assert!(cell.last_error().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn try_get_or_regen<E>(&self, regen: impl FnOnce() -> Result<T, E>) -> Result<Guard<T>, RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        match home::serve(&self) {
            Some(guard) => Ok(guard),
            None => lead_or_wait(&self, Call::fallible, || regen().map_err(RegenError::failed)),
        }
    }

    /// Returns when the throttle after a failed regeneration ends, by the cell's clock, or `None` if nothing is
    /// throttled.
    ///
    /// At this moment the next regeneration may be tried; whether it is depends on the callers. A call with the demand
    /// [`despite_throttle`](crate::Demand::despite_throttle) does not wait for it. The pause after a
    /// [`defer`](crate::Lease::defer) is no throttle.
    ///
    /// # Complexity
    ///
    /// Wait-free: one load of the slot, and one look at the clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::{Clock, ManualClock}};
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::<u32>::builder().clock(clock.clone()).build()?;
    /// assert!(cell.try_get_or_regen(|| Err("the origin is down")).is_err());
    /// let retry_at = cell.retry_at().expect("it has just failed");
    /// clock.advance(retry_at.saturating_duration_since(clock.now()));
    /// assert_eq!(cell.retry_at(), None);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    #[must_use]
    pub fn retry_at(&self) -> Option<Instant> {
        let current = self.slot.load();
        current.as_ref()?.throttled_until(self.setup.now())
    }

    /// Returns the value if there is a servable one, fresh or stale. Never elects a leader, and never waits.
    ///
    /// # Complexity
    ///
    /// Wait-free: one load of the slot, one look at the clock, no allocation, and no write to memory that other readers
    /// read.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = DogpileCell::never_expires();
    /// assert!(cell.get().is_none());
    /// cell.set(5);
    /// assert_eq!(*cell.get().unwrap(), 5);
    /// ```
    #[must_use]
    #[inline]
    pub fn get(&self) -> Option<Guard<T>> {
        home::get(&self)
    }
}

/// The one way in which a call without an error to return can fail.
#[track_caller]
#[cold]
pub(crate) fn impossible(error: &RegenError) -> ! {
    panic!("dogpile: {error}")
}

impl<T, C: Clock> Home for &DogpileCell<T, C> {
    type Value = T;
    type Clock = C;

    #[inline]
    fn open(&self, _: Key) -> (&Slot<T>, &Setup<T, C>) {
        (&self.slot, &self.setup)
    }
}

impl<T, C: Clock> Home for Arc<DogpileCell<T, C>> {
    type Value = T;
    type Clock = C;

    #[inline]
    fn open(&self, _: Key) -> (&Slot<T>, &Setup<T, C>) {
        (&self.slot, &self.setup)
    }
}

// A panic in the user's code leaves the cell as it was before: see `get_or_regen`.
impl<T: RefUnwindSafe + UnwindSafe, C: RefUnwindSafe> RefUnwindSafe for DogpileCell<T, C> {}
impl<T: UnwindSafe, C: UnwindSafe> UnwindSafe for DogpileCell<T, C> {}

impl<T: fmt::Debug, C: Clock> fmt::Debug for DogpileCell<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DogpileCell")
            .field("current", &self.get())
            .field("is_regenerating", &self.is_regenerating())
            .finish_non_exhaustive()
    }
}
