//! A point in time, and arithmetic that never overflows.

use std::time::Duration;

/// A point in time: nanoseconds since some origin that the clock chose.
///
/// Instants of one clock can be compared with each other, but not with those of another clock. All arithmetic
/// saturates: nothing overflows, and nothing panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// A deadline that no clock reaches.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// Returns the instant `nanos` nanoseconds after the clock's origin.
    ///
    /// The last instant is `u64::MAX - 1`, some 584 years after the origin: a greater value gives this one.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(if nanos == u64::MAX { u64::MAX - 1 } else { nanos })
    }

    /// Returns the nanoseconds since the clock's origin.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the instant `duration` later, or the last instant if that is earlier.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self::from_nanos(self.0.saturating_add(nanos(duration)))
    }

    /// Returns the time since `earlier`, or zero if `earlier` is later.
    #[must_use]
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// A deadline that was kept in an atomic.
    pub(crate) const fn from_raw(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The end of something that begins here and lasts `duration`: beyond the last instant it never ends.
    pub(crate) const fn end_of(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }
}

/// Nanoseconds, at most `u64::MAX`.
pub(crate) const fn nanos(duration: Duration) -> u64 {
    match duration.as_secs().checked_mul(1_000_000_000) {
        Some(whole) => whole.saturating_add(duration.subsec_nanos() as u64),
        None => u64::MAX,
    }
}
