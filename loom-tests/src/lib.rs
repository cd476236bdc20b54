//! The library's own files, compiled a second time on top of loom.
//!
//! Every file of `dogpile` is included here but `lib.rs`; `lazy.rs`, which only calls the cell; `tick.rs`, a clock, which
//! the protocol asks like any other; and `sync.rs` with what is below it, which is replaced by [`sync`], but for
//! `counter.rs` and, where the models run on the real event-listener, `one_by_one.rs`. The models are in `tests/loom`.

#[path = "../../src/builder.rs"]
mod builder;
#[path = "../../src/cell.rs"]
mod cell;
#[path = "../../src/clock.rs"]
mod clock;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/future.rs"]
mod future;
#[path = "../../src/generation.rs"]
mod generation;
#[path = "../../src/guard.rs"]
mod guard;
#[path = "../../src/hand_off.rs"]
mod hand_off;
#[path = "../../src/lease.rs"]
mod lease;
#[path = "../../src/policy.rs"]
mod policy;
#[path = "../../src/reader.rs"]
mod reader;
#[path = "../../src/reentrance.rs"]
mod reentrance;
#[path = "../../src/slot.rs"]
mod slot;
#[path = "../../src/stats.rs"]
mod stats;
pub mod sync;
#[path = "../../src/turn.rs"]
mod turn;
#[path = "../../src/waiters.rs"]
mod waiters;

pub use builder::Builder;
pub use cell::DogpileCell;
pub use clock::{Clock, CoarseClock, Instant, ManualClock, PreciseClock};
pub use error::{BuildError, RegenError, RenewError, Superseded};
pub use guard::Guard;
pub use hand_off::OwnedLease;
pub use lease::Lease;
pub use policy::Freshness;
pub use reader::{OwnedReader, Reader};
pub use stats::Stats;

const _: () = assert!(
    option_env!("DOGPILE_LOOM_REAL").is_none() || cfg!(loom),
    "`cargo loom-real` needs `--cfg loom`, but RUSTFLAGS in the environment replaces the flags of the alias: unset it"
);
