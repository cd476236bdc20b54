//! The settings of a cell, checked before there is one.

use crate::cell::DogpileCell;
use crate::clock::{Clock, CoarseClock};
use crate::error::BuildError;
use crate::protocol::lifetime::Lifetime;
use crate::protocol::settings::Settings;
use crate::protocol::setup::{LifetimeOf, Setup};
use crate::protocol::slot::Slot;
use std::fmt;
use std::time::Duration;

/// Builds a [`DogpileCell`] with settings of your choice, and with what no [`Settings`] can hold: a closure, an initial
/// value, a clock.
///
/// A value lives as long as [`lifetime_of`](Self::lifetime_of) says, and what that leaves out is as the other settings
/// say. Without a time to live, values never expire by themselves. Every duration may be zero or `Duration::MAX`. A
/// setting that is given twice keeps the last value.
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
    lifetime_of: Option<Box<LifetimeOf<T>>>,
    initial: Option<T>,
    clock: C,
}

impl<T> CellBuilder<T> {
    pub(crate) fn new() -> Self {
        Self { settings: Settings::new(), lifetime_of: None, initial: None, clock: CoarseClock }
    }
}

impl<T, C> CellBuilder<T, C> {
    /// Uses all of `settings`, in place of those that were given before.
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

    /// Sets how long each value is fresh, from its publication.
    ///
    /// Zero means that each value is stale at once, so that each read that finds no leader at work regenerates.
    /// `Duration::MAX` means for ever. Times are those of the cell's clock, and as coarse.
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

