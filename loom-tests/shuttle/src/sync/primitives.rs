//! What the stand-ins of `loom-tests` are made of here.

pub(crate) use shuttle::sync::atomic::AtomicUsize;
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
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
