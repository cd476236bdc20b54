//! The leader's right to publish: elect, publish, give up.

use crate::clock::Instant;
use crate::error::{RegenError, RenewError, SharedError, Superseded};
use crate::protocol::demand::Demand;
use crate::protocol::generation::Generation;
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Home, Rooms};
use crate::protocol::inside::{Held, Inside};
use crate::protocol::lifetime::{Freshness, Lifetime};
use crate::protocol::phase::Lost;
use crate::protocol::setup::{Prepared, Setup};
use crate::sync::{Arc, Backoff};
use std::error::Error;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// Seen only by a bug in this crate: the methods that end a lease consume it.
const ENDED: &str = "dogpile: a lease that has ended; please report this bug in dogpile";

/// The right, and the duty, of an elected leader to make the next value of a cell.
///
/// Returned by [`try_lead`](crate::DogpileCell::try_lead), and given out by
/// [`get_or_hand_off`](crate::DogpileCell::get_or_hand_off). A lease can be sent to another thread or task. It ends
/// with [`publish`](Self::publish), [`renew`](Self::renew), [`fail`](Self::fail) or [`defer`](Self::defer).
///
/// A lease that is dropped is *given up*, also if it is dropped by a panic, or together with the closure or task that
/// holds it: nothing is throttled, all waiters wake, and exactly one caller becomes the next leader.
/// [`Stats::given_up`](crate::Stats::given_up) counts it. A lease that is leaked (`mem::forget`) holds the other
/// callers up until [`lease_timeout`](crate::CellBuilder::lease_timeout), or for ever without one.
///
/// After `lease_timeout` another caller may take over. The holder is not told, and nothing stops its work, but whatever
/// it does with the lease from then on changes nothing in the cell. The lease of the caller that took over lasts twice
/// as long, and so on for each take over in a row, up to 64 times `lease_timeout`. A publication starts over.
///
/// The thread that holds a lease may call the cell, as any other thread may. But if there is nothing to serve,
/// [`get_or_regen`](crate::DogpileCell::get_or_regen) waits for that same lease, and this is not detected.
///
/// # Examples
///
/// ```
/// use dogpile::DogpileCell;
///
/// static PAGE: DogpileCell<String> = DogpileCell::never_expires();
///
/// let lease = PAGE.try_lead().expect("the cell is empty, and nobody is at work");
/// assert!(PAGE.try_lead().is_none());
/// let worker = std::thread::spawn(move || lease.publish("rendered".to_owned()).is_ok());
/// assert!(worker.join().unwrap());
/// assert_eq!(*PAGE.get().unwrap(), "rendered");
/// ```
#[must_use = "a lease that is dropped is given up"]
pub struct Lease<H: Home> {
    home: H,
    /// What it leads. None: it has ended, and there is nothing left to give up.
    led: Option<Arc<Generation<H::Value>>>,
    /// The serial of the generation on which it was elected.
    elected_on: u64,
    elected_at: Instant,
}

impl<H: Home> Lease<H> {
    /// Has the caller elected on whatever is there, if that is due and nobody attends to it.
    pub(crate) fn try_lead(home: &H, demand: &Demand) -> Option<Self> {
        let backoff = Backoff::new();
        loop {
            let current = home.slot().current();
            let now = home.setup().now();
            let freshness = current.freshness(now).filter(|_| demand.is_met_by(&current, now));
            let is_due = freshness != Some(Freshness::Fresh) && !demand.finds_attended(&current, now);
            let election = is_due.then(|| Self::elect(home, &current, now));
            drop(current);
            match election {
                Some(Ok(lease)) => return Some(lease),
                None | Some(Err(Lost::Led)) => return None,
                Some(Err(Lost::Retired)) => backoff.spin(),
            }
        }
    }

