//! What replaces a value, or marks it, without a leader.

use crate::cell::DogpileCell;
use crate::clock::Clock;
use crate::protocol::generation::Generation;
use crate::protocol::lease::Lease;
use crate::protocol::lifetime::Lifetime;
use crate::sync::Backoff;

impl<T, C> DogpileCell<T, C> {
    /// Makes the value stale before its time: it stays servable, and the next [`get_or_regen`](Self::get_or_regen)
    /// regenerates.
    ///
    /// The value reads as stale at once, also while a leader is at work. That leader's result is published, but it is
    /// stale from the start, since it may have been made from what was true before the mark. So no mark is lost, and
    /// marks in a row never cause more than one leader at a time. Until that leader's call returns, a read may still
    /// see its result as fresh.
    ///
    /// A mark belongs to the value that it finds: [`set`](Self::set) and [`invalidate`](Self::invalidate) remove both,
    /// since whatever comes next is newer than the mark. On an empty cell with nobody at work, this call does nothing.
    /// It does not lift the throttle after a failure.
    ///
    /// # Complexity
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

    /// Makes the value stale as [`mark_stale`](Self::mark_stale) does, if its version is `version` and nobody is at
    /// work on the next one; returns whether it did.
    ///
    /// For callers that find out that what they were served is not good enough, but better than nothing. A thousand
    /// reports of one version cause one regeneration: the first report marks the value, and later ones find it marked,
    /// being replaced, or replaced. A report that finds a leader at work is not remembered: should that leader fail or
    /// give up, the value is as fresh as it was, and may be reported again. The value is served until there is another
    /// one. If even the caller that reports
    /// needs a newer value, use [`Demand::newer_than`](crate::Demand::newer_than); if nobody may use this one any more,
    /// use [`invalidate_if`](Self::invalidate_if).
    ///
    /// # Complexity
    ///
    /// Never waits for a leader. Lock-free: it starts over only when another call replaced the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// let routes = DogpileCell::never_expires();
    /// let seen = Guard::version(&routes.get_or_regen(|| "a"));
    /// assert!(routes.mark_stale_if(seen)); // a host does not answer
    /// assert!(!routes.mark_stale_if(seen)); // the second report
    /// assert_eq!(*routes.get().unwrap(), "a");
    /// assert_eq!(*routes.get_or_regen(|| "b"), "b");
    /// assert!(!routes.mark_stale_if(seen)); // a late one
    /// ```
    pub fn mark_stale_if(&self, version: u64) -> bool {
        self.slot.mark_stale_if(version)
    }

    /// Removes the value: no read that starts after this call returned gets it any more.
    ///
    /// The result of a leader that is at work was made from old data, so it is superseded: it is returned to its own
    /// caller and never stored. Waiters elect a new leader among themselves. Guards that were handed out before stay
    /// valid. The error of an earlier failure, and its throttle, are cleared.
    ///
    /// # Panics
    ///
    /// If this call is the last to hold the removed value, and its `Drop` panics. The value is removed all the same.
    ///
    /// # Complexity
    ///
    /// Never waits for a leader, and takes no lock but that of the list of sleeping callers, to wake them.
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

    /// Removes the value as [`invalidate`](Self::invalidate) does, but only if its version is `version`; returns
    /// whether it was.
    ///
    /// For callers that find out that what they were served is bad. A thousand callers that report one refused token
    /// cause one regeneration, and a late report cannot hit the token that came after it. Version 0, which a superseded
    /// result has, is never in the cell.
    ///
    /// # Panics
    ///
    /// If this call is the last to hold the removed value, and its `Drop` panics. The value is removed all the same.
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
            if current.version() != version || current.value().is_none() {
                drop(current);
                return false;
            }
            let replaced = self.slot.try_replace(&current, Generation::emptied, &self.setup.waiters);
            drop(current);
            if replaced.is_some() {
                return true;
            }
            // It may be the same version again: the leader failed, gave up or was taken over.
            backoff.spin();
        }
    }
}

