//! The leader's right to publish.

use crate::clock::{Clock, CoarseClock, Instant};
use crate::error::{RegenError, RenewError, Superseded};
use crate::protocol::generation::{Generation, Lost, Retirement};
use crate::protocol::guard::Guard;
use crate::protocol::inside::Inside;
use crate::protocol::policy::Lifetime;
use crate::protocol::slot::Slot;
use crate::sync::Arc;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::pin;
use std::time::Duration;

/// Held by the one leader of a generation. Dropped without a result, it is given up: whoever waits
/// wakes, and one of them becomes the next leader.
///
/// `S` is how it holds the slot: by reference, or with the cell.
pub(crate) struct Term<T, C, S: Deref<Target = Slot<T, C>>> {
    slot: S,
    led: Arc<Generation<T>>,
    elected_at: Instant,
    /// There is nothing left to give up.
    ended: bool,
    clock: PhantomData<fn() -> C>,
}

impl<T, C: Clock, S: Deref<Target = Slot<T, C>>> Term<T, C, S> {
    /// Has the caller elected on `generation`, which it read and found to be due.
    pub(crate) fn elect(slot: S, generation: &Arc<Generation<T>>, now: Instant) -> Result<Self, Lost> {
        match generation.elect() {
            Err(Lost::Led) if generation.is_overrun(now) => {
                return Self::take_over(slot, generation, now).ok_or(Lost::Retired);
            }
            election => election?,
        }
        let term = Self::new(slot, Arc::clone(generation), now);
        term.begin_lease();
        // The second look. `set` and `invalidate` first put their generation into the slot and then
        // retire the old one: in between it can still be won, although it is out.
        if term.slot.holds(generation) { Ok(term) } else { Err(Lost::Retired) }
    }

    /// Deposes the leader of `generation`, which overran its lease: it leads a generation that is out of the
    /// slot from now on, and can disturb nobody.
    fn take_over(slot: S, generation: &Arc<Generation<T>>, now: Instant) -> Option<Self> {
        let next = Arc::new(generation.taken_over());
        // A mark is handed on, although the caller has not begun and knows of it: whoever supersedes the caller, by
        // taking over in its turn or by an `invalidate`, may not.
        if slot.swap(generation, &next)? == Retirement::Marked {
            slot.mark_stale();
        }
        slot.counters().taken_over();
        let term = Self::new(slot, next, now);
        term.begin_lease();
        Some(term)
    }

    /// From now, not from the look before the election: a thread that was held up in between has not overrun
    /// anything.
    fn begin_lease(&self) {
        let policy = self.slot.policy();
        if policy.lease_timeout.is_some() {
            policy.lease_until(self.slot.now()).inspect(|&until| self.led.begin_lease(until));
        }
    }

    fn new(slot: S, led: Arc<Generation<T>>, elected_at: Instant) -> Self {
        Self { slot, led, elected_at, ended: false, clock: PhantomData }
    }

    /// Runs the user's code that makes the value. If it panics, that counts as a failed attempt, and the
    /// panic goes on.
    pub(crate) fn run<R>(&mut self, regen: impl FnOnce() -> R) -> R {
        let _inside = Inside::enter(&*self.slot);
        let on_panic = OnPanic(self);
        let result = regen();
        std::mem::forget(on_panic);
        result
    }

    /// The same for a future: each poll is run so. Dropped before it has ended, it gives the lease up, and only then
    /// drops the user's future, so that this may do what it likes with the cell.
    pub(crate) async fn run_async<F: Future>(self, regen: impl FnOnce() -> F) -> (Self, F::Output) {
        // The order in which these are declared is the reverse of that in which they are dropped.
        let mut future = pin!(None);
        let mut term = self;
        term.run(|| future.set(Some(regen())));
        let made =
            poll_fn(|context| term.run(|| future.as_mut().as_pin_mut().expect("it was set").poll(context)));
        let made = made.await;
        term.run(|| future.set(None));
        (term, made)
    }

    /// Ends the lease with a value, and wakes the waiters. What something newer has superseded is for the
    /// caller alone.
    pub(crate) fn publish(mut self, value: &Arc<T>, lifetime: Lifetime) -> Guard<T> {
        let made = self.publish_if_current(value, lifetime);
        let made = made.unwrap_or_else(|| Arc::new(self.led.superseded(Arc::clone(value), lifetime)));
        // Before there is something to return: the old value's `Drop` may panic, and then a return
        // value that is already in place would leak (rust-lang/rust#47949).
        drop(self);
        Guard::just_made(made, lifetime.published_at)
    }

