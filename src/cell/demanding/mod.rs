//! The verbs of a call with a demand: a view of a cell, and, in files of their own, of a lazy cell and of a reader.

mod lazy;
mod reader;

use crate::cell::{DogpileCell, impossible};
use crate::clock::Clock;
use crate::error::RegenError;
use crate::protocol::call::{Call, Role};
use crate::protocol::demand::Demand;
use crate::protocol::flight::{
    self, follow, follow_async, hand_off_or_wait, hand_off_or_wait_async, lead_or_wait, lead_or_wait_async,
};
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Home};
use crate::protocol::lease::Lease;
use crate::protocol::served_or::served_or;
use crate::sync::Arc;
use std::error::Error;
use std::future::Future;

/// A view of a cell for one call with a [`Demand`], which asks for more than what is there.
///
/// Returned by [`DogpileCell::with`], [`DogpileCell::with_owned`], [`DogpileLazy::with`](crate::DogpileLazy::with) and
/// [`Reader::with`](crate::Reader::with). Its methods have the names and the meaning of those of the cell, except that
/// a value that does not meet the demand is, for this call only, as if it were not there. Each method takes the view by
/// value, since a demand is for one call. Making a view costs nothing, but for a reference count in `with_owned`.
///
/// `P` is what the view is of: a reference to a cell, an `Arc` of one, a reference to a lazy cell, or a mutable
/// reference to a reader.
///
/// # Examples
///
/// ```
/// use dogpile::{Demand, DogpileCell, RegenError};
///
/// static PAGE: DogpileCell<String> = DogpileCell::never_expires();
///
/// const ANEW: Demand = Demand::new().anew();
///
/// assert_eq!(*PAGE.get_or_regen(|| "before".to_owned()), "before");
/// assert_eq!(*PAGE.with(ANEW).get_or_regen(|| "after".to_owned()), "after");
/// let kept = PAGE.with(ANEW.or_stale()).try_get_or_regen(|| Err("the origin is down"))?;
/// assert_eq!(*kept, "after");
/// # Ok::<(), RegenError>(())
/// ```
#[derive(Debug)]
#[must_use = "a demand changes nothing until a call is made with it"]
pub struct Demanding<P> {
    place: P,
    demand: Demand,
}

