//! Where a slot lives: the one thing that the protocol knows of a cell.

use crate::clock::{Clock, Instant};
use crate::protocol::demand::Demand;
use crate::protocol::generation::Generation;
use crate::protocol::guard::Guard;
use crate::protocol::setup::Setup;
use crate::protocol::slot::Slot;

/// A place where a value lives: a reference to a [`DogpileCell`](crate::DogpileCell), or an `Arc` of one.
///
/// [`Lease`](crate::Lease) and [`Reader`](crate::Reader) are generic over how they hold their cell. This trait is
/// sealed: it has no public methods, and cannot be implemented outside of this crate.
///
/// # Examples
///
/// A function that takes any reader, and one that takes any lease:
///
/// ```
/// use dogpile::{DogpileCell, Home, Lease, Reader};
/// use std::sync::Arc;
///
/// fn known<H: Home>(reader: &mut Reader<H>, default: H::Value) -> &H::Value {
///     reader.get_or_regen(|| default)
/// }
///
/// fn count_on<H: Home<Value = u32>>(lease: Lease<H>) {
///     let next = lease.previous().map_or(1, |last| *last + 1);
///     drop(lease.publish(next));
/// }
///
/// let cell = Arc::new(DogpileCell::never_expires());
/// count_on(cell.try_lead().unwrap());
/// cell.mark_stale();
/// count_on(cell.try_lead_owned().unwrap());
/// assert_eq!(*known(&mut cell.reader(), 0), 2);
/// assert_eq!(*known(&mut cell.reader_owned(), 0), 2);
/// ```
pub trait Home: Clone {
    /// What the cell holds: the `T` of the [`DogpileCell`](crate::DogpileCell).
    type Value;
    #[doc(hidden)]
    type Clock: Clock;

    /// The slot, and what goes with it. Nobody outside of this crate has a key, so nobody there can call this, nor
    /// implement the trait.
    #[doc(hidden)]
    fn open(&self, key: Key) -> Opened<'_, Self::Value, Self::Clock>;
}

/// What is behind the door.
pub(crate) type Opened<'h, T, C> = (&'h Slot<T>, &'h Setup<T, C>);

/// Opens a [`Home`]. Neither named nor made outside of the crate.
pub struct Key(());

/// What a home consists of.
pub(crate) trait Rooms: Home {
    fn slot(&self) -> &Slot<Self::Value>;

    fn setup(&self) -> &Setup<Self::Value, Self::Clock>;
}

impl<H: Home> Rooms for H {
    #[inline]
    fn slot(&self) -> &Slot<Self::Value> {
        self.open(Key(())).0
    }

    #[inline]
    fn setup(&self) -> &Setup<Self::Value, Self::Clock> {
        self.open(Key(())).1
    }
}

/// The number by which a thread knows which home it is inside of.
pub(crate) fn address<H: Home>(home: &H) -> usize {
    std::ptr::from_ref(home.slot()).addr()
}

/// The whole of a read: one load of the slot, and one comparison with the clock. A stale value is served if
/// `stale_is_fine`.
// Shared by all verbs, it would be outlined in a program with more than one call, and then cost half as
// much again: the guard goes through memory twice.
#[inline(always)]
#[allow(clippy::inline_always)]
fn read<H: Home>(
    home: &H,
    stale_is_fine: impl FnOnce(&Generation<H::Value>, Instant) -> bool,
) -> Option<Guard<H::Value>> {
    let current = home.slot().load();
    let now = home.setup().now();
    let freshness = current.as_ref()?.served(now, stale_is_fine)?;
    Some(Guard::new(current, now, freshness))
}

/// What is served to a caller that may be elected: a fresh value, or a stale one for which no caller is wanted.
#[inline(always)]
#[allow(clippy::inline_always)] // as `read`
pub(crate) fn serve<H: Home>(home: &H) -> Option<Guard<H::Value>> {
    read(home, Generation::is_attended)
}

/// Whatever can be served, to a caller that makes nothing.
#[inline(always)]
#[allow(clippy::inline_always)] // as `read`
pub(crate) fn get<H: Home>(home: &H) -> Option<Guard<H::Value>> {
    read(home, |_, _| true)
}

/// What is served to a caller that may be elected, if it meets this demand.
#[inline(always)]
#[allow(clippy::inline_always)] // as `read`
pub(crate) fn serve_demanded<H: Home>(home: &H, demand: &Demand) -> Option<Guard<H::Value>> {
    let current = home.slot().load();
    let now = home.setup().now();
    let found = current.as_ref()?;
    let freshness = found.served(now, |found, now| demand.finds_attended(found, now))?;
    demand.is_met_by(found, now).then(|| Guard::new(current, now, freshness))
}

/// Whatever can be served and meets this demand, to a caller that makes nothing.
#[inline]
pub(crate) fn get_demanded<H: Home>(home: &H, demand: &Demand) -> Option<Guard<H::Value>> {
    get(home).filter(|guard| demand.or_stale || guard.meets(demand))
}
