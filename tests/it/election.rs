//! One leader; who is served meanwhile, and who is not.

use crate::support::{Flight, TTL, Task, WINDOW, cell, not_due, spawn};
use dogpile::{Freshness, Guard};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Barrier, mpsc};

#[test]
fn while_one_leads_the_others_are_served_stale_at_once() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL);
    let flight = Flight::take_off(&cell);
    assert!(cell.is_regenerating());
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let cell = Arc::clone(&cell);
            spawn(move || {
                (0..100).map(|_| cell.get_or_regen(not_due)).all(|seen| *seen == 1 && Guard::is_stale(&seen))
            })
        })
        .collect();
    // They end although the leader goes on.
    assert!(readers.into_iter().all(Task::join));
    assert_eq!(*cell.get().unwrap(), 1);

    let made = flight.land(2);
    assert_eq!((*made, Guard::version(&made), Guard::freshness(&made)), (2, 2, Freshness::Fresh));
    assert!(!cell.is_regenerating());
    assert_eq!(*cell.get_or_regen(not_due), 2);
}

/// The leader would wait for this very reader, if the reader waited for the leader.
#[test]
fn a_leader_may_wait_for_those_whom_it_does_not_block() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL);
    let (served, heard) = mpsc::channel();
    let (started, has_started) = mpsc::channel();
    let leader = {
        let cell = Arc::clone(&cell);
        spawn(move || {
            *cell.get_or_regen(|| {
                started.send(()).unwrap();
                heard.recv().unwrap()
            })
        })
    };
    has_started.recv().unwrap();
    served.send(*cell.get_or_regen(not_due) + 1).unwrap();
    assert_eq!(leader.join(), 2);
}

#[test]
fn many_callers_of_a_stale_value_elect_one() {
    let (cell, clock) = cell();
    cell.set(0);
    for round in 1..=50 {
        clock.advance(TTL);
        let (creations, barrier) = (Arc::new(AtomicU32::new(0)), Arc::new(Barrier::new(4)));
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (cell, creations, barrier) = (cell.clone(), creations.clone(), barrier.clone());
                spawn(move || {
                    barrier.wait();
                    *cell.get_or_regen(|| {
                        creations.fetch_add(1, Relaxed);
                        round
                    })
                })
            })
            .collect();
        for caller in callers {
            let value = caller.join();
            assert!(value == round || value == round - 1, "{value} in round {round}");
        }
        assert_eq!(creations.load(Relaxed), 1, "in round {round}");
        assert_eq!(*cell.get().unwrap(), round);
    }
}

#[test]
fn a_value_that_expires_under_its_leader_is_no_longer_served() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL);
    let flight = Flight::take_off(&cell);
    clock.advance(WINDOW);
    assert!(cell.get().is_none());
    assert!(cell.is_regenerating());
    assert_eq!(*flight.land(2), 2);
}

#[test]
fn is_regenerating_follows_the_leader() {
    let (cell, clock) = cell();
    assert!(!cell.is_regenerating());
    let first = Flight::take_off(&cell);
    assert!(cell.is_regenerating());
    let _ = first.land(1);
    assert!(!cell.is_regenerating());
    clock.advance(TTL);
    assert!(!cell.is_regenerating(), "it is due, but nobody called");
    let second = Flight::take_off(&cell);
    assert!(cell.is_regenerating());
    second.crash();
    assert!(!cell.is_regenerating());
}
