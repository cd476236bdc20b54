//! Leaders that defer, and that offer a stale value meanwhile. F1: somebody is elected during a pause, or the end of a
//! pause supersedes a leader. F6: a waiter sleeps on although the pause is over, or although there is an offer. F7:
//! what ends a pause, or a deposed leader's offer, replaces something newer. F8: an offer brings back what was
//! invalidated. F9: a mark beside a deferral or an offer is lost. F12: an offer changes the lease of a successor. F16:
//! an offer and another value bear one version.

use crate::rig::{
    Cell, LATER, ModelClock, Origin, TERM, Value, caller, empty, exhaustively, fresh, invalidator, marker,
    preempting, preempting_each, setter, stale, stale_with_lease, stale_with_lease_of, without_timeouts,
};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use loom_tests::clock::Clock;
use loom_tests::{Demand, DogpileCell, Guard, Lifetime, OwnedLease};
use std::sync::Arc;
use std::time::Duration;

type Lease = OwnedLease<Value, ModelClock>;

#[derive(Clone, Copy)]
enum Who {
    Thread,
    Task,
}
use Who::{Task, Thread};

/// A thread or a task that asks for the value, and makes it if need be.
fn asks(cell: &Arc<Cell>, origin: &Arc<Origin>, who: Who) -> JoinHandle<u64> {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    thread::spawn(move || match who {
        Thread => cell.get_or_regen(|| origin.create()).number(),
        Task => block_on(cell.get_or_regen_async(async || origin.create())).number(),
    })
}

/// A waiter of an empty cell, whose leader defers. Nothing but `then` ends the pause; no timeout does.
fn sleeps_until(who: Who, then: fn(&Cell), number: u64, runs: usize) {
    without_timeouts(3, move || {
        let (cell, origin) = (empty(), Origin::new(2));
        let lease = cell.try_lead().unwrap();
        let waiter = asks(&cell, &origin, who);
        lease.defer(TERM);
        assert_eq!(origin.runs(), 0, "nobody leads during the pause");
        then(&cell);
        assert_eq!((waiter.join().unwrap(), origin.runs()), (number, runs));
    });
}

fn resume(cell: &Cell) {
    assert!(cell.resume(), "there was a pause");
}

#[test]
fn a_thread_sleeps_until_the_pause_is_ended() {
    sleeps_until(Thread, resume, 2, 1);
}

#[test]
fn a_task_sleeps_until_the_pause_is_ended() {
    sleeps_until(Task, resume, 2, 1);
}

fn set(cell: &Cell) {
    cell.set(Value::new(3));
}

#[test]
fn a_thread_sleeps_through_a_pause_until_a_set() {
    sleeps_until(Thread, set, 3, 0);
}

#[test]
fn a_task_sleeps_through_a_pause_until_a_set() {
    sleeps_until(Task, set, 3, 0);
}

#[test]
fn a_thread_sleeps_through_a_pause_until_an_invalidate() {
    sleeps_until(Thread, Cell::invalidate, 2, 1);
}

#[test]
fn two_waiters_sleep_until_the_pause_is_ended() {
    without_timeouts(1, || {
        let (cell, origin) = (empty(), Origin::new(2));
        let lease = cell.try_lead().unwrap();
        let waiters = [asks(&cell, &origin, Thread), asks(&cell, &origin, Task)];
        lease.defer(TERM);
        assert_eq!(origin.runs(), 0, "nobody leads during the pause");
        assert!(cell.resume(), "there was a pause");
        assert_eq!(waiters.map(|waiter| waiter.join().unwrap()), [2, 2]);
        assert_eq!(origin.runs(), 1, "one leader");
    });
}

/// The pause ends by the clock, and nobody is elected before.
#[test]
fn a_waiter_sleeps_until_the_pause_is_over() {
    preempting(3, || {
        let clock = ModelClock::new();
        let cell = empty_that_defers(&clock);
        let lease = cell.try_lead().unwrap();
        let waiter = thread::spawn({
            let (cell, clock) = (Arc::clone(&cell), clock.clone());
            move || {
                let guard = cell.get_or_regen(|| {
                    assert_eq!(clock.now().as_nanos(), LATER, "the pause is over");
                    Value::new(2)
                });
                guard.number()
            }
        });
        lease.defer(TERM);
        clock.set(LATER);
        assert_eq!(waiter.join().unwrap(), 2);
    });
}

