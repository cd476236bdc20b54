//! What the list of sleepers is made of. The checkers put files of the same names in the place of this one and of
//! `time.rs`.

pub(super) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
