//! `try_lead`, and what can be done with a lease.

use crate::support::{
    Flight, LEASE, RETRY, Shared, TICK, TTL, WINDOW, cell, cell_that, crash, crashes, not_due,
    not_due_either, spawn, stale_cell, waiters, watched_cell,
};
use dogpile::clock::ManualClock;
use dogpile::{DogpileCell, Guard, Lease, Lifetime, OwnedLease, RegenError, RenewError, Superseded};
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn a_caller_is_elected_in_just_those_states_in_which_a_value_is_due() {
    let (cell, clock) = cell::<u32>();
    assert!(cell.try_lead().is_some(), "untouched");
    assert!(cell.try_lead().is_some(), "the first one was given up");
    let lease = cell.try_lead().unwrap();
    assert!(cell.try_lead().is_none(), "empty, a leader at work");
    let _ = lease.publish(1).unwrap();
    assert!(cell.try_lead().is_none(), "fresh");
    clock.advance(TTL - TICK);
    assert!(cell.try_lead().is_none(), "fresh to the last");
    clock.advance(TICK);
    let lease = cell.try_lead().expect("stale");
    assert!(cell.try_lead().is_none(), "stale, a leader at work");
    lease.fail("down");
    assert!(cell.try_lead().is_none(), "throttled");
    clock.advance(WINDOW);
    let lease = cell.try_lead().expect("expired");
    assert!(cell.try_lead().is_none(), "expired, a leader at work");
    drop(lease);
    cell.set(2);
    assert!(cell.try_lead().is_none());
    cell.mark_stale();
    assert!(cell.try_lead().is_some(), "marked");
    cell.invalidate();
    assert!(cell.try_lead().is_some(), "invalidated");
}

#[test]
fn try_lead_works_beside_creation_functions() {
    let (cell, clock) = cell();
    let flight = Flight::take_off(&cell);
    assert!(cell.try_lead().is_none());
    let _ = flight.land(1);
    clock.advance(TTL);
    let lease = cell.try_lead().unwrap();
    assert!(cell.is_regenerating());
    assert_eq!(*cell.get_or_regen(not_due), 1);
    assert_eq!(Guard::version(&lease.publish(2).unwrap()), 2);
    assert!(!cell.is_regenerating());
}

#[test]
fn previous_is_what_is_to_be_replaced_even_if_it_is_expired() {
    let (cell, clock) = cell();
    assert_eq!(cell.try_lead().unwrap().previous(), None);
    cell.set(1);
    clock.advance(TTL + WINDOW);
    assert!(cell.get().is_none());
    let lease = cell.try_lead().unwrap();
    assert_eq!(lease.previous().as_deref(), Some(&1));
    cell.set(2);
    assert_eq!(lease.previous().as_deref(), Some(&1), "still that which it set out to replace");
    cell.invalidate();
    assert_eq!(cell.try_lead().unwrap().previous(), None);
}

#[test]
fn publish_returns_what_is_there_from_now_on() {
    let (cell, clock) = stale_cell(|cell| cell);
    let lease = cell.try_lead().unwrap();
    clock.advance(TICK);
    let made = lease.publish(2).unwrap();
    assert_eq!(
        (*made, Guard::version(&made), Guard::is_stale(&made), Guard::age(&made)),
        (2, 2, false, Duration::ZERO)
    );
    clock.advance(TTL - TICK);
    assert_eq!(*cell.get_or_regen(not_due), 2);
}

#[test]
fn a_superseded_result_comes_back_as_it_was() {
    for supersede in
        [|cell: &Shared<Vec<u32>>| assert_eq!(cell.set(vec![7]), 1), |cell: &Shared<_>| cell.invalidate()]
    {
        let (cell, _clock) = cell();
        let lease = cell.try_lead().unwrap();
        supersede(&cell);
        let seen = cell.get().map(|seen| Guard::to_arc(&seen));
        let Superseded(value) = lease.publish(vec![1, 2]).unwrap_err();
        assert_eq!(value, [1, 2]);
        assert_eq!(cell.get().map(|seen| Guard::to_arc(&seen)), seen);
        assert_eq!(cell.stats().superseded, 1);
    }
    let message = Superseded(1).to_string();
    assert!(message.contains("use the result for yourself"), "{message}");
}

#[test]
fn renew_publishes_the_same_value_for_another_time_to_live() {
    let (cell, clock) = stale_cell(|cell| cell);
    let first = Guard::to_arc(&cell.get().unwrap());
    clock.advance(WINDOW * 2);
    let renewed = cell.try_lead().unwrap().renew().unwrap();
    assert_eq!(
        (Guard::version(&renewed), Guard::age(&renewed), Guard::is_stale(&renewed)),
        (2, Duration::ZERO, false)
    );
    assert!(Arc::ptr_eq(&Guard::to_arc(&renewed), &first));
    clock.advance(TTL - TICK);
    assert_eq!(Guard::version(&cell.get_or_regen(not_due)), 2);
    clock.advance(TICK);
    assert!(Guard::is_stale(&cell.get().unwrap()));
    assert!(!cell.invalidate_if(1), "it is another version");
}

