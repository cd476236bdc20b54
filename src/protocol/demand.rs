//! What a call asks for, beyond what there is.

use crate::clock::{Instant, nanos};
use crate::protocol::generation::{Generation, Origin};
use std::time::Duration;

/// What one call asks of a value, beyond what every call gets: that it is not too old, newer than another one, or made
/// after the call began.
///
/// A demand is given to [`DogpileCell::with`](crate::DogpileCell::with). Most callers take the value that is there.
/// Some know that it will not do: a token was refused, a key id is unknown, a page must show what was just written, a
/// price must be at most 5 s old. A value that does not meet a demand is, *for this call only*, as if it were not
/// there. All other callers are served it meanwhile.
///
/// | while the value does not meet the demand | this call |
/// |---|---|
/// | it was published less than [`at_most_every`](Self::at_most_every) ago | is served it all the same |
/// | nobody is at work, and nothing is throttled | is elected and leads, even if the value is fresh |
/// | a leader is at work | waits for the outcome and looks again |
/// | a regeneration fails, or has failed and is throttled | gets the shared error at once; with [`or_stale`](Self::or_stale) the old value |
/// | its [`patience`](Self::patience) ends | gets [`WaitTimeout`](crate::RegenError::WaitTimeout); with `or_stale` the old value |
///
/// A value has to meet all parts of a demand. What a call makes itself, as the leader, is returned to it in any case. A
/// part that is given twice keeps the last value. The page
/// [`docs::semantics`](crate::docs::semantics#demands) has the complete tables, and the page
/// [`docs::recipes`](crate::docs::recipes) has programs for the cases above.
///
/// # Examples
///
/// A demand can be a constant:
///
/// ```
/// use dogpile::{Demand, DogpileCell, clock::ManualClock};
/// use std::time::Duration;
///
/// const STRICT: Demand = Demand::new().max_age(Duration::from_secs(5));
///
/// let clock = ManualClock::new();
/// let price = DogpileCell::builder().time_to_live(Duration::from_secs(60)).clock(clock.clone()).initial(100).build()?;
/// clock.advance(Duration::from_secs(6));
/// assert_eq!(*price.get_or_regen(|| unreachable!("it is fresh")), 100);
/// assert_eq!(*price.with(STRICT).get_or_regen(|| 101), 101);
/// # Ok::<(), dogpile::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a demand changes nothing until a call is made with it"]
pub struct Demand {
    /// In nanoseconds.
    max_age: u64,
    newer_than: u64,
    /// In nanoseconds.
    at_most_every: u64,
    pub(crate) patience: Option<Duration>,
    pub(crate) is_anew: bool,
    pub(crate) or_stale: bool,
    pub(crate) despite_throttle: bool,
}

impl Default for Demand {
    /// Returns a demand that every value meets, as [`Demand::new`] does.
    fn default() -> Self {
        Self::new()
    }
}

impl Demand {
    /// Returns a demand that every value meets: a call with it does what a call without one does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let cell = DogpileCell::never_expires();
    /// cell.set(7);
    /// assert_eq!(*cell.with(Demand::new()).get_or_regen(|| unreachable!("it is fresh")), 7);
    /// ```
    pub const fn new() -> Self {
        Self {
            max_age: u64::MAX,
            newer_than: 0,
            at_most_every: 0,
            patience: None,
            is_anew: false,
            or_stale: false,
            despite_throttle: false,
        }
    }

