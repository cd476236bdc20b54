//! Leaders that overran their lease: others go on without them, and they can disturb nobody.

use crate::support::{
    Flight, LEASE, Shared, TICK, TTL, TryFlight, WINDOW, cell, cell_that, crash, crashes, not_due,
    stale_cell, waiters, watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{CellBuilder, DogpileCell, Guard, Lease, RenewError, Superseded};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

fn leased<T, C: Clock>(builder: CellBuilder<T, C>) -> CellBuilder<T, C> {
    builder.lease_timeout(LEASE)
}

/// What can be seen of the cell from outside.
fn state(cell: &Shared<u32>) -> impl PartialEq + std::fmt::Debug + use<> {
    let seen =
        cell.get().map(|seen| (*seen, Guard::version(&seen), Guard::age(&seen), Guard::freshness(&seen)));
    (seen, cell.is_regenerating(), cell.last_error().map(|error| error.to_string()))
}

#[test]
fn until_the_lease_ends_nobody_takes_over() {
    each_way(|way| {
        let (cell, clock) = stale_cell(leased);
        let stuck = cell.try_lead().unwrap();
        clock.advance(LEASE - TICK);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1);
        assert!(cell.try_lead().is_none());
        clock.advance(TICK);
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2, "half-open, as all durations are");
        assert_eq!(stuck.publish(9).unwrap_err(), Superseded(9));
    });
}

#[test]
fn of_a_stale_cell_one_of_the_next_callers_takes_over() {
    each_way(|way| {
        let (cell, clock) = stale_cell(leased);
        let stuck = Flight::take_off_by(&cell, way);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1);
        clock.advance(LEASE);
        assert_eq!(*cell.get().unwrap(), 1, "a look elects nobody");
        let second = Flight::take_off_by(&cell, way);
        assert!(cell.is_regenerating());
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1, "the second has a lease of its own");
        let made = second.land(2);
        assert_eq!((*made, Guard::version(&made)), (2, 2));

        let late = stuck.land(9);
        assert_eq!((*late, Guard::version(&late)), (9, 0), "its own caller gets it, and nobody else");
        let seen = cell.by(way).get_or_regen(not_due);
        assert_eq!((*seen, Guard::version(&seen)), (2, 2));
        assert_eq!((cell.stats().takeovers, cell.stats().superseded), (1, 1));
    });
}

/// No further caller is needed: those who wait do it among themselves.
#[test]
fn on_an_empty_cell_one_of_the_waiters_takes_over() {
    each_way(|way| {
        let (cell, clock) = watched_cell(leased);
        let stuck = Flight::take_off_by(&cell, way);
        let creations = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&creations);
        let waiters = waiters(&cell, &clock, 8, move |cell| {
            let made = cell.by(way).get_or_regen(|| {
                counter.fetch_add(1, Relaxed);
                2
            });
            (*made, Guard::version(&made))
        });
        clock.time.advance(LEASE);
        assert!(waiters.into_iter().all(|waiter| waiter.join() == (2, 1)));
        assert_eq!((creations.load(Relaxed), cell.stats().takeovers), (1, 1));
        let late = stuck.land(9);
        assert_eq!((*late, Guard::version(&late)), (9, 0));
        assert_eq!(*cell.by(way).get_or_regen(not_due), 2);
    });
}

/// No call and no wake-up but its own: it sleeps until the lease ends, looks, and sleeps again as long as the
/// cell's clock says that it has not. So many looks are more than it makes before it first sleeps.
#[test]
fn a_waiter_that_sleeps_wakes_by_itself_when_the_lease_ends() {
    each_way(|way| {
        let lease_timeout = Duration::from_millis(1);
        let (cell, clock) = watched_cell(|cell| cell.lease_timeout(lease_timeout));
        let stuck = cell.try_lead().unwrap();
        let waiters = waiters(&cell, &clock, 1, move |cell| *cell.by(way).get_or_regen(|| 2));
        clock.wait_for_looks(1, 100);
        clock.time.advance(lease_timeout);
        assert!(waiters.into_iter().all(|waiter| waiter.join() == 2));
        assert!(stuck.publish(9).is_err());
    });
}

/// It sleeps until the end of the lease that it knew of, an hour from now: it needs to be told of another one.
#[test]
fn a_waiter_that_sleeps_takes_over_at_once_if_the_lease_is_shortened() {
    let (cell, clock) = watched_cell(|cell| cell.lease_timeout(Duration::from_secs(3600)));
    let lease = cell.try_lead().unwrap();
    let waiters = waiters(&cell, &clock, 1, |cell| *cell.get_or_regen(|| 2));
    // One to be served, one before it is in the list of those who sleep, one after that.
    clock.wait_for_looks(1, 3);
    // What it says depends on how quick the waiter is.
    let _ = lease.extend(Duration::ZERO);
    assert!(waiters.into_iter().all(|waiter| waiter.join() == 2));
    assert!(lease.publish(9).is_err());
}

