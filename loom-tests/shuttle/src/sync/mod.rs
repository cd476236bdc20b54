//! The same names as the library's `sync`, made of shuttle's types, to which every access is a point where
//! another thread or task may go on, and all are sequentially consistent: orderings are loom's to check.
//!
//! The stand-ins are those of `loom-tests`.

#[path = "../../../src/sync/arc_slot.rs"]
mod arc_slot;
#[path = "../../../../src/sync/counter.rs"]
mod counter;
#[path = "../../../../src/sync/event.rs"]
mod event;
#[path = "../../../src/sync/plain.rs"]
mod plain;
mod primitives;
#[path = "../../../../src/sync/process.rs"]
mod process;
#[path = "../../../../src/sync/unwind.rs"]
mod unwind;
#[path = "../../../../src/sync/wake.rs"]
mod wake;

pub use arc_slot::{ArcSlot, Loaded, what_is_replaced_is_freed};
pub(crate) use counter::Counter;
pub(crate) use event::{Event, Listener};
pub use plain::{Backoff, timeouts_never_fire};
pub(crate) use plain::{const_fn, sleep, sleep_async};
pub(crate) use process::this_process;
pub use shuttle::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicU64 as WatchedU64, Ordering, fence};
pub use shuttle::thread_local;
pub use std::sync::Arc;
/// For the thread of a `TickClock`, which no model starts.
pub(crate) use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};
pub(crate) use unwind::{contain, is_unwinding, swallow};
