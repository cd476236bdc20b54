//! A cell with its creation function.

use crate::cell::DogpileCell;
use crate::clock::{Clock, CoarseClock};
use crate::error::RegenError;
use crate::protocol::guard::Guard;
use crate::sync::const_fn;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A [`DogpileCell`] together with the function that makes its values: what `LazyLock` is to `OnceLock`.
///
/// For a value that is always made in the same way: the function is said once, where the cell is, and not at each
/// read. What the function returns decides which call reads:
///
/// | the function | reads |
/// |---|---|
/// | `Fn() -> T` | [`get`](Self::get) |
/// | `Fn() -> Result<T, E>` | [`try_get`](Self::try_get) |
/// | `Fn() -> impl Future<Output = T>` | [`get_async`](Self::get_async) |
/// | `Fn() -> impl Future<Output = Result<T, E>>` | [`try_get_async`](Self::try_get_async) |
///
/// All else (`set`, `mark_stale`, `invalidate`, a read that never makes a value, `stats`) is done to the
/// [`cell`](Self::cell).
///
/// Costs what the cell does: a read has nothing to do for the function.
///
/// # Examples
///
/// ```
/// use dogpile::DogpileLazy;
/// use std::collections::HashMap;
/// use std::time::Duration;
///
/// type Rates = HashMap<&'static str, f64>;
///
/// static RATES: DogpileLazy<Rates> = DogpileLazy::new(Duration::from_secs(60), load_rates);
///
/// fn load_rates() -> Rates {
///     HashMap::from([("CHF", 0.94)]) // a slow query
/// }
///
/// assert_eq!(RATES.get()["CHF"], 0.94);
/// RATES.cell().mark_stale(); // for instance: the table has changed
/// ```
pub struct DogpileLazy<T, F = fn() -> T, C = CoarseClock> {
    cell: DogpileCell<T, C>,
    regen: F,
}

impl<T, F> DogpileLazy<T, F> {
    const_fn! {
        /// [`DogpileCell::new`] with its creation function. Works in a `static`.
        ///
        /// # Examples
        ///
        /// A function with a name of its own is a `fn` pointer; a closure that captures something has a type that
        /// only `impl Fn` can name, and so lives in a struct or a local variable:
        ///
        /// ```
        /// use dogpile::DogpileLazy;
        /// use std::time::Duration;
        ///
        /// let factor = 7;
        /// let answer = DogpileLazy::new(Duration::from_secs(60), move || 6 * factor);
        /// assert_eq!(*answer.get(), 42);
        /// ```
        #[must_use]
        pub const fn new(time_to_live: Duration, regen: F) -> Self {
            Self { cell: DogpileCell::new(time_to_live), regen }
        }
    }

    const_fn! {
        /// [`DogpileCell::never_expires`] with its creation function. Works in a `static`.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::DogpileLazy;
        ///
        /// static CONFIG: DogpileLazy<String> = DogpileLazy::never_expires(|| "verbose = true".to_owned());
        ///
        /// assert_eq!(*CONFIG.get(), "verbose = true");
        /// CONFIG.cell().invalidate(); // until then it is as a `LazyLock`
        /// ```
        #[must_use]
        pub const fn never_expires(regen: F) -> Self {
            Self { cell: DogpileCell::never_expires(), regen }
        }
    }
}

impl<T, F, C> DogpileLazy<T, F, C> {
    /// A cell with any settings, together with its creation function.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, DogpileLazy, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder().time_to_live(Duration::from_secs(60)).clock(clock.clone()).build()?;
    /// let age = DogpileLazy::with_cell(cell, || 7);
    /// assert_eq!(*age.get(), 7);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    #[must_use]
    pub const fn with_cell(cell: DogpileCell<T, C>, regen: F) -> Self {
        Self { cell, regen }
    }

    /// The cell, for all that needs no creation function.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    ///
    /// let config = DogpileLazy::never_expires(|| 7);
    /// assert!(config.cell().get().is_none(), "nobody asked for it yet");
    /// config.cell().set(8);
    /// assert_eq!(*config.get(), 8);
    /// ```
    pub fn cell(&self) -> &DogpileCell<T, C> {
        &self.cell
    }

