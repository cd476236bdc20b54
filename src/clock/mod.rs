//! The clocks that a cell can go by, and the trait for one of your own.
//!
//! A cell asks its clock once per read, so the clock decides much of what a read costs.
//!
//! | clock | to read it costs | late by up to | for |
//! |---|---|---|---|
//! | [`CoarseClock`], the default | about 6 ns | 1 to 16 ms | nearly everybody |
//! | [`PreciseClock`] | about 25 ns | nanoseconds | times to live below some 50 ms; exact ages |
//! | [`TickClock`] | one load | its interval, and as much as the coarse clock | services that read millions of times a second |
//! | [`ManualClock`] | one load | nothing: it moves when it is told to | tests |
//!
//! The figures are for Linux on x86-64. A type of your own is a clock if it implements [`Clock`].
//!
//! # Examples
//!
//! ```
//! use dogpile::DogpileCell;
//! use dogpile::clock::PreciseClock;
//! use std::time::Duration;
//!
//! let cell = DogpileCell::builder().time_to_live(Duration::from_millis(5)).clock(PreciseClock).build()?;
//! assert_eq!(*cell.get_or_regen(|| 7), 7);
//! # Ok::<(), dogpile::BuildError>(())
//! ```

mod coarse;
mod instant;
mod manual;
mod precise;
mod tick;

pub use coarse::CoarseClock;
pub use instant::Instant;
pub(crate) use instant::nanos;
pub use manual::ManualClock;
pub use precise::PreciseClock;
pub use tick::TickClock;

/// A source of time for a [`DogpileCell`](crate::DogpileCell).
///
/// Every read of a cell asks its clock once, so much of what a read costs is the cost of `now`: it must not wait, and
/// should neither allocate nor write to shared memory.
///
/// A clock ought not to go backwards. If it does, or stands still, nothing breaks, but everything ends that much later:
/// a value lives longer than it should, and so do the throttle after a failure and the lease of a leader that hangs.
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
    /// Returns the current time.
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
