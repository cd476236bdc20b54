//! `get_or_hand_off`: the lease goes elsewhere, and the caller is served like any other.

use crate::support::{
    Shared, TTL, Task, WINDOW, cell, cell_that, crash, crashes, is_same_failure, not_due, not_due_either,
    spawn, waiters, watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::clock::ManualClock;
use dogpile::{DogpileCell, Guard, Lease, OwnedLease, RegenError};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

type Owned = OwnedLease<u32, ManualClock>;

/// A worker that gets leases, and where it gets them.
fn worker(work: impl Fn(Owned) + Send + 'static) -> (Sender<Owned>, Task<()>) {
    let (leases, jobs): (_, Receiver<Owned>) = channel();
    (leases, spawn(move || jobs.into_iter().for_each(work)))
}

fn not_due_lease<L>(_: L) {
    not_due::<()>();
}

#[test]
fn a_fresh_value_is_served_and_nothing_handed_off() {
    each_way(|way| {
        let (cell, _clock) = cell();
        cell.set(1);
        assert_eq!(*cell.by(way).get_or_hand_off(not_due_lease).unwrap(), 1);
        assert_eq!(*cell.by(way).get_or_hand_off_owned(not_due_lease).unwrap(), 1);
    });
}

/// The worker begins only when the test lets it, so whoever waited for it would be stuck.
#[test]
fn a_stale_value_is_served_at_once_to_the_elected_caller_too() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let (leases, jobs) = channel();
        let served = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap();
        assert_eq!((*served, Guard::is_stale(&served)), (1, true));
        assert!(cell.is_regenerating());
        assert_eq!(*cell.by(way).get_or_hand_off_owned(not_due_lease).unwrap(), 1);
        let lease: Owned = jobs.recv().unwrap();
        assert_eq!(Guard::version(&lease.publish(2).unwrap()), 2);
        assert_eq!(*cell.by(way).get_or_hand_off(not_due_lease).unwrap(), 2);
    });
}

#[test]
fn on_an_empty_cell_the_caller_waits_for_the_worker() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let (leases, worker) = worker(|lease| drop(lease.publish(1)));
        let made = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap();
        assert_eq!((*made, Guard::version(&made)), (1, 1));
        drop(leases);
        worker.join();
    });
}

#[test]
fn all_who_wait_get_what_the_worker_made() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let lease = cell.try_lead_owned().unwrap();
        let waiters = waiters(&cell, &clock, 8, move |cell| {
            *cell.by(way).get_or_hand_off_owned(not_due_lease).unwrap()
        });
        let _ = lease.publish(1).unwrap();
        assert!(waiters.into_iter().all(|waiter| waiter.join() == 1));
    });
}

#[test]
fn the_error_of_the_worker_is_that_of_the_caller() {
    each_way(|way| {
        let (cell, clock) = cell();
        let (leases, worker) = worker(|lease| lease.fail("the origin is down"));
        let error = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap_err();
        assert!(matches!(&error, RegenError::Failed(cause) if cause.to_string() == "the origin is down"));
        let again = cell.by(way).get_or_hand_off_owned(not_due_lease).unwrap_err();
        assert!(is_same_failure(&again, &error), "throttled");

        cell.set(1);
        clock.advance(TTL);
        let served = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap();
        assert_eq!(*served, 1, "an error is no trouble where there is something to serve");
        drop(leases);
        worker.join();
        assert!(cell.last_error().is_some());
    });
}

#[test]
fn a_worker_that_drops_the_lease_leaves_its_caller_without_a_value() {
    each_way(|way| {
        let (cell, clock) = cell();
        let (leases, worker) = worker(drop);
        let error = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap_err();
        assert!(matches!(error, RegenError::GivenUp), "{error:?}");
        assert!(matches!(cell.by(way).get_or_hand_off(drop), Err(RegenError::GivenUp)), "in `f` itself, too");
        assert!(!cell.is_regenerating(), "nobody is held up");
        assert_eq!(*cell.by(way).get_or_regen(|| 1), 1);

        clock.advance(TTL);
        let served = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap();
        assert_eq!((*served, Guard::is_stale(&served)), (1, true));
        drop(leases);
        worker.join();
        assert!(!cell.is_regenerating());
    });
}

/// A worker that is gone returns the lease in its error, where it is dropped.
#[test]
fn a_worker_that_is_gone_is_no_trouble() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let (leases, jobs) = channel::<Owned>();
        drop(jobs);
        let ended = cell.by(way).get_or_hand_off_owned(|lease| assert!(leases.send(lease).is_err()));
        assert!(matches!(ended, Err(RegenError::GivenUp)));
        assert!(cell.try_lead().is_some());
    });
}

/// Real time, as all of `wait_timeout`.
#[test]
fn a_worker_that_takes_too_long_is_not_waited_for() {
    each_way(|way| {
        let (cell, _clock) = cell_that(|cell| cell.wait_timeout(Duration::from_millis(5)));
        let (leases, jobs) = channel();
        let ended = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap());
        assert!(matches!(ended, Err(RegenError::WaitTimeout)));
        let lease: Owned = jobs.recv().unwrap();
        assert!(lease.extend(TTL), "it still leads");
        assert_eq!(*lease.publish(1).unwrap(), 1);
        assert_eq!(*cell.by(way).get_or_hand_off(not_due_lease).unwrap(), 1);
    });
}

