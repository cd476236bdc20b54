//! To wake a task. The models include this file as it is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// That a waker panics is no reason to let all others sleep on. What it throws may do so again when it is dropped.
pub(super) fn wake(waker: Waker) {
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(thrown))).map_err(std::mem::forget);
    }
}

/// Drops a waker, or what has one. While the thread unwinds, a second panic would end the process.
pub(super) fn let_go<W>(waker: W) {
    if !std::thread::panicking() {
        return drop(waker);
    }
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(|| drop(waker))) {
        std::mem::forget(thrown);
    }
}
