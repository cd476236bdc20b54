//! Tasks. F10: a leader whose future is dropped leaves the cell stuck. F6: a waiter sleeps on although there is a value,
//! an error, or nobody at work: also when another waiter was cancelled or is never polled again, when it goes to another
//! task between two polls, and when threads and tasks wait for each other. F1: two leaders after one was cancelled.
//! F11: a task with a servable value waits. F5, F7, F8, F12 for a leader that is a task. F15: what a
//! cancelled creation holds is alive when the next one begins.

use crate::rig::{
    Cell, Down, LATER, ModelClock, Origin, Value, boom, caller, empty, empty_with_lease, exhaustively,
    invalidator, outcome, preempting, stale, survive,
};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use loom_tests::{Guard, RegenError};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

type Call<'a> = Pin<Box<dyn Future<Output = Guard<Value>> + 'a>>;

/// Polls once, by a task that nothing wakes.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A future that leads, and whose creation function never ends.
fn hanging_leader(cell: &Cell) -> Call<'_> {
    let mut leader: Call = Box::pin(cell.get_or_regen_async(pending));
    assert!(poll_once(leader.as_mut()).is_pending());
    leader
}

/// A future that waits for somebody else.
fn polled_waiter(cell: &Cell) -> Call<'_> {
    let never = || async { unreachable!("somebody else leads") };
    let mut waiter: Call = Box::pin(cell.get_or_regen_async(never));
    assert!(poll_once(waiter.as_mut()).is_pending());
    waiter
}

/// Another thread, on which a task asks for the value, and makes it if need be.
fn task(cell: &Arc<Cell>, origin: &Arc<Origin>) -> JoinHandle<u64> {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    thread::spawn(move || block_on(cell.get_or_regen_async(|| async { origin.create() })).number())
}

#[test]
fn two_tasks_ask_an_empty_cell() {
    preempting(3, || {
        let (cell, origin) = (empty(), Origin::new(2));
        let other = task(&cell, &origin);
        let mine = block_on(cell.get_or_regen_async(|| async { origin.create() }));
        assert_eq!((mine.number(), other.join().unwrap()), (2, 2));
        assert_eq!(origin.runs(), 1, "one leader");
    });
}

#[test]
fn two_tasks_ask_for_a_stale_value() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let other = task(&cell, &origin);
        let mine = block_on(cell.get_or_regen_async(|| async { origin.create() })).number();
        let other = other.join().unwrap();
        assert!([(2, 1), (1, 2), (2, 2)].contains(&(mine, other)), "{mine} {other}");
        assert_eq!(origin.runs(), 1, "one leader");
    });
}

#[test]
fn a_task_leads_after_the_leader_was_cancelled() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let leader = hanging_leader(&cell);
        let waiter = task(&cell, &origin);
        drop(leader);
        assert_eq!(waiter.join().unwrap(), 2);
        assert_eq!(origin.runs(), 1);
    });
}

#[test]
fn a_thread_leads_after_the_leader_was_cancelled() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let leader = hanging_leader(&cell);
        let waiter = caller(&cell, &origin);
        drop(leader);
        assert_eq!(waiter.join().unwrap(), 2);
        assert_eq!(origin.runs(), 1);
    });
}

#[test]
fn a_task_or_a_thread_leads_after_the_leader_was_cancelled() {
    preempting(2, || {
        let (cell, origin) = (empty(), Origin::new(2));
        let leader = hanging_leader(&cell);
        let waiters = [task(&cell, &origin), caller(&cell, &origin)];
        drop(leader);
        assert_eq!(waiters.map(|waiter| waiter.join().unwrap()), [2, 2]);
        assert_eq!(origin.runs(), 1, "exactly one of them leads");
    });
}

#[test]
fn a_leader_that_is_cancelled_beside_an_invalidate() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let leader = hanging_leader(&cell);
        let invalidator = invalidator(&cell);
        drop(leader);
        invalidator.join().unwrap();
        assert!(cell.get().is_none(), "a leader that is cancelled late brings nothing back");
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
    });
}

#[test]
fn a_waiter_is_cancelled_beside_the_publication() {
    preempting(2, || {
        let (cell, origin) = (empty(), Origin::new(2));
        let lease = cell.try_lead_owned().unwrap();
        let cancelled = polled_waiter(&cell);
        let waiter = task(&cell, &origin);
        let publisher = thread::spawn(move || drop(lease.publish(Value::new(3))));
        drop(cancelled);
        assert_eq!(waiter.join().unwrap(), 3, "the wake-up of the others is not lost");
        publisher.join().unwrap();
        assert_eq!((origin.runs(), cell.stats().waits > 0), (0, true), "who was cancelled has waited");
    });
}

#[test]
fn a_waiter_that_is_never_polled_again_holds_nobody_up() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let leader = hanging_leader(&cell);
        let parked = polled_waiter(&cell);
        let waiter = task(&cell, &origin);
        drop(leader);
        assert_eq!(waiter.join().unwrap(), 2, "the lease does not go to who does not ask");
        drop(parked);
    });
}

