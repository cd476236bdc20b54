//! Reads through a reader: each row of the crate page's table, what a reader keeps alive, and what goes wrong
//! in its creation function.

use crate::support::{
    ASKED_AGAIN, Flight, RETRY, Shared, TICK, TTL, TryFlight, WINDOW, WatchedClock, cell, cell_that, crash,
    crashes, is_same_failure, not_due, not_due_either, spawn, waiters, watched_cell,
};
use crate::ways::Way;
use dogpile::clock::ManualClock;
use dogpile::{Freshness, Guard, OwnedReader, RegenError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

type Made = Result<u32, &'static str>;

/// What the last call returned: value, version, freshness, age.
fn last<T: Copy>(reader: &OwnedReader<T, ManualClock>) -> Option<(T, u64, Freshness, Duration)> {
    reader.last().map(|guard| (*guard, Guard::version(&guard), Guard::freshness(&guard), Guard::age(&guard)))
}

#[test]
fn a_fresh_value_is_served() {
    let (cell, clock) = cell();
    cell.set(1);
    let mut reader = cell.reader_owned();
    clock.advance(TTL - TICK);
    assert_eq!(*reader.get_or_regen(not_due), 1);
    assert_eq!(*reader.try_get_or_regen(not_due_either).unwrap(), 1);
    assert_eq!(reader.get(), Some(&1));
    assert_eq!(last(&reader), Some((1, 1, Freshness::Fresh, TTL - TICK)));
}

#[test]
fn a_stale_value_is_renewed_by_the_reader_that_asks() {
    let (cell, clock) = cell();
    cell.set(1);
    let mut reader = cell.reader_owned();
    for round in 2..5_u32 {
        clock.advance(TTL);
        assert_eq!(reader.get(), Some(&(round - 1)), "`get` never elects");
        assert_eq!(last(&reader), Some((round - 1, u64::from(round) - 1, Freshness::Stale, TTL)));
        assert_eq!(*reader.get_or_regen(|| round), round);
        assert_eq!(last(&reader), Some((round, u64::from(round), Freshness::Fresh, Duration::ZERO)));
    }
}

#[test]
fn a_stale_value_is_served_while_a_leader_works_and_then_the_new_one() {
    let (cell, clock) = cell();
    cell.set(1);
    let mut reader = cell.reader_owned();
    clock.advance(TTL);
    let flight = Flight::take_off(&cell);
    assert_eq!(*reader.get_or_regen(not_due), 1);
    assert_eq!(*reader.try_get_or_regen(not_due_either).unwrap(), 1);
    assert_eq!(reader.get(), Some(&1));
    assert_eq!(last(&reader), Some((1, 1, Freshness::Stale, TTL)));
    let _ = flight.land(2);
    assert_eq!(*reader.get_or_regen(not_due), 2);
}

#[test]
fn past_its_lease_the_leader_is_taken_over_by_a_reader() {
    let (cell, clock) = cell_that(|builder| builder.lease_timeout(TICK * 9));
    cell.set(1);
    let mut reader = cell.reader_owned();
    clock.advance(TTL);
    let flight = Flight::take_off(&cell);
    clock.advance(TICK * 9);
    assert_eq!(*reader.get_or_regen(|| 3), 3);
    assert_eq!(*flight.land(2), 2);
    assert_eq!(*reader.get_or_regen(not_due), 3);
}

#[test]
fn a_stale_value_is_served_while_a_failure_is_throttled() {
    let (cell, clock) = cell();
    cell.set(1);
    let mut reader = cell.reader_owned();
    clock.advance(TTL);
    assert_eq!(*reader.try_get_or_regen(|| Made::Err("down")).unwrap(), 1);
    assert_eq!(last(&reader), Some((1, 1, Freshness::Stale, TTL)));
    assert_eq!(*reader.try_get_or_regen(not_due_either).unwrap(), 1);
    assert_eq!(*reader.get_or_regen(not_due), 1);
    clock.advance(RETRY);
    assert_eq!(*reader.get_or_regen(|| 2), 2);
}

#[test]
fn nothing_to_serve_and_nobody_at_work_elects_the_reader() {
    let (cell, clock) = cell();
    let mut reader = cell.reader_owned();
    assert_eq!((reader.get().is_none(), last(&reader)), (true, None));
    assert_eq!(*reader.get_or_regen(|| 1), 1);
    clock.advance(TTL + WINDOW);
    assert_eq!((reader.get().is_none(), last(&reader)), (true, None), "expired");
    assert_eq!(*reader.try_get_or_regen(|| Made::Ok(2)).unwrap(), 2);
    cell.invalidate();
    assert_eq!((reader.get().is_none(), last(&reader)), (true, None), "invalidated");
    assert_eq!(*reader.get_or_regen(|| 3), 3);
    assert_eq!(last(&reader), Some((3, 4, Freshness::Fresh, Duration::ZERO)));
}

#[test]
fn nothing_to_serve_and_a_leader_at_work_is_waited_for() {
    let (cell, clock) = watched_cell(|builder| builder);
    let flight = Flight::take_off(&cell);
    let read = |cell: &Shared<u32, WatchedClock>| *cell.reader_owned().get_or_regen(not_due);
    let waiting = waiters(&cell, &clock, 2, read);
    let _ = flight.land(7);
    assert!(waiting.into_iter().all(|reader| reader.join() == 7));
}

#[test]
fn a_reader_waits_no_longer_than_the_wait_timeout() {
    let (cell, _clock) = cell_that(|builder| builder.wait_timeout(Duration::ZERO));
    let flight = Flight::take_off(&cell);
    let mut reader = cell.reader_owned();
    assert!(matches!(reader.try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)));
    assert!(reader.last().is_none());
    let _ = flight.land(1);
    assert_eq!(reader.get(), Some(&1));
}

