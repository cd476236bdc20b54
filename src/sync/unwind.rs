//! Code of the user that may panic, where a second panic would end the process or nobody is there to see it.
//!
//! The models include this file as it is.

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic is on its way through this thread.
pub(crate) fn is_unwinding() -> bool {
    std::thread::panicking()
}

/// Runs code of the user that may panic. While the thread unwinds, a second panic would end the process: it goes
/// no further than this.
pub(crate) fn contain(code: impl FnOnce()) {
    if is_unwinding() {
        swallow(code);
    } else {
        code();
    }
}

/// Runs code of the user whose panic is to disturb nobody. What it throws may panic in its turn when it is dropped.
pub(crate) fn swallow(code: impl FnOnce()) {
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(code)) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(thrown))).map_err(forget);
    }
}
