//! Time as one word in memory: what readers load.

use crate::sync::Ordering::Relaxed;
use crate::sync::{AtomicU64, const_fn};

/// Bit of the word: nobody advances it. The other bits are the last time that anybody was told.
const STOPPED: u64 = 1 << 63;

/// A time, and whether it is advanced. It never goes backwards, whoever writes it, in whatever order.
pub(super) struct Word(AtomicU64);

// Relaxed, as all of it: time orders nothing but itself.
impl Word {
    const_fn! {
        pub(super) const fn stopped() -> Self {
            Self(AtomicU64::new(STOPPED))
        }
    }

    /// The time, if it is advanced.
    #[inline]
    pub(super) fn ticking(&self) -> Option<u64> {
        let word = self.0.load(Relaxed);
        (word & STOPPED == 0).then_some(word)
    }

    /// From here on it is advanced, by whoever calls [`tick`](Self::tick).
    pub(super) fn start(&self, now: u64) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |word| Some(time_of(now).max(time_of(word))));
    }

    pub(super) fn stop(&self) {
        self.0.fetch_or(STOPPED, Relaxed);
    }

    /// Advances it, and says whether it may go on to do so.
    pub(super) fn tick(&self, now: u64) -> bool {
        let advance = |word| (word & STOPPED == 0).then(|| time_of(now).max(word));
        self.0.fetch_update(Relaxed, Relaxed, advance).is_ok()
    }

    /// The time for a caller that found that it is not advanced. What is told is kept first: a clock that is started
    /// meanwhile begins no earlier than that.
    pub(super) fn tell(&self, now: u64) -> u64 {
        let now = time_of(now);
        let keep = |word| (word & STOPPED != 0 && time_of(word) < now).then_some(now | STOPPED);
        match self.0.fetch_update(Relaxed, Relaxed, keep) {
            Ok(_) => now,
            // Another caller was told as much, or it is advanced by now.
            Err(word) => time_of(word),
        }
    }
}

/// Without the bit: nanoseconds for 292 years.
const fn time_of(word: u64) -> u64 {
    word & !STOPPED
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It looked at the coarse clock, then was preempted while others were told later times.
    #[test]
    fn a_late_start_takes_nothing_back() {
        let word = Word::stopped();
        assert_eq!(word.tell(5), 5);
        word.start(3);
        assert_eq!(word.ticking(), Some(5));
    }

    #[test]
    fn a_late_tick_takes_nothing_back() {
        let word = Word::stopped();
        word.start(5);
        assert!(word.tick(3));
        assert_eq!(word.ticking(), Some(5));
        assert!(word.tick(6));
        word.stop();
        assert_eq!(word.tell(4), 6);
    }

    #[test]
    fn a_tick_after_the_stop_starts_nothing() {
        let word = Word::stopped();
        assert!(!word.tick(5));
        assert_eq!(word.ticking(), None);
        assert_eq!(word.tell(2), 2);
    }

    /// It found the clock stopped, then was preempted while another started it.
    #[test]
    fn a_late_question_stops_nothing() {
        let word = Word::stopped();
        word.start(5);
        assert_eq!(word.tell(7), 5);
        assert_eq!(word.ticking(), Some(5));
    }
}
