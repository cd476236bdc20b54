//! The library's timer, as models of sleepers use it, and the time that it goes by.

use super::timer;
use loom::lazy_static;
use std::future::Future;
use std::time::Duration;

pub use super::time::{Instant, threads_go, time_passes, time_runs};

/// As long as the thread stays with nothing to do.
pub const IDLE: Duration = timer::IDLE;
/// As long as it may be late.
pub const LOST: Duration = timer::LOST;

lazy_static! {
    static ref TIMER: timer::Timer = timer::Timer::new();
}

/// The beginning of time. Asked for before there is a second thread, lest the first use of all this orders two of them.
pub fn dawn() -> Instant {
    let _: &timer::Timer = &TIMER;
    Instant::now()
}

/// Ends with `future`, or at `end`.
pub async fn until(end: Instant, future: impl Future<Output = ()> + Unpin) {
    TIMER.until(end, future).await;
}
