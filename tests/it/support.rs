//! Threads that can be told what to do, and a clock that tells who looked at it.

pub(crate) use crate::not_due::{not_due, not_due_either, not_due_for_tasks};
use crate::ways::{By, Way};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{CellBuilder, DogpileCell, Guard, RegenError};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// What no step of a test takes on the slowest of machines.
pub(crate) const STUCK: Duration = Duration::from_secs(60);

pub(crate) const TTL: Duration = Duration::from_secs(10);
pub(crate) const WINDOW: Duration = Duration::from_secs(5);
pub(crate) const TICK: Duration = Duration::from_nanos(1);

/// The longest delay after a first attempt that failed, by default; after the second it is twice as long.
pub(crate) const RETRY: Duration = Duration::from_millis(100);

/// How long a lease lasts in tests about leases that end. Real time, since a waiter sleeps as long before it looks at
/// the cell's clock.
pub(crate) const LEASE: Duration = Duration::from_millis(30);

/// A cell on a clock of its own, shared as threads need it.
pub(crate) type Shared<T, C = ManualClock> = Arc<DogpileCell<T, C>>;

/// An empty cell with `TTL` and `WINDOW`, and its clock.
pub(crate) fn cell<T>() -> (Shared<T>, ManualClock) {
    cell_with(TTL, WINDOW)
}

pub(crate) fn cell_with<T>(ttl: Duration, window: Duration) -> (Shared<T>, ManualClock) {
    let clock = ManualClock::new();
    (cell_on(ttl, window, clock.clone()), clock)
}

pub(crate) fn cell_on<T, C: Clock>(ttl: Duration, window: Duration, clock: C) -> Shared<T, C> {
    let builder = DogpileCell::builder().time_to_live(ttl).stale_while_revalidate(window).clock(clock);
    Arc::new(builder.build().expect("both durations are given"))
}

/// An empty cell with `TTL`, `WINDOW` and what `set` adds to them or changes, and its clock.
pub(crate) fn cell_that<T>(
    set: impl FnOnce(CellBuilder<T, ManualClock>) -> CellBuilder<T, ManualClock>,
) -> (Shared<T>, ManualClock) {
    build(set)
}

/// A cell like that of [`cell_that`] whose value, 1, is stale.
pub(crate) fn stale_cell(
    set: impl FnOnce(CellBuilder<u32, ManualClock>) -> CellBuilder<u32, ManualClock>,
) -> (Shared<u32>, ManualClock) {
    let (cell, clock) = cell_that(set);
    cell.set(1);
    clock.advance(TTL);
    (cell, clock)
}

/// A cell like that of [`cell_that`], with a clock that knows who waits.
pub(crate) fn watched_cell(
    set: impl FnOnce(CellBuilder<u32, WatchedClock>) -> CellBuilder<u32, WatchedClock>,
) -> (Shared<u32, WatchedClock>, WatchedClock) {
    build(set)
}

fn build<T, C: Clock + Clone + Default>(
    set: impl FnOnce(CellBuilder<T, C>) -> CellBuilder<T, C>,
) -> (Shared<T, C>, C) {
    let clock = C::default();
    let builder = DogpileCell::builder().time_to_live(TTL).stale_while_revalidate(WINDOW);
    (Arc::new(set(builder.clock(clock.clone())).build().expect("the settings fit together")), clock)
}

