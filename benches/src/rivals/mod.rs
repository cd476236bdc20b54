//! The rivals, a file each. A new one is a file here, a `mod` line, and a line in [`RIVALS`].

mod arc_swap;
mod by_hand;
mod cached;
mod cachet;
mod condvar;
mod left_right;
pub(crate) mod moka;
pub(crate) mod once_lock;
mod parking_lot;
mod quick_cache;
mod rw_lock;

use crate::contender::Contender;

/// In the order of the tables.
pub const RIVALS: [&dyn Contender; 10] = [
    &once_lock::Once,
    &self::arc_swap::Swap,
    &self::left_right::LeftRight,
    &rw_lock::Lock,
    &self::parking_lot::Parking,
    &condvar::Condition,
    &self::quick_cache::Quick,
    &self::cached::Ttl,
    &self::moka::Moka,
    &self::cachet::Tiers,
];