#[test]
fn nothing_to_serve_and_a_failure_being_throttled_is_an_error() {
    let (cell, _clock) = cell();
    let mut reader = cell.reader_owned();
    let first = TryFlight::<u32>::take_off_by(&cell, Way::Thread).end(Err("down")).unwrap_err();
    let second = reader.try_get_or_regen(not_due_either).unwrap_err();
    assert!(is_same_failure(&first, &second) && reader.last().is_none());
    assert_eq!(*reader.get_or_regen(|| 1), 1, "has no error to return, so it tries");
}

#[test]
fn what_changes_the_cell_is_seen_by_the_next_read() {
    let (cell, _clock) = cell();
    let mut reader = cell.reader_owned();
    cell.set(1);
    assert_eq!(reader.get(), Some(&1));
    cell.mark_stale();
    assert!(reader.get().is_some() && Guard::is_stale(&reader.last().unwrap()));
    assert_eq!(*reader.get_or_regen(|| 2), 2);
    assert!(cell.invalidate_if(2));
    assert_eq!(reader.get(), None);
    cell.set(3);
    assert_eq!(reader.get(), Some(&3));
    cell.mark_stale();
    let _ = cell.try_lead().unwrap().renew();
    assert_eq!(*reader.get_or_regen(not_due), 3);
    assert_eq!(Guard::version(&reader.last().unwrap()), 5, "renewed");
}

#[test]
fn one_regeneration_for_two_readers() {
    let (cell, clock) = cell();
    let (mut one, mut other) = (cell.reader_owned(), cell.reader());
    assert_eq!((*one.get_or_regen(|| 1), *other.get_or_regen(not_due)), (1, 1));
    clock.advance(TTL);
    assert_eq!((*other.get_or_regen(|| 2), *one.get_or_regen(not_due)), (2, 2));
}

#[test]
fn a_guard_of_the_last_read_stays_as_it_was() {
    let (cell, clock) = cell();
    cell.set(1);
    let mut reader = cell.reader_owned();
    assert!(reader.last().is_none(), "no call yet");
    let _ = reader.get();
    clock.advance(TTL);
    cell.set(2);
    assert_eq!(last(&reader), Some((1, 1, Freshness::Fresh, Duration::ZERO)), "it does not look");
    let guard = reader.last().unwrap();
    assert_eq!(reader.get(), Some(&2));
    assert_eq!((*guard, *Guard::into_arc(guard)), (1, 1));
}

#[test]
fn the_freshness_is_that_of_the_last_call() {
    let (cell, clock) = cell();
    cell.set(1);
    let mut reader = cell.reader_owned();
    assert_eq!(reader.freshness(), None, "no call yet");
    let _ = reader.get();
    clock.advance(TTL);
    assert_eq!(reader.freshness(), Some(Freshness::Fresh), "it does not look at the clock");
    let _ = reader.get();
    assert_eq!(reader.freshness(), Some(Freshness::Stale));
    clock.advance(WINDOW);
    assert!(reader.get().is_none());
    assert_eq!(reader.freshness(), None);
}

#[test]
fn a_mark_that_comes_after_the_last_call_shows() {
    let (cell, _clock) = cell();
    cell.set(1);
    let mut reader = cell.reader_owned();
    let _ = reader.get();
    cell.mark_stale();
    assert_eq!(reader.freshness(), Some(Freshness::Stale));
    assert!(Guard::is_stale(&reader.last().unwrap()));
}

/// A time to live and a window of nothing: the value is for the one call that made it.
#[test]
fn what_is_expired_when_it_is_made_is_stale() {
    let (cell, _clock) = cell_that(|builder| {
        builder
            .time_to_live(Duration::ZERO)
            .stale_while_revalidate(Duration::ZERO)
            .stale_if_error(Duration::ZERO)
    });
    let mut reader = cell.reader_owned();
    assert_eq!(*reader.get_or_regen(|| 1), 1);
    assert_eq!(last(&reader), Some((1, 1, Freshness::Stale, Duration::ZERO)));
    assert_eq!(reader.freshness(), Some(Freshness::Stale));
    assert_eq!(*reader.get_or_regen(|| 2), 2);
    assert!(reader.get().is_none());
    assert_eq!(reader.freshness(), None);
}

