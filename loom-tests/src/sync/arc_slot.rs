//! A stand-in for arc-swap: one atomic, an index into an arena that loom cannot see.
//!
//! A lock in its place would order every two operations, and so hide the bugs that the models look for.
//!
//! As a rule the arena keeps all that it ever held, so that a thread can load what was replaced long ago, as far as the memory
//! model lets it. So no value is dropped before the end of an execution. A model of drops has it free what is
//! replaced; then a load that comes too late for the old one takes the newest, which orders more than the real thing does.

use super::Ordering::{AcqRel, Acquire, Relaxed};
use super::primitives::{AtomicUsize, Turnstile};
use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// Not loom's: it is set before a model begins.
static FREES: AtomicBool = AtomicBool::new(false);

/// From here on the arena keeps nothing alive that is not in the slot; or it does, as is the rule.
pub fn what_is_replaced_is_freed(is_freed: bool) {
    FREES.store(is_freed, Relaxed);
}

pub struct ArcSlot<G> {
    turnstile: Turnstile,
    /// 0: nothing; else one more than a place in the arena.
    index: AtomicUsize,
    /// All that ever was in the slot, and is about to be. The lock is never held across an operation of loom's.
    arena: Mutex<Vec<Option<Arc<G>>>>,
}

pub struct Loaded<G>(Option<Arc<G>>);

impl<G> ArcSlot<G> {
    pub fn empty() -> Self {
        Self { turnstile: Turnstile::new(), index: AtomicUsize::new(0), arena: Mutex::default() }
    }

    pub fn load(&self) -> Loaded<G> {
        self.turnstile.pass();
        let at = |index: usize| {
            let place = index.checked_sub(1);
            place.and_then(|place| self.with_arena(|arena| arena[place].clone()))
        };
        let index = self.index.load(Acquire);
        match at(index) {
            None if index != 0 => Loaded(at(self.index.fetch_add(0, AcqRel))), // it was freed
            found => Loaded(found),
        }
    }

    #[must_use]
    pub fn compare_and_swap(&self, current: Option<&Arc<G>>, new: Arc<G>) -> bool {
        let (current, new) = self.with_arena(|arena| {
            arena.push(Some(new));
            let is = |known: &Option<Arc<G>>, of| known.as_ref().is_some_and(|known| Arc::ptr_eq(known, of));
            let place = |of| arena.iter().position(|known| is(known, of));
            (current.map(place), arena.len())
        });
        let done = match current {
            None => self.index.compare_exchange(0, new, AcqRel, Acquire).is_ok(),
            Some(Some(place)) => self.index.compare_exchange(place + 1, new, AcqRel, Acquire).is_ok(),
            Some(None) => false, // was never in the slot
        };
        let gone = match current {
            // As arc-swap does: whoever made it may rely on being the only one that has it.
            _ if !done => Some(new - 1),
            Some(replaced) if FREES.load(Relaxed) => replaced,
            _ => None,
        };
        let dropped = gone.and_then(|place| self.with_arena(|arena| arena[place].take()));
        drop(dropped);
        done
    }

    /// The place in the arena stays what it was.
    #[must_use]
    pub fn touch(&self, current: &Arc<G>) -> bool {
        let is_current =
            |known: &Option<Arc<G>>| known.as_ref().is_some_and(|known| Arc::ptr_eq(known, current));
        let place = self.with_arena(|arena| arena.iter().position(is_current));
        place.is_some_and(|place| self.index.compare_exchange(place + 1, place + 1, AcqRel, Acquire).is_ok())
    }

    fn with_arena<R>(&self, f: impl FnOnce(&mut Vec<Option<Arc<G>>>) -> R) -> R {
        f(&mut self.arena.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<G> Loaded<G> {
    #[allow(clippy::needless_pass_by_value)] // as arc-swap has it
    pub fn into_inner(loaded: Self) -> Option<Arc<G>> {
        loaded.0
    }
}

impl<G> Deref for Loaded<G> {
    type Target = Option<Arc<G>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<G> From<Option<Arc<G>>> for Loaded<G> {
    fn from(inner: Option<Arc<G>>) -> Self {
        Self(inner)
    }
}
