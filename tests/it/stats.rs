//! What a cell counts, and that reads which are served are not counted.

use crate::hands::{Call, poll};
use crate::support::{
    Flight, RETRY, Shared, TICK, TTL, WINDOW, WatchedClock, cell, cell_that, crash, crashes, not_due,
    not_due_either, waiters, watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::clock::Instant;
use dogpile::{Demand, Stats};
use std::sync::mpsc::channel;
use std::time::Duration;

/// The eight counters, in the order of their declaration.
fn counts(stats: &Stats) -> [u64; 8] {
    [
        stats.creations,
        stats.regenerations,
        stats.failures,
        stats.panics,
        stats.given_up,
        stats.takeovers,
        stats.superseded,
        stats.waits,
    ]
}

#[test]
fn a_cell_begins_with_nothing() {
    let (cell, _clock) = cell::<u32>();
    assert_eq!(cell.stats(), Stats::default());
    assert_eq!(cell.stats().average_duration(), Duration::ZERO);
}

#[test]
fn a_value_for_an_empty_cell_is_a_creation_any_other_a_regeneration() {
    each_way(|way| {
        let (cell, clock) = cell();
        let _ = cell.by(way).get_or_regen(|| 1);
        assert_eq!(counts(&cell.stats()), [1, 0, 0, 0, 0, 0, 0, 0]);
        clock.advance(TTL);
        let _ = cell.by(way).get_or_regen(|| 2);
        clock.advance(TTL + WINDOW);
        let _ = cell.by(way).get_or_regen(|| 3);
        assert_eq!(counts(&cell.stats()), [1, 2, 0, 0, 0, 0, 0, 0], "an expired value is replaced, too");
        cell.mark_stale();
        let _ = cell.try_lead().unwrap().renew().unwrap();
        assert_eq!(counts(&cell.stats()), [1, 3, 0, 0, 0, 0, 0, 0]);
        cell.invalidate();
        let _ = cell.by(way).try_get_or_regen(|| Ok::<_, String>(4)).unwrap();
        assert_eq!(counts(&cell.stats()), [2, 3, 0, 0, 0, 0, 0, 0]);
    });
}

#[test]
fn reads_and_what_the_user_does_himself_are_not_counted() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        let _ = (cell.get(), cell.by(way).get_or_regen(not_due));
        clock.advance(TTL);
        let lease = cell.try_lead().unwrap();
        let _ = (cell.get(), cell.by(way).get_or_regen(not_due));
        drop(lease);
        cell.mark_stale();
        cell.invalidate();
        assert!(!cell.invalidate_if(9));
        assert_eq!(counts(&cell.stats()), [0, 0, 0, 0, 1, 0, 0, 0], "but for the lease");
    });
}

#[test]
fn failures_and_panics_are_attempts_in_vain() {
    each_way(|way| {
        let (cell, clock) = cell::<u32>();
        assert!(cell.by(way).try_get_or_regen(|| Err("down")).is_err());
        assert!(cell.by(way).try_get_or_regen(|| Err("throttled")).is_err());
        clock.advance(RETRY);
        assert!(crashes(|| cell.by(way).get_or_regen(crash)));
        assert_eq!(counts(&cell.stats()), [0, 0, 1, 1, 0, 0, 0, 0]);
        cell.set(1);
        clock.advance(TTL);
        cell.try_lead().unwrap().fail("down");
        clock.advance(RETRY);
        assert!(crashes(|| cell.by(way).get_or_regen(crash)));
        assert_eq!(counts(&cell.stats()), [0, 0, 2, 2, 0, 0, 0, 0]);
        assert_eq!(cell.stats().total_duration, Duration::ZERO, "only results have a duration");
    });
}

#[test]
fn results_that_came_too_late_are_superseded_and_nothing_else() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.lease_timeout(TTL));
        let flight = Flight::take_off_by(&cell, way);
        cell.set(1);
        clock.advance(TICK);
        let _ = flight.land(9);
        assert_eq!(counts(&cell.stats()), [0, 0, 0, 0, 0, 0, 1, 0]);
        cell.mark_stale();
        let lease = cell.try_lead().unwrap();
        clock.advance(TTL);
        let successor = cell.try_lead().unwrap();
        assert!(lease.renew().is_err());
        assert_eq!(counts(&cell.stats()), [0, 0, 0, 0, 0, 1, 2, 0]);
        assert_eq!(cell.stats().total_duration, Duration::ZERO);
        drop(successor);
    });
}

/// From the election to the publication, by the cell's clock.
#[test]
fn durations_are_those_of_the_results() {
    each_way(|way| {
        let (cell, clock) = cell();
        let slow = |time| {
            cell.mark_stale();
            let _ = cell.by(way).get_or_regen(|| clock.advance(time));
        };
        slow(Duration::from_millis(30));
        let stats = cell.stats();
        assert_eq!(
            (stats.last_duration, stats.average_duration()),
            (Duration::from_millis(30), Duration::from_millis(30))
        );
        slow(Duration::from_millis(10));
        let stats = cell.stats();
        assert_eq!(stats.last_duration, Duration::from_millis(10));
        assert_eq!(
            (stats.total_duration, stats.average_duration()),
            (Duration::from_millis(40), Duration::from_millis(20))
        );
        // To the last instant there is, where the clock stops.
        slow(Duration::MAX);
        let stats = cell.stats();
        let all = Duration::from_nanos(u64::MAX - 1);
        assert_eq!((stats.last_duration, stats.total_duration), (all - Duration::from_millis(40), all));
        slow(Duration::from_nanos(u64::MAX));
        let stats = cell.stats();
        assert_eq!((stats.last_duration, stats.total_duration), (Duration::ZERO, all));
    });
}

