//! A handle per thread that remembers what it read: to read the same value again costs plain loads.

use crate::cell::{DogpileCell, impossible};
use crate::clock::{Clock, CoarseClock, Instant};
use crate::error::RegenError;
use crate::protocol::call::Call;
use crate::protocol::demand::Demand;
use crate::protocol::flight::lead_or_wait;
use crate::protocol::generation::Generation;
use crate::protocol::guard::Guard;
use crate::protocol::home::{Home, Rooms};
use crate::protocol::lifetime::Freshness;
use crate::sync::Arc;
use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Never seen: asked for a value only after a read found one.
const NO_VALUE: &str = "dogpile: a reader without a value; please report this bug in dogpile";

/// A handle that reads a [`DogpileCell`] for a fraction of what the cell itself takes: one per thread, per task, or for
/// the length of a loop.
///
/// Returned by [`DogpileCell::reader`]. A reader keeps the value that it read last, and looks up until when that value
/// is fresh: one load. Calls that change the cell first reset this deadline, so there is nothing else to look at, and a
/// reader sees `set`, `invalidate` and `mark_stale` as promptly as the cell does. All that the [crate page](crate)
/// promises of reads holds for a reader too, even if one thread reads through both the cell and a reader.
///
/// **A reader keeps the value that it read alive until its next read**, even if the cell has a newer one or none by
/// now. A worker that sleeps for a day keeps an old value for a day. Where that is too much, [release](Self::release)
/// the value, read through the cell, or drop the reader.
///
/// A value is dropped by whoever holds it last, and that can be the next call of a reader. If that `Drop` panics, the
/// call has done nothing else, and the reader can still be used.
///
/// Its methods take `&mut self`, and what they return is borrowed from the reader: for a value that outlives the next
/// call, use [`last`](Self::last). A reader is `Send` and `Sync` where the cell is, but two threads cannot read with it
/// at the same time. A creation function cannot use the reader that called it.
///
/// # Examples
///
/// In a pool of threads, each thread has its own reader:
///
/// ```
/// use dogpile::DogpileCell;
/// use std::thread;
///
/// let rates = DogpileCell::never_expires();
/// thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| {
///             let mut rates = rates.reader();
///             let sum: u64 = (1..=1000).map(|amount| amount * rates.get_or_regen(|| 3)).sum();
///             assert_eq!(sum, 1_501_500);
///         });
///     }
/// });
/// ```
///
/// Where you do not start the threads yourself, put the reader into a `thread_local!`. Its `RefCell` is borrowed for as
/// long as `with_borrow_mut` runs, which includes the creation function. Code that runs in there must ask the cell.
///
/// ```
/// use dogpile::{DogpileCell, Reader};
/// use std::cell::RefCell;
///
/// static RATES: DogpileCell<Vec<u32>> = DogpileCell::never_expires();
///
/// thread_local! {
///     static READER: RefCell<Reader<&'static DogpileCell<Vec<u32>>>> = RefCell::new(RATES.reader());
/// }
///
/// fn rate(of: usize) -> Option<u32> {
///     READER.with_borrow_mut(|rates| rates.get_or_regen(|| vec![3, 4]).get(of).copied())
/// }
///
/// assert_eq!((rate(0), rate(2)), (Some(3), None));
/// ```
#[must_use = "a reader does nothing until it is asked"]
pub struct Reader<H: Home> {
    home: H,
    /// What the last call returned the value of; none, if it returned no value.
    kept: Option<Arc<Generation<H::Value>>>,
    /// When that was read.
    read_at: Instant,
}

/// A [`Reader`] of a cell in an `Arc`, which it keeps alive: it is `'static`, so it can go to any thread or task.
///
/// Returned by [`DogpileCell::reader_owned`].
///
/// # Examples
///
/// In async code, give each worker task a reader of its own. Use what a call returns before the next `await`, since the
/// reader cannot read again while that is borrowed. [`get`](Self::get) never blocks the executor. The other methods
/// block it when they are not served: they run a creation function, or wait.
///
/// ```
/// use dogpile::{DogpileCell, OwnedReader};
/// use std::sync::Arc;
///
/// async fn worker(mut flags: OwnedReader<Vec<&str>>, jobs: Vec<&'static str>) -> usize {
///     let mut done = 0;
///     for job in jobs {
///         let is_on = flags.get().is_some_and(|flags| flags.contains(&job));
///         if is_on {
///             handle(job).await;
///             done += 1;
///         }
///     }
///     done
/// }
///
/// async fn handle(_job: &str) {}
///
/// let flags = Arc::new(DogpileCell::never_expires());
/// flags.set(vec!["search", "export"]);
/// let task = worker(flags.reader_owned(), vec!["search", "import", "export"]);
/// # fn spawn(task: impl Future<Output = usize> + Send + 'static) -> usize {
/// #     let mut task = std::pin::pin!(task);
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     let std::task::Poll::Ready(done) = task.as_mut().poll(&mut context) else { unreachable!() };
/// #     done
/// # }
/// assert_eq!(spawn(task), 2);
/// ```
pub type OwnedReader<T, C = CoarseClock> = Reader<Arc<DogpileCell<T, C>>>;

