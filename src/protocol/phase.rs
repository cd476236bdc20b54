//! Who may lead on a generation: one byte, and one method for each of its transitions.
//!
//! ```text
//!            elect                     elect
//!   EMPTY ----------> CREATING        READY ----------> REGENERATING
//!     |                  |              |                    |
//!     +------------------+---- retire --+--------------------+----> RETIRED
//! ```
//!
//! `MARKED` and `INHERITED` can join any of the first four, `ANSWERING` those with a leader. A phase never leaves RETIRED, and
//! never goes from "a leader is at work" back to "nobody is": for that there is the next generation.

use crate::sync::AtomicU8;
use crate::sync::Ordering::{Acquire, Relaxed, Release};

/// No value, and nobody is at work: the first caller is elected, at any time.
const EMPTY: u8 = 0;
/// No value, and a leader is at work: callers wait.
const CREATING: u8 = EMPTY | LED;
/// A value, and nobody is at work: it is served, and once it is due the first caller is elected.
const READY: u8 = 0b0010;
/// A value, and a leader is at work: it is served until its windows end, then callers wait.
const REGENERATING: u8 = READY | LED;
/// Out of the slot: nobody is elected any more, and a caller that finds this looks at the slot again.
const RETIRED: u8 = 0b0100;

/// Bit: a leader is at work. It is the only bit by which the phases with a leader differ from those without.
const LED: u8 = 0b0001;
/// Bit: the value was marked stale. While a leader is at work, the mark waits for `retire` to find it.
const MARKED: u8 = 0b1000;
/// Bit: the leader was elected after a mark, and its result answers the mark. If the leader is superseded, the
/// caller that supersedes it finds the mark here.
const ANSWERING: u8 = 0b1_0000;
/// Bit: a mark was put away together with the value that it was made on. This value is as fresh as it was. Whoever is
/// elected knows what went before the mark; if that leader is superseded, the caller that supersedes it finds this
/// here.
const INHERITED: u8 = 0b10_0000;
/// The bits that say nothing of who is at work.
const MARKS: u8 = MARKED | ANSWERING | INHERITED;

/// Why [`Phase::elect`] did not elect the caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Another caller leads: take the stale value, or wait.
    Led,
    /// The generation left the slot: look there again.
    Retired,
}

/// The answer of [`Phase::mark`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Done: the next leader answers the mark, or the present one will find it.
    Made,
    /// The generation left the slot: mark the one that is there now.
    Retired,
}

/// The answer of [`Phase::report`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// The next leader answers it.
    Made,
    /// Another report or mark was first, or a leader is at work: nothing was done.
    TooLate,
    /// The generation left the slot: nothing was done.
    Retired,
}

/// The answer of [`Phase::retire`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Retirement {
    /// Nothing is left to do.
    Clean,
    /// A mark was answered by this generation's leader, by whatever that leader leaves and by nothing else; or it was
    /// inherited.
    Answering,
    /// A mark was made, and nobody was elected since: hand it on.
    Marked,
}

pub(crate) struct Phase(AtomicU8);

impl Phase {
    /// Nobody is at work.
    pub(crate) fn idle(has_value: bool) -> Self {
        Self(AtomicU8::new(if has_value { READY } else { EMPTY }))
    }

    /// A leader is at work from the start: the caller that takes over, or the leader before, who offered something and
    /// goes on. Neither is to answer a mark: whoever supersedes it finds what it put into the slot, and so knows what
    /// went before the marks that it knew of.
    pub(crate) fn led(has_value: bool) -> Self {
        Self(AtomicU8::new(if has_value { REGENERATING } else { CREATING }))
    }

    /// The value was marked stale, and no result has answered that yet.
    pub(crate) fn is_marked(&self) -> bool {
        // Relaxed: a leader that asks knows of the mark that it is to answer from its election, and a caller that
        // deposes it from having found it at work. Of a later mark, `retire` tells.
        self.0.load(Relaxed) & (MARKED | ANSWERING) != 0
    }

