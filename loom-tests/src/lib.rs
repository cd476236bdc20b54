//! The library's own files, compiled a second time on top of loom.
//!
//! Every file of `dogpile` is included here but `lib.rs`, the pages of `docs`, and the folder `sync`. That is replaced by
//! [`sync`], which includes in its turn those files of it that are to be checked themselves. The models are in
//! `tests/loom`.

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
pub use error::{BuildError, RegenError, RenewError, Superseded};
pub use observe::stats::Stats;
pub use protocol::demand::Demand;
pub use protocol::guard::Guard;
pub use protocol::home::Home;
pub use protocol::lease::Lease;
pub use protocol::lifetime::{Freshness, Lifetime};
pub use protocol::settings::Settings;
