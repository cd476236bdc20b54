//! `wait_newer` and `wait_idle`: calls that wait for others and never lead.

use crate::hands::{Call, Wakes, hanging_leader, poll, ready};
use crate::support::{
    ASKED_AGAIN, Flight, LEASE, STUCK, Shared, TICK, TTL, WINDOW, cell, cell_that, is_same_failure, not_due,
    spawn, stale_cell, waiters, watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::{Demand, Guard, Lifetime, RegenError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(20);
const HARDLY: Demand = Demand::new().patience(Duration::ZERO);

#[test]
fn what_is_newer_is_there_at_once() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        cell.set(2);
        for than in [0, 1] {
            let found = cell.by(way).wait_newer(than).unwrap();
            assert_eq!((*found, Guard::version(&found)), (2, 2));
            assert_eq!(*cell.by(way).with(HARDLY).wait_newer(than).unwrap(), 2);
        }
        clock.advance(TTL);
        let stale = cell.by(way).wait_newer(1).unwrap();
        assert_eq!((*stale, Guard::is_stale(&stale)), (2, true));
        assert!(!cell.is_regenerating(), "due as it is, a follower does not lead");
        assert_eq!(cell.stats().waits, 0);
    });
}

#[test]
fn nothing_newer_is_waited_for_and_nobody_is_elected() {
    each_way(|way| {
        let (cell, clock) = cell();
        let hardly = |than| cell.by(way).with(HARDLY).wait_newer(than).map(|value| *value);
        assert!(matches!(hardly(0), Err(RegenError::WaitTimeout)), "empty");
        cell.set(1);
        assert!(matches!(hardly(1), Err(RegenError::WaitTimeout)));
        assert!(matches!(hardly(2), Err(RegenError::WaitTimeout)));
        assert!(matches!(hardly(u64::MAX), Err(RegenError::WaitTimeout)));
        clock.advance(TTL);
        assert!(matches!(hardly(1), Err(RegenError::WaitTimeout)), "stale");
        clock.advance(WINDOW);
        assert!(matches!(hardly(0), Err(RegenError::WaitTimeout)), "expired");
        assert!(!cell.is_regenerating() && cell.stats().waits == 6);
        assert_eq!(*cell.get_or_regen(|| 2), 2);
        assert_eq!(hardly(1).unwrap(), 2);
    });
}

#[test]
fn patience_is_at_least_as_long_as_it_says() {
    each_way(|way| {
        let (cell, _clock) = cell_that(|cell| cell.wait_timeout(Duration::ZERO));
        cell.set(1);
        let began = std::time::Instant::now();
        let demand = Demand::new().patience(PATIENCE);
        assert!(matches!(cell.by(way).with(demand).wait_newer(1), Err(RegenError::WaitTimeout)));
        assert!(began.elapsed() >= PATIENCE);
        let old = cell.by(way).with(demand.or_stale()).wait_newer(1).unwrap();
        assert_eq!(*old, 1);
        cell.invalidate();
        assert!(matches!(cell.by(way).with(demand.or_stale()).wait_newer(1), Err(RegenError::WaitTimeout)));
    });
}

