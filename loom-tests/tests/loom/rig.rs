//! What the models are made of: a clock, an origin, values that can be torn, and the way to run a model.

use crate::alone;
use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicU64;
use loom::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};
use loom::thread::{self, JoinHandle};
use loom_tests::clock::{Clock, Instant};
use loom_tests::sync::{timeouts_never_fire, what_is_replaced_is_freed};
use loom_tests::{DogpileCell, Guard, Lifetime, RegenError};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

/// Runs `model`, of two threads, in all interleavings.
pub fn exhaustively(model: impl Fn() + Sync + Send + 'static) {
    check(None, model);
}

/// Runs `model` in all interleavings that preempt at most `preemptions` times: for three threads, and for
/// those of two that would run for a minute or more.
pub fn preempting(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    check(Some(preemptions), model);
}

/// Runs the models that `model` makes of the `cases`, one after the other. Not one by one by the functions above: each
/// call of those runs the whole test in a process of its own.
pub fn preempting_each<A: Copy + Send + Sync + 'static>(
    preemptions: Option<usize>,
    cases: impl IntoIterator<Item = A>,
    model: impl Fn(A) + Copy + Sync + Send + 'static,
) {
    if !alone::in_a_process_of_its_own() {
        cases.into_iter().for_each(|case| here(preemptions, move || model(case)));
    }
}

/// If there are models of other kinds in this process, they are run by the children only, or one after the other.
fn check(preemptions: Option<usize>, model: impl Fn() + Sync + Send + 'static) {
    if !alone::in_a_process_of_its_own() {
        here(preemptions, model);
    }
}

/// Runs `model` in all interleavings with so many preemptions; no lease and no patience ever ends. Where they do, sleepers look again
/// by themselves, and a wake-up that is lost is not seen.
pub fn without_timeouts(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    timeouts_never_fire(true);
    check(Some(preemptions), model);
    timeouts_never_fire(false);
}

/// Runs `model` in all interleavings with so many preemptions; what is replaced is dropped as soon as nobody has it.
pub fn freeing(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    what_is_replaced_is_freed(true);
    check(Some(preemptions), model);
    what_is_replaced_is_freed(false);
}

/// Runs `model` in this process, so that it can tell the caller what it saw.
pub fn here(preemptions: Option<usize>, model: impl Fn() + Sync + Send + 'static) {
    run(loom::model::Builder::new(), preemptions, model);
}

/// Runs the first so many interleavings of `model` in this process, as [`here`] runs all.
pub fn first_ones_here(executions: usize, preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.max_permutations = builder.max_permutations.or(Some(executions));
    // It looks at its limits at each checkpoint only.
    builder.checkpoint_interval = builder.checkpoint_interval.min(executions);
    run(builder, Some(preemptions), model);
}

fn run(
    mut builder: loom::model::Builder,
    preemptions: Option<usize>,
    model: impl Fn() + Sync + Send + 'static,
) {
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.max_branches = 10_000;
    builder.check(model);
}

/// Time as one atomic. As with the library's clocks, a new time tells nothing of what happened before it came.
#[derive(Clone)]
pub struct ModelClock {
    now: Arc<AtomicU64>,
    sets: Ordering,
    asks: Ordering,
}

impl ModelClock {
    pub fn new() -> Self {
        Self { now: Arc::new(AtomicU64::new(0)), sets: Relaxed, asks: Relaxed }
    }

    /// Whoever reads a new time of this one knows of all that happened before it was set. The library's clocks grant no such
    /// thing: a model that needs it says why.
    pub fn ordered() -> Self {
        Self { sets: Release, asks: Acquire, ..Self::new() }
    }

    pub fn set(&self, nanos: u64) {
        self.now.store(nanos, self.sets);
    }
}

impl Clock for ModelClock {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.now.load(self.asks))
    }
}

/// Time stands still, and whoever asks for it is counted.
#[derive(Clone)]
pub struct CountingClock(Arc<loom::sync::atomic::AtomicUsize>);

impl CountingClock {
    pub fn new() -> Self {
        Self(Arc::new(loom::sync::atomic::AtomicUsize::new(0)))
    }

    pub fn asked(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// Waits until a call has begun that found nothing, since the clock was `asked` for the time so often.
    pub fn wait_for_call(&self, asked: usize) {
        // Twice: once for the quick read, once for the look at which a call finds out when it began.
        while self.asked() < asked + 2 {
            thread::yield_now();
        }
    }
}

impl Clock for CountingClock {
    fn now(&self) -> Instant {
        self.0.fetch_add(1, Relaxed);
        Instant::from_nanos(0)
    }
}

/// A value that loom complains about when it is read before it was written to the end.
pub struct Value {
    number: UnsafeCell<u64>,
    /// The time to live, where the cell of the model asks for it.
    pub lives: Duration,
}

impl Value {
    pub fn new(number: u64) -> Self {
        Self::living(number, Duration::MAX)
    }

