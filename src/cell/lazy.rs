//! A cell together with its creation function: its verbs are the cell's, without the closure.

use crate::cell::DogpileCell;
use crate::clock::{Clock, CoarseClock, Instant};
use crate::error::RegenError;
use crate::observe::stats::Stats;
use crate::protocol::guard::Guard;
use crate::protocol::lease::Lease;
use crate::protocol::lifetime::Lifetime;
use crate::protocol::settings::Settings;
use crate::sync::const_fn;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A [`DogpileCell`] together with the function that makes its values: what `LazyLock` is to `OnceLock`.
///
/// For a value that is always made in the same way: the function is given once, beside the cell, and not at each read.
/// What the function returns decides which method to read with:
///
/// | the function | read with |
/// |---|---|
/// | `Fn() -> T` | [`get_or_regen`](Self::get_or_regen) |
/// | `Fn() -> Result<T, E>` | [`try_get_or_regen`](Self::try_get_or_regen) |
/// | `Fn() -> impl Future<Output = T>` | [`get_or_regen_async`](Self::get_or_regen_async) |
/// | `Fn() -> impl Future<Output = Result<T, E>>` | [`try_get_or_regen_async`](Self::try_get_or_regen_async) |
///
/// All other methods are those of the cell, with the same names and meaning. What is missing here (the forms for a cell
/// in an `Arc`, a wait limit for one call, readers) is a method of the [`cell`](Self::cell).
///
/// A call costs what that of the cell does.
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
/// assert_eq!(RATES.get_or_regen()["CHF"], 0.94);
/// RATES.mark_stale(); // for instance, because the table has changed
/// ```
pub struct DogpileLazy<T, F = fn() -> T, C = CoarseClock> {
    cell: DogpileCell<T, C>,
    regen: F,
}

impl<T, F> DogpileLazy<T, F> {
    const_fn! {
        /// Makes an empty cell whose values are fresh for `time_to_live`, with its creation function, as
        /// [`DogpileCell::new`] does. Works in a `static`.
        ///
        /// # Examples
        ///
        /// A `static` takes a function or a closure that captures nothing, since its type has to be written down: that
        /// of a `fn` pointer. A closure that captures something goes into a local variable, or a generic struct:
        ///
        /// ```
        /// use dogpile::DogpileLazy;
        /// use std::time::Duration;
        ///
        /// let factor = 7;
        /// let answer = DogpileLazy::new(Duration::from_secs(60), move || 6 * factor);
        /// assert_eq!(*answer.get_or_regen(), 42);
        /// ```
        #[must_use]
        pub const fn new(time_to_live: Duration, regen: F) -> Self {
            Self { cell: DogpileCell::new(time_to_live), regen }
        }
    }

    const_fn! {
        /// Makes an empty cell with these [`Settings`], and with its creation function, as
        /// [`DogpileCell::with_settings`] does. Works in a `static`.
        ///
        /// # Panics
        ///
        /// If the settings contradict each other, as [`DogpileCell::with_settings`] does. In a `static` or a `const`,
        /// that is a compile error.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::{DogpileLazy, Settings};
        /// use std::time::Duration;
        ///
        /// static FLAGS: DogpileLazy<Vec<&str>> = DogpileLazy::with_settings(
        ///     Settings::new().time_to_live(Duration::from_secs(60)).jitter(0.1),
        ///     || vec!["dark-mode"],
        /// );
        ///
        /// assert_eq!(FLAGS.get_or_regen().len(), 1);
        /// ```
        #[must_use]
        pub const fn with_settings(settings: Settings, regen: F) -> Self {
            Self { cell: DogpileCell::with_settings(settings), regen }
        }
    }

    const_fn! {
        /// Makes an empty cell whose values do not expire by themselves, with its creation function, as
        /// [`DogpileCell::never_expires`] does. Works in a `static`.
        ///
        /// # Examples
        ///
        /// ```
        /// use dogpile::DogpileLazy;
        ///
        /// static CONFIG: DogpileLazy<String> = DogpileLazy::never_expires(|| "verbose = true".to_owned());
        ///
        /// assert_eq!(*CONFIG.get_or_regen(), "verbose = true");
        /// CONFIG.invalidate(); // until then, it is like a `LazyLock`
        /// ```
        #[must_use]
        pub const fn never_expires(regen: F) -> Self {
            Self { cell: DogpileCell::never_expires(), regen }
        }
    }
}