    /// Puts what `next` makes of a generation that `is_wanted` into its place, and says whether there was one. It is no
    /// outcome of any work: the caller is elected for a moment, so that it supersedes nobody.
    pub(crate) fn replace_idle(
        home: &H,
        is_wanted: impl Fn(&Generation<H::Value>, Instant) -> bool,
        next: impl FnOnce(&Generation<H::Value>) -> Generation<H::Value>,
    ) -> bool {
        let backoff = Backoff::new();
        loop {
            let current = home.slot().current();
            let now = home.setup().now();
            let election = is_wanted(&current, now).then(|| Self::elect(home, &current, now));
            drop(current);
            match election {
                Some(Ok(mut lease)) => {
                    lease.end_without(next);
                    return true;
                }
                None | Some(Err(Lost::Led)) => return false,
                Some(Err(Lost::Retired)) => backoff.spin(),
            }
        }
    }

    /// Has the caller elected on `generation`, which it read and found to be due.
    pub(crate) fn elect(
        home: &H,
        generation: &Arc<Generation<H::Value>>,
        now: Instant,
    ) -> Result<Self, Lost> {
        match generation.elect() {
            Err(Lost::Led) if generation.is_overrun(now) => {
                return Self::take_over(home, generation, now).ok_or(Lost::Retired);
            }
            election => election?,
        }
        let lease = Self::begin(home, Arc::clone(generation), now);
        // The second look. `set` and `invalidate` first put their generation into the slot and then retire the old
        // one: in between it can still be won, although it is out.
        if home.slot().holds(generation) { Ok(lease) } else { Err(lease.came_too_late()) }
    }

    /// The election was won on a generation that is out of the slot: there is nothing to give up.
    fn came_too_late(mut self) -> Lost {
        drop(self.led.take());
        Lost::Retired
    }

    /// Deposes the leader of `generation`, which overran its lease: it leads a generation that is out of the slot
    /// from now on, and can disturb nobody.
    fn take_over(home: &H, generation: &Arc<Generation<H::Value>>, now: Instant) -> Option<Self> {
        let next = Arc::new(generation.taken_over());
        if !home.slot().depose(generation, &next) {
            return None;
        }
        home.setup().counters.taken_over();
        Some(Self::begin(home, next, now))
    }

    fn begin(home: &H, led: Arc<Generation<H::Value>>, elected_at: Instant) -> Self {
        // There is a lease before the clock is asked, which may panic: then it is given up.
        let elected_on = led.serial();
        let lease = Self { home: home.clone(), led: Some(led), elected_on, elected_at };
        let setup = home.setup();
        if let Some(length) = setup.settings.lease(lease.led().takeovers()) {
            // From now, not from the look before the election: a thread that was held up in between has not overrun
            // anything.
            lease.led().lead_until(setup.now().end_of(length));
        }
        lease
    }

    pub(crate) fn elected_on(&self) -> u64 {
        self.elected_on
    }

    fn led(&self) -> &Arc<Generation<H::Value>> {
        self.led.as_ref().expect(ENDED)
    }

    /// Runs the user's code that makes the value. If it panics, that counts as a failed regeneration, and the panic
    /// goes on once the lease has ended: nothing of the user's runs while the thread unwinds.
    pub(crate) fn run<R>(&mut self, code: impl FnOnce(&Setup<H::Value, H::Clock>) -> R) -> R {
        let inside = Inside::enter(home::address(&self.home));
        let made = catch_unwind(AssertUnwindSafe(|| code(self.home.setup())));
        drop(inside);
        made.unwrap_or_else(|panic| {
            // What was thrown is the user's, too. Should the clock panic now, it is forgotten.
            let panic = ManuallyDrop::new(panic);
            self.end_in_panic();
            resume_unwind(ManuallyDrop::into_inner(panic))
        })
    }

