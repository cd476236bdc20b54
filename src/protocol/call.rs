//! How a call without a servable value comes by one: it looks, is elected, or sleeps and looks again.

use crate::clock::{Clock, Instant};
use crate::error::RegenError;
use crate::protocol::generation::Lost;
use crate::protocol::guard::Guard;
use crate::protocol::inside;
use crate::protocol::lease::Term;
use crate::protocol::policy::Freshness;
use crate::protocol::slot::Slot;
use crate::sync::{Backoff, doze, sleep};
use std::ops::Deref;
use std::time::Duration;

/// What a call gets in the end.
pub(crate) enum Turn<T, C: Clock, S: Deref<Target = Slot<T, C>>> {
    /// A value.
    Served(Guard<T>),
    /// The right to make one.
    Lead(Term<T, C, S>),
}

/// What it does next.
enum Step<T, C: Clock, S: Deref<Target = Slot<T, C>>, L> {
    Turn(Turn<T, C, S>),
    /// Sleep until something changes, or for so long.
    Sleep(L, Option<Duration>),
}

/// What it finds at one look.
enum Look<T, C: Clock, S: Deref<Target = Slot<T, C>>> {
    Turn(Turn<T, C, S>),
    /// Something changed under its eyes: look again.
    Again,
    /// Nothing to serve, and somebody else leads, perhaps until then: sleep until something changes.
    Wait(Option<Instant>),
}

/// What one call knows of itself.
pub(crate) struct Call {
    /// Whether it can end with an error.
    fallible: bool,
    /// When it stops waiting, by the operating system's clock.
    wait_until: Option<std::time::Instant>,
    began_at: Option<BeganAt>,
    /// It handed its lease on, and has nothing left to lead with.
    spent: bool,
}

/// The wait of a call, if it comes to one: counted when it ends, by a task that is cancelled too.
struct Wait<'s, T, C: Clock> {
    slot: &'s Slot<T, C>,
    since: Option<Instant>,
}

impl<'s, T, C: Clock> Wait<'s, T, C> {
    fn new(slot: &'s Slot<T, C>) -> Self {
        Self { slot, since: None }
    }

    /// It begins, or goes on; returns the time.
    fn since_now(&mut self) -> Instant {
        let now = self.slot.now();
        self.since.get_or_insert(now);
        now
    }
}

impl<T, C: Clock> Drop for Wait<'_, T, C> {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.slot.counters().waited(self.slot.now().saturating_duration_since(since));
        }
    }
}

/// What was in the slot when the call first looked.
struct BeganAt {
    version: u64,
    serial: u64,
}

impl Call {
    pub(crate) fn infallible() -> Self {
        Self { fallible: false, wait_until: None, began_at: None, spent: false }
    }

    pub(crate) fn fallible(patience: Option<Duration>) -> Self {
        let wait_until = patience.and_then(|patience| std::time::Instant::now().checked_add(patience));
        Self { fallible: true, wait_until, began_at: None, spent: false }
    }

    /// From now on it waits for whoever got its lease.
    pub(crate) fn spend(&mut self) {
        self.spent = true;
    }

    /// A value, or the lease to make one, for a thread.
    pub(crate) fn turn<T, C, S>(&mut self, slot: &S) -> Result<Turn<T, C, S>, RegenError>
    where
        C: Clock,
        S: Clone + Deref<Target = Slot<T, C>>,
    {
        let mut wait = Wait::new(slot);
        loop {
            match self.step(slot, &mut wait, || slot.waiters().listen())? {
                Step::Turn(turn) => return Ok(turn),
                Step::Sleep(listener, longest) => sleep(listener, longest),
            }
        }
    }

