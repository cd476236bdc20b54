//! The library's list of sleepers and its timer, as models use them, and the time that the timer goes by.

use super::timer;
use loom::lazy_static;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

pub use super::time::{Instant, threads_go, time_passes, time_runs};

/// As long as the thread stays with nothing to do.
pub const IDLE: Duration = timer::IDLE;
/// As long as it may be late.
pub const LOST: Duration = timer::LOST;

/// The list.
pub struct Event(super::Event);

/// Who is to be told: a task can await it.
pub struct Listener<'e>(super::Listener<'e>);

impl Default for Event {
    fn default() -> Self {
        Self(super::Event::new())
    }
}

impl Event {
    pub fn listen(&self) -> Listener<'_> {
        Listener(self.0.listen())
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

impl Listener<'_> {
    /// What a thread does.
    pub fn sleep(self) {
        self.0.sleep(None);
    }
}

impl Future for Listener<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context)
    }
}

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