fn empty_that_defers(clock: &ModelClock) -> Arc<Cell> {
    let builder = DogpileCell::builder().time_to_live(Duration::MAX).clock(clock.clone());
    Arc::new(builder.build().expect("consistent"))
}

/// What can be served is served, and nobody is elected.
#[test]
fn a_caller_beside_a_leader_that_defers() {
    exhaustively(|| {
        let cell = stale();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || lease.defer(TERM));
        let never = || unreachable!("a leader is at work, or has deferred");
        assert_eq!(cell.get_or_regen(never).number(), 1);
        assert!(cell.try_lead().is_none());
        leader.join().unwrap();
        assert!(cell.try_lead().is_none());
        assert_eq!(cell.get_or_regen(never).number(), 1);
    });
}

/// The mark is answered by the regeneration after the pause.
#[test]
fn a_mark_beside_a_leader_that_defers() {
    preempting_each(Some(5), [false, true], |was_fresh| {
        let clock = ModelClock::new();
        let cell = empty_that_defers(&clock);
        cell.set(Value::living(1, Duration::MAX));
        let origin = Origin::new(1);
        if !was_fresh {
            cell.mark_stale();
        }
        let lease = cell.with_owned(Demand::new().anew()).try_lead().unwrap();
        let marker = marker(&cell, &origin);
        lease.defer(TERM);
        let during = cell.get_or_regen(|| unreachable!("a leader is at work, or has deferred"));
        assert_eq!(during.number(), 1);
        marker.join().unwrap();
        clock.set(LATER);
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the mark is answered");
    });
}

/// The pause was of the value that is gone.
#[test]
fn an_invalidate_beside_a_leader_that_defers() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || lease.defer(TERM));
        cell.invalidate();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "not after the pause");
        leader.join().unwrap();
        assert_eq!(cell.get_or_regen(|| unreachable!("the value is fresh")).number(), 2);
    });
}

/// The clock of the thread that ends the pause says that it is not over; that of the caller says that it is.
#[test]
fn the_end_of_a_pause_beside_a_caller() {
    preempting_each(Some(3), [empty_that_defers, stale_that_defers], |state| {
        let clock = ModelClock::new();
        let (cell, origin) = (state(&clock), Origin::new(2));
        cell.try_lead().unwrap().defer(TERM);
        let caller = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                clock.set(LATER);
                let guard = cell.get_or_regen(|| origin.create());
                assert!(guard.number() == 1 || Guard::version(&guard) != 0, "it is not superseded");
            }
        });
        cell.resume();
        caller.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
        assert_eq!(origin.runs(), 1, "one leader");
    });
}

fn stale_that_defers(clock: &ModelClock) -> Arc<Cell> {
    stale_with_lease_of(Duration::MAX, clock)
}

#[test]
fn the_end_of_a_pause_beside_another() {
    preempting(4, || {
        let (cell, origin) = (empty(), Origin::new(2));
        cell.try_lead().unwrap().defer(TERM);
        let other = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.resume()
        });
        let mine = cell.resume();
        assert!(mine != other.join().unwrap(), "one of them ends it");
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
    });
}

#[test]
fn the_end_of_a_pause_beside_a_mark() {
    exhaustively(|| {
        let (cell, origin) = (fresh(), Origin::new(1));
        cell.with(Demand::new().anew()).try_lead().unwrap().defer(TERM);
        let marker = marker(&cell, &origin);
        assert!(cell.resume(), "there was a pause");
        marker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the mark is answered");
    });
}

/// Who lets go of a dead value is at work on nothing: the pause is ended all the same.
#[test]
fn the_end_of_a_pause_beside_a_purge() {
    exhaustively(|| {
        let cell = empty();
        cell.set_with(Value::new(1), Lifetime::new().usable_for(Duration::ZERO));
        cell.try_lead().unwrap().defer(TERM);
        let purger = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.purge()
        });
        let ended = cell.resume();
        purger.join().unwrap();
        assert!(ended, "there was a pause");
        assert!(cell.try_lead().is_some(), "it is over");
    });
}

// Leases.