    pub fn living(number: u64, lives: Duration) -> Self {
        let value = Self { number: UnsafeCell::new(0), lives };
        // SAFETY: nobody else has it yet.
        value.number.with_mut(|it| unsafe { *it = number });
        value
    }

    pub fn number(&self) -> u64 {
        // SAFETY: never written after `living`; that a reader knows of that write is what loom checks.
        self.number.with(|it| unsafe { *it })
    }
}

// SAFETY: as for `number`.
unsafe impl Sync for Value {}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.number())
    }
}

pub type Cell = DogpileCell<Value, ModelClock>;

/// Where the values come from: creation functions copy `truth`.
pub struct Origin {
    /// Relaxed on purpose: that a creation function sees the newest must come from the cell.
    truth: AtomicU64,
    /// Touched by each creation function: loom complains unless they exclude and succeed each other.
    desk: UnsafeCell<u64>,
    /// Not loom's: exact, and orders nothing.
    runs: AtomicUsize,
}

// SAFETY: `desk` is touched by leaders only; that they exclude each other is what loom checks.
unsafe impl Sync for Origin {}

impl Origin {
    pub fn new(truth: u64) -> Arc<Self> {
        Arc::new(Self { truth: AtomicU64::new(truth), desk: UnsafeCell::new(0), runs: AtomicUsize::new(0) })
    }

    pub fn change(&self, truth: u64) {
        self.truth.store(truth, Relaxed);
    }

    /// Another thread may change it at the same time: returns what this change made of it.
    pub fn change_once_more(&self) -> u64 {
        self.truth.fetch_add(1, Relaxed) + 1
    }

    /// A creation function of which no two may run at a time.
    pub fn create(&self) -> Value {
        // SAFETY: see above.
        self.desk.with_mut(|it| unsafe { *it += 1 });
        self.copy()
    }

    /// A creation function that may run beside one that was superseded.
    pub fn copy(&self) -> Value {
        self.runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Value::new(self.truth.load(Relaxed))
    }

    /// How many creation functions were run.
    pub fn runs(&self) -> usize {
        self.runs.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// `others` threads and this one `ask` at the same time; returns what they got, this one first.
pub fn all_at_once<R: 'static>(others: usize, ask: impl Fn() -> R + Clone + 'static) -> Vec<R> {
    let others: Vec<_> = (0..others).map(|_| thread::spawn(ask.clone())).collect();
    let mine = ask();
    std::iter::once(mine).chain(others.into_iter().map(|other| other.join().unwrap())).collect()
}

/// The callers of [`all_at_once`] ask for the value: one of them makes it, the number 2.
pub fn callers_at_once(cell: &Arc<Cell>, origin: &Arc<Origin>, others: usize) {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    all_at_once(others, {
        let origin = Arc::clone(&origin);
        move || {
            let guard = cell.get_or_regen(|| origin.create());
            assert_eq!(
                guard.number(),
                if Guard::is_stale(&guard) { 1 } else { 2 },
                "old and stale, or new and fresh"
            );
        }
    });
    assert_eq!(origin.runs(), 1, "one leader");
}

/// A thread that asks for the value, and makes it if need be.
pub fn caller(cell: &Arc<Cell>, origin: &Arc<Origin>) -> JoinHandle<u64> {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    thread::spawn(move || cell.get_or_regen(|| origin.create()).number())
}

/// A thread that sets the value; returns its version.
pub fn setter<C: Clock + 'static>(cell: &Arc<DogpileCell<Value, C>>, number: u64) -> JoinHandle<u64> {
    let cell = Arc::clone(cell);
    thread::spawn(move || cell.set(Value::new(number)))
}

pub fn invalidator(cell: &Arc<Cell>) -> JoinHandle<()> {
    let cell = Arc::clone(cell);
    thread::spawn(move || cell.invalidate())
}

/// A thread that changes the truth, and then says so.
pub fn marker(cell: &Arc<Cell>, origin: &Arc<Origin>) -> JoinHandle<()> {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    thread::spawn(move || {
        origin.change(2);
        cell.mark_stale();
    })
}

/// A cell without a value, at time 0: one that was invalidated.
pub fn empty() -> Arc<Cell> {
    let cell = untouched();
    cell.invalidate();
    cell
}

/// A cell that was never used, at time 0.
pub fn untouched() -> Arc<Cell> {
    let builder = DogpileCell::builder()
        .time_to_live(Duration::MAX)
        .retry_backoff(Duration::ZERO, Duration::ZERO)
        .clock(ModelClock::new());
    Arc::new(builder.build().expect("consistent"))
}

