//! How long a caller waits for another's first value. Real time, since that is what `wait_timeout` is about:
//! a call must not end before it, and what happens afterwards is told by channels.

use crate::support::{
    Flight, TTL, WINDOW, cell, cell_that, not_due, not_due_either, spawn, waiters, watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::{Demand, Guard, RegenError};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_millis(20);

#[test]
fn the_cells_wait_timeout_ends_the_wait_and_nothing_else() {
    each_way(|way| {
        let (cell, _clock) = cell_that(|cell| cell.wait_timeout(PATIENCE));
        let flight = Flight::take_off_by(&cell, way);
        let began = Instant::now();
        assert!(matches!(cell.by(way).try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)));
        assert!(began.elapsed() >= PATIENCE);
        assert!(cell.is_regenerating() && cell.last_error().is_none());
        assert_eq!(Guard::version(&flight.land(1)), 1, "the leader does not notice");
        assert_eq!(*cell.by(way).try_get_or_regen(not_due_either).unwrap(), 1);
    });
}

#[test]
fn a_call_may_have_a_limit_of_its_own_in_its_place() {
    each_way(|way| {
        let (cell, _clock) = cell_that(|cell| cell.wait_timeout(Duration::MAX));
        let lease = cell.try_lead().unwrap();
        for patience in [Duration::ZERO, PATIENCE] {
            let began = Instant::now();
            let ended = cell.by(way).with(Demand::new().patience(patience)).try_get_or_regen(not_due_either);
            assert!(matches!(ended, Err(RegenError::WaitTimeout)));
            assert!(began.elapsed() >= patience);
        }
        let _ = lease.publish(1).unwrap();
        assert_eq!(
            *cell
                .by(way)
                .with(Demand::new().patience(Duration::ZERO))
                .try_get_or_regen(not_due_either)
                .unwrap(),
            1
        );
    });
}

/// The longer limit counts if it is the call's own, as well.
#[test]
fn a_patient_call_outlasts_the_cells_limit() {
    each_way(|way| {
        for patience in [Duration::from_secs(3600), Duration::MAX] {
            let (cell, clock) = watched_cell(|cell| cell.wait_timeout(Duration::ZERO));
            let lease = cell.try_lead().unwrap();
            let patient = waiters(&cell, &clock, 1, move |cell| {
                cell.by(way)
                    .with(Demand::new().patience(patience))
                    .try_get_or_regen(not_due_either)
                    .map(|made| *made)
            });
            assert!(matches!(cell.by(way).try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)));
            let _ = lease.publish(1).unwrap();
            assert!(patient.into_iter().all(|waiter| waiter.join().unwrap() == 1));
        }
    });
}

/// They have nothing else to return.
#[test]
fn infallible_callers_wait_on() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell.wait_timeout(PATIENCE));
        let lease = cell.try_lead().unwrap();
        let infallible = waiters(&cell, &clock, 2, move |cell| *cell.by(way).get_or_regen(not_due));
        // These came later and are gone by now.
        assert!(matches!(cell.by(way).try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)));
        assert!(matches!(cell.by(way).try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)));
        let _ = lease.publish(1).unwrap();
        assert!(infallible.into_iter().all(|waiter| waiter.join() == 1));
    });
}

#[test]
fn who_is_served_or_elected_does_not_wait() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.wait_timeout(Duration::ZERO));
        assert_eq!(*cell.by(way).try_get_or_regen(|| Ok::<_, String>(1)).unwrap(), 1);
        clock.advance(TTL);
        let lease = cell.try_lead().unwrap();
        assert_eq!(*cell.by(way).try_get_or_regen(not_due_either).unwrap(), 1, "stale");
        clock.advance(WINDOW);
        assert!(
            matches!(cell.by(way).try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)),
            "expired"
        );
        drop(lease);
        assert_eq!(*cell.by(way).try_get_or_regen(|| Ok::<_, String>(2)).unwrap(), 2);
    });
}

/// A leader's own work is not a wait.
#[test]
fn a_leader_takes_as_long_as_it_does() {
    each_way(|way| {
        let (cell, _clock) = cell_that(|cell| cell.wait_timeout(Duration::ZERO));
        let made = cell.by(way).with(Demand::new().patience(Duration::ZERO)).try_get_or_regen(|| {
            std::thread::sleep(Duration::from_millis(2)); // longer than its patience, which is none
            Ok::<_, String>(1)
        });
        assert_eq!(*made.unwrap(), 1);
    });
}

/// Both ends are near: the one that comes first ends the sleep.
#[test]
fn patience_and_the_end_of_the_lease_do_not_disturb_each_other() {
    each_way(|way| {
        let lease_timeout = Duration::from_millis(10);
        let (cell, clock) = watched_cell(|cell| cell.lease_timeout(lease_timeout));
        let stuck = cell.try_lead().unwrap();
        assert!(matches!(
            cell.by(way).with(Demand::new().patience(lease_timeout * 3)).try_get_or_regen(not_due_either),
            Err(RegenError::WaitTimeout)
        ));
        let patient = waiters(&cell, &clock, 1, move |cell| {
            cell.by(way)
                .with(Demand::new().patience(Duration::from_secs(3600)))
                .try_get_or_regen(|| Ok::<_, String>(2))
                .map(|made| *made)
        });
        clock.time.advance(lease_timeout);
        assert_eq!(patient.into_iter().next().unwrap().join().unwrap(), 2);
        assert!(stuck.publish(9).is_err());
    });
}

/// Neither is re-entrant: each waits for another thread. Nothing can find that out but time.
#[test]
fn two_cells_that_need_each_other_end_by_wait_timeout() {
    each_way(|way| {
        let (first, _clock) = cell_that(|cell| cell.wait_timeout(PATIENCE));
        let (second, _clock) = cell::<u32>();
        let flight = Flight::take_off_by(&second, way);
        let needs_second = {
            let (first, second) = (Arc::clone(&first), Arc::clone(&second));
            spawn(move || *first.by(way).get_or_regen(|| *second.by(way).get_or_regen(not_due) + 1))
        };
        while !first.is_regenerating() {
            std::thread::yield_now();
        }
        // What the creation function of `second` does, on its leader's behalf: it asks `first`.
        let asked = first.by(way).try_get_or_regen(not_due_either);
        assert!(matches!(asked, Err(RegenError::WaitTimeout)));
        assert_eq!(*flight.land(1), 1);
        assert_eq!(needs_second.join(), 2);
    });
}
