//! How long a value lives: durations, and pure arithmetic on them.

use crate::clock::Instant;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Whether a value that is served has reached the end of its time to live.
///
/// Half-open, as RFC 9111 section 4.2 has it: fresh while *age < time to live*, so a value whose age
/// equals its time to live is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Younger than its time to live, and not marked stale.
    Fresh,
    /// Past its time to live or marked stale, but still within its stale-while-revalidate window; or, after an
    /// attempt to replace it failed, within its stale-if-error window.
    Stale,
}

/// Where the time to live of a value comes from.
pub(crate) enum TimeToLive<T> {
    Never,
    Fixed(Duration),
    Of(Box<TimeToLiveOf<T>>),
}

pub(crate) type TimeToLiveOf<T> = dyn Fn(&T) -> Duration + Send + Sync;

/// All durations of a cell.
pub(crate) struct Policy<T> {
    pub(crate) time_to_live: TimeToLive<T>,
    /// How long a value may be served after its time to live; `Duration::MAX`: as long as it takes.
    pub(crate) stale_while_revalidate: Duration,
    /// The same, once an attempt to replace it failed. Never shorter.
    pub(crate) stale_if_error: Duration,
    /// The greatest part of its time to live that a value may lose, 0 to 1.
    pub(crate) jitter: f64,
    pub(crate) retry_after: RetryAfter,
    /// After that a leader can be deposed.
    pub(crate) lease_timeout: Option<Duration>,
    /// After that a caller that can return an error waits no longer.
    pub(crate) wait_timeout: Option<Duration>,
}

/// How long after a failed attempt the next one is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryAfter {
    pub(crate) min: Duration,
    pub(crate) max: Duration,
}

impl RetryAfter {
    pub(crate) const DEFAULT: Self = Self { min: Duration::from_millis(100), max: Duration::from_secs(30) };

    /// The throttle after an attempt that failed `now`.
    pub(crate) const fn from(self, now: Instant) -> Retry {
        Retry { after: self, now }
    }
}

/// How to find out when the next attempt is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    after: RetryAfter,
    now: Instant,
}

impl Retry {
    /// When, if it was the last of `attempts` that failed in a row: `min`, doubled each time and at most
    /// `max`, less a random part of up to a half, so that cells that failed together do not retry together.
    pub(crate) fn after(self, attempts: u32) -> Instant {
        let doubled = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let longest = self.after.min.saturating_mul(doubled).min(self.after.max);
        self.now.end_of(longest.saturating_sub(longest.mul_f64(random_fraction() / 2.0)))
    }
}

/// The fixed points in the life of one value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) published_at: Instant,
    /// From here on it is stale.
    pub(crate) fresh_until: Instant,
    /// From here on it is expired.
    pub(crate) servable_until: Instant,
}

impl Lifetime {
    /// The same life, but servable for `window` after its time to live.
    pub(crate) fn servable_for(self, window: Duration) -> Self {
        Self { servable_until: self.fresh_until.end_of(window), ..self }
    }
}

impl<T> Policy<T> {
    pub(crate) const fn new(time_to_live: TimeToLive<T>) -> Self {
        Self {
            time_to_live,
            stale_while_revalidate: Duration::MAX,
            stale_if_error: Duration::MAX,
            jitter: 0.0,
            retry_after: RetryAfter::DEFAULT,
            lease_timeout: None,
            wait_timeout: None,
        }
    }

    /// The end of a lease that begins `now`, if it has one.
    pub(crate) fn lease_until(&self, now: Instant) -> Option<Instant> {
        self.lease_timeout.map(|timeout| now.end_of(timeout))
    }

    /// The life of a value that is published `now`. Runs the user's `time_to_live_of`, which may panic.
    pub(crate) fn lifetime(&self, value: &T, now: Instant) -> Lifetime {
        let fresh_until = match &self.time_to_live {
            TimeToLive::Never => Instant::NEVER,
            TimeToLive::Fixed(length) => now.end_of(self.shorten(*length)),
            TimeToLive::Of(length) => now.end_of(self.shorten(length(value))),
        };
        Lifetime {
            published_at: now,
            fresh_until,
            servable_until: fresh_until.end_of(self.stale_while_revalidate),
        }
    }

    /// Takes a random part, up to `jitter`, off a time to live.
    fn shorten(&self, length: Duration) -> Duration {
        if self.jitter == 0.0 || length == Duration::MAX {
            return length;
        }
        length.saturating_sub(length.mul_f64(self.jitter * random_fraction()))
    }
}

/// Uniform in 0..1. The standard library seeds its hash tables at random, and each new state differs.
#[allow(clippy::cast_precision_loss)] // 53 bits are kept, which is what an f64 holds exactly
fn random_fraction() -> f64 {
    let bits = RandomState::new().hash_one(()) >> 11;
    bits as f64 / (1u64 << 53) as f64
}
