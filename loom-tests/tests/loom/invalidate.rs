//! F8: a read that began after `invalidate` returned gets the old value. F7: a result that was in the
//! air comes back.

use crate::rig::{Cell, Origin, empty, exhaustively, fresh, preempting, stale};
use crate::truth::invalidated_beside_a_flight;
use loom::thread;
use loom_tests::Guard;
use std::sync::Arc;

fn truth_changes_beside_a_flight(cell: &Arc<Cell>) {
    invalidated_beside_a_flight(cell, Arc::clone(cell), Arc::clone(cell));
}

#[test]
fn an_invalidate_beside_a_first_creation() {
    preempting(3, || truth_changes_beside_a_flight(&empty()));
}

#[test]
fn an_invalidate_beside_a_regeneration() {
    preempting(3, || truth_changes_beside_a_flight(&stale()));
}

#[test]
fn an_invalidate_beside_a_read() {
    preempting(3, || truth_changes_beside_a_flight(&fresh()));
}

#[test]
fn two_reports_of_one_version_cause_one_regeneration() {
    preempting(2, || {
        let (cell, origin) = (fresh(), Origin::new(2));
        let report = {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                let hit = cell.invalidate_if(1);
                assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
                hit
            }
        };
        let others = [thread::spawn(report.clone()), thread::spawn(report.clone())];
        let hits = others.into_iter().map(|other| other.join().unwrap()).filter(|&hit| hit).count();
        assert!(!report(), "a late report");
        assert_eq!((hits, origin.runs()), (1, 1));
    });
}

#[test]
fn a_report_of_the_old_version_beside_a_set() {
    exhaustively(|| {
        let cell = fresh();
        let reporter = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.invalidate_if(1)
        });
        let version = cell.set(crate::rig::Value::new(2));
        let hit = reporter.join().unwrap();
        let guard = cell.get().expect("the report was of the version before");
        assert_eq!((guard.number(), Guard::version(&guard)), (2, version));
        assert_eq!(version, if hit { 3 } else { 2 });
    });
}

#[test]
fn a_report_beside_a_lease_that_is_given_up() {
    exhaustively(|| {
        let cell = stale();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || drop(lease));
        assert!(cell.invalidate_if(1), "that version was current all the time");
        leader.join().unwrap();
        assert!(cell.get().is_none());
    });
}