impl<T, F, C> DogpileLazy<T, F, C> {
    /// Combines a cell, built with any settings and clock, with its creation function.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, DogpileLazy, clock::ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let cell = DogpileCell::builder().time_to_live(Duration::from_secs(60)).clock(clock.clone()).build()?;
    /// let age = DogpileLazy::with_cell(cell, || 7);
    /// assert_eq!(*age.get_or_regen(), 7);
    /// # Ok::<(), dogpile::BuildError>(())
    /// ```
    #[must_use]
    pub const fn with_cell(cell: DogpileCell<T, C>, regen: F) -> Self {
        Self { cell, regen }
    }

    /// Returns the cell, for its other methods: readers, the forms for an `Arc`, a wait limit for one call.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    ///
    /// let config = DogpileLazy::never_expires(|| 7);
    /// assert!(config.cell().get().is_none(), "nobody asked for it yet");
    /// config.cell().set(8);
    /// assert_eq!(*config.get_or_regen(), 8);
    /// ```
    #[must_use]
    pub fn cell(&self) -> &DogpileCell<T, C> {
        &self.cell
    }

    /// Returns the creation function, for those methods of the [`cell`](Self::cell) and of its readers that take one.
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
    #[must_use]
    pub const fn regen(&self) -> &F {
        &self.regen
    }
}

impl<T, F, C: Clock> DogpileLazy<T, F, C> {
    /// Returns the value; if it is stale or missing, one caller is elected to make the next one, as in
    /// [`DogpileCell::get_or_regen`].
    ///
    /// # Panics
    ///
    /// If the creation function panics, or if it asks for this value itself and there is nothing to serve. Unlike a
    /// `LazyLock`, the cell is not poisoned by that: the next caller tries again.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    /// use std::time::Duration;
    ///
    /// static GREETING: DogpileLazy<String> = DogpileLazy::new(Duration::MAX, || "hello".to_owned());
    /// assert_eq!(GREETING.get_or_regen().len(), 5);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_regen(&self) -> Guard<T>
    where
        F: Fn() -> T,
    {
        self.cell.get_or_regen(&self.regen)
    }

    /// Returns the value; if it is stale or missing, one caller is elected to make the next one, which can fail, as in
    /// [`DogpileCell::try_get_or_regen`].
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::try_get_or_regen`], in the same cases.
    ///
    /// # Panics
    ///
    /// If the creation function panics.
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
    /// assert_eq!(*TOKEN.try_get_or_regen()?, "t1");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn try_get_or_regen<E>(&self) -> Result<Guard<T>, RegenError>
    where
        F: Fn() -> Result<T, E>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.cell.try_get_or_regen(&self.regen)
    }

    /// Returns the value, which an async creation function makes, as in [`DogpileCell::get_or_regen_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`DogpileCell::get_or_regen_async`] is. In a server, hand off instead: see
    /// [`get_or_hand_off_async`](Self::get_or_hand_off_async).
    ///
    /// # Panics
    ///
    /// If the creation function or its future panics, or if it asks for this value itself and there is nothing to
    /// serve.
    ///
    /// # Examples
    ///
    /// The type of a `static` has to be written down, and the future of an async function has no name. So box it: that
    /// costs one allocation for each value, not for each read.
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
    ///     PAGE.get_or_regen_async().await.len()
    /// }
    /// # assert_eq!(pollster::block_on(handle_request()), 6);
    /// ```
    #[inline]
    pub async fn get_or_regen_async<R>(&self) -> Guard<T>
    where
        F: Fn() -> R,
        R: Future<Output = T>,
    {
        self.cell.get_or_regen_async(&self.regen).await
    }

    /// Returns the value, which an async creation function makes that can fail, as in
    /// [`DogpileCell::try_get_or_regen_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`DogpileCell::try_get_or_regen_async`] is.
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::try_get_or_regen`], in the same cases.
    ///
    /// # Panics
    ///
    /// If the creation function or its future panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    /// use std::time::Duration;
    ///
    /// async fn length() -> usize {
    ///     let page = DogpileLazy::new(Duration::from_secs(60), async || Err::<String, _>("the origin is down"));
    ///     page.try_get_or_regen_async().await.map_or(0, |page| page.len())
    /// }
    /// # assert_eq!(pollster::block_on(length()), 0);
    /// ```
    #[inline]
    pub async fn try_get_or_regen_async<R, E>(&self) -> Result<Guard<T>, RegenError>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.cell.try_get_or_regen_async(&self.regen).await
    }
}

