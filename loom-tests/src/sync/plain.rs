//! The stand-ins that hold no secret: for statistics, for time, for spinning.

use super::EventListener;
use super::Ordering;
use super::primitives::yield_now;
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_fn;

/// Hidden from the checker: statistics order nothing.
pub(crate) struct Counter(std::sync::atomic::AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(std::sync::atomic::AtomicU64::new(0))
    }

    pub(crate) fn add(&self, count: u64) {
        let sum = |now: u64| Some(now.saturating_add(count));
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The checkers know no time: a sleep with a timeout may end at once, as the real one may from the sleeper's view.
pub(crate) fn sleep(listener: EventListener, timeout: Option<Duration>) {
    #[cfg(loom)]
    use event_listener::Listener;
    if timeout.is_none() {
        return listener.wait();
    }
    drop(listener);
    yield_now();
}

/// The same for a task.
pub(crate) async fn doze(listener: impl Future<Output = ()>, timeout: Option<Duration>) {
    if timeout.is_none() {
        return listener.await;
    }
    drop(listener);
    let mut has_yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        yield_now();
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[derive(Default)]
pub struct Backoff;

impl Backoff {
    pub fn new() -> Self {
        Self
    }

    pub fn spin(&self) {
        yield_now();
    }
}
