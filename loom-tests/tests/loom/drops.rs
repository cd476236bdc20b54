//! When a value is dropped: after it was replaced, as soon as nobody has it, with nothing held and the cell consistent, since its
//! `Drop` is the user's code and may ask that very cell. In all other models everything that was ever in a cell stays alive.

use crate::rig::{ModelClock, freeing};
use loom::thread;
use loom_tests::DogpileCell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

type Cell = DogpileCell<Last, ModelClock>;

/// How many values are alive. Not loom's: it is exact, and orders nothing.
#[derive(Default)]
struct Alive(AtomicUsize);

/// Asks its cell as the last thing that it does.
struct Last {
    number: usize,
    alive: Arc<Alive>,
    cell: Weak<Cell>,
}

impl Drop for Last {
    fn drop(&mut self) {
        self.alive.0.fetch_sub(1, Relaxed);
        if let Some(cell) = self.cell.upgrade() {
            // It is stale at most: so nobody waits, and nobody is elected who would hang.
            if let Some(there) = cell.get() {
                assert_ne!(there.number, self.number, "it was replaced before it is dropped");
            }
            cell.mark_stale();
        }
    }
}

fn last(number: usize, cell: &Arc<Cell>, alive: &Arc<Alive>) -> Last {
    alive.0.fetch_add(1, Relaxed);
    Last { number, alive: Arc::clone(alive), cell: Arc::downgrade(cell) }
}

fn cell() -> (Arc<Cell>, Arc<Alive>) {
    let builder = DogpileCell::builder().time_to_live(Duration::ZERO).clock(ModelClock::new());
    let (cell, alive) = (Arc::new(builder.build().unwrap()), Arc::default());
    cell.set(last(1, &cell, &alive));
    (cell, alive)
}

/// This thread replaces the value by `replace` while another one reads it.
fn replaced_beside_a_reader(replace: fn(&Arc<Cell>, &Arc<Alive>)) {
    freeing(2, move || {
        let (cell, alive) = cell();
        let reader = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                let Some(guard) = cell.get() else { return };
                assert!(
                    guard.alive.0.load(Relaxed) > 0 && guard.number > 0,
                    "it is not dropped before the guard"
                );
            }
        });
        replace(&cell, &alive);
        reader.join().unwrap();
        assert_eq!(alive.0.load(Relaxed), usize::from(cell.get().is_some()), "what was replaced is gone");
    });
}

#[test]
fn a_value_that_is_set_over_is_dropped() {
    replaced_beside_a_reader(|cell, alive| {
        cell.set(last(2, cell, alive));
    });
}

#[test]
fn a_value_that_is_invalidated_is_dropped() {
    replaced_beside_a_reader(|cell, _| cell.invalidate());
}

#[test]
fn a_value_that_is_regenerated_is_dropped() {
    replaced_beside_a_reader(|cell, alive| drop(cell.get_or_regen(|| last(2, cell, alive))));
}

#[test]
fn a_value_whose_leader_publishes_beside_a_set_is_dropped() {
    freeing(2, || {
        let (cell, alive) = cell();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn({
            let value = last(2, &cell, &alive);
            move || drop(lease.publish(value))
        });
        cell.set(last(3, &cell, &alive));
        leader.join().unwrap();
        assert_eq!((cell.get().unwrap().number, alive.0.load(Relaxed)), (3, 1));
    });
}
