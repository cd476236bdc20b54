//! One call's way, if it finds nothing to serve at first: look, be elected, or sleep and look again.

use crate::clock::Instant;
use crate::error::RegenError;
use crate::protocol::demand::{Began, Demand};
use crate::protocol::generation::Generation;
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Home, Rooms};
use crate::protocol::inside::{Held, is_beneath, is_inside};
use crate::protocol::lease::Lease;
use crate::protocol::lifetime::Freshness;
use crate::protocol::patience::Patience;
use crate::protocol::phase::Lost;
use crate::sync::{Arc, Backoff, Listener, is_unwinding, sleep, sleep_async};
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

/// What a call may do if it finds nothing to serve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It leads or waits, and has no error to return.
    Infallible,
    /// It leads or waits, or ends with an error.
    Fallible,
    /// It handed its lease on and has nothing left to lead with: it waits, or ends with an error.
    Spent,
    /// It never leads: it waits until others publish a later version than this.
    Follower(u64),
}

/// What one call knows of itself.
pub(crate) struct Call<'h, H: Home> {
    home: &'h H,
    role: Role,
    demand: Demand,
    patience: Patience,
    /// Its patience is over, and there was nothing to fall back to: whatever can be served from now on will do.
    is_overdue: bool,
    /// When it first looked.
    began: Option<Began>,
    /// It waits, since then.
    waits_since: Option<Instant>,
    /// How long its waits took that are over.
    waited: Option<Duration>,
}

impl<'h, H: Home> Call<'h, H> {
    pub(crate) fn infallible(home: &'h H) -> Self {
        Self::new(home, Role::Infallible, Demand::new())
    }

    /// One that can end with an error, and does so when its patience is over, or else the home's `wait_timeout`.
    pub(crate) fn fallible(home: &'h H) -> Self {
        Self::new(home, Role::Fallible, Demand::new())
    }

    pub(crate) fn new(home: &'h H, role: Role, demand: Demand) -> Self {
        let patience = match role {
            Role::Infallible => demand.patience.filter(|_| demand.or_stale),
            Role::Fallible | Role::Spent => demand.patience.or(home.setup().settings.wait_timeout),
            Role::Follower(_) => demand.patience,
        };
        Self {
            home,
            role,
            demand,
            patience: Patience::of(patience),
            is_overdue: false,
            began: None,
            waits_since: None,
            waited: None,
        }
    }

