//! F9: a `mark_stale` is lost: after it, no later read regenerates.

use crate::rig::{
    Cell, Down, ModelClock, Origin, Value, caller, exhaustively, fresh, invalidator, marker, preempting,
    stale, stale_with_lease_of, untouched,
};
use crate::truth::marked_beside_a_flight;
use loom::thread;
use loom_tests::{Demand, Guard, OwnedLease};
use std::sync::Arc;
use std::time::Duration;

fn truth_changes_beside_a_flight(cell: &Arc<Cell>) {
    marked_beside_a_flight(cell, Arc::clone(cell), Arc::clone(cell));
}

#[test]
fn a_mark_beside_a_first_creation() {
    exhaustively(|| truth_changes_beside_a_flight(&untouched()));
}

#[test]
fn a_mark_beside_a_regeneration() {
    exhaustively(|| truth_changes_beside_a_flight(&stale()));
}

/// Says that the first version will not do any more; returns whether it was told that somebody will see to it.
type Tells = fn(&Cell) -> bool;

fn by_a_mark(cell: &Cell) -> bool {
    cell.mark_stale();
    true
}

/// A mark of one version, if nobody marked it before.
fn by_a_report(cell: &Cell) -> bool {
    cell.mark_stale_if(1)
}

fn fresh_value_beside_a_read(tells: Tells) {
    preempting(5, move || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let reader = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                let guard = cell.get_or_regen(|| origin.create());
                assert_eq!(
                    Guard::version(&guard),
                    guard.number(),
                    "elected by the mark, so made from what it told of"
                );
            }
        });
        origin.change(2);
        assert!(tells(&cell), "nobody else does, and nobody is at work before");
        let _ = cell.get_or_regen(|| origin.create());
        reader.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("whoever was elected has published"));
        assert_eq!((last.number(), origin.runs()), (2, 1));
    });
}

#[test]
fn a_mark_of_a_fresh_value_beside_a_read() {
    fresh_value_beside_a_read(by_a_mark);
}

#[test]
fn a_report_of_a_fresh_value_beside_a_read() {
    fresh_value_beside_a_read(by_a_report);
}

#[test]
fn a_mark_is_handed_on_by_the_leader_with_all_that_went_before_it() {
    preempting(2, || {
        let (cell, origin) = (stale(), Origin::new(1));
        let leader = caller(&cell, &origin);
        let marker = marker(&cell, &origin);
        let _ = cell.get_or_regen(|| {
            let led = Guard::version(&cell.get().unwrap());
            let value = origin.create();
            assert!(led == 1 || value.number() == 2, "only the mark makes the second version due");
            value
        });
        leader.join().unwrap();
        marker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
    });
}

#[test]
fn a_mark_beside_two_callers() {
    preempting(2, || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let ask = {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                let _ = cell.get_or_regen(|| origin.create());
            }
        };
        let others = [thread::spawn(ask.clone()), thread::spawn(ask)];
        origin.change(2);
        cell.mark_stale();
        for other in others {
            other.join().unwrap();
        }
        let last = cell.get_or_regen(|| origin.create());
        assert_eq!((last.number(), origin.runs()), (2, 1), "one mark, one regeneration");
    });
}

/// The second mark may come between the look of the other thread at `phase` and its election.
#[test]
fn two_marks_beside_an_election() {
    preempting(5, || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let leader = caller(&cell, &origin);
        for truth in [2, 3] {
            origin.change(truth);
            cell.mark_stale();
        }
        leader.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 3, "the second mark is answered");
    });
}

