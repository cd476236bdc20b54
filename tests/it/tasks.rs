//! Many tasks on one cell, under each executor, and beside threads.

use crate::hands::{Call, hanging_leader};
use crate::support::{Flight, Shared, cell, not_due, spawn, waiters, watched_cell};
use crate::ways::{By, WAYS, block_on};
use dogpile::{DogpileCell, Guard};
use std::future::{Future, pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::Poll;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

const CROWD: usize = 1000;
const WAITERS: usize = 50;

/// Where many tasks run side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Executor {
    /// One future made of all.
    Bare,
    TokioThread,
    TokioThreads,
    Smol,
}

/// Runs `test` with each, and fails instead of hanging if it is stuck.
pub(crate) fn each_executor(test: impl Fn(Executor) + Clone + Send + 'static) {
    for executor in [Executor::Bare, Executor::TokioThread, Executor::TokioThreads, Executor::Smol] {
        let test = test.clone();
        let ended = spawn(move || test(executor)).outcome();
        assert!(ended.is_ok(), "the executor was {executor:?}");
    }
}

/// Without a driver for time or for anything else.
fn one_thread() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(4).build().unwrap()
}

impl Executor {
    pub(crate) fn run_all<R: Send + 'static>(self, tasks: Vec<Call<'static, R>>) -> Vec<R> {
        match self {
            Self::Bare => block_on(all(tasks)),
            Self::TokioThread => tokio_all(&one_thread(), tasks),
            Self::TokioThreads => tokio_all(&threads(), tasks),
            Self::Smol => {
                let executor = smol::Executor::new();
                let tasks = tasks.into_iter().map(|task| executor.spawn(task)).collect();
                smol::block_on(executor.run(in_turn(tasks)))
            }
        }
    }
}

fn tokio_all<R: Send + 'static>(runtime: &Runtime, tasks: Vec<Call<'static, R>>) -> Vec<R> {
    let tasks = tasks.into_iter().map(|task| runtime.spawn(task)).collect();
    let ended: Vec<_> = runtime.block_on(in_turn(tasks));
    ended.into_iter().map(|ended| ended.expect("no task panics")).collect()
}

/// What tasks come to that run already.
async fn in_turn<F: Future>(tasks: Vec<F>) -> Vec<F::Output> {
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await);
    }
    outputs
}

/// Whoever is woken, all are polled.
async fn all<R>(calls: Vec<Call<'_, R>>) -> Vec<R> {
    let mut calls: Vec<_> = calls.into_iter().map(Ok).collect();
    poll_fn(|context| {
        for call in &mut calls {
            let Ok(running) = call else { continue };
            if let Poll::Ready(output) = running.as_mut().poll(context) {
                *call = Err(output);
            }
        }
        if calls.iter().all(Result::is_err) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    calls.into_iter().filter_map(Result::err).collect()
}

/// Counts, and takes its time.
async fn create(counter: Arc<AtomicU32>) -> u32 {
    for _ in 0..3 {
        smol::future::yield_now().await;
    }
    counter.fetch_add(1, SeqCst) + 1
}

/// A call that counts when it begins, and if it creates.
fn call(cell: &Shared<u32>, begun: &Arc<AtomicU32>, creations: &Arc<AtomicU32>) -> Call<'static, u32> {
    let (cell, begun, creations) = (Arc::clone(cell), Arc::clone(begun), Arc::clone(creations));
    Box::pin(async move {
        begun.fetch_add(1, SeqCst);
        *cell.get_or_regen_async(|| create(creations)).await
    })
}

#[test]
fn a_thousand_tasks_on_an_empty_cell_are_one_creation() {
    each_executor(|executor| {
        let (cell, _clock) = cell();
        let (begun, creations) = Default::default();
        let tasks = (0..CROWD).map(|_| call(&cell, &begun, &creations)).collect();
        assert_eq!(executor.run_all(tasks), [1; CROWD]);
        assert_eq!(creations.load(SeqCst), 1);
        assert_eq!((cell.stats().creations, Guard::version(&cell.get().unwrap())), (1, 1));
    });
}

#[test]
fn after_the_leader_is_dropped_one_of_fifty_waiters_makes_the_value_for_all() {
    each_executor(|executor| {
        let (cell, _clock) = cell();
        let (begun, creations) = Default::default();
        let leader = hanging_leader(&cell);
        let mut tasks: Vec<_> = (0..WAITERS).map(|_| call(&cell, &begun, &creations)).collect();
        let waiting = Arc::clone(&begun);
        tasks.push(Box::pin(async move {
            while waiting.load(SeqCst) < 50 {
                smol::future::yield_now().await;
            }
            drop(leader);
            1
        }));
        assert_eq!(executor.run_all(tasks), [1; WAITERS + 1]);
        assert_eq!((creations.load(SeqCst), cell.stats().failures), (1, 0));
    });
}

/// By tokio's own means, with threads among those who wait.
#[test]
fn after_the_leader_is_aborted_one_task_or_thread_makes_the_value_for_all() {
    for runtime in [one_thread(), threads()] {
        let (cell, _clock) = cell();
        let (begun, creations): (Arc<AtomicU32>, Arc<AtomicU32>) = Default::default();
        let (started, has_started) = oneshot::channel();
        let leader = runtime.spawn({
            let cell = Arc::clone(&cell);
            async move {
                let hang = || async {
                    started.send(()).unwrap();
                    pending().await
                };
                *cell.get_or_regen_async(hang).await
            }
        });
        runtime.block_on(has_started).unwrap();
        let tasks: Vec<_> = (0..WAITERS).map(|_| runtime.spawn(call(&cell, &begun, &creations))).collect();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (cell, begun, creations) = (cell.clone(), begun.clone(), creations.clone());
                spawn(move || {
                    begun.fetch_add(1, SeqCst);
                    *cell.get_or_regen(|| creations.fetch_add(1, SeqCst) + 1)
                })
            })
            .collect();
        let ended = runtime.block_on(async {
            while begun.load(SeqCst) < 58 {
                tokio::task::yield_now().await;
            }
            leader.abort();
            in_turn(tasks).await
        });
        assert!(ended.into_iter().all(|value| value.unwrap() == 1));
        assert!(threads.into_iter().all(|thread| thread.join() == 1));
        assert!(runtime.block_on(leader).unwrap_err().is_cancelled());
        assert_eq!(creations.load(SeqCst), 1, "one in place of the leader");
        assert!(cell.last_error().is_none());
    }
}

