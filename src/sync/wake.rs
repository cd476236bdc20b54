//! To wake a task. The models include this file as it is.

use super::unwind::swallow;
use std::task::Waker;

/// That a waker panics is no reason to let all others sleep on.
pub(super) fn wake(waker: Waker) {
    swallow(|| waker.wake());
}