/// The value says for how long it lives, each time anew.
#[test]
fn renew_asks_lifetime_of_once_more() {
    let clock = ManualClock::new();
    let secs = |secs: &u32| Duration::from_secs(u64::from(*secs));
    let cell = DogpileCell::builder()
        .lifetime_of(move |value| Lifetime::fresh_for(secs(value)))
        .clock(clock.clone())
        .build()
        .unwrap();
    cell.set(3);
    cell.mark_stale();
    assert!(!Guard::is_stale(&cell.try_lead().unwrap().renew().unwrap()));
    clock.advance(secs(&3) - TICK);
    assert!(!Guard::is_stale(&cell.get().unwrap()));
    clock.advance(TICK);
    assert!(Guard::is_stale(&cell.get().unwrap()));
}

#[test]
fn what_cannot_be_renewed_changes_nothing() {
    let (cell, _clock) = cell();
    assert_eq!(cell.try_lead().unwrap().renew().unwrap_err(), RenewError::Empty);
    assert!(!cell.is_regenerating(), "the lease is given up");
    cell.set(1);
    cell.mark_stale();
    let lease = cell.try_lead().unwrap();
    cell.set(2);
    assert_eq!(lease.renew().unwrap_err(), RenewError::Superseded);
    assert_eq!((*cell.get().unwrap(), Guard::version(&cell.get().unwrap())), (2, 2));
    for (error, advice) in [(RenewError::Empty, "`previous`"), (RenewError::Superseded, "newer")] {
        assert!(error.to_string().contains(advice), "{error}");
        assert!(error.source().is_none());
    }
}

/// What an error of a creation function does: see `throttle` and `errors`.
#[test]
fn fail_ends_the_attempt_as_an_error_of_a_creation_function_does() {
    let (cell, clock) = stale_cell(|cell| cell);
    cell.try_lead().unwrap().fail(std::io::Error::other("down"));
    let error = cell.last_error().unwrap();
    assert_eq!(error.downcast_ref::<std::io::Error>().unwrap().to_string(), "down");
    assert!(!cell.is_regenerating());
    assert_eq!(Guard::age(&cell.get_or_regen(not_due)), TTL);
    clock.advance(RETRY);
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    assert_eq!(cell.stats().failures, 1);
}

#[test]
fn fail_answers_the_waiters() {
    let (cell, clock) = watched_cell(|cell| cell);
    let lease = cell.try_lead().unwrap();
    let waiters = waiters(&cell, &clock, 8, |cell| cell.try_get_or_regen(not_due_either));
    lease.fail("down");
    for waiter in waiters {
        assert!(matches!(waiter.join(), Err(RegenError::Failed(_))));
    }
}

#[test]
fn fail_after_something_newer_has_no_effect() {
    let (cell, _clock) = stale_cell(|cell| cell);
    let lease = cell.try_lead().unwrap();
    cell.set(2);
    lease.fail("down");
    assert!(cell.last_error().is_none());
    assert!(!Guard::is_stale(&cell.get_or_regen(not_due)));
}

#[test]
fn extend_moves_the_end_of_the_lease_to_where_it_says() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(LEASE));
    cell.set(1);
    clock.advance(TTL);
    let lease = cell.try_lead().unwrap();
    for _ in 0..5 {
        clock.advance(LEASE - TICK);
        assert!(lease.extend(LEASE), "a heartbeat in time");
    }
    assert!(cell.try_lead().is_none());
    assert!(lease.extend(LEASE * 9));
    clock.advance(LEASE * 9 - TICK);
    assert!(cell.try_lead().is_none());
    assert!(lease.extend(TICK), "not earlier and not later");
    clock.advance(TICK);
    assert!(lease.extend(LEASE), "overrun, but not deposed: it may go on");
    assert!(cell.try_lead().is_none());
    assert!(lease.extend(Duration::ZERO));
    let successor = cell.try_lead().unwrap();
    assert!(!lease.extend(Duration::MAX), "deposed");
    clock.advance(LEASE * 2);
    assert!(cell.try_lead().is_some(), "it does not extend its successor's lease");
    drop((lease, successor));
}

#[test]
fn without_a_lease_timeout_extend_only_asks() {
    let (cell, clock) = stale_cell(|cell| cell);
    let lease = cell.try_lead().unwrap();
    assert!(lease.extend(Duration::ZERO));
    clock.advance(TICK);
    assert!(cell.try_lead().is_none());
    cell.set(2);
    assert!(!lease.extend(Duration::MAX));
}

#[test]
fn extend_by_more_than_there_is_time_is_for_ever() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(LEASE));
    let lease = cell.try_lead().unwrap();
    assert!(lease.extend(Duration::MAX));
    clock.advance(Duration::MAX);
    assert!(cell.try_lead().is_none());
    let _ = lease.publish(1).unwrap();
}