    /// Puts what `next` makes of the generation that was led into its place. None, with nothing done, if something
    /// newer is there.
    fn end(
        &mut self,
        next: impl FnOnce(&Generation<H::Value>) -> Generation<H::Value>,
    ) -> Option<Arc<Generation<H::Value>>> {
        let led = self.led.take().expect(ENDED);
        let next = Arc::new(next(&led));
        let succeeded = self.home.slot().succeed(&led, &next, &self.home.setup().waiters);
        // Before there is something to return: the `Drop` of the old value may panic, and then a return value that
        // is already in place would leak (rust-lang/rust#47949).
        drop(led);
        if succeeded {
            return Some(next);
        }
        // It may share the old value, and be the last to do so.
        drop(next);
        None
    }

    /// Ends the lease without a value.
    fn end_without(&mut self, next: impl FnOnce(&Generation<H::Value>) -> Generation<H::Value>) {
        // What is in the slot now may have been replaced already, and be dropped here.
        drop(self.end(next));
    }

    /// Ends the lease with a value; None, with nothing done, if something newer is there.
    fn end_with(&mut self, made: &Prepared<H::Value>) -> Option<Arc<Generation<H::Value>>> {
        let regenerated = self.led().value().is_some();
        let (life, made_at) = (made.life, self.elected_on);
        let made = self.end(|led| led.filled(made.share(), life, made_at));
        let counters = &self.home.setup().counters;
        if made.is_some() {
            let took = life.published_at.saturating_duration_since(self.elected_at);
            counters.published(regenerated, took);
        } else {
            counters.superseded();
        }
        made
    }

    /// Ends the lease with the outcome of its creation function, and returns what its own caller gets: the value,
    /// even if something newer superseded it; or what can be served in place of a value; or the error.
    pub(crate) fn complete(
        mut self,
        made: Result<Prepared<H::Value>, RegenError>,
        demand: Demand,
    ) -> Result<Guard<H::Value>, RegenError> {
        match made {
            Ok(made) => {
                let published = self.end_with(&made);
                drop(self);
                let life = made.life;
                let superseded = || Arc::new(Generation::superseded(made.into_value(), life));
                let made = published.unwrap_or_else(superseded);
                Ok(Guard::just_made(made, life.published_at))
            }
            Err(error) => {
                let error = Held::new(error);
                self.end_in_vain(error.as_ref().and_then(RegenError::original), None);
                let served = home::get_demanded(&self.home, &demand);
                drop(self);
                match served {
                    Some(guard) => {
                        drop(error);
                        Ok(guard)
                    }
                    None => Err(error.unwrap()),
                }
            }
        }
    }

    /// Ends the lease with an error: a failed regeneration. The next one is made after `delay`, if it is given, and not
    /// before.
    fn end_in_vain(&mut self, error: Option<SharedError>, delay: Option<Duration>) {
        let setup = self.home.setup();
        // The clock may panic.
        let error = Held::from(error);
        let retry = setup.retry();
        match *error {
            Some(_) => setup.counters.failed(),
            None => setup.counters.panicked(),
        }
        self.end_without(|led| led.failed(error.into_inner(), |attempts| retry.after(attempts, delay)));
    }

    /// Ends the lease after a panic of the code that was to make its value.
    pub(crate) fn end_in_panic(&mut self) {
        if self.led().value().is_some() {
            self.end_in_vain(None, None);
        } else {
            // Without a value there is nothing to throttle for: a waiter leads.
            self.home.setup().counters.panicked();
            self.end_without(Generation::given_up);
        }
    }
}

// A panic in the user's code ends the lease, or leaves it as it was.
impl<H: Home + UnwindSafe> UnwindSafe for Lease<H> where H::Value: RefUnwindSafe + UnwindSafe {}
impl<H: Home + RefUnwindSafe> RefUnwindSafe for Lease<H> where H::Value: RefUnwindSafe + UnwindSafe {}

impl<H: Home> Drop for Lease<H> {
    fn drop(&mut self) {
        if self.led.is_some() {
            self.home.setup().counters.given_up();
            self.end_without(Generation::given_up);
        }
    }
}