    /// Sets a closure that returns the lifetime of each value, from the value itself: from the `expires_in` of a token,
    /// or the `max-age` and `Age` of a response.
    ///
    /// Whatever the [`Lifetime`] leaves out is as the settings of the cell say. The closure is called once for each
    /// publication, before it, on the thread that publishes. It is not called by methods that are given a lifetime,
    /// such as [`publish_with`](crate::Lease::publish_with). If it panics, the value is dropped. If it was a leader
    /// that was about to publish, the panic counts as one of the creation function.
    ///
    /// ```text
    /// born   published                                                                 hard end
    ///   |-age-|                                                                            |
    ///   |-------- fresh_for --------|-- stale_while_revalidate --|                         |
    ///   |          fresh            |    stale: served while     |                         |
    ///   |                           |  another one is made       |                         |
    ///   |                           |------------- stale_if_error -------------|           |
    ///   |                           |    served once a regeneration failed     |           |
    ///   |-------------------------------- usable_for --------------------------------------|
    ///   |                       never served at or after this by any verb                  |
    /// ```
    ///
    /// # Panics
    ///
    /// Never by itself. A panic of the closure goes on in [`set`](DogpileCell::set), in [`build`](Self::build) with an
    /// [`initial`](Self::initial) value, in [`Lease::publish`](crate::Lease::publish) and
    /// [`Lease::renew`](crate::Lease::renew), and in the call that leads.
    ///
    /// # Examples
    ///
    /// A token is renewed at nine tenths of its life by one caller, while all others go on with it, and is served by
    /// nobody after its end:
    ///
    /// ```
    /// use dogpile::{DogpileCell, Lifetime, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// struct Token { secret: &'static str, expires_in: Duration }
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder()
    ///     .lifetime_of(|token: &Token| Lifetime::fresh_for(token.expires_in / 10 * 9).usable_for(token.expires_in))
    ///     .clock(clock.clone())
    ///     .build()?;
    /// let hour = Duration::from_secs(3600);
    /// assert_eq!(cell.get_or_regen(|| Token { secret: "a", expires_in: hour }).secret, "a");
    /// clock.advance(hour / 10 * 9);
    /// assert_eq!(cell.get().unwrap().secret, "a");
    /// assert_eq!(cell.get_or_regen(|| Token { secret: "b", expires_in: hour }).secret, "b");
    /// clock.advance(hour);
    /// assert!(cell.get().is_none());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn lifetime_of(mut self, lifetime_of: impl Fn(&T) -> Lifetime + Send + Sync + 'static) -> Self {
        self.lifetime_of = Some(Box::new(lifetime_of));
        self
    }

    /// Sets for how long after its time to live a value may still be served while another one is made (RFC 5861
    /// section 3).
    ///
    /// By default there is no limit. Zero means never: at each expiry one caller regenerates, and the others wait for
    /// it.
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

    /// Sets for how long after its time to live a value may still be served once a regeneration failed (RFC 5861
    /// section 4).
    ///
    /// By default it is as long as [`stale_while_revalidate`](Self::stale_while_revalidate). It cannot be shorter,
    /// since a value that can be served before a failure can be served after it as well. `stale_while_revalidate` is
    /// unlimited unless it is set, so set both. The value keeps its true age.
    ///
    /// A failure is an error, a panic, or a lease that ended with [`fail`](crate::Lease::fail). Until the first
    /// failure, only `stale_while_revalidate` counts. The page [when the origin is down](crate::docs::origin_down)
    /// shows how the two work together.
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

    /// Sets how long after a failed regeneration the next one is tried: `min` after the first failure, twice as long
    /// after each further one, at most `max`, and always less a random part of up to a half.
    ///
    /// By default 100 ms and 30 s. 100 ms is short compared with an outage, and long compared with the time between two
    /// reads on a hot path: a hiccup costs one regeneration, and not one for each read. With 30 s, a long outage costs
    /// two to four regenerations a minute, and the value is at most half a minute late when the outage ends. With a
    /// `min` of zero nothing is throttled, since zero does not double. After a success the delay is `min` again. Times
    /// are those of the cell's clock.
    ///
    /// All methods that elect a leader are throttled, with one exception: [`get_or_regen`](DogpileCell::get_or_regen)
    /// and its async form when there is nothing to serve, since they have no error to return. The random part is what
    /// Brooker calls *equal jitter* (Exponential Backoff And Jitter, AWS Architecture Blog, 2015). It keeps at least
    /// half of the delay, so a retry never comes at once.
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

    /// Sets after how long another caller may take over from a leader: the next caller that finds the value stale, or,
    /// if there is nothing to serve, one of the waiters.
    ///
    /// By default never. The timeout is meant for creation functions that hang, so choose it well above what a slow one
    /// takes. The first leader goes on, beside its successor. Its result is superseded: it is returned to its own
    /// caller and never stored. A leader that makes progress can say so, with [`Lease::extend`](crate::Lease::extend).
    /// Zero means that the next caller takes over.
    ///
    /// Each take over in a row makes the next lease twice as long, up to 64 times `timeout`. So a creation function
    /// that takes longer than the timeout, but less than 64 times that, is published in the end. A publication starts
    /// over.
    ///
    /// The lease ends by the cell's clock. Waiters sleep until then by the operating system's clock, and look again. If
    /// the cell's clock is slower, or stands still, they go back to sleep.
    ///
    /// The timeout is called `proxy_cache_lock_age` in nginx. There is none by default, since a creation function that
    /// is merely slow would run twice at the same time, on an origin that is slow already.
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

    /// Sets after how long a call that can fail stops waiting for another leader, with
    /// [`RegenError::WaitTimeout`](crate::RegenError::WaitTimeout).
    ///
    /// By default never, since only the caller knows how long it can wait. The timeout applies to `try_get_or_regen`,
    /// `get_or_hand_off` and their other forms. [`get_or_regen`](DogpileCell::get_or_regen) has no error to return, and
    /// waits on. Time runs by the operating system's clock, not by the cell's. Zero means hardly any wait.
    ///
    /// The timeout does not limit the leader: its creation function needs a timeout of its own. For a limit for one
    /// call, see [`Demand::patience`](crate::Demand::patience).
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

    /// Shortens each time to live by a random part of it, from nothing to `fraction`.
    ///
    /// So cells that were filled together do not all expire together. By default 0. `fraction` is a number from 0.0 to
    /// 1.0; [`build`](Self::build) rejects any other.
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

    /// Publishes `value` when the cell is built, as version 1.
    ///
    /// Without an initial value, the first callers wait for the first creation.
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

    /// Sets the [clock](crate::clock) that the cell goes by. The default is [`CoarseClock`].
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
        CellBuilder { settings: self.settings, lifetime_of: self.lifetime_of, initial: self.initial, clock }
    }
}

impl<T, C: Clock> CellBuilder<T, C> {
    /// Builds the cell, unless its settings contradict each other.
    ///
    /// # Errors
    ///
    /// A [`BuildError`] that names the setting to change.
    ///
    /// # Panics
    ///
    /// If there is an [`initial`](Self::initial) value, and the closure of [`lifetime_of`](Self::lifetime_of)
    /// or the clock panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{BuildError, DogpileCell};
    ///
    /// let error = DogpileCell::<u32>::builder().jitter(1.5).build().unwrap_err();
    /// assert_eq!(error, BuildError::JitterOutOfRange(1.5));
    /// assert_eq!(error.field(), "jitter");
    /// ```
    pub fn build(self) -> Result<DogpileCell<T, C>, BuildError> {
        self.settings.check(self.lifetime_of.is_some())?;
        let setup = Setup::new(self.settings, self.clock).with_lifetime_of(self.lifetime_of);
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
            .field("lifetime_of", &self.lifetime_of.is_some())
            .field("initial", &self.initial)
            .finish_non_exhaustive()
    }
}
