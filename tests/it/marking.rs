//! `mark_stale`: a mark is never lost, and never causes more than it asks for.

use crate::support::{Flight, RETRY, TTL, WINDOW, cell, cell_that, cell_with, not_due, spawn};
use dogpile::clock::{Instant, ManualClock};
use dogpile::{DogpileCell, Guard, Lease};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Duration;

#[test]
fn a_marked_value_stays_servable_and_is_due() {
    let (cell, _clock) = cell();
    cell.set(1);
    cell.mark_stale();
    let guard = cell.get().unwrap();
    assert_eq!((*guard, Guard::version(&guard), Guard::is_stale(&guard)), (1, 1, true));
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    assert_eq!(*cell.get_or_regen(not_due), 2, "the mark is answered");
}

#[test]
fn many_marks_ask_for_one_value() {
    let (cell, _clock) = cell();
    cell.set(1);
    (0..20).for_each(|_| cell.mark_stale());
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    assert_eq!(*cell.get_or_regen(not_due), 2);
}

#[test]
fn a_mark_does_not_prolong_the_windows() {
    let (cell, clock) = cell();
    cell.set(1);
    cell.mark_stale();
    clock.advance(TTL + WINDOW - Duration::from_nanos(1));
    assert!(Guard::is_stale(&cell.get().unwrap()));
    clock.advance(Duration::from_nanos(1));
    assert!(cell.get().is_none());
    cell.mark_stale();
    assert!(cell.get().is_none());
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

#[test]
fn a_value_that_never_expires_can_be_marked() {
    let cell = DogpileCell::never_expires();
    cell.set(1);
    cell.mark_stale();
    assert!(Guard::is_stale(&cell.get().unwrap()));
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

#[test]
fn the_result_of_a_flight_that_was_marked_is_born_stale() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL);
    let flight = Flight::take_off(&cell);
    cell.mark_stale();
    let made = flight.land(2);
    assert_eq!((*made, Guard::version(&made), Guard::is_stale(&made)), (2, 2, true));
    let seen = cell.get().unwrap();
    assert_eq!((*seen, Guard::is_stale(&seen)), (2, true));
    assert_eq!(*cell.get_or_regen(|| 3), 3);
    assert_eq!(*cell.get_or_regen(not_due), 3);
}

#[test]
fn twenty_marks_in_flight_cause_one_further_regeneration() {
    let (cell, _clock) = cell();
    cell.set(1);
    cell.mark_stale();
    let flight = Flight::take_off(&cell);
    for _ in 0..20 {
        cell.mark_stale();
        assert_eq!(*cell.get_or_regen(not_due), 1, "one leader at a time");
    }
    let _ = flight.land(2);
    let creations = Cell::new(0);
    for _ in 0..20 {
        let _ = cell.get_or_regen(|| {
            creations.set(creations.get() + 1);
            3
        });
    }
    assert_eq!(creations.get(), 1);
}

/// Some marks come before the result, some at the same moment, some after it.
#[test]
fn marks_in_a_loop_cause_no_second_leader_and_one_further_regeneration() {
    let (cell, _clock) = cell();
    cell.set(1);
    cell.mark_stale();
    let flight = Flight::take_off(&cell);
    let (stop, stopped) = channel::<()>();
    let (began, first) = channel();
    let marker = {
        let cell = Arc::clone(&cell);
        spawn(move || {
            while let Err(TryRecvError::Empty) = stopped.try_recv() {
                cell.mark_stale();
                let _ = began.send(());
                assert!(cell.try_lead().is_none() || *cell.get().unwrap() == 2, "one leader at a time");
            }
        })
    };
    first.recv().unwrap(); // without a mark in the flight there is nothing to answer
    (0..1000).for_each(|_| assert_eq!(*cell.get_or_regen(not_due), 1));
    assert!(Guard::version(&flight.land(2)) == 2);
    drop(stop);
    marker.join();
    assert_eq!(*cell.get_or_regen(|| 3), 3);
    assert_eq!(*cell.get_or_regen(not_due), 3);
}

