//! F9: a `mark_stale` is lost. Few kinds of calls, so that they meet more often than where everything goes on at once.

use crate::origin::Origin;
use crate::rig::{Actor, Cell, empty, in_schedules, join_all};
use shuttle::thread;
use std::sync::Arc;

/// Four callers, three who mark, and two who `change` the cell.
fn marks_beside(change: fn(&Origin, &Cell)) {
    in_schedules(4_000, move || {
        let (cell, origin) = (empty(), Origin::new());
        origin.set(&cell);
        let actors = (0..9).map(|index| {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            Actor::Thread(thread::spawn(move || match index {
                0..4 => _ = origin.get(&cell),
                4..7 => origin.mark_stale(&cell),
                _ => change(&origin, &cell),
            }))
        });
        join_all(actors.collect());
        origin.settle(&cell);
    });
}

#[test]
fn three_marks_beside_four_callers_and_two_invalidates() {
    marks_beside(Origin::invalidate);
}

#[test]
fn three_marks_beside_four_callers_and_two_sets() {
    marks_beside(Origin::set);
}
