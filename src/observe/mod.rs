//! What happened, for those who look from outside.

pub(crate) mod stats;
