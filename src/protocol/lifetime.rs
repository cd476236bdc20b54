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

/// How long one value may live, in place of what the settings of its cell say: its time to live, its windows, its hard
/// end, and how old it is already.
///
/// A lifetime is returned by the closure that is given to [`lifetime_of`](crate::CellBuilder::lifetime_of), or given to
/// [`set_with`](crate::DogpileCell::set_with), [`publish_with`](crate::Lease::publish_with) and
/// [`renew_with`](crate::Lease::renew_with) together with the value. Whatever it leaves out is as the settings of the
/// cell say.
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
/// All times count from the value's birth, which is its publication, or earlier by its [`age`](Self::age). Both windows
/// begin at the end of the time to live, and stop at the hard end. The cell's clock measures all of them. Every
/// duration may be zero or `Duration::MAX`, which means for ever.
///
/// # Examples
///
/// A token is renewed at nine tenths of its life, served to all callers until its end, and to nobody after that:
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
/// assert!(token.get().is_none()); // its hard end
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
    /// Returns a lifetime that is as the settings of the cell say, without a hard end.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::new(Duration::from_secs(60));
    /// cell.set_with("as `set` does", Lifetime::new());
    /// assert!(cell.get().is_some_and(|value| Guard::fresh_for(&value) > Duration::from_secs(50)));
    /// ```
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

    /// Returns the lifetime of a value that is fresh for `time`, in place of the cell's time to live.
    ///
    /// The cell's [`jitter`](crate::Settings::jitter) shortens it, as it does the cell's own time to live.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let minute = Duration::from_secs(60);
    /// let article = DogpileCell::builder().time_to_live(60 * minute).clock(clock.clone()).build()?;
    /// article.set_with("breaking news", Lifetime::fresh_for(minute));
    /// clock.advance(minute);
    /// assert!(article.get().is_some_and(|article| Guard::is_stale(&article)));
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub const fn fresh_for(time: Duration) -> Self {
        Self { fresh_for: Some(time), ..Self::new() }
    }

    /// Sets for how long after its time to live the value may be served while another one is made (RFC 5861 section 3).
    ///
    /// It takes the place of the cell's [`stale_while_revalidate`](crate::Settings::stale_while_revalidate), which is
    /// unlimited unless it is set. Zero means never.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Lifetime, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let page = DogpileCell::builder().clock(clock.clone()).build()?;
    /// // `Cache-Control: max-age=60, stale-while-revalidate=30`
    /// let (max_age, window) = (Duration::from_secs(60), Duration::from_secs(30));
    /// page.set_with("<html>", Lifetime::fresh_for(max_age).stale_while_revalidate(window));
    /// clock.advance(max_age);
    /// assert!(page.get().is_some());
    /// clock.advance(window);
    /// assert!(page.get().is_none());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub const fn stale_while_revalidate(self, window: Duration) -> Self {
        Self { stale_while_revalidate: Some(window), ..self }
    }

    /// Sets for how long after its time to live the value may be served once a regeneration failed (RFC 5861 section
    /// 4).
    ///
    /// It takes the place of the cell's [`stale_if_error`](crate::Settings::stale_if_error). If it is shorter than the
    /// stale-while-revalidate window, it has no effect, since that window goes on after a failure. So set both: the
    /// stale-while-revalidate window of the cell is unlimited unless it is set.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Lifetime, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let page = DogpileCell::builder().clock(clock.clone()).build()?;
    /// // `Cache-Control: max-age=60, stale-if-error=600`
    /// let (max_age, window) = (Duration::from_secs(60), Duration::from_secs(600));
    /// let lifetime = Lifetime::fresh_for(max_age).stale_while_revalidate(Duration::ZERO).stale_if_error(window);
    /// page.set_with("<html>", lifetime);
    /// clock.advance(max_age);
    /// assert!(page.get().is_none());
    /// assert_eq!(*page.try_get_or_regen(|| Err("no answer"))?, "<html>");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn stale_if_error(self, window: Duration) -> Self {
        Self { stale_if_error: Some(window), ..self }
    }

    /// Sets the value's hard end: once it is `time` old, no method serves it any more, whatever its windows say and
    /// whether the origin is up or down.
    ///
    /// Only the callers that the value was made for can get it later than that: its leader, and, if the value was past
    /// its hard end when it was published, those that waited for it. [`Lease::previous`](crate::Lease::previous) still
    /// returns it to the next leader, to make another value from it. A guard that was read before the hard end keeps
    /// its value. [`Lease::renew`](crate::Lease::renew) does not move the hard end.
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

    /// Sets how old the value is already when it is published, because it came from another process or from a cache on
    /// the way (`Age`, RFC 9111 section 5.1).
    ///
    /// All times of the lifetime count from that long before the publication, and
    /// [`Guard::age`](crate::Guard::age) includes it. By default zero.
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

    /// Sets the version that the value has where it came from: in another process, a file or a database.
    ///
    /// [`Guard::origin_version`](crate::Guard::origin_version) returns it.
    /// [`set_if_newer`](crate::DogpileCell::set_if_newer) publishes nothing with this origin version or a lower one
    /// after that. It has nothing to do with the version that the cell gives the value
    /// ([`Guard::version`](crate::Guard::version)).
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime};
    ///
    /// let config = DogpileCell::never_expires();
    /// config.set_with("read from row 17", Lifetime::new().origin_version(17));
    /// assert_eq!(config.get().and_then(|config| Guard::origin_version(&config)), Some(17));
    /// assert_eq!(config.set_if_newer("a late message", 16, Lifetime::new()), None);
    /// ```
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
    /// From here on it is expired also if a regeneration failed. Not before `servable_until`.
    pub(crate) servable_after_error_until: Instant,
    /// The hard end.
    pub(crate) usable_until: Instant,
    pub(crate) origin_version: Option<u64>,
}

impl Life {
    /// This life, with a hard end at this time at the latest.
    pub(crate) fn ending(self, hard_end: Instant) -> Self {
        Self {
            fresh_until: self.fresh_until.min(hard_end),
            servable_until: self.servable_until.min(hard_end),
            servable_after_error_until: self.servable_after_error_until.min(hard_end),
            usable_until: self.usable_until.min(hard_end),
            ..self
        }
    }
}
