//! Where a cell takes its time from.

mod tick;

pub use tick::TickClock;

use crate::sync::Ordering::Relaxed;
use crate::sync::{Arc, AtomicU64};
use std::time::Duration;

/// A point in time: nanoseconds since some origin that the clock chose.
///
/// Instants of one clock can be compared, those of different clocks cannot. All arithmetic saturates:
/// nothing overflows, and nothing panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(u64);

impl Instant {
    /// A deadline that no clock reaches.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the clock's origin. The last one, some 584 years after it,
    /// is `u64::MAX - 1`: greater values are brought down to it.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(if nanos == u64::MAX { u64::MAX - 1 } else { nanos })
    }

    /// Nanoseconds since the clock's origin.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The instant `duration` later, or the last one.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self::from_nanos(self.0.saturating_add(nanos(duration)))
    }

    /// The time since `earlier`, or zero if that is later.
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
const fn nanos(duration: Duration) -> u64 {
    match duration.as_secs().checked_mul(1_000_000_000) {
        Some(whole) => whole.saturating_add(duration.subsec_nanos() as u64),
        None => u64::MAX,
    }
}

/// A source of time for a [`DogpileCell`](crate::DogpileCell).
///
/// Every read of a cell asks its clock once, so `now` decides what a read costs: it must not wait, and
/// should neither allocate nor write to shared memory.
///
/// A clock ought not to go backwards. If it does, or stands still, nothing breaks, but all that ends at a
/// point in time ends that much later: a value lives longer than it should, and so do the throttle after a
/// failure and the lease of a leader that hangs.
///
/// # Examples
///
/// ```
/// use dogpile::DogpileCell;
/// use dogpile::clock::{Clock, Instant};
/// use std::time::{Duration, SystemTime};
///
/// /// The wall clock: values expire with it, also across a suspend.
/// struct WallClock;
///
/// impl Clock for WallClock {
///     fn now(&self) -> Instant {
///         let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
///         Instant::from_nanos(0).saturating_add(since_epoch)
///     }
/// }
///
/// let cell = DogpileCell::builder().time_to_live(Duration::from_secs(60)).clock(WallClock).build()?;
/// assert_eq!(*cell.get_or_regen(|| 7), 7);
/// # Ok::<(), dogpile::BuildError>(())
/// ```
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Instant;
}

impl<C: Clock + ?Sized> Clock for &C {
    #[inline]
    fn now(&self) -> Instant {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for Box<C> {
    #[inline]
    fn now(&self) -> Instant {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    #[inline]
    fn now(&self) -> Instant {
        (**self).now()
    }
}

/// The operating system's coarse monotonic clock, by the `coarsetime` crate: cheap (a quarter of
/// what [`PreciseClock`] costs: `cargo figures` in its repository) and the default.
///
/// # Resolution
///
/// The time of the last scheduler tick, so values may be served that much longer than their time to
/// live: 1 to 10 ms on Linux and Android (the kernel's `CONFIG_HZ`; 4 ms is common), 10 to 16 ms on
/// Windows, finer on macOS and the BSDs. Where a time to live is below some 50 ms, or where ages are to
/// be exact, use [`PreciseClock`].
///
/// It does not go on while the machine is suspended (on Linux).
#[derive(Debug, Clone, Copy, Default)]
pub struct CoarseClock;

impl Clock for CoarseClock {
    #[inline]
    fn now(&self) -> Instant {
        // Not `now`: that stores the time into a static that all threads share, on each call.
        let now = coarsetime::Instant::now_without_cache_update();
        Instant::from_nanos(now.duration_since(coarsetime::Instant::from_ticks(0)).as_nanos())
    }
}

/// [`std::time::Instant`]: nanoseconds of resolution, for about four times what
/// [`CoarseClock`] costs.
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

/// A clock that moves only when it is told to, for tests.
///
/// Clones share one time: give one to the cell and keep another.
///
/// # Examples
///
/// Testing one's own expiry logic without sleeping:
///
/// ```
/// use dogpile::DogpileCell;
/// use dogpile::clock::ManualClock;
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
/// assert!(!cell.get().unwrap().is_stale());
///
/// clock.advance(Duration::from_secs(1));
/// assert!(cell.get().unwrap().is_stale());
/// assert_eq!(cell.get().unwrap().age(), Duration::from_secs(60));
///
/// clock.advance(Duration::from_secs(30));
/// assert!(cell.get().is_none());
/// assert_eq!(*cell.get_or_regen(|| "second".to_owned()), "second");
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that stands at its origin.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves on by `duration`, for all clones; at the last [`Instant`] it stops.
    pub fn advance(&self, duration: Duration) {
        let advance = |now| Some(Instant(now).saturating_add(duration).as_nanos());
        // Relaxed, here and below: time orders nothing but itself.
        let _ = self.0.fetch_update(Relaxed, Relaxed, advance);
    }

    /// Jumps to `instant`, forwards or backwards, for all clones.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.as_nanos(), Relaxed);
    }
}

impl Clock for ManualClock {
    #[inline]
    fn now(&self) -> Instant {
        Instant(self.0.load(Relaxed))
    }
}