#[test]
fn two_marks_in_a_flight_cause_no_second_leader() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let _ = cell.get_or_regen(|| {
            let marker = thread::spawn({
                let cell = Arc::clone(&cell);
                move || {
                    cell.mark_stale();
                    cell.mark_stale();
                }
            });
            let other = cell.get_or_regen(|| unreachable!("a second leader"));
            assert!(Guard::is_stale(&other));
            marker.join().unwrap();
            origin.create()
        });
        let born_stale = cell.get().unwrap();
        assert_eq!(
            (born_stale.number(), Guard::is_stale(&born_stale)),
            (2, true),
            "published, but born stale"
        );
        assert_eq!(Guard::version(&cell.get_or_regen(|| origin.create())), 3, "regenerated once more");
        let _ = cell.get_or_regen(|| unreachable!("and only once"));
    });
}

#[test]
fn a_mark_beside_an_invalidate_and_a_read() {
    preempting(2, || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let marker = marker(&cell, &origin);
        let invalidator = invalidator(&cell);
        let _ = cell.get_or_regen(|| origin.copy());
        marker.join().unwrap();
        invalidator.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}

/// The marker is elected on a generation that `replacement` has just taken out of the slot, or becomes a leader that
/// it supersedes: then the mark that was taken away by that election is answered by nobody, and this thread may
/// be at work since before the mark.
fn mark_that_is_answered_in_vain(cell: &Arc<Cell>, replacement: fn(&Cell)) {
    let origin = Origin::new(1);
    let marker = thread::spawn({
        let (cell, origin) = (Arc::clone(cell), Arc::clone(&origin));
        move || {
            origin.change(2);
            cell.mark_stale();
            drop(cell.try_lead());
        }
    });
    let replacer = thread::spawn({
        let cell = Arc::clone(cell);
        move || replacement(&cell)
    });
    let _ = cell.get_or_regen(|| origin.copy());
    marker.join().unwrap();
    replacer.join().unwrap();
    assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
}

/// The mark comes when the generation that it is meant for is out of the slot, and not retired yet: the reader is elected
/// on the next one, and is to know of what went before the mark.
#[test]
fn a_mark_is_handed_on_by_an_invalidate_with_all_that_went_before_it() {
    preempting(2, || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let replacer = invalidator(&cell);
        let reader = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || drop(cell.get_or_regen(|| origin.copy()))
        });
        origin.change(2);
        cell.mark_stale();
        replacer.join().unwrap();
        reader.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}

#[test]
fn a_mark_that_is_answered_beside_an_invalidate_and_a_read() {
    preempting(2, || mark_that_is_answered_in_vain(&fresh(), Cell::invalidate));
}

/// What is set is due at once, so that it can have a leader before the old value is retired.
#[test]
fn a_mark_that_is_answered_beside_a_set_and_a_read() {
    preempting(2, || {
        let cell = stale();
        cell.set(Value::new(1));
        mark_that_is_answered_in_vain(&cell, |cell| {
            cell.set(Value::living(1, Duration::ZERO));
        });
    });
}

#[test]
fn a_set_puts_a_mark_away() {
    preempting(5, || {
        let (cell, origin) = (fresh(), Origin::new(2));
        let reader = caller(&cell, &origin);
        cell.mark_stale();
        cell.set(Value::new(3));
        reader.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("the mark was meant for the value before"));
        assert_eq!(last.number(), 3);
    });
}

/// The thread marks the value that it finds and then sets another, which `beside` may be about to replace. What was set
/// is not due: the mark was meant for the value before.
fn a_mark_and_then_a_set<R: Send + 'static>(
    cell: &Arc<Cell>,
    beside: impl FnOnce(&Arc<Cell>) -> R + Send + 'static,
) {
    let other = thread::spawn({
        let cell = Arc::clone(cell);
        move || beside(&cell)
    });
    cell.mark_stale();
    cell.set(Value::new(3));
    let _ = cell.get_or_regen(|| unreachable!("nobody marked what was set"));
    drop(other.join().unwrap());
    let _ = cell.get_or_regen(|| unreachable!("nobody marked what was set, and it is still there"));
}

#[test]
fn a_mark_and_then_a_set_beside_a_leader() {
    preempting(4, || a_mark_and_then_a_set(&stale(), |cell| drop(cell.get_or_regen(|| Value::new(2)))));
}