#[test]
fn the_first_creation_can_be_marked_too() {
    let (cell, _clock) = cell();
    let flight = Flight::take_off(&cell);
    cell.mark_stale();
    assert!(Guard::is_stale(&flight.land(1)));
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    assert_eq!(*cell.get_or_regen(not_due), 2);
}

#[test]
fn a_mark_on_an_empty_cell_does_nothing() {
    let (cell, _clock) = cell();
    cell.mark_stale(); // untouched
    assert!(cell.get().is_none());
    assert!(!Guard::is_stale(&cell.get_or_regen(|| 1)));
    cell.invalidate();
    cell.mark_stale(); // invalidated
    assert!(!Guard::is_stale(&cell.get_or_regen(|| 3)));
    assert_eq!(*cell.get_or_regen(not_due), 3);
}

#[test]
fn a_mark_goes_with_the_value_that_it_marked() {
    let (cell, _clock) = cell();
    cell.set(1);
    cell.mark_stale();
    cell.set(2);
    assert_eq!(*cell.get_or_regen(not_due), 2);

    cell.mark_stale();
    let flight = Flight::take_off(&cell);
    cell.mark_stale();
    cell.set(3);
    assert!(!Guard::is_stale(&flight.land(9)), "the mark was for the cell, not for this result");
    assert_eq!(*cell.get_or_regen(not_due), 3);
}

/// Each crash throttles the next attempt, so time has to pass before there is another leader.
#[test]
fn a_mark_outlives_the_crash_of_the_leader() {
    let (cell, clock) = cell_with(Duration::MAX, WINDOW);
    cell.set(1);
    cell.mark_stale();
    Flight::take_off(&cell).crash(); // it took the mark up, but did not answer it
    assert!(Guard::is_stale(&cell.get().unwrap()));

    clock.advance(RETRY);
    let flight = Flight::take_off(&cell);
    cell.mark_stale();
    flight.crash();
    assert!(Guard::is_stale(&cell.get().unwrap()));
    clock.advance(RETRY * 2);
    let answer = cell.get_or_regen(|| 2);
    assert_eq!((*answer, Guard::is_stale(&answer)), (2, false), "the one creation came after both marks");
}

#[test]
fn a_mark_outlives_a_leader_that_panics_and_a_clock_that_goes_back() {
    let (cell, clock) = cell_that(|cell| cell.retry_backoff(Duration::ZERO, Duration::ZERO));
    cell.set(1);
    clock.advance(TTL);
    let flight = Flight::take_off(&cell);
    cell.mark_stale();
    flight.crash();
    clock.set(Instant::from_nanos(0));
    assert!(Guard::is_stale(&cell.get().unwrap()));
    clock.advance(TTL); // a throttle of no time has passed when it is as late as at the crash
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

/// The value is due anyway; only the next attempt is late.
#[test]
fn a_mark_does_not_lift_a_throttle() {
    let (cell, clock) = cell();
    cell.set(1);
    cell.mark_stale();
    cell.try_lead().unwrap().fail("the origin is down");
    cell.mark_stale();
    assert_eq!(*cell.get_or_regen(not_due), 1);
    assert!(cell.try_lead().is_none());
    clock.advance(RETRY);
    let answer = cell.get_or_regen(|| 2);
    assert_eq!((*answer, Guard::is_stale(&answer)), (2, false));
}

#[test]
fn the_end_of_an_attempt_that_failed_hands_the_mark_on() {
    let (cell, clock) = cell_with(Duration::MAX, WINDOW);
    for end in [drop, |lease: Lease<&DogpileCell<u32, ManualClock>>| lease.fail("down")] {
        cell.set(1);
        cell.mark_stale();
        let lease = cell.try_lead().unwrap();
        cell.mark_stale();
        end(lease);
        clock.advance(RETRY);
        assert!(!Guard::is_stale(&cell.get_or_regen(|| 2)), "it began after the mark");
        assert!(!Guard::is_stale(&cell.get().unwrap()));
    }
}
