//! The verbs that hand a lease out, and the lease that holds its cell itself.

use crate::cell::DogpileCell;
use crate::clock::{Clock, CoarseClock};
use crate::error::RegenError;
use crate::protocol::call::Call;
use crate::protocol::demand::Demand;
use crate::protocol::flight::hand_off_or_wait;
use crate::protocol::guard::Guard;
use crate::protocol::home;
use crate::protocol::lease::Lease;
use crate::sync::Arc;

/// A [`Lease`] on a cell in an `Arc`, which it keeps alive: it is `'static`, so it can go to any thread or task.
///
/// Returned by [`DogpileCell::try_lead_owned`], and given out by [`DogpileCell::get_or_hand_off_owned`].
///
/// # Examples
///
/// ```
/// use dogpile::DogpileCell;
/// use std::{sync::Arc, thread};
///
/// let cell = Arc::new(DogpileCell::never_expires());
/// let lease = cell.try_lead_owned().expect("the cell is empty, and nobody is at work");
/// thread::spawn(move || lease.publish(7).is_ok()).join().unwrap();
/// assert_eq!(*cell.get().unwrap(), 7);
/// ```
pub type OwnedLease<T, C = CoarseClock> = Lease<Arc<DogpileCell<T, C>>>;

impl<T, C: Clock> DogpileCell<T, C> {
    /// Elects the caller if the value is due and nobody is at work, and returns the lease. Never waits.
    ///
    /// A value is due if it is stale, expired or missing. `None` means that there is nothing to do: the value is fresh,
    /// a leader is at work, or regeneration is throttled after a failure or deferred. If the leader has overrun its
    /// [`lease_timeout`](crate::CellBuilder::lease_timeout), this caller takes over.
    ///
    /// This is for code that does not make values by a function that returns one: but on a thread of its own, in steps,
    /// or from the [previous](crate::Lease::previous) value. The example `conditional` uses it to ask an origin whether
    /// there is anything new.
    ///
    /// A lease that is dropped is given up, without a throttle: the next caller is elected at once. To throttle
    /// regeneration, end the lease with [`fail`](crate::Lease::fail). The name and the idea are those of memcache's
    /// leases (Nishtala et al., *Scaling Memcache at Facebook*, NSDI 2013, section 3.2.1).
    ///
    /// `try_` means here, as in [`Mutex::try_lock`](std::sync::Mutex::try_lock), that the call does not wait; in
    /// [`try_get_or_regen`](Self::try_get_or_regen) it means that the creation function can fail.
    ///
    /// # Complexity
    ///
    /// Lock-free: the call starts over only when another call replaced the value. It costs a compare-and-swap if the
    /// value is due and nobody is at work, and otherwise a load and a reference count.
    ///
    /// # Examples
    ///
    /// A thread that renews, and readers that only [`get`](Self::get):
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// static FLAGS: DogpileCell<Vec<&str>> = DogpileCell::never_expires();
    ///
    /// fn renew_if_due(load: impl FnOnce() -> Result<Vec<&'static str>, String>) {
    ///     let Some(lease) = FLAGS.try_lead() else { return };
    ///     match load() {
    ///         Ok(flags) => drop(lease.publish(flags)), // superseded: something newer is there, also good
    ///         Err(error) => lease.fail(error),
    ///     }
    /// }
    ///
    /// renew_if_due(|| Ok(vec!["dark-mode"]));
    /// assert_eq!(FLAGS.get().unwrap().len(), 1);
    /// renew_if_due(|| unreachable!("it is fresh"));
    /// FLAGS.mark_stale();
    /// renew_if_due(|| Err("no answer".to_owned()));
    /// renew_if_due(|| unreachable!("it is too early for another one"));
    /// assert!(Guard::is_stale(&FLAGS.get().unwrap()));
    /// ```
    #[must_use = "a lease that is dropped is given up"]
    pub fn try_lead(&self) -> Option<Lease<&Self>> {
        Lease::try_lead(&self, &Demand::new())
    }

    /// Returns the value; if it is stale or missing, one caller is elected, and its `f` passes the lease on to a thread
    /// pool, a channel or a task.
    ///
    /// This keeps regeneration off the request path: no reader makes a value itself. A call that handed its lease off
    /// returns a stale value at once. With nothing to serve it waits for the outcome of that lease, as the other
    /// callers do, and is not elected again.
    ///
    /// `f` runs on this thread and ought to return soon. It may also publish by itself.
    ///
    /// A job that panics, a queue that is full and a pool that is gone all drop the lease, and then the next caller
    /// hands off. Against a job that hangs there is [`lease_timeout`](crate::CellBuilder::lease_timeout). The example
    /// `background` is a whole program. (This is dogpile.core's `async_creator`, except that no job can forget to
    /// release its lock.)
    ///
    /// To pass the lease to another thread without a scope, the cell must be a `static`. For a cell in an `Arc` there
    /// is [`get_or_hand_off_owned`](Self::get_or_hand_off_owned).
    ///
    /// # Errors
    ///
    /// Only if there is nothing to serve:
    ///
    /// - [`RegenError::Failed`] if the lease ended with an error, or if a regeneration failed so recently that the next
    ///   one is throttled.
    /// - [`RegenError::GivenUp`] if this call handed its lease off, and nobody leads any more: the lease was dropped
    ///   without a result, or deferred and the pause is over, or an `invalidate` superseded it.
    /// - [`RegenError::WaitTimeout`] if this call waited longer than the cell's
    ///   [`wait_timeout`](crate::CellBuilder::wait_timeout). Or if this call handed its lease off, and the holder
    ///   overran [`lease_timeout`](crate::CellBuilder::lease_timeout): other callers may take over, but not this one.
    /// - [`RegenError::Reentrant`] if this call is made inside `f`, or inside a creation function of its own cell.
    ///
    /// # Panics
    ///
    /// If `f` panics. The lease is given up then, unless `f` had passed it on. That does not count as a failure, so it
    /// throttles nothing.
    ///
    /// # Complexity
    ///
    /// A call that is served costs what [`get_or_regen`](Self::get_or_regen) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::thread;
    ///
    /// static PAGE: DogpileCell<String> = DogpileCell::never_expires();
    ///
    /// let page = PAGE.get_or_hand_off(|lease| {
    ///     thread::spawn(move || lease.publish("rendered".to_owned()));
    /// })?;
    /// assert_eq!(*page, "rendered");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off<'a>(&'a self, f: impl FnOnce(Lease<&'a Self>)) -> Result<Guard<T>, RegenError> {
        match home::serve(&self) {
            Some(guard) => Ok(guard),
            None => hand_off_or_wait(&self, Call::fallible, f),
        }
    }

    /// Elects the caller as [`try_lead`](Self::try_lead) does, with a lease that keeps the cell's `Arc` alive.
    ///
    /// Costs one more reference count.
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
    #[must_use = "a lease that is dropped is given up"]
    pub fn try_lead_owned(self: &Arc<Self>) -> Option<OwnedLease<T, C>> {
        Lease::try_lead(self, &Demand::new())
    }

    /// Returns the value as [`get_or_hand_off`](Self::get_or_hand_off) does, for a cell in an `Arc`: `f` gets a lease
    /// that can go to any thread or task.
    ///
    /// # Errors
    ///
    /// The errors of [`get_or_hand_off`](Self::get_or_hand_off), in the same cases.
    ///
    /// # Panics
    ///
    /// If `f` panics, as [`get_or_hand_off`](Self::get_or_hand_off) does.
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
        match home::serve(self) {
            Some(guard) => Ok(guard),
            None => hand_off_or_wait(self, Call::fallible, f),
        }
    }
}
