//! One state of a cell, and the state machine that elects a leader on it.
//!
//! A generation is what the slot points to. It is born with everything a reader needs and never
//! changes, but for `phase`, who may lead; `due`, from when on; `lease_until`, for how long; and, for those who
//! remember it, `assured_until` and `withdrawn`. Every change of hands is a new generation, so it has at most
//! one leader in its life.
//!
//! ```text
//!            elect                     elect
//!   EMPTY ----------> CREATING        READY ----------> REGENERATING
//!     |                  |              |                    |
//!     +------------------+---- retire --+--------------------+----> RETIRED
//! ```
//!
//! `MARKED` can join any of the first four, `ANSWERING` those with a leader. Rules:
//!
//! 1. Only whoever took the generation out of the slot calls `retire`, once, afterwards.
//! 2. Only the caller that `elect` answered with `Ok`, or that made a generation that was born led, leads.
//!    Only the leader writes `lease_until`.
//! 3. `due` and `assured_until` only ever fall, and fall only to 0: both by whoever marked a generation that nobody
//!    leads, `assured_until` also by whoever is about to take the generation out of the slot, who then says so in
//!    `withdrawn`. One that never comes into the slot is withdrawn from birth.
//! 4. Nothing is written on behalf of a reader.
//!
//! Every memory ordering of the protocol is in this file; the slot's own are in `sync`.

use crate::clock::Instant;
use crate::error::RegenError;
use crate::protocol::policy::{Freshness, Lifetime, Retry};
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Arc, AtomicBool, AtomicU8, AtomicU64, WatchedU64};
use std::time::Duration;

/// No value, nobody at work: the first caller is elected, at any time.
const EMPTY: u8 = 0;
/// No value, a leader at work: callers wait.
const CREATING: u8 = EMPTY | LED;
/// A value, nobody at work: served; from `due` on, the first caller is elected.
const READY: u8 = 0b0010;
/// A value, a leader at work: served until its windows end, then callers wait.
const REGENERATING: u8 = READY | LED;
/// Out of the slot: nobody is elected on it any more; whoever finds this looks at the slot again.
const RETIRED: u8 = 0b0100;
/// Bit: a leader is at work. The one bit by which the phases of a leader differ from those without.
const LED: u8 = 0b0001;
/// Bit: `mark_stale` was called. With a leader at work it waits for `retire` to find it.
const MARKED: u8 = 0b1000;
/// Bit: the leader was elected after a mark, and is to answer it. Whoever supersedes that leader finds it here.
const ANSWERING: u8 = 0b1_0000;

/// Why [`Generation::elect`] did not elect the caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Somebody else leads: take the stale value, or wait.
    Led,
    /// This generation left the slot: look there again.
    Retired,
}

/// The answer of [`Generation::mark`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Done: the generation is due, or its leader will find the mark.
    Made,
    /// This generation left the slot: mark the one that is there now.
    Retired,
}

/// The answer of [`Generation::retire`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Retirement {
    /// Nothing is left to do.
    Clean,
    /// It was marked stale, and its leader was elected after that: so it is answered by whatever that leader leaves,
    /// and only by that.
    Answering,
    /// It was marked stale, and nobody was elected since: unless the newcomer is known to be newer than the mark,
    /// it is to be marked in its place.
    Marked,
}

// By cache line (of 64 bytes), each written as seldom as can be while there are readers: a fresh read needs the first one
// only, which is clean from birth until the generation is about to leave the slot, or is marked; a stale read the second
// one too, on which the election is. The reference count of the `Arc` is on a line before them.
#[repr(C, align(64))]
pub(crate) struct Generation<T> {
    due: AtomicU64,
    /// Until then whoever remembers this generation may take it for what is in the slot, and for fresh.
    assured_until: WatchedU64,
    content: Option<Content<T>>,
    version: u64,
    /// How many generations the cell had before this one.
    serial: u64,

