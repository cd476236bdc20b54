//! Readers, which remember what they read. F1 and F2, through the slow path that they share with the cell. F4: a
//! thread that reads now through a reader and now through the cell goes back. F5: a value is seen before it was
//! written. F8: a reader remembers what was invalidated. F9: a reader does not see a mark. F11: a reader of a stale
//! value waits for the leader.

use crate::rig::{
    Cell, Down, LATER, ModelClock, Origin, TERM, Value, caller, empty, exhaustively, fresh,
    fresh_with_lease_of, marker, preempting, setter, stale, stale_with_lease_of, untouched,
};
use crate::truth::{invalidated_beside_a_flight, marked_beside_a_flight};
use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::{Acquire, Release};
use loom::thread;
use loom_tests::{Freshness, Guard, OwnedLease, OwnedReader};
use std::sync::Arc;
use std::time::Duration;

type Lease = OwnedLease<Value, ModelClock>;
type Reader = OwnedReader<Value, ModelClock>;

/// A reader that has read what is in the cell, if there is something.
fn having_read(cell: &Arc<Cell>) -> Reader {
    let mut reader = cell.reader_owned();
    let _ = reader.get();
    reader
}

/// What it reads, as it is in the cell: in these models number and version are the same.
fn version(reader: &mut Reader) -> Option<u64> {
    let number = reader.get().map(Value::number);
    assert_eq!(number, reader.last().map(|guard| Guard::version(&guard)), "a value as a whole");
    number
}

#[test]
fn a_reader_that_knows_nothing_sees_the_whole_of_the_first_value() {
    exhaustively(|| {
        let (cell, origin) = (untouched(), Origin::new(1));
        let mut reader = cell.reader_owned();
        let leader = caller(&cell, &origin);
        assert!([None, Some(1)].contains(&version(&mut reader)));
        leader.join().unwrap();
        assert_eq!(version(&mut reader), Some(1));
    });
}

#[test]
fn a_reader_beside_two_sets() {
    exhaustively(|| {
        let cell = fresh();
        let mut reader = having_read(&cell);
        let setter = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                cell.set(Value::new(2));
                cell.set(Value::new(3));
            }
        });
        let through_the_cell = || cell.get().map(|guard| guard.number());
        let seen = [through_the_cell(), version(&mut reader), through_the_cell(), version(&mut reader)];
        assert!(seen.is_sorted() && seen[0].is_some(), "versions grow: {seen:?}");
        setter.join().unwrap();
        assert_eq!(version(&mut reader), Some(3));
    });
}

