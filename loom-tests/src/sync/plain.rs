//! The stand-ins that hold no secret: for statistics, for time, for spinning.

use super::Listener;
use super::primitives::yield_now;
use std::future::poll_fn;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_fn;

/// Whether a sleep with a timeout ends by a notification only. Not loom's: it is set before a model begins.
static TIMEOUTS_NEVER_FIRE: AtomicBool = AtomicBool::new(false);

/// From here on no timeout ends a sleep; or each does at once, as is the rule.
///
/// The rule hides each wake-up that is lost wherever a lease or a patience is set, since the sleeper looks again by itself. Without it
/// no lease and no patience ever ends.
pub fn timeouts_never_fire(never: bool) {
    TIMEOUTS_NEVER_FIRE.store(never, Relaxed);
}

fn fires(timeout: Option<Duration>) -> bool {
    timeout.is_some() && !TIMEOUTS_NEVER_FIRE.load(Relaxed)
}

/// The checkers know no time: a sleep with a timeout may end at once, as the real one may from the sleeper's view.
pub(crate) fn sleep(listener: Listener<'_>, timeout: Option<Duration>) {
    if !fires(timeout) {
        return listener.sleep(None);
    }
    drop(listener);
    yield_now();
}

/// [`sleep`] for a task.
pub(crate) async fn sleep_async(listener: Listener<'_>, timeout: Option<Duration>) {
    if !fires(timeout) {
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
