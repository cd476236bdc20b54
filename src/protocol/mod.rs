//! The protocol: what the models check. It knows neither cell nor map.

pub(crate) mod call;
pub(crate) mod flight;
pub(crate) mod generation;
pub(crate) mod guard;
pub(crate) mod home;
pub(crate) mod inside;
pub(crate) mod lease;
pub(crate) mod lifetime;
pub(crate) mod phase;
pub(crate) mod served_or;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod slot;