#[test]
fn each_call_that_waits_is_counted_once_with_its_time() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = Flight::take_off_by(&cell, way);
        let waiters = waiters(&cell, &clock, 4, move |cell| *cell.by(way).get_or_regen(not_due));
        // The second look is at the beginning of the wait, and over when there is a third.
        clock.wait_for_looks(4, 3);
        let before = cell.stats();
        clock.time.advance(Duration::from_millis(5));
        let _ = flight.land(1);
        assert!(waiters.into_iter().all(|waiter| waiter.join() == 1));
        let stats = cell.stats();
        assert_eq!((before.waits, stats.waits), (0, 4), "when the wait is over");
        assert_eq!(stats.wait_time, Duration::from_millis(20), "four times 5 ms");
    });
}

/// First for a leader, and then for who got its own lease.
#[test]
fn a_call_that_waits_twice_is_counted_once_with_both_times() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let lease = cell.try_lead().unwrap();
        let (leases, jobs) = channel();
        let hand_off = move |cell: &Shared<u32, WatchedClock>| {
            *cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap()
        };
        let caller = waiters(&cell, &clock, 1, hand_off).pop().unwrap();
        // As above; and so again, after the look at which it is elected.
        clock.wait_for_looks(1, 3);
        clock.time.advance(Duration::from_millis(5));
        drop(lease);
        let lease = jobs.recv().unwrap();
        clock.wait_for_looks(1, 6);
        clock.time.advance(Duration::from_millis(7));
        assert_eq!(*lease.publish(1).unwrap(), 1);
        assert_eq!(caller.join(), 1);
        let stats = cell.stats();
        assert_eq!((stats.waits, stats.wait_time), (1, Duration::from_millis(12)));
    });
}

#[test]
fn leases_that_come_to_nothing_are_given_up() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(TTL));
    let is =
        |given_up| assert_eq!(counts(&cell.stats())[2..5], [0, 0, given_up], "and no failure, and no panic");
    drop(cell.try_lead());
    is(1);
    let mut leader: Call<_> = Box::pin(cell.get_or_regen_async(std::future::pending::<u32>));
    assert!(poll(&mut leader).is_pending());
    drop(leader);
    is(2);
    assert!(cell.get_or_hand_off(drop).is_err());
    is(3);
    assert!(crashes(|| cell.get_or_hand_off(|_lease| crash())));
    is(4);
    assert!(cell.try_lead().unwrap().renew().is_err(), "there is nothing to renew");
    is(5);
    let deposed = cell.try_lead();
    clock.advance(TTL);
    let successor = cell.try_lead();
    drop(deposed);
    is(6);
    let hung = successor;
    clock.advance(TTL * 2);
    assert_eq!(*cell.try_lead().unwrap().publish(1).unwrap(), 1);
    is(6);
    cell.mark_stale();
    let _ = cell.try_lead().unwrap().renew().unwrap();
    is(6);
    drop(hung);
    is(7);
}

#[test]
fn a_wait_that_ends_with_an_error_is_counted_too() {
    each_way(|way| {
        let (cell, _clock) = cell::<u32>();
        let lease = cell.try_lead();
        assert!(
            cell.by(way)
                .with(Demand::new().patience(Duration::ZERO))
                .try_get_or_regen(not_due_either)
                .is_err()
        );
        assert_eq!(counts(&cell.stats()), [0, 0, 0, 0, 0, 0, 0, 1]);
        drop(lease);
    });
}

#[test]
fn a_person_can_read_them() {
    each_way(|way| {
        let (cell, clock) = cell();
        let _ = cell.by(way).get_or_regen(|| clock.advance(Duration::from_millis(30)));
        clock.advance(TTL);
        let _ = cell.by(way).get_or_regen(|| clock.advance(Duration::from_millis(10)));
        assert_eq!(
            cell.stats().to_string(),
            "creations 1, regenerations 1 (last 10ms, average 20ms), failures 0, panics 0, given up 0, \
             takeovers 0, superseded 0, waits 0 (0ns in all)"
        );
        let debug = format!("{:?}", cell.stats());
        assert!(debug.contains("creations: 1") && debug.contains("last_duration: 10ms"), "{debug}");
    });
}

#[test]
fn sums_of_times_stop_at_the_greatest() {
    let (cell, clock) = cell_that(|cell| cell.time_to_live(Duration::MAX));
    for made in 0..2 {
        cell.invalidate();
        clock.set(Instant::from_nanos(0));
        let _ = cell.get_or_regen(|| {
            clock.advance(Duration::MAX);
            made
        });
    }
    let stats = cell.stats();
    assert!(stats.last_duration > Duration::from_nanos(u64::MAX / 2));
    assert_eq!((stats.creations, stats.total_duration), (2, Duration::from_nanos(u64::MAX)));
    assert_eq!(stats.average_duration(), stats.total_duration / 2);
}
