//! A value that was read.

use crate::clock::Instant;
use crate::protocol::demand::Demand;
use crate::protocol::generation::Generation;
use crate::protocol::lifetime::Freshness;
use crate::sync::{Arc, Loaded};
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// Never seen: `Guard::new` is only called with a generation that has a value.
const NO_VALUE: &str = "dogpile: a guard without a value; please report this bug in dogpile";

/// A value that was read from a [`DogpileCell`](crate::DogpileCell), with its freshness, age and version.
///
/// A guard dereferences to the value and keeps it alive, even if the cell has a newer one by now. Freshness and age are
/// those of the moment of the read: a guard does not age.
///
/// A guard is made for short use, on the thread that read the value: if it is dropped there, before the cell has
/// another value, it touches no shared counter. To keep a value for longer, or to send it to another thread, use
/// [`to_arc`](Self::to_arc) or [`into_arc`](Self::into_arc). A thread that holds more than eight guards pays for each
/// further one what a contended reference count costs.
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
    found: Found,
}

/// The freshness, in four bytes, for the sake of whoever moves a guard.
///
/// In one byte, seven of padding would follow. Where a guard is moved into or out of an `Option` or a `Poll`, LLVM
/// copies these seven as twice four that overlap. A processor does not forward two stores to one load that needs a part
/// of each: it waits until both are in the cache, for half of what a read costs. In eight bytes, they would be copied
/// together with the instant before them, by one load that needs two stores again. Four bytes, and four of padding, are
/// two copies that do not overlap.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Found {
    Fresh,
    Stale,
}

impl<T> Guard<T> {
    #[inline]
    pub(crate) fn new(generation: Loaded<Generation<T>>, read_at: Instant, freshness: Freshness) -> Self {
        let found = match freshness {
            Freshness::Fresh => Found::Fresh,
            Freshness::Stale => Found::Stale,
        };
        Self { generation, read_at, found }
    }

    /// A guard on a value that was not found by its freshness, but that the caller or the leader that it
    /// waited for has just made: what is already expired is at least stale.
    pub(crate) fn just_made(generation: Arc<Generation<T>>, now: Instant) -> Self {
        let freshness = generation.freshness(now).unwrap_or(Freshness::Stale);
        Self::new(Some(generation).into(), now, freshness)
    }

    /// The generation, to keep, and when it was read.
    pub(crate) fn into_parts(self) -> (Arc<Generation<T>>, Instant) {
        (Loaded::into_inner(self.generation).expect(NO_VALUE), self.read_at)
    }

    #[inline]
    fn generation(&self) -> &Generation<T> {
        self.generation.as_ref().expect(NO_VALUE)
    }

    #[inline]
    fn value(&self) -> &Arc<T> {
        self.generation().value().expect(NO_VALUE)
    }

    pub(crate) fn meets(&self, demand: &Demand) -> bool {
        demand.is_met_by(self.generation(), self.read_at)
    }

    /// Returns whether the value was fresh or stale when it was read.
    ///
    /// Like all functions of `Guard` this is an associated function, called as `Guard::freshness(&guard)`, so that it
    /// does not hide a method of `T` of the same name.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Freshness, Guard};
    ///
    /// let cell = DogpileCell::never_expires();
    /// cell.set(7);
    /// assert_eq!(cell.get().map(|value| Guard::freshness(&value)), Some(Freshness::Fresh));
    /// cell.mark_stale();
    /// assert_eq!(cell.get().map(|value| Guard::freshness(&value)), Some(Freshness::Stale));
    /// ```
    #[must_use]
    pub fn freshness(guard: &Self) -> Freshness {
        match guard.found {
            Found::Fresh => Freshness::Fresh,
            Found::Stale => Freshness::Stale,
        }
    }

    /// Returns whether the value was past its time to live, or marked stale, when it was read.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::new(Duration::ZERO); // always stale
    /// cell.set(7);
    /// assert!(cell.get().is_some_and(|value| Guard::is_stale(&value)));
    /// ```
    #[must_use]
    pub fn is_stale(guard: &Self) -> bool {
        Self::freshness(guard) == Freshness::Stale
    }

