//! A leader that is cancelled, and waiters that are.

use crate::origin::{Origin, Value};
use crate::rig::{Cell, callers, empty, in_schedules, join_all, poll};
use shuttle::future::{block_on, spawn, yield_now};
use shuttle_tests::Guard;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

type Caller = Pin<Box<dyn Future<Output = Guard<Value>> + Send>>;

/// A future that leads, and whose creation function never ends.
fn hanging_leader(cell: &Arc<Cell>) -> Caller {
    let cell = Arc::clone(cell);
    let mut leader: Caller = Box::pin(async move { cell.get_or_regen_async(pending).await });
    assert!(poll(leader.as_mut()).is_pending());
    leader
}

/// A future that waits for somebody else.
fn polled_waiter(cell: &Arc<Cell>, origin: &Arc<Origin>) -> Caller {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    let mut waiter: Caller = Box::pin(async move {
        let call = origin.call();
        cell.get_or_regen_async(|| async { origin.begin(call).create_async().await }).await
    });
    assert!(poll(waiter.as_mut()).is_pending());
    waiter
}

#[test]
fn a_leader_with_ten_waiters() {
    in_schedules(500, || {
        let (cell, origin) = (empty(), Origin::new());
        let leader = hanging_leader(&cell);
        let waiters = callers(10, &cell, &origin);
        drop(leader);
        assert_eq!((join_all(waiters), origin.runs()), (vec![1; 10], 1), "exactly one goes on as the leader");
        origin.settle(&cell);
    });
}

#[test]
fn a_leader_with_ten_waiters_all_of_which_are_asleep() {
    in_schedules(500, || {
        let (cell, origin) = (empty(), Origin::new());
        let leader = hanging_leader(&cell);
        let waiters: Vec<_> = (0..10).map(|_| polled_waiter(&cell, &origin)).collect();
        // From here on they are polled by other tasks than the one that put them to sleep.
        let waiters: Vec<_> = waiters.into_iter().map(spawn).collect();
        drop(leader);
        for waiter in waiters {
            assert_eq!(block_on(waiter).unwrap().number, 1);
        }
        assert_eq!(origin.runs(), 1, "exactly one goes on as the leader");
        origin.settle(&cell);
    });
}

#[test]
fn a_leader_that_is_a_task_and_is_aborted_beside_eight_callers() {
    in_schedules(500, || {
        let (cell, origin) = (empty(), Origin::new());
        let leader = spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            async move { origin.get_async(&cell).await }
        });
        let others = callers(8, &cell, &origin);
        origin.excused(|| {
            leader.abort();
            drop(block_on(leader));
        });
        let got = join_all(others);
        assert!((1..=2).contains(&origin.runs()), "one, and one more if that was aborted: {}", origin.runs());
        assert!(got.iter().all(|number| *number == got[0]), "all get the same: {got:?}");
        origin.settle(&cell);
    });
}

#[test]
fn every_other_waiter_is_cancelled_beside_the_end_of_the_lease() {
    in_schedules(500, || {
        let (cell, origin) = (empty(), Origin::new());
        let leader = hanging_leader(&cell);
        let cancelled: Vec<_> = (0..4).map(|_| polled_waiter(&cell, &origin)).collect();
        let parked: Vec<_> = (0..2).map(|_| polled_waiter(&cell, &origin)).collect();
        let waiters = callers(6, &cell, &origin);
        let canceller = spawn(async move {
            for waiter in cancelled {
                drop(waiter);
                yield_now().await;
            }
        });
        drop(leader);
        assert_eq!((join_all(waiters), origin.runs()), (vec![1; 6], 1));
        block_on(canceller).unwrap();
        drop(parked); // polled once and then left alone, they held up nobody
        origin.settle(&cell);
    });
}