#[test]
fn two_readers_beside_a_set() {
    preempting(2, || {
        let cell = fresh();
        let read = {
            let cell = Arc::clone(&cell);
            move || {
                let mut reader = having_read(&cell);
                let through_the_cell = || cell.get().map(|guard| guard.number());
                let seen = [version(&mut reader), through_the_cell(), version(&mut reader)];
                assert!(seen.is_sorted() && seen[0].is_some(), "versions grow: {seen:?}");
            }
        };
        let others = [thread::spawn(read.clone()), thread::spawn(read)];
        cell.set(Value::new(2));
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn an_invalidate_beside_a_reader() {
    exhaustively(|| {
        let (cell, origin) = (fresh(), Origin::new(1));
        let mut reader = having_read(&cell);
        let returned = Arc::new(AtomicBool::new(false));
        let invalidator = thread::spawn({
            let (cell, origin, returned) = (Arc::clone(&cell), Arc::clone(&origin), Arc::clone(&returned));
            move || {
                origin.change(2);
                cell.invalidate();
                returned.store(true, Release);
            }
        });
        let has_returned = returned.load(Acquire);
        let number = reader.get_or_regen(|| origin.copy()).number();
        assert!(number == 2 || !has_returned, "a read that began after `invalidate` returned");
        invalidator.join().unwrap();
        assert_eq!(reader.get_or_regen(|| origin.copy()).number(), 2);
    });
}

fn truth_changes_beside_a_flight(cell: &Arc<Cell>) {
    invalidated_beside_a_flight(cell, having_read(cell), having_read(cell));
}

#[test]
fn an_invalidate_beside_a_reader_that_makes_the_first_value() {
    preempting(2, || truth_changes_beside_a_flight(&empty()));
}

#[test]
fn an_invalidate_beside_a_reader_that_regenerates() {
    preempting(2, || truth_changes_beside_a_flight(&stale()));
}

#[test]
fn a_mark_beside_a_reader() {
    exhaustively(|| {
        let (cell, origin) = (fresh(), Origin::new(1));
        let mut reader = having_read(&cell);
        let marker = marker(&cell, &origin);
        let mut ask = || {
            let number = reader.get_or_regen(|| origin.create()).number();
            let guard = reader.last().unwrap();
            assert_eq!(Guard::version(&guard), number, "made because of the mark, so from what it told of");
            number
        };
        ask();
        marker.join().unwrap();
        assert_eq!(ask(), 2, "the read after the mark regenerates");
        assert_eq!((ask(), origin.runs()), (2, 1), "one mark, one regeneration");
    });
}

#[test]
fn a_mark_beside_a_reader_that_regenerates() {
    preempting(3, || {
        let cell = stale();
        marked_beside_a_flight(&cell, having_read(&cell), having_read(&cell));
    });
}

/// What becomes of the marked value is as old as it was.
fn a_mark_before_a_flight_in_vain(ends: fn(Lease)) {
    let (cell, origin) = (fresh(), Origin::new(1));
    let mut reader = having_read(&cell);
    origin.change(2);
    cell.mark_stale();
    let lease = cell.try_lead_owned().unwrap();
    let leader = thread::spawn(move || ends(lease));
    assert!(reader.get().is_some() && Guard::is_stale(&reader.last().unwrap()));
    leader.join().unwrap();
    assert!(reader.get().is_some(), "now it remembers what the leader left");
    assert_eq!(reader.get_or_regen(|| origin.create()).number(), 2, "the read after the mark regenerates");
    let _ = reader.get_or_regen(|| unreachable!("one mark, one regeneration"));
}

#[test]
fn a_reader_of_a_marked_value_whose_leader_gives_up() {
    exhaustively(|| a_mark_before_a_flight_in_vain(drop));
}

#[test]
fn a_reader_of_a_marked_value_whose_leader_fails() {
    exhaustively(|| a_mark_before_a_flight_in_vain(|lease| lease.fail(Down(1))));
}

/// Both say so, and the one that reads then knows only of its own mark.
#[test]
fn two_marks_beside_a_reader() {
    exhaustively(|| {
        let (cell, origin) = (fresh(), Origin::new(1));
        let mut reader = having_read(&cell);
        let other = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.mark_stale()
        });
        origin.change(2);
        cell.mark_stale();
        assert_eq!(
            reader.get_or_regen(|| origin.create()).number(),
            2,
            "the read after the mark regenerates"
        );
        other.join().unwrap();
    });
}

/// The reader remembers what was there before the flight, or what that left. A lease that `ends` returns is not over: its
/// drop would hide that nobody else withdrew what it led.
fn a_set_after_a_flight_in_vain(
    cell: &Arc<Cell>,
    ends: impl Fn(&Cell, Lease) -> Option<Lease> + Send + 'static,
) {
    let mut reader = having_read(cell);
    let lease = cell.try_lead_owned().unwrap();
    let other = thread::spawn({
        let cell = Arc::clone(cell);
        move || {
            let goes_on = ends(&cell, lease);
            cell.set(Value::new(3));
            goes_on
        }
    });
    let mut number = || reader.get().map(Value::number);
    let seen = [number(), number()];
    assert!(seen.is_sorted() && seen[0].is_some(), "versions grow: {seen:?}");
    let goes_on = other.join().unwrap();
    assert_eq!(number(), Some(3));
    drop(goes_on);
}

#[test]
fn a_set_after_a_leader_failed_beside_a_reader() {
    exhaustively(|| {
        a_set_after_a_flight_in_vain(&stale(), |_, lease| {
            lease.fail(Down(1));
            None
        });
    });
}

#[test]
fn a_set_after_a_lease_was_given_up_beside_a_reader() {
    exhaustively(|| {
        a_set_after_a_flight_in_vain(&stale(), |_, lease| {
            drop(lease);
            None
        });
    });
}

#[test]
fn a_set_after_a_take_over_beside_a_reader() {
    preempting(3, || {
        let cell = stale_with_lease_of(Duration::ZERO, &ModelClock::new());
        a_set_after_a_flight_in_vain(&cell, |cell, overrun| {
            drop(cell.try_lead().unwrap());
            Some(overrun)
        });
    });
}

/// What is taken over is as old as it was. (One thread: nothing has to come in between.)
#[test]
fn a_reader_takes_over_from_who_took_over() {
    exhaustively(|| {
        let cell = fresh_with_lease_of(Duration::ZERO, &ModelClock::new());
        let mut reader = having_read(&cell);
        cell.mark_stale();
        let _overrun = cell.try_lead().unwrap();
        let _also_overrun = cell.try_lead().unwrap();
        assert!(reader.get().is_some(), "now it remembers what was taken over");
        assert_eq!(reader.get_or_regen(|| Value::new(3)).number(), 3);
    });
}

/// A reader that knows nothing looks at the clock and at the cell: not in that order.
#[test]
fn a_reader_beside_a_set_of_what_is_stale_at_once() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease_of(TERM, &clock);
        cell.invalidate();
        let mut reader = cell.reader_owned();
        let setter = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                clock.set(LATER);
                cell.set(Value::living(2, Duration::ZERO));
            }
        });
        if reader.get().is_some() {
            assert!(Guard::is_stale(&reader.last().unwrap()), "it never was fresh");
        }
        setter.join().unwrap();
    });
}

