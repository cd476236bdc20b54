//! Every value is dropped exactly once, as soon as nobody can reach it; and what a cell takes.

use crate::support::{Flight, TTL, cell, crash, crashes};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// How many values were made, and how many dropped.
#[derive(Default)]
struct Count {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

/// Owns heap memory, so that a sanitizer sees a double drop, a late use or a leak as well.
struct Counted {
    count: Arc<Count>,
    _heap: Box<usize>,
}

impl Count {
    fn make(self: &Arc<Self>) -> Counted {
        let number = self.made.fetch_add(1, SeqCst);
        Counted { count: Arc::clone(self), _heap: Box::new(number) }
    }

    /// Values made, and values still alive.
    fn state(&self) -> (usize, usize) {
        let (made, dropped) = (self.made.load(SeqCst), self.dropped.load(SeqCst));
        (made, made.checked_sub(dropped).expect("a value was dropped twice"))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count.dropped.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_value_dies_as_soon_as_it_is_replaced() {
    let count = Arc::new(Count::default());
    let (cell, clock) = cell();
    cell.set(count.make());
    cell.set(count.make());
    assert_eq!(count.state(), (2, 1));
    clock.advance(TTL);
    let _ = cell.get_or_regen(|| count.make());
    assert_eq!(count.state(), (3, 1));
    cell.invalidate();
    assert_eq!(count.state(), (3, 0));
    let version = cell.set(count.make());
    assert!(cell.invalidate_if(version));
    assert_eq!(count.state(), (4, 0));
}

#[test]
fn a_value_dies_with_the_cell() {
    let count = Arc::new(Count::default());
    let (cell, _clock) = cell();
    cell.set(count.make());
    drop(cell);
    assert_eq!(count.state(), (1, 0));
}

#[test]
fn a_guard_or_an_arc_keeps_its_value_alive_and_no_other() {
    let count = Arc::new(Count::default());
    let (cell, _clock) = cell();
    cell.set(count.make());
    let guard = cell.get().unwrap();
    cell.set(count.make());
    assert_eq!(count.state(), (2, 2));
    let arc = guard.into_arc();
    cell.set(count.make());
    assert_eq!(count.state(), (3, 2));
    drop(arc);
    assert_eq!(count.state(), (3, 1));
    drop(cell);
    assert_eq!(count.state(), (3, 0));
}

#[test]
fn a_superseded_result_dies_with_its_leaders_guard() {
    let count = Arc::new(Count::default());
    let (cell, _clock) = cell();
    cell.set(count.make());
    cell.mark_stale();
    let flight = Flight::take_off(&cell);
    cell.set(count.make());
    assert_eq!(count.state(), (2, 2), "the leader still holds what it set out to replace");
    let late = flight.land(count.make());
    assert_eq!(count.state(), (3, 2), "the first value is gone");
    drop(late);
    assert_eq!(count.state(), (3, 1));
    drop(cell);
    assert_eq!(count.state(), (3, 0));
}

#[test]
fn a_panic_keeps_nothing_alive() {
    let count = Arc::new(Count::default());
    let (cell, _clock) = cell();
    cell.set(count.make());
    cell.mark_stale();
    assert!(crashes(|| cell.get_or_regen(|| {
        let _lost = count.make();
        crash()
    })));
    assert_eq!(count.state(), (2, 1));
    cell.set(count.make());
    assert_eq!(count.state(), (3, 1));
    drop(cell);
    assert_eq!(count.state(), (3, 0));
}

/// What `time_to_live_of` refuses by a panic is dropped, whoever made it.
#[test]
fn a_value_that_could_not_be_published_is_dropped() {
    let count = Arc::new(Count::default());
    let cell = dogpile::DogpileCell::builder().time_to_live_of(|_: &Counted| crash()).build().unwrap();
    assert!(crashes(|| cell.get_or_regen(|| count.make())));
    assert!(crashes(|| cell.set(count.make())));
    assert_eq!(count.state(), (2, 0));
}

/// Sizes that a user may count on not to grow unnoticed.
#[test]
#[cfg(target_pointer_width = "64")]
fn sizes() {
    use dogpile::{Builder, DogpileCell, Guard, Instant, ManualClock};
    use std::mem::size_of;

    assert_eq!(size_of::<DogpileCell<u64>>(), 64);
    assert_eq!(size_of::<DogpileCell<[u8; 4096]>>(), size_of::<DogpileCell<u64>>(), "values are elsewhere");
    assert_eq!(size_of::<DogpileCell<u64, ManualClock>>(), size_of::<DogpileCell<u64>>() + 8);
    assert_eq!(size_of::<Guard<u64>>(), 32);
    assert_eq!(size_of::<Guard<[u8; 4096]>>(), size_of::<Guard<u64>>());
    assert_eq!(size_of::<Option<Guard<u64>>>(), size_of::<Guard<u64>>(), "`None` takes no room of its own");
    assert_eq!(size_of::<Instant>(), 8);
    assert!(size_of::<Builder<u64>>() <= 128);
}