/// What the holder of a lease can do.
impl<H: Home> Lease<H> {
    /// Returns the value that is to be replaced, even if it is expired: to ask the origin whether it has changed, or to
    /// make the next value from it.
    ///
    /// `None` if the cell was empty at the election. Each call returns the same value, even if something newer is in
    /// the cell by now. Costs a reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let log = DogpileCell::never_expires();
    /// log.set(vec!["first"]);
    /// log.mark_stale();
    /// if let Some(lease) = log.try_lead() {
    ///     let mut lines = lease.previous().map(|lines| lines.to_vec()).unwrap_or_default();
    ///     lines.push("second");
    ///     let _ = lease.publish(lines);
    /// }
    /// assert_eq!(log.get().unwrap().len(), 2);
    /// ```
    #[must_use]
    pub fn previous(&self) -> Option<Arc<H::Value>> {
        self.led().value().map(Arc::clone)
    }

    /// Publishes `value`, fresh from now on, and wakes all waiters with it. The version grows by one.
    ///
    /// The value that it replaces is dropped here if nobody else holds it.
    ///
    /// # Errors
    ///
    /// [`Superseded`], with the value in it, if there was a `set` or an `invalidate` since the election, or if another
    /// caller took over after `lease_timeout`. The cell is not changed.
    ///
    /// # Panics
    ///
    /// - If the cell's `lifetime_of` panics. That counts as a panic of a creation function, and ends the lease.
    /// - If the `Drop` of the replaced value panics. `value` is published then.
    ///
    /// # Complexity
    ///
    /// Never waits for anybody, and takes no lock but that of the list of sleeping callers, to wake them. Two
    /// allocations: the value and its generation.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Superseded};
    ///
    /// let cell = DogpileCell::never_expires();
    /// let lease = cell.try_lead().expect("the cell is empty");
    /// assert_eq!(*lease.publish(1)?, 1);
    ///
    /// cell.mark_stale();
    /// let lease = cell.try_lead().expect("the value was marked stale");
    /// cell.set(2);
    /// assert_eq!(lease.publish(3).unwrap_err(), Superseded(3));
    /// assert_eq!(*cell.get().unwrap(), 2);
    /// # Ok::<(), Superseded<i32>>(())
    /// ```
    pub fn publish(self, value: H::Value) -> Result<Guard<H::Value>, Superseded<H::Value>> {
        self.publish_for(value, None)
    }

