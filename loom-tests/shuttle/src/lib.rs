//! The library's own files, compiled a third time, on top of shuttle.
//!
//! The same files as in `loom-tests`; `sync.rs` is replaced by [`sync`]. The runs are in `tests/schedules`.

#[path = "../../../src/cell/mod.rs"]
mod cell;
#[path = "../../../src/clock/mod.rs"]
pub mod clock;
#[path = "../../../src/error.rs"]
mod error;
#[path = "../../../src/observe/mod.rs"]
mod observe;
#[path = "../../../src/protocol/mod.rs"]
mod protocol;
pub mod sync;

pub use cell::DogpileCell;
pub use cell::builder::CellBuilder;
pub use cell::demanding::Demanding;
pub use cell::hand_off::OwnedLease;
pub use cell::lazy::DogpileLazy;
pub use cell::reader::{OwnedReader, Reader};
pub use error::{BuildError, RegenError, RenewError, Superseded};
pub use observe::stats::Stats;
pub use protocol::demand::Demand;
pub use protocol::guard::Guard;
pub use protocol::home::Home;
pub use protocol::lease::Lease;
pub use protocol::lifetime::{Freshness, Lifetime};
pub use protocol::settings::Settings;
