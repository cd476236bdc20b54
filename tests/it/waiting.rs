//! Callers for whom there is nothing to serve: they sleep, and wake with what is published.

use crate::support::{
    self, Flight, STUCK, Shared, TTL, Task, WINDOW, WatchedClock, counted_waiters, crash, not_due,
    watched_cell,
};
use crate::ways::{By, Way, each_way};
use dogpile::Guard;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::{Duration, Instant};

const WAITERS: usize = 8;

type Waiters = Vec<Task<Guard<u32>>>;

/// Callers that find a leader at work and nothing to serve; returns when all of them wait.
fn waiters(cell: &Shared<u32, WatchedClock>, clock: &WatchedClock, way: Way) -> Waiters {
    support::waiters(cell, clock, WAITERS, move |cell| cell.by(way).get_or_regen(not_due))
}

fn all_get(waiters: Waiters, value: u32, version: u64) {
    for waiter in waiters {
        let guard = waiter.join();
        assert_eq!((*guard, Guard::version(&guard)), (value, version));
    }
}

#[test]
fn the_first_callers_all_get_the_one_first_value() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, way);
        let _ = flight.land(1);
        all_get(waiters, 1, 1);
    });
}

#[test]
fn callers_of_an_expired_value_wait_for_the_next() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        cell.set(1);
        clock.time.advance(TTL + WINDOW);
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, way);
        let _ = flight.land(2);
        all_get(waiters, 2, 2);
    });
}

#[test]
fn callers_of_an_invalidated_value_wait_for_the_next() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        cell.set(1);
        cell.invalidate();
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, way);
        let _ = flight.land(3);
        all_get(waiters, 3, 3);
    });
}

/// The value is expired as soon as it is there; yet it was published after the waiters came, so it
/// answers them. Otherwise they would become leaders one after the other.
#[test]
fn without_any_time_to_live_one_creation_is_enough_for_all_who_wait() {
    each_way(|way| {
        let never = Duration::ZERO;
        let (cell, clock) = watched_cell(|cell| cell.time_to_live(never).stale_while_revalidate(never));
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, way);
        let made = flight.land(1);
        assert!(Guard::is_stale(&made));
        for waiter in waiters {
            let guard = waiter.join();
            assert_eq!((*guard, Guard::version(&guard), Guard::is_stale(&guard)), (1, 1, true));
        }
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2, "for who comes later it is no answer");
    });
}

/// What they get may have expired before they came to read it.
#[test]
fn waiters_get_what_was_published_even_if_it_is_old_by_now() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, way);
        let made = flight.land(1);
        clock.time.advance(TTL + WINDOW);
        assert!(!Guard::is_stale(&made));
        all_get(waiters, 1, 1);
    });
}

#[test]
fn set_wakes_the_waiters_with_its_value() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, way);
        assert_eq!(cell.set(7), 1);
        all_get(waiters, 7, 1);
        let late = flight.land(1);
        assert_eq!((*late, Guard::version(&late)), (1, 0));
        assert_eq!(*cell.get().unwrap(), 7);
    });
}

#[test]
fn after_an_invalidation_the_waiters_elect_one_of_themselves() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let creations = Arc::default();
        let waiters = counted_waiters(&cell, &clock, WAITERS, way, 5, &creations);
        cell.invalidate();
        all_get(waiters, 5, 2);
        assert_eq!(creations.load(Relaxed), 1);
        assert_eq!(*flight.land(1), 1);
        assert_eq!(*cell.get().unwrap(), 5, "the first leader is superseded");
    });
}

#[test]
fn after_a_panic_exactly_one_waiter_goes_on_as_leader() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let creations = Arc::default();
        let waiters = counted_waiters(&cell, &clock, WAITERS, way, 5, &creations);
        flight.crash();
        all_get(waiters, 5, 1);
        assert_eq!(creations.load(Relaxed), 1);
    });
}

/// Leader after leader panics, until nobody is left who waits: each panic goes on in one thread, and
/// wakes the others.
#[test]
fn if_each_leader_panics_each_caller_leads_once() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let callers = support::waiters(&cell, &clock, WAITERS, move |cell| cell.by(way).get_or_regen(crash));
        flight.crash();
        for caller in callers {
            assert!(caller.outcome().is_err());
        }
        assert_eq!(Guard::version(&cell.by(way).get_or_regen(|| 9)), 1);
    });
}

/// Who sleeps does not look at the clock. Real time, since what is tested is that nothing happens in it; on a slow
/// machine the last of them take longer to fall asleep.
#[test]
fn waiters_neither_spin_nor_poll() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, way);
        let began = Instant::now();
        let mut looks = clock.looks();
        loop {
            sleep(Duration::from_millis(100));
            let more = clock.looks() - looks;
            if more == 0 {
                break;
            }
            assert!(began.elapsed() < STUCK, "they looked {more} times within 100 ms");
            looks += more;
        }
        let _ = flight.land(1);
        all_get(waiters, 1, 1);
    });
}
