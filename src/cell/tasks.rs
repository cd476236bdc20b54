//! The verbs for tasks: the stages that threads go through, with a sleep that gives the thread back.

use crate::cell::hand_off::OwnedLease;
use crate::cell::{DogpileCell, impossible};
use crate::clock::Clock;
use crate::error::RegenError;
use crate::protocol::call::Call;
use crate::protocol::flight::{hand_off_or_wait_async, lead_or_wait_async};
use crate::protocol::guard::Guard;
use crate::protocol::home;
use crate::protocol::lease::Lease;
use crate::protocol::served_or::served_or;
use crate::sync::Arc;
use std::error::Error;
use std::future::Future;

impl<T, C: Clock> DogpileCell<T, C> {
    /// Returns the value as [`get_or_regen`](Self::get_or_regen) does, in async code: the future waits, and not the
    /// thread.
    ///
    /// Tasks and threads wait for one another on one cell. The future works on any runtime, or on none: it needs
    /// nothing but a waker. If there is a value to serve, it is ready at the first poll.
    ///
    /// `regen` is called by the leader only, and its future is polled as part of this one, on whatever thread that is.
    /// Give it an async function, an async closure or a closure that returns a future. This future is `Send` if `T` is
    /// `Send` and `Sync`, and the closure and its future are `Send`. (The bound is `FnOnce() -> F`, not `AsyncFnOnce`,
    /// so that generic callers can say `F: Send`.)
    ///
    /// Keep what you need for longer than to the next `await` with [`Guard::to_arc`]. A guard held across an `await`
    /// moves between threads, and so costs the shared reference count that it is made to avoid.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped at any point, this future leaves the cell in order.
    ///
    /// - If it led, the future of `regen` is dropped first, with all that it holds, and what it had done so far is
    ///   lost. Then the lease is given up, without a throttle, and [`Stats::given_up`](crate::Stats::given_up) counts
    ///   it. All waiters wake, and exactly one of them leads.
    /// - If it waited, the others wait on undisturbed.
    ///
    /// *In a server, hand off instead*, with [`get_or_hand_off_async`](Self::get_or_hand_off_async): a request timeout
    /// of 100 ms with a creation function of 200 ms never renews anything, since each leader is cancelled before its
    /// end. A task of its own outlives the request.
    ///
    /// A future that waits, and that is polled once and then left alone, holds nobody up. One that leads holds up the
    /// callers with nothing to read, until [`lease_timeout`](crate::CellBuilder::lease_timeout). So set one where this
    /// future may be a branch of a `select!` whose other branches go on to wait for the same cell.
    ///
    /// # Panics
    ///
    /// If `regen` or its future panics, or if it asks its own cell with nothing to serve, as
    /// [`get_or_regen`](Self::get_or_regen) does.
    ///
    /// # Complexity
    ///
    /// A call that is served costs what a blocking one does and a few moves of the result, and does not allocate. The
    /// future is as large as what `regen` captures and a few words. With nothing to serve, it allocates a box for the
    /// rest, which includes the future of `regen`. A wait allocates its place in the list of sleeping callers. The
    /// first wait with a limit (`lease_timeout` or `wait_timeout`) starts a thread, named `dogpile-timer`, that wakes
    /// all tasks of this process whose time is over. It ends when there has been no such task for a second.
    ///
    /// # Examples
    ///
    /// ```
    /// # use dogpile::DogpileCell;
    /// # use std::time::Duration;
    /// static REPORT: DogpileCell<String> = DogpileCell::new(Duration::from_secs(60));
    ///
    /// async fn slow_query() -> String {
    ///     "42 orders".to_owned()
    /// }
    ///
    /// async fn handle_request() -> usize {
    ///     let report = REPORT.get_or_regen_async(slow_query).await;
    ///     report.len()
    /// }
    /// # assert_eq!(pollster::block_on(handle_request()), 9);
    /// ```
    #[inline]
    pub fn get_or_regen_async<F>(&self, regen: impl FnOnce() -> F) -> impl Future<Output = Guard<T>>
    where
        F: Future<Output = T>,
    {
        served_or(
            move || home::serve(&self),
            move || async move {
                let call = Call::infallible(&self);
                match lead_or_wait_async(call, || async { Ok(regen().await) }).await {
                    Ok(guard) => guard,
                    Err(error) => impossible(&error),
                }
            },
        )
    }

