//! The same names as the library's `sync`, made of loom's types.
//!
//! Never stronger than the real thing: `tests/loom/litmus.rs` holds that.

mod arc_slot;
#[cfg(not(loom))]
mod event;
mod plain;
mod primitives;
mod turnstile;

pub use arc_slot::{ArcSlot, CachedSlot, Loaded};
#[cfg(not(loom))]
pub use event::{Event, EventListener};
#[cfg(loom)]
pub use event_listener::{Event, EventListener};
pub use loom::sync::atomic::{AtomicU64, Ordering};
pub use loom::thread_local;
pub use plain::Backoff;
pub(crate) use plain::{Counter, const_fn, doze, sleep};
/// Counts references only; what it synchronises besides is hidden from loom, and so not granted.
pub use std::sync::Arc;
pub use turnstile::AtomicU8;
