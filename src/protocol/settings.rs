//! How long things last: durations, and pure arithmetic on them.

use crate::clock::Instant;
use crate::error::BuildError;
use crate::protocol::lifetime::{Life, Lifetime};
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::time::Duration;

/// The settings of a cell, as one constant.
///
/// A setting that is not given has the default that its method in [`CellBuilder`](crate::CellBuilder) names. Every
/// duration may be zero or `Duration::MAX`, which means for ever. A setting that is given twice keeps the last value.
///
/// A lifetime that depends on the value, an initial value and a clock are given to a
/// [builder](crate::DogpileCell::builder). It has all of these settings too, with an example for each.
///
/// # Examples
///
/// For a cell in a `static`:
///
/// ```
/// use dogpile::{DogpileCell, Settings};
/// use std::time::Duration;
///
/// const MINUTE: Duration = Duration::from_secs(60);
/// const PATIENT: Settings = Settings::new()
///     .time_to_live(MINUTE)
///     .stale_while_revalidate(MINUTE.saturating_mul(10))
///     .retry_backoff(Duration::from_secs(1), MINUTE)
///     .lease_timeout(MINUTE);
///
/// static PAGE: DogpileCell<String> = DogpileCell::with_settings(PATIENT);
/// static RATES: DogpileCell<Vec<f64>> = DogpileCell::with_settings(PATIENT.jitter(0.1));
///
/// assert_eq!(*PAGE.get_or_regen(|| "rendered".to_owned()), "rendered");
/// assert_eq!(RATES.get_or_regen(|| vec![0.94, 1.09]).len(), 2);
/// ```
///
/// In a `static` or a `const`, a combination that makes no sense does not compile:
///
/// ```compile_fail,E0080
/// # use dogpile::{DogpileCell, Settings};
/// # use std::time::Duration;
/// static PAGE: DogpileCell<String> = DogpileCell::with_settings(Settings::new().jitter(1.5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "settings change nothing until a cell is made with them"]
pub struct Settings {
    time_to_live: Option<Duration>,
    stale_while_revalidate: Option<Duration>,
    stale_if_error: Option<Duration>,
    jitter: Option<f64>,
    retry_min: Duration,
    retry_max: Duration,
    pub(crate) lease_timeout: Option<Duration>,
    pub(crate) wait_timeout: Option<Duration>,
}

impl Default for Settings {
    /// Returns the defaults, as [`Settings::new`] does.
    fn default() -> Self {
        Self::new()
    }
}

impl Settings {
    /// Returns the defaults: values never expire, and nothing is limited but the retries after a failure.
    pub const fn new() -> Self {
        Self {
            time_to_live: None,
            stale_while_revalidate: None,
            stale_if_error: None,
            jitter: None,
            retry_min: Duration::from_millis(100),
            retry_max: Duration::from_secs(30),
            lease_timeout: None,
            wait_timeout: None,
        }
    }

    /// Sets how long each value is fresh, from its publication: see [`CellBuilder::time_to_live`].
    ///
    /// [`CellBuilder::time_to_live`]: crate::CellBuilder::time_to_live
    pub const fn time_to_live(self, time_to_live: Duration) -> Self {
        Self { time_to_live: Some(time_to_live), ..self }
    }

    /// Sets for how long after its time to live a value may be served while another one is made: see
    /// [`CellBuilder::stale_while_revalidate`].
    ///
    /// [`CellBuilder::stale_while_revalidate`]: crate::CellBuilder::stale_while_revalidate
    pub const fn stale_while_revalidate(self, window: Duration) -> Self {
        Self { stale_while_revalidate: Some(window), ..self }
    }

    /// Sets for how long after its time to live a value may be served once a regeneration failed: see
    /// [`CellBuilder::stale_if_error`].
    ///
    /// [`CellBuilder::stale_if_error`]: crate::CellBuilder::stale_if_error
    pub const fn stale_if_error(self, window: Duration) -> Self {
        Self { stale_if_error: Some(window), ..self }
    }

    /// Shortens each time to live by a random part of it, from nothing to `fraction` (from 0.0 to 1.0): see
    /// [`CellBuilder::jitter`].
    ///
    /// [`CellBuilder::jitter`]: crate::CellBuilder::jitter
    pub const fn jitter(self, fraction: f64) -> Self {
        Self { jitter: Some(fraction), ..self }
    }

    /// Sets how long after a failed regeneration the next one is tried, from `min` after the first failure to at most
    /// `max`: see [`CellBuilder::retry_backoff`].
    ///
    /// [`CellBuilder::retry_backoff`]: crate::CellBuilder::retry_backoff
    pub const fn retry_backoff(self, min: Duration, max: Duration) -> Self {
        Self { retry_min: min, retry_max: max, ..self }
    }

    /// Sets after how long another caller may take over from a leader: see [`CellBuilder::lease_timeout`].
    ///
    /// [`CellBuilder::lease_timeout`]: crate::CellBuilder::lease_timeout
    pub const fn lease_timeout(self, timeout: Duration) -> Self {
        Self { lease_timeout: Some(timeout), ..self }
    }

