//! When a value lives: what it says itself, and the fixed points in time that follow from that.

use crate::clock::Instant;
use std::time::Duration;

/// Whether a value that is served has reached the end of its time to live.
///
/// Half-open, as RFC 9111 section 4.2 has it: a value is fresh while *age < time to live*, so a value whose age
/// equals its time to live is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Younger than its time to live, and not marked stale.
    Fresh,
    /// Past its time to live or marked stale, but still servable: within its stale-while-revalidate window or,
    /// after a regeneration failed, within its stale-if-error window.
    Stale,
}

/// How long one value may live: what the value itself says, in place of the cell's settings.
///
/// For [`lifetime_of`](crate::CellBuilder::lifetime_of), [`set_with`](crate::DogpileCell::set_with) and
/// [`publish_with`](crate::Lease::publish_with). What is left out is as the settings of the cell say.
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
/// All times count from the value's birth: [`age`](Self::age) before its publication, or the publication itself. A
/// window that reaches beyond the hard end stops there. Every duration may be zero or `Duration::MAX`, which means for
/// ever.
///
/// # Examples
///
/// A token, renewed at nine tenths of its life, served by all until its end, and by nobody after it:
///
/// ```
/// use dogpile::{DogpileCell, Lifetime, clock::ManualClock};
/// use std::time::Duration;
///
/// struct Token { secret: &'static str, expires_in: Duration }
///
/// let clock = ManualClock::new();
/// let token = DogpileCell::builder()
///     .lifetime_of(|token: &Token| Lifetime::fresh_for(token.expires_in / 10 * 9).usable_for(token.expires_in))
///     .clock(clock.clone())
///     .build()?;
/// let hour = Duration::from_secs(3600);
/// token.set(Token { secret: "a", expires_in: hour });
/// clock.advance(hour / 10 * 9);
/// assert!(token.get().is_some_and(|token| token.secret == "a")); // stale: the next caller renews it
/// clock.advance(hour / 10);
/// assert!(token.get().is_none()); // dead
/// # Ok::<(), dogpile::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[must_use = "a lifetime changes nothing until a value is published with it"]
pub struct Lifetime {
    pub(crate) fresh_for: Option<Duration>,
    pub(crate) stale_while_revalidate: Option<Duration>,
    pub(crate) stale_if_error: Option<Duration>,
    pub(crate) usable_for: Option<Duration>,
    pub(crate) age: Duration,
    pub(crate) origin_version: Option<u64>,
}

impl Lifetime {
    /// Makes a lifetime as the settings of the cell say, without a hard end.
    pub const fn new() -> Self {
        Self {
            fresh_for: None,
            stale_while_revalidate: None,
            stale_if_error: None,
            usable_for: None,
            age: Duration::ZERO,
            origin_version: None,
        }
    }

    /// Makes a lifetime that is fresh for `time`, in place of the cell's time to live.
    ///
    /// The cell's [`jitter`](crate::Settings::jitter) takes a part of it, as it does of the cell's own time to live.
    pub const fn fresh_for(time: Duration) -> Self {
        Self { fresh_for: Some(time), ..Self::new() }
    }

    /// Sets for how long after that the value may be served while another one is made (RFC 5861 section 3).
    pub const fn stale_while_revalidate(self, window: Duration) -> Self {
        Self { stale_while_revalidate: Some(window), ..self }
    }

    /// Sets for how long after that the value may be served once a regeneration failed (RFC 5861 section 4).
    ///
    /// It is never shorter than the stale-while-revalidate window.
    pub const fn stale_if_error(self, window: Duration) -> Self {
        Self { stale_if_error: Some(window), ..self }
    }

    /// Sets the hard end: no verb serves the value when it is `time` old or older, whatever its windows say, whether
    /// the origin is up or down.
    ///
    /// Only the callers that the value was made for can get it later than that: its leader, and, if the value was past
    /// its hard end when it was published, those who waited for it. [`Lease::previous`](crate::Lease::previous), which
    /// serves nobody, still returns it to the next leader.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Lifetime, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder().clock(clock.clone()).build()?;
    /// let second = Duration::from_secs(1);
    /// cell.set_with("token", Lifetime::new().usable_for(2 * second));
    /// clock.advance(2 * second - Duration::from_nanos(1));
    /// assert!(cell.get().is_some());
    /// clock.advance(Duration::from_nanos(1));
    /// assert!(cell.get().is_none());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub const fn usable_for(self, time: Duration) -> Self {
        Self { usable_for: Some(time), ..self }
    }

    /// Sets how old the value is already when it is published: it came from another process or from a cache on the way
    /// (RFC 9111 section 5.1, `Age`).
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let page = DogpileCell::builder().clock(clock.clone()).build()?;
    /// // `Cache-Control: max-age=60`, `Age: 45`
    /// let (max_age, age) = (Duration::from_secs(60), Duration::from_secs(45));
    /// page.set_with("<html>", Lifetime::fresh_for(max_age).age(age));
    /// assert!(page.get().is_some_and(|page| Guard::age(&page) == age));
    /// clock.advance(max_age - age);
    /// assert!(page.get().is_some_and(|page| Guard::is_stale(&page)));
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub const fn age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    /// Says which version the value has where it came from: in another process, a file, a database.
    ///
    /// [`Guard::origin_version`](crate::Guard::origin_version) returns it, and
    /// [`set_if_newer`](crate::DogpileCell::set_if_newer) never goes back behind it.
    pub const fn origin_version(self, version: u64) -> Self {
        Self { origin_version: Some(version), ..self }
    }
}

/// The fixed points in the life of one value. None of its windows reaches beyond its hard end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) published_at: Instant,
    /// How old it was then.
    pub(crate) age: Duration,
    /// From here on it is stale.
    pub(crate) fresh_until: Instant,
    /// From here on it is expired.
    pub(crate) servable_until: Instant,
    /// The same, once a regeneration failed. Not earlier.
    pub(crate) servable_after_error_until: Instant,
    /// The hard end.
    pub(crate) usable_until: Instant,
    pub(crate) origin_version: Option<u64>,
}
