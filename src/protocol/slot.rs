//! One pointer: the one place where a generation takes the place of another.

use crate::protocol::generation::Generation;
use crate::protocol::phase::{Mark, Report, Retirement};
use crate::protocol::setup::Waiters;
use crate::sync::{Arc, ArcSlot, Backoff, Loaded, const_fn};

pub struct Slot<T>(ArcSlot<Generation<T>>);

impl<T> Slot<T> {
    const_fn! {
        pub(crate) const fn new() -> Self {
            Self(ArcSlot::empty())
        }
    }

    /// The current generation, for a caller that only reads. None: the home is untouched.
    #[inline]
    pub(crate) fn load(&self) -> Loaded<Generation<T>> {
        self.0.load()
    }

    /// The current generation, for a caller that may change something. An untouched slot first gets an empty one,
    /// so that there is something to be elected on, to mark and to replace.
    pub(crate) fn current(&self) -> Arc<Generation<T>> {
        loop {
            if let Some(current) = Loaded::into_inner(self.load()) {
                return current;
            }
            let first = Arc::new(Generation::first());
            if self.0.compare_and_swap(None, Arc::clone(&first)) {
                return first;
            }
        }
    }

    /// Whether `generation` is the current one.
    pub(crate) fn holds(&self, generation: &Arc<Generation<T>>) -> bool {
        self.load().as_ref().is_some_and(|current| Arc::ptr_eq(current, generation))
    }

    /// Whether `generation` is the current one, for a caller that wants to be known of: whoever replaces it from now on
    /// knows what went before this call, and tells whoever comes after.
    pub(crate) fn is_still(&self, generation: &Arc<Generation<T>>) -> bool {
        self.0.touch(generation)
    }

    /// Puts `next` into the place of `old` and retires that; None if something newer is there already, and nothing
    /// was done.
    #[must_use]
    fn swap(&self, old: &Arc<Generation<T>>, next: &Arc<Generation<T>>) -> Option<Retirement> {
        // Should another caller be faster, that one takes it out.
        old.withdraw();
        self.0.compare_and_swap(Some(old), Arc::clone(next)).then(|| old.retire())
    }

    /// A leader puts the outcome of its work into the place of the generation that it led, and wakes the waiters;
    /// false if something newer is there already.
    ///
    /// A mark from meanwhile goes on, since the work may have begun before it.
    #[must_use]
    pub(crate) fn succeed(
        &self,
        led: &Arc<Generation<T>>,
        next: &Arc<Generation<T>>,
        waiters: &Waiters,
    ) -> bool {
        let Some(retirement) = self.swap(led, next) else { return false };
        if retirement == Retirement::Marked {
            self.hand_mark_on();
        }
        waiters.wake_all();
        true
    }

    /// Puts `next`, which is led, into the place of `old`, whose leader overran its lease. Wakes nobody: what waiters
    /// wait for is still to come.
    #[must_use]
    pub(crate) fn depose(&self, old: &Arc<Generation<T>>, next: &Arc<Generation<T>>) -> bool {
        let Some(retirement) = self.swap(old, next) else { return false };
        // A mark is handed on, although the caller has not begun and knows of it: a caller that supersedes this one,
        // by taking over in its turn or by an `invalidate`, may not.
        if retirement == Retirement::Marked {
            self.hand_mark_on();
        }
        true
    }

    /// Replaces whatever is there by what `next` makes of it, wakes the waiters, and returns the new version.
    pub(crate) fn replace(&self, next: impl Fn(&Generation<T>) -> Generation<T>, waiters: &Waiters) -> u64 {
        let backoff = Backoff::new();
        loop {
            let current = self.current();
            let version = self.try_replace(&current, &next, waiters);
            drop(current);
            if let Some(version) = version {
                return version;
            }
            backoff.spin();
        }
    }

    /// Replaces `old` by what `next` makes of it, wakes the waiters, and returns the new version; None if `old` is
    /// no longer there.
    pub(crate) fn try_replace(
        &self,
        old: &Arc<Generation<T>>,
        next: impl Fn(&Generation<T>) -> Generation<T>,
        waiters: &Waiters,
    ) -> Option<u64> {
        let next = Arc::new(next(old));
        // A leader that is superseded answers no mark any more.
        if self.swap(old, &next)? != Retirement::Clean {
            self.hand_mark_on();
        }
        waiters.wake_all();
        Some(next.version())
    }

    /// Hands a mark that was made on a generation which just left the slot on to whatever is there now.
    ///
    /// What came by `set` or `invalidate` puts the mark away, so it is not due because of it. But it inherits the mark:
    /// if it is due already, it may have a leader that began before the mark was made, in the moment between the
    /// replacement of the old generation and its retirement. What a leader made after that may have been begun before
    /// the mark, too, and is marked.
    fn hand_mark_on(&self) {
        let mark = |current: &Generation<T>| {
            if current.is_reset() { current.inherit_mark() } else { current.mark() }
        };
        self.mark_current(mark);
    }

    /// Marks whatever is there.
    pub(crate) fn mark_stale(&self) {
        self.mark_current(Generation::mark);
    }

    /// Marks the value of this version, unless somebody did already or is at work on the next one; says whether it did.
    pub(crate) fn mark_stale_if(&self, version: u64) -> bool {
        let backoff = Backoff::new();
        loop {
            let current = self.current();
            let is_there = current.version() == version && current.value().is_some();
            let report = is_there.then(|| current.report());
            drop(current);
            match report {
                Some(Report::Made) => return true,
                // It may be the same version again: the leader failed, gave up or was taken over.
                Some(Report::Retired) => backoff.spin(),
                None | Some(Report::TooLate) => return false,
            }
        }
    }

    fn mark_current(&self, mark: impl Fn(&Generation<T>) -> Mark) {
        let backoff = Backoff::new();
        loop {
            let current = self.current();
            let mark = mark(&current);
            drop(current);
            if mark == Mark::Made {
                return;
            }
            backoff.spin();
        }
    }
}
