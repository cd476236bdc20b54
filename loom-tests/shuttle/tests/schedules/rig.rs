//! The way to run a model, and the cells and callers that it is made of.

use crate::origin::{Origin, Value};
use shuttle::scheduler::{
    PctScheduler, RandomScheduler, ReplayScheduler, Scheduler, UncontrolledNondeterminismCheckScheduler,
};
use shuttle::{Config, Runner, future, thread};
use shuttle_tests::clock::ManualClock;
use shuttle_tests::{CellBuilder, DogpileCell};
use std::env;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Runs `model` in so many random schedules, and in half as many of the probabilistic scheduler.
pub fn in_schedules(count: usize, model: impl Fn() + Send + Sync + 'static) {
    let model = Arc::new(model);
    if let Ok(schedule) = env::var("SHUTTLE_SCHEDULE") {
        return run(ReplayScheduler::new_from_encoded(&schedule), &model);
    }
    let factor = env::var("SHUTTLE_RUNS").map_or(1, |times| times.parse().expect("a number"));
    let twice = |count| UncontrolledNondeterminismCheckScheduler::new(RandomScheduler::new(count));
    run(twice(5), &model);
    run(RandomScheduler::new(count * factor), &model);
    // Three: bugs that need two threads to be held up, each at one point.
    run(PctScheduler::new(3, count * factor / 2), &model);
}

fn run(scheduler: impl Scheduler + 'static, model: &Arc<impl Fn() + Send + Sync + 'static>) {
    let mut config = Config::new();
    config.stack_size = 0x2_0000;
    config.silence_warnings = true; // that orderings are taken for sequentially consistent
    let model = Arc::clone(model);
    Runner::new(scheduler, config).run(move || model());
}

pub type Cell = DogpileCell<Value, ManualClock>;

/// How long a lease lasts, and how long a value lives where it does not live for ever.
pub const TERM: Duration = Duration::from_nanos(10);

/// What no model knows: how long until the next attempt after a failure. The library throws dice for that.
pub fn builder() -> CellBuilder<Value> {
    DogpileCell::builder().retry_backoff(Duration::ZERO, Duration::ZERO)
}

/// A cell without a value, the values of which are fresh until they are marked.
pub fn empty() -> Arc<Cell> {
    Arc::new(builder().clock(ManualClock::new()).build().expect("consistent"))
}

/// A cell without a value, as [`empty`] makes it, with leases that end.
pub fn empty_with_lease(clock: &ManualClock) -> Arc<Cell> {
    Arc::new(builder().lease_timeout(TERM).clock(clock.clone()).build().expect("consistent"))
}

/// A cell with a value (version 1) that is fresh for a [`TERM`], and then stale.
pub fn living_for_a_term(clock: &ManualClock, value: Value) -> Arc<Cell> {
    Arc::new(builder().time_to_live(TERM).initial(value).clock(clock.clone()).build().expect("consistent"))
}

/// A thread or a task.
pub enum Actor<R> {
    Thread(thread::JoinHandle<R>),
    Task(future::JoinHandle<R>),
}

impl<R: Send + 'static> Actor<R> {
    /// Every other one is a task.
    pub fn spawn<F: Future<Output = R> + Send + 'static>(
        index: usize,
        threads: impl FnOnce() -> R + Send + 'static,
        tasks: impl FnOnce() -> F,
    ) -> Self {
        if index % 2 == 0 { Self::Thread(thread::spawn(threads)) } else { Self::Task(future::spawn(tasks())) }
    }

    pub fn join(self) -> R {
        match self {
            Self::Thread(handle) => handle.join().expect("panics end the model"),
            Self::Task(handle) => future::block_on(handle).expect("nobody cancels it"),
        }
    }
}

/// `count` callers, half of them threads and half of them tasks, that ask for the value, and make it if need be.
pub fn callers(count: usize, cell: &Arc<Cell>, origin: &Arc<Origin>) -> Vec<Actor<u64>> {
    let call = |index| {
        let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
        let (their_cell, their_origin) = (Arc::clone(&cell), Arc::clone(&origin));
        Actor::spawn(
            index,
            move || origin.get(&cell),
            || async move { their_origin.get_async(&their_cell).await },
        )
    };
    (0..count).map(call).collect()
}

pub fn join_all<R: Send + 'static>(actors: Vec<Actor<R>>) -> Vec<R> {
    actors.into_iter().map(Actor::join).collect()
}

/// Polls by a task that nothing wakes.
pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The panic of a creation function. Any other one ends the model.
struct Boom;

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