impl<H: Home> Reader<H> {
    /// Returns the value; if it is stale or missing, one caller is elected to make the next one with its `regen`, as in
    /// [`DogpileCell::get_or_regen`].
    ///
    /// # Panics
    ///
    /// If `regen` panics, or asks its own cell while there is nothing to serve, as [`DogpileCell::get_or_regen`] does.
    /// The reader can still be used.
    ///
    /// # Complexity
    ///
    /// A call that is served the value that the reader keeps, fresh or stale, is wait-free: a look at the clock, one
    /// relaxed load to compare it with (some more for a stale value), and no write but to the reader itself. There is
    /// no atomic read-modify-write and no allocation. The first call after a change of the cell also costs a read of
    /// the cell and two reference counts, and lets go of the old value: if nobody else holds that, it is dropped here.
    /// (At the moment at which another caller replaces the value, a call costs a read of the cell.)
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::time::Duration;
    ///
    /// let cell = std::sync::Arc::new(DogpileCell::new(Duration::from_secs(60)));
    /// let mut reader = cell.reader_owned(); // or cell.reader()
    /// assert_eq!(*reader.get_or_regen(|| 6 * 7), 42);
    /// assert_eq!(*reader.get_or_regen(|| unreachable!("it is still fresh")), 42);
    /// cell.set(43);
    /// assert_eq!(*reader.get_or_regen(|| unreachable!("what was set is fresh")), 43);
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_regen(&mut self, regen: impl FnOnce() -> H::Value) -> &H::Value {
        if !self.read(Generation::is_attended) {
            self.regen(regen);
        }
        self.value()
    }

