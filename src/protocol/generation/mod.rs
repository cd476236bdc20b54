//! One state of a home: what the slot points to.
//!
//! A generation is born with everything a reader needs. After its birth nothing of that changes but the phase (who
//! may lead), `due` and `assured_until` (from when on the value is stale), `lease_until` (for how long its leader
//! leads) and `withdrawn`. Every change of hands is a new generation, so a generation has at most one leader in its
//! life. Who may write which of these, and when: the rules in [`protocol`](super).

mod births;

use crate::clock::Instant;
use crate::error::SharedError;
use crate::protocol::inside::{Held, let_go};
use crate::protocol::lifetime::Freshness;
use crate::protocol::phase::{Lost, Mark, Phase, Report, Retirement};
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
    value: Held<Arc<T>>,
    /// From here on the value is expired.
    servable_until: Instant,
    published_at: Instant,
    version: u64,
    /// The number of this generation in its home, counted from 1.
    serial: u64,
    /// None: no value of this home ever had an origin version.
    origin_versions: Option<Arc<OriginVersions>>,

    phase: Phase,
    /// Another caller has taken it out of the slot, or is about to.
    withdrawn: AtomicBool,
    /// It came by `set` or `invalidate`, and not by the work of a leader.
    is_reset: bool,
    /// How often in a row a leader was deposed, with nothing published since.
    takeovers: u8,
    /// The value came with an origin version, which is the last one of `origin_versions`.
    has_origin_version: bool,
    /// The pause was asked for by a leader that deferred, and is no throttle after a failure.
    is_deferred: bool,
    /// From here on the leader may be deposed; `Instant::NEVER` until the leader says otherwise.
    lease_until: AtomicU64,
    /// The end of the pause: the next regeneration is not made before.
    not_before: Instant,
    failure: Option<Arc<Failure>>,
    /// How old the value was when it was published, in nanoseconds.
    age: u64,
    /// From here on the value is expired, also if a regeneration failed.
    servable_after_error_until: Instant,
    /// The hard end of the value.
    usable_until: Instant,
    /// The serial of the generation that the leader led which made the value; 0 if none did.
    made_at: u64,
}

#[cfg(all(test, target_pointer_width = "64"))]
const _: () = {
    // Those of the checkers are larger.
    if size_of::<WatchedU64>() == size_of::<u64>() {
        assert!(std::mem::offset_of!(Generation<u64>, phase) == 64 && size_of::<Generation<u64>>() == 128);
    }
};

/// What the values of a home were called where they came from.
struct OriginVersions {
    greatest: u64,
    /// That of the last value that came with one: it can be less, for one that was not asked to be newer.
    last: u64,
}

/// The regenerations since the last value was made, all of which failed.
pub(crate) struct Failure {
    /// What the last one failed with. None: it panicked.
    pub(crate) error: Option<SharedError>,
    pub(crate) attempts: NonZeroU32,
    /// The generation that was born of the last one.
    serial: u64,
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

impl Origin {
    pub(crate) fn serial(self) -> u64 {
        self.serial
    }
}

impl<T> Generation<T> {
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Where a call begins that looks at this generation.
    pub(crate) fn origin(&self) -> Origin {
        Origin { version: self.version, serial: self.serial }
    }

    #[inline]
    pub(crate) fn value(&self) -> Option<&Arc<T>> {
        self.value.as_ref()
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_deref()
    }

    pub(crate) fn takeovers(&self) -> u8 {
        self.takeovers
    }

    /// How old the value is, since its publication and before it.
    #[inline]
    pub(crate) fn age_in_nanos(&self, now: Instant) -> u64 {
        let published = now.as_nanos().saturating_sub(self.published_at.as_nanos());
        published.saturating_add(self.age)
    }

    /// How old the value was when it was published.
    pub(crate) fn age_when_published(&self) -> u64 {
        self.age
    }

    /// There is a value, and it was published less than so many nanoseconds ago.
    #[inline]
    pub(crate) fn is_younger_than(&self, nanos: u64, now: Instant) -> bool {
        now.as_nanos().saturating_sub(self.published_at.as_nanos()) < nanos && self.value.is_some()
    }

