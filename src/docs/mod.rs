//! Longer texts. These modules hold documentation only, and exist only in it.

pub mod from_dogpile_core;
pub mod origin_down;
pub mod performance;
pub mod protocol;
