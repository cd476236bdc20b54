//! A clock for tests.

use crate::clock::{Clock, Instant};
use crate::sync::Ordering::Relaxed;
use crate::sync::{Arc, AtomicU64};
use std::time::Duration;

/// A clock that moves only when it is told to, for tests.
///
/// Clones share one time: give one to the cell and keep another.
///
/// # Examples
///
/// Testing your own expiry logic without sleeping:
///
/// ```
/// use dogpile::clock::ManualClock;
/// use dogpile::{DogpileCell, Guard};
/// use std::time::Duration;
///
/// /// The code under test: a token is used for at most a minute, and never for longer than 90 s.
/// fn token_cell(clock: ManualClock) -> DogpileCell<String, ManualClock> {
///     DogpileCell::builder()
///         .time_to_live(Duration::from_secs(60))
///         .stale_while_revalidate(Duration::from_secs(30))
///         .clock(clock)
///         .build()
///         .expect("the durations are constants")
/// }
///
/// let clock = ManualClock::new();
/// let cell = token_cell(clock.clone());
/// assert_eq!(*cell.get_or_regen(|| "first".to_owned()), "first");
///
/// clock.advance(Duration::from_secs(59));
/// assert!(!Guard::is_stale(&cell.get().unwrap()));
///
/// clock.advance(Duration::from_secs(1));
/// assert!(Guard::is_stale(&cell.get().unwrap()));
/// assert_eq!(Guard::age(&cell.get().unwrap()), Duration::from_secs(60));
///
/// clock.advance(Duration::from_secs(30));
/// assert!(cell.get().is_none());
/// assert_eq!(*cell.get_or_regen(|| "second".to_owned()), "second");
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Makes a clock that stands at its origin.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time forward by `duration`, for all clones, but not beyond the last [`Instant`].
    pub fn advance(&self, duration: Duration) {
        let advance = |now| Some(Instant::from_raw(now).saturating_add(duration).as_nanos());
        // Relaxed, here and below: time orders nothing but itself.
        let _ = self.0.fetch_update(Relaxed, Relaxed, advance);
    }

    /// Sets the time to `instant`, forwards or backwards, for all clones.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.as_nanos(), Relaxed);
    }
}

impl Clock for ManualClock {
    #[inline]
    fn now(&self) -> Instant {
        Instant::from_raw(self.0.load(Relaxed))
    }
}
