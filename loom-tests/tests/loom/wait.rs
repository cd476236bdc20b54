//! F6: a waiter sleeps on although there is a value, or nobody at work. F11: a reader with a servable
//! value waits, or runs somebody else's closure. F10: a leader that panics leaves the cell stuck.
//!
//! In most of these models the leader's creation function starts the others and waits for them: if one
//! of them waited for the leader, loom would report the deadlock.

use crate::rig::{
    CountingClock, LATER, ModelClock, Origin, Value, boom, caller, empty, exhaustively, invalidator,
    preempting, setter, stale, stale_with_lease, survive,
};
use loom::thread;
use loom_tests::{DogpileCell, Guard, RegenError};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_waiter_wakes_with_what_was_set() {
    preempting(2, || {
        let cell = empty();
        let _ = cell.get_or_regen(|| {
            let waiter = thread::spawn({
                let cell = Arc::clone(&cell);
                move || cell.get_or_regen(|| unreachable!("somebody leads, or there is a value")).number()
            });
            let setter = setter(&cell, 3);
            assert_eq!(waiter.join().unwrap(), 3);
            setter.join().unwrap();
            Value::new(2)
        });
        assert_eq!(cell.get().unwrap().number(), 3);
    });
}

#[test]
fn a_waiter_leads_after_an_invalidate() {
    preempting(2, || {
        let cell = empty();
        let _ = cell.get_or_regen(|| {
            let waiter = thread::spawn({
                let cell = Arc::clone(&cell);
                move || cell.get_or_regen(|| Value::new(3)).number()
            });
            let invalidator = invalidator(&cell);
            assert_eq!(waiter.join().unwrap(), 3);
            invalidator.join().unwrap();
            Value::new(2)
        });
        assert_eq!(cell.get().unwrap().number(), 3, "the first leader was superseded");
    });
}

#[test]
fn a_waiter_leads_after_a_panic() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let mut waiter = None;
        let ended = survive(|| {
            let _ = cell.get_or_regen(|| {
                waiter = Some(caller(&cell, &origin));
                boom()
            });
        });
        assert!(ended.is_none());
        assert_eq!(waiter.unwrap().join().unwrap(), 2);
        assert_eq!(origin.runs(), 1);
    });
}

#[test]
fn two_waiters_wake_with_the_value() {
    preempting(2, || {
        let cell = empty();
        let mut waiters = Vec::new();
        let made = cell.get_or_regen(|| {
            waiters.extend((0..2).map(|_| {
                let cell = Arc::clone(&cell);
                thread::spawn(move || cell.get_or_regen(|| unreachable!("somebody leads")).number())
            }));
            Value::new(2)
        });
        assert_eq!(made.number(), 2);
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), 2);
        }
    });
}

#[test]
fn a_waiter_takes_what_was_made_for_it_though_it_is_expired_by_now() {
    exhaustively(|| {
        let clock = CountingClock::new();
        let builder = DogpileCell::<Value>::builder()
            .time_to_live(Duration::ZERO)
            .stale_while_revalidate(Duration::ZERO);
        let cell = Arc::new(builder.clock(clock.clone()).build().unwrap());
        let mut waiter = None;
        let made = cell.get_or_regen(|| {
            let before = clock.asked();
            let cell = Arc::clone(&cell);
            waiter = Some(thread::spawn(move || {
                cell.get_or_regen(|| unreachable!("the call began before the value was published")).number()
            }));
            clock.wait_for_call(before);
            Value::new(2)
        });
        assert_eq!((made.number(), Guard::is_stale(&made)), (2, true));
        assert_eq!(waiter.unwrap().join().unwrap(), 2);
    });
}

#[test]
fn a_stale_read_goes_on_while_the_leader_works() {
    exhaustively(|| {
        let cell = stale();
        let made = cell.get_or_regen(|| {
            let reader = thread::spawn({
                let cell = Arc::clone(&cell);
                move || {
                    let guard = cell.get_or_regen(|| unreachable!("somebody else leads"));
                    (guard.number(), Guard::version(&guard), Guard::is_stale(&guard))
                }
            });
            assert_eq!(reader.join().unwrap(), (1, 1, true));
            Value::new(2)
        });
        assert_eq!((made.number(), Guard::version(&made), Guard::is_stale(&made)), (2, 2, false));
    });
}

#[test]
fn a_read_goes_on_while_the_value_is_marked_and_set() {
    preempting(2, || {
        let cell = stale();
        let _ = cell.get_or_regen(|| {
            let marker = thread::spawn({
                let cell = Arc::clone(&cell);
                move || {
                    cell.mark_stale();
                    cell.set(Value::new(3))
                }
            });
            let reader = thread::spawn({
                let cell = Arc::clone(&cell);
                move || {
                    cell.get_or_regen(|| unreachable!("somebody leads, or there is a fresh value")).number()
                }
            });
            assert!([1, 3].contains(&reader.join().unwrap()));
            marker.join().unwrap();
            Value::new(2)
        });
        assert_eq!(cell.get().unwrap().number(), 3);
    });
}

#[test]
fn who_loses_the_election_for_a_stale_value_is_served() {
    exhaustively(|| {
        let cell = stale();
        let mut other = Some(thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                let _ = cell.get_or_regen(|| Value::new(2));
            }
        }));
        let _ = cell.get_or_regen(|| {
            other.take().unwrap().join().unwrap();
            Value::new(3)
        });
        if let Some(other) = other {
            other.join().unwrap();
        }
    });
}

#[test]
fn a_creation_function_that_asks_its_own_cell_does_not_wait_for_itself() {
    exhaustively(|| {
        let cell = empty();
        let made = cell.try_get_or_regen(|| {
            let inner = cell.try_get_or_regen(|| Ok::<_, String>(Value::new(9)));
            assert!(matches!(inner, Err(RegenError::Reentrant)));
            Ok::<_, String>(Value::new(2))
        });
        assert_eq!(made.unwrap().number(), 2);
    });
}

#[test]
fn a_creation_function_that_overran_its_lease_does_not_take_over_from_itself() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let made = cell.get_or_regen(|| {
            clock.set(LATER);
            let inner = cell.get_or_regen(|| unreachable!("the thread is at work on the value already"));
            assert_eq!((inner.number(), Guard::is_stale(&inner)), (1, true));
            Value::new(2)
        });
        assert_eq!((made.number(), Guard::version(&made)), (2, 2));
    });
}
