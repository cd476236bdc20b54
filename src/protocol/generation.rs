//! One state of a home: what the slot points to.
//!
//! A generation is born with everything a reader needs. After its birth nothing of that changes but the phase (who
//! may lead), `due` and `assured_until` (from when on the value is stale), `lease_until` (for how long its leader
//! leads) and `withdrawn`. Every change of hands is a new generation, so a generation has at most one leader in its
//! life. Who may write which of these, and when: the rules in [`protocol`](super).

use crate::clock::Instant;
use crate::error::SharedError;
use crate::protocol::inside::{Held, let_go};
use crate::protocol::lifetime::{Freshness, Lifetime};
use crate::protocol::phase::{Lost, Mark, Phase, Retirement};
use crate::protocol::settings::Retry;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Arc, AtomicBool, AtomicU64, WatchedU64, fence};
use std::num::NonZeroU32;
use std::time::Duration;

// By cache line (of 64 bytes), each written as seldom as can be while there are readers. A fresh read needs only the
// first line, which is clean from birth until the generation is about to leave the slot, or is marked. A stale read
// needs the second line too, on which the election is. The reference count of the `Arc` is on a line before them.
#[repr(C, align(64))]
pub(crate) struct Generation<T> {
    /// Until then the value is fresh, for a reader that found this generation in the slot. 0: it was marked.
    due: AtomicU64,
    /// Until then a reader that remembers this generation may take it for what is in the slot, and for fresh.
    assured_until: WatchedU64,
    content: Held<Content<T>>,
    version: u64,
    /// How many generations there were before this one.
    serial: u64,

    phase: Phase,
    /// Another caller has taken it out of the slot, or is about to.
    withdrawn: AtomicBool,
    /// It came by `set` or `invalidate`, and not by the work of a leader.
    is_reset: bool,
    /// From here on the leader may be deposed; `Instant::NEVER` until the leader says otherwise.
    lease_until: AtomicU64,
    failure: Option<Failure>,
}

#[cfg(all(test, target_pointer_width = "64"))]
const _: () = {
    // Those of the checkers are larger.
    if size_of::<WatchedU64>() == size_of::<u64>() {
        assert!(std::mem::offset_of!(Generation<u64>, serial) + size_of::<u64>() == 64);
        assert!(std::mem::offset_of!(Generation<u64>, phase) == 64 && size_of::<Generation<u64>>() == 128);
    }
};

/// A value, and when it lives.
pub(crate) struct Content<T> {
    pub(crate) value: Arc<T>,
    pub(crate) lifetime: Lifetime,
}

impl<T> Content<T> {
    fn share(&self) -> Self {
        Self { value: Arc::clone(&self.value), lifetime: self.lifetime }
    }
}

/// The regenerations since the last value was made, all of which failed.
#[derive(Clone)]
pub(crate) struct Failure {
    /// What the last one failed with. None: it panicked.
    pub(crate) error: Option<SharedError>,
    pub(crate) attempts: NonZeroU32,
    /// The generation that was born of the last one.
    serial: u64,
    /// The next one is not made before.
    retry_at: Instant,
}

/// As a [`Held`]: a generation that is dropped may have a value that panics, and then this one's error.
impl Drop for Failure {
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            let_go(error);
        }
    }
}

/// What a call may be answered with has to be newer than this.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    version: u64,
    serial: u64,
}

impl<T> Generation<T> {
    fn new(version: u64, serial: u64, content: Option<Content<T>>) -> Self {
        let fresh_until = content.as_ref().map_or(0, |content| content.lifetime.fresh_until.as_nanos());
        Self {
            due: AtomicU64::new(fresh_until),
            assured_until: WatchedU64::new(fresh_until),
            phase: Phase::idle(content.is_some()),
            version,
            serial,
            is_reset: false,
            content: content.into(),
            failure: None,
            lease_until: AtomicU64::new(Instant::NEVER.as_nanos()),
            withdrawn: AtomicBool::new(false),
        }
    }

