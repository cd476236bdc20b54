//! The same names as the library's `sync`, made of loom's types.
//!
//! Never stronger than the real thing: `tests/loom/litmus.rs` holds that.

mod arc_slot;
#[path = "../../../src/sync/counter.rs"]
mod counter;
#[path = "../../../src/sync/event.rs"]
mod event;
mod plain;
mod primitives;
#[path = "../../../src/sync/process.rs"]
mod process;
pub mod sleepers;
mod time;
#[path = "../../../src/sync/timer.rs"]
mod timer;
mod turnstile;
#[path = "../../../src/sync/unwind.rs"]
mod unwind;
#[path = "../../../src/sync/wake.rs"]
mod wake;

pub use arc_slot::{ArcSlot, Loaded, what_is_replaced_is_freed};
pub(crate) use counter::Counter;
pub(crate) use event::{Event, Listener};
pub use loom::sync::atomic::{AtomicU64, Ordering, fence};
pub use loom::thread_local;
pub use plain::{Backoff, timeouts_never_fire};
pub(crate) use plain::{const_fn, sleep, sleep_async};
pub(crate) use process::this_process;
/// Counts references only; what it synchronises besides is hidden from loom, and so not granted.
pub use std::sync::Arc;
/// For the thread of a `TickClock`, which no model starts.
pub(crate) use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};
pub use turnstile::{AtomicBool, AtomicU8, AtomicU64 as WatchedU64};
pub(crate) use unwind::{contain, is_unwinding, swallow};