#[test]
fn the_lease_may_be_used_where_it_is_handed_out() {
    each_way(|way| {
        let (cell, clock) = cell();
        let publish = |lease: Lease<&DogpileCell<u32, ManualClock>>| drop(lease.publish(1));
        assert_eq!(*cell.by(way).get_or_hand_off(publish).unwrap(), 1);
        clock.advance(TTL);
        let renewed = cell.by(way).get_or_hand_off(|lease| drop(lease.renew())).unwrap();
        assert_eq!((*renewed, Guard::version(&renewed), Guard::is_stale(&renewed)), (1, 2, false));
        clock.advance(TTL + WINDOW);
        let ended = cell.by(way).get_or_hand_off(|lease| lease.fail("down"));
        assert!(matches!(ended, Err(RegenError::Failed(_))));
    });
}

/// Nothing is ever servable, so the caller gets what was published since it began.
#[test]
fn without_any_time_to_live_the_caller_gets_the_result() {
    each_way(|way| {
        let never = Duration::ZERO;
        let (cell, _clock) = cell_that(|cell| cell.time_to_live(never).stale_while_revalidate(never));
        let made = cell.by(way).get_or_hand_off(|lease| drop(lease.publish(1))).unwrap();
        assert_eq!((*made, Guard::is_stale(&made)), (1, true));
        assert!(cell.get().is_none());
    });
}

#[test]
fn a_panic_where_the_lease_is_handed_out_gives_it_up() {
    each_way(|way| {
        let (cell, clock) = cell();
        assert!(crashes(|| cell.by(way).get_or_hand_off(|_lease| crash())));
        assert!(!cell.is_regenerating());
        assert_eq!(*cell.by(way).get_or_hand_off(|lease| drop(lease.publish(1))).unwrap(), 1);
        clock.advance(TTL);
        assert!(crashes(|| cell.by(way).get_or_hand_off(|_lease| crash())));
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2, "it is not throttled: the work had not begun");
        assert_eq!(
            *cell.by(way).get_or_regen(not_due),
            2,
            "the thread is not taken for one that makes a value"
        );
    });
}

/// If the lease was passed on before, the worker goes on as if nothing had been.
#[test]
fn a_panic_after_the_lease_was_passed_on_does_not_disturb_the_worker() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let (leases, jobs) = channel();
        assert!(crashes(|| cell.by(way).get_or_hand_off_owned(|lease| {
            leases.send(lease).unwrap();
            crash::<()>();
        })));
        assert!(cell.is_regenerating());
        let lease: Owned = jobs.recv().unwrap();
        assert_eq!(Guard::version(&lease.publish(1).unwrap()), 1);
    });
}

/// It would wait for itself.
#[test]
fn who_asks_the_cell_where_the_lease_is_handed_out_is_told() {
    each_way(|way| {
        let (cell, clock) = cell();
        let ended = cell.by(way).get_or_hand_off(|lease| {
            let inner = cell.by(way).get_or_hand_off(not_due_lease);
            assert!(matches!(inner, Err(RegenError::Reentrant)));
            let inner = cell.by(way).try_get_or_regen(not_due_either);
            assert!(matches!(inner, Err(RegenError::Reentrant)));
            drop(lease.publish(1));
            assert_eq!(*cell.by(way).get_or_hand_off(not_due_lease).unwrap(), 1);
        });
        assert_eq!(*ended.unwrap(), 1);
        clock.advance(TTL);
        let ended = cell.by(way).get_or_hand_off(|lease| {
            assert_eq!(*cell.by(way).get_or_hand_off(not_due_lease).unwrap(), 1, "served stale");
            drop(lease.publish(2));
        });
        assert_eq!(*ended.unwrap(), 2);
    });
}

/// The worker is another thread: it may read the cell while it makes the next value, if there is one.
#[test]
fn a_worker_may_read_the_stale_value() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let (leases, worker) = {
            let cell: Shared<u32> = Arc::clone(&cell);
            worker(move |lease| {
                let previous = *cell.by(way).get_or_hand_off_owned(not_due_lease).unwrap();
                drop(lease.publish(previous + 1));
            })
        };
        let served = *cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap();
        assert!([1, 2].contains(&served), "the old one, or the new one from a worker that was quick");
        drop(leases);
        worker.join();
        assert_eq!(*cell.get().unwrap(), 2);
    });
}

#[test]
fn set_answers_who_waits_for_a_worker() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let (leases, jobs) = channel();
        let caller = {
            let cell = Arc::clone(&cell);
            spawn(move || *cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap())
        };
        let lease: Owned = jobs.recv().unwrap();
        cell.set(7);
        assert_eq!(caller.join(), 7);
        assert!(lease.publish(9).is_err());
    });
}

#[test]
fn a_static_cell_hands_off_to_any_thread() {
    static PAGE: DogpileCell<String> = DogpileCell::never_expires();
    let page = PAGE.get_or_hand_off(|lease| {
        std::thread::spawn(move || lease.publish("rendered".to_owned()));
    });
    assert_eq!(*page.unwrap(), "rendered");
}

#[test]
fn the_caller_whose_lease_overruns_leaves_without_deposing_it() {
    each_way(|way| {
        let clock = ManualClock::new();
        let cell = Arc::new(
            DogpileCell::<u32>::builder()
                .lease_timeout(Duration::from_secs(1))
                .clock(clock.clone())
                .build()
                .unwrap(),
        );
        let mut handed_off = None;
        let error = cell
            .by(way)
            .get_or_hand_off_owned(|lease| {
                handed_off = Some(lease);
                clock.advance(Duration::from_secs(1));
            })
            .unwrap_err();
        assert!(matches!(error, RegenError::WaitTimeout), "{error}");
        let late = handed_off.unwrap().publish(7).expect("nobody took over");
        assert_eq!((*late, cell.stats().takeovers), (7, 0));
    });
}