#[test]
fn a_stale_reader_goes_on_while_the_leader_works() {
    exhaustively(|| {
        let cell = stale();
        let mut reader = having_read(&cell);
        let mut landed = None;
        let made = cell.get_or_regen(|| {
            let reading = thread::spawn(move || {
                let number = reader.get_or_regen(|| unreachable!("somebody else leads")).number();
                let guard = reader.last().unwrap();
                assert_eq!((number, Guard::version(&guard), Guard::is_stale(&guard)), (1, 1, true));
                reader
            });
            landed = Some(reading.join().unwrap());
            Value::new(2)
        });
        let mut reader = landed.unwrap();
        assert_eq!((made.number(), Guard::version(&made)), (2, 2));
        let number = reader.get_or_regen(|| unreachable!("the next one is fresh")).number();
        assert_eq!((number, Guard::is_stale(&reader.last().unwrap())), (2, false));
    });
}

/// Two readers ask at the same time: one of them makes the value.
fn two_readers_ask(cell: &Arc<Cell>) {
    let origin = Origin::new(2);
    let ask = |mut reader: Reader, origin: Arc<Origin>| {
        let number = reader.get_or_regen(|| origin.create()).number();
        let guard = reader.last().unwrap();
        assert_eq!(number, if Guard::is_stale(&guard) { 1 } else { 2 }, "old and stale, or new and fresh");
        reader
    };
    let (mine, reader) = (having_read(cell), having_read(cell));
    let other = thread::spawn({
        let origin = Arc::clone(&origin);
        move || drop(ask(reader, origin))
    });
    let mut reader = ask(mine, Arc::clone(&origin));
    other.join().unwrap();
    assert_eq!(origin.runs(), 1, "one leader");
    assert_eq!(reader.get_or_regen(|| unreachable!("the value is fresh")).number(), 2);
}

#[test]
fn two_readers_of_an_empty_cell() {
    preempting(3, || two_readers_ask(&empty()));
}

#[test]
fn two_readers_of_a_stale_value() {
    preempting(3, || two_readers_ask(&stale()));
}

#[test]
fn a_value_set_beside_the_election_of_a_reader_is_not_made_again() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let mut reader = having_read(&cell);
        let setter = setter(&cell, 3);
        let _ = reader.get_or_regen(|| origin.create());
        let _ = reader.get_or_regen(|| origin.create());
        setter.join().unwrap();
        assert!(origin.runs() <= 1, "after the first call the value is fresh, whoever made it");
        assert_eq!(reader.get().map(Value::number), Some(3));
    });
}

