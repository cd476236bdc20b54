//! What a creation holds: all of it is dropped, inside of the creation function, before the next one can begin.

use crate::hands::{Call, poll};
use crate::support::{
    ASKED_AGAIN, Shared, TTL, cell, cell_that, crash, crashes, not_due, not_due_either, spawn,
};
use dogpile::{Guard, RegenError};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

type Cell = Shared<u32>;

/// How a creation ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Cancelled,
    Error,
    Panic,
    Value,
}

const ENDS: [End; 4] = [End::Cancelled, End::Error, End::Panic, End::Value];

/// What a creation function comes to that holds `held` until then.
fn create<H>(held: H, end: End) -> Result<u32, &'static str> {
    let _held = held;
    match end {
        End::Cancelled => unreachable!("that is for tasks"),
        End::Error => Err("the origin is down"),
        End::Panic => crash(),
        End::Value => Ok(1),
    }
}

/// Runs a creation that holds `held`, by a verb for threads.
fn run<H>(cell: &Cell, held: H, end: End) {
    match end {
        End::Cancelled => unreachable!("that is for tasks"),
        End::Error => drop(cell.try_get_or_regen(|| create(held, end))),
        End::Panic => assert!(crashes(|| cell.get_or_regen(|| create(held, end).unwrap()))),
        End::Value => drop(cell.get_or_regen(|| create(held, end).unwrap())),
    }
}

/// Runs a creation of tasks: pending once, with what it holds, and then it ends.
fn run_task<H: Send>(cell: &Cell, held: H, end: End) {
    let regen = || async move {
        let held = held;
        smol::future::yield_now().await;
        if end == End::Cancelled {
            pending::<()>().await;
        }
        create(held, end)
    };
    let mut future: Call<_> = Box::pin(cell.try_get_or_regen_async(regen));
    assert!(poll(&mut future).is_pending());
    match end {
        End::Cancelled => drop(future),
        End::Panic => assert!(crashes(|| poll(&mut future))),
        End::Error | End::Value => assert!(poll(&mut future).is_ready()),
    }
}

/// Says, when it is dropped, whether another caller could lead.
struct Watches {
    cell: Cell,
    drops: Arc<AtomicU32>,
    could_lead: Arc<AtomicBool>,
}

impl Drop for Watches {
    fn drop(&mut self) {
        let cell = Arc::clone(&self.cell);
        let leads = spawn(move || cell.try_lead().is_some()).join();
        self.could_lead.fetch_or(leads, SeqCst);
        self.drops.fetch_add(1, SeqCst);
    }
}

/// Values are due as soon as they are there, and no failure throttles: whoever could lead, does.
fn always_due() -> Cell {
    cell_that(|cell| cell.time_to_live(Duration::ZERO).retry_backoff(Duration::ZERO, Duration::ZERO)).0
}

fn nobody_else_leads_meanwhile(run: impl Fn(&Cell, Watches, End), end: End) {
    for stale in [false, true] {
        let cell = always_due();
        if stale {
            cell.set(9);
        }
        let (drops, could_lead) = (Arc::<AtomicU32>::default(), Arc::<AtomicBool>::default());
        let watches = Watches {
            cell: Arc::clone(&cell),
            drops: Arc::clone(&drops),
            could_lead: Arc::clone(&could_lead),
        };
        run(&cell, watches, end);
        assert_eq!((drops.load(SeqCst), could_lead.load(SeqCst)), (1, false), "{end:?}, stale: {stale}");
        assert!(cell.try_lead().is_some(), "afterwards they can");
    }
}

#[test]
fn nobody_else_can_lead_before_all_of_it_is_dropped() {
    for end in ENDS {
        nobody_else_leads_meanwhile(run_task, end);
        // A thread cannot be cancelled.
        if end != End::Cancelled {
            nobody_else_leads_meanwhile(run, end);
        }
    }
}

type Answers = Arc<Mutex<Vec<Result<u32, RegenError>>>>;

/// Asks its cell when it is dropped.
struct Asks(Cell, Answers);

impl Drop for Asks {
    fn drop(&mut self) {
        let answer = self.0.try_get_or_regen(not_due_either).map(|value| *value);
        self.1.lock().unwrap().push(answer);
    }
}