#[test]
fn a_superseded_result_is_for_one_call_only() {
    let (cell, _clock) = cell();
    let mut reader = cell.reader_owned();
    let made = Arc::new(2);
    let weak = Arc::downgrade(&made);
    assert_eq!(
        **reader.get_or_regen(|| {
            cell.set(Arc::new(1));
            made
        }),
        2
    );
    assert_eq!(Guard::version(&reader.last().unwrap()), 0, "that which it set out to replace");
    assert_eq!(**reader.get().unwrap(), 1);
    assert!(weak.upgrade().is_none());
}

/// A value, and whether it is alive.
fn watched() -> (Arc<u32>, Weak<u32>) {
    let value = Arc::new(1);
    let weak = Arc::downgrade(&value);
    (value, weak)
}

#[test]
fn a_value_lives_until_the_next_read() {
    let (cell, clock) = cell();
    let (value, weak) = watched();
    cell.set(value);
    let mut reader = cell.reader_owned();
    assert!(reader.get().is_some());
    cell.invalidate();
    assert!(weak.upgrade().is_some());
    assert!(reader.get().is_none());
    assert!(weak.upgrade().is_none());

    let (value, weak) = watched();
    cell.set(value);
    assert!(reader.get().is_some());
    clock.advance(TTL);
    let _ = reader.get_or_regen(|| Arc::new(2));
    assert!(weak.upgrade().is_none(), "who makes the next one keeps that alone");
}

#[test]
fn a_value_dies_with_the_last_reader_and_the_cell_with_an_owned_one() {
    let (cell, _clock) = cell();
    let (value, weak) = watched();
    cell.set(value);
    let mut reader = cell.reader_owned();
    let cell_is = Arc::downgrade(&cell);
    assert!(reader.get().is_some());
    drop(cell);
    assert!(reader.home().get().is_some());
    drop(reader);
    assert!(weak.upgrade().is_none() && cell_is.upgrade().is_none());
}

#[test]
fn a_panic_goes_on_and_the_reader_can_be_used_on() {
    let (cell, clock) = cell();
    let mut reader = cell.reader_owned();
    assert!(crashes(|| *reader.get_or_regen(crash)));
    assert_eq!((reader.get().is_none(), last(&reader)), (true, None));
    assert_eq!(*reader.get_or_regen(|| 1), 1);
    clock.advance(TTL);
    assert!(crashes(|| *reader.try_get_or_regen(crash::<Made>).unwrap()));
    assert!(reader.last().is_none(), "that call returned nothing");
    assert_eq!(*reader.get_or_regen(not_due), 1, "throttled");
}

/// A value whose `Drop` panics, if it is number 1.
struct Explosive(u32);

impl Drop for Explosive {
    fn drop(&mut self) {
        if self.0 == 1 && !std::thread::panicking() {
            crash::<()>();
        }
    }
}

#[test]
fn after_a_drop_that_panics_the_reader_looks_anew() {
    let (cell, _clock) = cell();
    cell.set(Explosive(1));
    let mut reader = cell.reader_owned();
    assert!(reader.get().is_some());
    cell.set(Explosive(2));
    assert!(crashes(|| reader.get().is_some()), "the reader was the last to hold it");
    assert!(reader.last().is_none());
    assert_eq!(reader.get_or_regen(not_due).0, 2);
}

#[test]
fn a_creation_function_that_asks_its_cell_is_served_or_told() {
    let (cell, clock) = cell();
    let mut reader = cell.reader_owned();
    let told = {
        let cell = Arc::clone(&cell);
        spawn(move || {
            let inner = || cell.reader().try_get_or_regen(not_due_either).copied();
            let made = reader.try_get_or_regen(inner).copied().unwrap_err();
            let panics = catch_unwind(AssertUnwindSafe(|| {
                *reader.get_or_regen(|| *cell.reader_owned().get_or_regen(not_due))
            }));
            (made, panics.unwrap_err().downcast::<String>().unwrap())
        })
        .join()
    };
    assert!(matches!(told.0.downcast_ref(), Some(RegenError::Reentrant)));
    assert!(told.1.contains(ASKED_AGAIN), "{}", told.1);
    cell.set(1);
    clock.advance(TTL);
    let mut reader = cell.reader_owned();
    assert_eq!(*reader.get_or_regen(|| cell.reader().get_or_regen(not_due) + 1), 2);
}

#[test]
fn a_reader_shows_what_it_last_returned() {
    let (cell, _clock) = cell();
    cell.set(1);
    let (mut reader, owned) = (cell.reader(), cell.reader_owned());
    let _ = reader.get();
    assert!(format!("{reader:?}").starts_with("Reader { last: Some(Guard { value: 1, freshness: Fresh"));
    assert_eq!(format!("{owned:?}"), "Reader { last: None, .. }");
}
