//! The verbs that hand a lease out, and the lease that holds its cell itself.

use crate::cell::DogpileCell;
use crate::clock::{Clock, CoarseClock};
use crate::error::RegenError;
use crate::protocol::flight::hand_off_or_wait;
use crate::protocol::guard::Guard;
use crate::protocol::home;
use crate::protocol::lease::Lease;
use crate::sync::Arc;

/// A [`Lease`] on a cell in an `Arc`, which it keeps alive: `'static`, so it can go to any thread or
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
/// thread::spawn(move || lease.publish(7).is_ok()).join().unwrap();
/// assert_eq!(*cell.get().unwrap(), 7);
/// ```
pub type OwnedLease<T, C = CoarseClock> = Lease<Arc<DogpileCell<T, C>>>;

impl<T, C: Clock> DogpileCell<T, C> {
    /// Elects the caller if the value is due, nobody is at work (or whoever is has overrun
    /// [`lease_timeout`](crate::CellBuilder::lease_timeout)), and no retry is throttled. Never waits. None: there is nothing
    /// to do.
    ///
    /// For who makes values in another way than by a function that returns one: on a thread of its own, in
    /// steps, with a look at the [previous](crate::Lease::previous) value. The example `conditional` asks an origin
    /// that way whether there is something new at all.
    ///
    /// A lease that is dropped is given up, without a throttle: the next caller is elected at once. To be
    /// throttled, say [`fail`](crate::Lease::fail). The name and the idea are those of memcache's leases (Nishtala et
    /// al., *Scaling Memcache at Facebook*, NSDI 2013, section 3.2.1).
    ///
    /// # Complexity
    ///
    /// Lock-free: it starts over only when another call replaced the value. A compare-and-swap if the value is
    /// due and nobody is at work; else a load and a reference count.
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
    /// renew_if_due(|| unreachable!("it is too early for another attempt"));
    /// assert!(Guard::is_stale(&FLAGS.get().unwrap()));
    /// ```
    pub fn try_lead(&self) -> Option<Lease<&Self>> {
        Lease::try_lead(&self)
    }

    /// The value; if it is due and this caller is elected, `f` gets the lease and is to pass it on, to a
    /// thread pool, a channel or a task. So no reader ever makes a value itself.
    ///
    /// The caller is served the stale value itself. Without one it waits for whoever got the lease, as
    /// the others do. `f` runs on this thread and ought to return soon; it may also publish by itself.
    ///
    /// This is dogpile.core's `async_creator`, without the way to forget the release: a job that panics, a queue
    /// that is full and a pool that is gone all drop the lease, and so the next caller hands off anew. Against a
    /// job that hangs there is [`lease_timeout`](crate::CellBuilder::lease_timeout). The example `background` is a whole
    /// program.
    ///
    /// To pass the lease to another thread without a scope, the cell must be a `static`; for one in an `Arc`
    /// there is [`get_or_hand_off_owned`](Self::get_or_hand_off_owned).
    ///
    /// # Errors
    ///
    /// Only if there is nothing to serve:
    ///
    /// - [`RegenError::Failed`] if the lease ended with an error, or an attempt did so short a while ago that no
    ///   other is made yet;
    /// - [`RegenError::GivenUp`] if this call handed a lease off that was dropped without a result;
    /// - [`RegenError::WaitTimeout`] if it took longer than the cell's
    ///   [`wait_timeout`](crate::CellBuilder::wait_timeout), or longer than [`lease_timeout`](crate::CellBuilder::lease_timeout): this
    ///   call has nothing left to take over with, and leaves that to others;
    /// - [`RegenError::Reentrant`] from inside `f`, or from inside a creation function of this cell.
    ///
    /// # Panics
    ///
    /// If `f` does; the lease is given up, unless `f` had passed it on. That is no attempt, and throttles nothing.
    ///
    /// # Complexity
    ///
    /// Served, a call costs what [`get_or_regen`](Self::get_or_regen) does.
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
            None => hand_off_or_wait(&self, f),
        }
    }

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
        Lease::try_lead(self)
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
        match home::serve(self) {
            Some(guard) => Ok(guard),
            None => hand_off_or_wait(self, f),
        }
    }
}