/// Each take over in a row doubles the next lease, and a publication starts over.
#[test]
fn a_lease_after_two_take_overs() {
    preempting(3, || {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let first = cell.try_lead().unwrap();
        clock.set(LATER);
        let taker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead_owned()
        });
        let mine = cell.try_lead_owned();
        let other = taker.join().unwrap();
        assert!(mine.is_some() != other.is_some(), "one of them takes over");
        clock.set(2 * LATER);
        assert!(cell.try_lead().is_none(), "twice as long");
        clock.set(3 * LATER);
        let second = cell.try_lead().expect("and no longer");
        clock.set(6 * LATER);
        assert!(cell.try_lead().is_none(), "four times as long");
        assert!(second.publish(Value::living(1, Duration::ZERO)).is_ok(), "in the end it is published");
        assert!(first.publish(Value::new(3)).is_err());
        let third = cell.try_lead().expect("it is stale");
        clock.set(7 * LATER);
        assert!(cell.try_lead().is_some(), "as long as at first");
        drop((mine, other, third));
    });
}

/// Beside a leader that was deposed and gives up, and so does its successor: no lease gets shorter by that.
#[test]
fn a_lease_after_a_take_over_that_is_given_up() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let first = cell.try_lead_owned().unwrap();
        clock.set(LATER);
        let successor = cell.try_lead().expect("the lease has ended");
        let leader = thread::spawn(move || drop(first));
        drop(successor);
        let third = cell.try_lead().expect("nobody is at work");
        clock.set(2 * LATER);
        assert!(cell.try_lead().is_none(), "twice as long");
        clock.set(3 * LATER);
        assert!(cell.try_lead().is_some(), "and no longer");
        leader.join().unwrap();
        drop(third);
    });
}

// Offers.

fn offer(lease: &mut Lease) -> bool {
    lease.offer_stale(Value::new(3), Lifetime::new()).is_ok()
}

/// The leader goes on only when the waiter has been served.
fn takes_the_offer(who: Who) {
    let cell = empty();
    let mut lease = cell.try_lead_owned().unwrap();
    let waiter = asks(&cell, &Origin::new(9), who);
    assert!(offer(&mut lease), "nobody supersedes it");
    assert_eq!(waiter.join().unwrap(), 3);
    assert!(Guard::is_stale(&cell.get().unwrap()));
    assert!(cell.is_regenerating() && cell.try_lead().is_none(), "it goes on leading");
    assert!(lease.publish(Value::new(2)).is_ok());
    let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
    assert_eq!((last.number(), Guard::version(&last)), (2, 3), "each has a version of its own");
}

#[test]
fn a_waiter_takes_the_offer() {
    preempting_each(None, [Thread, Task], takes_the_offer);
}

#[test]
fn two_waiters_beside_an_offer_and_the_publication() {
    preempting(1, || {
        let cell = empty();
        let mut lease = cell.try_lead_owned().unwrap();
        let origin = Origin::new(9);
        let waiters = [asks(&cell, &origin, Thread), asks(&cell, &origin, Task)];
        assert!(offer(&mut lease), "nobody supersedes it");
        assert!(lease.publish(Value::new(2)).is_ok());
        for waiter in waiters {
            let number = waiter.join().unwrap();
            assert!(number == 3 || number == 2, "the offer, or what came after it");
        }
        assert_eq!((cell.get().unwrap().number(), origin.runs()), (2, 0));
    });
}

/// A thread that offers and then publishes; returns which of the two were in the cell.
fn offers_and_publishes(mut lease: Lease) -> JoinHandle<(bool, bool)> {
    thread::spawn(move || {
        let offered = offer(&mut lease);
        (offered, lease.publish(Value::new(2)).is_ok())
    })
}

#[test]
fn an_offer_beside_a_set() {
    exhaustively(|| {
        let cell = stale();
        let leader = offers_and_publishes(cell.try_lead_owned().unwrap());
        let version = cell.set(Value::new(4));
        let (offered, published) = leader.join().unwrap();
        assert_eq!(version, 2 + u64::from(offered) + u64::from(published), "each has a version of its own");
        assert!(offered || !published, "who is superseded stays so");
        let last = cell.get_or_regen(|| unreachable!("what was set is fresh"));
        assert_eq!((last.number(), Guard::version(&last)), (4, version), "what was set is newer");
    });
}

