//! Time, as the thread that wakes tasks knows it: to ask for it, to sleep until a point in it, and to start that thread.

use super::PoisonError;
use std::sync::MutexGuard;
use std::{io, thread};

pub(super) use super::process::this_process;
pub(super) use std::time::Instant;

/// A condition variable for one thread.
pub(super) struct Condvar(std::sync::Condvar);

impl Condvar {
    pub(super) const fn new() -> Self {
        Self(std::sync::Condvar::new())
    }

    pub(super) fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Sleeps until it is notified, or until `end`; or for no reason.
    pub(super) fn wait_until<'l, T>(&self, locked: MutexGuard<'l, T>, end: Instant) -> MutexGuard<'l, T> {
        let longest = end.saturating_duration_since(Instant::now());
        self.0.wait_timeout(locked, longest).unwrap_or_else(PoisonError::into_inner).0
    }
}

pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}
