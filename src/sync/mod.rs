//! The only file that names a synchronisation primitive, with those below it.
//!
//! `loom-tests` and `shuttle-tests` replace it by one of the same names, made of loom's and of shuttle's types.

mod counter;
mod event;
mod primitives;
mod process;
mod time;
mod timer;
mod unwind;
mod wake;

use arc_swap::ArcSwapOption;
use std::time::{Duration, Instant};

pub(crate) use counter::Counter;
pub(crate) use crossbeam_utils::Backoff;
pub(crate) use event::{Event, Listener};
pub(crate) use process::this_process;
/// One that a thread may read and then write: the checkers have to look at it more closely than at other times.
pub(crate) use std::sync::atomic::AtomicU64 as WatchedU64;
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering, fence};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub(crate) use std::thread::{self, JoinHandle};
pub(crate) use std::thread_local;
pub(crate) use unwind::{contain, is_unwinding, swallow};

/// A function that is `const` here; loom's constructors are not, so its copy drops the word.
macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis const fn $($rest)*
    };
}
pub(crate) use const_fn;

/// Sleeps until the listener is told, or `timeout` has passed by the operating system's clock.
pub(crate) fn sleep(listener: Listener<'_>, timeout: Option<Duration>) {
    let threads_can_sleep = !cfg!(target_family = "wasm");
    assert!(
        threads_can_sleep,
        "dogpile: this call has nothing to return and would have to wait, which no thread can do in wasm; \
         use its `_async` form"
    );
    listener.sleep(timeout);
}

/// [`sleep`] for a task.
pub(crate) async fn sleep_async(listener: Listener<'_>, timeout: Option<Duration>) {
    /// For all tasks of the process.
    static TIMER: timer::Timer = timer::Timer::new();
    match timeout.and_then(|timeout| Instant::now().checked_add(timeout)) {
        None => listener.await,
        Some(end) => TIMER.until(end, listener).await,
    }
}

/// What [`ArcSlot::load`] returns: keeps what it points to alive, and usually costs no reference count.
pub(crate) type Loaded<G> = arc_swap::Guard<Option<Arc<G>>>;

/// An atomic `Option<Arc<G>>`.
///
/// Every operation is `SeqCst` inside arc-swap; the protocol relies on no more than acquire loads and
/// acquire-release read-modify-writes, which is what the stand-in in `loom-tests` grants.
pub(crate) struct ArcSlot<G>(ArcSwapOption<G>);

impl<G> ArcSlot<G> {
    pub(crate) const fn empty() -> Self {
        Self(ArcSwapOption::const_empty())
    }

    #[inline]
    pub(crate) fn load(&self) -> Loaded<G> {
        self.0.load()
    }

    /// Puts `new` where `current` is, and says whether `current` was there.
    #[must_use]
    pub(crate) fn compare_and_swap(&self, current: Option<&Arc<G>>, new: Arc<G>) -> bool {
        let current = current.map_or(std::ptr::null(), Arc::as_ptr);
        let found = self.0.compare_and_swap(current, Some(new));
        std::ptr::eq(found.as_ref().map_or(std::ptr::null(), Arc::as_ptr), current)
    }

    /// Whether `current` is there. Unlike a load it is a read-modify-write: whoever replaces `current` later acquires
    /// what went before.
    #[must_use]
    pub(crate) fn touch(&self, current: &Arc<G>) -> bool {
        self.compare_and_swap(Some(current), Arc::clone(current))
    }
}
