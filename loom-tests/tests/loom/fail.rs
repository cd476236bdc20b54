//! F10: a leader that errs leaves the cell stuck. F6: a waiter sleeps on although there is an error. F1: two
//! leaders at work, or a second attempt while the first failure is throttled.
//!
//! And of errors: a waiter gets that of the attempt it waited for, nobody gets one from before its call
//! began unless it is too early for another attempt, and no value is lost or made younger by one.

use crate::rig::{
    Cell, CountingClock, Down, LATER, ModelClock, Origin, TERM, Value, all_at_once, boom, caller, empty,
    empty_with_throttle, exhaustively, outcome, preempting, stale, stale_with_throttle, survive,
};
use loom::thread;
use loom_tests::{DogpileCell, Guard, RegenError};
use std::sync::Arc;
use std::time::Duration;

type Made = Result<Value, Down>;

fn unwanted() -> Made {
    unreachable!("an attempt while another one is at work, or throttled")
}

/// `others` threads and this one ask an origin that is down: one asks it, all get the error.
fn ask_one_that_is_down(others: usize) {
    let (cell, origin) = (empty_with_throttle(&ModelClock::new()), Origin::new(2));
    let ask = {
        let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
        move || {
            let made = cell.try_get_or_regen(|| {
                origin.create();
                Made::Err(Down(1))
            });
            assert_eq!(outcome(made), Err(1));
        }
    };
    all_at_once(others, ask);
    assert_eq!((origin.runs(), cell.stats().failures), (1, 1), "one attempt");
    assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "infallible callers are not throttled");
    assert!(cell.last_error().is_none(), "a value ends the row of failures");
}

#[test]
fn two_callers_of_an_empty_cell_whose_origin_is_down() {
    preempting(3, || ask_one_that_is_down(1));
}

#[test]
fn three_callers_of_an_empty_cell_whose_origin_is_down() {
    preempting(2, || ask_one_that_is_down(2));
}

/// They ask for a stale value of an origin that is down: all are served it, and the next attempt is not made before `LATER`.
fn ask_one_that_is_down_for_stale(others: usize) {
    let clock = ModelClock::new();
    let (cell, origin) = (stale_with_throttle(&clock), Origin::new(2));
    let ask = {
        let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
        move || {
            let guard = cell
                .try_get_or_regen(|| {
                    origin.create();
                    Made::Err(Down(1))
                })
                .expect("the stale value");
            assert_eq!((guard.number(), Guard::version(&guard), Guard::is_stale(&guard)), (1, 1, true));
        }
    };
    all_at_once(others, ask);
    assert_eq!(origin.runs(), 1, "one attempt");
    let throttled = cell.get_or_regen(|| unreachable!("it is too early"));
    assert!(Guard::is_stale(&throttled));
    clock.set(LATER);
    assert_eq!(Guard::age(&cell.get().unwrap()), TERM, "the true age");
    assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "time for another attempt");
    assert!(cell.last_error().is_none());
}

#[test]
fn two_callers_of_a_stale_value_whose_origin_is_down() {
    exhaustively(|| ask_one_that_is_down_for_stale(1));
}

#[test]
fn three_callers_of_a_stale_value_whose_origin_is_down() {
    preempting(2, || ask_one_that_is_down_for_stale(2));
}

/// Waiters that the leader starts, of which each is a waiter or comes while the failure is throttled.
fn leader_fails_before(waiters: usize) {
    let cell = empty_with_throttle(&ModelClock::new());
    let mut others = Vec::new();
    let made = cell.try_get_or_regen(|| {
        others.extend((0..waiters).map(|_| {
            let cell = Arc::clone(&cell);
            thread::spawn(move || outcome(cell.try_get_or_regen(unwanted)))
        }));
        Made::Err(Down(1))
    });
    assert_eq!(outcome(made), Err(1));
    for other in others {
        assert_eq!(other.join().unwrap(), Err(1));
    }
}

#[test]
fn a_waiter_wakes_with_the_error() {
    exhaustively(|| leader_fails_before(1));
}

#[test]
fn two_waiters_wake_with_the_error() {
    preempting(2, || leader_fails_before(2));
}

#[test]
fn a_waiter_gets_the_error_though_the_next_attempt_is_due_by_now() {
    preempting(3, || {
        let clock = CountingClock::new();
        let builder = DogpileCell::<Value>::builder().retry_backoff(Duration::ZERO, Duration::ZERO);
        let cell = Arc::new(builder.clock(clock.clone()).build().unwrap());
        let mut waiter = None;
        let made = cell.try_get_or_regen(|| {
            let before = clock.asked();
            let cell = Arc::clone(&cell);
            waiter = Some(thread::spawn(move || outcome(cell.try_get_or_regen(unwanted))));
            clock.wait_for_call(before);
            Made::Err(Down(1))
        });
        assert_eq!(outcome(made), Err(1));
        assert_eq!(waiter.unwrap().join().unwrap(), Err(1), "its call began before the attempt failed");
    });
}

