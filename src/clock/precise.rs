//! The clock of the standard library.

use crate::clock::{Clock, Instant};

/// The clock of [`std::time::Instant`]: nanoseconds of resolution, for about four times the cost of
/// [`CoarseClock`](crate::clock::CoarseClock).
///
/// Its origin is the moment at which the program first asked a `PreciseClock`.
#[derive(Debug, Clone, Copy, Default)]
pub struct PreciseClock;

impl Clock for PreciseClock {
    #[inline]
    fn now(&self) -> Instant {
        Instant::from_nanos(0).saturating_add(origin().elapsed())
    }
}

/// `std::time::Instant` is opaque: it can only be measured against another one.
#[inline]
fn origin() -> std::time::Instant {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    *ORIGIN.get_or_init(std::time::Instant::now)
}
