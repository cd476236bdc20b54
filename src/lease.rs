//! The leader's right to publish.

use crate::clock::Clock;
use crate::generation::{Generation, Lost, Retirement};
use crate::guard::Guard;
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

    /// Ends the lease with a value, and wakes the waiters. A value that something newer has superseded
    /// is for the caller alone.
    pub(crate) fn publish(self, value: T) -> Guard<T>
    where
        C: Clock,
    {
        let value = Arc::new(value);
        let now = self.slot.now();
        // The user's `time_to_live_of` runs here; if it panics, the lease is given up.
        let lifetime = self.slot.policy().lifetime(&value, now);
        let ready = |version| Arc::new(Generation::ready(version, Arc::clone(&value), lifetime));
        let next = ready(self.led.version() + 1);
        let made = match self.slot.swap(&self.led, &next) {
            Some(retirement) => {
                if retirement == Retirement::Marked {
                    self.slot.mark_stale();
                }
                self.slot.waiters().wake_all();
                next
            }
            None => ready(self.led.version()),
        };
        // Before there is something to return: the old value's `Drop` may panic, and then a return
        // value that is already in place would leak (rust-lang/rust#47949).
        drop(self);
        Guard::just_made(made, now)
    }
}

impl<T, C> Drop for Lease<'_, T, C> {
    fn drop(&mut self) {
        // After a publication there is nothing left to give up: the generation is out of the slot.
        if self.led.give_up() {
            self.slot.waiters().wake_all();
        }
    }
}