#[test]
fn whoever_leads_and_whoever_waits_they_find_each_other() {
    for leads in WAYS {
        for waits in WAYS {
            let (cell, clock) = watched_cell(|cell| cell);
            let flight = Flight::take_off_by(&cell, leads);
            let waiters = waiters(&cell, &clock, 3, move |cell| *cell.by(waits).get_or_regen(not_due));
            let _ = flight.land(1);
            let served = waiters.into_iter().all(|waiter| waiter.join() == 1);
            assert!(served, "{leads:?} leads, {waits:?} waits");
        }
    }
}

/// A runtime that goes down takes the leader with it, and no thread is held up.
#[test]
fn a_runtime_that_shuts_down_gives_the_lease_up() {
    for runtime in [one_thread(), threads()] {
        let (cell, clock) = watched_cell(|cell| cell);
        let (started, has_started) = oneshot::channel();
        let leader = Arc::clone(&cell);
        runtime.spawn(async move {
            let hang = || async {
                started.send(()).unwrap();
                pending().await
            };
            *leader.get_or_regen_async(hang).await
        });
        runtime.block_on(has_started).unwrap();
        let waiters = waiters(&cell, &clock, 2, |cell| *cell.get_or_regen(|| 2));
        drop(runtime);
        assert!(waiters.into_iter().all(|waiter| waiter.join() == 2));
    }
}

/// The call of a generic function: everything that its future needs to be sent can be said as a bound.
async fn generic<T, F, R>(cell: Arc<DogpileCell<T>>, regen: F) -> Arc<T>
where
    T: Send + Sync,
    F: FnOnce() -> R + Send,
    R: Future<Output = T> + Send,
{
    Guard::into_arc(cell.get_or_regen_async(regen).await)
}

async fn make() -> u32 {
    7
}

#[test]
fn a_task_of_a_generic_function_can_be_spawned() {
    let runtime = threads();
    let generic = runtime.spawn(generic(Arc::new(DogpileCell::never_expires()), make));
    assert_eq!(*runtime.block_on(generic).unwrap(), 7);
}

#[test]
fn every_kind_of_creation_function_is_taken() {
    static CELL: DogpileCell<u32> = DogpileCell::never_expires();
    let runtime = threads();
    let text = "local".to_owned();
    let made = |cell: DogpileCell<usize>| {
        block_on(async {
            let borrowed = *cell.get_or_regen_async(async || text.len()).await;
            cell.invalidate();
            let captured = *cell.get_or_regen_async(|| async { text.len() + 1 }).await;
            cell.invalidate();
            let owned = text.clone();
            let moved = *cell.get_or_regen_async(async move || owned.len() + 2).await;
            (borrowed, captured, moved)
        })
    };
    assert_eq!(made(DogpileCell::never_expires()), (5, 6, 7));

    let other = Arc::new(DogpileCell::never_expires());
    let nested = runtime.spawn(async move {
        *CELL.get_or_regen_async(async || *other.get_or_regen_async(make).await + 1).await
    });
    assert_eq!(runtime.block_on(nested).unwrap(), 8);
    CELL.invalidate();
    let fallible = runtime.spawn(async {
        let made = CELL.try_get_or_regen_async(async || "9".parse::<u32>()).await?;
        Ok::<u32, dogpile::RegenError>(*made)
    });
    assert_eq!(runtime.block_on(fallible).unwrap().unwrap(), 9);
}
