//! The verbs of a call with a demand: a view of a cell, of a lazy cell or of a reader.

use crate::cell::lazy::DogpileLazy;
use crate::cell::reader::Reader;
use crate::cell::{DogpileCell, impossible};
use crate::clock::Clock;
use crate::error::RegenError;
use crate::protocol::call::{Call, Role};
use crate::protocol::demand::Demand;
use crate::protocol::flight::{
    follow, follow_async, hand_off_or_wait, hand_off_or_wait_async, lead_or_wait, lead_or_wait_async,
};
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Home};
use crate::protocol::lease::Lease;
use crate::protocol::served_or::served_or;
use crate::sync::Arc;
use std::error::Error;
use std::future::Future;

/// A view of a cell, for one call that asks for more than what is there.
///
/// From [`DogpileCell::with`], [`DogpileCell::with_owned`], [`DogpileLazy::with`](crate::DogpileLazy::with) and
/// [`Reader::with`](crate::Reader::with). Its methods have the names of those of the cell and do what those do, but a
/// value that does not meet the [`Demand`] is, for this call only, as if it were not there. Each takes the view by
/// value: it is made for one call, and costs nothing to make.
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
    /// Returns a value that meets the demand; if there is none and this caller is elected, `regen` makes it first, as in
    /// [`DogpileCell::get_or_regen`].
    ///
    /// A leader that is at work is waited for, also if the value that it replaces is fresh. This call has no error to
    /// return: with [`or_stale`](Demand::or_stale) it is served the old value where another call would get an error,
    /// and without it, it waits or leads.
    ///
    /// # Panics
    ///
    /// If `regen` panics, or asks its own cell with nothing to serve, as [`DogpileCell::get_or_regen`] does.
    ///
    /// # Complexity
    ///
    /// Served, a call costs a few comparisons more than one without a demand.
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
        let Self { place: home, demand } = &self;
        match home::serve_demanded(home, demand) {
            Some(guard) => guard,
            None => {
                match lead_or_wait(home, |home| Call::new(home, Role::Infallible, *demand), || Ok(regen())) {
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
    /// The errors of [`DogpileCell::try_get_or_regen`], also if there is a value that may be served to others. With
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
        let Self { place: home, demand } = &self;
        match home::serve_demanded(home, demand) {
            Some(guard) => Ok(guard),
            None => lead_or_wait(
                home,
                |home| Call::new(home, Role::Fallible, *demand),
                || regen().map_err(RegenError::failed),
            ),
        }
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, `f` gets the lease and passes
    /// it on, as in [`DogpileCell::get_or_hand_off`].
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::get_or_hand_off`], also if there is a value that may be served to others. With
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
        let Self { place: home, demand } = &self;
        match home::serve_demanded(home, demand) {
            Some(guard) => Ok(guard),
            None => hand_off_or_wait(home, |home| Call::new(home, Role::Fallible, *demand), f),
        }
    }

    /// Elects the caller if the value does not meet the demand, or is due, and nobody is at work, as
    /// [`DogpileCell::try_lead`] does. Never waits.
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
    /// With [`or_stale`](Demand::or_stale) every servable value will do. None meets a demand for a value made
    /// [anew](Demand::anew), since no such value can be there already.
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
    #[inline]
    pub fn get(self) -> Option<Guard<H::Value>> {
        home::get_demanded(&self.place, &self.demand)
    }

    /// Sleeps until a value is there that has a later version than `than` and meets the demand, as
    /// [`DogpileCell::wait_newer`] does. Never elects a leader.
    ///
    /// # Errors
    ///
    /// - [`RegenError::WaitTimeout`] if there was none before the end of the demand's [`patience`](Demand::patience);
    ///   without one it waits on. With [`or_stale`](Demand::or_stale), only if there is nothing to serve at all.
    /// - [`RegenError::Reentrant`] if this call is made inside of a creation function of its own cell.
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
    /// ```
    pub fn wait_newer(self, than: u64) -> Result<Guard<H::Value>, RegenError> {
        follow(Call::new(&self.place, Role::Follower, self.demand.newer_than_too(than)))
    }

    /// Sleeps, in async code, until a value is there that has a later version than `than` and meets the demand, as
    /// [`wait_newer`](Self::wait_newer) does for a thread.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a future that waits disturbs nobody, dropped or not.
    ///
    /// # Errors
    ///
    /// The errors of [`wait_newer`](Self::wait_newer), in the same cases.
    pub async fn wait_newer_async(self, than: u64) -> Result<Guard<H::Value>, RegenError> {
        follow_async(Call::new(&self.place, Role::Follower, self.demand.newer_than_too(than))).await
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
    /// If `regen` or its future panics, or if it asks its own cell with nothing to serve.
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

    /// Returns a value that meets the demand, in async code; if there is none and this caller is elected, `regen`, which
    /// can fail, makes it first, as in [`DogpileCell::try_get_or_regen_async`].
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
    /// Cancel safe. Once `f` was called, the lease goes on without this future.
    ///
    /// # Errors
    ///
    /// The errors of [`get_or_hand_off`](Self::get_or_hand_off), in the same cases.
    ///
    /// # Panics
    ///
    /// If `f` panics.
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
    /// Makes a view of this cell for a call that asks for more than what is there: see [`Demand`].
    ///
    /// # Examples
    ///
    /// A page that shows what was just written:
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let page = DogpileCell::never_expires();
    /// page.set("0 comments");
    /// // A comment is written. Then:
    /// let fresh = page.with(Demand::new().anew()).get_or_regen(|| "1 comment");
    /// assert_eq!(*fresh, "1 comment");
    /// ```
    #[inline]
    pub fn with(&self, demand: Demand) -> Demanding<&Self> {
        Demanding { place: self, demand }
    }

    /// Makes a view of this cell as [`with`](Self::with) does, which keeps the cell's `Arc` alive: its leases and its
    /// futures can go to any thread or task.
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

/// The verbs of a lazy cell: those above, without the creation function.
impl<'a, T, F, C: Clock> Demanding<&'a DogpileLazy<T, F, C>> {
    fn of_cell(&self) -> Demanding<&'a DogpileCell<T, C>> {
        self.place.cell().with(self.demand)
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, the creation function makes
    /// it first, as in [`DogpileLazy::get_or_regen`].
    ///
    /// # Panics
    ///
    /// If the creation function panics, or if it asks for this value itself and nothing is servable.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    ///
    /// let config = DogpileLazy::never_expires(|| 7);
    /// config.set(6);
    /// assert_eq!(*config.with(Demand::new().anew()).get_or_regen(), 7);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_regen(self) -> Guard<T>
    where
        F: Fn() -> T,
    {
        self.of_cell().get_or_regen(self.place.regen())
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, the creation function, which
    /// can fail, makes it first, as in [`DogpileLazy::try_get_or_regen`].
    ///
    /// # Errors
    ///
    /// Those of the method of this name for a cell: the error of the creation function, or of a wait.
    ///
    /// # Panics
    ///
    /// If the creation function panics.
    #[inline]
    pub fn try_get_or_regen<E>(self) -> Result<Guard<T>, RegenError>
    where
        F: Fn() -> Result<T, E>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.of_cell().try_get_or_regen(self.place.regen())
    }

    /// Returns a value that meets the demand, in async code, as [`DogpileLazy::get_or_regen_async`] returns one.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`DogpileCell::get_or_regen_async`] is.
    ///
    /// # Panics
    ///
    /// If the creation function or its future panics, or if it asks for this value itself and nothing is servable.
    #[inline]
    pub fn get_or_regen_async<R>(self) -> impl Future<Output = Guard<T>>
    where
        F: Fn() -> R,
        R: Future<Output = T>,
    {
        self.of_cell().get_or_regen_async(self.place.regen())
    }

    /// Returns a value that meets the demand, in async code, as [`DogpileLazy::try_get_or_regen_async`] returns one.
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
    /// If the creation function or its future panics.
    #[inline]
    pub fn try_get_or_regen_async<R, E>(self) -> impl Future<Output = Result<Guard<T>, RegenError>>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.of_cell().try_get_or_regen_async(self.place.regen())
    }
}

/// The verbs of a lazy cell that need no creation function: those of the cell.
impl<'a, T, F, C: Clock> Demanding<&'a DogpileLazy<T, F, C>> {
    /// Returns the value if there is a servable one that meets the demand. Never makes one, and never waits.
    #[must_use]
    #[inline]
    pub fn get(self) -> Option<Guard<T>> {
        self.of_cell().get()
    }

    /// Elects the caller if the value does not meet the demand, or is due, and nobody is at work, as
    /// [`DogpileLazy::try_lead`] does. Never waits.
    #[must_use = "a lease that is dropped is given up"]
    pub fn try_lead(self) -> Option<Lease<&'a DogpileCell<T, C>>> {
        self.of_cell().try_lead()
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, `f` gets the lease and passes
    /// it on, as in [`DogpileLazy::get_or_hand_off`].
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::get_or_hand_off`], also if there is a value that may be served to others.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    #[inline]
    pub fn get_or_hand_off(
        self,
        f: impl FnOnce(Lease<&'a DogpileCell<T, C>>),
    ) -> Result<Guard<T>, RegenError> {
        self.of_cell().get_or_hand_off(f)
    }

    /// Returns a value that meets the demand, in async code; if there is none and this caller is elected, `f` gets the
    /// lease and passes it on, as in [`DogpileLazy::get_or_hand_off_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. Once `f` was called, the lease goes on without this future.
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::get_or_hand_off`], also if there is a value that may be served to others.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    #[inline]
    pub fn get_or_hand_off_async(
        self,
        f: impl FnOnce(Lease<&'a DogpileCell<T, C>>),
    ) -> impl Future<Output = Result<Guard<T>, RegenError>> {
        self.of_cell().get_or_hand_off_async(f)
    }

    /// Sleeps until a value is there that has a later version than `than` and meets the demand, as
    /// [`DogpileLazy::wait_newer`] does. Makes nothing.
    ///
    /// # Errors
    ///
    /// [`RegenError::WaitTimeout`] and [`RegenError::Reentrant`], in the cases in which a cell returns them.
    pub fn wait_newer(self, than: u64) -> Result<Guard<T>, RegenError> {
        self.of_cell().wait_newer(than)
    }

    /// Sleeps, in async code, until a value is there that has a later version than `than` and meets the demand. Makes
    /// nothing.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a future that waits disturbs nobody, dropped or not.
    ///
    /// # Errors
    ///
    /// [`RegenError::WaitTimeout`] and [`RegenError::Reentrant`], in the cases in which a cell returns them.
    pub async fn wait_newer_async(self, than: u64) -> Result<Guard<T>, RegenError> {
        self.of_cell().wait_newer_async(than).await
    }
}

/// The verbs of a reader.
impl<'r, H: Home> Demanding<&'r mut Reader<H>> {
    /// Returns a value that meets the demand; if there is none and this caller is elected, `regen` makes it first, as in
    /// [`Reader::get_or_regen`].
    ///
    /// # Panics
    ///
    /// If `regen` panics, or asks its own cell with nothing to serve. The reader can still be used.
    ///
    /// # Complexity
    ///
    /// Served what the reader remembers, fresh, a call costs a few comparisons more than one without a demand. Else it
    /// costs what a read of the cell does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let cell = DogpileCell::never_expires();
    /// let mut reader = cell.reader();
    /// assert_eq!(*reader.get_or_regen(|| 1), 1);
    /// assert_eq!(*reader.with(Demand::new().anew()).get_or_regen(|| 2), 2);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_regen(self, regen: impl FnOnce() -> H::Value) -> &'r H::Value {
        let Self { place: reader, demand } = self;
        if !reader.read_demanded(&demand) {
            let begin = |home| Call::new(home, Role::Infallible, demand);
            match lead_or_wait(reader.home(), begin, || Ok(regen())) {
                Ok(made) => reader.keep(made),
                Err(error) => impossible(&error),
            }
        }
        reader.value()
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, `regen`, which can fail,
    /// makes it first, as in [`Reader::try_get_or_regen`].
    ///
    /// # Errors
    ///
    /// The errors of the method of this name for a cell, in the same cases.
    ///
    /// # Panics
    ///
    /// If `regen` panics. The reader can still be used.
    #[inline]
    pub fn try_get_or_regen<E>(
        self,
        regen: impl FnOnce() -> Result<H::Value, E>,
    ) -> Result<&'r H::Value, RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let Self { place: reader, demand } = self;
        if !reader.read_demanded(&demand) {
            let begin = |home| Call::new(home, Role::Fallible, demand);
            let made = lead_or_wait(reader.home(), begin, || regen().map_err(RegenError::failed))?;
            reader.keep(made);
        }
        Ok(reader.value())
    }
}

impl<T, F, C: Clock> DogpileLazy<T, F, C> {
    /// Makes a view of this cell for a call that asks for more than what is there, as [`DogpileCell::with`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    ///
    /// let config = DogpileLazy::never_expires(|| 7);
    /// config.set(6);
    /// assert_eq!(*config.with(Demand::new().anew()).get_or_regen(), 7);
    /// ```
    #[inline]
    pub fn with(&self, demand: Demand) -> Demanding<&Self> {
        Demanding { place: self, demand }
    }
}

impl<H: Home> Reader<H> {
    /// Makes a view of this reader for a call that asks for more than what is there, as [`DogpileCell::with`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let price = DogpileCell::builder().clock(clock.clone()).initial(100).build()?;
    /// let mut reader = price.reader();
    /// let strict = Demand::new().max_age(Duration::from_secs(5));
    /// clock.advance(Duration::from_secs(6));
    /// assert_eq!(*reader.get_or_regen(|| unreachable!("it is fresh")), 100);
    /// assert_eq!(*reader.with(strict).get_or_regen(|| 101), 101);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    #[inline]
    pub fn with(&mut self, demand: Demand) -> Demanding<&mut Self> {
        Demanding { place: self, demand }
    }
}
