//! A value that was read.

use crate::clock::Instant;
use crate::protocol::generation::{Content, Generation};
use crate::protocol::lifetime::Freshness;
use crate::sync::{Arc, Loaded};
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// Never seen: `Guard::new` is only called with a generation that has a value.
const NO_CONTENT: &str = "dogpile: a guard without a value; please report this bug in dogpile";

/// A value of a [`DogpileCell`](crate::DogpileCell), as it was when it was read.
///
/// It dereferences to the value and keeps it alive: a newer one does not disturb it. Freshness and age
/// are those of the moment of the read; they do not go on counting.
///
/// Made for short use, on the thread that read it: dropped there, while the value is still that of the cell, it
/// touches no shared counter. To keep a value for longer, or to send it away, take [`to_arc`](Self::to_arc) or
/// [`into_arc`](Self::into_arc). A thread that holds more than eight guards pays for each further one
/// what a contended reference count costs.
///
/// # Examples
///
/// ```
/// use dogpile::{DogpileCell, Freshness, Guard};
/// use std::time::Duration;
///
/// let cell = DogpileCell::new(Duration::from_secs(60));
/// let rate = cell.get_or_regen(|| 1.09);
/// assert_eq!(*rate, 1.09);
/// assert_eq!(Guard::freshness(&rate), Freshness::Fresh);
/// assert_eq!(Guard::version(&rate), 1);
/// ```
#[must_use = "a guard is the value that was read"]
pub struct Guard<T> {
    /// There is a generation, and it has a value.
    generation: Loaded<Generation<T>>,
    read_at: Instant,
    freshness: Freshness,
}

impl<T> Guard<T> {
    #[inline]
    pub(crate) fn new(generation: Loaded<Generation<T>>, read_at: Instant, freshness: Freshness) -> Self {
        Self { generation, read_at, freshness }
    }

    /// A guard on a value that was not found by its freshness, but that the caller or the leader that it
    /// waited for has just made: what is already expired is at least stale.
    pub(crate) fn just_made(generation: Arc<Generation<T>>, now: Instant) -> Self {
        let freshness = generation.freshness(now).unwrap_or(Freshness::Stale);
        Self::new(Some(generation).into(), now, freshness)
    }

    /// The generation, to keep, and when it was read.
    pub(crate) fn into_parts(self) -> (Arc<Generation<T>>, Instant) {
        (Loaded::into_inner(self.generation).expect(NO_CONTENT), self.read_at)
    }

    #[inline]
    fn generation(&self) -> &Generation<T> {
        self.generation.as_ref().expect(NO_CONTENT)
    }

    #[inline]
    fn content(&self) -> &Content<T> {
        self.generation().content().expect(NO_CONTENT)
    }

    /// Whether the value was fresh or stale when it was read.
    ///
    /// Like all of a guard's own functions this is an associated function, called as `Guard::freshness(&guard)`, so
    /// that it does not hide a method of `T` of the same name.
    #[must_use]
    pub fn freshness(guard: &Self) -> Freshness {
        guard.freshness
    }

    /// Whether the value was past its time to live, or marked stale, when it was read.
    #[must_use]
    pub fn is_stale(guard: &Self) -> bool {
        guard.freshness == Freshness::Stale
    }

    /// The time from the publication of the value to this read, by the cell's clock.
    #[must_use]
    pub fn age(guard: &Self) -> Duration {
        guard.read_at.saturating_duration_since(guard.content().lifetime.published_at)
    }

    /// The version of the value: greater for each later one, by one for each publication and each invalidation in
    /// between.
    ///
    /// The first value of a cell that was never invalidated has version 1. Fit for a fencing token, and for
    /// [`invalidate_if`](crate::DogpileCell::invalidate_if).
    ///
    /// 0 means that the value was never published: it was returned to the caller that made it, after something newer
    /// had superseded it. No value in a cell has that version.
    #[must_use]
    pub fn version(guard: &Self) -> u64 {
        guard.generation().version()
    }

    /// The value, to keep: costs a reference count.
    #[must_use]
    pub fn to_arc(guard: &Self) -> Arc<T> {
        Arc::clone(&guard.content().value)
    }

    /// The value, for a caller that needs the guard no longer.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // the guard ends here
    pub fn into_arc(guard: Self) -> Arc<T> {
        Self::to_arc(&guard)
    }
}

// A generation never changes what a reader sees of it, the user's value apart.
impl<T: RefUnwindSafe> UnwindSafe for Guard<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Guard<T> {}

impl<T> Deref for Guard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.content().value
    }
}

impl<T> AsRef<T> for Guard<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T> From<Guard<T>> for Arc<T> {
    fn from(guard: Guard<T>) -> Self {
        Guard::into_arc(guard)
    }
}

impl<T: fmt::Debug> fmt::Debug for Guard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("value", &**self)
            .field("freshness", &self.freshness)
            .field("age", &Self::age(self))
            .field("version", &Self::version(self))
            .finish_non_exhaustive()
    }
}

impl<T: fmt::Display> fmt::Display for Guard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
