//! The leader's right to publish.

use crate::clock::Clock;
use crate::error::RegenError;
use crate::generation::{Failure, Generation, Lost, Retirement};
use crate::guard::Guard;
use crate::policy::Lifetime;
use crate::reentrance::Inside;
use crate::slot::Slot;
use crate::sync::Arc;

/// Held by the one leader of a generation. Dropped without a publication, it is given up: whoever waits
/// wakes, and one of them becomes the next leader.
pub(crate) struct Lease<'a, T, C> {
    slot: &'a Slot<T, C>,
    led: Arc<Generation<T>>,
}

impl<'a, T, C> Lease<'a, T, C> {
    /// Has the caller elected on `generation`, which it read and found to be due.
    pub(crate) fn elect(slot: &'a Slot<T, C>, generation: &Arc<Generation<T>>) -> Result<Self, Lost> {
        generation.elect()?;
        let lease = Self { slot, led: Arc::clone(generation) };
        // The second look. `set` and `invalidate` first put their generation into the slot and then
        // retire the old one: in between it can still be won, although it is out.
        if slot.holds(generation) { Ok(lease) } else { Err(Lost::Retired) }
    }
}

impl<T, C: Clock> Lease<'_, T, C> {
    /// Runs the user's code that makes the value. If it panics, that counts as a failed attempt, and the
    /// panic goes on.
    pub(crate) fn run<R>(self, regen: impl FnOnce() -> R) -> (Self, R) {
        let _inside = Inside::enter(self.slot);
        let on_panic = OnPanic(&self);
        let result = regen();
        std::mem::forget(on_panic);
        (self, result)
    }

    /// Ends the lease with a value, and wakes the waiters. A value that something newer has superseded
    /// is for the caller alone.
    pub(crate) fn publish(self, value: &Arc<T>, lifetime: Lifetime) -> Guard<T> {
        let next = Arc::new(self.led.filled(Arc::clone(value), lifetime));
        let made = match self.slot.swap(&self.led, &next) {
            Some(retirement) => {
                if retirement == Retirement::Marked {
                    self.slot.mark_stale();
                }
                self.slot.waiters().wake_all();
                next
            }
            None => Arc::new(self.led.superseded(Arc::clone(value), lifetime)),
        };
        // Before there is something to return: the old value's `Drop` may panic, and then a return
        // value that is already in place would leak (rust-lang/rust#47949).
        drop(self);
        Guard::just_made(made, lifetime.published_at)
    }

    /// Ends the lease without a value, and wakes the waiters: no further attempt for a while.
    pub(crate) fn fail(self, error: RegenError) {
        self.end_in_vain(Some(error));
    }

    fn end_in_vain(&self, error: Option<RegenError>) {
        let policy = self.slot.policy();
        let attempts = self.led.failure().map_or(0, |failure| failure.attempts).saturating_add(1);
        let retry_at = policy.retry_after.retry_at(self.slot.now(), attempts);
        let failure = Failure { error, attempts, retry_at };
        let next = Arc::new(self.led.failed(failure, policy.stale_if_error));
        // A mark asks for a value that is newer than this attempt; the next attempt will be.
        if let Some(Retirement::Clean | Retirement::Marked) = self.slot.swap(&self.led, &next) {
            self.slot.waiters().wake_all();
        }
    }
}

/// Dropped only when the creation function panicked.
struct OnPanic<'l, 'a, T, C: Clock>(&'l Lease<'a, T, C>);

impl<T, C: Clock> Drop for OnPanic<'_, '_, T, C> {
    fn drop(&mut self) {
        // Without a value there is nothing to throttle for: the lease is given up, and a waiter leads.
        if self.0.led.content().is_some() {
            self.0.end_in_vain(None);
        }
    }
}

impl<T, C> Drop for Lease<'_, T, C> {
    fn drop(&mut self) {
        // After a publication or a failure there is nothing left to give up: the generation is out of
        // the slot.
        if self.led.give_up() {
            self.slot.waiters().wake_all();
        }
    }
}
