//! Leaders that fail or panic before many waiters.

use crate::origin::Origin;
use crate::rig::{Actor, boom, callers, empty, in_schedules, join_all, poll, survive};
use shuttle::future::{block_on, spawn};
use shuttle::thread;
use shuttle_tests::RegenError;
use std::pin::Pin;
use std::sync::Arc;

#[test]
fn ten_waiters_get_the_error_of_their_leader() {
    in_schedules(1_000, || {
        let (cell, origin) = (empty(), Origin::new());
        let lease = cell.try_lead_owned().expect("nobody else leads");
        let waiters: Vec<_> = (0..10)
            .map(|_| {
                let cell = Arc::clone(&cell);
                let mut waiter: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
                    cell.try_get_or_regen_async(|| async { Err("none of them calls the origin again") })
                        .await
                        .err()
                });
                assert!(poll(waiter.as_mut()).is_pending());
                waiter
            })
            .collect();
        let waiters: Vec<_> = waiters.into_iter().map(spawn).collect();
        let failing = thread::spawn(move || lease.fail("the origin is down"));
        for waiter in waiters {
            let error = block_on(waiter).unwrap();
            let Some(RegenError::Failed(error)) = error else { panic!("{error:?}") };
            assert_eq!(error.to_string(), "the origin is down");
        }
        failing.join().unwrap();
        assert_eq!(cell.stats().failures, 1);
        origin.settle(&cell);
    });
}

#[test]
fn a_leader_panics_before_eight_callers() {
    in_schedules(1_000, || {
        let (cell, origin) = (empty(), Origin::new());
        let panicking = Actor::Thread(thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                let call = origin.call();
                let survived = survive(|| {
                    cell.get_or_regen(|| {
                        let _desk = origin.begin(call);
                        origin.pause();
                        boom()
                    })
                });
                u64::from(survived.is_none())
            }
        }));
        let others = callers(8, &cell, &origin);
        let panicked = panicking.join();
        let got = join_all(others);
        assert_eq!(origin.runs(), 1 + panicked, "one makes the value");
        assert!(got.iter().all(|number| *number == origin.runs()), "and all get it: {got:?}");
        origin.settle(&cell);
    });
}