    /// How long the value will be fresh.
    pub(crate) fn fresh_for(&self, now: Instant) -> Duration {
        match Instant::from_raw(self.due.load(Relaxed)) {
            Instant::NEVER => Duration::MAX,
            due => due.saturating_duration_since(now),
        }
    }

    /// What the value is called where it came from.
    pub(crate) fn origin_version(&self) -> Option<u64> {
        self.origin_versions.as_ref().filter(|_| self.has_origin_version).map(|versions| versions.last)
    }

    /// No value of this home ever had an origin version that is as great.
    pub(crate) fn is_newer(&self, origin_version: u64) -> bool {
        self.origin_versions.as_ref().is_none_or(|versions| origin_version > versions.greatest)
    }

    /// It has a value that was published after a call began at `origin`.
    pub(crate) fn was_published_since(&self, origin: Origin) -> bool {
        self.version > origin.version && self.value.is_some()
    }

    /// The value that it has was made by a leader who was elected on a generation after `serial`.
    pub(crate) fn was_made_after(&self, serial: u64) -> bool {
        self.made_at > serial
    }

    /// The value that it has was made by the leader of the generation with this serial.
    pub(crate) fn was_made_by(&self, serial: u64) -> bool {
        self.made_at == serial && self.value.is_some()
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// The hard end of the value.
    pub(crate) fn usable_until(&self) -> Instant {
        self.usable_until
    }

    /// The value is past its hard end, and was not when it was published.
    pub(crate) fn died(&self, now: Instant) -> bool {
        now >= self.usable_until && self.usable_until > self.published_at
    }

    /// No window of the value is left, whatever happens.
    pub(crate) fn is_spoilt(&self, now: Instant) -> bool {
        self.value.is_some() && now >= self.servable_until.max(self.servable_after_error_until)
    }

    /// It came by `set` or `invalidate`, and not by the work of a leader.
    pub(crate) fn is_reset(&self) -> bool {
        self.is_reset
    }

    /// The failure that answers a call which has nothing to be served, and which began at `origin`: of a regeneration
    /// that failed since, or, for a call that minds the throttle, of one after which it is too early for another.
    pub(crate) fn failure_for(&self, origin: Origin, minds_throttle: bool, now: Instant) -> Option<&Failure> {
        let failure = self.failure.as_deref()?;
        // A leader may be at work all the same, or have just left: then its outcome is the answer.
        let is_throttled = || minds_throttle && self.throttled_until(now).is_some() && self.phase.is_idle();
        (failure.serial > origin.serial || is_throttled()).then_some(failure)
    }

    /// The end of the throttle after a failure, while it lasts.
    pub(crate) fn throttled_until(&self, now: Instant) -> Option<Instant> {
        (now < self.not_before && !self.is_deferred).then_some(self.not_before)
    }

    /// When a leader that deferred wants the next one to be elected. Somebody may be at work all the same, by whose
    /// clock the pause is over.
    pub(crate) fn deferred_until(&self, now: Instant) -> Option<Instant> {
        (now < self.not_before && self.is_deferred).then_some(self.not_before)
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
        (self.value.is_some() && now < self.servable_until).then_some(Freshness::Stale)
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
        now < self.not_before
    }

    /// As [`is_attended`](Self::is_attended), for a caller that does not mind that a regeneration has just failed.
    pub(crate) fn is_attended_despite_throttle(&self, now: Instant) -> bool {
        if self.is_led() {
            return !self.is_overrun(now);
        }
        self.is_deferred && now < self.not_before
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

    /// Asks for another value, unless another caller did already or somebody is at work on it.
    pub(crate) fn report(&self) -> Report {
        let report = self.phase.report();
        if report == Report::Made {
            self.assured_until.store(0, Relaxed);
            // Release: as in `mark`.
            self.due.store(0, Release);
        }
        report
    }

    /// Takes on a mark that was meant for a generation before: for the leader, if there is one, since it may have
    /// begun before the mark. Without a leader the value is as fresh as it was, and whoever is elected knows what
    /// went before the mark.
    pub(crate) fn inherit_mark(&self) -> Mark {
        self.phase.inherit()
    }
}
