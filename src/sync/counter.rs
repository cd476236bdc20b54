//! A number for statistics. It orders nothing, and the checkers are not to know of it: they include this file as it is.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Stops at the greatest number, lest an average be made of a sum that began anew.
    pub(crate) fn add(&self, count: u64) {
        let sum = |now: u64| Some(now.saturating_add(count));
        let _ = self.0.fetch_update(Relaxed, Relaxed, sum);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
