//! F6: a caller that waits for a later version sleeps on although there is one, or one that waits until nobody is at work
//! although nobody is. And the other way about: that one goes on while somebody is, or does not know what the leader did.

use crate::rig::{
    Cell, Down, LATER, ModelClock, Origin, Value, caller, empty, exhaustively, fresh, preempting,
    preempting_each, stale, stale_with_lease, stale_with_lease_of,
};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use loom_tests::{Guard, Lifetime, OwnedLease};
use std::sync::Arc;
use std::time::Duration;

type Lease = OwnedLease<Value, ModelClock>;

#[derive(Clone, Copy)]
enum Who {
    Thread,
    Task,
}
use Who::{Task, Thread};

const BOTH: [Who; 2] = [Thread, Task];

/// Waits for a later version than this; returns its number and its version.
fn follower(cell: &Arc<Cell>, who: Who, than: u64) -> JoinHandle<(u64, u64)> {
    let cell = Arc::clone(cell);
    thread::spawn(move || {
        let guard = match who {
            Thread => cell.wait_newer(than),
            Task => block_on(cell.wait_newer_async(than)),
        };
        (guard.number(), Guard::version(&guard))
    })
}

#[test]
fn a_follower_beside_a_set() {
    preempting_each(None, BOTH, |who| {
        let cell = fresh();
        let follower = follower(&cell, who, 1);
        cell.set(Value::new(2));
        assert_eq!(follower.join().unwrap(), (2, 2));
    });
}

#[test]
fn a_follower_beside_a_publication() {
    preempting_each(None, BOTH, |who| {
        let cell = stale();
        let lease = cell.try_lead().unwrap();
        let follower = follower(&cell, who, 1);
        assert!(lease.publish(Value::new(2)).is_ok());
        assert_eq!(follower.join().unwrap(), (2, 2));
    });
}

#[test]
fn a_follower_beside_a_first_creation() {
    preempting_each(Some(4), BOTH, |who| {
        let (cell, origin) = (empty(), Origin::new(2));
        let follower = follower(&cell, who, 0);
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "it does not wait for who waits");
        assert_eq!(follower.join().unwrap(), (2, 2));
    });
}

/// An empty cell of a later version is nothing to return.
#[test]
fn a_follower_beside_an_invalidate_and_a_set() {
    preempting_each(Some(3), BOTH, |who| {
        let cell = fresh();
        let follower = follower(&cell, who, 1);
        cell.invalidate();
        cell.set(Value::new(2));
        assert_eq!(follower.join().unwrap(), (2, 3));
    });
}

/// A failure is no version, and no end of the wait.
#[test]
fn a_follower_beside_a_leader_that_fails() {
    preempting_each(Some(3), BOTH, |who| {
        let cell = stale();
        let lease = cell.try_lead().unwrap();
        let follower = follower(&cell, who, 1);
        lease.fail(Down(1));
        cell.set(Value::new(2));
        assert_eq!(follower.join().unwrap(), (2, 2));
    });
}

#[test]
fn two_followers_beside_a_set() {
    preempting(2, || {
        let cell = fresh();
        let followers = BOTH.map(|who| follower(&cell, who, 1));
        cell.set(Value::new(2));
        assert_eq!(followers.map(|follower| follower.join().unwrap()), [(2, 2), (2, 2)]);
    });
}

#[test]
fn a_follower_beside_two_sets() {
    preempting(4, || {
        let cell = fresh();
        let follower = follower(&cell, Thread, 2);
        cell.set(Value::new(2));
        cell.set(Value::new(3));
        assert_eq!(follower.join().unwrap(), (3, 3), "not the first, which is the one that it has");
    });
}

/// Waits until nobody is at work, and then uses the desk of the origin.
fn closer(cell: &Arc<Cell>, origin: &Arc<Origin>, who: Who) -> JoinHandle<()> {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    thread::spawn(move || {
        match who {
            Thread => cell.wait_idle(),
            Task => block_on(cell.wait_idle_async()),
        }
        let _ = origin.create();
    })
}

/// A leader works and `ends`: who waits until nobody is at work has the desk of the origin for itself.
fn closes_beside(who: Who, ends: fn(Lease, Value)) {
    let (cell, origin) = (stale(), Origin::new(2));
    let lease = cell.try_lead_owned().unwrap();
    let closer = closer(&cell, &origin, who);
    let made = origin.create();
    ends(lease, made);
    closer.join().unwrap();
}

#[test]
fn who_waits_until_nobody_is_at_work_beside_a_publication() {
    preempting_each(Some(3), BOTH, |who| {
        closes_beside(who, |lease, made| assert!(lease.publish(made).is_ok()));
    });
}

#[test]
fn who_waits_until_nobody_is_at_work_beside_a_lease_that_is_given_up() {
    preempting_each(None, BOTH, |who| closes_beside(who, |lease, _| drop(lease)));
}

#[test]
fn who_waits_until_nobody_is_at_work_beside_a_failure() {
    preempting_each(None, BOTH, |who| closes_beside(who, |lease, _| lease.fail(Down(1))));
}

/// Somebody is at work before the offer and after it.
#[test]
fn who_waits_until_nobody_is_at_work_beside_an_offer() {
    preempting_each(Some(3), BOTH, |who| {
        let (cell, origin) = (stale(), Origin::new(2));
        let mut lease = cell.try_lead_owned().unwrap();
        let closer = closer(&cell, &origin, who);
        assert!(lease.offer_stale(Value::new(3), Lifetime::new()).is_ok());
        assert!(lease.publish(origin.create()).is_ok());
        closer.join().unwrap();
    });
}

/// And so it is before a take over and after it.
#[test]
fn who_waits_until_nobody_is_at_work_beside_a_take_over() {
    preempting_each(Some(3), BOTH, |who| {
        let clock = ModelClock::new();
        let (cell, origin) = (stale_with_lease(&clock), Origin::new(2));
        let overrun = cell.try_lead().unwrap();
        clock.set(LATER);
        let closer = closer(&cell, &origin, who);
        let successor = cell.try_lead().expect("the lease has ended");
        drop(overrun);
        assert!(successor.publish(origin.create()).is_ok());
        closer.join().unwrap();
    });
}

#[test]
fn two_wait_until_nobody_is_at_work() {
    preempting(2, || {
        let cell = stale_with_lease_of(Duration::MAX, &ModelClock::new());
        let lease = cell.try_lead().unwrap();
        let closers = BOTH.map(|who| closer(&cell, &Origin::new(2), who));
        drop(lease);
        for closer in closers {
            closer.join().unwrap();
        }
    });
}

/// Who waits until nobody is at work does not keep a caller from it.
#[test]
fn who_waits_until_nobody_is_at_work_beside_a_caller() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let leader = caller(&cell, &origin);
        cell.wait_idle();
        assert_eq!(leader.join().unwrap(), 2);
    });
}
