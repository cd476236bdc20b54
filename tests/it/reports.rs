//! `mark_stale_if`: a thousand reports of one version cause one regeneration, and nobody is ever without a value.

use crate::hands::hanging_leader;
use crate::support::{RETRY, TTL, Task, WINDOW, cell, not_due, spawn, stale_cell};
use crate::ways::{By, each_way};
use dogpile::{Demand, Guard, Lifetime};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

const ANEW: Demand = Demand::new().anew();

#[test]
fn a_report_marks_the_version_that_it_is_about() {
    each_way(|way| {
        let (cell, _clock) = cell();
        assert!(!cell.mark_stale_if(0), "an untouched cell has none");
        cell.set(1);
        let version = cell.set(2);
        for other in [0, version - 1, version + 1, u64::MAX] {
            assert!(!cell.mark_stale_if(other));
        }
        assert!(!Guard::is_stale(&cell.get().unwrap()));
        assert!(cell.mark_stale_if(version) && !cell.mark_stale_if(version));
        let kept = cell.get().unwrap();
        assert_eq!((*kept, Guard::version(&kept), Guard::is_stale(&kept)), (2, version, true));
        let next = cell.by(way).get_or_regen(|| 3);
        assert_eq!((*next, Guard::is_stale(&next)), (3, false));
        assert!(!cell.mark_stale_if(version), "a late one");
        assert_eq!(*cell.by(way).get_or_regen(not_due), 3);
    });
}

#[test]
fn a_mark_is_as_good_as_a_report() {
    let (cell, _clock) = cell();
    let version = cell.set(1);
    cell.mark_stale();
    assert!(!cell.mark_stale_if(version));
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    let version = cell.set(3);
    assert!(cell.mark_stale_if(version));
    cell.mark_stale();
    assert_eq!(*cell.get_or_regen(|| 4), 4);
    assert_eq!(*cell.get_or_regen(not_due), 4);
}

/// A mark belongs to the value that it finds, and so do reports of it.
#[test]
fn a_report_is_not_taken_for_that_of_the_value_before() {
    for leads in [false, true] {
        let (cell, _clock) = cell();
        for _ in 0..2 {
            let version = cell.set(1);
            assert!(!Guard::is_stale(&cell.get().unwrap()));
            assert!(cell.mark_stale_if(version), "nobody has reported this one");
            let lease = leads.then(|| cell.try_lead().unwrap());
            let version = cell.set(2);
            drop(lease);
            assert!(!Guard::is_stale(&cell.get().unwrap()));
            assert!(cell.mark_stale_if(version) && !cell.mark_stale_if(version));
            assert!(Guard::is_stale(&cell.get().unwrap()));
            cell.invalidate();
        }
    }
}

/// Neither does it come back when a regeneration of that one came to nothing.
#[test]
fn a_mark_that_was_put_away_stays_away() {
    for leads in [false, true] {
        let (cell, clock) = cell();
        cell.set(1);
        cell.mark_stale();
        let lease = leads.then(|| cell.try_lead().unwrap());
        cell.set(2);
        drop(lease);
        drop(cell.with(ANEW).try_lead().unwrap());
        assert!(!Guard::is_stale(&cell.get().unwrap()), "given up");
        cell.with(ANEW).try_lead().unwrap().fail("down");
        assert!(!Guard::is_stale(&cell.get().unwrap()), "failed");
        clock.advance(RETRY);
        cell.with(ANEW).try_lead().unwrap().defer(TTL);
        assert!(cell.resume() && !Guard::is_stale(&cell.get().unwrap()), "deferred");
        assert!(!Guard::is_stale(&cell.with(ANEW).try_lead().unwrap().publish(3).unwrap()));
    }
}

#[test]
fn a_report_of_what_somebody_replaces_does_nothing() {
    let (cell, _clock) = cell();
    let version = cell.set(1);
    let lease = cell.with(ANEW).try_lead().unwrap();
    assert!(!cell.mark_stale_if(version));
    assert!(!Guard::is_stale(&cell.get_or_regen(not_due)), "it is being replaced all the same");
    let next = lease.publish(2).unwrap();
    assert!(!Guard::is_stale(&next), "which is no answer to a mark");
    assert!(!cell.mark_stale_if(version));
    assert_eq!(*cell.get_or_regen(not_due), 2);
    cell.mark_stale();
    let leader = hanging_leader(&cell);
    assert!(!cell.mark_stale_if(2));
    drop(leader);
    assert!(Guard::is_stale(&cell.get().unwrap()));
}

/// Then it can be reported again, and does no harm.
#[test]
fn a_report_of_what_is_due_anyway_is_one_all_the_same() {
    let (cell, clock) = stale_cell(|cell| cell);
    assert!(cell.mark_stale_if(1) && !cell.mark_stale_if(1));
    cell.try_lead().unwrap().fail("down");
    cell.mark_stale_if(1);
    assert!(cell.try_lead().is_none(), "it does not lift the throttle");
    clock.advance(RETRY);
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    assert_eq!(*cell.get_or_regen(not_due), 2);
}

#[test]
fn a_report_outlives_a_leader_without_a_result() {
    let (cell, clock) = cell();
    cell.set(1);
    assert!(cell.mark_stale_if(1));
    drop(cell.try_lead().unwrap());
    assert!(Guard::is_stale(&cell.get().unwrap()));
    cell.try_lead().unwrap().fail("down");
    assert!(Guard::is_stale(&cell.get().unwrap()));
    clock.advance(RETRY);
    assert!(!Guard::is_stale(&cell.get_or_regen(|| 2)));
}

#[test]
fn nobody_can_report_what_is_gone() {
    let (cell, clock) = cell();
    cell.set(1);
    cell.invalidate();
    assert!(!cell.mark_stale_if(1) && !cell.mark_stale_if(2));
    let own = cell.get_or_regen(|| {
        cell.set(3);
        9
    });
    assert!(!cell.mark_stale_if(Guard::version(&own)), "it never was there");
    assert!(!Guard::is_stale(&cell.get().unwrap()));
    cell.set_with(4, Lifetime::new().usable_for(TTL));
    clock.advance(TTL + WINDOW);
    assert!(cell.purge() && !cell.mark_stale_if(4));
}

#[test]
fn a_thousand_reports_of_one_version_cause_one_regeneration() {
    each_way(|way| {
        let (cell, _clock) = cell();
        for round in 1..=5 {
            let bad = cell.set(0);
            let (barrier, made) = (Arc::new(Barrier::new(8)), Arc::new(AtomicU64::new(0)));
            let reporters: Vec<_> = (0..8)
                .map(|_| {
                    let (cell, barrier, made) = (Arc::clone(&cell), Arc::clone(&barrier), Arc::clone(&made));
                    spawn(move || {
                        barrier.wait();
                        let report = |_: &u32| {
                            let hit = cell.mark_stale_if(bad);
                            assert!(cell.get().is_some(), "nobody is without a value");
                            let seen = cell.by(way).get_or_regen(|| made.fetch_add(1, SeqCst) + 1);
                            assert!(*seen <= 1);
                            hit
                        };
                        (0..125_u32).filter(report).count()
                    })
                })
                .collect();
            assert_eq!(reporters.into_iter().map(Task::join).sum::<usize>(), 1);
            assert_eq!((made.load(SeqCst), cell.stats().regenerations), (1, round));
            let next = cell.get_or_regen(not_due);
            assert_eq!((*next, Guard::version(&next), Guard::is_stale(&next)), (1, bad + 1, false));
        }
        assert_eq!(cell.stats().waits, 0);
    });
}
