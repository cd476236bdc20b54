//! A call that handed its lease off has nothing left to lead with: it takes anything that can be served, waits for
//! whoever leads, and neither elects itself nor deposes anybody.

use crate::hands::{Call, poll, ready};
use crate::support::{LEASE, Shared, TTL, cell_that, not_due, spawn};
use crate::ways::{By, each_way};
use dogpile::clock::ManualClock;
use dogpile::{CellBuilder, Guard, OwnedLease, RegenError};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

type Owned = OwnedLease<u32, ManualClock>;

/// A cell whose value, 1, is too old to be served, but for a failure.
fn failing_cell(
    set: impl FnOnce(CellBuilder<u32, ManualClock>) -> CellBuilder<u32, ManualClock>,
) -> (Shared<u32>, ManualClock) {
    let (cell, clock) = cell_that(|cell| {
        set(cell.stale_while_revalidate(Duration::ZERO).stale_if_error(Duration::MAX).initial(1))
    });
    clock.advance(TTL);
    assert!(cell.get().is_none());
    (cell, clock)
}

fn unthrottled(cell: CellBuilder<u32, ManualClock>) -> CellBuilder<u32, ManualClock> {
    cell.retry_backoff(Duration::ZERO, Duration::ZERO)
}

#[test]
fn when_its_worker_fails_it_takes_the_stale_value_though_nothing_throttles() {
    each_way(|way| {
        let (cell, _clock) = failing_cell(unthrottled);
        let served = cell.by(way).get_or_hand_off_owned(|lease| lease.fail("the origin is down")).unwrap();
        assert_eq!((*served, Guard::is_stale(&served)), (1, true));

        let (cell, _clock) = failing_cell(unthrottled);
        let (leases, jobs) = channel::<Owned>();
        let worker = spawn(move || jobs.recv().unwrap().fail("the origin is down"));
        let served = cell.by(way).get_or_hand_off_owned(|lease| leases.send(lease).unwrap()).unwrap();
        assert_eq!((*served, Guard::is_stale(&served)), (1, true));
        worker.join();
        assert!(!cell.is_regenerating(), "nobody was elected by it");
    });
}

/// The throttle is over by the time that it looks.
#[test]
fn the_same_if_it_looks_late() {
    each_way(|way| {
        let (cell, clock) = failing_cell(|cell| cell);
        let served = cell.by(way).get_or_hand_off_owned(|lease| {
            lease.fail("the origin is down");
            clock.advance(Duration::from_secs(3600));
        });
        assert_eq!(*served.unwrap(), 1);
        assert!(!cell.is_regenerating());
        assert_eq!(cell.stats().given_up, 0);
    });
    let (cell, clock) = failing_cell(|cell| cell);
    let mut handed_off: Option<Owned> = None;
    let mut future: Call<_> = Box::pin(cell.get_or_hand_off_owned_async(|lease| handed_off = Some(lease)));
    assert!(poll(&mut future).is_pending());
    drop(future);
    let lease = handed_off.unwrap();
    let mut waiter: Call<_> = Box::pin(cell.get_or_hand_off_async(|_| not_due()));
    assert!(poll(&mut waiter).is_pending(), "it has its lease yet");
    lease.fail("the origin is down");
    assert_eq!(*ready(poll(&mut waiter)).unwrap(), 1);
    clock.advance(Duration::from_secs(3600));
    assert!(cell.try_lead().is_some());
}

#[test]
fn a_task_that_is_polled_late_takes_the_stale_value() {
    let (cell, clock) = failing_cell(|cell| cell);
    let (leases, jobs) = channel::<Owned>();
    let mut future: Call<_> =
        Box::pin(cell.get_or_hand_off_owned_async(move |lease| leases.send(lease).unwrap()));
    assert!(poll(&mut future).is_pending());
    jobs.recv().unwrap().fail("the origin is down");
    clock.advance(Duration::from_secs(3600));
    let served = ready(poll(&mut future)).unwrap();
    assert_eq!((*served, Guard::is_stale(&served)), (1, true));
}

#[test]
fn without_anything_to_serve_it_gives_up_and_nobody_is_elected() {
    each_way(|way| {
        let (cell, _clock) = failing_cell(unthrottled);
        let ended = cell.by(way).get_or_hand_off_owned(drop);
        assert!(matches!(ended, Err(RegenError::GivenUp)), "{ended:?}");
        let ended = cell.by(way).get_or_hand_off_owned(|lease| {
            cell.invalidate();
            assert!(lease.publish(9).is_err());
        });
        assert!(matches!(ended, Err(RegenError::GivenUp)), "{ended:?}");
        let stats = cell.stats();
        assert_eq!((stats.given_up, stats.takeovers, stats.waits), (1, 0, 0), "no lease but those");
        assert!(!cell.is_regenerating());
    });
}

/// A lease that is overrun ends its wait, and goes on.
#[test]
fn it_deposes_nobody() {
    each_way(|way| {
        let after: [fn(&Owned, &ManualClock); 3] = [
            |_, clock| clock.advance(LEASE),
            |lease, _| assert!(lease.extend(Duration::ZERO)),
            |lease, clock| {
                assert!(lease.extend(LEASE));
                clock.advance(LEASE * 2);
            },
        ];
        for timeout in [Duration::ZERO, LEASE] {
            for overrun in after {
                let (cell, clock) = cell_that(|cell| cell.lease_timeout(timeout));
                let mut handed_off = None;
                let ended = cell.by(way).get_or_hand_off_owned(|lease| {
                    overrun(&lease, &clock);
                    handed_off = Some(lease);
                });
                assert!(matches!(ended, Err(RegenError::WaitTimeout)), "{ended:?}");
                assert!(cell.is_regenerating());
                assert_eq!(*handed_off.unwrap().publish(2).expect("nobody took over"), 2);
                assert_eq!((cell.stats().takeovers, cell.stats().superseded), (0, 0));
            }
        }
    });
}

/// Its own lease is gone, but not that of another.
#[test]
fn it_waits_for_another_leader_as_for_its_own() {
    each_way(|way| {
        let (cell, _clock) = failing_cell(unthrottled);
        let (leases, jobs) = channel::<Owned>();
        let worker = spawn(move || *jobs.recv().unwrap().publish(5).unwrap());
        let made = cell.by(way).get_or_hand_off_owned(|lease| {
            drop(lease);
            leases.send(cell.try_lead_owned().expect("it was given up")).unwrap();
        });
        assert_eq!(*made.unwrap(), 5);
        assert_eq!(worker.join(), 5);

        cell.invalidate();
        let made = cell.by(way).get_or_hand_off_owned(|lease| {
            drop(lease);
            assert_eq!(
                *spawn({
                    let cell = Arc::clone(&cell);
                    move || cell.get_or_regen(|| 6)
                })
                .join(),
                6
            );
        });
        assert_eq!(*made.unwrap(), 6, "whoever made it");
    });
}