    /// Publishes `value` as [`publish`](Self::publish) does, with this [`Lifetime`].
    ///
    /// The cell's [`lifetime_of`](crate::CellBuilder::lifetime_of) is not asked. Whatever `lifetime` leaves out is as
    /// the settings of the cell say.
    ///
    /// # Errors
    ///
    /// [`Superseded`], with the value in it, in the same cases as [`publish`](Self::publish).
    ///
    /// # Panics
    ///
    /// If the `Drop` of the replaced value panics. `value` is published then.
    ///
    /// # Examples
    ///
    /// A value from another process is not new, and says how old it is:
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime};
    /// use std::time::Duration;
    ///
    /// let page = DogpileCell::new(Duration::from_secs(60));
    /// let lease = page.try_lead().expect("the cell is empty");
    /// let published = lease.publish_with("<html>", Lifetime::new().age(Duration::from_secs(45)))?;
    /// assert!(Guard::fresh_for(&published) <= Duration::from_secs(15));
    /// # Ok::<(), dogpile::Superseded<&str>>(())
    /// ```
    pub fn publish_with(
        self,
        value: H::Value,
        lifetime: Lifetime,
    ) -> Result<Guard<H::Value>, Superseded<H::Value>> {
        self.publish_for(value, Some(lifetime))
    }

    fn publish_for(
        mut self,
        value: H::Value,
        lifetime: Option<Lifetime>,
    ) -> Result<Guard<H::Value>, Superseded<H::Value>> {
        let made = self.run(|setup| setup.prepare(value, lifetime));
        let published = self.end_with(&made);
        drop(self);
        match published {
            Some(published) => Ok(Guard::just_made(published, made.life.published_at)),
            None => Err(made.into_superseded()),
        }
    }

    /// Publishes `value` as a stale one, to be served while this leader goes on to make the next value.
    ///
    /// For a value that is at hand at once, such as yesterday's from a file, while the real one takes longer. Callers
    /// with nothing to read wake with it. Its version is the next one, and it is servable for as long as the windows of
    /// `lifetime` say, which count from the end of its time to live as always. Say how old it is with
    /// [`Lifetime::age`], or it meets each demand for a [`max_age`](crate::Demand::max_age). It never meets a demand
    /// for a value made [`anew`](crate::Demand::anew), unless that says
    /// [`at_most_every`](crate::Demand::at_most_every). It does meet a demand for a
    /// [newer version](crate::Demand::newer_than): do not offer what such a caller has refused. It takes the place of the
    /// previous value for all callers, also if that is fresh. From now on it is the [`previous`](Self::previous) value.
    /// If the lease ends without a value, it stays.
    ///
    /// # Errors
    ///
    /// [`Superseded`], with the value in it, if something newer is in the cell, which is not changed. The lease no
    /// longer holds then: see [`extend`](Self::extend).
    ///
    /// # Panics
    ///
    /// - If the cell's clock panics. Nothing has changed then.
    /// - If the `Drop` of the replaced value panics. `value` is in the cell then.
    ///
    /// In both cases the lease still holds.
    ///
    /// # Complexity
    ///
    /// As [`publish`](Self::publish).
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime};
    /// use std::time::Duration;
    ///
    /// let prices = DogpileCell::never_expires();
    /// let mut lease = prices.try_lead().expect("the cell is empty");
    /// let a_day = Duration::from_secs(24 * 3600);
    /// lease.offer_stale("yesterday's, from a file", Lifetime::new().age(a_day))?;
    /// assert!(prices.get().is_some_and(|prices| Guard::is_stale(&prices)));
    /// lease.publish("today's, from far away")?;
    /// assert!(prices.get().is_some_and(|prices| !Guard::is_stale(&prices)));
    /// # Ok::<(), dogpile::Superseded<&str>>(())
    /// ```
    pub fn offer_stale(&mut self, value: H::Value, lifetime: Lifetime) -> Result<(), Superseded<H::Value>> {
        let offer = self.home.setup().prepare(value, Some(lifetime));
        let led = self.led();
        let next = Arc::new(led.offered(offer.share(), offer.life));
        if !self.home.slot().succeed(led, &next, &self.home.setup().waiters) {
            drop(next);
            return Err(offer.into_superseded());
        }
        drop(self.led.replace(next));
        Ok(())
    }

    /// Publishes the [previous](Self::previous) value for another time to live, because the origin has nothing newer.
    ///
    /// The age of the value starts again at zero (or at what its `lifetime_of` says), and its version grows by one.
    /// Nothing is copied. HTTP calls this
    /// freshening (RFC 9111 section 4.3.4).
    ///
    /// The value lives on as one that is published now: as the cell's [`lifetime_of`](crate::CellBuilder::lifetime_of)
    /// and settings say. Its [hard end](crate::Lifetime::usable_for) and its origin version stay what they were, since
    /// it is the same value: a token does not live any longer for being confirmed. To change these, use
    /// [`renew_with`](Self::renew_with). A time to live or a window that the value was published with, by
    /// [`publish_with`](Self::publish_with) or [`set_with`](crate::DogpileCell::set_with), no longer counts.
    ///
    /// # Errors
    ///
    /// - [`RenewError::Empty`] if there is no previous value. The lease is given up.
    /// - [`RenewError::Superseded`] if something newer is in the cell, which is not changed.
    /// - [`RenewError::Ended`] if the value is past its hard end. The lease is given up.
    ///
    /// # Panics
    ///
    /// If the cell's `lifetime_of` panics. That counts as a panic of a creation function, and ends the lease.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let minute = Duration::from_secs(60);
    /// let page = DogpileCell::builder().time_to_live(minute).clock(clock.clone()).initial("<html>").build()?;
    /// clock.advance(minute);
    /// let lease = page.try_lead().expect("the page is stale");
    /// // The origin answers: 304 Not Modified.
    /// let renewed = lease.renew()?;
    /// assert_eq!((*renewed, Guard::age(&renewed), Guard::version(&renewed)), ("<html>", Duration::ZERO, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn renew(self) -> Result<Guard<H::Value>, RenewError> {
        self.renew_for(None)
    }

    /// Publishes the [previous](Self::previous) value once more as [`renew`](Self::renew) does, with this [`Lifetime`],
    /// because the origin said how long it lives from now on.
    ///
    /// The cell's [`lifetime_of`](crate::CellBuilder::lifetime_of) is not asked. Whatever `lifetime` leaves out is as
    /// the settings of the cell say.
    ///
    /// # Errors
    ///
    /// The [`RenewError`]s of [`renew`](Self::renew), in the same cases.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime};
    /// use std::time::Duration;
    ///
    /// let page = DogpileCell::never_expires();
    /// page.set("<html>");
    /// page.mark_stale();
    /// let lease = page.try_lead().expect("it was marked stale");
    /// // `304 Not Modified`, `Cache-Control: max-age=60`
    /// let renewed = lease.renew_with(Lifetime::fresh_for(Duration::from_secs(60)))?;
    /// assert_eq!(Guard::fresh_for(&renewed), Duration::from_secs(60));
    /// # Ok::<(), dogpile::RenewError>(())
    /// ```
    pub fn renew_with(self, lifetime: Lifetime) -> Result<Guard<H::Value>, RenewError> {
        self.renew_for(Some(lifetime))
    }

    fn renew_for(mut self, lifetime: Option<Lifetime>) -> Result<Guard<H::Value>, RenewError> {
        let value = self.previous().ok_or(RenewError::Empty)?;
        let (hard_end, origin_version) = (self.led().usable_until(), self.led().origin_version());
        let said = lifetime.unwrap_or_default();
        // If that panics, what it was given is dropped in there, and is not the last: the lease has it, too.
        let same = self.run(move |setup| {
            let mut life = setup.life(&value, lifetime);
            // It is the same value: it lives no longer, and is called what it was, unless that is said.
            if said.usable_for.is_none() {
                life = life.ending(hard_end);
            }
            life.origin_version = said.origin_version.or(origin_version);
            Prepared::new(value, life)
        });
        let published_at = same.life.published_at;
        if said.usable_for.is_none() && hard_end <= published_at {
            drop(same);
            return Err(RenewError::Ended);
        }
        let renewed = self.end_with(&same);
        drop(same);
        drop(self);
        Ok(Guard::just_made(renewed.ok_or(RenewError::Superseded)?, published_at))
    }

    /// Ends the lease with an error, as if a creation function had returned it.
    ///
    /// Callers keep getting a stale value, or the error if there is none, and the next regeneration is throttled
    /// ([`retry_backoff`](crate::CellBuilder::retry_backoff)). If something newer is in the cell, the error is only
    /// counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, RegenError};
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// cell.try_lead().expect("the cell is empty").fail("no answer");
    /// let Some(RegenError::Failed(error)) = cell.last_error() else { unreachable!() };
    /// assert_eq!(error.to_string(), "no answer");
    /// assert!(cell.try_lead().is_none()); // too early
    /// ```
    pub fn fail(mut self, error: impl Into<Box<dyn Error + Send + Sync>>) {
        self.end_in_vain(Some(Arc::from(error.into())), None);
    }

    /// Ends the lease with an error as [`fail`](Self::fail) does, and throttles regeneration for `delay`, because the
    /// origin said when to ask again (`Retry-After`).
    ///
    /// `delay` takes the place of [`retry_backoff`](crate::CellBuilder::retry_backoff), and is not shortened at random.
    /// `Duration::ZERO` throttles nothing. [`DogpileCell::retry_at`](crate::DogpileCell::retry_at) returns when the
    /// throttle ends. If something newer is in the cell, the error is only counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::{Clock, ManualClock}};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::<u32>::builder().clock(clock.clone()).build()?;
    /// let retry_after = Duration::from_secs(120);
    /// cell.try_lead().expect("the cell is empty").fail_for("429 Too Many Requests", retry_after);
    /// clock.advance(retry_after - Duration::from_nanos(1));
    /// assert!(cell.try_lead().is_none());
    /// assert_eq!(cell.retry_at(), Some(clock.now().saturating_add(Duration::from_nanos(1))));
    /// clock.advance(Duration::from_nanos(1));
    /// assert!(cell.try_lead().is_some());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn fail_for(mut self, error: impl Into<Box<dyn Error + Send + Sync>>, delay: Duration) {
        self.end_in_vain(Some(Arc::from(error.into())), Some(delay));
    }

    /// Ends the lease without a result and without an error, and has nobody elected until `time` has passed, because
    /// somebody else is at work on the value.
    ///
    /// For instance, another process has the lock of a store that both share. During the pause a servable value is
    /// served, and callers with nothing to read wait. After it, the value is as due as it was before, and the next
    /// caller is elected. A [`set`](crate::DogpileCell::set) during the pause wakes the callers that wait, and
    /// [`resume`](crate::DogpileCell::resume) ends the pause.
    ///
    /// This is no failure: nothing is counted, and [`last_error`](crate::DogpileCell::last_error) stays as it was. A
    /// throttle after an earlier failure is replaced by the pause. `time` is by the cell's clock. If something newer is
    /// in the cell, nothing happens.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::<u32>::builder().clock(clock.clone()).build()?;
    /// let while_another_process_works = Duration::from_secs(1);
    /// cell.try_lead().expect("the cell is empty").defer(while_another_process_works);
    /// assert!(cell.try_lead().is_none());
    /// clock.advance(while_another_process_works);
    /// assert!(cell.try_lead().is_some());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn defer(mut self, time: Duration) {
        let until = self.home.setup().now().end_of(time);
        self.end_without(|led| led.deferred(until));
    }

    /// Makes the lease end `time` from now, whether that is earlier or later than before; returns whether the lease
    /// still holds.
    ///
    /// Call it as a heartbeat, from work that takes long. If the lease no longer holds, whatever is published with it
    /// will be superseded. A lease that another caller took over is not brought back, and its successor's lease is not
    /// changed.
    ///
    /// `time` is by the cell's clock. `Duration::ZERO` lets the next caller take over, `Duration::MAX` nobody. Without
    /// a `lease_timeout` a lease has no end, and this method only returns whether it still holds.
    ///
    /// # Complexity
    ///
    /// Wait-free: a swap, and a load of the slot. Only if the lease now ends earlier than before, the call wakes the
    /// waiters, and takes the lock of their list.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let ten = Duration::from_secs(10);
    /// let cell = DogpileCell::<u32>::builder().lease_timeout(ten).clock(clock.clone()).build()?;
    /// let lease = cell.try_lead().expect("the cell is empty");
    /// clock.advance(Duration::from_secs(9));
    /// assert!(lease.extend(ten)); // still at it
    /// clock.advance(Duration::from_secs(9));
    /// assert!(cell.try_lead().is_none());
    /// clock.advance(Duration::from_secs(1));
    /// let successor = cell.try_lead().expect("the first leader has overrun its lease");
    /// assert!(!lease.extend(ten) && successor.extend(ten));
    /// assert!(lease.publish(1).is_err() && successor.publish(2).is_ok());
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    pub fn extend(&self, time: Duration) -> bool {
        let (setup, led) = (self.home.setup(), self.led());
        if setup.settings.lease_timeout.is_some() {
            let until = setup.now().end_of(time);
            if until < led.lead_until(until) {
                // Callers that sleep until the end that they know of would oversleep this one.
                setup.waiters.wake_all();
            }
        }
        self.home.slot().holds(led)
    }
}