#[test]
fn each_publication_wakes_those_who_follow() {
    each_way(|way| {
        type Publish = fn(&Shared<u32, crate::support::WatchedClock>);
        let publications: [Publish; 6] = [
            |cell| {
                cell.set(9);
            },
            |cell| {
                cell.set_with(9, Lifetime::fresh_for(Duration::ZERO));
            },
            |cell| {
                cell.set_if_newer(9, 1, Lifetime::new());
            },
            |cell| drop(cell.with(Demand::new().anew()).get_or_regen(|| 9)),
            |cell| drop(cell.with(Demand::new().anew()).try_lead().unwrap().publish(9).unwrap()),
            |cell| {
                let mut lease = cell.with_owned(Demand::new().anew()).try_lead().unwrap();
                lease.offer_stale(9, Lifetime::new()).unwrap();
                std::mem::forget(lease);
            },
        ];
        for (publish, is_empty) in
            publications.into_iter().flat_map(|publish| [(publish, true), (publish, false)])
        {
            // The cell's limit is not for those who follow.
            let (cell, clock) = watched_cell(|cell| cell.wait_timeout(Duration::ZERO));
            let than = if is_empty { 0 } else { cell.set(1) };
            let following = waiters(&cell, &clock, 2, move |cell| cell.by(way).wait_newer(than).unwrap());
            let patient = Demand::new().patience(Duration::MAX);
            let more =
                waiters(&cell, &clock, 1, move |cell| cell.by(way).with(patient).wait_newer(than).unwrap());
            publish(&cell);
            for follower in following.into_iter().chain(more) {
                let found = follower.join();
                assert_eq!((*found, Guard::version(&found)), (9, than + 1));
            }
        }
    });
}

/// Neither does a failure end it, for there may be a success later.
#[test]
fn nothing_but_a_publication_ends_it() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(TTL));
    for than in [0, 1] {
        let mut follower: Call<'_, _> = Box::pin(cell.wait_newer_async(than));
        let mut patient: Call<'_, _> =
            Box::pin(cell.with(Demand::new().patience(STUCK)).wait_newer_async(than));
        let waits = |follower: &mut Call<'_, Guard<u32>>,
                     patient: &mut Call<'_, Result<Guard<u32>, RegenError>>| {
            assert!(poll(follower).is_pending() && poll(patient).is_pending());
        };
        waits(&mut follower, &mut patient);
        let anew = Demand::new().anew().despite_throttle();
        cell.with(anew).try_lead().unwrap().fail("down");
        waits(&mut follower, &mut patient);
        drop(cell.with(anew).try_lead().unwrap());
        waits(&mut follower, &mut patient);
        cell.mark_stale();
        waits(&mut follower, &mut patient);
        cell.with(anew).try_lead().unwrap().defer(TTL);
        waits(&mut follower, &mut patient);
        assert!(cell.resume());
        waits(&mut follower, &mut patient);
        let slow = cell.with(anew).try_lead().unwrap();
        clock.advance(TTL);
        let next = cell.with(anew).try_lead().unwrap();
        waits(&mut follower, &mut patient);
        drop((slow, next));
        if than == 1 {
            clock.advance(TTL);
            assert!(cell.purge());
            waits(&mut follower, &mut patient);
            cell.invalidate();
            waits(&mut follower, &mut patient);
        }
        let version = cell.set(7);
        assert_eq!(version, if than == 0 { 1 } else { 3 });
        assert_eq!((*ready(poll(&mut follower)), *ready(poll(&mut patient)).unwrap()), (7, 7));
    }
}

#[test]
fn a_follower_sees_the_newest_and_never_one_twice() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let (told, tell) = channel();
        let follower = {
            let cell = Arc::clone(&cell);
            spawn(move || {
                let mut seen = 0;
                loop {
                    let newest = cell.by(way).wait_newer(seen).unwrap();
                    assert!(Guard::version(&newest) > seen && *newest >= Guard::version(&newest));
                    seen = Guard::version(&newest);
                    told.send(seen).unwrap();
                    if seen == 100 {
                        return;
                    }
                }
            })
        };
        (1..=100_u64).for_each(|number| assert_eq!(cell.set(number), number));
        follower.join();
        let seen: Vec<_> = tell.iter().collect();
        assert!(seen.is_sorted() && seen.last() == Some(&100));
    });
}