    /// The first generation of a home that was never used.
    pub(crate) fn first() -> Self {
        Self::new(0, 0, None)
    }

    /// The next one, without a value: it was invalidated.
    pub(crate) fn emptied(&self) -> Self {
        Self { is_reset: true, ..Self::new(self.version + 1, self.serial + 1, None) }
    }

    /// The next one, with a value that was set, whatever was there.
    pub(crate) fn set(&self, value: Arc<T>, lifetime: Lifetime) -> Self {
        Self { is_reset: true, ..self.filled(value, lifetime) }
    }

    /// The next one, with the value that its leader made.
    pub(crate) fn filled(&self, value: Arc<T>, lifetime: Lifetime) -> Self {
        Self::new(self.version + 1, self.serial + 1, Some(Content { value, lifetime }))
    }

    /// Never in a slot: a value for its maker alone, since something newer is there. Its version is 0, which no
    /// value ever has that was published.
    pub(crate) fn superseded(value: Arc<T>, lifetime: Lifetime) -> Self {
        let never_there = Self::new(0, 0, Some(Content { value, lifetime }));
        never_there.withdraw();
        never_there
    }

    /// The next one, after the leader left without a result: the same version and value, due at once.
    pub(crate) fn given_up(&self) -> Self {
        let content = self.content.as_ref().map(Content::share);
        let next = Self::new(self.version, self.serial + 1, content);
        Self {
            due: AtomicU64::new(0),
            assured_until: WatchedU64::new(0),
            failure: self.failure.clone(),
            ..next
        }
    }

    /// The next one, after a failed regeneration: the same version and value, throttled, and servable for as long as
    /// `stale_if_error` allows.
    pub(crate) fn failed(&self, error: Option<SharedError>, stale_if_error: Duration, retry: Retry) -> Self {
        let mut next = self.given_up();
        if let Some(content) = next.content.as_mut() {
            content.lifetime = content.lifetime.servable_for(stale_if_error);
        }
        let attempts = self.failure.as_ref().map_or(NonZeroU32::MIN, |last| last.attempts.saturating_add(1));
        let retry_at = retry.after(attempts);
        Self { failure: Some(Failure { error, attempts, serial: next.serial, retry_at }), ..next }
    }

    /// The next one, led from birth by the caller that deposes an overrun leader: the same version and value.
    pub(crate) fn taken_over(&self) -> Self {
        Self { phase: Phase::led(self.content.is_some()), ..self.given_up() }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Where a call begins that looks at this generation.
    pub(crate) fn origin(&self) -> Origin {
        Origin { version: self.version, serial: self.serial }
    }

    #[inline]
    pub(crate) fn content(&self) -> Option<&Content<T>> {
        self.content.as_ref()
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// It has a value that was published after a call began at `origin`.
    pub(crate) fn was_published_since(&self, origin: Origin) -> bool {
        self.version > origin.version && self.content.is_some()
    }

    /// It came by `set` or `invalidate`, and not by the work of a leader.
    pub(crate) fn is_reset(&self) -> bool {
        self.is_reset
    }

    /// The error that answers a call which has nothing to be served, and which began at `origin`: of a regeneration
    /// that failed since, or of one after which it is too early for another.
    pub(crate) fn error_for(&self, origin: Origin, now: Instant) -> Option<SharedError> {
        let failure = self.failure.as_ref()?;
        // A leader may be at work all the same, or have just left: then its outcome is the answer.
        let throttled = now < failure.retry_at && self.phase.is_idle();
        (failure.serial > origin.serial || throttled).then(|| failure.error.clone()).flatten()
    }

    /// What a reader may take this for. None: there is no value, or it is expired.
    #[inline]
    pub(crate) fn freshness(&self, now: Instant) -> Option<Freshness> {
        // Relaxed: the value was acquired with the generation. `due` carries no data, and a thread that knows of a
        // mark reads 0, by coherence: each mark writes it, also if an earlier one did.
        if now.as_nanos() < self.due.load(Relaxed) {
            return Some(Freshness::Fresh);
        }
        // Acquire: pairs with the Release in `mark`. A thread that was told here that the value is stale is told the
        // same by `is_assured`.
        fence(Acquire);
        let content = self.content.as_ref()?;
        (now < content.lifetime.servable_until).then_some(Freshness::Stale)
    }

    /// As what a read serves this. None: there is nothing to serve, or it is stale and that is not fine.
    // Not only a hint: outlined, it costs a read as much again as what it does.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(crate) fn served(
        &self,
        now: Instant,
        stale_is_fine: impl FnOnce(&Self, Instant) -> bool,
    ) -> Option<Freshness> {
        self.freshness(now).filter(|freshness| *freshness == Freshness::Fresh || stale_is_fine(self, now))
    }

    /// It is what is in the slot, and fresh, for all that this thread can know.
    #[inline]
    pub(crate) fn is_assured(&self, now: Instant) -> bool {
        // Relaxed, as all of `assured_until` and `withdrawn`: they carry no data. A thread that knows of the next
        // generation, or of a mark, knows of what was written here before, and so reads that, by coherence.
        now.as_nanos() < self.assured_until.load(Relaxed)
    }

    /// It is not in the slot, or only for this moment.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Relaxed)
    }

