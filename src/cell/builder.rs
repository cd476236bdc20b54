//! The settings of a cell, checked before there is one.

use crate::cell::DogpileCell;
use crate::clock::{Clock, CoarseClock};
use crate::error::BuildError;
use crate::protocol::settings::Settings;
use crate::protocol::setup::{Setup, TimeToLiveOf};
use crate::protocol::slot::Slot;
use std::fmt;
use std::time::Duration;

/// Makes a [`DogpileCell`] with other settings than those of its constructors.
///
/// Of [`time_to_live`](Self::time_to_live) and [`time_to_live_of`](Self::time_to_live_of) at most one is
/// given; without either, values never expire by themselves. Every duration may be zero or
/// `Duration::MAX`. A setting that is given twice keeps the last value.
///
/// # Examples
///
/// ```
/// use dogpile::DogpileCell;
/// use std::time::Duration;
///
/// let cell: DogpileCell<u32> = DogpileCell::builder()
///     .time_to_live(Duration::from_secs(60))
///     .stale_while_revalidate(Duration::from_secs(600))
///     .jitter(0.1)
///     .build()?;
/// # Ok::<(), dogpile::BuildError>(())
/// ```
#[must_use = "a builder makes nothing until `build` is called"]
pub struct CellBuilder<T, C = CoarseClock> {
    settings: Settings,
    time_to_live_of: Option<Box<TimeToLiveOf<T>>>,
    initial: Option<T>,
    clock: C,
}

impl<T> CellBuilder<T> {
    pub(crate) fn new() -> Self {
        Self { settings: Settings::new(), time_to_live_of: None, initial: None, clock: CoarseClock }
    }
}