    /// Returns the value as [`try_get_or_regen`](Self::try_get_or_regen) does, in async code: the async function that
    /// makes it can fail.
    ///
    /// [`get_or_regen_async`](Self::get_or_regen_async) says what there is to know about tasks.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`get_or_regen_async`](Self::get_or_regen_async) is. A cancelled regeneration is no failure: it
    /// leaves no error and throttles nothing. In a server, hand off instead.
    ///
    /// # Errors
    ///
    /// The errors of [`try_get_or_regen`](Self::try_get_or_regen), in the same cases. The time of
    /// [`wait_timeout`](crate::CellBuilder::wait_timeout) runs from the first poll that finds nothing to serve, by the
    /// operating system's clock: not by that of the cell, nor by one that a runtime can pause.
    ///
    /// # Panics
    ///
    /// If `regen` or its future panics.
    ///
    /// # Complexity
    ///
    /// A call costs somewhat more than [`get_or_regen_async`](Self::get_or_regen_async), since its result is moved once
    /// more.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, RegenError};
    ///
    /// static TOKEN: DogpileCell<String> = DogpileCell::never_expires();
    ///
    /// async fn fetch(realm: &str) -> Result<String, std::io::Error> {
    ///     Ok(format!("token for {realm}"))
    /// }
    ///
    /// async fn token() -> Result<String, RegenError> {
    ///     let token = TOKEN.try_get_or_regen_async(|| fetch("orders")).await?;
    ///     Ok(token.clone())
    /// }
    /// # assert_eq!(pollster::block_on(token())?, "token for orders");
    /// # Ok::<(), RegenError>(())
    /// ```
    #[inline]
    pub fn try_get_or_regen_async<E, F>(
        &self,
        regen: impl FnOnce() -> F,
    ) -> impl Future<Output = Result<Guard<T>, RegenError>>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Future<Output = Result<T, E>>,
    {
        served_or(
            move || home::serve(&self).map(Ok),
            move || async move {
                let call = Call::fallible(&self);
                lead_or_wait_async(call, || async { regen().await.map_err(RegenError::failed) }).await
            },
        )
    }

    /// Returns the value as [`get_or_hand_off`](Self::get_or_hand_off) does, in async code: `f` passes the lease on to
    /// another task, which outlives this one.
    ///
    /// Callers with nothing to read await the outcome.
    ///
    /// A spawned task is `'static`, and so must be the cell: a `static`. For a cell in a field of a struct or in an
    /// `Arc`, the compiler says *"borrowed data escapes outside of method"*: put that cell into an `Arc`, and use
    /// [`get_or_hand_off_owned_async`](Self::get_or_hand_off_owned_async). The example `tokio_background` is a whole
    /// program.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. Once `f` was called, the lease is with the task that got it, and goes on without this future.
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
    /// use dogpile::{DogpileCell, RegenError};
    ///
    /// static PAGE: DogpileCell<String> = DogpileCell::never_expires();
    ///
    /// async fn render() -> String {
    ///     "rendered".to_owned()
    /// }
    ///
    /// async fn page() -> Result<String, RegenError> {
    ///     let page = PAGE.get_or_hand_off_async(|lease| {
    ///         tokio::spawn(async move { lease.publish(render().await).map(drop) });
    ///     });
    ///     Ok(page.await?.clone())
    /// }
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # assert_eq!(runtime.block_on(page())?, "rendered");
    /// # Ok::<(), RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off_async<'a>(
        &'a self,
        f: impl FnOnce(Lease<&'a Self>),
    ) -> impl Future<Output = Result<Guard<T>, RegenError>> {
        served_or(
            move || home::serve(&self).map(Ok),
            move || async move { hand_off_or_wait_async(Call::fallible(&self), f).await },
        )
    }

    /// Returns the value as [`get_or_hand_off_async`](Self::get_or_hand_off_async) does, for a cell in an `Arc`: `f`
    /// gets a lease that any spawned task can hold.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. Once `f` was called, the lease is with the task that got it, and goes on without this future.
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
    /// use dogpile::{DogpileCell, RegenError};
    /// use std::sync::Arc;
    ///
    /// async fn shared(cell: Arc<DogpileCell<u32>>) -> Result<u32, RegenError> {
    ///     let value = cell.get_or_hand_off_owned_async(|lease| {
    ///         tokio::spawn(async move { lease.publish(7).map(drop) });
    ///     });
    ///     Ok(*value.await?)
    /// }
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # assert_eq!(runtime.block_on(shared(Arc::new(DogpileCell::never_expires())))?, 7);
    /// # Ok::<(), RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off_owned_async(
        self: &Arc<Self>,
        f: impl FnOnce(OwnedLease<T, C>),
    ) -> impl Future<Output = Result<Guard<T>, RegenError>> {
        served_or(move || home::serve(self).map(Ok), move || hand_off_or_wait_async(Call::fallible(self), f))
    }
}