    /// Returns how old the value was at this read, by the cell's clock: the time since its publication, and the
    /// [age](crate::Lifetime::age) with which it came.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder().clock(clock.clone()).initial(7).build()?;
    /// clock.advance(Duration::from_secs(3));
    /// let value = cell.get().unwrap();
    /// clock.advance(Duration::from_secs(60)); // a guard does not age
    /// assert_eq!(Guard::age(&value), Duration::from_secs(3));
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    #[must_use]
    pub fn age(guard: &Self) -> Duration {
        Duration::from_nanos(guard.generation().age_in_nanos(guard.read_at))
    }

    /// Returns for how long the value was going to stay fresh when it was read, by the cell's clock: zero if it was
    /// stale, and `Duration::MAX` if it never expires.
    ///
    /// As the guard does not age, this does not count down. But it is zero from the moment at which the value is marked
    /// stale, even if that is after the read.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let second = Duration::from_secs(1);
    /// let page = DogpileCell::builder().time_to_live(60 * second).clock(clock.clone()).initial("<html>").build()?;
    /// clock.advance(15 * second);
    /// let page = page.get().unwrap();
    /// let header = format!("Cache-Control: max-age={}", Guard::fresh_for(&page).as_secs());
    /// assert_eq!(header, "Cache-Control: max-age=45");
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    #[must_use]
    pub fn fresh_for(guard: &Self) -> Duration {
        match Self::freshness(guard) {
            Freshness::Fresh => guard.generation().fresh_for(guard.read_at),
            Freshness::Stale => Duration::ZERO,
        }
    }

    /// Returns the version that the value has where it came from, if it was published with one.
    ///
    /// It was given by [`Lifetime::origin_version`](crate::Lifetime::origin_version) or
    /// [`set_if_newer`](crate::DogpileCell::set_if_newer). The version in this cell is [`version`](Self::version).
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard, Lifetime};
    ///
    /// let cell = DogpileCell::never_expires();
    /// cell.set_with("from elsewhere", Lifetime::new().origin_version(17));
    /// assert_eq!(cell.get().and_then(|value| Guard::origin_version(&value)), Some(17));
    /// cell.set("from here");
    /// assert_eq!(cell.get().and_then(|value| Guard::origin_version(&value)), None);
    /// ```
    #[must_use]
    pub fn origin_version(guard: &Self) -> Option<u64> {
        guard.generation().origin_version()
    }

    /// Returns the version of the value, which grows by one with each publication and each invalidation; 0 for a
    /// superseded result.
    ///
    /// The first value of a cell that was never invalidated has version 1. Versions are fit for fencing tokens, for
    /// [`Demand::newer_than`](crate::Demand::newer_than), and for reports with
    /// [`mark_stale_if`](crate::DogpileCell::mark_stale_if) and
    /// [`invalidate_if`](crate::DogpileCell::invalidate_if).
    ///
    /// A superseded result was never published: it was returned to the caller that made it, after something newer had
    /// taken its place. No value in a cell has version 0, so `invalidate_if(0)` changes nothing, and every value is
    /// newer than that.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// let cell = DogpileCell::never_expires();
    /// assert_eq!(Guard::version(&cell.get_or_regen(|| "a")), 1);
    ///
    /// cell.invalidate(); // version 2, without a value
    /// let superseded = cell.get_or_regen(|| {
    ///     cell.set("c"); // version 3
    ///     "b"
    /// });
    /// assert_eq!((*superseded, Guard::version(&superseded)), ("b", 0));
    /// assert_eq!(cell.get().map(|value| Guard::version(&value)), Some(3));
    /// ```
    #[must_use]
    pub fn version(guard: &Self) -> u64 {
        guard.generation().version()
    }

    /// Returns an `Arc` of the value, to keep it for longer than the guard. Costs a reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// let cell = DogpileCell::never_expires();
    /// let value = cell.get_or_regen(|| "old".to_owned());
    /// let kept = Guard::to_arc(&value);
    /// cell.set("new".to_owned());
    /// assert_eq!((value.as_str(), kept.as_str()), ("old", "old"));
    /// ```
    #[must_use]
    pub fn to_arc(guard: &Self) -> Arc<T> {
        Arc::clone(guard.value())
    }

    /// Turns the guard into an `Arc` of the value. Costs a reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    /// use std::thread;
    ///
    /// let cell = DogpileCell::never_expires();
    /// let value = Guard::into_arc(cell.get_or_regen(|| vec![3, 4]));
    /// assert_eq!(thread::spawn(move || value.len()).join().unwrap(), 2);
    /// ```
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
        self.value()
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
            .field("freshness", &Self::freshness(self))
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
