//! One call's way, if it finds nothing to serve at first: look, be elected, or sleep and look again.

use crate::clock::Instant;
use crate::error::RegenError;
use crate::protocol::generation::{Generation, Origin};
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Home, Rooms};
use crate::protocol::inside::{Held, is_beneath, is_inside, is_unwinding};
use crate::protocol::lease::Lease;
use crate::protocol::lifetime::Freshness;
use crate::protocol::phase::Lost;
use crate::sync::{Arc, Backoff, Listener, sleep, sleep_async};
use std::time::Duration;

/// What a call gets in the end.
pub(crate) enum Turn<H: Home> {
    /// A value.
    Served(Guard<H::Value>),
    /// The right to make one.
    Lead(Lease<H>),
}

/// What it does next.
enum Step<'h, H: Home> {
    Turn(Turn<H>),
    /// Sleep until something changes, or for so long.
    Sleep(Listener<'h>, Option<Duration>),
}

/// What it finds at one look.
enum Look<H: Home> {
    Turn(Turn<H>),
    /// Something changed during the look: look again.
    Again,
    /// There is nothing to serve, and another caller leads: sleep until something changes, or until its lease may have
    /// ended.
    Wait(Option<Instant>),
}

/// What one call knows of itself.
pub(crate) struct Call<'h, H: Home> {
    home: &'h H,
    /// Whether it can end with an error.
    fallible: bool,
    /// When it stops waiting, by the operating system's clock.
    wait_until: Option<std::time::Instant>,
    /// What was in the slot when it first looked.
    began_at: Option<Origin>,
    /// It handed its lease on, and has nothing left to lead with.
    spent: bool,
    /// It waits, since then.
    waits_since: Option<Instant>,
    /// How long its waits took that are over.
    waited: Option<Duration>,
}

impl<'h, H: Home> Call<'h, H> {
    pub(crate) fn infallible(home: &'h H) -> Self {
        Self {
            home,
            fallible: false,
            wait_until: None,
            began_at: None,
            spent: false,
            waits_since: None,
            waited: None,
        }
    }

    /// One that can end with an error, and does so when the home's `wait_timeout` is over.
    pub(crate) fn fallible(home: &'h H) -> Self {
        Self::patient(home, home.setup().settings.wait_timeout)
    }

    /// One that can end with an error, and does so when its `patience` is over. None: it waits on.
    pub(crate) fn patient(home: &'h H, patience: Option<Duration>) -> Self {
        let wait_until = patience.and_then(|patience| std::time::Instant::now().checked_add(patience));
        Self { fallible: true, wait_until, ..Self::infallible(home) }
    }

