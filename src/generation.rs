//! One state of a cell, and the state machine that elects a leader on it.
//!
//! A generation is what the slot points to. It is born with everything a reader needs and never
//! changes, but for two atomics: `phase`, who may lead, and `due`, from when on.
//!
//! ```text
//!             elect                    elect
//!   EMPTY ------------> CREATING      READY ------------> REGENERATING
//!     ^    give_up         |            ^     give_up          |
//!     +--------------------+            +----------------------+
//!
//!   any of the four --retire--> RETIRED        (it left the slot; for ever)
//! ```
//!
//! `MARKED` can join any of the four. Rules:
//!
//! 1. Only whoever took the generation out of the slot calls `retire`, once, afterwards.
//! 2. Only the caller that `elect` answered with `Ok` leads, and only it calls `give_up`.
//! 3. `due` only ever falls, and falls only to 0: by whoever marked a generation that nobody leads, or by
//!    the leader that gives up a marked one.
//! 4. Nothing is written on behalf of a reader.
//!
//! Every memory ordering of the protocol is in this file; the slot's own are in `sync`.

use crate::clock::Instant;
use crate::policy::{Freshness, Lifetime};
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{Arc, AtomicU8, AtomicU64};

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
    /// It was marked stale while its leader worked: the newcomer is to be marked in its place.
    Marked,
}

pub(crate) struct Generation<T> {
    due: AtomicU64,
    phase: AtomicU8,
    version: u64,
    content: Option<Content<T>>,
}

/// A value, and when it lives.
pub(crate) struct Content<T> {
    pub(crate) value: Arc<T>,
    pub(crate) lifetime: Lifetime,
}

impl<T> Generation<T> {
    /// A generation without a value: a new or an invalidated cell.
    pub(crate) fn empty(version: u64) -> Self {
        Self { due: AtomicU64::new(0), phase: AtomicU8::new(EMPTY), version, content: None }
    }

    /// A generation with a value that nobody is replacing yet.
    pub(crate) fn ready(version: u64, value: Arc<T>, lifetime: Lifetime) -> Self {
        Self {
            due: AtomicU64::new(lifetime.fresh_until.as_nanos()),
            phase: AtomicU8::new(READY),
            version,
            content: Some(Content { value, lifetime }),
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    #[inline]
    pub(crate) fn content(&self) -> Option<&Content<T>> {
        self.content.as_ref()
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

    /// A leader is at work.
    #[inline]
    pub(crate) fn is_led(&self) -> bool {
        // Relaxed: the answer is old as soon as it is given; who acts on it (a stale read, a wait)
        // loses nothing if the leader has just left.
        self.phase.load(Relaxed) & LED != 0
    }

    /// Elects the caller, unless somebody leads already. The caller saw that the generation is due.
    pub(crate) fn elect(&self) -> Result<(), Lost> {
        let mut phase = self.phase.load(Relaxed);
        loop {
            match phase & !MARKED {
                EMPTY | READY => {}
                CREATING | REGENERATING => return Err(Lost::Led),
                _ => return Err(Lost::Retired),
            }
            // Acquire: pairs with the Release in `give_up` (what the last leader did happened before
            // what this one does) and in `mark` (what the caller of `mark_stale` changed is seen by
            // the creation function that answers it). The mark is answered, so it is taken away.
            match self.phase.compare_exchange(phase, (phase | LED) & !MARKED, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(found) => phase = found,
            }
        }
    }

    /// The leader leaves without a result. Says whether that matters to anybody: false if the
    /// generation is out of the slot.
    #[must_use]
    pub(crate) fn give_up(&self) -> bool {
        // Release: pairs with the Acquire in `elect`.
        let phase = self.phase.fetch_and(!LED, Release);
        if phase & MARKED != 0 {
            // It was due when its leader was elected; a clock that went back since then could say
            // otherwise. Relaxed: as in `mark`.
            self.due.store(0, Relaxed);
        }
        phase & RETIRED == 0
    }

    /// The generation left the slot.
    pub(crate) fn retire(&self) -> Retirement {
        // Acquire: pairs with the Release in `mark`; the mark, and all that went before it, goes on to the
        // next generation. No Release: whoever finds RETIRED looks at the slot until it finds the newcomer.
        let phase = self.phase.swap(RETIRED, Acquire);
        if phase & (LED | MARKED) == LED | MARKED { Retirement::Marked } else { Retirement::Clean }
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
        }
        Mark::Made
    }
}