#[test]
fn a_reader_does_not_keep_its_superseded_result() {
    exhaustively(|| {
        let cell = stale();
        let mut reader = having_read(&cell);
        let mut setter = None;
        let number = reader.get_or_regen(|| {
            let cell = Arc::clone(&cell);
            setter = Some(thread::spawn(move || cell.set(Value::new(3))));
            Value::new(2)
        });
        assert_eq!(number.number(), 2, "its own");
        let version = Guard::version(&cell.get().unwrap());
        assert!(
            reader.get().is_some() && Guard::version(&reader.last().unwrap()) >= version,
            "versions grow"
        );
        setter.unwrap().join().unwrap();
        assert_eq!(reader.get().map(Value::number), Some(3));
    });
}

#[test]
fn a_reader_never_finds_nothing_while_the_value_is_replaced_twice() {
    preempting(2, || {
        let (cell, origin) = (stale(), Origin::new(2));
        let mut reader = having_read(&cell);
        let leader = thread::spawn({
            let (mut reader, origin) = (having_read(&cell), Arc::clone(&origin));
            move || {
                let _ = reader.get_or_regen(|| origin.create());
            }
        });
        let setter = setter(&cell, 3);
        let mut versions = || {
            let through_the_cell = Guard::version(&cell.get().expect("there is a value"));
            assert!(reader.get().is_some(), "there is a value");
            [through_the_cell, Guard::version(&reader.last().unwrap())]
        };
        let seen = [versions(), versions()];
        assert!(seen.as_flattened().is_sorted(), "versions grow: {seen:?}");
        leader.join().unwrap();
        setter.join().unwrap();
        assert_eq!(reader.get().map(Value::number), Some(3), "newer than the flight, or after it");
    });
}

/// As `a_thread_that_marked_reads_the_value_as_stale`, of what the thread remembers.
#[test]
fn a_thread_that_marked_reads_the_value_as_stale_through_its_reader() {
    preempting(3, || {
        let cell = fresh();
        let mut reader = having_read(&cell);
        let first = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.mark_stale()
        });
        let leader = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead_owned()
        });
        cell.mark_stale();
        let _ = reader.get();
        assert_eq!(
            reader.freshness(),
            Some(Freshness::Stale),
            "marked by this very thread, and not replaced since"
        );
        let lease = leader.join().unwrap();
        first.join().unwrap();
        drop(lease);
    });
}

/// One thread reads one version, first through the cell and then through its reader: what was stale stays so.
#[test]
fn what_is_stale_through_the_cell_is_stale_through_the_reader() {
    exhaustively(|| {
        let cell = fresh();
        let mut reader = having_read(&cell);
        let marker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.mark_stale()
        });
        let first = Guard::freshness(&cell.get().unwrap());
        let _ = reader.get();
        let then = reader.freshness().unwrap();
        marker.join().unwrap();
        assert!(first == Freshness::Fresh || then == Freshness::Stale, "{first:?}, and then {then:?}");
    });
}

/// As before, of what comes of it: a thread that was told by the cell that the value is stale makes the next one through
/// its reader, since nobody else does.
fn reader_of_what_the_cell_said_is_stale(marks: fn(&Cell)) {
    exhaustively(move || {
        let cell = fresh();
        let mut reader = having_read(&cell);
        let marker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || marks(&cell)
        });
        if Guard::is_stale(&cell.get().unwrap()) {
            assert_eq!(reader.get_or_regen(|| Value::new(2)).number(), 2, "it is due, and nobody is at work");
        }
        marker.join().unwrap();
    });
}

#[test]
fn a_reader_regenerates_what_the_cell_said_is_stale() {
    reader_of_what_the_cell_said_is_stale(Cell::mark_stale);
}

#[test]
fn a_reader_regenerates_what_was_reported() {
    let report = |cell: &Cell| assert!(cell.mark_stale_if(1), "nobody else does, and nobody is at work");
    reader_of_what_the_cell_said_is_stale(report);
}
