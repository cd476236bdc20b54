//! The verbs of a call with a demand, of a lazy cell: those of a cell, without the creation function.

use crate::cell::DogpileCell;
use crate::cell::demanding::Demanding;
use crate::cell::lazy::DogpileLazy;
use crate::clock::Clock;
use crate::error::RegenError;
use crate::protocol::demand::Demand;
use crate::protocol::guard::Guard;
use crate::protocol::lease::Lease;
use std::error::Error;
use std::future::Future;

/// The methods of a lazy cell, without the closure. For the others, ask its [`cell`](DogpileLazy::cell).
impl<'a, T, F, C: Clock> Demanding<&'a DogpileLazy<T, F, C>> {
    fn of_cell(&self) -> Demanding<&'a DogpileCell<T, C>> {
        self.place.cell().with(self.demand)
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, the creation function makes
    /// it first, as in [`DogpileLazy::get_or_regen`].
    ///
    /// # Panics
    ///
    /// If the creation function panics, or if it asks for this value itself while there is nothing to serve.
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
    /// The errors of [`DogpileCell::try_get_or_regen`], even if there is a value that other callers are served. With
    /// [`or_stale`](Demand::or_stale), only if there is no such value either.
    ///
    /// # Panics
    ///
    /// If the creation function panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy, RegenError};
    ///
    /// let rate = DogpileLazy::never_expires(|| "n/a".parse::<f64>());
    /// rate.set(1.09);
    /// let demand = Demand::new().anew();
    /// assert!(matches!(rate.with(demand).try_get_or_regen(), Err(RegenError::Failed(_))));
    /// assert_eq!(*rate.with(demand.or_stale()).try_get_or_regen()?, 1.09);
    /// # Ok::<(), RegenError>(())
    /// ```
    #[inline]
    pub fn try_get_or_regen<E>(self) -> Result<Guard<T>, RegenError>
    where
        F: Fn() -> Result<T, E>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.of_cell().try_get_or_regen(self.place.regen())
    }

    /// Returns a value that meets the demand, in async code; if there is none and this caller is elected, the creation
    /// function makes it first, as in [`DogpileLazy::get_or_regen_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`DogpileCell::get_or_regen_async`] is.
    ///
    /// # Panics
    ///
    /// If the creation function or its future panics, or if it asks for this value itself while there is nothing to
    /// serve.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    ///
    /// let page = DogpileLazy::never_expires(async || "after");
    /// page.set("before");
    /// let anew = page.with(Demand::new().anew());
    /// assert_eq!(*pollster::block_on(anew.get_or_regen_async()), "after");
    /// ```
    #[inline]
    pub fn get_or_regen_async<R>(self) -> impl Future<Output = Guard<T>>
    where
        F: Fn() -> R,
        R: Future<Output = T>,
    {
        self.of_cell().get_or_regen_async(self.place.regen())
    }

    /// Returns a value that meets the demand, in async code; if there is none and this caller is elected, the creation
    /// function, which can fail, makes it first, as in [`DogpileLazy::try_get_or_regen_async`].
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
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    ///
    /// let rate = DogpileLazy::never_expires(|| async { "n/a".parse::<f64>() });
    /// rate.set(1.09);
    /// let anew = rate.with(Demand::new().anew());
    /// assert!(pollster::block_on(anew.try_get_or_regen_async()).is_err());
    /// ```
    #[inline]
    pub fn try_get_or_regen_async<R, E>(self) -> impl Future<Output = Result<Guard<T>, RegenError>>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.of_cell().try_get_or_regen_async(self.place.regen())
    }

    /// Returns the value if there is a servable one that meets the demand, as [`DogpileLazy::get`] does. Never makes a
    /// value, and never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    ///
    /// let config = DogpileLazy::never_expires(|| 7);
    /// let seen = config.set(6);
    /// assert!(config.with(Demand::new().newer_than(seen)).get().is_none());
    /// ```
    #[must_use]
    #[inline]
    pub fn get(self) -> Option<Guard<T>> {
        self.of_cell().get()
    }

    /// Waits for a value that has a later version than `than` and meets the demand, and returns it, as
    /// [`DogpileLazy::wait_newer`] does. Never makes a value.
    ///
    /// # Errors
    ///
    /// The errors of the method of this name for a cell, in the same cases.
    pub fn wait_newer(self, than: u64) -> Result<Guard<T>, RegenError> {
        self.of_cell().wait_newer(than)
    }

    /// Waits, in async code, for a value that has a later version than `than` and meets the demand, as
    /// [`DogpileLazy::wait_newer_async`] does. Never makes a value.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing in the cell.
    ///
    /// # Errors
    ///
    /// The errors of the method of this name for a cell, in the same cases.
    pub async fn wait_newer_async(self, than: u64) -> Result<Guard<T>, RegenError> {
        self.of_cell().wait_newer_async(than).await
    }

    /// Elects the caller if the value does not meet the demand, or is due, and nobody is at work, as
    /// [`DogpileLazy::try_lead`] does. Never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    ///
    /// let config = DogpileLazy::never_expires(|| 7);
    /// config.set(6);
    /// assert!(config.try_lead().is_none(), "it is fresh");
    /// assert!(config.with(Demand::new().anew()).try_lead().is_some());
    /// ```
    #[must_use = "a lease that is dropped is given up"]
    pub fn try_lead(self) -> Option<Lease<&'a DogpileCell<T, C>>> {
        self.of_cell().try_lead()
    }

    /// Returns a value that meets the demand; if there is none and this caller is elected, `f` gets the lease and
    /// passes it on, as in [`DogpileLazy::get_or_hand_off`].
    ///
    /// # Errors
    ///
    /// The errors of the method of this name for a cell, in the same cases.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    /// use std::thread;
    ///
    /// static PAGE: DogpileLazy<&str> = DogpileLazy::never_expires(|| "after");
    ///
    /// PAGE.set("before");
    /// let page = PAGE.with(Demand::new().anew()).get_or_hand_off(|lease| {
    ///     thread::spawn(move || lease.publish(PAGE.regen()()));
    /// })?;
    /// assert_eq!(*page, "after");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
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
    /// The errors of the method of this name for a cell, in the same cases.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileLazy};
    ///
    /// static PAGE: DogpileLazy<&str> = DogpileLazy::never_expires(|| "after");
    ///
    /// async fn anew() -> Result<&'static str, dogpile::RegenError> {
    ///     let page = PAGE.with(Demand::new().anew()).get_or_hand_off_async(|lease| {
    ///         tokio::spawn(async move { lease.publish(PAGE.regen()()).map(drop) });
    ///     });
    ///     Ok(*page.await?)
    /// }
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # assert_eq!(runtime.block_on(anew())?, "after");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off_async(
        self,
        f: impl FnOnce(Lease<&'a DogpileCell<T, C>>),
    ) -> impl Future<Output = Result<Guard<T>, RegenError>> {
        self.of_cell().get_or_hand_off_async(f)
    }
}

impl<T, F, C: Clock> DogpileLazy<T, F, C> {
    /// Returns a view of this cell for one call that asks for more than what is there, as [`DogpileCell::with`] does.
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
