//! Panics in what the user gave: no poisoning, nothing stuck; beside a value that can be served they throttle
//! the next attempt as errors do. With waiters: see `waiting`.

use crate::support::{Flight, RETRY, TTL, cell, crash, crashes, not_due};
use crate::ways::{By, each_way};
use dogpile::clock::ManualClock;
use dogpile::{DogpileCell, Guard, Lifetime};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

#[test]
fn the_panic_goes_on_and_the_empty_cell_works_after_it() {
    each_way(|way| {
        let (cell, _clock) = cell();
        for _ in 0..3 {
            assert!(crashes(|| cell.by(way).get_or_regen(crash::<u32>)));
            assert!(!cell.is_regenerating());
            assert!(cell.get().is_none());
        }
        assert_eq!(
            Guard::version(&cell.by(way).get_or_regen(|| 1)),
            1,
            "an attempt that failed takes no version"
        );
    });
}

#[test]
fn its_payload_arrives_as_it_was() {
    each_way(|way| {
        let (cell, _clock) = cell::<u32>();
        let payload =
            catch_unwind(AssertUnwindSafe(|| cell.by(way).get_or_regen(|| std::panic::panic_any(42_u8))));
        assert_eq!(payload.unwrap_err().downcast_ref(), Some(&42_u8));
    });
}

#[test]
fn a_stale_value_is_served_on_and_the_next_attempt_is_throttled() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        assert!(crashes(|| cell.by(way).get_or_regen(crash)));
        let seen = cell.get().unwrap();
        assert_eq!((*seen, Guard::version(&seen), Guard::age(&seen)), (1, 1, TTL), "it keeps its true age");
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1);
        assert!(cell.try_lead().is_none());
        assert!(cell.last_error().is_none(), "a panic is no error");
        clock.advance(RETRY);
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2);
    });
}

#[test]
fn a_stale_value_is_served_while_the_leader_fails() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let flight = Flight::take_off_by(&cell, way);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1);
        flight.crash();
        assert_eq!(*cell.get().unwrap(), 1);
        clock.advance(RETRY);
        let next = Flight::take_off_by(&cell, way);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1);
        assert_eq!(Guard::version(&next.land(2)), 2);
    });
}

#[test]
fn lifetime_of_may_panic_like_the_creation_function() {
    each_way(|way| {
        let broken = Arc::new(AtomicBool::new(true));
        let clock = ManualClock::new();
        let switch = Arc::clone(&broken);
        let builder = DogpileCell::builder()
            .lifetime_of(move |_: &u32| if switch.load(Relaxed) { crash() } else { Lifetime::fresh_for(TTL) })
            .clock(clock.clone());
        let cell = Arc::new(builder.build().unwrap());

        assert!(crashes(|| cell.by(way).get_or_regen(|| 1)));
        assert!(crashes(|| cell.set(1)));
        assert!(cell.get().is_none());
        assert!(!cell.is_regenerating());

        broken.store(false, Relaxed);
        assert_eq!(Guard::version(&cell.by(way).get_or_regen(|| 2)), 1);
        clock.advance(TTL);
        broken.store(true, Relaxed);
        assert!(crashes(|| cell.by(way).get_or_regen(|| 3)));
        assert!(crashes(|| cell.set(3)));
        assert_eq!(
            *cell.by(way).get_or_regen(not_due),
            2,
            "the attempt failed, and the next one is throttled"
        );
        let served = cell.get().unwrap();
        assert_eq!((*served, Guard::version(&served), Guard::is_stale(&served)), (2, 1, true));
    });
}

/// A value whose `Drop` panics, if it is armed.
struct Bomb {
    number: u32,
    armed: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.armed {
            crash::<()>();
        }
    }
}

fn armed(number: u32) -> Bomb {
    Bomb { number, armed: true }
}

fn harmless(number: u32) -> Bomb {
    Bomb { number, armed: false }
}

#[test]
fn a_drop_that_panics_in_set_does_so_after_the_publication() {
    let (cell, _clock) = cell();
    cell.set(armed(1));
    assert!(crashes(|| cell.set(harmless(2))));
    let seen = cell.get().unwrap();
    assert_eq!((seen.number, Guard::version(&seen)), (2, 2));
}

#[test]
fn a_drop_that_panics_in_invalidate_does_so_after_it() {
    let (cell, _clock) = cell();
    let version = cell.set(armed(1));
    assert!(crashes(|| cell.invalidate()));
    assert!(cell.get().is_none());
    cell.set(armed(3));
    assert!(!cell.invalidate_if(version));
    assert!(crashes(|| cell.invalidate_if(version + 2)));
    assert!(cell.get().is_none());
    assert_eq!(cell.get_or_regen(|| harmless(5)).number, 5);
}

#[test]
fn a_drop_that_panics_under_the_leader_does_so_after_the_publication() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(armed(1));
        clock.advance(TTL);
        assert!(crashes(|| cell.by(way).get_or_regen(|| harmless(2))));
        assert!(!cell.is_regenerating());
        let seen = cell.by(way).get_or_regen(not_due);
        assert_eq!((seen.number, Guard::version(&seen)), (2, 2));

        let value = Arc::downgrade(&Guard::into_arc(seen));
        drop(cell);
        assert!(value.upgrade().is_none(), "the guard that the leader never got keeps the new value alive");
    });
}

#[test]
fn a_drop_that_panics_under_a_reader_is_that_readers_own() {
    let (cell, _clock) = cell();
    cell.set(armed(1));
    let last = cell.get().unwrap();
    cell.set(harmless(2));
    assert!(crashes(move || drop(last)));
    assert_eq!(cell.get().unwrap().number, 2);
}

/// The value that panics is on its way out when the lease is given up.
#[test]
fn a_result_that_cannot_be_published_and_panics_is_no_trouble() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let flight = Flight::take_off_by(&cell, way);
        cell.set(harmless(1));
        let late = flight.land(armed(9));
        assert_eq!(late.number, 9);
        assert!(crashes(move || drop(late)));
        assert_eq!(cell.by(way).get_or_regen(not_due).number, 1);
    });
}

/// A panic does not disturb what other panics left behind: one cell, every source in turn.
#[test]
fn the_cell_is_unwind_safe() {
    let never = Duration::ZERO;
    let cell = DogpileCell::builder().time_to_live(never).retry_backoff(never, never).build().unwrap();
    for round in 1..100 {
        assert!(catch_unwind(|| cell.get_or_regen(crash::<u32>)).is_err());
        assert_eq!(*cell.get_or_regen(|| round), round);
    }
    assert_eq!(Guard::version(&cell.get().unwrap()), 99);
}