    /// The same for a task.
    pub(crate) async fn turn_async<T, C, S>(&mut self, slot: &S) -> Result<Turn<T, C, S>, RegenError>
    where
        C: Clock,
        S: Clone + Deref<Target = Slot<T, C>>,
    {
        let mut wait = Wait::new(slot);
        loop {
            match self.step(slot, &mut wait, || slot.waiters().listen_task())? {
                Step::Turn(turn) => return Ok(turn),
                Step::Sleep(listener, longest) => doze(listener, longest).await,
            }
        }
    }

    /// Looks until there is an outcome, or nothing to do but to sleep.
    fn step<T, C, S, L>(
        &mut self,
        slot: &S,
        wait: &mut Wait<'_, T, C>,
        listen: impl Fn() -> L,
    ) -> Result<Step<T, C, S, L>, RegenError>
    where
        C: Clock,
        S: Clone + Deref<Target = Slot<T, C>>,
    {
        let backoff = Backoff::new();
        let mut listener = None;
        loop {
            match self.look(slot)? {
                Look::Turn(turn) => return Ok(Step::Turn(turn)),
                Look::Again => backoff.spin(),
                Look::Wait(lease_until) => {
                    let longest = self.longest_sleep(lease_until, wait.since_now())?;
                    // Listen, look once more, sleep.
                    match listener.take() {
                        Some(listener) => return Ok(Step::Sleep(listener, longest)),
                        None => listener = Some(listen()),
                    }
                }
            }
        }
    }

    /// One look at the slot; the first one finds out when the call began.
    fn look<T, C, S>(&mut self, slot: &S) -> Result<Look<T, C, S>, RegenError>
    where
        C: Clock,
        S: Clone + Deref<Target = Slot<T, C>>,
    {
        let current = slot.current();
        let now = slot.now();
        let began_at =
            self.began_at.get_or_insert(BeganAt { version: current.version(), serial: current.serial() });
        let freshness = current.freshness(now);
        // Whatever was published since the call began answers it, also if it is stale or expired by
        // now: otherwise a short time to live would make each waiter a leader in its turn.
        let published_since = current.version() > began_at.version && current.content().is_some();
        let inside = inside::is_inside(&**slot);
        let served_as_it_is = freshness == Some(Freshness::Fresh)
            || freshness.is_some() && (inside || current.is_attended(now));
        if published_since || served_as_it_is {
            return Ok(Look::Turn(Turn::Served(Guard::just_made(current, now))));
        }
        if inside {
            return Err(RegenError::Reentrant);
        }
        if self.fallible && freshness.is_none() {
            current.error_for(began_at.serial, now).map_or(Ok(()), Err)?;
        }
        if self.spent && current.is_led() && current.is_overrun(now) {
            // To depose the leader would be to throw away what it may still bring.
            return Err(RegenError::WaitTimeout);
        }
        Ok(match (Term::elect(slot.clone(), &current, now), freshness) {
            (Ok(term), _) => Look::Turn(Turn::Lead(term)),
            (Err(Lost::Retired), _) => Look::Again,
            (Err(Lost::Led), Some(_)) => Look::Turn(Turn::Served(Guard::just_made(current, now))),
            // A leader that was elected this moment has not said yet how long its lease lasts.
            (Err(Lost::Led), None) => {
                Look::Wait(slot.policy().lease_until(now).map(|latest| latest.min(current.lease_until())))
            }
        })
    }

    /// Until the lease or the patience ends, whichever is first; None: until something changes.
    fn longest_sleep(
        &self,
        lease_until: Option<Instant>,
        now: Instant,
    ) -> Result<Option<Duration>, RegenError> {
        // At least a moment, since the cell's clock may be coarser than the sleep.
        let lease =
            lease_until.map(|until| until.saturating_duration_since(now).max(Duration::from_millis(1)));
        let Some(until) = self.wait_until else { return Ok(lease) };
        match until.saturating_duration_since(std::time::Instant::now()) {
            Duration::ZERO => Err(RegenError::WaitTimeout),
            patience => Ok(Some(lease.map_or(patience, |lease| lease.min(patience)))),
        }
    }
}