    /// A caller is about to take it out of the slot. Before, not after: a thread that finds the next generation
    /// there must not take this one for that any more.
    pub(crate) fn withdraw(&self) {
        self.assured_until.store(0, Relaxed);
        self.withdrawn.store(true, Relaxed);
    }

    /// No caller is wanted: a leader is at work and in time, or the next regeneration is to come later.
    #[inline]
    pub(crate) fn is_attended(&self, now: Instant) -> bool {
        if self.is_led() {
            return !self.is_overrun(now);
        }
        self.failure.as_ref().is_some_and(|failure| now < failure.retry_at)
    }

    /// A leader is at work.
    #[inline]
    pub(crate) fn is_led(&self) -> bool {
        self.phase.is_led()
    }

    /// In the slot, with nobody at work.
    pub(crate) fn is_idle(&self) -> bool {
        self.phase.is_idle()
    }

    /// Its leader may be deposed.
    #[inline]
    pub(crate) fn is_overrun(&self, now: Instant) -> bool {
        now >= self.lease_until()
    }

    /// The end of the leader's lease.
    pub(crate) fn lease_until(&self) -> Instant {
        // Relaxed, as all of `lease_until`: it carries no data, and to depose a leader early or late by a moment is
        // to depose it all the same.
        Instant::from_raw(self.lease_until.load(Relaxed))
    }

    /// The leader says for how long it leads. Returns until when it led before.
    pub(crate) fn lead_until(&self, until: Instant) -> Instant {
        Instant::from_raw(self.lease_until.swap(until.as_nanos(), Relaxed))
    }

    /// Elects the caller, unless another one leads already. The caller saw that the generation is due.
    pub(crate) fn elect(&self) -> Result<(), Lost> {
        self.phase.elect()
    }

    /// The generation left the slot.
    pub(crate) fn retire(&self) -> Retirement {
        self.phase.retire()
    }

    /// Asks for another value although this one has not reached its age.
    pub(crate) fn mark(&self) -> Mark {
        let mark = self.phase.mark();
        if mark == Mark::Made {
            // Also if a leader is at work: a thread that marked must not read the value as fresh.
            self.assured_until.store(0, Relaxed);
            // Release: pairs with the Acquire in `freshness`.
            self.due.store(0, Release);
        }
        mark
    }

    /// Takes on a mark that was meant for a generation before: for the leader, if there is one, since it may have
    /// begun before the mark. Without a leader the value is as fresh as it was, and whoever is elected knows what
    /// went before the mark.
    pub(crate) fn inherit_mark(&self) -> Mark {
        self.phase.mark()
    }
}
