//! F1: two leaders at work on one version. F2: a caller that looked at version v is elected after v + 1
//! was published. F10: a leader that panics leaves the cell stuck.

use crate::rig::{
    Cell, ModelClock, Origin, Value, all_at_once, boom, callers_at_once, empty, exhaustively, expired,
    preempting, setter, stale, survive, untouched,
};
use loom::thread;
use loom_tests::DogpileCell;
use loom_tests::clock::{Clock, Instant};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// `others` threads and this one ask at the same time: one of them makes the value.
fn ask_at_once(cell: &Arc<Cell>, others: usize) {
    let origin = Origin::new(2);
    callers_at_once(cell, &origin, others);
    let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
    assert_eq!(last.number(), 2);
}

#[test]
fn two_callers_of_an_empty_cell() {
    exhaustively(|| ask_at_once(&empty(), 1));
}

#[test]
fn two_callers_of_an_untouched_cell() {
    preempting(3, || ask_at_once(&untouched(), 1));
}

#[test]
fn three_callers_of_an_empty_cell() {
    preempting(2, || ask_at_once(&empty(), 2));
}

#[test]
fn two_callers_of_a_stale_value() {
    exhaustively(|| ask_at_once(&stale(), 1));
}

#[test]
fn three_callers_of_a_stale_value() {
    preempting(2, || ask_at_once(&stale(), 2));
}

#[test]
fn two_callers_of_an_expired_value() {
    exhaustively(|| {
        let cell = expired();
        assert!(cell.get().is_none(), "expired");
        ask_at_once(&cell, 1);
    });
}

/// The first creation function panics, whoever runs it; the next one must know of what it did.
fn first_leader_panics(cell: &Arc<Cell>, others: usize) {
    let origin = Origin::new(2);
    let ask = {
        let (cell, origin) = (Arc::clone(cell), Arc::clone(&origin));
        move || {
            let regen = || {
                let value = origin.create();
                if origin.runs() == 1 { boom() } else { value }
            };
            survive(|| cell.get_or_regen(regen).number())
        }
    };
    let seen = all_at_once(others, ask);
    assert_eq!(
        seen.iter().filter(|number| number.is_none()).count(),
        1,
        "the panic reaches its own caller only"
    );
    assert!(origin.runs() <= 2, "one leader after the one that panicked");
    let last = cell.get_or_regen(|| origin.create());
    assert_eq!((last.number(), origin.runs()), (2, 2), "the cell is not stuck");
}

#[test]
fn the_leader_of_a_stale_value_panics() {
    exhaustively(|| first_leader_panics(&stale(), 1));
}

#[test]
fn the_leader_of_a_stale_value_panics_before_two_others() {
    preempting(2, || first_leader_panics(&stale(), 2));
}

#[test]
fn the_leader_of_an_empty_cell_panics() {
    exhaustively(|| first_leader_panics(&empty(), 1));
}

#[test]
fn the_leader_of_an_empty_cell_panics_before_two_others() {
    preempting(2, || first_leader_panics(&empty(), 2));
}

/// A clock that keeps what it last told the thread that made it.
struct Confidant {
    time: ModelClock,
    thread: thread::ThreadId,
    told: Arc<AtomicU64>,
}

impl Clock for Confidant {
    fn now(&self) -> Instant {
        let now = self.time.now();
        if thread::current().id() == self.thread {
            self.told.store(now.as_nanos(), Relaxed);
        }
        now
    }
}

/// What a call knows when it is elected is what the clock told it last, between its look at the slot and the
/// election. An ordered clock: by the time alone the call is to learn that there is a next value, which the library's
/// clocks do not tell.
#[test]
fn a_caller_learns_of_the_next_value_after_it_looked() {
    preempting(3, || {
        let (time, told) = (ModelClock::ordered(), Arc::new(AtomicU64::new(0)));
        let clock = Confidant { time: time.clone(), thread: thread::current().id(), told: Arc::clone(&told) };
        let cell = Arc::new(DogpileCell::builder().clock(clock).build().unwrap());
        cell.invalidate();
        let setter = setter(&cell, 2);
        let witness = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                if cell.get().is_some() {
                    time.set(10);
                }
            }
        });
        let _ = cell.get_or_regen(|| {
            assert!(told.load(Relaxed) < 10, "elected although it knew of something newer");
            Value::new(3)
        });
        setter.join().unwrap();
        witness.join().unwrap();
    });
}

#[test]
fn a_value_set_beside_an_election_is_not_made_again_by_the_next_call() {
    exhaustively(|| {
        let cell = stale();
        let origin = Origin::new(2);
        let setter = setter(&cell, 3);
        let _ = cell.get_or_regen(|| origin.create());
        let _ = cell.get_or_regen(|| origin.create());
        setter.join().unwrap();
        assert!(origin.runs() <= 1, "after the first call the value is fresh, whoever made it");
        assert_eq!(cell.get().unwrap().number(), 3);
    });
}
