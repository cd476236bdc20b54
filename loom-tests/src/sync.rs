//! The same names as the library's `sync`, made of loom's types.
//!
//! Never stronger than the real thing: `tests/loom/litmus.rs` holds that.

mod arc_slot;
#[cfg(not(loom))]
mod event;
mod turnstile;

pub use arc_slot::{ArcSlot, Loaded};
#[cfg(not(loom))]
pub use event::{Event, EventListener, Listener};
#[cfg(loom)]
pub use event_listener::{Event, EventListener, Listener};
pub use loom::sync::atomic::{AtomicU64, Ordering};
pub use loom::thread_local;
/// Counts references only; what it synchronises besides is hidden from loom, and so not granted.
pub use std::sync::Arc;
pub use turnstile::AtomicU8;

macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_fn;

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