/// The value may expire while its leader is stuck: then its callers wait, and one of them takes over.
#[test]
fn a_value_that_expires_under_a_stuck_leader_is_replaced_too() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| leased(cell).stale_while_revalidate(TICK));
        cell.set(1);
        clock.time.advance(TTL);
        let stuck = Flight::take_off_by(&cell, way);
        clock.time.advance(TICK);
        let waiters = waiters(&cell, &clock, 2, move |cell| {
            *cell.by(way).try_get_or_regen(|| Ok::<_, String>(2)).unwrap()
        });
        clock.time.advance(LEASE);
        assert!(waiters.into_iter().all(|waiter| waiter.join() == 2));
        assert_eq!(*stuck.land(9), 9);
        assert_eq!(*cell.get().unwrap(), 2);
    });
}

/// Whatever a deposed leader does, before and after its successor's end, in both states of the cell.
#[test]
fn a_deposed_leader_changes_nothing() {
    type Deed = fn(Lease<&DogpileCell<u32, ManualClock>>);
    let deeds: [Deed; 6] = [
        |lease| assert!(lease.publish(9).is_err_and(|late| late == Superseded(9))),
        |lease| assert!(lease.renew().is_err()),
        |lease| lease.fail("too late"),
        |lease| drop(lease),
        |lease| assert!(!lease.extend(Duration::MAX)),
        |lease| {
            assert!(crashes(|| {
                let _lease = lease;
                crash::<()>();
            }));
        },
    ];
    for deed in deeds {
        for empty in [false, true] {
            let (cell, clock) = stale_cell(leased);
            if empty {
                cell.invalidate();
            }
            for at_work in [true, false] {
                let deposed = cell.try_lead().unwrap();
                clock.advance(LEASE);
                let successor = cell.try_lead().unwrap();
                if at_work {
                    assert_is_unchanged_by(&cell, || deed(deposed));
                    assert!(successor.extend(LEASE), "it still leads");
                    assert!(cell.try_lead().is_none());
                    assert_eq!(*successor.publish(3).unwrap(), 3);
                    clock.advance(TTL);
                } else {
                    let _ = successor.publish(5).unwrap();
                    assert_is_unchanged_by(&cell, || deed(deposed));
                }
            }
        }
    }
}

fn assert_is_unchanged_by(cell: &Shared<u32>, deed: impl FnOnce()) {
    let before = state(cell);
    deed();
    assert_eq!(state(cell), before);
}

#[test]
fn the_panic_of_a_deposed_leader_is_its_own() {
    each_way(|way| {
        let (cell, clock) = stale_cell(leased);
        let stuck = Flight::take_off_by(&cell, way);
        clock.advance(LEASE);
        let second = Flight::take_off_by(&cell, way);
        assert_is_unchanged_by(&cell, || stuck.crash());
        assert_eq!(Guard::version(&second.land(2)), 2);
    });
}

/// There is a value by then, so it gets that; on an empty cell it gets its error, and nobody else does.
#[test]
fn the_error_of_a_deposed_leader_is_its_own() {
    each_way(|way| {
        let (cell, clock) = stale_cell(leased);
        let stuck = TryFlight::take_off_by(&cell, way);
        clock.advance(LEASE);
        let second = Flight::take_off_by(&cell, way);
        assert_is_unchanged_by(&cell, || assert_eq!(*stuck.end(Err("too late")).unwrap(), 1));
        assert_eq!(*second.land(2), 2);

        cell.invalidate();
        let stuck = TryFlight::take_off_by(&cell, way);
        clock.advance(LEASE);
        let second = Flight::take_off_by(&cell, way);
        assert_is_unchanged_by(&cell, || {
            let error = stuck.end(Err("too late")).unwrap_err();
            assert_eq!(error.source().unwrap().to_string(), "too late");
        });
        assert_eq!(*second.land(4), 4);
        assert!(cell.last_error().is_none());
    });
}

#[test]
fn several_leaders_in_a_row_can_be_deposed() {
    each_way(|way| {
        for empty in [false, true] {
            let (cell, clock) = stale_cell(leased);
            if empty {
                cell.invalidate();
            }
            let mut deposed = Vec::new();
            for takeovers in 0..5 {
                deposed.push(cell.try_lead().unwrap());
                clock.advance(LEASE * (1 << takeovers));
            }
            let version = Guard::version(&cell.by(way).get_or_regen(|| 2));
            for (number, lease) in deposed.into_iter().enumerate() {
                match number {
                    0 => drop(lease),
                    1 => lease.fail("too late"),
                    2 if empty => assert_eq!(lease.renew().unwrap_err(), RenewError::Empty),
                    2 => assert_eq!(lease.renew().unwrap_err(), RenewError::Superseded),
                    _ => assert!(lease.publish(9).is_err()),
                }
            }
            let seen = cell.by(way).get_or_regen(not_due);
            assert_eq!((*seen, Guard::version(&seen), cell.stats().takeovers), (2, version, 5));
        }
    });
}

