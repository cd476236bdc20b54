//! Leases that hold the cell themselves, for cells in an `Arc`.

use crate::cell::DogpileCell;
use crate::clock::{Clock, CoarseClock};
use crate::error::{RegenError, RenewError, Superseded};
use crate::generation::Generation;
use crate::guard::Guard;
use crate::lease::{Term, lease_methods};
use crate::slot::Slot;
use crate::sync::Arc;
use std::error::Error;
use std::ops::Deref;
use std::time::Duration;

/// A cell, where a lease needs its slot.
struct Owner<T, C>(Arc<DogpileCell<T, C>>);

impl<T, C> Clone for Owner<T, C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, C> Deref for Owner<T, C> {
    type Target = Slot<T, C>;

    fn deref(&self) -> &Slot<T, C> {
        &self.0.slot
    }
}

/// A [`Lease`](crate::Lease) on a cell in an `Arc`, which it keeps alive: `'static`, so it can go to any thread or
/// task.
///
/// # Examples
///
/// ```
/// use dogpile::DogpileCell;
/// use std::{sync::Arc, thread};
///
/// let cell = Arc::new(DogpileCell::never_expires());
/// let lease = cell.try_lead_owned().expect("the cell is empty, and nobody is at work");
/// thread::spawn(move || lease.publish(7).unwrap().version()).join().unwrap();
/// assert_eq!(*cell.get().unwrap(), 7);
/// ```
#[must_use = "a lease that is dropped is given up"]
pub struct OwnedLease<T, C = CoarseClock>(Term<T, C, Owner<T, C>>);

impl<T, C: Clock> OwnedLease<T, C> {
    lease_methods!();
}

impl<T, C: Clock> DogpileCell<T, C> {
    /// [`try_lead`](Self::try_lead) for a cell in an `Arc`. Costs a reference count more.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::{sync::Arc, thread};
    ///
    /// let cell = Arc::new(DogpileCell::<u32>::never_expires());
    /// let lease = cell.try_lead_owned().expect("the cell is empty, and nobody is at work");
    /// assert!(cell.try_lead_owned().is_none());
    /// thread::spawn(move || drop(lease)).join().unwrap(); // given up
    /// assert!(cell.try_lead_owned().is_some());
    /// ```
    pub fn try_lead_owned(self: &Arc<Self>) -> Option<OwnedLease<T, C>> {
        let elect = |current: &_, now| Term::elect(Owner(Arc::clone(self)), current, now);
        self.slot.try_elect(elect).map(OwnedLease)
    }

    /// [`get_or_hand_off`](Self::get_or_hand_off) for a cell in an `Arc`.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::{sync::Arc, thread};
    ///
    /// let cell = Arc::new(DogpileCell::never_expires());
    /// let value = cell.get_or_hand_off_owned(|lease| {
    ///     thread::spawn(move || lease.publish(7));
    /// })?;
    /// assert_eq!(*value, 7);
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off_owned(
        self: &Arc<Self>,
        f: impl FnOnce(OwnedLease<T, C>),
    ) -> Result<Guard<T>, RegenError> {
        match self.read(Generation::is_attended) {
            Some(guard) => Ok(guard),
            None => self.hand_off_or_wait(&Owner(Arc::clone(self)), |term| f(OwnedLease(term))),
        }
    }
}