/// Whether both are the one error that an attempt ended with.
pub(crate) fn is_same_failure(one: &RegenError, other: &RegenError) -> bool {
    match (one, other) {
        (RegenError::Failed(one), RegenError::Failed(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

/// What the message of an infallible call says that was made from inside its cell's creation function.
pub(crate) const ASKED_AGAIN: &str = "the same cell was asked again from inside of it";

/// What `crash` throws, so that no failed assertion is taken for it.
pub(crate) struct Crash;

/// Panics without the message that a hook would print.
pub(crate) fn crash<T>() -> T {
    resume_unwind(Box::new(Crash))
}

/// Whether `call` panicked as `crash` does.
pub(crate) fn crashes<R>(call: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err_and(|payload| payload.is::<Crash>())
}

/// Something that another thread is doing.
pub(crate) struct Task<R>(Receiver<thread::Result<R>>);

pub(crate) fn spawn<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Task<R> {
    let (done, result) = channel();
    thread::spawn(move || done.send(catch_unwind(AssertUnwindSafe(work))));
    Task(result)
}

impl<R> Task<R> {
    /// What it made. Fails instead of hanging if the other thread is stuck.
    pub(crate) fn join(self) -> R {
        self.outcome().unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// What it made, or the panic in which it ended.
    pub(crate) fn outcome(self) -> thread::Result<R> {
        self.0.recv_timeout(STUCK).expect("a thread is stuck")
    }
}

/// A leader at work on another thread until it is told what to do.
pub(crate) struct Flight<T> {
    orders: Sender<T>,
    task: Task<Guard<T>>,
}

impl<T: Send + Sync + 'static> Flight<T> {
    pub(crate) fn take_off<C: Clock + 'static>(cell: &Shared<T, C>) -> Self {
        Self::take_off_by(cell, Way::Thread)
    }

    /// Has a caller elected, and returns when its creation function runs.
    pub(crate) fn take_off_by<C: Clock + 'static>(cell: &Shared<T, C>, way: Way) -> Self {
        let cell = Arc::clone(cell);
        let (orders, told) = channel();
        let (started, has_started) = channel();
        let task = spawn(move || {
            cell.by(way).get_or_regen(|| {
                started.send(()).expect("the test waits for it");
                told.recv().unwrap_or_else(|_| crash())
            })
        });
        has_started.recv_timeout(STUCK).expect("no leader was elected");
        Self { orders, task }
    }

    /// The creation function returns `value`; returns what the leader's call does.
    pub(crate) fn land(self, value: T) -> Guard<T> {
        self.orders.send(value).expect("the leader waits for orders");
        self.task.join()
    }

    /// The creation function panics.
    pub(crate) fn crash(self) {
        drop(self.orders);
        let payload = self.task.outcome().err().expect("the panic goes on in the leader's thread");
        assert!(payload.is::<Crash>());
    }
}

/// A [`Flight`] of a creation function that can fail.
pub(crate) struct TryFlight<T> {
    orders: Sender<Result<T, &'static str>>,
    task: Task<Result<Guard<T>, RegenError>>,
}

impl<T: Send + Sync + 'static> TryFlight<T> {
    /// Has a caller elected, and returns when its creation function runs.
    pub(crate) fn take_off_by<C: Clock + 'static>(cell: &Shared<T, C>, way: Way) -> Self {
        let cell = Arc::clone(cell);
        let (orders, told) = channel();
        let (started, has_started) = channel();
        let task = spawn(move || {
            cell.by(way).try_get_or_regen(|| {
                started.send(()).expect("the test waits for it");
                told.recv().expect("the test gives an order")
            })
        });
        has_started.recv_timeout(STUCK).expect("no leader was elected");
        Self { orders, task }
    }

    /// The creation function returns `result`; returns what the leader's call does.
    pub(crate) fn end(self, result: Result<T, &'static str>) -> Result<Guard<T>, RegenError> {
        self.orders.send(result).expect("the leader waits for orders");
        self.task.join()
    }
}

/// Callers who wait: each does `wait`. Returns when all of them do.
pub(crate) fn waiters<T, R>(
    cell: &Shared<T, WatchedClock>,
    clock: &WatchedClock,
    number: usize,
    wait: impl Fn(&Shared<T, WatchedClock>) -> R + Clone + Send + 'static,
) -> Vec<Task<R>>
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    clock.forget();
    let start = |_| {
        let (cell, wait) = (Arc::clone(cell), wait.clone());
        spawn(move || wait(&cell))
    };
    let waiters = (0..number).map(start).collect();
    clock.wait_for_waiters(number);
    waiters
}

/// [`waiters`] that return `value`; if they are elected they create it, and `creations` counts that.
pub(crate) fn counted_waiters(
    cell: &Shared<u32, WatchedClock>,
    clock: &WatchedClock,
    number: usize,
    way: Way,
    value: u32,
    creations: &Arc<AtomicU32>,
) -> Vec<Task<Guard<u32>>> {
    let creations = Arc::clone(creations);
    waiters(cell, clock, number, move |cell| {
        cell.by(way).get_or_regen(|| {
            creations.fetch_add(1, Relaxed);
            value
        })
    })
}

/// A `ManualClock` that knows how often each thread has looked at it.
///
/// A call that looked twice was not served at once: it is on the way in which callers are elected or
/// wait, and knows what the cell held when it began.
#[derive(Clone, Default)]
pub(crate) struct WatchedClock {
    pub(crate) time: ManualClock,
    looks: Arc<(Mutex<HashMap<ThreadId, u32>>, Condvar)>,
}

impl Clock for WatchedClock {
    fn now(&self) -> Instant {
        *self.looks.0.lock().unwrap().entry(thread::current().id()).or_default() += 1;
        self.looks.1.notify_all();
        self.time.now()
    }
}

impl WatchedClock {
    /// Returns when so many threads besides this one have looked at least twice.
    pub(crate) fn wait_for_waiters(&self, threads: usize) {
        self.wait_for_looks(threads, 2);
    }

    /// Returns when so many threads besides this one have looked at least so often.
    pub(crate) fn wait_for_looks(&self, threads: usize, least: u32) {
        let waiting = |looks: &HashMap<ThreadId, u32>| {
            looks.iter().filter(|(id, looks)| **id != thread::current().id() && **looks >= least).count()
        };
        let looks = self.looks.0.lock().unwrap();
        let waited = self.looks.1.wait_timeout_while(looks, STUCK, |looks| waiting(looks) < threads);
        assert!(!waited.unwrap().1.timed_out(), "the waiters did not come");
    }

    /// Forgets who looked.
    pub(crate) fn forget(&self) {
        self.looks.0.lock().unwrap().clear();
    }

    /// How often all threads together have looked.
    pub(crate) fn looks(&self) -> u32 {
        self.looks.0.lock().unwrap().values().sum()
    }
}
