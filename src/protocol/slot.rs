//! What is published: the one place where a generation takes the place of another.

use crate::clock::{Clock, Instant};
use crate::observe::stats::Counters;
use crate::protocol::generation::{Generation, Lost, Mark, Retirement};
use crate::protocol::policy::{Freshness, Lifetime, Policy};
use crate::protocol::waiters::Waiters;
use crate::sync::{Arc, ArcSlot, Backoff, Loaded, const_fn};

/// The shared part of a cell: the current generation, and all that a change of it needs.
// By cache line: what readers need first, of which only the pointer is ever written. The settings, which are not written
// either, keep the waiters' locks and the counters off the line, and off the one beside it that processors fetch too.
#[repr(C, align(128))]
pub(crate) struct Slot<T, C> {
    current: ArcSlot<Generation<T>>,
    clock: C,
    policy: Policy<T>,
    waiters: Waiters,
    counters: Counters,
}

#[cfg(all(test, target_pointer_width = "64"))]
const _: () = {
    // Those of the checkers are larger.
    if size_of::<ArcSlot<u64>>() == size_of::<usize>() {
        assert!(std::mem::offset_of!(Slot<u64, &'static ()>, clock) + size_of::<usize>() <= 64);
        assert!(std::mem::offset_of!(Slot<u64, &'static ()>, waiters) >= 128);
    }
};

impl<T, C> Slot<T, C> {
    const_fn! {
        pub(crate) const fn new(policy: Policy<T>, clock: C) -> Self {
            Self {
                current: ArcSlot::empty(),
                clock,
                policy,
                waiters: Waiters::new(),
                counters: Counters::new(),
            }
        }
    }

    pub(crate) fn waiters(&self) -> &Waiters {
        &self.waiters
    }

    pub(crate) fn policy(&self) -> &Policy<T> {
        &self.policy
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    #[inline]
    pub(crate) fn now(&self) -> Instant
    where
        C: Clock,
    {
        self.clock.now()
    }

    /// What it takes to publish `value` now. Runs the user's `time_to_live_of`, which may panic.
    pub(crate) fn prepare(&self, value: T) -> (Arc<T>, Lifetime)
    where
        C: Clock,
    {
        let lifetime = self.policy.lifetime(&value, self.now());
        (Arc::new(value), lifetime)
    }

    /// The current generation, for a caller that only reads. None: the cell is untouched.
    #[inline]
    pub(crate) fn load(&self) -> Loaded<Generation<T>> {
        self.current.load()
    }

    /// The current generation, for a caller that may change something. An untouched cell first gets an
    /// empty one, so that there is something to be elected on, to mark and to replace.
    pub(crate) fn current(&self) -> Arc<Generation<T>> {
        loop {
            if let Some(current) = Loaded::into_inner(self.load()) {
                return current;
            }
            let first = Arc::new(Generation::first());
            if self.current.compare_and_swap(None, Arc::clone(&first)) {
                return first;
            }
        }
    }

    /// Whether `generation` is the current one.
    pub(crate) fn holds(&self, generation: &Arc<Generation<T>>) -> bool {
        self.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, generation))
    }

    /// Puts `next` into the place of `old` and retires that; None if something newer is there already,
    /// and nothing was done. Only then may waiters be woken, and only then, last of all, may `old` be
    /// dropped: that can run the user's code.
    #[must_use]
    pub(crate) fn swap(&self, old: &Arc<Generation<T>>, next: &Arc<Generation<T>>) -> Option<Retirement> {
        // Should another be faster, that one takes it out.
        old.withdraw();
        self.current.compare_and_swap(Some(old), Arc::clone(next)).then(|| old.retire())
    }

    /// A leader puts the outcome of its work into the place of the generation that it led, and wakes the
    /// waiters; false if something newer is there already.
    ///
    /// A mark from meanwhile goes on to whatever is there now, since the work may have begun before it.
    #[must_use]
    pub(crate) fn succeed(&self, led: &Arc<Generation<T>>, next: &Arc<Generation<T>>) -> bool {
        let Some(retirement) = self.swap(led, next) else { return false };
        if retirement == Retirement::Marked {
            self.mark_stale();
        }
        self.waiters.wake_all();
        true
    }

    /// Replaces whatever is there by what `next` makes of it, wakes the waiters, and returns
    /// the new version.
    pub(crate) fn replace(&self, next: impl Fn(&Generation<T>) -> Generation<T>) -> u64 {
        let backoff = Backoff::new();
        loop {
            if let Some(version) = self.try_replace(&self.current(), &next) {
                return version;
            }
            backoff.spin();
        }
    }

    /// The same, of `old` only: None if that is no longer there.
    pub(crate) fn try_replace(
        &self,
        old: &Arc<Generation<T>>,
        next: impl Fn(&Generation<T>) -> Generation<T>,
    ) -> Option<u64> {
        let next = Arc::new(next(old));
        // What is set or empty needs no mark. But if it is due it may have a leader already that began before the
        // mark was made: on the old one, in the moment before that was retired. And a leader of the old one
        // answers nothing any more.
        if self.swap(old, &next)? != Retirement::Clean && next.inherit_mark() == Mark::Retired {
            self.mark_stale();
        }
        self.waiters.wake_all();
        Some(next.version())
    }

    /// Has the caller elected on whatever is there, if that is due and nobody attends to it.
    pub(crate) fn try_elect<L>(
        &self,
        elect: impl Fn(&Arc<Generation<T>>, Instant) -> Result<L, Lost>,
    ) -> Option<L>
    where
        C: Clock,
    {
        let backoff = Backoff::new();
        loop {
            let current = self.current();
            let now = self.now();
            if current.freshness(now) == Some(Freshness::Fresh) || current.is_attended(now) {
                return None;
            }
            match elect(&current, now) {
                Ok(elected) => return Some(elected),
                Err(Lost::Led) => return None,
                Err(Lost::Retired) => backoff.spin(),
            }
        }
    }

    /// Marks whatever is there.
    pub(crate) fn mark_stale(&self) {
        let backoff = Backoff::new();
        while self.current().mark() == Mark::Retired {
            backoff.spin();
        }
    }
}
