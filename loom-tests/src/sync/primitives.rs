//! What the stand-ins are made of. `shuttle-tests` takes them over, and puts another file in the place of this one.

pub(crate) use super::turnstile::Turnstile;
pub(crate) use loom::sync::atomic::AtomicUsize;
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, Notify};
pub(crate) use loom::thread::yield_now;
pub(crate) use std::sync::PoisonError;