impl<T, C: Clock> DogpileCell<T, C> {
    /// Publishes `value` at once, whatever is in the cell, and returns its version.
    ///
    /// The result of a leader that is at work is superseded, and waiters wake with `value`. The error of an earlier
    /// failure, and its throttle, are cleared. The replaced value is dropped by whoever holds it last. If that is this
    /// call, its `Drop` runs here, after the publication.
    ///
    /// # Panics
    ///
    /// - If the cell's [`lifetime_of`](crate::CellBuilder::lifetime_of) panics. Nothing has changed then.
    /// - If this call is the last to hold an old value, and the `Drop` of that value panics. `value` has been published
    ///   by then, unless another call replaced the old value at the same moment.
    ///
    /// # Complexity
    ///
    /// Never waits for a leader, and takes no lock but that of the list of sleeping callers, to wake them. Two
    /// allocations: the value and its generation.
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
        self.put(value, None)
    }

    /// Publishes `value` as [`set`](Self::set) does, with this [`Lifetime`], and returns its version.
    ///
    /// The cell's [`lifetime_of`](crate::CellBuilder::lifetime_of) is not asked. Whatever `lifetime` leaves out is as
    /// the settings of the cell say.
    ///
    /// # Panics
    ///
    /// If this call is the last to hold an old value, and the `Drop` of that value panics, as [`set`](Self::set) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Lifetime, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let token = DogpileCell::builder().clock(clock.clone()).build()?;
    /// let expires_in = Duration::from_secs(3600);
    /// token.set_with("t1", Lifetime::fresh_for(expires_in / 10 * 9).usable_for(expires_in));
    /// clock.advance(expires_in);
    /// assert!(token.get().is_none());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn set_with(&self, value: T, lifetime: Lifetime) -> u64 {
        self.put(value, Some(lifetime))
    }

    fn put(&self, value: T, lifetime: Option<Lifetime>) -> u64 {
        let value = self.setup.prepare(value, lifetime);
        self.slot.replace(|old| old.set(value.share(), value.life), &self.setup.waiters)
    }

    /// Publishes `value` as [`set_with`](Self::set_with) does, if its `origin_version` is greater than that of every
    /// value that this cell ever had; returns the version that the cell gave it, or `None`.
    ///
    /// For values that several processes share. Messages about such values can come late, twice, and in any order. The
    /// *origin version* is the version that the value has in the store they share. The cell remembers the greatest one:
    /// an old message does not bring back a value that was [invalidated](Self::invalidate), nor one that was replaced
    /// by a value without an origin version. It takes the place of one in `lifetime`, and
    /// [`Guard::origin_version`](crate::Guard::origin_version) returns it.
    ///
    /// `None` means that the value is not newer. The cell has not changed then, and `value` has been dropped.
    ///
    /// # Panics
    ///
    /// If the `Drop` of `value`, or of an old value that this call is the last to hold, panics.
    ///
    /// # Complexity
    ///
    /// Never waits for a leader. Lock-free: it starts over only when another call replaced the value. It allocates as
    /// [`set`](Self::set) does, even if it then returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime};
    ///
    /// let config = DogpileCell::never_expires();
    /// assert_eq!(config.set_if_newer("b", 17, Lifetime::new()), Some(1));
    /// assert_eq!(config.set_if_newer("a", 16, Lifetime::new()), None); // it was held up on its way
    /// let found = config.get().unwrap();
    /// assert_eq!((*found, Guard::origin_version(&found)), ("b", Some(17)));
    /// ```
    pub fn set_if_newer(&self, value: T, origin_version: u64, lifetime: Lifetime) -> Option<u64> {
        let value = self.setup.prepare(value, Some(lifetime.origin_version(origin_version)));
        let backoff = Backoff::new();
        loop {
            let current = self.slot.current();
            if !current.is_newer(origin_version) {
                return None;
            }
            let set = |old: &Generation<T>| old.set(value.share(), value.life);
            let version = self.slot.try_replace(&current, set, &self.setup.waiters);
            drop(current);
            if version.is_some() {
                return version;
            }
            backoff.spin();
        }
    }

    /// Ends the pause that a leader asked for with [`Lease::defer`](crate::Lease::defer), so that the next caller may
    /// be elected; returns whether there was one.
    ///
    /// For code that learns that the work for which the leader deferred is done, or has failed. Callers that wait look
    /// again. A throttle after a failure is no pause, and is not lifted.
    ///
    /// # Complexity
    ///
    /// Never waits for a leader. Lock-free: it starts over only when another call replaced the value. If there is a
    /// pause, it allocates once.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// cell.try_lead().expect("the cell is empty").defer(Duration::from_secs(60));
    /// assert!(cell.try_lead().is_none());
    /// assert!(cell.resume());
    /// assert!(cell.try_lead().is_some());
    /// ```
    pub fn resume(&self) -> bool {
        // Who is elected during a pause can end it without disturbing anybody.
        let is_paused = |current: &Generation<T>, now| current.deferred_until(now).is_some();
        Lease::replace_idle(&self, is_paused, Generation::resumed)
    }

    /// Removes the value if it is expired and cannot be served to anybody any more, to free its memory; returns whether
    /// there was such a value.
    ///
    /// The cell otherwise keeps an expired value until the next publication, since the next leader may need it
    /// ([`Lease::previous`](crate::Lease::previous)). A value that could still be served after a failed regeneration
    /// ([`stale_if_error`](crate::CellBuilder::stale_if_error)) stays. So does one that a leader is replacing, or for
    /// which a leader has [deferred](crate::Lease::defer). The version, the last error and a throttle do not change.
    /// Guards keep the value alive, and so does a [`Reader`](crate::Reader) that read it, until it reads again, lets go
    /// of the value ([`Reader::release`](crate::Reader::release)), or is dropped.
    ///
    /// # Panics
    ///
    /// If this call is the last to hold the value, and its `Drop` panics. The value is removed all the same.
    ///
    /// # Complexity
    ///
    /// Never waits for a leader. Lock-free: it starts over only when another call replaced the value. If there is such
    /// a value, it allocates once.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Lifetime, clock::ManualClock};
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder().clock(clock.clone()).build()?;
    /// let large = Arc::new([0_u8; 1 << 20]);
    /// let minute = Duration::from_secs(60);
    /// cell.set_with(Arc::clone(&large), Lifetime::new().usable_for(minute));
    /// assert!(!cell.purge());
    /// clock.advance(minute);
    /// assert!(cell.purge());
    /// assert_eq!(Arc::strong_count(&large), 1);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn purge(&self) -> bool {
        // Not during a pause: `resume` would take who lets go of the value for a leader, and leave the pause as it is.
        let is_wanted = |current: &Generation<T>, now| {
            current.is_idle() && current.is_spoilt(now) && current.deferred_until(now).is_none()
        };
        Lease::replace_idle(&self, is_wanted, Generation::purged)
    }
}