impl<H: Home> Demanding<H> {
    /// Returns a value that meets the demand; if there is none and this caller is elected, `regen` makes it first, as
    /// in [`DogpileCell::get_or_regen`].
    ///
    /// If a leader is at work, this call waits for it, even if the value that it replaces is fresh. This call has no
    /// error to return. Where a call that can fail would get an error, it is served the old value if the demand says
    /// [`or_stale`](Demand::or_stale), and otherwise leads or waits.
    ///
    /// # Panics
    ///
    /// If `regen` panics, or asks its own cell while there is nothing to serve, as [`DogpileCell::get_or_regen`] does.
    ///
    /// # Complexity
    ///
    /// A call that is served costs a few comparisons more than one without a demand.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, Guard};
    ///
    /// let token = DogpileCell::never_expires();
    /// let refused = Guard::version(&token.get_or_regen(|| "t1"));
    /// assert_eq!(*token.with(Demand::new().newer_than(refused)).get_or_regen(|| "t2"), "t2");
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_regen(self, regen: impl FnOnce() -> H::Value) -> Guard<H::Value> {
        let Self { place: home, demand } = self;
        match home::serve_demanded(&home, &demand) {
            Some(guard) => guard,
            None => {
                match lead_or_wait(
                    &home,
                    move |home| Call::new(home, Role::Infallible, demand),
                    || Ok(regen()),
                ) {
                    Ok(guard) => guard,
                    Err(error) => impossible(&error),
                }
            }
        }
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, `regen`, which can fail,
    /// makes it first, as in [`DogpileCell::try_get_or_regen`].
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::try_get_or_regen`], even if there is a value that other callers are served. With
    /// [`or_stale`](Demand::or_stale), only if there is no such value either.
    ///
    /// # Panics
    ///
    /// If `regen` panics, as [`DogpileCell::get_or_regen`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let rate = DogpileCell::never_expires();
    /// rate.set(1.09);
    /// assert!(rate.with(Demand::new().anew()).try_get_or_regen(|| "n/a".parse::<f64>()).is_err());
    /// assert_eq!(*rate.get().unwrap(), 1.09);
    /// ```
    #[inline]
    pub fn try_get_or_regen<E>(
        self,
        regen: impl FnOnce() -> Result<H::Value, E>,
    ) -> Result<Guard<H::Value>, RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let Self { place: home, demand } = self;
        match home::serve_demanded(&home, &demand) {
            Some(guard) => Ok(guard),
            None => lead_or_wait(
                &home,
                move |home| Call::new(home, Role::Fallible, demand),
                || regen().map_err(RegenError::failed),
            ),
        }
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, `f` gets the lease and
    /// passes it on, as in [`DogpileCell::get_or_hand_off`].
    ///
    /// A call that handed its lease off waits for the outcome, since the value that is there does not meet the demand.
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::get_or_hand_off`], even if there is a value that other callers are served. With
    /// [`or_stale`](Demand::or_stale), only if there is no such value either.
    ///
    /// # Panics
    ///
    /// If `f` panics, as [`DogpileCell::get_or_hand_off`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    /// use std::thread;
    ///
    /// static PAGE: DogpileCell<&str> = DogpileCell::never_expires();
    ///
    /// PAGE.set("before");
    /// let page = PAGE.with(Demand::new().anew()).get_or_hand_off(|lease| {
    ///     thread::spawn(move || lease.publish("after"));
    /// })?;
    /// assert_eq!(*page, "after");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off(self, f: impl FnOnce(Lease<H>)) -> Result<Guard<H::Value>, RegenError> {
        let Self { place: home, demand } = self;
        match home::serve_demanded(&home, &demand) {
            Some(guard) => Ok(guard),
            None => hand_off_or_wait(&home, move |home| Call::new(home, Role::Fallible, demand), f),
        }
    }

    /// Elects the caller if the value is due or does not meet the demand, and nobody is at work, as
    /// [`DogpileCell::try_lead`] does. Never waits.
    ///
    /// `None` means that the value meets the demand and is fresh, that a leader is at work, or that regeneration is
    /// throttled or deferred.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let config = DogpileCell::never_expires();
    /// config.set("a");
    /// assert!(config.try_lead().is_none(), "it is fresh");
    /// let lease = config.with(Demand::new().anew()).try_lead().expect("nobody is at work");
    /// assert!(lease.publish("b").is_ok());
    /// ```
    #[must_use = "a lease that is dropped is given up"]
    pub fn try_lead(self) -> Option<Lease<H>> {
        Lease::try_lead(&self.place, &self.demand)
    }

    /// Returns the value if there is a servable one that meets the demand, as [`DogpileCell::get`] does. Never elects a
    /// leader, and never waits.
    ///
    /// With [`or_stale`](Demand::or_stale) it returns any servable value. No value that is there already meets a demand
    /// for one made [`anew`](Demand::anew).
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, Guard};
    ///
    /// let cell = DogpileCell::never_expires();
    /// let version = cell.set("seen");
    /// assert!(cell.with(Demand::new().newer_than(version)).get().is_none());
    /// ```
    #[must_use]
    #[inline]
    pub fn get(self) -> Option<Guard<H::Value>> {
        home::get_demanded(&self.place, &self.demand)
    }

    /// Waits until there is a servable value of a later version than `than` that meets the demand, and returns it, as
    /// [`DogpileCell::wait_newer`] does. Never elects a leader.
    ///
    /// The thread sleeps until the end of the demand's [`patience`](Demand::patience), or without limit if it has none:
    /// the cell's `wait_timeout` does not apply.
    ///
    /// # Errors
    ///
    /// - [`RegenError::WaitTimeout`] if the patience is over. With [`or_stale`](Demand::or_stale), only if there is
    ///   nothing to serve at all; otherwise the old value is returned then.
    /// - [`RegenError::Reentrant`] if this call is made inside a creation function of its own cell.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, RegenError};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::never_expires();
    /// let seen = cell.set("a");
    /// let hardly = Demand::new().patience(Duration::from_millis(5));
    /// assert!(matches!(cell.with(hardly).wait_newer(seen), Err(RegenError::WaitTimeout)));
    /// cell.set("b");
    /// assert_eq!(*cell.with(hardly).wait_newer(seen)?, "b");
    /// # Ok::<(), RegenError>(())
    /// ```
    pub fn wait_newer(self, than: u64) -> Result<Guard<H::Value>, RegenError> {
        follow(Call::new(&self.place, Role::Follower(than), self.demand))
    }

