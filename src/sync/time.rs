//! Time, as the thread that wakes tasks knows it: to ask for it, to sleep until a point in it, and to start that
//! thread.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

pub(super) use super::process::this_process;
pub(super) use std::time::Instant;

/// What is locked, and a bell for the one thread that sleeps until it changes.
pub(super) struct Monitor<T> {
    inside: Mutex<T>,
    bell: Condvar,
}

impl<T> Monitor<T> {
    pub(super) const fn new(inside: T) -> Self {
        Self { inside: Mutex::new(inside), bell: Condvar::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        // Nobody panics with it locked.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }

    /// Sleeps, with nothing locked, until the bell rings, or until `end`; or wakes for no reason.
    pub(super) fn sleep_until<'l>(&self, locked: MutexGuard<'l, T>, end: Instant) -> MutexGuard<'l, T> {
        let longest = end.saturating_duration_since(Instant::now());
        self.bell.wait_timeout(locked, longest).unwrap_or_else(PoisonError::into_inner).0
    }
}

pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}
