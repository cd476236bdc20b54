//! The verbs of a call with a demand, of a reader.

use crate::cell::demanding::Demanding;
use crate::cell::impossible;
use crate::cell::reader::Reader;
use crate::error::RegenError;
use crate::protocol::call::{Call, Role};
use crate::protocol::demand::Demand;
use crate::protocol::flight::lead_or_wait;
use crate::protocol::home::{self, Home};
use std::error::Error;

/// The methods of a reader that make values. For the others, ask its [`home`](Reader::home).
impl<'r, H: Home> Demanding<&'r mut Reader<H>> {
    /// Returns a value that meets the demand; if there is none and this caller is elected, `regen` makes it first, as
    /// in [`Reader::get_or_regen`].
    ///
    /// # Panics
    ///
    /// If `regen` panics, or asks its own cell while there is nothing to serve. The reader can still be used.
    ///
    /// # Complexity
    ///
    /// If the reader keeps a fresh value that meets the demand, a call costs a few comparisons more than one without a
    /// demand. Otherwise it costs what a read of the cell does.
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
        if !reader.read_demanded(&demand, home::serve_demanded) {
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
    /// The errors of [`DogpileCell::try_get_or_regen`](crate::DogpileCell::try_get_or_regen), even if there is a value
    /// that other callers are served. With [`or_stale`](Demand::or_stale), only if there is no such value either.
    ///
    /// # Panics
    ///
    /// If `regen` panics. The reader can still be used.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let rate = DogpileCell::never_expires();
    /// rate.set(1.09);
    /// let mut reader = rate.reader();
    /// let demand = Demand::new().anew();
    /// assert!(reader.with(demand).try_get_or_regen(|| "n/a".parse::<f64>()).is_err());
    /// assert_eq!(*reader.with(demand.or_stale()).try_get_or_regen(|| "n/a".parse::<f64>())?, 1.09);
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn try_get_or_regen<E>(
        self,
        regen: impl FnOnce() -> Result<H::Value, E>,
    ) -> Result<&'r H::Value, RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let Self { place: reader, demand } = self;
        if !reader.read_demanded(&demand, home::serve_demanded) {
            let begin = |home| Call::new(home, Role::Fallible, demand);
            let made = lead_or_wait(reader.home(), begin, || regen().map_err(RegenError::failed))?;
            reader.keep(made);
        }
        Ok(reader.value())
    }

    /// Returns the value if there is a servable one that meets the demand, as [`Reader::get`] does. Never elects a
    /// leader, and never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{Demand, DogpileCell};
    ///
    /// let cell = DogpileCell::never_expires();
    /// let mut reader = cell.reader();
    /// let seen = cell.set(1);
    /// assert_eq!(reader.with(Demand::new().newer_than(seen)).get(), None);
    /// cell.set(2);
    /// assert_eq!(reader.with(Demand::new().newer_than(seen)).get(), Some(&2));
    /// ```
    #[must_use]
    #[inline]
    pub fn get(self) -> Option<&'r H::Value> {
        let Self { place: reader, demand } = self;
        reader.read_demanded(&demand, home::get_demanded).then(|| reader.value())
    }
}

impl<H: Home> Reader<H> {
    /// Returns a view of this reader for one call that asks for more than what is there, as
    /// [`DogpileCell::with`](crate::DogpileCell::with) does.
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