    /// Asks for a value that is not older than `age`, as the `max-age` of an HTTP request does (RFC 9111 section
    /// 5.2.1.1).
    ///
    /// The age of a value is what [`Guard::age`](crate::Guard::age) returns, at the moment of the read. A value that is
    /// exactly `age` old will do. A call that had to wait also accepts a value that was published since the call began,
    /// if it was not older than `age` at that moment, and any value whose leader was elected after the call began: a
    /// younger one cannot be had.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let price = DogpileCell::builder().clock(clock.clone()).initial(100).build()?;
    /// let second = Duration::from_secs(1);
    /// clock.advance(5 * second);
    /// assert_eq!(*price.with(Demand::new().max_age(5 * second)).get_or_regen(|| unreachable!()), 100);
    /// clock.advance(second);
    /// assert_eq!(*price.with(Demand::new().max_age(5 * second)).get_or_regen(|| 101), 101);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub const fn max_age(self, age: Duration) -> Self {
        Self { max_age: nanos(age), ..self }
    }

    /// Asks for a value of a later version than `version`, which the caller has seen and which will not do.
    ///
    /// [`Guard::version`](crate::Guard::version) returns the version of what the caller was served. A thousand callers
    /// that saw the same version cause one regeneration. A later version can hold the same value, if a leader
    /// [renewed](crate::Lease::renew) it.
    ///
    /// # Examples
    ///
    /// A key id is unknown, so the keys may have been rotated:
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, Guard, RegenError};
    ///
    /// static KEYS: DogpileCell<Vec<&str>> = DogpileCell::never_expires();
    ///
    /// fn knows(id: &str, fetch: impl Fn() -> Result<Vec<&'static str>, String>) -> Result<bool, RegenError> {
    ///     let keys = KEYS.try_get_or_regen(&fetch)?;
    ///     if keys.contains(&id) {
    ///         return Ok(true);
    ///     }
    ///     let newer = KEYS.with(Demand::new().newer_than(Guard::version(&keys))).try_get_or_regen(&fetch)?;
    ///     Ok(newer.contains(&id))
    /// }
    ///
    /// assert!(knows("a", || Ok(vec!["a"]))?);
    /// assert!(knows("b", || Ok(vec!["a", "b"]))?);
    /// assert!(knows("c", || Err("the origin is down".to_owned())).is_err());
    /// assert!(knows("a", || unreachable!("the others are not disturbed"))?);
    /// # Ok::<(), RegenError>(())
    /// ```
    pub const fn newer_than(self, version: u64) -> Self {
        Self { newer_than: version, ..self }
    }

    /// Asks for a value whose creation began after this call did, so that the caller reads its own writes.
    ///
    /// The creation function sees everything that the caller did before the call. A leader that is at work already
    /// began too early, so this call waits until it is done. Then one of the callers that wait in this way leads, and
    /// the value that it makes is for all of them. A value that is [`set`](crate::DogpileCell::set) meanwhile does not
    /// meet the demand, because nobody knows what it was made from.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    /// use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    ///
    /// static STOCK: AtomicU32 = AtomicU32::new(7); // the database
    /// static PAGE: DogpileCell<String> = DogpileCell::never_expires();
    ///
    /// let render = || format!("{} left", STOCK.load(SeqCst));
    /// assert_eq!(*PAGE.get_or_regen(render), "7 left");
    /// STOCK.store(6, SeqCst);
    /// assert_eq!(*PAGE.with(Demand::new().anew()).get_or_regen(render), "6 left");
    /// ```
    pub const fn anew(self) -> Self {
        Self { is_anew: true, ..self }
    }

    /// Limits how often the rest of the demand can cause a regeneration: a value that was published less than `time`
    /// ago is served all the same.
    ///
    /// So demands cause at most one publication in `time`, however many callers make them. How often a regeneration is
    /// tried while the origin is down is limited by [`retry_backoff`](crate::Settings::retry_backoff). What counts is
    /// the time since the publication, not the value's age. `Duration::ZERO` means no limit, and so does leaving this
    /// out.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let keys = DogpileCell::builder().clock(clock.clone()).initial("k1").build()?;
    /// let refresh = Demand::new().anew().at_most_every(Duration::from_secs(1));
    /// assert_eq!(*keys.with(refresh).get_or_regen(|| unreachable!("it has only just come")), "k1");
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(*keys.with(refresh).get_or_regen(|| "k2"), "k2");
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub const fn at_most_every(self, time: Duration) -> Self {
        Self { at_most_every: nanos(time), ..self }
    }

    /// Sets for how long this call waits for another leader, in place of the cell's
    /// [`wait_timeout`](crate::Settings::wait_timeout), be that shorter or longer.
    ///
    /// The wait is measured by the operating system's clock, whatever clock the cell has. The limit does not apply to a
    /// call that leads, which takes as long as its creation function does. `Duration::ZERO` means hardly any wait, and
    /// `Duration::MAX` means no limit.
    ///
    /// At its end a call that can fail returns [`WaitTimeout`](crate::RegenError::WaitTimeout). A call that has no
    /// error to return, such as `get_or_regen`, waits on, unless it also says [`or_stale`](Self::or_stale) and there is
    /// something to serve.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, RegenError};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// let lease = cell.try_lead(); // somebody is at work
    /// let hardly = Demand::new().patience(Duration::from_millis(5));
    /// assert!(matches!(cell.with(hardly).try_get_or_regen(|| "7".parse::<u32>()), Err(RegenError::WaitTimeout)));
    /// # drop(lease);
    /// ```
    pub const fn patience(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// Accepts any value that can be served, rather than an error, if the demand cannot be met in time.
    ///
    /// The call still leads, or waits, for a value that meets the demand. It is served another one only where it would
    /// otherwise end with an error: a regeneration failed, or is throttled, or the [`patience`](Self::patience) of the
    /// call is over. [`Guard::age`](crate::Guard::age) and [`Guard::version`](crate::Guard::version) say which value it
    /// is.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let rate = DogpileCell::never_expires();
    /// rate.set(1.09);
    /// let demand = Demand::new().anew();
    /// assert!(rate.with(demand).try_get_or_regen(|| "n/a".parse::<f64>()).is_err());
    /// assert_eq!(*rate.with(demand.or_stale()).try_get_or_regen(|| "n/a".parse::<f64>())?, 1.09);
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    pub const fn or_stale(self) -> Self {
        Self { or_stale: true, ..self }
    }

    /// Regenerates even while an earlier failure throttles that, because an operator said "reload now".
    ///
    /// Still only one caller leads at a time. If its regeneration fails, the next throttle is longer. The pause that a
    /// leader asked for with [`defer`](crate::Lease::defer) is no throttle, and is not cut short.
    ///
    /// Without another part, every value meets the demand, so a fresh value is served. Combine it with
    /// [`anew`](Self::anew) for a value that is made now.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let config = DogpileCell::never_expires();
    /// assert!(config.try_get_or_regen(|| Err("no such file")).is_err());
    /// assert!(config.try_get_or_regen(|| Ok::<_, String>("a")).is_err(), "it is too early");
    /// let reload = Demand::new().anew().despite_throttle();
    /// assert_eq!(*config.with(reload).try_get_or_regen(|| Ok::<_, String>("a"))?, "a");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    pub const fn despite_throttle(self) -> Self {
        Self { despite_throttle: true, ..self }
    }
}