    fn publish_if_current(&mut self, value: &Arc<T>, lifetime: Lifetime) -> Option<Arc<Generation<T>>> {
        let counters = self.slot.counters();
        let next = Arc::new(self.led.filled(Arc::clone(value), lifetime));
        self.ended = true;
        if !self.slot.succeed(&self.led, &next) {
            counters.superseded();
            return None;
        }
        let took = lifetime.published_at.saturating_duration_since(self.elected_at);
        counters.published(self.led.content().is_some(), took);
        Some(next)
    }

    /// Ends the lease with a value for whoever publishes from outside of a `get_or_regen`.
    pub(crate) fn try_publish(mut self, value: T) -> Result<Guard<T>, Superseded<T>> {
        let (value, lifetime) = self.slot.prepare(value);
        let made = self.publish_if_current(&value, lifetime);
        drop(self);
        match made {
            Some(made) => Ok(Guard::just_made(made, lifetime.published_at)),
            None => Err(Superseded(Arc::into_inner(value).expect("nobody else ever saw it"))),
        }
    }

    pub(crate) fn renew(mut self) -> Result<Guard<T>, RenewError> {
        let value = self.previous().ok_or(RenewError::Empty)?;
        let lifetime = self.slot.policy().lifetime(&value, self.slot.now());
        let made = self.publish_if_current(&value, lifetime).ok_or(RenewError::Superseded)?;
        Ok(Guard::just_made(made, lifetime.published_at))
    }

    pub(crate) fn previous(&self) -> Option<Arc<T>> {
        self.led.content().map(|content| Arc::clone(&content.value))
    }

    pub(crate) fn extend(&self, time: Duration) -> bool {
        if self.slot.policy().lease_timeout.is_some() {
            let until = self.slot.now().end_of(time);
            if self.led.extend_lease(until) {
                // Who sleeps until the end that it knows of would oversleep this one.
                self.slot.waiters().wake_all();
            }
        }
        self.slot.holds(&self.led)
    }

    /// Ends the lease without a value, and wakes the waiters: no further attempt for a while.
    pub(crate) fn fail(mut self, error: RegenError) {
        self.slot.counters().failed();
        self.end_in_vain(Some(error));
    }

    fn end_in_vain(&mut self, error: Option<RegenError>) {
        let policy = self.slot.policy();
        let retry = policy.retry_after.from(self.slot.now());
        let next = Arc::new(self.led.failed(error, policy.stale_if_error, retry));
        self.ended = true;
        let _ = self.slot.succeed(&self.led, &next);
    }
}

/// Dropped only when the creation function panicked.
struct OnPanic<'l, T, C: Clock, S: Deref<Target = Slot<T, C>>>(&'l mut Term<T, C, S>);

impl<T, C: Clock, S: Deref<Target = Slot<T, C>>> Drop for OnPanic<'_, T, C, S> {
    fn drop(&mut self) {
        self.0.slot.counters().panicked();
        // Without a value there is nothing to throttle for: the lease is given up, and a waiter leads.
        if self.0.led.content().is_some() {
            self.0.end_in_vain(None);
        }
    }
}

impl<T, C, S: Deref<Target = Slot<T, C>>> Drop for Term<T, C, S> {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.slot.succeed(&self.led, &Arc::new(self.led.given_up()));
        }
    }
}

