//! `set`, `invalidate` and `invalidate_if`, alone and against a leader at work.

use crate::support::{Flight, TICK, TTL, Task, WINDOW, cell, cell_that, not_due, spawn};
use crate::ways::{By, each_way};
use dogpile::{Freshness, Guard};
use std::sync::{Arc, Barrier};
use std::time::Duration;

#[test]
fn set_publishes_at_once_in_every_state() {
    let (cell, clock) = cell();
    assert_eq!(cell.set(1), 1); // untouched
    assert_eq!(*cell.get_or_regen(not_due), 1);
    assert_eq!(cell.set(2), 2); // fresh
    clock.advance(TTL);
    assert_eq!(cell.set(3), 3); // stale
    assert_eq!(Guard::freshness(&cell.get().unwrap()), Freshness::Fresh);
    clock.advance(TTL + WINDOW);
    assert_eq!(cell.set(4), 4); // expired
    cell.invalidate();
    assert_eq!(cell.set(6), 6); // invalidated
    assert_eq!((*cell.get_or_regen(not_due), Guard::age(&cell.get().unwrap())), (6, Duration::ZERO));
}

#[test]
fn a_late_leader_gets_its_own_result_and_never_overwrites() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL);
    let flight = Flight::take_off(&cell);
    assert_eq!(cell.set(10), 2);
    assert!(!cell.is_regenerating(), "nobody is at work on this value");
    assert_eq!(*cell.get_or_regen(not_due), 10);

    let late = flight.land(2);
    assert_eq!((*late, Guard::version(&late)), (2, 0), "its own value, which was never published");
    assert_eq!((Guard::freshness(&late), Guard::age(&late)), (Freshness::Fresh, Duration::ZERO));
    let current = cell.get_or_regen(not_due);
    assert_eq!((*current, Guard::version(&current)), (10, 2));
}

#[test]
fn a_late_leader_does_not_fill_an_invalidated_cell() {
    let (cell, _clock) = cell();
    cell.set(1);
    cell.mark_stale();
    let flight = Flight::take_off(&cell);
    cell.invalidate();
    assert!(!cell.is_regenerating());
    let late = flight.land(2);
    assert_eq!((*late, Guard::version(&late)), (2, 0));
    assert!(cell.get().is_none(), "what it made was made from old data");
    assert_eq!(Guard::version(&cell.get_or_regen(|| 3)), 3);
}

/// A superseded leader gives up a lease that is no longer its own.
#[test]
fn a_late_panic_does_not_disturb_the_next_leader() {
    let (cell, _clock) = cell::<u32>();
    let first = Flight::take_off(&cell);
    cell.invalidate();
    let second = Flight::take_off(&cell);
    first.crash();
    assert!(cell.is_regenerating());
    assert_eq!(Guard::version(&second.land(2)), 2);
    assert_eq!(*cell.get_or_regen(not_due), 2);
}

#[test]
fn old_and_new_leader_may_land_in_any_order() {
    for old_first in [true, false] {
        let (cell, _clock) = cell();
        let old = Flight::take_off(&cell);
        cell.invalidate();
        let new = Flight::take_off(&cell);
        let versions = if old_first {
            let old = Guard::version(&old.land("old"));
            assert!(cell.get().is_none());
            (old, Guard::version(&new.land("new")))
        } else {
            let new = Guard::version(&new.land("new"));
            (Guard::version(&old.land("old")), new)
        };
        assert_eq!(versions, (0, 2));
        assert_eq!(*cell.get().unwrap(), "new");
    }
}

#[test]
fn invalidate_takes_the_value_out() {
    let (cell, _clock) = cell();
    cell.invalidate();
    assert!(cell.get().is_none());
    cell.set(2);
    let kept = cell.get().unwrap();
    cell.invalidate();
    assert!(cell.get().is_none());
    assert_eq!(*kept, 2);
    let next = cell.get_or_regen(|| 4);
    assert_eq!((*next, Guard::version(&next)), (4, 4), "each invalidation took a version");
}