#[test]
fn an_error_from_before_a_call_does_not_answer_it() {
    preempting(3, || {
        let (cell, origin) = (empty(), Origin::new(2));
        assert_eq!(outcome(cell.try_get_or_regen(|| Made::Err(Down(1)))), Err(1));
        let ask = {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || outcome(cell.try_get_or_regen(|| Made::Ok(origin.create())))
        };
        let other = thread::spawn(ask.clone());
        assert_eq!(ask(), Ok(2), "nothing is throttled, so the old error is nobody's");
        assert_eq!(other.join().unwrap(), Ok(2));
        assert_eq!(origin.runs(), 1);
    });
}

#[test]
fn an_error_from_before_a_call_does_not_answer_it_when_a_lease_is_given_up() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        cell.try_lead().unwrap().fail(Down(1));
        let lease = cell.try_lead().unwrap();
        let waiter = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || outcome(cell.try_get_or_regen(|| Made::Ok(origin.create())))
        });
        drop(lease);
        assert_eq!(waiter.join().unwrap(), Ok(2));
    });
}

#[test]
fn an_infallible_waiter_leads_after_an_error() {
    preempting(3, || {
        let (cell, origin) = (empty_with_throttle(&ModelClock::new()), Origin::new(2));
        let waiter = caller(&cell, &origin);
        let made = outcome(cell.try_get_or_regen(|| {
            origin.create();
            Made::Err(Down(1))
        }));
        assert_eq!(waiter.join().unwrap(), 2);
        // The value also if it came between the failure and the end of the call.
        assert!(made == Ok(2) || (made, origin.runs()) == (Err(1), 2));
        assert_eq!(cell.get().unwrap().number(), 2);
    });
}

#[test]
fn a_throttled_call_beside_an_infallible_leader() {
    exhaustively(|| {
        let (cell, origin) = (empty_with_throttle(&ModelClock::new()), Origin::new(2));
        cell.try_lead().unwrap().fail(Down(1));
        let other = thread::spawn({
            let cell = Arc::clone(&cell);
            move || outcome(cell.try_get_or_regen(unwanted))
        });
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
        assert!([Ok(2), Err(1)].contains(&other.join().unwrap()), "too early, or the value");
    });
}

/// The call comes while the leader works: the error is old, and what the leader makes is the answer.
#[test]
fn a_throttled_call_waits_for_an_infallible_leader() {
    exhaustively(|| {
        let (cell, origin) = (empty_with_throttle(&ModelClock::new()), Origin::new(2));
        cell.try_lead().unwrap().fail(Down(1));
        let mut other = None;
        let _ = cell.get_or_regen(|| {
            let cell = Arc::clone(&cell);
            other = Some(thread::spawn(move || outcome(cell.try_get_or_regen(unwanted))));
            origin.create()
        });
        assert_eq!(other.unwrap().join().unwrap(), Ok(2));
    });
}

/// A panic is an attempt that failed, without an error.
#[test]
fn the_panic_of_a_leader_of_a_stale_value_throttles() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let (cell, origin) = (stale_with_throttle(&clock), Origin::new(2));
        let ask = {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                let regen = || {
                    origin.create();
                    boom()
                };
                survive(|| cell.get_or_regen(regen).number())
            }
        };
        let other = thread::spawn(ask.clone());
        let seen = [ask(), other.join().unwrap()];
        assert!(seen.contains(&None) && seen.contains(&Some(1)), "one leads, the other is served");
        assert_eq!(origin.runs(), 1, "one attempt");
        assert!(cell.last_error().is_none());
        clock.set(LATER);
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
    });
}

/// A leader that fails beside one that reads, on a cell that throttles nothing: attempts come one by one.
fn fails_beside_a_read(cell: &Arc<Cell>) {
    let origin = Origin::new(2);
    let leader = thread::spawn({
        let (cell, origin) = (Arc::clone(cell), Arc::clone(&origin));
        move || {
            cell.try_get_or_regen(|| {
                origin.create();
                Made::Err(Down(1))
            })
            .map(|guard| guard.number())
        }
    });
    let read = cell.get_or_regen(|| origin.create()).number();
    match leader.join().unwrap() {
        Ok(number) => assert!([1, 2].contains(&number)),
        Err(error) => assert!(matches!(error, RegenError::Failed(_))),
    }
    assert!([1, 2].contains(&read));
    assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the cell is not stuck");
    assert!(origin.runs() <= 2);
}

#[test]
fn a_leader_of_a_stale_value_fails_beside_a_read() {
    exhaustively(|| fails_beside_a_read(&stale()));
}

#[test]
fn a_leader_of_an_empty_cell_fails_beside_a_read() {
    preempting(3, || fails_beside_a_read(&empty()));
}
