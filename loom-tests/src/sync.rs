//! The same names as the library's `sync`, made of loom's types.
//!
//! Never stronger than the real thing: `tests/loom/litmus.rs` holds that.

mod arc_slot;
#[cfg(not(loom))]
mod event;
mod turnstile;

pub use arc_slot::{ArcSlot, CachedSlot, Loaded};
#[cfg(not(loom))]
pub use event::{Event, EventListener};
#[cfg(loom)]
pub use event_listener::{Event, EventListener};
pub use loom::sync::atomic::{AtomicU64, Ordering};
pub use loom::thread_local;
/// Counts references only; what it synchronises besides is hidden from loom, and so not granted.
pub use std::sync::Arc;
use std::time::Duration;
pub use turnstile::AtomicU8;

macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_fn;

/// Hidden from loom: statistics order nothing.
pub struct Counter(std::sync::atomic::AtomicU64);

impl Counter {
    pub(crate) const fn new() -> Self {
        Self(std::sync::atomic::AtomicU64::new(0))
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Loom knows no time: a sleep with a timeout may end at once, as the real one may from the sleeper's view.
pub(crate) fn sleep(listener: EventListener, timeout: Option<Duration>) {
    #[cfg(loom)]
    use event_listener::Listener;
    if timeout.is_none() {
        return listener.wait();
    }
    drop(listener);
    loom::thread::yield_now();
}

/// Patience is no part of the protocol: here it has always run out.
#[derive(Default)]
pub struct Backoff;

impl Backoff {
    pub fn new() -> Self {
        Self
    }

    pub fn spin(&self) {
        loom::thread::yield_now();
    }

    pub fn snooze(&self) {
        loom::thread::yield_now();
    }

    pub fn is_completed(&self) -> bool {
        true
    }
}