    /// Returns the value; if it is stale or missing, one caller is elected to make the next one with its `regen`, which
    /// can fail, as in [`DogpileCell::try_get_or_regen`].
    ///
    /// # Errors
    ///
    /// The errors of [`DogpileCell::try_get_or_regen`], in the same cases.
    ///
    /// # Panics
    ///
    /// If `regen` panics. The reader can still be used.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = std::sync::Arc::new(DogpileCell::never_expires());
    /// let mut reader = cell.reader_owned(); // or cell.reader()
    /// assert!(reader.try_get_or_regen(|| "n/a".parse::<f64>()).is_err());
    /// cell.set(1.09);
    /// cell.mark_stale();
    /// let old = reader.try_get_or_regen(|| "n/a".parse::<f64>())?;
    /// assert_eq!(*old, 1.09);
    /// # Ok::<(), dogpile::RegenError>(())
    /// ```
    #[inline]
    pub fn try_get_or_regen<E>(
        &mut self,
        regen: impl FnOnce() -> Result<H::Value, E>,
    ) -> Result<&H::Value, RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        if !self.read(Generation::is_attended) {
            self.try_regen(regen)?;
        }
        Ok(self.value())
    }

    /// Returns the value if there is a servable one, fresh or stale, as [`DogpileCell::get`] does. Never elects a
    /// leader, and never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = std::sync::Arc::new(DogpileCell::never_expires());
    /// let mut reader = cell.reader_owned(); // or cell.reader()
    /// assert!(reader.get().is_none());
    /// cell.set(5);
    /// assert_eq!(reader.get(), Some(&5));
    /// ```
    #[must_use]
    #[inline]
    pub fn get(&mut self) -> Option<&H::Value> {
        self.read(|_, _| true).then(|| self.value())
    }

    /// Returns what the last call returned, as a [`Guard`]: for its version, freshness and age, or for an `Arc` of it.
    ///
    /// Freshness and age are those of that call, except that a value that was marked stale since then is stale. Returns
    /// `None` if there was no call yet, or if the last one returned no value. This method does not look at the cell. It
    /// costs a reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// let cell = std::sync::Arc::new(DogpileCell::never_expires());
    /// let mut token = cell.reader_owned(); // or cell.reader()
    /// let is_accepted = |token: &str| token == "t2";
    /// if !is_accepted(token.get_or_regen(|| "t1")) {
    ///     // A late report cannot hit the token that came after this one.
    ///     cell.invalidate_if(Guard::version(&token.last().unwrap()));
    /// }
    /// assert!(is_accepted(token.get_or_regen(|| "t2")));
    /// ```
    #[must_use]
    pub fn last(&self) -> Option<Guard<H::Value>> {
        Some(Guard::just_made(Arc::clone(self.kept.as_ref()?), self.read_at))
    }

    /// Returns whether the value that the last call returned was fresh or stale.
    ///
    /// This is the freshness of [`last`](Self::last), without its reference count. `None` if there was no call yet, or
    /// if the last one returned no value.
    ///
    /// # Examples
    ///
    /// A worker that makes no values itself:
    ///
    /// ```
    /// use dogpile::{DogpileCell, Freshness};
    ///
    /// let cell = std::sync::Arc::new(DogpileCell::never_expires());
    /// cell.set("old");
    /// cell.mark_stale();
    /// let mut reader = cell.reader_owned(); // or cell.reader()
    /// assert_eq!(reader.get(), Some(&"old"));
    /// if reader.freshness() != Some(Freshness::Fresh) {
    ///     if let Some(lease) = reader.home().try_lead() {
    ///         drop(lease.publish("new")); // or hand it to another thread
    ///     }
    /// }
    /// assert_eq!(reader.get(), Some(&"new"));
    /// ```
    #[must_use]
    pub fn freshness(&self) -> Option<Freshness> {
        let kept = self.kept.as_ref()?;
        // What was made for this call can be expired already.
        Some(kept.freshness(self.read_at).unwrap_or(Freshness::Stale))
    }

    /// Lets go of the value that the last call returned, which the reader otherwise keeps alive until its next read.
    ///
    /// For a worker that goes to sleep. The next read costs a read of the cell.
    ///
    /// # Panics
    ///
    /// If this reader is the last to hold the value, and its `Drop` panics. The reader can still be used.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::sync::Arc;
    ///
    /// let cell = Arc::new(DogpileCell::never_expires());
    /// let large = Arc::new([0_u8; 1 << 20]);
    /// cell.set(Some(Arc::clone(&large)));
    /// let mut reader = cell.reader_owned(); // or cell.reader()
    /// assert!(reader.get().is_some());
    /// cell.set(None);
    /// assert_eq!(Arc::strong_count(&large), 2);
    /// reader.release();
    /// assert_eq!(Arc::strong_count(&large), 1);
    /// ```
    pub fn release(&mut self) {
        drop(self.kept.take());
    }

    /// Returns what this reader reads from: the reference to the cell, or the `Arc` of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = DogpileCell::never_expires();
    /// let mut reader = cell.reader();
    /// reader.home().set(7); // the methods of the cell
    /// assert_eq!(reader.get(), Some(&7));
    /// ```
    #[must_use]
    pub fn home(&self) -> &H {
        &self.home
    }

    fn new(home: H) -> Self {
        Self { home, kept: None, read_at: Instant::from_nanos(0) }
    }

    /// What a read is for the cell; says whether there is a value to be served.
    // Always, as the reads of the cell: not only a hint.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn read(&mut self, stale_is_fine: impl Fn(&Generation<H::Value>, Instant) -> bool + Copy) -> bool {
        let now = self.home.setup().now();
        if self.kept.as_ref().is_some_and(|kept| kept.is_assured(now)) {
            self.read_at = now;
            return true;
        }
        self.read_stale(now, stale_is_fine)
    }

    /// [`read`](Self::read) for a call with a demand. What it keeps will do only while it is known to be fresh; else it is
    /// what `read` finds in the cell.
    #[inline]
    pub(crate) fn read_demanded(
        &mut self,
        demand: &Demand,
        read: fn(&H, &Demand) -> Option<Guard<H::Value>>,
    ) -> bool {
        let now = self.home.setup().now();
        if self.kept.as_ref().is_some_and(|kept| kept.is_assured(now) && demand.is_met_by(kept, now)) {
            self.read_at = now;
            return true;
        }
        self.reload_demanded(demand, read)
    }

    #[cold]
    #[inline(never)]
    fn reload_demanded(&mut self, demand: &Demand, read: fn(&H, &Demand) -> Option<Guard<H::Value>>) -> bool {
        match read(&self.home, demand) {
            Some(guard) => self.keep(guard),
            // As in `reload`: if this call returns an error, it has returned no value.
            None => self.release(),
        }
        self.kept.is_some()
    }

    /// Goes on if what it keeps is not known to be fresh.
    #[cold]
    #[inline(never)]
    fn read_stale(
        &mut self,
        now: Instant,
        stale_is_fine: impl Fn(&Generation<H::Value>, Instant) -> bool + Copy,
    ) -> bool {
        let is_servable = |kept: &Arc<Generation<H::Value>>| {
            !kept.is_withdrawn() && kept.served(now, stale_is_fine).is_some()
        };
        if self.kept.as_ref().is_some_and(is_servable) {
            self.read_at = now;
            return true;
        }
        self.reload(stale_is_fine)
    }

    /// Goes on if what it keeps is not, or no more, what can be served.
    #[cold]
    #[inline(never)]
    fn reload(&mut self, stale_is_fine: impl Fn(&Generation<H::Value>, Instant) -> bool) -> bool {
        let current = self.home.slot().load();
        // Only now: what was found is not to be judged by a time before it was there.
        let now = self.home.setup().now();
        let found = current.as_ref().filter(|current| current.served(now, stale_is_fine).is_some());
        if found.map(Arc::as_ptr) != self.kept.as_ref().map(Arc::as_ptr) {
            let found = found.cloned();
            // Can be the end of the old value. If its `Drop` panics, this call has returned nothing.
            drop(self.kept.take());
            self.kept = found;
        }
        self.read_at = now;
        self.kept.is_some()
    }

    /// What [`get_or_regen`](Self::get_or_regen) does that is not served: in a frame of its own.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn regen(&mut self, regen: impl FnOnce() -> H::Value) {
        match lead_or_wait(&self.home, Call::infallible, || Ok(regen())) {
            Ok(made) => self.keep(made),
            Err(error) => impossible(&error),
        }
    }

    /// What [`try_get_or_regen`](Self::try_get_or_regen) does that is not served: in a frame of its own.
    #[cold]
    #[inline(never)]
    fn try_regen<E>(&mut self, regen: impl FnOnce() -> Result<H::Value, E>) -> Result<(), RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let made = lead_or_wait(&self.home, Call::fallible, || regen().map_err(RegenError::failed))?;
        self.keep(made);
        Ok(())
    }

    pub(crate) fn keep(&mut self, guard: Guard<H::Value>) {
        let (generation, read_at) = guard.into_parts();
        self.kept = Some(generation);
        self.read_at = read_at;
    }

    /// The value that was read just now.
    #[inline]
    pub(crate) fn value(&self) -> &H::Value {
        self.kept.as_ref().and_then(|kept| kept.value()).expect(NO_VALUE)
    }
}