#[test]
fn a_mark_and_then_a_set_beside_another_set() {
    exhaustively(|| a_mark_and_then_a_set(&fresh(), |cell| cell.set(Value::new(2))));
}

#[test]
fn a_mark_and_then_a_set_beside_a_take_over() {
    preempting(3, || {
        let cell = stale_with_lease_of(Duration::ZERO, &ModelClock::new());
        let _overrun = cell.try_lead().unwrap();
        a_mark_and_then_a_set(&cell, loom_tests::DogpileCell::try_lead_owned);
    });
}

/// Two threads mark, and a leader is elected because of the first mark: the second thread knows of its own mark.
#[test]
fn a_thread_that_marked_reads_the_value_as_stale() {
    preempting(3, || {
        let cell = fresh();
        let first = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.mark_stale()
        });
        let leader = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead_owned()
        });
        cell.mark_stale();
        assert!(Guard::is_stale(&cell.get().unwrap()), "marked by this very thread, and not replaced since");
        let lease = leader.join().unwrap();
        first.join().unwrap();
        drop(lease);
    });
}

type Lease = OwnedLease<Value, ModelClock>;

/// A call whose demand the value did not meet leads while that is fresh, and its lease `ends`. It was elected before the
/// mark, or after it, though not because of it.
fn beside_a_lease_on_a_fresh_value(tells: Tells, ends: fn(Lease, &Origin)) {
    exhaustively(move || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let other = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                origin.change(2);
                tells(&cell)
            }
        });
        if let Some(lease) = cell.with_owned(Demand::new().anew()).try_lead() {
            ends(lease, &origin);
        }
        if other.join().unwrap() {
            assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the mark is answered");
        }
    });
}

fn gives_up(lease: Lease, _: &Origin) {
    drop(lease);
}

fn publishes(lease: Lease, origin: &Origin) {
    let _ = lease.publish(origin.create());
}

#[test]
fn a_mark_beside_a_lease_on_a_fresh_value_that_publishes() {
    beside_a_lease_on_a_fresh_value(by_a_mark, publishes);
}

#[test]
fn a_report_beside_a_lease_on_a_fresh_value_that_publishes() {
    beside_a_lease_on_a_fresh_value(by_a_report, publishes);
}

#[test]
fn a_mark_beside_a_lease_on_a_fresh_value_that_is_given_up() {
    beside_a_lease_on_a_fresh_value(by_a_mark, gives_up);
}

#[test]
fn a_mark_beside_a_lease_on_a_fresh_value_that_fails() {
    beside_a_lease_on_a_fresh_value(by_a_mark, |lease, _| lease.fail(Down(1)));
}

#[test]
fn a_report_beside_a_lease_on_a_fresh_value_that_is_given_up() {
    beside_a_lease_on_a_fresh_value(by_a_report, gives_up);
}

#[test]
fn two_reports_that_it_is_stale_cause_one_regeneration() {
    preempting(3, || {
        let (cell, origin) = (fresh(), Origin::new(2));
        let report = {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                let is_first = cell.mark_stale_if(1);
                let guard = cell.get_or_regen(|| origin.create());
                (is_first, guard.number())
            }
        };
        let other = thread::spawn(report.clone());
        let mine = report();
        let other = other.join().unwrap();
        assert!(mine.0 != other.0, "one of them was the first");
        let _ = cell.get_or_regen(|| unreachable!("the first one has led, or who came before it"));
        assert_eq!((cell.get().unwrap().number(), origin.runs()), (2, 1));
    });
}

#[test]
fn a_report_beside_a_regeneration() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let leader = caller(&cell, &origin);
        let _ = cell.mark_stale_if(1);
        leader.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("the report was of the version before"));
        assert_eq!((last.number(), origin.runs()), (2, 1));
    });
}