/// A cell whose value (version 1, number 1) is fresh for ever.
pub fn fresh() -> Arc<Cell> {
    let cell = untouched();
    cell.set(Value::new(1));
    cell
}

/// A cell whose value (version 1, number 1) is stale and may be served for ever, and whose next one will
/// be fresh for ever.
pub fn stale() -> Arc<Cell> {
    expiring(Duration::MAX)
}

/// A cell as [`stale`] makes it, but with a value that may not be served any more.
pub fn expired() -> Arc<Cell> {
    expiring(Duration::ZERO)
}

fn expiring(window: Duration) -> Arc<Cell> {
    let builder = DogpileCell::builder()
        .lifetime_of(|value: &Value| Lifetime::fresh_for(value.lives))
        .stale_while_revalidate(window)
        .retry_backoff(Duration::ZERO, Duration::ZERO)
        .initial(Value::living(1, Duration::ZERO))
        .clock(ModelClock::new());
    Arc::new(builder.build().expect("consistent"))
}

/// When a lease and a throttle that began at time 0 have ended.
pub const LATER: u64 = 10;
pub const TERM: Duration = Duration::from_nanos(LATER);

/// As `stale`; and a leader can be deposed after [`TERM`].
pub fn stale_with_lease(clock: &ModelClock) -> Arc<Cell> {
    stale_with_lease_of(TERM, clock)
}

pub fn stale_with_lease_of(timeout: Duration, clock: &ModelClock) -> Arc<Cell> {
    let builder = DogpileCell::builder()
        .lifetime_of(|value: &Value| Lifetime::fresh_for(value.lives))
        .retry_backoff(Duration::ZERO, Duration::ZERO)
        .lease_timeout(timeout)
        .initial(Value::living(1, Duration::ZERO))
        .clock(clock.clone());
    Arc::new(builder.build().expect("consistent"))
}

/// A cell as [`stale_with_lease_of`] makes it, but with a value (version 2, number 1) that is fresh for ever.
pub fn fresh_with_lease_of(timeout: Duration, clock: &ModelClock) -> Arc<Cell> {
    let cell = stale_with_lease_of(timeout, clock);
    cell.set(Value::new(1));
    cell
}

pub fn empty_with_lease(clock: &ModelClock) -> Arc<Cell> {
    empty_with_lease_of(TERM, clock)
}

pub fn empty_with_lease_of(timeout: Duration, clock: &ModelClock) -> Arc<Cell> {
    let cell = stale_with_lease_of(timeout, clock);
    cell.invalidate();
    cell
}

/// As [`expired`]; but once an attempt has failed, its value may be served again.
pub fn expired_but_servable_after_an_error() -> Arc<Cell> {
    let builder = DogpileCell::builder()
        .lifetime_of(|value: &Value| Lifetime::fresh_for(value.lives))
        .stale_while_revalidate(Duration::ZERO)
        .stale_if_error(Duration::MAX)
        .retry_backoff(Duration::ZERO, Duration::ZERO)
        .initial(Value::living(1, Duration::ZERO))
        .clock(ModelClock::new());
    Arc::new(builder.build().expect("consistent"))
}

/// As `stale`; and for about [`TERM`] after a failure there is no other attempt.
pub fn stale_with_throttle(clock: &ModelClock) -> Arc<Cell> {
    let builder = DogpileCell::builder()
        .lifetime_of(|value: &Value| Lifetime::fresh_for(value.lives))
        .retry_backoff(TERM, TERM)
        .initial(Value::living(1, Duration::ZERO))
        .clock(clock.clone());
    Arc::new(builder.build().expect("consistent"))
}

pub fn empty_with_throttle(clock: &ModelClock) -> Arc<Cell> {
    let cell = stale_with_throttle(clock);
    cell.invalidate();
    cell
}

/// The error of a creation function.
#[derive(Debug)]
pub struct Down(pub u64);

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the origin is down ({})", self.0)
    }
}

impl Error for Down {}

/// The number of the value, or of the error.
pub fn outcome(result: Result<Guard<Value>, RegenError>) -> Result<u64, u64> {
    result.map(|guard| guard.number()).map_err(|error| number_of(&error))
}

pub fn number_of(error: &RegenError) -> u64 {
    error.downcast_ref::<Down>().expect("the error of a creation function").0
}

/// The panic of a creation function. Any other one is loom's, or a failed assertion.
struct Boom;

/// A creation function that fails.
pub fn boom() -> ! {
    resume_unwind(Box::new(Boom))
}

/// Runs `call`; None if [`boom`] ended it.
pub fn survive<R>(call: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => Some(result),
        Err(panic) if panic.is::<Boom>() => None,
        Err(panic) => resume_unwind(panic),
    }
}
