//! Another thread may be making a value, from what was true before or after, while this one changes the truth and says so.
//! One model for all who read: by the cell itself, or by a reader, which remembers.

use crate::rig::{Cell, ModelClock, Origin, Value};
use loom::thread;
use loom_tests::OwnedReader;
use std::sync::Arc;

/// The number of what is read.
pub trait Reads {
    fn get(&mut self) -> Option<u64>;
    fn get_or_regen(&mut self, regen: impl FnOnce() -> Value) -> u64;
}

impl Reads for Arc<Cell> {
    fn get(&mut self) -> Option<u64> {
        (**self).get().map(|guard| guard.number())
    }

    fn get_or_regen(&mut self, regen: impl FnOnce() -> Value) -> u64 {
        (**self).get_or_regen(regen).number()
    }
}

impl Reads for OwnedReader<Value, ModelClock> {
    fn get(&mut self) -> Option<u64> {
        self.get().map(Value::number)
    }

    fn get_or_regen(&mut self, regen: impl FnOnce() -> Value) -> u64 {
        self.get_or_regen(regen).number()
    }
}

/// And says so by an `invalidate`.
pub fn invalidated_beside_a_flight<R: Reads + 'static>(cell: &Cell, mut mine: R, mut theirs: R) {
    let origin = Origin::new(1);
    let leader = thread::spawn({
        let origin = Arc::clone(&origin);
        move || {
            theirs.get_or_regen(|| origin.copy());
            theirs
        }
    });
    origin.change(2);
    cell.invalidate();
    assert!(mine.get().is_none_or(|number| number == 2), "a read after `invalidate` returned");
    assert_eq!(mine.get_or_regen(|| origin.copy()), 2, "made or waited for after `invalidate` returned");
    let mut theirs = leader.join().unwrap();
    assert_eq!((mine.get(), theirs.get()), (Some(2), Some(2)), "the flight is superseded");
}

/// And says so by a mark.
pub fn marked_beside_a_flight<R: Reads + 'static>(cell: &Cell, mut mine: R, mut theirs: R) {
    let origin = Origin::new(1);
    let leader = thread::spawn({
        let origin = Arc::clone(&origin);
        move || theirs.get_or_regen(|| origin.create())
    });
    origin.change(2);
    cell.mark_stale();
    leader.join().unwrap();
    assert_eq!(mine.get_or_regen(|| origin.create()), 2, "the read after the mark regenerates");
    mine.get_or_regen(|| unreachable!("one mark, one regeneration"));
}