impl<T, C> CellBuilder<T, C> {
    /// Takes over all of `settings`, in place of those that were given before.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Settings};
    /// use std::time::Duration;
    ///
    /// const OURS: Settings = Settings::new().lease_timeout(Duration::from_secs(10));
    ///
    /// let cell = DogpileCell::builder().settings(OURS).time_to_live(Duration::from_secs(60)).initial(7).build()?;
    /// assert_eq!(*cell.get().unwrap(), 7);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// How long each value is fresh, from its publication. Zero: it is stale at once, so that each read
    /// that finds nobody at work makes another. `Duration::MAX`: for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let minute = Duration::from_secs(60);
    /// let cell = DogpileCell::builder().time_to_live(minute).clock(clock.clone()).initial(7).build()?;
    /// clock.advance(minute - Duration::from_nanos(1));
    /// assert_eq!(*cell.get_or_regen(|| unreachable!("it is fresh")), 7);
    /// clock.advance(Duration::from_nanos(1));
    /// assert_eq!(*cell.get_or_regen(|| 8), 8);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.settings = self.settings.time_to_live(time_to_live);
        self
    }

    /// The same, from the value itself: the `expires_in` of a token, the `max-age` of a response.
    ///
    /// Called once for each value, before it is published, on the thread that publishes it. If it
    /// panics, the value is dropped and the panic goes on as one of the creation function would.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::time::Duration;
    ///
    /// struct Token { secret: String, expires_in: Duration }
    ///
    /// let cell = DogpileCell::builder()
    ///     // A little before it ends, so that nobody holds a token that was just refused.
    ///     .time_to_live_of(|token: &Token| token.expires_in.mul_f64(0.9))
    ///     .build()?;
    /// let token = cell.get_or_regen(|| Token { secret: "s3cret".into(), expires_in: Duration::from_secs(3600) });
    /// assert_eq!(token.secret, "s3cret");
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn time_to_live_of(
        mut self,
        time_to_live_of: impl Fn(&T) -> Duration + Send + Sync + 'static,
    ) -> Self {
        self.time_to_live_of = Some(Box::new(time_to_live_of));
        self
    }

    /// For how long after its time to live a value may still be served while another one is made
    /// (RFC 5861 section 3). By default without limit. Zero: never, so that at each expiry one caller
    /// regenerates and the others wait for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let minute = Duration::from_secs(60);
    /// let cell = DogpileCell::builder()
    ///     .time_to_live(minute)
    ///     .stale_while_revalidate(5 * minute)
    ///     .clock(clock.clone())
    ///     .initial(7)
    ///     .build()?;
    /// clock.advance(minute);
    /// assert!(cell.get().is_some_and(|old| *old == 7 && Guard::is_stale(&old)));
    /// clock.advance(5 * minute);
    /// assert!(cell.get().is_none());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn stale_while_revalidate(mut self, window: Duration) -> Self {
        self.settings = self.settings.stale_while_revalidate(window);
        self
    }

    /// For how long after its time to live a value may still be served once an attempt to replace it failed
    /// (RFC 5861 section 4). By default as long as [`stale_while_revalidate`](Self::stale_while_revalidate), and
    /// never shorter: a failure takes nothing away that could be served before it. Since that one is unlimited unless
    /// it is set, set it too. The value keeps its true age.
    ///
    /// A failure is an error, a panic, or a lease that ended with [`fail`](crate::Lease::fail). Before the first
    /// one after its time to live, only the other window counts: see
    /// [when the origin is down](crate::docs::origin_down) for how the two go together.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let cell = DogpileCell::builder()
    ///     .time_to_live(60 * second)
    ///     .stale_while_revalidate(Duration::ZERO)
    ///     .stale_if_error(600 * second)
    ///     .clock(clock.clone())
    ///     .initial(7)
    ///     .build()?;
    /// clock.advance(60 * second);
    /// assert!(cell.get().is_none());
    /// assert_eq!(*cell.try_get_or_regen(|| Err("no answer"))?, 7);
    /// clock.advance(599 * second);
    /// assert_eq!(cell.get().map(|old| Guard::age(&old)), Some(659 * second));
    /// clock.advance(second);
    /// assert!(cell.get().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stale_if_error(mut self, window: Duration) -> Self {
        self.settings = self.settings.stale_if_error(window);
        self
    }

    /// How long after a failed attempt the next one is made: `min` after the first, twice as long after each
    /// further one, at most `max`, and less a random part of up to a half. A success starts over.
    ///
    /// By default 100 ms and 30 s. The first is short beside any outage and long beside a hot path, so that
    /// a hiccup costs one retry and not one per read; the second keeps the load of a long outage at two to four
    /// calls a minute, and the value at most half a minute late when it ends. `min` zero: no
    /// throttle, since zero does not double. By the cell's clock.
    ///
    /// Throttled are all verbs that elect, but for [`get_or_regen`](DogpileCell::get_or_regen) with nothing to
    /// serve. The random part is what Brooker calls *equal jitter* (Exponential Backoff And Jitter, AWS
    /// Architecture Blog, 2015); it keeps a delay of at least half, so a retry never comes at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let cell = DogpileCell::builder().retry_backoff(second, 60 * second).clock(clock.clone()).build()?;
    /// assert!(cell.try_get_or_regen(|| Err::<u32, _>("no answer")).is_err());
    /// clock.advance(Duration::from_millis(499));
    /// assert!(cell.try_get_or_regen(|| -> Result<_, String> { unreachable!("throttled") }).is_err());
    /// clock.advance(Duration::from_millis(501));
    /// assert_eq!(*cell.try_get_or_regen(|| Ok::<_, String>(7))?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retry_backoff(mut self, min: Duration, max: Duration) -> Self {
        self.settings = self.settings.retry_backoff(min, max);
        self
    }

    /// After how long a leader can be deposed: by the next caller that finds the value stale, or, if there is
    /// nothing to serve, by one of those who wait. By default never.
    ///
    /// Meant for creation functions that hang, so choose it well above what a slow one takes. The deposed
    /// leader goes on and its caller gets its result, but the cell does not; its creation function may run
    /// beside the next one. By the cell's clock. Zero: whoever comes next deposes the leader. A leader that
    /// makes progress can say so, with [`Lease::extend`](crate::Lease::extend).
    ///
    /// Those who wait sleep until the lease ends and then look again, by the operating system's clock: if the
    /// cell's runs slower or stands, they sleep again.
    ///
    /// nginx has this as `proxy_cache_lock_age`. There is no default, since a creation function that is merely
    /// slow would be run twice on an origin that is slow already.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder().lease_timeout(Duration::from_secs(10)).clock(clock.clone()).build()?;
    /// let hangs = cell.try_lead().expect("the cell is empty");
    /// clock.advance(Duration::from_secs(10));
    /// assert_eq!(*cell.get_or_regen(|| "made by another"), "made by another");
    /// assert!(hangs.publish("late").is_err());
    /// assert_eq!(cell.stats().takeovers, 1);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn lease_timeout(mut self, timeout: Duration) -> Self {
        self.settings = self.settings.lease_timeout(timeout);
        self
    }

    /// After how long a `try_` caller stops waiting for a first value, with
    /// [`RegenError::WaitTimeout`](crate::RegenError::WaitTimeout). By default never, since the deadline is the
    /// caller's, not the cell's; infallible callers have nothing else to return and wait on. By the operating
    /// system's clock, whatever the cell's. Zero: it hardly waits at all.
    ///
    /// Not a limit for the leader, whose creation function needs a timeout of its own. For one call:
    /// [`try_get_or_regen_for`](DogpileCell::try_get_or_regen_for).
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, RegenError};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::builder().wait_timeout(Duration::from_millis(5)).build()?;
    /// let lease = cell.try_lead().expect("the cell is empty");
    /// let waited = cell.try_get_or_regen(|| Ok::<_, String>(7));
    /// assert!(matches!(waited, Err(RegenError::WaitTimeout)));
    /// drop(lease);
    /// assert_eq!(*cell.try_get_or_regen(|| Ok::<_, String>(7))?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.settings = self.settings.wait_timeout(timeout);
        self
    }

    /// Takes a random part off each time to live, uniform from nothing to `fraction` of it, so that
    /// cells that were filled together do not all expire together. By default 0; at most 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let ttl = Duration::from_secs(100);
    /// let cell = DogpileCell::builder().time_to_live(ttl).jitter(0.2).clock(clock.clone()).initial(7).build()?;
    /// clock.advance(Duration::from_secs(79));
    /// assert!(!Guard::is_stale(&cell.get().unwrap()));
    /// clock.advance(Duration::from_secs(21)); // at some point of these it became stale
    /// assert!(Guard::is_stale(&cell.get().unwrap()));
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn jitter(mut self, fraction: f64) -> Self {
        self.settings = self.settings.jitter(fraction);
        self
    }

    /// A value to begin with, published when the cell is built. Without one the first callers wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// let limits = DogpileCell::builder().initial("the built-in ones").build()?;
    /// let seen = limits.get().expect("a cell with an initial value is not empty");
    /// assert_eq!((*seen, Guard::version(&seen)), ("the built-in ones", 1));
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn initial(mut self, value: T) -> Self {
        self.initial = Some(value);
        self
    }

    /// Where the cell takes its time from. By default [`CoarseClock`].
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::PreciseClock};
    /// use std::time::Duration;
    ///
    /// let time_to_live = Duration::from_micros(200); // less than the coarse clock can tell
    /// let cell = DogpileCell::builder().time_to_live(time_to_live).clock(PreciseClock).build()?;
    /// assert_eq!(*cell.get_or_regen(|| 7), 7);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn clock<D: Clock>(self, clock: D) -> CellBuilder<T, D> {
        CellBuilder {
            settings: self.settings,
            time_to_live_of: self.time_to_live_of,
            initial: self.initial,
            clock,
        }
    }
}

impl<T, C: Clock> CellBuilder<T, C> {
    /// Makes the cell.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] that names the setting which does not fit.
    ///
    /// ```
    /// use dogpile::{BuildError, DogpileCell};
    ///
    /// let error = DogpileCell::<u32>::builder().jitter(1.5).build().unwrap_err();
    /// assert_eq!(error, BuildError::JitterOutOfRange(1.5));
    /// assert_eq!(error.field(), "jitter");
    /// ```
    pub fn build(self) -> Result<DogpileCell<T, C>, BuildError> {
        self.settings.check(self.time_to_live_of.is_some())?;
        let setup = Setup::new(self.settings, self.clock).with_time_to_live_of(self.time_to_live_of);
        let cell = DogpileCell { slot: Slot::new(), setup };
        if let Some(value) = self.initial {
            cell.set(value);
        }
        Ok(cell)
    }
}

impl<T: fmt::Debug, C> fmt::Debug for CellBuilder<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CellBuilder")
            .field("settings", &self.settings)
            .field("time_to_live_of", &self.time_to_live_of.is_some())
            .field("initial", &self.initial)
            .finish_non_exhaustive()
    }
}