    #[inline]
    pub(crate) fn is_led(&self) -> bool {
        // Relaxed: the answer is old as soon as it is given. A caller that acts on it (by a stale read, by a wait)
        // loses nothing if the leader has just left.
        self.0.load(Relaxed) & LED != 0
    }

    /// In the slot, with nobody at work.
    pub(crate) fn is_idle(&self) -> bool {
        // Relaxed: as in `is_led`. A caller that finds RETIRED looks at the slot until it finds the newcomer.
        self.0.load(Relaxed) & (LED | RETIRED) == 0
    }

    /// Elects the caller, unless another one leads already. The caller saw that the generation is due.
    pub(crate) fn elect(&self) -> Result<(), Lost> {
        // Acquire, here and where the exchange fails: pairs with the Release in `mark`, through the election of a
        // leader that was to answer the mark. A caller that deposes this leader hands on, to all that come after
        // it, what went before the mark, and so can answer the mark in its place.
        let mut phase = self.0.load(Acquire);
        loop {
            match phase & !MARKS {
                EMPTY | READY => {}
                CREATING | REGENERATING => return Err(Lost::Led),
                _ => return Err(Lost::Retired),
            }
            let answering = if phase & MARKED == 0 { 0 } else { ANSWERING };
            // Acquire: pairs with the Release in `mark`. The creation function that answers a mark sees what the
            // caller of `mark_stale` changed before it.
            match self.0.compare_exchange(phase, phase & !MARKED | LED | answering, Acquire, Acquire) {
                Ok(_) => return Ok(()),
                Err(found) => phase = found,
            }
        }
    }

    /// The generation left the slot.
    pub(crate) fn retire(&self) -> Retirement {
        // Acquire: pairs with the Release in `mark`. The mark, and all that went before it, goes on to the next
        // generation. No Release: a caller that finds RETIRED looks at the slot until it finds the newcomer, which
        // was put there before this.
        let phase = self.0.swap(RETIRED, Acquire);
        match (phase & MARKED, phase & (ANSWERING | INHERITED)) {
            (0, 0) => Retirement::Clean,
            (0, _) => Retirement::Answering,
            _ => Retirement::Marked,
        }
    }

    /// Leaves a mark, for whoever is elected next or for the leader that is at work.
    pub(crate) fn mark(&self) -> Mark {
        // Release: pairs with the Acquire in `elect` and in `retire`.
        let phase = self.0.fetch_or(MARKED, Release);
        if phase & RETIRED == 0 { Mark::Made } else { Mark::Retired }
    }

    /// Leaves a mark that was made on a generation before: for the leader that is at work, as a mark of its own, and
    /// else for whoever is elected next to know of.
    pub(crate) fn inherit(&self) -> Mark {
        // Relaxed: the exchange looks once more.
        let mut phase = self.0.load(Relaxed);
        loop {
            if phase & RETIRED != 0 {
                return Mark::Retired;
            }
            let inherited = if phase & LED == 0 { INHERITED } else { MARKED };
            // Release: as in `mark`. Relaxed where it fails: nothing is done.
            match self.0.compare_exchange(phase, phase | inherited, Release, Relaxed) {
                Ok(_) => return Mark::Made,
                Err(found) => phase = found,
            }
        }
    }

    /// Leaves a mark, if nobody is at work and there is none yet.
    pub(crate) fn report(&self) -> Report {
        let mut inherited = 0;
        loop {
            let unmarked = READY | inherited;
            // Release: as in `mark`. Relaxed where nothing is done: what the caller knows goes nowhere.
            match self.0.compare_exchange(unmarked, unmarked | MARKED, Release, Relaxed) {
                Ok(_) => return Report::Made,
                Err(phase) if phase & RETIRED != 0 => return Report::Retired,
                // What was inherited is no mark of this value.
                Err(phase) if phase == READY | INHERITED && inherited == 0 => inherited = INHERITED,
                Err(_) => return Report::TooLate,
            }
        }
    }
}