/// The public face of a lease.
macro_rules! lease_methods {
    () => {
        /// The value that is to be replaced, also if it is expired: for an `If-None-Match`, or for an update in
        /// place of a new value. None if the cell is empty or was invalidated before the election.
        ///
        /// A reference count; the same value on each call, also if something newer is in the cell by now.
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
        pub fn previous(&self) -> Option<$crate::sync::Arc<T>> {
            self.0.previous()
        }

        /// Publishes `value`, fresh from now on, and wakes all waiters with it. The version grows by one.
        ///
        /// Never waits for anybody; takes no lock but those of the lists of sleeping callers, to wake them. The
        /// value that it replaces is dropped here if nobody else holds it.
        ///
        /// # Errors
        ///
        /// [`Superseded`], with the value in it, if something newer is in the cell: a `set`, an `invalidate`,
        /// or the work of another leader after `lease_timeout`. The cell is as it was.
        ///
        /// # Panics
        ///
        /// If the cell's `time_to_live_of` does; then the lease is given up. Or if the `Drop` of the value that it
        /// replaces does; then `value` is published.
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
        pub fn publish(self, value: T) -> Result<Guard<T>, Superseded<T>> {
            self.0.try_publish(value)
        }

        /// Not modified: publishes the [previous](Self::previous) value once more, for another time to live, of
        /// which its age counts anew. The version grows by one, since what was confirmed is newer than what was
        /// not. Nothing is copied. HTTP calls this freshening (RFC 9111 section 4.3.4).
        ///
        /// # Errors
        ///
        /// [`RenewError::Empty`] if there is none, and the lease is given up; [`RenewError::Superseded`] if
        /// something newer is in the cell, which is as it was.
        ///
        /// # Panics
        ///
        /// If the cell's `time_to_live_of` does; then the lease is given up.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::{DogpileCell, ManualClock};
        /// use std::time::Duration;
        ///
        /// let clock = ManualClock::new();
        /// let minute = Duration::from_secs(60);
        /// let page = DogpileCell::builder().time_to_live(minute).clock(clock.clone()).initial("<html>").build()?;
        /// clock.advance(minute);
        /// let lease = page.try_lead().expect("the page is stale");
        /// // The origin answers: 304 Not Modified.
        /// let renewed = lease.renew()?;
        /// assert_eq!((*renewed, renewed.age(), renewed.version()), ("<html>", Duration::ZERO, 2));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn renew(self) -> Result<Guard<T>, RenewError> {
            self.0.renew()
        }

        /// Ends the attempt with an error, as a creation function that returns it: a stale value is served on,
        /// waiters without one get the error, and the next attempt is throttled
        /// ([`retry_after`](crate::Builder::retry_after)). If something newer is in the cell, it is only counted.
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
        pub fn fail(self, error: impl Into<Box<dyn Error + Send + Sync>>) {
            self.0.fail(RegenError::Failed($crate::sync::Arc::from(error.into())));
        }

        /// A heartbeat: the lease ends `time` from now, not earlier and not later. Says whether it still
        /// holds: if not, whatever is published with it will be superseded.
        ///
        /// Without a `lease_timeout` a lease never ends, and this only asks. `time` is by the cell's clock;
        /// `Duration::ZERO` lets the next caller take over, `Duration::MAX` nobody. A lease that ended is not
        /// brought back, and a successor's is not touched.
        ///
        /// Wait-free: a swap, and a load of the slot. But if the lease now ends earlier than before, those who wait
        /// for its end are woken, and that takes the lock of their list.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::{DogpileCell, ManualClock};
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
            self.0.extend(time)
        }
    };
}
pub(crate) use lease_methods;

/// The right, and the duty, of an elected leader to make the next value of a cell.
///
/// From [`try_lead`](crate::DogpileCell::try_lead) and
/// [`get_or_hand_off`](crate::DogpileCell::get_or_hand_off). It can be sent to another thread or task. Ends
/// with [`publish`](Self::publish), [`renew`](Self::renew) or [`fail`](Self::fail). Dropped, also by a panic
/// or with the closure or task that holds it, it is given up, without a throttle: all waiters wake, and exactly
/// one caller becomes the next leader. Forgotten (`mem::forget`), it holds the others up until
/// [`lease_timeout`](crate::Builder::lease_timeout), or for ever without one.
///
/// After `lease_timeout` another caller may take over. The lease does not notice by itself, and nothing stops
/// the work that is done under it; but whatever it does then changes nothing in the cell.
///
/// The thread that holds a lease may call the cell, as any other: with nothing to serve,
/// [`get_or_regen`](crate::DogpileCell::get_or_regen) would wait for that very lease, and this is not found out.
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
/// let worker = std::thread::spawn(move || lease.publish("rendered".to_owned()).unwrap().version());
/// assert_eq!(worker.join().unwrap(), 1);
/// assert_eq!(*PAGE.get().unwrap(), "rendered");
/// ```
#[must_use = "a lease that is dropped is given up"]
pub struct Lease<'a, T, C = CoarseClock>(pub(crate) Term<T, C, &'a Slot<T, C>>);

impl<T, C: Clock> Lease<'_, T, C> {
    lease_methods!();
}