/// It would wait for a lease that ends only after it.
#[test]
fn on_an_empty_cell_its_drop_is_told_that_it_is_inside() {
    for end in ENDS {
        let answers = Answers::default();
        let log = Arc::clone(&answers);
        spawn(move || {
            let (cell, _clock) = cell();
            run_task(&cell, Asks(Arc::clone(&cell), Arc::clone(&log)), end);
            assert!(!cell.is_regenerating());
            assert_eq!(*cell.get_or_regen(|| 1), 1);
        })
        .join();
        let answers = answers.lock().unwrap();
        assert!(matches!(answers[..], [Err(RegenError::Reentrant)]), "{end:?}: {answers:?}");
    }
}

#[test]
fn beside_a_stale_value_its_drop_is_served_that() {
    for end in ENDS {
        let answers = Answers::default();
        let log = Arc::clone(&answers);
        spawn(move || {
            let (cell, clock) = cell();
            cell.set(7);
            clock.advance(TTL);
            run_task(&cell, Asks(Arc::clone(&cell), log), end);
            assert!(!cell.is_regenerating());
        })
        .join();
        assert!(matches!(answers.lock().unwrap()[..], [Ok(7)]), "{end:?}");
    }
}

/// Whoever drops the future gets the panic, as from any `Drop`.
#[test]
fn an_infallible_call_of_its_drop_panics_and_leaves_the_cell_in_order() {
    struct Insists(Cell);
    impl Drop for Insists {
        fn drop(&mut self) {
            drop(self.0.get_or_regen(not_due));
        }
    }
    let (cell, _clock) = cell();
    let insists = Insists(Arc::clone(&cell));
    let mut future: Call<_> = Box::pin(cell.get_or_regen_async(|| async move {
        let _insists = insists;
        pending().await
    }));
    assert!(poll(&mut future).is_pending());
    let thrown = catch_unwind(AssertUnwindSafe(|| drop(future))).unwrap_err();
    let message = thrown.downcast::<String>().unwrap();
    assert!(message.contains(ASKED_AGAIN), "{message}");
    assert!(!cell.is_regenerating());
    assert_eq!(*cell.get_or_regen(|| 1), 1);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        crash::<()>();
    }
}

/// A future that holds a bomb, of which it does not let go by itself.
fn holds<R>(bomb: Bomb, poll: impl Fn() -> Poll<R>) -> impl Future<Output = R> {
    let mut bomb = Some(bomb);
    poll_fn(move |_| {
        let _ = &mut bomb;
        poll()
    })
}

#[test]
fn a_drop_that_panics_leaves_the_cell_in_order() {
    let (cell, _clock) = cell();
    let mut future: Call<_> = Box::pin(cell.get_or_regen_async(|| holds(Bomb, || Poll::Pending)));
    assert!(poll(&mut future).is_pending());
    assert!(crashes(move || drop(future)));
    assert!(!cell.is_regenerating());
    let stats = cell.stats();
    assert_eq!((stats.given_up, stats.panics), (1, 0), "it was cancelled all the same");

    let mut future: Call<_> = Box::pin(cell.get_or_regen_async(|| holds(Bomb, || Poll::Ready(1))));
    assert!(crashes(|| poll(&mut future)), "it is dropped as part of the attempt");
    drop(future);
    assert!(!cell.is_regenerating());
    assert_eq!((cell.stats().panics, *cell.get_or_regen(|| 2)), (1, 2));
}

/// A second panic would end the process.
#[test]
fn a_drop_that_panics_while_the_caller_unwinds_is_no_trouble() {
    let (cell, _clock) = cell();
    let mut future: Call<_> = Box::pin(cell.get_or_regen_async(|| holds(Bomb, || Poll::Pending)));
    assert!(poll(&mut future).is_pending());
    assert!(crashes(|| {
        let _dropped_while_unwinding = future;
        crash::<()>();
    }));
    assert!(!cell.is_regenerating());
    assert_eq!(cell.stats().given_up, 1);
    assert_eq!(Guard::version(&cell.get_or_regen(|| 2)), 1);
}