    /// Sets after how long a call that can fail stops waiting for another leader: see [`CellBuilder::wait_timeout`].
    ///
    /// [`CellBuilder::wait_timeout`]: crate::CellBuilder::wait_timeout
    pub const fn wait_timeout(self, timeout: Duration) -> Self {
        Self { wait_timeout: Some(timeout), ..self }
    }

    /// Whether they go together, also with a lifetime that the value says itself.
    pub(crate) const fn check(&self, has_lifetime_of: bool) -> Result<(), BuildError> {
        if let Some(fraction) = self.jitter {
            // Written so that it holds for a NaN.
            if !(fraction >= 0.0 && fraction <= 1.0) {
                return Err(BuildError::JitterOutOfRange(fraction));
            }
        }
        if is_shorter(self.retry_max, self.retry_min) {
            return Err(BuildError::RetryBackoffReversed);
        }
        if self.time_to_live.is_none() && !has_lifetime_of {
            if self.stale_while_revalidate.is_some() {
                return Err(BuildError::StaleWhileRevalidateWithoutTimeToLive);
            }
            if self.stale_if_error.is_some() {
                return Err(BuildError::StaleIfErrorWithoutTimeToLive);
            }
            if self.jitter.is_some() {
                return Err(BuildError::JitterWithoutTimeToLive);
            }
        }
        match self.stale_if_error {
            Some(window) if is_shorter(window, self.stale_window()) => Err(BuildError::StaleIfErrorTooShort),
            _ => Ok(()),
        }
    }

    /// Stops the compiler, or else the program, if they do not go together.
    pub(crate) const fn checked(self) -> Self {
        if let Err(error) = self.check(false) {
            panic!("{}", error.message());
        }
        self
    }

    const fn stale_window(&self) -> Duration {
        match self.stale_while_revalidate {
            Some(window) => window,
            None => Duration::MAX,
        }
    }

    /// How long a lease lasts after so many take overs in a row, if it ends at all: twice as long each time, so that a
    /// creation which merely takes longer than the lease is published in the end.
    pub(crate) fn lease(&self, takeovers: u8) -> Option<Duration> {
        let doubled = 1_u32 << takeovers.min(MOST_DOUBLINGS);
        self.lease_timeout.map(|timeout| timeout.saturating_mul(doubled))
    }

    /// The throttle after a regeneration that failed `now`.
    pub(crate) const fn retry(&self, now: Instant) -> Retry {
        Retry { min: self.retry_min, max: self.retry_max, now }
    }

    /// The life of a value that is published `now`.
    pub(crate) fn life(&self, its_own: Lifetime, now: Instant) -> Life {
        // By lengths from its birth, which can lie before the origin of the clock.
        let fresh_for =
            its_own.fresh_for.or(self.time_to_live).map_or(Duration::MAX, |time| self.shorten(time));
        let while_revalidate = its_own.stale_while_revalidate.unwrap_or(self.stale_window());
        let if_error = its_own.stale_if_error.or(self.stale_if_error).unwrap_or(while_revalidate);
        let usable_for = its_own.usable_for.unwrap_or(Duration::MAX);
        let until = |length: Duration| match length.min(usable_for) {
            Duration::MAX => Instant::NEVER,
            length => now.end_of(length.saturating_sub(its_own.age)),
        };
        Life {
            published_at: now,
            age: its_own.age,
            fresh_until: until(fresh_for),
            servable_until: until(fresh_for.saturating_add(while_revalidate)),
            servable_after_error_until: until(fresh_for.saturating_add(while_revalidate.max(if_error))),
            usable_until: until(usable_for),
            origin_version: its_own.origin_version,
        }
    }

    /// Takes a random part, up to `jitter`, off a time to live.
    fn shorten(&self, length: Duration) -> Duration {
        match self.jitter {
            Some(jitter) if jitter > 0.0 && length != Duration::MAX => {
                length.saturating_sub(length.mul_f64(jitter * random_fraction()))
            }
            _ => length,
        }
    }
}

/// `<`, which is no `const fn` yet.
const fn is_shorter(a: Duration, b: Duration) -> bool {
    a.as_nanos() < b.as_nanos()
}

/// A lease is doubled at most so often: it lasts 64 times `lease_timeout` then.
const MOST_DOUBLINGS: u8 = 6;

/// How to find out when the next regeneration is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    min: Duration,
    max: Duration,
    now: Instant,
}

impl Retry {
    /// When, after the last of `attempts` that failed in a row: after `delay`, if the origin named one. Else `min`,
    /// doubled each time and at most `max`, less a random part of up to a half, so that cells that failed together do
    /// not retry together.
    pub(crate) fn after(self, attempts: NonZeroU32, delay: Option<Duration>) -> Instant {
        let doubled = 1_u32.checked_shl(attempts.get() - 1).unwrap_or(u32::MAX);
        let longest = self.min.saturating_mul(doubled).min(self.max);
        let backoff = || longest.saturating_sub(longest.mul_f64(random_fraction() / 2.0));
        self.now.end_of(delay.unwrap_or_else(backoff))
    }
}

/// Uniform in 0..1. The standard library seeds its hash tables at random, and each new state differs.
#[allow(clippy::cast_precision_loss)] // 53 bits are kept, which is what an f64 holds exactly
fn random_fraction() -> f64 {
    let bits = RandomState::new().hash_one(()) >> 11;
    bits as f64 / (1u64 << 53) as f64
}