    pub(crate) fn home(&self) -> &'h H {
        self.home
    }

    /// From now on it waits for whoever got its lease.
    pub(crate) fn spend(&mut self) {
        self.spent = true;
    }

    /// Gets a value, or the lease to make one, for a thread.
    pub(crate) fn turn(&mut self) -> Result<Turn<H>, RegenError> {
        loop {
            match self.step()? {
                Step::Turn(turn) => return Ok(turn),
                Step::Sleep(..) if is_beneath(home::address(self.home)) => return Err(RegenError::Reentrant),
                Step::Sleep(listener, longest) => sleep(listener, longest),
            }
        }
    }

    /// Gets a value, or the lease to make one, for a task.
    pub(crate) async fn turn_async(&mut self) -> Result<Turn<H>, RegenError> {
        loop {
            match self.step()? {
                Step::Turn(turn) => return Ok(turn),
                Step::Sleep(listener, longest) => sleep_async(listener, longest).await,
            }
        }
    }

    /// Looks until there is an outcome, or nothing to do but to sleep.
    fn step(&mut self) -> Result<Step<'h, H>, RegenError> {
        let backoff = Backoff::new();
        let mut listener = None;
        loop {
            let current = self.home.slot().current();
            let now = self.home.setup().now();
            let look = Held::new(self.look(&current, now));
            // Before there is something to return: this can run the user's `Drop`.
            drop(current);
            match look.unwrap() {
                Ok(Look::Again) => backoff.spin(),
                Ok(Look::Wait(lease_until)) => {
                    self.waits_since.get_or_insert(now);
                    let longest = self.longest_sleep(lease_until, now);
                    // Listen, look once more, sleep.
                    match (listener.take(), longest) {
                        (Some(listener), Ok(longest)) => return Ok(Step::Sleep(listener, longest)),
                        (None, Ok(_)) => listener = Some(self.home.setup().waiters.listen()),
                        (_, Err(error)) => {
                            self.wait_is_over(now);
                            return Err(error);
                        }
                    }
                }
                Ok(Look::Turn(turn)) => {
                    self.wait_is_over(now);
                    return Ok(Step::Turn(turn));
                }
                Err(error) => {
                    self.wait_is_over(now);
                    return Err(error);
                }
            }
        }
    }

    /// One look at what was in the slot; the first one finds out when the call began.
    fn look(&mut self, current: &Arc<Generation<H::Value>>, now: Instant) -> Result<Look<H>, RegenError> {
        let began_at = *self.began_at.get_or_insert(current.origin());
        let freshness = current.freshness(now);
        let inside = is_inside(home::address(self.home));
        let serve = || Look::Turn(Turn::Served(Guard::just_made(Arc::clone(current), now)));

        // Whatever was published since the call began answers it, also if it is stale or expired by
        // now: otherwise a short time to live would make each waiter a leader in its turn.
        let is_answered = current.was_published_since(began_at);
        let is_served = freshness == Some(Freshness::Fresh)
            || freshness.is_some() && (inside || self.spent || current.is_attended(now));
        if is_answered || is_served {
            return Ok(serve());
        }
        if inside {
            return Err(RegenError::Reentrant);
        }
        if self.fallible && freshness.is_none() {
            current.error_for(began_at, now).map_or(Ok(()), |error| Err(RegenError::Failed(error)))?;
        }
        if self.spent {
            return self.look_of_the_spent(current, now);
        }
        Ok(match (Lease::elect(self.home, current, now), freshness) {
            (Ok(lease), _) => Look::Turn(Turn::Lead(lease)),
            // What was found was there when it was found. To look again for as long as values are replaced all the
            // time would be to wait.
            (Err(_), Some(_)) => serve(),
            (Err(Lost::Retired), None) => Look::Again,
            (Err(Lost::Led), None) => self.wait_for_leader(current, now),
        })
    }

    /// A call that handed its lease off never leads again: it has nothing to lead with. Nor does it depose a leader,
    /// which would be to throw away what that may still bring.
    fn look_of_the_spent(&self, current: &Generation<H::Value>, now: Instant) -> Result<Look<H>, RegenError> {
        if current.is_idle() {
            return Err(RegenError::GivenUp);
        }
        if !current.is_led() {
            return Ok(Look::Again);
        }
        if current.is_overrun(now) {
            return Err(RegenError::WaitTimeout);
        }
        Ok(self.wait_for_leader(current, now))
    }

    fn wait_for_leader(&self, current: &Generation<H::Value>, now: Instant) -> Look<H> {
        // A leader that was elected this moment has not said yet how long its lease lasts.
        let latest = self.home.setup().settings.lease_until(now);
        Look::Wait(latest.map(|latest| latest.min(current.lease_until())))
    }

    /// Until the lease or the patience ends, whichever is first; None: until something changes.
    fn longest_sleep(
        &self,
        lease_until: Option<Instant>,
        now: Instant,
    ) -> Result<Option<Duration>, RegenError> {
        // At least a moment, since the home's clock may be coarser than the sleep.
        let lease =
            lease_until.map(|until| until.saturating_duration_since(now).max(Duration::from_millis(1)));
        let Some(until) = self.wait_until else { return Ok(lease) };
        match until.saturating_duration_since(std::time::Instant::now()) {
            Duration::ZERO => Err(RegenError::WaitTimeout),
            patience => Ok(Some(lease.map_or(patience, |lease| lease.min(patience)))),
        }
    }

    fn wait_is_over(&mut self, now: Instant) {
        if let Some(since) = self.waits_since.take() {
            let waited = self.waited.get_or_insert(Duration::ZERO);
            *waited = waited.saturating_add(now.saturating_duration_since(since));
        }
    }
}

/// A call that waited is counted when it ends, once, also if it was cancelled.
impl<H: Home> Drop for Call<'_, H> {
    fn drop(&mut self) {
        // Still waiting: it was cancelled, or ran out of patience. (Or its clock panicked, and is not asked again.)
        if let Some(since) = self.waits_since {
            let now = if is_unwinding() { since } else { self.home.setup().now() };
            self.wait_is_over(now);
        }
        if let Some(waited) = self.waited {
            self.home.setup().counters.waited(waited);
        }
    }
}