#[test]
fn a_follower_may_demand_more() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TICK);
        let found =
            |demand: Demand| cell.by(way).with(demand.patience(Duration::ZERO)).wait_newer(0).map(|v| *v);
        assert_eq!(found(Demand::new().max_age(TICK)).unwrap(), 1);
        assert!(found(Demand::new().max_age(Duration::ZERO)).is_err());
        assert!(found(Demand::new().newer_than(1)).is_err(), "the greater of both counts");
        assert!(found(Demand::new().anew()).is_err());
        assert_eq!(found(Demand::new().anew().at_most_every(TICK * 2)).unwrap(), 1);
        assert_eq!(found(Demand::new().anew().or_stale()).unwrap(), 1);
        assert!(!cell.is_regenerating());
    });
    let (cell, _clock) = cell();
    let slow = cell.try_lead().unwrap();
    let mut anew: Call<'_, _> = Box::pin(cell.with(Demand::new().anew()).wait_newer_async(0));
    assert!(poll(&mut anew).is_pending());
    let _ = slow.publish(1).unwrap();
    assert!(poll(&mut anew).is_pending(), "that one began before");
    cell.set(2);
    assert!(poll(&mut anew).is_pending(), "nobody knows of what it was made");
    let _ = cell.with(Demand::new().anew()).try_lead().unwrap().publish(3).unwrap();
    assert_eq!(*ready(poll(&mut anew)).unwrap(), 3);
}