/// The methods that need no creation function: those of the [`DogpileCell`], under the same names.
impl<T, F, C: Clock> DogpileLazy<T, F, C> {
    /// Returns the value if there is a servable one, as [`DogpileCell::get`] does. Never makes a value, and never
    /// waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    ///
    /// let config = DogpileLazy::never_expires(|| 7);
    /// assert!(config.get().is_none(), "nobody asked for it yet");
    /// assert_eq!(*config.get_or_regen(), 7);
    /// assert_eq!(*config.get().unwrap(), 7);
    /// ```
    #[must_use]
    #[inline]
    pub fn get(&self) -> Option<Guard<T>> {
        self.cell.get()
    }

    /// Publishes `value` at once and returns its version, as [`DogpileCell::set`] does.
    ///
    /// # Panics
    ///
    /// If the cell's `lifetime_of` or the `Drop` of the replaced value panics, as [`DogpileCell::set`] does.
    pub fn set(&self, value: T) -> u64 {
        self.cell.set(value)
    }

    /// Publishes `value` with a lifetime of its own and returns its version, as [`DogpileCell::set_with`] does.
    ///
    /// # Panics
    ///
    /// If the `Drop` of the replaced value panics, as [`DogpileCell::set_with`] does.
    pub fn set_with(&self, value: T, lifetime: Lifetime) -> u64 {
        self.cell.set_with(value, lifetime)
    }

    /// Publishes `value` if it is newer where it came from, as [`DogpileCell::set_if_newer`] does.
    ///
    /// # Panics
    ///
    /// If the `Drop` of a value panics, as [`DogpileCell::set_if_newer`] does.
    pub fn set_if_newer(&self, value: T, origin_version: u64, lifetime: Lifetime) -> Option<u64> {
        self.cell.set_if_newer(value, origin_version, lifetime)
    }

    /// Makes the value stale before its time, so that the next read regenerates, as [`DogpileCell::mark_stale`] does.
    pub fn mark_stale(&self) {
        self.cell.mark_stale();
    }

    /// Makes the value stale if its version is `version` and nobody is at work on the next one, and returns whether it
    /// did, as [`DogpileCell::mark_stale_if`] does.
    pub fn mark_stale_if(&self, version: u64) -> bool {
        self.cell.mark_stale_if(version)
    }

    /// Removes the value, so that no later read gets it, as [`DogpileCell::invalidate`] does.
    ///
    /// # Panics
    ///
    /// If the `Drop` of the removed value panics, as [`DogpileCell::invalidate`] does.
    pub fn invalidate(&self) {
        self.cell.invalidate();
    }

    /// Removes the value if its version is `version`, and returns whether it was, as [`DogpileCell::invalidate_if`]
    /// does.
    ///
    /// # Panics
    ///
    /// If the `Drop` of the removed value panics, as [`DogpileCell::invalidate_if`] does.
    pub fn invalidate_if(&self, version: u64) -> bool {
        self.cell.invalidate_if(version)
    }

    /// Ends a pause that a leader asked for, and returns whether there was one, as [`DogpileCell::resume`] does.
    pub fn resume(&self) -> bool {
        self.cell.resume()
    }

    /// Lets go of a value that nobody can be served any more, and returns whether there was one, as
    /// [`DogpileCell::purge`] does.
    ///
    /// # Panics
    ///
    /// If the `Drop` of the value panics, as [`DogpileCell::purge`] does.
    pub fn purge(&self) -> bool {
        self.cell.purge()
    }