/// When a call began, as far as values can be judged by that.
#[derive(Clone, Copy)]
pub(crate) struct Began {
    pub(crate) at: Origin,
    /// The serial of a generation that was in the slot after the call began. Only if it asks for a value made anew.
    pub(crate) touched: Option<u64>,
    /// The serial of the generation on which the call itself was elected.
    pub(crate) led: Option<u64>,
}

impl Demand {
    /// The value of `found` meets it, whoever asks.
    #[inline]
    pub(crate) fn is_met_by<T>(&self, found: &Generation<T>, now: Instant) -> bool {
        !self.is_anew && found.version() > self.newer_than && found.age_in_nanos(now) <= self.max_age
            || found.is_younger_than(self.at_most_every, now)
    }

    /// The value of `found` meets it, or it is as good as can be had for a call that began then.
    pub(crate) fn is_met_for<T>(&self, began: Began, found: &Generation<T>, now: Instant) -> bool {
        // Or a later leader's, which took its place before this call looked.
        let is_its_own =
            || began.led.is_some_and(|serial| found.was_made_by(serial) || found.was_made_after(serial));
        let is_young = || {
            found.age_in_nanos(now) <= self.max_age
                || found.was_published_since(began.at) && found.age_when_published() <= self.max_age
                || found.was_made_after(began.at.serial())
        };
        let is_anew = || !self.is_anew || began.touched.is_some_and(|serial| found.was_made_after(serial));
        self.is_met_by(found, now)
            || is_its_own()
            || found.version() > self.newer_than && is_young() && is_anew()
    }

    /// No caller with this demand is wanted: a leader is at work and in time, or the next regeneration is to come
    /// later.
    #[inline]
    pub(crate) fn finds_attended<T>(&self, found: &Generation<T>, now: Instant) -> bool {
        if self.despite_throttle { found.is_attended_despite_throttle(now) } else { found.is_attended(now) }
    }
}
