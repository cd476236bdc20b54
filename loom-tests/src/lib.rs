//! The library's own files, compiled a second time on top of loom.
//!
//! Every file of `dogpile` is included here but `lib.rs`; `lazy.rs`, which only calls the cell; `tick.rs`, a clock, which
//! the protocol asks like any other; and `sync/mod.rs` with what is beside it, which is replaced by [`sync`], but for
//! the files of it that say that the models include them. The models are in `tests/loom`.

#[path = "../../src/cell/mod.rs"]
mod cell;
#[path = "../../src/clock/mod.rs"]
pub mod clock;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/observe/mod.rs"]
mod observe;
#[path = "../../src/protocol/mod.rs"]
mod protocol;
pub mod sync;

pub use cell::DogpileCell;
pub use cell::builder::CellBuilder;
pub use cell::demanding::Demanding;
pub use cell::hand_off::OwnedLease;
pub use cell::lazy::DogpileLazy;
pub use cell::reader::{OwnedReader, Reader};
/// For the move: they are in `clock`.
pub use clock::{Clock, CoarseClock, Instant, ManualClock, PreciseClock, TickClock};
pub use error::{BuildError, RegenError, RenewError, Superseded};
pub use observe::stats::Stats;
pub use protocol::demand::Demand;
pub use protocol::guard::Guard;
pub use protocol::home::Home;
pub use protocol::lease::Lease;
pub use protocol::lifetime::{Freshness, Lifetime};
pub use protocol::settings::Settings;
