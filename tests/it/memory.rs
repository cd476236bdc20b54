//! Every value is dropped exactly once, as soon as nobody can reach it; and what a cell takes.

use crate::support::{Flight, TTL, cell, cell_that, crash, crashes};
use dogpile::Guard;
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
    let arc = Guard::into_arc(guard);
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

/// What `lifetime_of` refuses by a panic is dropped, whoever made it.
#[test]
fn a_value_that_could_not_be_published_is_dropped() {
    let count = Arc::new(Count::default());
    let cell = dogpile::DogpileCell::builder().lifetime_of(|_: &Counted| crash()).build().unwrap();
    assert!(crashes(|| cell.get_or_regen(|| count.make())));
    assert!(crashes(|| cell.set(count.make())));
    assert_eq!(count.state(), (2, 0));
}

/// Sizes that a user may count on not to grow unnoticed. Of a cell, a third is counters, and as much again is between
/// them and what readers look at.
#[test]
#[cfg(target_pointer_width = "64")]
fn sizes() {
    use dogpile::clock::{Instant, ManualClock};
    use dogpile::{CellBuilder, DogpileCell, Guard, Lease, OwnedLease, RegenError};
    use std::mem::size_of;

    assert_eq!(size_of::<DogpileCell<u64>>(), 384);
    assert_eq!(size_of::<DogpileCell<[u8; 4096]>>(), size_of::<DogpileCell<u64>>(), "values are elsewhere");
    assert_eq!(size_of::<DogpileCell<u64, ManualClock>>(), size_of::<DogpileCell<u64>>(), "there is room");
    assert_eq!(size_of::<Guard<u64>>(), 32);
    assert_eq!(size_of::<Guard<[u8; 4096]>>(), size_of::<Guard<u64>>());
    assert_eq!(size_of::<Option<Guard<u64>>>(), size_of::<Guard<u64>>(), "`None` takes no room of its own");
    assert_eq!(size_of::<Instant>(), 8);
    assert_eq!(size_of::<Lease<&DogpileCell<u64>>>(), 32);
    assert_eq!(size_of::<OwnedLease<u64>>(), size_of::<Lease<&DogpileCell<u64>>>());
    assert_eq!(size_of::<RegenError>(), 24);
    assert_eq!(size_of::<Result<Guard<u64>, RegenError>>(), size_of::<Guard<u64>>(), "nor does an error");
    assert!(size_of::<CellBuilder<u64>>() <= 160);
}

#[test]
fn a_deposed_leader_keeps_only_what_it_set_out_to_replace() {
    let count = Arc::new(Count::default());
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(TTL));
    cell.set(count.make());
    cell.mark_stale();
    let stuck = cell.try_lead().unwrap();
    clock.advance(TTL);
    let second = cell.try_lead().unwrap();
    clock.advance(TTL * 2);
    drop(cell.try_lead().unwrap().publish(count.make()));
    assert_eq!(count.state(), (2, 2));
    assert!(second.publish(count.make()).is_err());
    assert_eq!(count.state(), (3, 2), "the late result died at once");
    drop(stuck);
    assert_eq!(count.state(), (3, 1));
    drop(cell);
    assert_eq!(count.state(), (3, 0));
}

/// Counts how many hold it.
#[derive(Debug)]
struct Failed(#[allow(dead_code)] Arc<()>);
impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}
impl std::error::Error for Failed {}

#[test]
fn an_error_dies_with_the_throttle_and_with_who_got_it() {
    let cause: Arc<()> = Arc::new(());
    let (cell, _clock) = cell::<u32>();
    let error = cell.try_get_or_regen(|| Err(Failed(Arc::clone(&cause)))).unwrap_err();
    assert_eq!(Arc::strong_count(&cause), 2, "clones share it");
    cell.set(1);
    assert_eq!(Arc::strong_count(&cause), 2);
    drop(error);
    assert_eq!(Arc::strong_count(&cause), 1);
}