    /// Sleeps until a later version than `than` is there, and returns it, as [`DogpileCell::wait_newer`] does. Makes
    /// nothing.
    ///
    /// # Panics
    ///
    /// If the creation function asks for this, as in [`DogpileCell::wait_newer`].
    #[track_caller]
    pub fn wait_newer(&self, than: u64) -> Guard<T> {
        self.cell.wait_newer(than)
    }

    /// Sleeps, in async code, until a later version than `than` is there, and returns it, as
    /// [`DogpileCell::wait_newer_async`] does. Makes nothing.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a future that waits disturbs nobody, dropped or not.
    ///
    /// # Panics
    ///
    /// If the creation function polls it, as in [`DogpileCell::wait_newer_async`].
    pub async fn wait_newer_async(&self, than: u64) -> Guard<T> {
        self.cell.wait_newer_async(than).await
    }

    /// Sleeps until no leader is at work, as [`DogpileCell::wait_idle`] does.
    ///
    /// # Panics
    ///
    /// If the creation function asks for this, as in [`DogpileCell::wait_idle`].
    #[track_caller]
    pub fn wait_idle(&self) {
        self.cell.wait_idle();
    }

    /// Sleeps, in async code, until no leader is at work, as [`DogpileCell::wait_idle_async`] does.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a future that waits disturbs nobody, dropped or not.
    pub async fn wait_idle_async(&self) {
        self.cell.wait_idle_async().await;
    }

    /// Returns when the next regeneration may be tried, while one that failed throttles it, as
    /// [`DogpileCell::retry_at`] does.
    #[must_use]
    pub fn retry_at(&self) -> Option<Instant> {
        self.cell.retry_at()
    }

    /// Returns whether a leader is at work, as [`DogpileCell::is_regenerating`] does.
    #[must_use]
    pub fn is_regenerating(&self) -> bool {
        self.cell.is_regenerating()
    }

    /// Returns the error of the last regeneration, if it failed, as [`DogpileCell::last_error`] does.
    #[must_use]
    pub fn last_error(&self) -> Option<RegenError> {
        self.cell.last_error()
    }

    /// Returns counts and times of what happened so far, as [`DogpileCell::stats`] does.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.cell.stats()
    }

    /// Elects the caller if the value is due and nobody is at work, as [`DogpileCell::try_lead`] does. Never waits.
    #[must_use = "a lease that is dropped is given up"]
    pub fn try_lead(&self) -> Option<Lease<&DogpileCell<T, C>>> {
        self.cell.try_lead()
    }

    /// Returns the value; if it is stale or missing, one caller is elected, and its `f` passes the lease on, as in
    /// [`DogpileCell::get_or_hand_off`].
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::get_or_hand_off`], in the same cases.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileLazy;
    /// use std::thread;
    ///
    /// static PAGE: DogpileLazy<String> = DogpileLazy::never_expires(|| "rendered".to_owned());
    ///
    /// let page = PAGE.get_or_hand_off(|lease| {
    ///     thread::spawn(move || lease.publish(PAGE.regen()()));
    /// })?;
    /// assert_eq!(*page, "rendered");
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn get_or_hand_off<'a>(
        &'a self,
        f: impl FnOnce(Lease<&'a DogpileCell<T, C>>),
    ) -> Result<Guard<T>, RegenError> {
        self.cell.get_or_hand_off(f)
    }

    /// Returns the value, in async code; if it is stale or missing, one caller is elected, and its `f` passes the lease
    /// on, as in [`DogpileCell::get_or_hand_off_async`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe. Once `f` was called, the lease does not depend on this future.
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::get_or_hand_off`], in the same cases.
    ///
    /// # Panics
    ///
    /// If `f` panics.
    #[inline]
    pub fn get_or_hand_off_async<'a>(
        &'a self,
        f: impl FnOnce(Lease<&'a DogpileCell<T, C>>),
    ) -> impl Future<Output = Result<Guard<T>, RegenError>> {
        self.cell.get_or_hand_off_async(f)
    }
}

impl<T: fmt::Debug, F, C: Clock> fmt::Debug for DogpileLazy<T, F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DogpileLazy").field("cell", &self.cell).finish_non_exhaustive()
    }
}