#[test]
fn invalidate_if_hits_only_the_version_that_is_there() {
    let (cell, clock) = cell();
    assert!(!cell.invalidate_if(0), "there is nothing on an untouched cell");
    cell.set(1);
    let version = cell.set(2);
    assert!(!cell.invalidate_if(version - 1));
    assert!(!cell.invalidate_if(version + 1));
    assert!(!cell.invalidate_if(u64::MAX));
    assert_eq!(*cell.get().unwrap(), 2);
    assert!(cell.invalidate_if(version));
    assert!(cell.get().is_none());
    assert!(!cell.invalidate_if(version));
    assert!(!cell.invalidate_if(version + 1), "what took its place is no value");

    let version = cell.set(4);
    clock.advance(TTL - TICK);
    assert!(!cell.invalidate_if(version - 2));
    clock.advance(TICK);
    assert!(cell.invalidate_if(version), "a stale value can be refused too");
}

#[test]
fn invalidate_if_supersedes_the_flight_that_would_replace_that_version() {
    let (cell, _clock) = cell();
    let version = cell.set(1);
    cell.mark_stale();
    let flight = Flight::take_off(&cell);
    assert!(cell.invalidate_if(version));
    assert_eq!(Guard::version(&flight.land(2)), 0);
    assert!(cell.get().is_none());
}

/// It was never there: to report it by its version hits neither the value before it nor what came instead of it.
#[test]
fn a_report_of_a_superseded_result_hits_nothing() {
    each_way(|way| {
        for empty in [false, true] {
            let (cell, clock) = cell_that(|cell| cell.lease_timeout(TTL));
            if !empty {
                cell.set(1);
                clock.advance(TTL);
            }
            let mut successor = None;
            let mine = cell.by(way).get_or_regen(|| {
                clock.advance(TICK + TTL);
                successor = cell.try_lead_owned();
                9
            });
            assert_eq!((*mine, Guard::version(&mine)), (9, 0));
            assert!(!cell.invalidate_if(Guard::version(&mine)));
            let successor = successor.unwrap();
            assert!(successor.extend(TTL) && cell.is_regenerating());
            assert_eq!(*successor.publish(2).unwrap(), 2);
            assert!(!cell.invalidate_if(Guard::version(&mine)));

            cell.mark_stale();
            let mine = cell.by(way).get_or_regen(|| {
                cell.set(3);
                9
            });
            assert!(!cell.invalidate_if(Guard::version(&mine)));
            assert_eq!(*cell.get().unwrap(), 3);
        }
    });
}

#[test]
fn a_thousand_reports_of_one_bad_value_cause_one_regeneration() {
    let (cell, _clock) = cell();
    for round in 1..=10 {
        let bad = cell.set(1);
        let barrier = Arc::new(Barrier::new(8));
        let reporters: Vec<_> = (0..8)
            .map(|_| {
                let (cell, barrier) = (Arc::clone(&cell), Arc::clone(&barrier));
                spawn(move || {
                    barrier.wait();
                    let report = |_: &i32| {
                        let hit = cell.invalidate_if(bad);
                        assert_eq!(*cell.get_or_regen(|| 2), 2, "the bad one is gone");
                        hit
                    };
                    (0..125).filter(report).count()
                })
            })
            .collect();
        assert_eq!(reporters.into_iter().map(Task::join).sum::<usize>(), 1);
        assert_eq!(Guard::version(&cell.get_or_regen(not_due)), bad + 2);
        assert_eq!(cell.stats().creations, round);
    }
}

#[test]
fn concurrent_sets_get_different_versions_and_the_greatest_stays() {
    let (cell, _clock) = cell();
    let setters: Vec<_> = (0..4_u64)
        .map(|thread| {
            let cell = Arc::clone(&cell);
            spawn(move || (0..500).map(|n| (cell.set((thread, n)), (thread, n))).collect::<Vec<_>>())
        })
        .collect();
    let mut sets: Vec<_> = setters.into_iter().flat_map(Task::join).collect();
    sets.sort_unstable();
    assert!(sets.iter().map(|set| set.0).eq(1..=2000), "each set has a version of its own");
    let last = cell.get().unwrap();
    assert_eq!((Guard::version(&last), *last), sets[1999]);
}
