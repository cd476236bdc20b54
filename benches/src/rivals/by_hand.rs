//! A stale value and a flag that says whether somebody makes the next one: what a cell does, written without it.

use crate::contender::VALUE;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Relaxed},
};

/// When the value was made, and the value.
pub(super) type Timed = (coarsetime::Instant, u64);

/// A value that is stale at once, and somebody who makes the next one and never ends.
pub(super) struct ByHand<S> {
    pub(super) slot: S,
    time_to_live: coarsetime::Duration,
    is_led: Alone<AtomicBool>,
}

/// On cache lines of its own.
#[repr(align(128))]
struct Alone<T>(T);

impl<S> ByHand<S> {
    pub(super) fn new(slot: impl FnOnce(Timed) -> S) -> Self {
        Self {
            slot: slot((coarsetime::Instant::now_without_cache_update(), VALUE)),
            time_to_live: coarsetime::Duration::from_secs(0),
            is_led: Alone(AtomicBool::new(true)),
        }
    }

    /// Serves a value that was made then, if another makes the next.
    pub(super) fn serve(&self, (made, value): Timed) -> u64 {
        let age = coarsetime::Instant::now_without_cache_update().duration_since(made);
        let is_led = || self.is_led.0.load(Relaxed) || self.is_led.0.swap(true, AcqRel);
        assert!(age < self.time_to_live || is_led(), "another is at work");
        value
    }
}