impl<T, C: Clock> DogpileCell<T, C> {
    /// Makes a handle that reads this cell more cheaply, for one thread. See [`Reader`].
    ///
    /// Costs nothing: the reader looks at the cell only when it first reads.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// static RATE: DogpileCell<u64> = DogpileCell::never_expires();
    ///
    /// let mut rate = RATE.reader();
    /// let total: u64 = (1..=10).map(|amount| amount * rate.get_or_regen(|| 3)).sum();
    /// assert_eq!(total, 165);
    /// ```
    pub fn reader(&self) -> Reader<&Self> {
        Reader::new(self)
    }

    /// Makes a handle that reads this cell more cheaply, as [`reader`](Self::reader) does, and keeps the cell's `Arc`
    /// alive.
    ///
    /// Costs a reference count.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::{sync::Arc, thread};
    ///
    /// let cell = Arc::new(DogpileCell::never_expires());
    /// let mut reader = cell.reader_owned();
    /// let worker = thread::spawn(move || *reader.get_or_regen(|| 7));
    /// assert_eq!(worker.join().unwrap(), 7);
    /// ```
    pub fn reader_owned(self: &Arc<Self>) -> OwnedReader<T, C> {
        Reader::new(Arc::clone(self))
    }
}

// A panic in the user's code leaves a reader without a value, or (a clock's) with the one that it had: either is as
// good.
impl<H: Home + UnwindSafe> UnwindSafe for Reader<H> where H::Value: RefUnwindSafe + UnwindSafe {}
impl<H: Home + RefUnwindSafe> RefUnwindSafe for Reader<H> where H::Value: RefUnwindSafe + UnwindSafe {}

impl<H: Home> fmt::Debug for Reader<H>
where
    H::Value: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("last", &self.last()).finish_non_exhaustive()
    }
}
