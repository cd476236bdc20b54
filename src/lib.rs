//! One caller recomputes an expired value, all others go on with the old one.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod builder;
mod cell;
mod clock;
mod error;
mod generation;
mod guard;
mod lease;
mod policy;
mod reentrance;
mod slot;
mod sync;
mod waiters;

pub use builder::Builder;
pub use cell::DogpileCell;
pub use clock::{Clock, CoarseClock, Instant, ManualClock, PreciseClock};
pub use error::BuildError;
pub use guard::Guard;
pub use policy::Freshness;