#[test]
fn a_follower_that_is_cancelled_disturbs_nobody() {
    let (cell, _clock) = cell();
    let (wakes, mut stays): (Arc<Wakes>, Call<'_, _>) = (Arc::default(), Box::pin(cell.wait_newer_async(0)));
    let mut goes: Call<'_, _> = Box::pin(cell.wait_newer_async(0));
    let mut idles: Call<'_, _> = Box::pin(cell.wait_idle_async());
    let leader = hanging_leader(&cell);
    assert!(
        wakes.poll(&mut stays).is_pending() && poll(&mut goes).is_pending() && poll(&mut idles).is_pending()
    );
    drop((goes, idles));
    assert_eq!((wakes.count(), cell.stats().waits), (0, 1));
    drop(leader);
    cell.set(1);
    assert!(wakes.count() > 0);
    assert_eq!(*ready(poll(&mut stays)), 1);
    assert_eq!(cell.stats().waits, 2);
}

#[test]
fn inside_of_a_creation_function_a_follower_is_told_so() {
    each_way(|way| {
        let (cell, _clock) = stale_cell(|cell| cell);
        let made = cell.by(way).get_or_regen(|| {
            assert_eq!(*cell.by(way).wait_newer(0).unwrap(), 1);
            let newer = cell.by(way).with(Demand::new()).wait_newer(1);
            assert!(matches!(newer, Err(RegenError::Reentrant)));
            assert_eq!(*cell.by(way).with(Demand::new().or_stale()).wait_newer(1).unwrap(), 1);
            let panic = catch_unwind(AssertUnwindSafe(|| drop(cell.by(way).wait_newer(1)))).unwrap_err();
            assert!(panic.downcast_ref::<String>().unwrap().contains(ASKED_AGAIN));
            let panic = catch_unwind(AssertUnwindSafe(|| cell.wait_idle())).unwrap_err();
            assert!(panic.downcast_ref::<String>().unwrap().contains(ASKED_AGAIN));
            2
        });
        assert_eq!(*made, 2);
    });
}

/// Where nobody is at work.
#[test]
fn an_idle_cell_is_idle_at_once() {
    each_way(|way| {
        let (cell, clock) = cell();
        let is_idle = || {
            cell.wait_idle();
            way.block_on(cell.wait_idle_async());
        };
        is_idle();
        cell.set(1);
        is_idle();
        clock.advance(TTL);
        is_idle();
        cell.try_lead().unwrap().fail("down");
        is_idle();
        clock.advance(TTL);
        is_idle();
        cell.try_lead().unwrap().defer(TTL);
        is_idle();
        cell.invalidate();
        is_idle();
        assert_eq!(cell.stats().waits, 0);
    });
}

#[test]
fn each_way_for_a_leader_to_end_ends_the_wait_for_it() {
    type Lease = dogpile::OwnedLease<u32, dogpile::clock::ManualClock>;
    let ends: [fn(&Shared<u32>, Lease); 8] = [
        |_, lease| drop(lease.publish(2)),
        |_, lease| drop(lease.renew()),
        |_, lease| lease.fail("down"),
        |_, lease| lease.defer(TTL),
        |_, lease| drop(lease),
        |cell, _late| {
            cell.set(2);
        },
        |cell, _late| cell.invalidate(),
        |cell, _late| assert!(cell.get().is_none() || cell.invalidate_if(1)),
    ];
    for (which, end) in ends.into_iter().enumerate() {
        for is_empty in [true, false] {
            let (cell, _clock) = cell();
            if !is_empty {
                cell.set(1);
            } else if which == 7 {
                continue;
            }
            let mut lease = cell.with_owned(Demand::new().anew()).try_lead().unwrap();
            let mut idle: Call<'_, _> = Box::pin(cell.wait_idle_async());
            assert!(poll(&mut idle).is_pending());
            cell.mark_stale();
            assert!(lease.extend(TTL) && poll(&mut idle).is_pending());
            if which == 2 {
                lease.offer_stale(7, Lifetime::new()).unwrap();
                assert!(poll(&mut idle).is_pending(), "who offers something goes on leading");
            }
            let thread = {
                let cell = Arc::clone(&cell);
                spawn(move || cell.wait_idle())
            };
            end(&cell, lease);
            ready(poll(&mut idle));
            thread.join();
        }
    }
}

#[test]
fn a_creation_function_that_ends_or_panics_ends_the_wait_for_it() {
    let (cell, _clock) = cell();
    for crashes in [false, true] {
        cell.invalidate();
        let flight = Flight::take_off(&cell);
        let mut idle: Call<'_, _> = Box::pin(cell.wait_idle_async());
        assert!(poll(&mut idle).is_pending());
        if crashes {
            flight.crash();
        } else {
            assert_eq!(*flight.land(1), 1);
        }
        ready(poll(&mut idle));
    }
    cell.invalidate();
    let leader = hanging_leader(&cell);
    let mut idle: Call<'_, _> = Box::pin(cell.wait_idle_async());
    assert!(poll(&mut idle).is_pending());
    drop(leader);
    assert!(matches!(poll(&mut idle), Poll::Ready(())));
}

#[test]
fn who_takes_over_is_waited_for_too() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(LEASE));
    let slow = cell.try_lead().unwrap();
    let mut idle: Call<'_, _> = Box::pin(cell.wait_idle_async());
    assert!(poll(&mut idle).is_pending());
    clock.advance(LEASE);
    assert!(poll(&mut idle).is_pending(), "who overruns is at work");
    let next = cell.try_lead().unwrap();
    assert!(poll(&mut idle).is_pending());
    assert!(slow.publish(1).is_err() && poll(&mut idle).is_pending());
    assert!(next.publish(2).is_ok());
    ready(poll(&mut idle));
}

/// They share a list with those who wait for a value.
#[test]
fn those_who_follow_and_those_who_wait_do_not_disturb_each_other() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let lease = cell.try_lead().unwrap();
        let following = waiters(&cell, &clock, 2, move |cell| cell.by(way).wait_newer(1).unwrap());
        let waiting =
            waiters(&cell, &clock, 2, move |cell| cell.by(way).try_get_or_regen(|| Err::<u32, _>("unasked")));
        lease.fail("down");
        for waiter in waiting {
            assert!(is_same_failure(&waiter.join().unwrap_err(), &cell.last_error().unwrap()));
        }
        cell.set(1);
        assert_eq!(*cell.get_or_regen(not_due), 1);
        cell.set(2);
        assert!(following.into_iter().all(|follower| *follower.join() == 2));
    });
}