#[test]
fn a_dropped_lease_is_given_up_without_a_throttle() {
    let (cell, _clock) = stale_cell(|cell| cell);
    for _ in 0..3 {
        drop(cell.try_lead().unwrap());
        let seen = cell.get().unwrap();
        assert_eq!((*seen, Guard::version(&seen), Guard::age(&seen)), (1, 1, TTL));
        assert!(!cell.is_regenerating() && cell.last_error().is_none());
    }
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    let stats = cell.stats();
    assert_eq!((stats.failures, stats.panics, stats.superseded), (0, 0, 0));
}

#[test]
fn of_the_waiters_for_a_dropped_lease_exactly_one_goes_on() {
    let (cell, clock) = watched_cell(|cell| cell);
    let lease = cell.try_lead().unwrap();
    let creations = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&creations);
    let waiters = waiters(&cell, &clock, 8, move |cell| {
        let made = cell.try_get_or_regen(|| {
            counter.fetch_add(1, Relaxed);
            Ok::<_, String>(5)
        });
        *made.unwrap()
    });
    drop(lease);
    assert!(waiters.into_iter().all(|waiter| waiter.join() == 5));
    assert_eq!(creations.load(Relaxed), 1);
}

/// A lease whose `Drop` never runs holds the others up for as long as a leader that hangs.
#[test]
fn a_forgotten_lease_is_taken_over() {
    // As good as forgotten, and no leak to a sanitizer.
    static FORGOTTEN: Mutex<Vec<OwnedLease<u32, ManualClock>>> = Mutex::new(Vec::new());
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(LEASE));
    cell.set(1);
    clock.advance(TTL);
    FORGOTTEN.lock().unwrap().push(cell.try_lead_owned().unwrap());
    assert_eq!(*cell.get_or_regen(not_due), 1);
    clock.advance(LEASE);
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

/// A panic in the middle of the work drops the lease on its way.
#[test]
fn a_lease_that_unwinds_is_given_up() {
    let (cell, _clock) = stale_cell(|cell| cell);
    assert!(crashes(|| {
        let _lease = cell.try_lead().unwrap();
        crash::<()>();
    }));
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    assert_eq!(cell.stats().panics, 0, "nobody told the cell why");
}

#[test]
fn lifetime_of_that_panics_gives_the_lease_up() {
    let cell = DogpileCell::builder().lifetime_of(|_: &u32| crash()).build().unwrap();
    let lease = cell.try_lead().unwrap();
    assert!(crashes(|| lease.publish(1)));
    assert!(cell.try_lead().is_some());
}

#[test]
fn a_lease_of_a_static_cell_goes_to_any_thread() {
    static CELL: DogpileCell<String> = DogpileCell::never_expires();
    let lease: Lease<&'static DogpileCell<String>> = CELL.try_lead().unwrap();
    let version = spawn(move || Guard::version(&lease.publish("made elsewhere".to_owned()).unwrap())).join();
    assert_eq!((CELL.get().unwrap().as_str(), version), ("made elsewhere", 1));
}

#[test]
fn an_owned_lease_goes_to_any_thread_and_keeps_its_cell_alive() {
    let (cell, _clock) = cell();
    let lease: OwnedLease<u32, ManualClock> = cell.try_lead_owned().unwrap();
    assert!(cell.try_lead_owned().is_none() && cell.try_lead().is_none());
    let left = Arc::downgrade(&cell);
    drop(cell);
    let made = spawn(move || {
        assert!(lease.extend(TTL) && lease.previous().is_none());
        lease.publish(1).unwrap()
    })
    .join();
    assert!(left.upgrade().is_none(), "the lease was the last to hold it");
    assert_eq!(*made, 1);
}

#[test]
fn an_owned_lease_can_do_what_a_lease_can() {
    let (cell, clock) = stale_cell(|cell| cell);
    drop(cell.try_lead_owned().unwrap());
    let renewed = cell.try_lead_owned().unwrap().renew().unwrap();
    assert_eq!((*renewed, Guard::version(&renewed)), (1, 2));
    clock.advance(TTL);
    cell.try_lead_owned().unwrap().fail("down");
    assert!(cell.try_lead_owned().is_none(), "throttled");
    cell.mark_stale();
    clock.advance(RETRY);
    let lease = cell.try_lead_owned().unwrap();
    cell.invalidate();
    assert_eq!(lease.publish(9).unwrap_err(), Superseded(9));
}

/// A guard can outlive its cell; a lease that is not owned cannot, by its lifetime.
#[test]
fn a_lease_can_be_used_on_a_scoped_thread() {
    let (cell, _clock) = stale_cell(|cell| cell);
    let lease = cell.try_lead().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(lease.publish(2)));
    });
    assert_eq!(*cell.get().unwrap(), 2);
}
