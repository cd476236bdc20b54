//! What the stand-ins of `loom-tests` are made of here.

use shuttle::sync::Condvar;

pub(crate) use shuttle::sync::atomic::AtomicUsize;
pub(crate) use shuttle::sync::{Mutex, MutexGuard};
pub(crate) use shuttle::thread::yield_now;
pub(crate) use std::sync::PoisonError;

/// Nothing: shuttle skips no schedule that loom's would be needed for.
pub(crate) struct Turnstile;

impl Turnstile {
    pub(crate) fn new() -> Self {
        Self
    }

    #[allow(clippy::unused_self)] // as loom's
    pub(crate) fn pass(&self) {}
}

/// Shuttle goes on with other tasks while one unwinds.
pub(crate) fn may_switch() -> bool {
    true
}

/// Wakes one thread, which may come to sleep only later.
pub(crate) struct Notify {
    notified: Mutex<bool>,
    changed: Condvar,
}

impl Notify {
    pub(crate) fn new() -> Self {
        Self { notified: Mutex::new(false), changed: Condvar::new() }
    }

    pub(crate) fn notify(&self) {
        *self.notified.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    pub(crate) fn wait(&self) {
        let mut notified = self.notified.lock().unwrap_or_else(PoisonError::into_inner);
        while !std::mem::take(&mut *notified) {
            notified = self.changed.wait(notified).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
