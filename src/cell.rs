//! The public verbs: each strings the stages together.

use crate::builder::Builder;
use crate::clock::{Clock, CoarseClock};
use crate::generation::{Generation, Lost};
use crate::guard::Guard;
use crate::lease::Lease;
use crate::policy::{Freshness, Policy, TimeToLive};
use crate::reentrance::{self, Inside};
use crate::slot::Slot;
use crate::sync::{Arc, Backoff, Listener, const_fn};
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
pub struct DogpileCell<T, C = CoarseClock> {
    slot: Slot<T, C>,
}

/// What a caller that found no servable value does next.
enum Turn<'a, T, C> {
    /// Returns this.
    Served(Guard<T>),
    /// Makes a value.
    Lead(Lease<'a, T, C>),
    /// Looks again: something changed under its eyes.
    Again,
    /// Sleeps until something changes.
    Wait,
    /// Fails: it waits for itself.
    Reentrant,
}

impl<T> DogpileCell<T> {
    const_fn! {
        /// An empty cell whose values are fresh for `time_to_live` from their publication, and may be
        /// served stale without limit while the next one is made. Works in a `static`.
        ///
        /// Zero means always stale: each read that finds nobody at work makes another value.
        /// `Duration::MAX` means for ever.
        #[must_use]
        pub const fn new(time_to_live: Duration) -> Self {
            Self { slot: Slot::new(Policy::new(TimeToLive::Fixed(time_to_live)), CoarseClock) }
        }
    }

    const_fn! {
        /// An empty cell whose values stay fresh until they are marked stale, invalidated or replaced.
        /// Works in a `static`.
        #[must_use]
        pub const fn never_expires() -> Self {
            Self { slot: Slot::new(Policy::new(TimeToLive::Never), CoarseClock) }
        }
    }

    /// A cell with other settings.
    pub fn builder() -> Builder<T> {
        Builder::new()
    }
}

impl<T, C> DogpileCell<T, C> {
    pub(crate) fn with(policy: Policy<T>, clock: C) -> Self {
        Self { slot: Slot::new(policy, clock) }
    }

    /// Asks for another value although this one has not reached its age: it stays servable, and the next
    /// [`get_or_regen`](Self::get_or_regen) regenerates.
    ///
    /// With a leader at work its result is published but born stale, since it may have been made from
    /// what was true before the mark. So no mark is lost, and marks in a row never cause more than one
    /// leader at a time. Until that leader's call returns, a read may still see its result as fresh.
    ///
    /// A mark belongs to the value that it finds: [`set`](Self::set) and [`invalidate`](Self::invalidate)
    /// put it away together with that value. On an empty cell with nobody at work it does nothing.
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
    /// Never waits for a leader, and takes no lock but that of the list of sleeping callers, to wake them.
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
        let _ = self.slot.replace(Generation::empty);
    }

    /// The same, only if the value of that version is still there; says whether it was.
    ///
    /// For callers that find out that what they were served is bad: a thousand that report one refused
    /// token cause one regeneration, and a late report cannot hit the token that came after it.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let token = DogpileCell::never_expires();
    /// let refused = token.get_or_regen(|| "t1").version();
    /// assert!(token.invalidate_if(refused));
    /// assert!(!token.invalidate_if(refused)); // the second report
    /// assert_eq!(*token.get_or_regen(|| "t2"), "t2");
    /// assert!(!token.invalidate_if(refused)); // a late one
    /// assert_eq!(*token.get().unwrap(), "t2");
    /// ```
    pub fn invalidate_if(&self, version: u64) -> bool {
        let current = self.slot.current();
        // If the exchange fails, something newer took the place of that version.
        current.version() == version
            && current.content().is_some()
            && self.slot.try_replace(&current, Generation::empty).is_some()
    }

    /// Whether a leader is at work, on the first value or on the next. The answer may be old as soon as
    /// it is given: fit for a metric or a log line, not for a decision.
    #[must_use]
    pub fn is_regenerating(&self) -> bool {
        self.slot.load().as_ref().is_some_and(|current| current.is_led())
    }
}