#[test]
fn an_offer_beside_an_invalidate() {
    exhaustively(|| {
        let cell = stale();
        let leader = offers_and_publishes(cell.try_lead_owned().unwrap());
        cell.invalidate();
        assert!(cell.get().is_none(), "a read after `invalidate` returned");
        leader.join().unwrap();
        assert!(cell.get().is_none(), "nothing comes back");
        assert!(cell.try_lead().is_some(), "nobody is at work");
    });
}

#[test]
fn an_offer_beside_a_set_and_an_invalidate() {
    preempting(2, || {
        let cell = empty();
        let leader = offers_and_publishes(cell.try_lead_owned().unwrap());
        let setter = setter(&cell, 4);
        let invalidator = invalidator(&cell);
        let version = setter.join().unwrap();
        invalidator.join().unwrap();
        leader.join().unwrap();
        if let Some(last) = cell.get() {
            assert_eq!((last.number(), Guard::version(&last)), (4, version), "what was set, or nothing");
        }
    });
}

#[test]
fn an_offer_beside_a_take_over() {
    preempting(5, || {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let lease = cell.try_lead_owned().unwrap();
        clock.set(LATER);
        let leader = offers_and_publishes(lease);
        let successor = cell.try_lead().map(|lease| lease.publish(Value::new(5)));
        let (offered, published) = leader.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        match successor {
            None => assert!(offered && published && last.number() == 2, "nobody took over"),
            Some(successor) => {
                assert!(successor.is_ok() && !published, "nothing supersedes the successor");
                assert_eq!(last.number(), 5);
            }
        }
        assert_eq!(Guard::version(&last), 2 + u64::from(offered));
    });
}

/// The offer of a deposed leader changes neither the value nor the lease of its successor.
#[test]
fn a_deposed_leader_offers() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let mut lease = cell.try_lead_owned().unwrap();
        clock.set(LATER);
        let successor = cell.try_lead().expect("the lease has ended");
        let leader = thread::spawn(move || offer(&mut lease));
        assert!(cell.try_lead().is_none(), "the successor's lease has only begun");
        assert!(!leader.join().unwrap(), "superseded");
        assert_eq!(cell.get().unwrap().number(), 1, "nothing was published");
        assert!(successor.publish(Value::new(2)).is_ok());
    });
}

/// An offer is no end of the lease, and no beginning of another.
#[test]
fn a_leader_that_offers_and_hangs() {
    preempting(4, || {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let mut lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || {
            assert!(offer(&mut lease), "its lease has not ended");
            lease
        });
        assert!(cell.try_lead().is_none(), "it leads");
        let lease = leader.join().unwrap();
        assert!(cell.try_lead().is_none(), "it leads on");
        clock.set(LATER);
        let successor = cell.try_lead().expect("the lease has ended");
        assert!(lease.publish(Value::new(3)).is_err());
        assert!(successor.publish(Value::new(2)).is_ok());
    });
}

/// What the leader publishes was made before the mark.
#[test]
fn a_mark_beside_an_offer_and_the_publication() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(1));
        let mut lease = cell.try_lead_owned().unwrap();
        let made = origin.copy();
        let marker = marker(&cell, &origin);
        assert!(offer(&mut lease), "nobody supersedes it");
        assert!(lease.publish(made).is_ok());
        marker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}

/// The leader was elected after the mark, and superseded after its offer.
#[test]
fn a_mark_that_is_answered_by_who_offers_beside_an_invalidate() {
    preempting(2, || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let marks_and_offers = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                origin.change(2);
                cell.mark_stale();
                let mut lease = cell.try_lead_owned()?;
                offer(&mut lease);
                Some(lease)
            }
        });
        let invalidator = invalidator(&cell);
        let _ = cell.get_or_regen(|| origin.copy());
        drop(marks_and_offers.join().unwrap());
        invalidator.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}

/// A leader that offers and gives up: the offer is stale, and the next caller regenerates.
#[test]
fn a_caller_beside_an_offer_that_is_all_there_is() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let mut lease = cell.try_lead_owned().unwrap();
        let other = caller(&cell, &origin);
        assert!(offer(&mut lease), "nobody supersedes it");
        drop(lease);
        other.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
        assert_eq!(origin.runs(), 1);
    });
}