    /// The creation function, for the calls of the [`cell`](Self::cell) and of its readers that take one.
    ///
    /// # Examples
    ///
    /// A [`Reader`](crate::Reader), for a thread that reads all the time:
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    ///
    /// static LIMIT: DogpileLazy<u32> = DogpileLazy::never_expires(|| 7);
    ///
    /// let mut limit = LIMIT.cell().reader();
    /// assert_eq!((1..100).filter(|count| count <= limit.get_or_regen(LIMIT.regen())).count(), 7);
    /// ```
    pub const fn regen(&self) -> &F {
        &self.regen
    }
}

impl<T, F, C: Clock> DogpileLazy<T, F, C> {
    /// [`DogpileCell::get_or_regen`] with the function given at the beginning: unlike [`DogpileCell::get`], it makes
    /// the value, or waits for who does, where there is none.
    ///
    /// # Panics
    ///
    /// As there: if the function does, or if it asks for this value itself and there is none to be served. It is not
    /// poisoned by that, as a `LazyLock` is: the next caller tries again.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    /// use std::time::Duration;
    ///
    /// static GREETING: DogpileLazy<String> = DogpileLazy::new(Duration::MAX, || "hello".to_owned());
    /// assert_eq!(GREETING.get().len(), 5);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get(&self) -> Guard<T>
    where
        F: Fn() -> T,
    {
        self.cell.get_or_regen(&self.regen)
    }

    /// [`DogpileCell::try_get_or_regen`] with the function given at the beginning.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// If the function does.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    /// use std::{io, time::Duration};
    ///
    /// static TOKEN: DogpileLazy<String, fn() -> io::Result<String>> =
    ///     DogpileLazy::new(Duration::from_secs(60), fetch_token);
    ///
    /// fn fetch_token() -> io::Result<String> {
    ///     Ok("t1".to_owned())
    /// }
    ///
    /// assert_eq!(*TOKEN.try_get()?, "t1");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn try_get<E>(&self) -> Result<Guard<T>, RegenError>
    where
        F: Fn() -> Result<T, E>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.cell.try_get_or_regen(&self.regen)
    }

    /// [`DogpileCell::get_or_regen_async`] with the function given at the beginning.
    ///
    /// # Cancel safety
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    ///
    /// # Examples
    ///
    /// The future of an async function has no name; that of a `static` needs one, and so a box. It is made once for
    /// each value, not for each read:
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    /// use std::{future::Future, pin::Pin, time::Duration};
    ///
    /// type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
    ///
    /// static PAGE: DogpileLazy<String, fn() -> Boxed<String>> =
    ///     DogpileLazy::new(Duration::from_secs(60), || Box::pin(render()));
    ///
    /// async fn render() -> String {
    ///     "<html>".to_owned()
    /// }
    ///
    /// async fn handle_request() -> usize {
    ///     PAGE.get_async().await.len()
    /// }
    /// # assert_eq!(pollster::block_on(handle_request()), 6);
    /// ```
    #[inline]
    pub async fn get_async<R>(&self) -> Guard<T>
    where
        F: Fn() -> R,
        R: Future<Output = T>,
    {
        self.cell.get_or_regen_async(&self.regen).await
    }

    /// [`DogpileCell::try_get_or_regen_async`] with the function given at the beginning.
    ///
    /// # Cancel safety
    ///
    /// As there.
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
    /// use dogpile::DogpileLazy;
    /// use std::time::Duration;
    ///
    /// async fn length() -> usize {
    ///     let page = DogpileLazy::new(Duration::from_secs(60), async || Err::<String, _>("the origin is down"));
    ///     page.try_get_async().await.map_or(0, |page| page.len())
    /// }
    /// # assert_eq!(pollster::block_on(length()), 0);
    /// ```
    #[inline]
    pub async fn try_get_async<R, E>(&self) -> Result<Guard<T>, RegenError>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.cell.try_get_or_regen_async(&self.regen).await
    }
}

impl<T: fmt::Debug, F, C: Clock> fmt::Debug for DogpileLazy<T, F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DogpileLazy").field("cell", &self.cell).finish_non_exhaustive()
    }
}