impl<T, C: Clock> DogpileCell<T, C> {
    /// The value; made by `regen` if it is due and this caller is elected to do so.
    ///
    /// | the value is | this caller |
    /// |---|---|
    /// | fresh | gets it |
    /// | stale, nobody at work | is elected, or gets the stale value if another caller was |
    /// | stale, a leader at work | gets the stale value |
    /// | missing or expired, nobody at work | is elected, or waits for the one who was |
    /// | missing or expired, a leader at work | waits |
    ///
    /// A caller that waited gets whatever is published meanwhile, by the leader or by
    /// [`set`](Self::set). The leader gets its own result, even if something newer has superseded it.
    ///
    /// `regen` runs on the calling thread, with no lock held, and may take as long as it likes.
    ///
    /// # Panics
    ///
    /// If `regen` panics, the panic goes on in this caller. The cell is not poisoned: a stale value is
    /// served on, and the next caller is elected; on an empty cell the waiters elect one of themselves.
    ///
    /// If `regen` calls this function on its own cell, it gets the old value where there is a servable
    /// one. Otherwise it would wait for itself, and the inner call panics with a message that says so.
    /// Only that is found out: two cells whose creation functions need each other, or a creation function
    /// that waits for another thread which asks its cell, wait for ever.
    ///
    /// # Complexity
    ///
    /// Served a fresh value, or a stale one with a leader at work, a call is wait-free: one load of the
    /// slot, one of the clock, no allocation, and no write to memory that other readers read. (A thread's
    /// very first load may allocate the record in which arc-swap keeps what the thread is reading.) A
    /// caller that loses the election for a stale value costs a reference count more.
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
        match self.read(Generation::is_led) {
            Some(guard) => guard,
            None => self.lead_or_wait(regen),
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
        self.read(|_| true)
    }

    /// Publishes `value` at once, whatever the state, and returns its version. A result that is still in
    /// the air is superseded, and waiters wake with `value`.
    ///
    /// Never waits for a leader, and takes no lock but that of the list of sleeping callers, to wake them.
    /// The value that it replaces is dropped by whoever holds it last; if that is this call, its `Drop`
    /// runs here, after the publication.
    ///
    /// # Panics
    ///
    /// If the cell's [`time_to_live_of`](Builder::time_to_live_of) does; then nothing has changed. Or if
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
        let value = Arc::new(value);
        let lifetime = self.slot.policy().lifetime(&value, self.slot.now());
        self.slot.replace(|version| Generation::ready(version, Arc::clone(&value), lifetime))
    }

    /// The whole of a read: one load of the slot, and one comparison with the clock. A stale value is
    /// served if `stale_is_fine`.
    #[inline]
    fn read(&self, stale_is_fine: impl FnOnce(&Generation<T>) -> bool) -> Option<Guard<T>> {
        let current = self.slot.load();
        let now = self.slot.now();
        let generation = current.as_ref()?;
        let freshness = generation.freshness(now)?;
        if freshness == Freshness::Stale && !stale_is_fine(generation) {
            return None;
        }
        Some(Guard::new(current, now, freshness))
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn lead_or_wait(&self, regen: impl FnOnce() -> T) -> Guard<T> {
        match self.wait_for_turn() {
            Ok(guard) => guard,
            Err(lease) => {
                let _inside = Inside::enter(&self.slot);
                // Runs the user's code: a panic drops the lease, which gives it up, and goes on.
                lease.publish(regen())
            }
        }
    }

    /// A value, or the lease to make one.
    #[track_caller]
    fn wait_for_turn(&self) -> Result<Guard<T>, Lease<'_, T, C>> {
        let mut began_at = None;
        let backoff = Backoff::new();
        let mut listener = None;
        loop {
            match self.turn(&mut began_at) {
                Turn::Served(guard) => return Ok(guard),
                Turn::Lead(lease) => return Err(lease),
                Turn::Again => backoff.spin(),
                Turn::Reentrant => panic!("{}", reentrance::MESSAGE),
                // A moment's patience, in case the value is about to come; then listen, look, sleep.
                Turn::Wait if !backoff.is_completed() => backoff.snooze(),
                Turn::Wait => match listener.take() {
                    None => listener = Some(self.slot.waiters().listen()),
                    Some(listener) => listener.wait(),
                },
            }
        }
    }

    /// One look, of a call that began when the cell was at version `began_at`; the first one finds out.
    fn turn(&self, began_at: &mut Option<u64>) -> Turn<'_, T, C> {
        let current = self.slot.current();
        let now = self.slot.now();
        let began_at = *began_at.get_or_insert(current.version());
        // Whatever was published since the call began answers it, also if it is stale or expired by
        // now: otherwise a short time to live would make each waiter a leader in its turn.
        if current.version() > began_at && current.content().is_some() {
            return Turn::Served(Guard::just_made(current, now));
        }
        let freshness = current.freshness(now);
        if freshness == Some(Freshness::Fresh) {
            return Turn::Served(Guard::just_made(current, now));
        }
        if reentrance::is_inside(&self.slot) {
            return freshness.map_or(Turn::Reentrant, |_| Turn::Served(Guard::just_made(current, now)));
        }
        match (Lease::elect(&self.slot, &current), freshness) {
            (Ok(lease), _) => Turn::Lead(lease),
            (Err(Lost::Retired), _) => Turn::Again,
            (Err(Lost::Led), Some(_)) => Turn::Served(Guard::just_made(current, now)),
            (Err(Lost::Led), None) => Turn::Wait,
        }
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