    /// Waits, in async code, until there is a servable value of a later version than `than` that meets the demand, and
    /// returns it, as [`wait_newer`](Self::wait_newer) does in a thread.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing in the cell, whether it is polled, left alone or dropped.
    ///
    /// # Errors
    ///
    /// The errors of [`wait_newer`](Self::wait_newer), in the same cases.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, RegenError};
    /// use std::time::Duration;
    ///
    /// static PRICE: DogpileCell<u32> = DogpileCell::never_expires();
    ///
    /// /// Long polling: the next price, or none within 20 ms.
    /// async fn next_price(seen: u64) -> Result<Option<u32>, RegenError> {
    ///     let patient = Demand::new().patience(Duration::from_millis(20));
    ///     match PRICE.with(patient).wait_newer_async(seen).await {
    ///         Ok(price) => Ok(Some(*price)),
    ///         Err(RegenError::WaitTimeout) => Ok(None),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// # let seen = PRICE.set(109);
    /// # assert_eq!(pollster::block_on(next_price(0))?, Some(109));
    /// # assert_eq!(pollster::block_on(next_price(seen))?, None);
    /// # Ok::<(), RegenError>(())
    /// ```
    pub async fn wait_newer_async(self, than: u64) -> Result<Guard<H::Value>, RegenError> {
        follow_async(Call::new(&self.place, Role::Follower(than), self.demand)).await
    }

    /// Waits until no leader is at work, as [`DogpileCell::wait_idle`] does, but no longer than the demand's
    /// [`patience`](Demand::patience).
    ///
    /// # Errors
    ///
    /// - [`RegenError::WaitTimeout`] if a leader was still at work at the end of the patience.
    /// - [`RegenError::Reentrant`] if this call is made inside a creation function of its own cell.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, RegenError};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// let lease = cell.try_lead(); // a leader is at work
    /// let hardly = Demand::new().patience(Duration::from_millis(5));
    /// assert!(matches!(cell.with(hardly).wait_idle(), Err(RegenError::WaitTimeout)));
    /// drop(lease);
    /// assert!(cell.with(hardly).wait_idle().is_ok());
    /// ```
    pub fn wait_idle(self) -> Result<(), RegenError> {
        flight::wait_idle(&self.place, self.demand.patience)
    }

    /// Waits, in async code, until no leader is at work, as [`wait_idle`](Self::wait_idle) does in a thread.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing in the cell, whether it is polled, left alone or dropped.
    ///
    /// # Errors
    ///
    /// The errors of [`wait_idle`](Self::wait_idle), in the same cases.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    /// use std::time::Duration;
    ///
    /// static PAGE: DogpileCell<&str> = DogpileCell::never_expires();
    ///
    /// async fn shut_down() -> bool {
    ///     let soon = Demand::new().patience(Duration::from_secs(5));
    ///     PAGE.with(soon).wait_idle_async().await.is_ok()
    /// }
    /// # assert!(pollster::block_on(shut_down()));
    /// ```
    pub async fn wait_idle_async(self) -> Result<(), RegenError> {
        flight::wait_idle_async(&self.place, self.demand.patience).await
    }

    /// Returns a value that meets the demand, in async code; if there is none and this caller is elected, `regen` makes
    /// it first, as in [`DogpileCell::get_or_regen_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`DogpileCell::get_or_regen_async`] is.
    ///
    /// # Panics
    ///
    /// If `regen` or its future panics, or if it asks its own cell while there is nothing to serve.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// static PAGE: DogpileCell<&str> = DogpileCell::never_expires();
    ///
    /// async fn after_a_write() -> &'static str {
    ///     *PAGE.with(Demand::new().anew()).get_or_regen_async(async || "after").await
    /// }
    /// # PAGE.set("before");
    /// # assert_eq!(pollster::block_on(after_a_write()), "after");
    /// ```
    #[inline]
    pub fn get_or_regen_async<F>(self, regen: impl FnOnce() -> F) -> impl Future<Output = Guard<H::Value>>
    where
        F: Future<Output = H::Value>,
    {
        let Self { place: home, demand } = self;
        served_or(
            {
                let home = home.clone();
                move || home::serve_demanded(&home, &demand)
            },
            move || async move {
                let call = Call::new(&home, Role::Infallible, demand);
                match lead_or_wait_async(call, || async { Ok(regen().await) }).await {
                    Ok(guard) => guard,
                    Err(error) => impossible(&error),
                }
            },
        )
    }