    pub(crate) fn home(&self) -> &'h H {
        self.home
    }

    pub(crate) fn demand(&self) -> Demand {
        self.demand
    }

    /// From now on it waits for whoever got its lease, which is that of the generation with this serial.
    pub(crate) fn spend(&mut self, led: u64) {
        self.role = Role::Spent;
        if let Some(began) = &mut self.began {
            began.led = Some(led);
        }
    }

    /// Gets a value, or the lease to make one, for a thread.
    pub(crate) fn turn(&mut self) -> Result<Turn<H>, RegenError> {
        loop {
            match self.step()? {
                Step::Turn(turn) => return Ok(turn),
                Step::Sleep(..) if is_beneath(home::address(self.home)) => {
                    return self.fallback().map(Turn::Served).ok_or(RegenError::Reentrant);
                }
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
                            if let Some(end) = self.end_of_patience(error) {
                                self.wait_is_over(now);
                                return end.map(|guard| Step::Turn(Turn::Served(guard)));
                            }
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
        let Some(began) = self.begin(current, now) else { return Ok(Look::Again) };
        if self.is_overdue && self.falls_back(current, now) {
            return Ok(serve(current, now));
        }
        let look = self.look_since(began, current, now);
        if look.is_err() && self.falls_back(current, now) { Ok(serve(current, now)) } else { look }
    }

    /// When the call began. None: something newer is in the slot, so that nothing can be known by this.
    fn begin(&mut self, current: &Arc<Generation<H::Value>>, now: Instant) -> Option<Began> {
        let mut began = self.began.unwrap_or(Began { at: current.origin(), touched: None, led: None });
        if self.demand.is_anew && began.touched.is_none() && !self.demand.is_met_by(current, now) {
            // Whoever is elected on a later generation sees what went before this call.
            if !self.home.slot().is_still(current) {
                return None;
            }
            began.touched = Some(current.serial());
        }
        self.began = Some(began);
        Some(began)
    }

    fn look_since(
        &self,
        began: Began,
        current: &Arc<Generation<H::Value>>,
        now: Instant,
    ) -> Result<Look<H>, RegenError> {
        // What does not meet the demand is as if it were not there.
        let is_met = self.demand.is_met_for(began, current, now);
        let freshness = current.freshness(now).filter(|_| is_met);
        let inside = is_inside(home::address(self.home));
        if let Role::Follower(than) = self.role {
            return match freshness {
                Some(_) if current.version() > than => Ok(serve(current, now)),
                _ if inside => Err(RegenError::Reentrant),
                _ => Ok(Look::Wait(None)),
            };
        }

        // Whatever was published since the call began answers it, also if it is stale or expired by
        // now: otherwise a short time to live would make each waiter a leader in its turn.
        let is_answered = is_met && current.was_published_since(began.at) && !current.died(now);
        let is_spoken_for = || inside || self.role == Role::Spent || self.demand.finds_attended(current, now);
        let is_served = freshness == Some(Freshness::Fresh) || freshness.is_some() && is_spoken_for();
        if is_answered || is_served {
            return Ok(serve(current, now));
        }
        if inside {
            return Err(RegenError::Reentrant);
        }
        if freshness.is_none() {
            if let Some(failure) = current.failure_for(began.at, !self.demand.despite_throttle, now) {
                if self.falls_back(current, now) {
                    return Ok(serve(current, now));
                }
                if let Some(error) = failure.error.as_ref().filter(|_| self.role != Role::Infallible) {
                    return Err(RegenError::Failed(Arc::clone(error)));
                }
            }
            if let Some(until) = current.deferred_until(now) {
                return Ok(Look::Wait(Some(until)));
            }
        }
        if self.role == Role::Spent {
            return self.look_of_the_spent(current, now);
        }
        Ok(match (Lease::elect(self.home, current, now), freshness) {
            (Ok(lease), _) => Look::Turn(Turn::Lead(lease)),
            // What was found was there when it was found. To look again for as long as values are replaced all the
            // time would be to wait.
            (Err(_), Some(_)) => serve(current, now),
            (Err(Lost::Retired), None) => Look::Again,
            (Err(Lost::Led), None) => self.wait_for_leader(current, now),
        })
    }

    /// It would rather be served this than end with an error.
    fn falls_back(&self, current: &Generation<H::Value>, now: Instant) -> bool {
        self.demand.or_stale && current.freshness(now).is_some()
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
        let lease = self.home.setup().settings.lease(current.takeovers());
        Look::Wait(lease.map(|lease| now.end_of(lease).min(current.lease_until())))
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
        Ok(self.patience.left()?.into_iter().chain(lease).min())
    }

    /// What a call gets whose patience is over. None: it has no error to return, and so waits on.
    fn end_of_patience(&mut self, error: RegenError) -> Option<Result<Guard<H::Value>, RegenError>> {
        if let Some(guard) = self.fallback() {
            return Some(Ok(guard));
        }
        if self.role == Role::Infallible {
            (self.patience, self.is_overdue) = (Patience::of(None), true);
            return None;
        }
        Some(Err(error))
    }

    /// What it would rather be served than end with an error.
    fn fallback(&self) -> Option<Guard<H::Value>> {
        if self.demand.or_stale { home::get(self.home) } else { None }
    }

    fn wait_is_over(&mut self, now: Instant) {
        if let Some(since) = self.waits_since.take() {
            let waited = self.waited.get_or_insert(Duration::ZERO);
            *waited = waited.saturating_add(now.saturating_duration_since(since));
        }
    }
}

fn serve<H: Home>(current: &Arc<Generation<H::Value>>, now: Instant) -> Look<H> {
    Look::Turn(Turn::Served(Guard::just_made(Arc::clone(current), now)))
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