    phase: AtomicU8,
    /// Somebody has taken it out of the slot, or is about to.
    withdrawn: AtomicBool,
    /// From here on the leader may be deposed; `Instant::NEVER` until it says otherwise.
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

/// The attempts since the last value was made, all in vain.
#[derive(Clone)]
pub(crate) struct Failure {
    /// What the last one failed with. None: it panicked.
    pub(crate) error: Option<RegenError>,
    pub(crate) attempts: u32,
    /// The generation that was born of the last one.
    pub(crate) serial: u64,
    /// The next one is not made before.
    pub(crate) retry_at: Instant,
}

impl<T> Generation<T> {
    fn new(version: u64, serial: u64, content: Option<Content<T>>) -> Self {
        let fresh_until = content.as_ref().map_or(0, |content| content.lifetime.fresh_until.as_nanos());
        Self {
            due: AtomicU64::new(fresh_until),
            phase: AtomicU8::new(if content.is_some() { READY } else { EMPTY }),
            version,
            serial,
            content,
            failure: None,
            lease_until: AtomicU64::new(Instant::NEVER.as_nanos()),
            assured_until: WatchedU64::new(fresh_until),
            withdrawn: AtomicBool::new(false),
        }
    }

    /// The first generation of a cell that was never used.
    pub(crate) fn first() -> Self {
        Self::new(0, 0, None)
    }

    /// The next one, without a value: the cell was invalidated.
    pub(crate) fn emptied(&self) -> Self {
        Self::new(self.version + 1, self.serial + 1, None)
    }

    /// The next one, with a new value.
    pub(crate) fn filled(&self, value: Arc<T>, lifetime: Lifetime) -> Self {
        Self::new(self.version + 1, self.serial + 1, Some(Content { value, lifetime }))
    }