    /// Returns a value that meets the demand, in async code; if there is none and this caller is elected, `regen`,
    /// which can fail, makes it first, as in [`DogpileCell::try_get_or_regen_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`DogpileCell::get_or_regen_async`] is.
    ///
    /// # Errors
    ///
    /// The errors of [`try_get_or_regen`](Self::try_get_or_regen), in the same cases.
    ///
    /// # Panics
    ///
    /// If `regen` or its future panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, RegenError};
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// let lease = cell.try_lead(); // somebody is at work
    /// let hardly = Demand::new().patience(Duration::from_millis(5));
    /// let parse = || async { "7".parse::<u32>() };
    /// let waited = pollster::block_on(cell.with(hardly).try_get_or_regen_async(parse));
    /// assert!(matches!(waited, Err(RegenError::WaitTimeout)));
    /// # drop(lease);
    /// ```
    #[inline]
    pub fn try_get_or_regen_async<E, F>(
        self,
        regen: impl FnOnce() -> F,
    ) -> impl Future<Output = Result<Guard<H::Value>, RegenError>>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Future<Output = Result<H::Value, E>>,
    {
        let Self { place: home, demand } = self;
        served_or(
            {
                let home = home.clone();
                move || home::serve_demanded(&home, &demand).map(Ok)
            },
            move || async move {
                let call = Call::new(&home, Role::Fallible, demand);
                lead_or_wait_async(call, || async { regen().await.map_err(RegenError::failed) }).await
            },
        )
    }

    /// Returns a value that meets the demand, in async code; if there is none and this caller is elected, `f` gets the
    /// lease and passes it on, as in [`DogpileCell::get_or_hand_off_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. Once `f` was called, the lease does not depend on this future.
    ///
    /// # Errors
    ///
    /// The errors of [`get_or_hand_off`](Self::get_or_hand_off), in the same cases.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, RegenError};
    ///
    /// static PAGE: DogpileCell<&str> = DogpileCell::never_expires();
    ///
    /// async fn after_a_write() -> Result<&'static str, RegenError> {
    ///     let page = PAGE.with(Demand::new().anew()).get_or_hand_off_async(|lease| {
    ///         tokio::spawn(async move { lease.publish("after").map(drop) });
    ///     });
    ///     Ok(*page.await?)
    /// }
    /// # PAGE.set("before");
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # assert_eq!(runtime.block_on(after_a_write())?, "after");
    /// # Ok::<(), RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off_async(
        self,
        f: impl FnOnce(Lease<H>),
    ) -> impl Future<Output = Result<Guard<H::Value>, RegenError>> {
        let Self { place: home, demand } = self;
        served_or(
            {
                let home = home.clone();
                move || home::serve_demanded(&home, &demand).map(Ok)
            },
            move || async move { hand_off_or_wait_async(Call::new(&home, Role::Fallible, demand), f).await },
        )
    }
}

impl<T, C: Clock> DogpileCell<T, C> {
    /// Returns a view of this cell for one call that asks for more than what is there: see [`Demand`].
    ///
    /// # Examples
    ///
    /// A page shows what was just written:
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let page = DogpileCell::never_expires();
    /// page.set("0 comments");
    /// // A comment is written. Then:
    /// let written = page.with(Demand::new().anew()).get_or_regen(|| "1 comment");
    /// assert_eq!(*written, "1 comment");
    /// ```
    #[inline]
    pub fn with(&self, demand: Demand) -> Demanding<&Self> {
        Demanding { place: self, demand }
    }

    /// Returns a view of this cell as [`with`](Self::with) does, which keeps the cell's `Arc` alive, so that its leases
    /// and futures can go to any thread or task.
    ///
    /// Costs a reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    /// use std::{sync::Arc, thread};
    ///
    /// let page = Arc::new(DogpileCell::never_expires());
    /// page.set("before");
    /// let after = page.with_owned(Demand::new().anew()).get_or_hand_off(|lease| {
    ///     thread::spawn(move || lease.publish("after"));
    /// })?;
    /// assert_eq!(*after, "after");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    pub fn with_owned(self: &Arc<Self>, demand: Demand) -> Demanding<Arc<Self>> {
        Demanding { place: Arc::clone(self), demand }
    }
}
