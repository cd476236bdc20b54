//! F3: a read finds nothing although there is a value. F4: versions go backwards. F5: a value is seen
//! before it was written. F7: a superseded result overwrites something newer.

use crate::rig::{Origin, Value, caller, empty, exhaustively, fresh, preempting, setter, stale, untouched};
use loom_tests::Guard;

#[test]
fn a_reader_sees_the_whole_of_a_value_that_the_leader_made() {
    exhaustively(|| {
        let (cell, origin) = (untouched(), Origin::new(2));
        let leader = caller(&cell, &origin);
        if let Some(guard) = cell.get() {
            assert_eq!((guard.number(), Guard::version(&guard)), (2, 1));
        }
        leader.join().unwrap();
        assert_eq!(cell.get().unwrap().number(), 2);
    });
}

#[test]
fn a_reader_sees_the_whole_of_a_value_that_was_set() {
    exhaustively(|| {
        let cell = fresh();
        let setter = setter(&cell, 2);
        let guard = cell.get().unwrap();
        assert_eq!(guard.number(), Guard::version(&guard));
        assert_eq!(setter.join().unwrap(), 2);
    });
}

#[test]
fn a_reader_never_finds_nothing_while_the_value_is_replaced_twice() {
    preempting(2, || {
        let (cell, origin) = (stale(), Origin::new(2));
        let leader = caller(&cell, &origin);
        let setter = setter(&cell, 3);
        let first = Guard::version(&cell.get().expect("there is a value"));
        let second = Guard::version(&cell.get().expect("there is a value"));
        assert!(first <= second, "versions grow");
        leader.join().unwrap();
        setter.join().unwrap();
        assert_eq!(
            cell.get().unwrap().number(),
            3,
            "what was set was newer than the flight, or came after it"
        );
    });
}

#[test]
fn a_set_beside_a_first_creation_wins() {
    exhaustively(|| {
        let (cell, origin) = (empty(), Origin::new(2));
        let leader = caller(&cell, &origin);
        let version = cell.set(Value::new(3));
        assert!([2, 3].contains(&leader.join().unwrap()));
        let guard = cell.get().unwrap();
        assert_eq!((guard.number(), Guard::version(&guard)), (3, version));
    });
}

#[test]
fn two_sets_both_count() {
    exhaustively(|| {
        let cell = fresh();
        let setter = setter(&cell, 2);
        let mine = cell.set(Value::new(3));
        let other = setter.join().unwrap();
        assert_eq!((mine.min(other), mine.max(other)), (2, 3), "each has a version of its own");
        let guard = cell.get().unwrap();
        assert_eq!((Guard::version(&guard), guard.number()), (3, if mine == 3 { 3 } else { 2 }));
    });
}

#[test]
fn a_late_leader_keeps_its_result_to_itself() {
    exhaustively(|| {
        let cell = stale();
        let guard = cell.get_or_regen(|| {
            let setter = setter(&cell, 3);
            setter.join().unwrap();
            Value::new(2)
        });
        assert_eq!((guard.number(), Guard::version(&guard)), (2, 0), "its own, which was never published");
        let guard = cell.get().unwrap();
        assert_eq!((guard.number(), Guard::version(&guard)), (3, 2));
    });
}