    /// Not a next one: a value for its maker alone, since something newer is in the slot.
    pub(crate) fn superseded(&self, value: Arc<T>, lifetime: Lifetime) -> Self {
        let never_there = Self::new(self.version, self.serial, Some(Content { value, lifetime }));
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

    /// The same, after a failed attempt: throttled, and servable for as long as `stale_if_error` allows.
    pub(crate) fn failed(&self, error: Option<RegenError>, stale_if_error: Duration, retry: Retry) -> Self {
        let mut next = self.given_up();
        if let Some(content) = &mut next.content {
            content.lifetime = content.lifetime.servable_for(stale_if_error);
        }
        let attempts = self.attempts().saturating_add(1);
        let retry_at = retry.after(attempts);
        Self { failure: Some(Failure { error, attempts, serial: next.serial, retry_at }), ..next }
    }

    /// The same, led from birth by the caller that deposes an overrun leader.
    pub(crate) fn taken_over(&self) -> Self {
        let next = self.given_up();
        let phase = next.phase.load(Relaxed) | LED;
        Self { phase: AtomicU8::new(phase), ..next }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    #[inline]
    pub(crate) fn content(&self) -> Option<&Content<T>> {
        self.content.as_ref()
    }

    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// How many attempts failed in a row.
    pub(crate) fn attempts(&self) -> u32 {
        self.failure.as_ref().map_or(0, |failure| failure.attempts)
    }

    /// The error that answers a call which has nothing to be served, and which began when the cell was at
    /// generation `began_at`: of an attempt that failed since, or of one after which it is too early for
    /// another.
    pub(crate) fn error_for(&self, began_at: u64, now: Instant) -> Option<RegenError> {
        let failure = self.failure.as_ref()?;
        // A leader may be at work all the same, or have just left: then its outcome is the answer.
        // Relaxed: who finds RETIRED looks at the slot until it finds the newcomer.
        let unattended = self.phase.load(Relaxed) & (LED | RETIRED) == 0;
        let throttled = now < failure.retry_at && unattended;
        (failure.serial > began_at || throttled).then(|| failure.error.clone()).flatten()
    }

    /// What a reader may take this for. None: there is no value, or it is expired.
    #[inline]
    pub(crate) fn freshness(&self, now: Instant) -> Option<Freshness> {
        // Relaxed: the value was acquired with the generation; `due` carries no data, and a thread that
        // knows of a mark reads 0 by coherence.
        if now.as_nanos() < self.due.load(Relaxed) {
            return Some(Freshness::Fresh);
        }
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
        // Relaxed, as all of `assured_until` and `withdrawn`: they carry no data. Who knows of the generation after
        // this one, or of a mark, knows of what was written here before, and so reads that, by coherence.
        now.as_nanos() < self.assured_until.load(Relaxed)
    }

    /// It is not in the slot, or only for this moment.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Relaxed)
    }

    /// Somebody is about to take it out of the slot. Before, not after: a thread that finds the next one there is
    /// not to take this one for that any more.
    pub(crate) fn withdraw(&self) {
        self.assured_until.store(0, Relaxed);
        self.withdrawn.store(true, Relaxed);
    }

    /// No caller is wanted: a leader is at work and in time, or the next attempt is to come later.
    #[inline]
    pub(crate) fn is_attended(&self, now: Instant) -> bool {
        if self.is_led() {
            return !self.is_overrun(now);
        }
        self.failure.as_ref().is_some_and(|failure| now < failure.retry_at)
    }

    /// Its leader may be deposed.
    #[inline]
    pub(crate) fn is_overrun(&self, now: Instant) -> bool {
        now >= self.lease_until()
    }

    /// The end of the leader's lease.
    pub(crate) fn lease_until(&self) -> Instant {
        // Relaxed, as all of `lease_until`: it carries no data, and to depose a leader early or late by a
        // moment is to depose it all the same.
        Instant::from_raw(self.lease_until.load(Relaxed))
    }

    /// The leader says for how long it leads.
    pub(crate) fn begin_lease(&self, until: Instant) {
        self.lease_until.store(until.as_nanos(), Relaxed);
    }

    /// The leader says so once more; whether that is shorter than it said before.
    pub(crate) fn extend_lease(&self, until: Instant) -> bool {
        until.as_nanos() < self.lease_until.swap(until.as_nanos(), Relaxed)
    }

    /// A leader is at work.
    #[inline]
    pub(crate) fn is_led(&self) -> bool {
        // Relaxed: the answer is old as soon as it is given; who acts on it (a stale read, a wait)
        // loses nothing if the leader has just left.
        self.phase.load(Relaxed) & LED != 0
    }

    /// Elects the caller, unless somebody leads already. The caller saw that the generation is due.
    pub(crate) fn elect(&self) -> Result<(), Lost> {
        // Acquire, here and where the exchange fails: pairs with the Release in `mark`, through the election
        // of a leader that was to answer the mark. Who deposes it hands on to all that come after it what went
        // before the mark, and so can answer the mark in its place.
        let mut phase = self.phase.load(Acquire);
        loop {
            match phase & !(MARKED | ANSWERING) {
                EMPTY | READY => {}
                CREATING | REGENERATING => return Err(Lost::Led),
                _ => return Err(Lost::Retired),
            }
            let answering = if phase & MARKED == 0 { 0 } else { ANSWERING };
            // Acquire: pairs with the Release in `mark` and in `inherit_mark`: what the caller of `mark_stale`
            // changed is seen by the creation function that answers it.
            match self.phase.compare_exchange(phase, phase & !MARKED | LED | answering, Acquire, Acquire) {
                Ok(_) => return Ok(()),
                Err(found) => phase = found,
            }
        }
    }

    /// The generation left the slot.
    pub(crate) fn retire(&self) -> Retirement {
        // Acquire: pairs with the Release in `mark` and in `inherit_mark`; the mark, and all that went before it,
        // goes on to the next generation. No Release: whoever finds RETIRED looks at the slot until it finds the
        // newcomer.
        let phase = self.phase.swap(RETIRED, Acquire);
        match (phase & MARKED, phase & ANSWERING) {
            (0, 0) => Retirement::Clean,
            (0, _) => Retirement::Answering,
            _ => Retirement::Marked,
        }
    }

    /// Asks for another value although this one has not reached its age.
    pub(crate) fn mark(&self) -> Mark {
        // Release: pairs with the Acquire in `elect` and in `retire`.
        let phase = self.phase.fetch_or(MARKED, Release);
        if phase & RETIRED != 0 {
            return Mark::Retired;
        }
        if phase & LED == 0 {
            // Relaxed: only a reader that knows of the mark must see it, and it does by coherence.
            self.due.store(0, Relaxed);
            self.assured_until.store(0, Relaxed);
        }
        Mark::Made
    }

    /// Takes on a mark that was meant for the generation before: for the leader, if there is one, since it may have
    /// begun before the mark. Without one it is as due as it was, and whoever is elected knows what went before
    /// the mark.
    pub(crate) fn inherit_mark(&self) -> Mark {
        // Release: pairs with the Acquire in `elect` and in `retire`.
        let phase = self.phase.fetch_or(MARKED, Release);
        if phase & RETIRED == 0 { Mark::Made } else { Mark::Retired }
    }
}
