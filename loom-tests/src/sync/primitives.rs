//! What the stand-ins are made of. `shuttle-tests` takes them over, and puts another file in the place of this one.

pub(crate) use super::turnstile::Turnstile;
pub(crate) use loom::sync::atomic::AtomicUsize;
pub(crate) use loom::sync::{Mutex, MutexGuard, Notify};
pub(crate) use loom::thread::yield_now;
pub(crate) use std::sync::PoisonError;

/// Loom cannot switch threads while one unwinds.
#[cfg(not(loom))]
pub(crate) fn may_switch() -> bool {
    !std::thread::panicking()
}
