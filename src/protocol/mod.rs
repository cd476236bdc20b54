//! What the models check: it knows neither cell nor map.

pub(crate) mod call;
pub(crate) mod generation;
pub(crate) mod guard;
pub(crate) mod inside;
pub(crate) mod lease;
pub(crate) mod policy;
pub(crate) mod slot;
pub(crate) mod waiters;
