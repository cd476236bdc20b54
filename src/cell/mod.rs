//! The public verbs: each strings the stages together.

pub(crate) mod builder;
pub(crate) mod hand_off;
pub(crate) mod lazy;
pub(crate) mod reader;
pub(crate) mod tasks;

use crate::cell::builder::CellBuilder;
use crate::clock::{Clock, CoarseClock};
use crate::error::RegenError;
use crate::observe::stats::Stats;
use crate::protocol::call::Call;
use crate::protocol::flight::lead_or_wait;
use crate::protocol::generation::Generation;
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Address, Home};
use crate::protocol::settings::Settings;
use crate::protocol::setup::Setup;
use crate::protocol::slot::{Slot, let_go};
use crate::sync::{Arc, Backoff, const_fn};
use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// One slot for an expensive value, shared by all threads: when the value is due, one caller makes the
/// next one, and all others go on with the old.
///
/// The cell can be a `static`. Reads of a servable value are wait-free; see the
/// [table of what each call does in each state](crate#what-each-call-does).
///
/// `DogpileCell<T>` is `Send` and `Sync` for `T: Send + Sync`: any thread may make a value, and any
/// thread may be the last to hold it.
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
// By cache line: what readers need first, of which only the pointer is ever written. The settings, which are not written
// either, keep the waiters' locks and the counters off the line, and off the one beside it that processors fetch too.
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
        /// An empty cell whose values are fresh for `time_to_live` from their publication, and may be
        /// served stale without limit while the next one is made. Works in a `static`.
        ///
        /// Zero means always stale: each read that finds nobody at work makes another value.
        /// `Duration::MAX` means for ever.
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
        /// An empty cell whose values stay fresh until they are marked stale, invalidated or replaced.
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
        /// An empty cell with other settings. Works in a `static`.
        ///
        /// # Panics
        ///
        /// If the settings do not go together; in a `static` or a `const`, that is a compile error. The message names
        /// the setting. To get a [`BuildError`](crate::BuildError) instead, use the [`builder`](Self::builder).
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

    /// Starts to build a cell: with [`Settings`], and with what needs a closure, an initial value or a clock.
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
    /// Asks for another value although this one has not reached its age: it stays servable, and the next
    /// [`get_or_regen`](Self::get_or_regen) regenerates.
    ///
    /// With a leader at work its result is published but born stale, since it may have been made from
    /// what was true before the mark. So no mark is lost, and marks in a row never cause more than one
    /// leader at a time. Until that leader's call returns, a read may still see its result as fresh.
    ///
    /// A mark belongs to the value that it finds: [`set`](Self::set) puts it away together with that value, and
    /// after [`invalidate`](Self::invalidate) whatever is made next answers it. On an empty cell with nobody at
    /// work it does nothing. It does not lift the throttle after a failure: the value is due anyway.
    ///
    /// Never waits for a leader. Lock-free: it starts over only when another call replaced the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let config = DogpileCell::never_expires();
    /// assert_eq!(*config.get_or_regen(|| "old"), "old");
    /// config.mark_stale(); // for instance: the file has changed
    /// assert_eq!(*config.get().unwrap(), "old");
    /// assert_eq!(*config.get_or_regen(|| "new"), "new");
    /// ```
    pub fn mark_stale(&self) {
        self.slot.mark_stale();
    }

    /// Takes the value out: no read that starts after this call returned gets it any more.
    ///
    /// A result that is still in the air was made from old data, so it is superseded: its own caller
    /// gets it, the cell does not. Waiters elect a new leader among themselves.
    ///
    /// Never waits for a leader, and takes no lock but those of the lists of sleeping callers, to wake them.
    /// Guards that were handed out before stay valid.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let keys = DogpileCell::never_expires();
    /// keys.set("compromised");
    /// keys.invalidate();
    /// assert!(keys.get().is_none());
    /// assert_eq!(*keys.get_or_regen(|| "rotated"), "rotated");
    /// ```
    pub fn invalidate(&self) {
        let _ = self.slot.replace(Generation::emptied, &self.setup.waiters);
    }

    /// The same, only if the value of that version is still there; says whether it was.
    ///
    /// For callers that find out that what they were served is bad: a thousand that report one refused
    /// token cause one regeneration, and a late report cannot hit the token that came after it.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// let token = DogpileCell::never_expires();
    /// let refused = Guard::version(&token.get_or_regen(|| "t1"));
    /// assert!(token.invalidate_if(refused));
    /// assert!(!token.invalidate_if(refused)); // the second report
    /// assert_eq!(*token.get_or_regen(|| "t2"), "t2");
    /// assert!(!token.invalidate_if(refused)); // a late one
    /// assert_eq!(*token.get().unwrap(), "t2");
    /// ```
    pub fn invalidate_if(&self, version: u64) -> bool {
        let backoff = Backoff::new();
        loop {
            let current = self.slot.current();
            if current.version() != version || current.content().is_none() {
                return false;
            }
            let replaced = self.slot.try_replace(&current, Generation::emptied, &self.setup.waiters);
            let_go(current);
            if replaced.is_some() {
                return true;
            }
            // The same version again, perhaps: an attempt failed, was given up or taken over.
            backoff.spin();
        }
    }

    /// Whether a leader is at work, on the first value or on the next. The answer may be old as soon as
    /// it is given: fit for a metric or a log line, not for a decision.
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

    /// What happened so far, as counts and times; see [`Stats`].
    ///
    /// Ten relaxed loads: wait-free, and cheap enough for a scrape, but no snapshot of one moment.
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

    /// The error of the last attempt, if it failed and none has succeeded since: why a stale value is so old.
    ///
    /// A `set`, an `invalidate_if` that hits, an `invalidate` and a success reset it. An attempt that panicked
    /// with a value to go on with leaves none, and none of an attempt before it; one that panicked on an empty
    /// cell, was given up or was taken over changes nothing.
    /// Always [`RegenError::Failed`].
    ///
    /// Wait-free, as a read: one load of the slot and a reference count.
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
        /// An empty cell with a clock of your choice. Works in a `static`, where the clock can be one too: see
        /// [`TickClock`](crate::clock::TickClock).
        ///
        /// # Panics
        ///
        /// If the settings do not go together, as [`with_settings`](DogpileCell::with_settings).
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

    /// The value; made by `regen` if it is due and this caller is elected to do so.
    ///
    /// | the value is | this caller |
    /// |---|---|
    /// | fresh | gets it |
    /// | stale, nobody at work | is elected, or gets the stale value if another caller was |
    /// | stale, a leader at work in time, or a failure being throttled | gets the stale value |
    /// | missing or expired, nobody at work | is elected, or waits for the one who was |
    /// | missing or expired, a leader at work in time | waits |
    /// | stale, missing or expired, a leader past its [`lease_timeout`](CellBuilder::lease_timeout) | takes over: it is elected in that one's place, or is one of the others |
    ///
    /// A caller that waited gets whatever is published meanwhile, by the leader or by
    /// [`set`](Self::set). The leader gets its own result, even if something newer has superseded it.
    ///
    /// `regen` runs on the calling thread, with no lock held, and may take as long as it likes. Having no error
    /// to return, this call waits without limit, whatever the cell's [`wait_timeout`](CellBuilder::wait_timeout);
    /// and if a creation function of a `try_` caller fails that it waited for, it is elected itself.
    ///
    /// # Panics
    ///
    /// If `regen` panics, the panic goes on in this caller. The cell is not poisoned: a stale value is
    /// served on, and throttles the next attempt as after an error
    /// ([`retry_backoff`](CellBuilder::retry_backoff)); on an empty cell the waiters elect one of themselves at once.
    ///
    /// If `regen` calls this function on its own cell, it gets the old value where there is a servable
    /// one. Otherwise it would wait for itself, and the inner call panics with a message that says so.
    /// (That is found out per thread: an unrelated task that `regen` polls on its own thread, for instance by a
    /// `block_on` in there, counts as inside of it and fares the same, although it could wait.)
    /// Only that is found out: two cells whose creation functions
    /// [need each other](crate::docs::origin_down#two-cells-that-need-each-other), or a creation function that
    /// waits for another thread which asks its cell, wait for ever.
    ///
    /// # Complexity
    ///
    /// Served a fresh value, or a stale one with a leader at work, a call is wait-free: one load of the
    /// slot, one of the clock, no allocation, and no write to memory that other readers read. (A thread's
    /// very first load may allocate the record in which arc-swap keeps what the thread is reading; and a
    /// [`Guard`] beyond the eighth of a thread costs a reference count.) A caller that loses the election for a
    /// stale value costs a reference count more.
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
            None => match lead_or_wait(Call::infallible(&self), || Ok(regen())) {
                Ok(guard) => guard,
                Err(error) => impossible(&error),
            },
        }
    }

    /// The same, for a creation function that can fail, with any error that `?` turns into a boxed one:
    /// `io::Error`, `String`, `&str`, a box, an enum of your own.
    ///
    /// With a stale value that may still be served
    /// ([`stale_if_error`](CellBuilder::stale_if_error)), a failure is no error of this call: the value is served,
    /// and says its true age. The error is in [`last_error`](Self::last_error), and no further attempt is made
    /// before [`retry_backoff`](CellBuilder::retry_backoff). The page
    /// [when the origin is down](crate::docs::origin_down) shows how that goes on.
    ///
    /// A failure of a leader whose result was superseded changes nothing in the cell; its own caller gets what
    /// can be served by then, or its error.
    ///
    /// # Errors
    ///
    /// [`RegenError::Failed`] if there is nothing to serve and the creation function failed: this caller's, or
    /// that of the leader that it waited for, or one so short a while ago that no other attempt is made yet.
    /// All who waited for one attempt get the same error at once, and none of them runs its own function.
    ///
    /// [`RegenError::WaitTimeout`] if there is nothing to serve and the leader took longer than the cell's
    /// [`wait_timeout`](CellBuilder::wait_timeout), where one is set. Who leads is not timed out.
    ///
    /// [`RegenError::Reentrant`] if there is nothing to serve and `regen` called its own cell.
    ///
    /// # Panics
    ///
    /// If `regen` does, as [`get_or_regen`](Self::get_or_regen).
    ///
    /// # Complexity
    ///
    /// As [`get_or_regen`](Self::get_or_regen); a read that is throttled costs what a stale one does. A failure
    /// allocates the error once, whoever it is given to, and the generation that remembers it.
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
            None => lead_or_wait(Call::fallible(&self), || regen().map_err(RegenError::failed)),
        }
    }

    /// The same, for a caller with a limit of its own: it waits for another leader at most for `patience`, in
    /// place of the cell's [`wait_timeout`](CellBuilder::wait_timeout), be that shorter or longer. As leader it takes
    /// as long as `regen` does.
    ///
    /// The wait is measured by the operating system's clock, whatever the cell's, and not before it begins: with
    /// something to serve, no clock but the cell's is looked at. `Duration::ZERO`: hardly a moment.
    /// `Duration::MAX`: no limit.
    ///
    /// # Errors
    ///
    /// As [`try_get_or_regen`](Self::try_get_or_regen); and [`RegenError::WaitTimeout`] if there was nothing to
    /// serve in time. The leader goes on, and what it makes is there for later callers.
    ///
    /// # Panics
    ///
    /// If `regen` does, as [`get_or_regen`](Self::get_or_regen).
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, RegenError};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// let lease = cell.try_lead(); // somebody is at work
    /// let waited = cell.try_get_or_regen_for(Duration::from_millis(5), || "7".parse::<u32>());
    /// assert!(matches!(waited, Err(RegenError::WaitTimeout)));
    /// # drop(lease);
    /// ```
    #[inline]
    pub fn try_get_or_regen_for<E>(
        &self,
        patience: Duration,
        regen: impl FnOnce() -> Result<T, E>,
    ) -> Result<Guard<T>, RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        match home::serve(&self) {
            Some(guard) => Ok(guard),
            None => {
                lead_or_wait(Call::patient(&self, Some(patience)), || regen().map_err(RegenError::failed))
            }
        }
    }

    /// The value if there is a servable one, fresh or stale. Never elects a leader, and never waits.
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
    #[inline]
    pub fn get(&self) -> Option<Guard<T>> {
        home::get(&self)
    }

    /// Publishes `value` at once, whatever the state, and returns its version. A result that is still in
    /// the air is superseded, and waiters wake with `value`. A failure before it is forgotten, with its error and
    /// its throttle.
    ///
    /// Never waits for a leader, and takes no lock but those of the lists of sleeping callers, to wake them.
    /// The value that it replaces is dropped by whoever holds it last; if that is this call, its `Drop`
    /// runs here, after the publication.
    ///
    /// # Panics
    ///
    /// If the cell's [`time_to_live_of`](CellBuilder::time_to_live_of) does; then nothing has changed. Or if
    /// the `Drop` of a value does that this call is the last to hold; then `value` is published, unless
    /// another call replaced the dropped one at the same moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = DogpileCell::never_expires();
    /// assert_eq!(cell.set("pushed"), 1);
    /// assert_eq!(*cell.get_or_regen(|| unreachable!()), "pushed");
    /// ```
    pub fn set(&self, value: T) -> u64 {
        let (value, lifetime) = self.setup.prepare(value);
        self.slot.replace(|old| old.set(Arc::clone(&value), lifetime), &self.setup.waiters)
    }
}

/// The one way in which a call without an error to return can fail.
#[track_caller]
#[cold]
pub(crate) fn impossible(error: &RegenError) -> ! {
    panic!("dogpile: {error}")
}

impl<T, C: Clock> Home for &DogpileCell<T, C> {}

impl<T, C: Clock> Address for &DogpileCell<T, C> {
    type Value = T;
    type Clock = C;

    #[inline]
    fn slot(&self) -> &Slot<T> {
        &self.slot
    }

    #[inline]
    fn setup(&self) -> &Setup<T, C> {
        &self.setup
    }
}

impl<T, C: Clock> Home for Arc<DogpileCell<T, C>> {}

impl<T, C: Clock> Address for Arc<DogpileCell<T, C>> {
    type Value = T;
    type Clock = C;

    #[inline]
    fn slot(&self) -> &Slot<T> {
        &self.slot
    }

    #[inline]
    fn setup(&self) -> &Setup<T, C> {
        &self.setup
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