/// A mark that the deposed leader would have had to answer is answered by its successor, which began later.
#[test]
fn a_mark_outlives_a_takeover() {
    let (cell, clock) = stale_cell(leased);
    let stuck = cell.try_lead().unwrap();
    cell.mark_stale();
    clock.advance(LEASE);
    let second = cell.try_lead().unwrap();
    assert!(Guard::is_stale(&cell.get().unwrap()));
    assert!(Guard::is_stale(&second.publish(2).unwrap()), "the mark goes on to whoever takes over");

    clock.advance(TTL);
    let another = cell.try_lead().unwrap();
    clock.advance(LEASE);
    let third = cell.try_lead().unwrap();
    cell.mark_stale();
    drop((stuck, another));
    assert!(Guard::is_stale(&third.publish(3).unwrap()), "its work began before the mark");
}

#[test]
fn set_and_invalidate_end_a_lease_that_was_taken_over_as_any_other() {
    let (cell, clock) = stale_cell(leased);
    let stuck = cell.try_lead().unwrap();
    clock.advance(LEASE);
    let second = cell.try_lead().unwrap();
    let version = cell.set(7);
    assert!(second.publish(8).is_err());
    assert!(stuck.publish(9).is_err());
    assert_eq!((*cell.get_or_regen(not_due), version), (7, 2));
}

/// A takeover is no outcome: the attempts before it count on.
#[test]
fn a_takeover_does_not_forget_the_last_error() {
    let (cell, clock) = stale_cell(leased);
    cell.try_lead().unwrap().fail("the origin is down");
    clock.advance(Duration::from_secs(1));
    let stuck = cell.try_lead().unwrap();
    clock.advance(LEASE);
    let second = cell.try_lead().unwrap();
    assert!(cell.last_error().is_some());
    let _ = second.publish(2).unwrap();
    assert!(cell.last_error().is_none());
    drop(stuck);
}

#[test]
fn without_a_lease_timeout_nobody_is_deposed() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let slow = cell.try_lead().unwrap();
        clock.advance(WINDOW - TICK);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1);
        clock.advance(Duration::MAX);
        assert!(cell.try_lead().is_none());
        assert!(cell.get().is_none());
        assert_eq!(*slow.publish(2).unwrap(), 2);
    });
}

#[test]
fn a_lease_for_ever_is_for_ever() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(Duration::MAX));
    clock.set(Instant::from_nanos(5));
    let slow = cell.try_lead().unwrap();
    clock.advance(Duration::MAX);
    assert!(cell.try_lead().is_none());
    assert_eq!(*slow.publish(2).unwrap(), 2);
}

/// Whoever comes next deposes the leader; yet each gets its own result, and the last one counts.
#[test]
fn a_lease_of_no_time_is_overrun_at_once() {
    each_way(|way| {
        let (cell, _clock) = cell_that(|cell| cell.lease_timeout(Duration::ZERO));
        let first = Flight::take_off_by(&cell, way);
        let second = Flight::take_off_by(&cell, way);
        let third = Flight::take_off_by(&cell, way);
        assert_eq!(*second.land(2), 2);
        assert!(cell.get().is_none());
        assert_eq!(Guard::version(&third.land(3)), 1);
        assert_eq!(Guard::version(&first.land(1)), 0);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 3);
    });
}

/// A clock that jumps on when it is asked for the time, once.
struct Jumping {
    time: ManualClock,
    jumps: std::sync::atomic::AtomicBool,
}

impl Clock for Jumping {
    fn now(&self) -> Instant {
        let now = self.time.now();
        if self.jumps.swap(false, Relaxed) {
            self.time.advance(LEASE);
        }
        now
    }
}

/// Who takes over may be held up between its look and the moment at which it leads. Its lease begins then.
#[test]
fn a_lease_that_was_taken_over_is_not_overrun_at_its_birth() {
    let clock = Arc::new(Jumping { time: ManualClock::new(), jumps: false.into() });
    let cell = DogpileCell::<u32>::builder().lease_timeout(LEASE).clock(Arc::clone(&clock)).build().unwrap();
    let _deposed = cell.try_lead().unwrap();
    clock.time.advance(LEASE);
    clock.jumps.store(true, Relaxed);
    let successor = cell.try_lead().unwrap();
    assert!(cell.try_lead().is_none(), "it has led for no time yet");
    clock.time.advance(LEASE * 2);
    assert!(cell.try_lead().is_some());
    drop(successor);
}