#[test]
fn a_leader_that_is_never_polled_again_is_taken_over_from() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let (cell, origin) = (empty_with_lease(&clock), Origin::new(2));
        let parked = hanging_leader(&cell);
        let waiter = task(&cell, &origin);
        clock.set(LATER);
        assert_eq!(waiter.join().unwrap(), 2);
        drop(parked);
        let after = cell.get().unwrap();
        assert_eq!(
            (after.number(), Guard::is_stale(&after)),
            (2, false),
            "a deposed leader's drop changes nothing"
        );
    });
}

#[test]
fn a_waiter_goes_to_another_task_between_two_polls() {
    exhaustively(|| {
        let cell = empty();
        let lease = cell.try_lead_owned().unwrap();
        let publisher = thread::spawn(move || drop(lease.publish(Value::new(3))));
        let mut waiter = pin!(cell.get_or_regen_async(|| async { unreachable!("somebody else leads") }));
        let number = match poll_once(waiter.as_mut()) {
            Poll::Ready(guard) => guard.number(),
            // From here on another waker is to be woken.
            Poll::Pending => block_on(waiter).number(),
        };
        assert_eq!(number, 3);
        publisher.join().unwrap();
    });
}

#[test]
fn a_task_wakes_with_what_a_thread_made() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let mut waiter = None;
        let made = cell.get_or_regen(|| {
            waiter = Some(task(&cell, &Origin::new(9)));
            origin.create()
        });
        assert_eq!((made.number(), waiter.unwrap().join().unwrap()), (2, 2));
    });
}

#[test]
fn a_thread_wakes_with_what_a_task_made() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let mut waiter = None;
        let made = block_on(cell.get_or_regen_async(|| async {
            waiter = Some(caller(&cell, &Origin::new(9)));
            origin.create()
        }));
        assert_eq!((made.number(), waiter.unwrap().join().unwrap()), (2, 2));
    });
}

#[test]
fn a_task_wakes_with_the_error_of_its_leader() {
    exhaustively(|| {
        let cell = empty();
        let lease = cell.try_lead_owned().unwrap();
        let mut waiter = pin!(cell.try_get_or_regen_async(|| async { Ok::<_, Down>(Value::new(3)) }));
        assert!(poll_once(waiter.as_mut()).is_pending());
        let leader = thread::spawn(move || lease.fail(Down(1)));
        assert_eq!(outcome(block_on(waiter)), Err(1), "its call began before the attempt ended");
        leader.join().unwrap();
    });
}

#[test]
fn a_task_wakes_with_what_was_set() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let leader = hanging_leader(&cell);
        let waiter = task(&cell, &origin);
        cell.set(Value::new(3));
        assert_eq!((waiter.join().unwrap(), origin.runs()), (3, 0));
        drop(leader);
        assert_eq!(cell.get().unwrap().number(), 3, "a superseded leader's drop changes nothing");
    });
}

#[test]
fn a_task_is_served_while_a_task_leads() {
    exhaustively(|| {
        let cell = stale();
        let leader = hanging_leader(&cell);
        let reader = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                let never = || async { unreachable!("somebody else leads") };
                let mut read = pin!(cell.get_or_regen_async(never));
                let Poll::Ready(guard) = poll_once(read.as_mut()) else { panic!("a stale read waits") };
                (guard.number(), Guard::is_stale(&guard))
            }
        });
        assert_eq!(reader.join().unwrap(), (1, true));
        drop(leader);
    });
}

#[test]
fn a_task_waits_for_whom_it_handed_its_lease() {
    exhaustively(|| {
        let cell = empty();
        let mut worker = None;
        let served = block_on(cell.get_or_hand_off_owned_async(|lease| {
            worker = Some(thread::spawn(move || drop(lease.publish(Value::new(2)))));
        }));
        assert_eq!(outcome(served), Ok(2));
        worker.unwrap().join().unwrap();
    });
}

#[test]
fn a_creation_future_that_asks_its_own_cell_does_not_wait_for_itself() {
    exhaustively(|| {
        let cell = empty();
        let made = block_on(cell.try_get_or_regen_async(|| async {
            let inner = cell.try_get_or_regen_async(|| async { Ok::<_, Down>(Value::new(9)) }).await;
            assert!(matches!(inner, Err(RegenError::Reentrant)));
            Ok::<_, Down>(Value::new(2))
        }));
        assert_eq!(outcome(made), Ok(2));
    });
}

#[test]
fn a_task_leads_after_a_panic() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let mut waiter = None;
        let ended = survive(|| {
            let _ = block_on(cell.get_or_regen_async(|| async {
                waiter = Some(task(&cell, &origin));
                boom()
            }));
        });
        assert!(ended.is_none());
        assert_eq!(waiter.unwrap().join().unwrap(), 2);
        assert_eq!(origin.runs(), 1);
    });
}

/// Works at the desk of the origin when it is dropped: a connection that is closed.
struct Connection(Arc<Origin>);

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.0.create();
    }
}

#[test]
fn what_a_cancelled_creation_holds_is_dropped_before_the_next_one_begins() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let connection = Connection(Arc::clone(&origin));
        let mut leader: Call = Box::pin(cell.get_or_regen_async(|| async move {
            let _connection = connection;
            pending().await
        }));
        assert!(poll_once(leader.as_mut()).is_pending());
        let waiter = caller(&cell, &origin);
        drop(leader);
        assert_eq!(waiter.join().unwrap(), 2, "the waiter leads");
        assert_eq!(origin.runs(), 2, "each had the desk for itself");
    });
}
