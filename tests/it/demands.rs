//! Calls that ask for more than what is there: what meets a demand, what becomes of a call whose demand is not met, and
//! that nobody else notices.

use crate::hands::{Call, hanging_leader, poll, ready};
use crate::support::{
    ASKED_AGAIN, Flight, LEASE, RETRY, Shared, TICK, TTL, TryFlight, WINDOW, WatchedClock, cell, cell_that,
    crash, crashes, is_same_failure, not_due, not_due_either, spawn, stale_cell, waiters, watched_cell,
};
use crate::ways::{By, WAYS, Way, each_way};
use dogpile::clock::{Clock, ManualClock};
use dogpile::{Demand, DogpileCell, DogpileLazy, Guard, Lifetime, RegenError};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(20);
const AGE: Duration = Duration::from_secs(5);

/// The calls that can be made with a demand and that make a value if it is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    GetOrRegen,
    TryGetOrRegen,
    HandOff,
    HandOffOwned,
    /// For threads only.
    Reader,
    /// For threads only.
    TryReader,
}

const VERBS: [Verb; 6] =
    [Verb::GetOrRegen, Verb::TryGetOrRegen, Verb::HandOff, Verb::HandOffOwned, Verb::Reader, Verb::TryReader];

type Made = Result<u32, &'static str>;
type Asked = Result<Guard<u32>, RegenError>;

/// What the calls have that return a value or an error.
fn is_fallible(verb: Verb) -> bool {
    !matches!(verb, Verb::GetOrRegen | Verb::Reader)
}

fn each_call(case: impl Fn(Verb, Way)) {
    for verb in VERBS {
        for way in WAYS {
            if way == Way::Thread || !matches!(verb, Verb::Reader | Verb::TryReader) {
                let named = Named(verb, way);
                case(verb, way);
                drop(named);
            }
        }
    }
}

fn each_fallible_call(case: impl Fn(Verb, Way)) {
    each_call(|verb, way| {
        if is_fallible(verb) {
            case(verb, way);
        }
    });
}

fn each_infallible_call(case: impl Fn(Verb, Way)) {
    each_call(|verb, way| {
        if !is_fallible(verb) {
            case(verb, way);
        }
    });
}

struct Named(Verb, Way);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the call was {:?} by {:?}", self.0, self.1);
        }
    }
}

/// Makes one call; what leads makes a value by `make`.
fn ask<C: Clock>(
    cell: &Shared<u32, C>,
    (verb, way): (Verb, Way),
    demand: Demand,
    make: impl FnOnce() -> Made,
) -> Asked {
    match verb {
        Verb::GetOrRegen => Ok(cell.by(way).with(demand).get_or_regen(|| make().unwrap_or_else(|_| crash()))),
        Verb::TryGetOrRegen => cell.by(way).with(demand).try_get_or_regen(make),
        Verb::HandOff => cell.by(way).with(demand).get_or_hand_off(|lease| match make() {
            Ok(value) => drop(lease.publish(value)),
            Err(error) => lease.fail(error),
        }),
        Verb::HandOffOwned => cell.by(way).with(demand).get_or_hand_off_owned(|lease| match make() {
            Ok(value) => drop(lease.publish(value)),
            Err(error) => lease.fail(error),
        }),
        Verb::Reader => {
            let mut reader = cell.reader();
            reader.with(demand).get_or_regen(|| make().unwrap_or_else(|_| crash()));
            Ok(reader.last().expect("it has just returned it"))
        }
        Verb::TryReader => {
            let mut reader = cell.reader();
            reader.with(demand).try_get_or_regen(make)?;
            Ok(reader.last().expect("it has just returned it"))
        }
    }
}

/// A cell whose value, 7, has version 2, the age `AGE`, and is fresh.
fn fresh() -> (Shared<u32>, ManualClock) {
    let (cell, clock) = cell();
    cell.set(6);
    cell.set(7);
    clock.advance(AGE);
    (cell, clock)
}

/// What the value of [`fresh`] meets.
fn met() -> [Demand; 12] {
    let all = Demand::new();
    [
        all,
        all.or_stale(),
        all.despite_throttle(),
        all.patience(Duration::ZERO),
        all.max_age(AGE),
        all.max_age(Duration::MAX),
        all.newer_than(1),
        all.newer_than(0).max_age(AGE).or_stale().despite_throttle().patience(Duration::MAX),
        all.anew().at_most_every(AGE + TICK),
        all.newer_than(u64::MAX).at_most_every(AGE + TICK),
        all.max_age(Duration::ZERO).at_most_every(AGE + TICK),
        all.anew().newer_than(2).max_age(Duration::ZERO).at_most_every(Duration::MAX),
    ]
}

/// What it does not meet.
fn unmet() -> [Demand; 9] {
    let all = Demand::new();
    [
        all.max_age(AGE - TICK),
        all.max_age(Duration::ZERO),
        all.newer_than(2),
        all.newer_than(u64::MAX),
        all.anew(),
        all.anew().at_most_every(AGE),
        all.newer_than(2).at_most_every(Duration::ZERO),
        all.newer_than(1).max_age(AGE - TICK),
        all.newer_than(2).max_age(AGE),
    ]
}

#[test]
fn a_value_that_meets_the_demand_is_served() {
    each_call(|verb, way| {
        let (cell, _clock) = fresh();
        for demand in met() {
            let served = ask(&cell, (verb, way), demand, not_due_either).unwrap();
            assert_eq!((*served, Guard::version(&served), Guard::is_stale(&served)), (7, 2, false));
            assert_eq!(Guard::age(&served), AGE);
            assert_eq!(cell.with(demand).get().map(|value| *value), Some(7));
            assert!(cell.with(demand).try_lead().is_none());
        }
        assert_eq!(cell.stats().regenerations, 0);
    });
}

#[test]
fn a_value_that_does_not_is_replaced_while_all_others_are_served_it_as_fresh() {
    each_call(|verb, way| {
        for demand in unmet() {
            let (cell, _clock) = fresh();
            assert!(cell.with(demand).get().is_none());
            assert_eq!(cell.with(demand.or_stale()).get().map(|value| *value), Some(7));
            let made = ask(&cell, (verb, way), demand, || {
                let others = Arc::clone(&cell);
                let read = spawn(move || {
                    let mut reader = others.reader();
                    assert_eq!(*reader.get_or_regen(not_due), 7);
                    let last = reader.last().unwrap();
                    let all = [
                        others.get().unwrap(),
                        others.get_or_regen(not_due),
                        others.try_get_or_regen(not_due_either).unwrap(),
                        others.get_or_hand_off(|_| not_due()).unwrap(),
                        others.with(Demand::new().newer_than(1)).get_or_regen(not_due),
                        last,
                    ];
                    assert!(others.with(demand).try_lead().is_none() && others.try_lead().is_none());
                    all.iter().all(|guard| **guard == 7 && !Guard::is_stale(guard))
                });
                assert!(read.join(), "all others are served the old value as fresh");
                Ok(8)
            });
            let made = made.unwrap();
            assert_eq!((*made, Guard::version(&made), Guard::is_stale(&made)), (8, 3, false));
            assert_eq!(*cell.get_or_regen(not_due), 8);
            let stats = cell.stats();
            assert_eq!((stats.regenerations, stats.creations), (1, 0));
        }
    });
}

#[test]
fn a_lease_can_be_demanded() {
    for demand in unmet() {
        for demand in [demand, demand.or_stale(), demand.despite_throttle(), demand.patience(TTL)] {
            let (cell, _clock) = fresh();
            let lease = cell.with(demand).try_lead().expect("the value does not meet the demand");
            assert!(cell.with(demand).try_lead().is_none(), "one leader at a time");
            assert_eq!(lease.previous().map(|value| *value), Some(7));
            assert_eq!(*cell.get_or_regen(not_due), 7);
            assert_eq!(*lease.publish(8).unwrap(), 8);

            let (cell, _clock) = fresh();
            let lease = cell.with_owned(demand).try_lead().unwrap();
            assert_eq!(*lease.publish(8).unwrap(), 8);
            assert!(!Guard::is_stale(&cell.get().unwrap()));
        }
    }
}

/// Due is due, whatever is demanded.
#[test]
fn a_stale_value_that_meets_the_demand_is_replaced_by_one_and_served_to_all_others() {
    each_call(|verb, way| {
        for demand in [Demand::new(), Demand::new().at_most_every(Duration::MAX), Demand::new().max_age(TTL)]
        {
            let (cell, _clock) = stale_cell(|cell| cell);
            let lease = cell.with(demand).try_lead().expect("it is due");
            let served = ask(&cell, (verb, way), demand, not_due_either).unwrap();
            assert_eq!((*served, Guard::is_stale(&served)), (1, true));
            drop(lease);
            assert_eq!(*ask(&cell, (verb, way), demand, || Ok(2)).unwrap(), 2);
        }
    });
}

#[test]
fn an_empty_or_expired_cell_meets_no_demand() {
    each_call(|verb, way| {
        for demand in met().into_iter().chain(unmet()) {
            let (cell, clock) = cell();
            assert!(cell.with(demand.or_stale()).get().is_none());
            assert_eq!(*ask(&cell, (verb, way), demand, || Ok(1)).unwrap(), 1);
            clock.advance(TTL + WINDOW);
            assert!(cell.with(demand.or_stale()).get().is_none());
            assert_eq!(*ask(&cell, (verb, way), demand, || Ok(2)).unwrap(), 2);
        }
    });
}

#[test]
fn the_borders_are_exact() {
    each_call(|verb, way| {
        let (cell, clock) = cell();
        let ask = |demand, make: fn() -> Made| *ask(&cell, (verb, way), demand, make).unwrap();
        cell.set(1);
        let (not_due, two, three) = (not_due_either as fn() -> Made, || Ok(2), || Ok(3));
        assert_eq!(ask(Demand::new().max_age(Duration::ZERO), not_due), 1, "of this very moment");
        assert_eq!(ask(Demand::new().anew().at_most_every(TICK), not_due), 1);
        clock.advance(TICK);
        assert_eq!(ask(Demand::new().max_age(TICK), not_due), 1, "not older than that");
        assert_eq!(ask(Demand::new().max_age(Duration::ZERO), two), 2);
        clock.advance(TICK);
        assert_eq!(ask(Demand::new().anew().at_most_every(TICK * 2), not_due), 2, "younger than that");
        assert_eq!(ask(Demand::new().anew().at_most_every(TICK), three), 3, "not younger than that");
    });
}

/// Also what it came with counts.
#[test]
fn the_age_is_that_since_the_birth_of_the_value() {
    each_call(|verb, way| {
        let (cell, clock) = cell();
        cell.set_with(1, Lifetime::new().age(AGE));
        let strict = Demand::new().max_age(AGE);
        assert_eq!(*ask(&cell, (verb, way), strict, not_due_either).unwrap(), 1);
        let every = Demand::new().anew().at_most_every(TICK);
        let served = ask(&cell, (verb, way), every, not_due_either).unwrap();
        assert_eq!(*served, 1, "it was published just now, however old it is");
        clock.advance(TICK);
        assert_eq!(*ask(&cell, (verb, way), strict, || Ok(2)).unwrap(), 2);
    });
}

/// Callers that wait for the outcome of a leader, and what they do when they are elected.
fn demanders(
    cell: &Shared<u32, WatchedClock>,
    clock: &WatchedClock,
    number: usize,
    verb_and_way: (Verb, Way),
    demand: Demand,
    make: impl Fn() -> Made + Clone + Send + 'static,
) -> Vec<crate::support::Task<Asked>> {
    let waiting = waiters(cell, clock, number, move |cell| ask(cell, verb_and_way, demand, make.clone()));
    // A reader looks twice before its call begins. And each call looks once more before it sleeps.
    let reads = matches!(verb_and_way.0, Verb::Reader | Verb::TryReader);
    clock.wait_for_looks(number, if reads { 4 } else { 3 });
    waiting
}

/// Three ticks old, so that it is too old for some.
fn watched_fresh() -> (Shared<u32, WatchedClock>, WatchedClock) {
    let (cell, clock) = watched_cell(|cell| cell);
    cell.set(1);
    clock.time.advance(TICK * 3);
    (cell, clock)
}

#[test]
fn a_call_waits_for_a_leader_at_work_and_takes_what_it_makes() {
    each_call(|verb, way| {
        for demand in
            [Demand::new().newer_than(1), Demand::new().max_age(TICK), Demand::new().max_age(Duration::ZERO)]
        {
            let (cell, clock) = watched_fresh();
            let lease = cell.with(demand).try_lead().unwrap();
            let waiting = demanders(&cell, &clock, 3, (verb, way), demand, not_due_either);
            assert_eq!(*cell.get_or_regen(not_due), 1, "others do not wait");
            let _ = lease.publish(2).unwrap();
            clock.time.advance(TICK); // by now it is too old for one that asks for age zero, but nothing younger was to be had
            for waiter in waiting {
                assert_eq!(*waiter.join().unwrap(), 2);
            }
            assert_eq!(cell.stats().regenerations, 1);
        }
    });
}

/// The leader at work may have begun before the write that the caller wants to see. What one of those who waited makes is
/// for all of them.
#[test]
fn anew_needs_one_more_than_the_leader_at_work() {
    each_call(|verb, way| {
        let (cell, clock) = watched_fresh();
        let lease = cell.with(Demand::new().anew()).try_lead().unwrap();
        let creations = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&creations);
        let make = move || Ok(counted.fetch_add(1, SeqCst) + 3);
        let waiting = demanders(&cell, &clock, 5, (verb, way), Demand::new().anew(), make);
        let _ = lease.publish(2).unwrap();
        for waiter in waiting {
            assert_eq!(*waiter.join().unwrap(), 3);
        }
        assert_eq!(creations.load(SeqCst), 1);
        assert_eq!(cell.stats().regenerations, 2);
    });
}

#[test]
fn what_is_set_meanwhile_meets_all_demands_but_anew() {
    each_call(|verb, way| {
        let all = Demand::new();
        for (demand, expected) in [(all.newer_than(1), 9), (all.max_age(Duration::ZERO), 9), (all.anew(), 3)]
        {
            let (cell, clock) = watched_fresh();
            let lease = cell.with(demand).try_lead().unwrap();
            let waiting = demanders(&cell, &clock, 2, (verb, way), demand, || Ok(3));
            cell.set(9);
            for waiter in waiting {
                assert_eq!(*waiter.join().unwrap(), expected);
            }
            assert!(lease.publish(2).is_err());
        }
    });
}

/// It may be older than the demand allows: what others put there is judged by its age then.
#[test]
fn what_is_set_meanwhile_with_an_age_is_judged_by_it() {
    each_call(|verb, way| {
        let (cell, clock) = watched_fresh();
        let demand = Demand::new().max_age(TICK);
        let lease = cell.with(demand).try_lead().unwrap();
        let waiting = demanders(&cell, &clock, 2, (verb, way), demand, || Ok(3));
        cell.set_with(9, Lifetime::new().age(TICK * 2));
        for waiter in waiting {
            assert_eq!(*waiter.join().unwrap(), 3);
        }
        drop(lease);
    });
}

#[test]
fn what_is_offered_meanwhile_is_newer_and_not_anew() {
    each_call(|verb, way| {
        let (cell, clock) = watched_fresh();
        let anew = Demand::new().anew();
        let mut lease = cell.with(anew).try_lead().unwrap();
        let newer = demanders(&cell, &clock, 2, (verb, way), Demand::new().newer_than(1), not_due_either);
        lease.offer_stale(2, Lifetime::new()).unwrap();
        for waiter in newer {
            let served = waiter.join().unwrap();
            assert_eq!((*served, Guard::is_stale(&served)), (2, true));
        }
        let anew = demanders(&cell, &clock, 2, (verb, way), anew, || Ok(4));
        let _ = lease.publish(3).unwrap();
        for waiter in anew {
            assert_eq!(*waiter.join().unwrap(), 4, "who published the third began before this call");
        }
    });
}

#[test]
fn a_regeneration_that_fails_leaves_a_fresh_value_fresh() {
    each_fallible_call(|verb, way| {
        for demand in unmet() {
            let (cell, clock) = fresh();
            let failed = ask(&cell, (verb, way), demand, || Err("down")).unwrap_err();
            assert!(is_same_failure(&cell.last_error().unwrap(), &failed));
            let retry_at = cell.retry_at().expect("it is throttled");
            assert!(retry_at > clock.now() && retry_at <= clock.now().saturating_add(RETRY));
            let old = cell.get_or_regen(not_due);
            assert_eq!((*old, Guard::version(&old), Guard::is_stale(&old)), (7, 2, false));
            assert_eq!(Guard::age(&old), AGE, "its true age");

            // Throttled: the shared error, or else the old value.
            let throttled = ask(&cell, (verb, way), demand, not_due_either).unwrap_err();
            assert!(is_same_failure(&throttled, &failed));
            assert!(cell.with(demand).try_lead().is_none());
            let old = ask(&cell, (verb, way), demand.or_stale(), not_due_either).unwrap();
            assert_eq!((*old, Guard::is_stale(&old)), (7, false));

            // The throttle's own demand, and its end.
            let again = ask(&cell, (verb, way), demand.despite_throttle(), || Err("still down")).unwrap_err();
            assert!(!is_same_failure(&again, &failed));
            assert_eq!(cell.stats().failures, 2);
            clock.advance(RETRY * 2);
            assert_eq!(cell.retry_at(), None);
            assert_eq!(*ask(&cell, (verb, way), demand, || Ok(8)).unwrap(), 8);
            assert!(cell.last_error().is_none());
        }
    });
}

#[test]
fn or_stale_returns_the_old_value_in_place_of_its_own_error() {
    each_fallible_call(|verb, way| {
        for demand in unmet() {
            let (cell, _clock) = fresh();
            let old = ask(&cell, (verb, way), demand.or_stale(), || Err("down")).unwrap();
            assert_eq!((*old, Guard::is_stale(&old)), (7, false));
            assert!(cell.last_error().is_some());
            cell.invalidate();
            assert!(ask(&cell, (verb, way), demand.or_stale(), || Err("down")).is_err(), "there is none");
        }
    });
}

#[test]
fn a_throttle_ends_early_for_an_operator_who_says_so() {
    each_call(|verb, way| {
        let (cell, _clock) = stale_cell(|cell| cell);
        cell.try_lead().unwrap().fail_for("down", TTL);
        assert_eq!(*ask(&cell, (verb, way), Demand::new(), not_due_either).unwrap(), 1);
        assert_eq!(*ask(&cell, (verb, way), Demand::new().despite_throttle(), || Ok(2)).unwrap(), 2);
        assert!(cell.retry_at().is_none() && cell.last_error().is_none());
    });
}

/// There is only ever one leader, also for operators.
#[test]
fn despite_throttle_waits_for_a_leader_and_for_a_pause() {
    each_way(|way| {
        let (cell, clock) = watched_fresh();
        let reload = Demand::new().anew().despite_throttle();
        let lease = cell.with(reload).try_lead().unwrap();
        let waiting = demanders(&cell, &clock, 2, (Verb::TryGetOrRegen, way), reload, || Ok(3));
        let _ = lease.publish(2).unwrap();
        assert!(waiting.into_iter().all(|waiter| *waiter.join().unwrap() == 3));
        cell.with(reload).try_lead().unwrap().defer(TTL);
        assert!(cell.with(reload).try_lead().is_none(), "a pause is no throttle");
        let hasty = reload.patience(Duration::ZERO);
        let ended = ask(&cell, (Verb::TryGetOrRegen, way), hasty, not_due_either);
        assert!(matches!(ended, Err(RegenError::WaitTimeout)));
    });
}

/// They have no error to return, and are asked for a value that is not there.
#[test]
fn infallible_calls_lead_despite_a_throttle_or_take_the_old_value() {
    each_infallible_call(|verb, way| {
        for demand in unmet() {
            let (cell, _clock) = fresh();
            cell.with(demand).try_lead().unwrap().fail("down");
            let old = ask(&cell, (verb, way), demand.or_stale(), not_due_either).unwrap();
            assert_eq!((*old, Guard::is_stale(&old)), (7, false));
            assert_eq!(*ask(&cell, (verb, way), demand, || Ok(8)).unwrap(), 8);
        }
    });
}

#[test]
fn those_who_waited_for_one_that_failed_share_its_error_at_once() {
    each_fallible_call(|verb, way| {
        for demand in [Demand::new().newer_than(1), Demand::new().max_age(TICK), Demand::new().anew()] {
            let (cell, clock) = watched_fresh();
            let lease = cell.with(demand).try_lead().unwrap();
            let mut waiting = demanders(&cell, &clock, 2, (verb, way), demand, not_due_either);
            waiting.extend(demanders(
                &cell,
                &clock,
                2,
                (verb, way),
                demand.despite_throttle(),
                not_due_either,
            ));
            let content = demanders(&cell, &clock, 2, (verb, way), demand.or_stale(), not_due_either);
            lease.fail("down");
            for waiter in waiting {
                assert!(is_same_failure(&waiter.join().unwrap_err(), &cell.last_error().unwrap()));
            }
            for waiter in content {
                let old = waiter.join().unwrap();
                assert_eq!((*old, Guard::is_stale(&old)), (1, false));
            }
            assert_eq!(cell.stats().failures, 1);
        }
    });
}

#[test]
fn infallible_waiters_of_one_that_failed_lead_in_its_place_or_take_the_old_value() {
    each_infallible_call(|verb, way| {
        let (cell, clock) = watched_fresh();
        let demand = Demand::new().newer_than(1);
        let lease = cell.with(demand).try_lead().unwrap();
        let content = demanders(&cell, &clock, 2, (verb, way), demand.or_stale(), not_due_either);
        lease.fail("down");
        assert!(content.into_iter().all(|waiter| *waiter.join().unwrap() == 1));

        clock.time.advance(RETRY);
        let lease = cell.with(demand).try_lead().unwrap();
        let creations = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&creations);
        let make = move || Ok(counted.fetch_add(1, SeqCst) + 2);
        let waiting = demanders(&cell, &clock, 3, (verb, way), demand, make);
        lease.fail("down");
        assert!(waiting.into_iter().all(|waiter| *waiter.join().unwrap() == 2));
        assert_eq!(creations.load(SeqCst), 1);
    });
}

#[test]
fn a_lease_that_is_given_up_leaves_a_fresh_value_fresh_and_one_who_waited_leads() {
    each_call(|verb, way| {
        let (cell, clock) = watched_fresh();
        let demand = Demand::new().newer_than(1);
        let lease = cell.with(demand).try_lead().unwrap();
        let waiting = demanders(&cell, &clock, 3, (verb, way), demand, || Ok(2));
        drop(lease);
        assert!(waiting.into_iter().all(|waiter| *waiter.join().unwrap() == 2));
        let stats = cell.stats();
        assert_eq!((stats.given_up, stats.regenerations, stats.failures), (1, 1, 0));

        drop(cell.with(Demand::new().anew()).try_lead().unwrap());
        let kept = cell.get_or_regen(not_due);
        assert_eq!((*kept, Guard::is_stale(&kept)), (2, false));
        assert!(cell.retry_at().is_none() && cell.last_error().is_none());
    });
}

/// A call that handed its lease off cannot lead again.
#[test]
fn a_hand_off_that_is_given_up_ends_with_an_error_or_the_old_value() {
    each_way(|way| {
        let (cell, _clock) = fresh();
        let anew = Demand::new().anew();
        let ended = cell.by(way).with(anew).get_or_hand_off(drop);
        assert!(matches!(ended, Err(RegenError::GivenUp)));
        let ended = cell.by(way).with(anew).get_or_hand_off_owned(|lease| {
            cell.set(8);
            assert!(lease.publish(9).is_err());
        });
        assert!(matches!(ended, Err(RegenError::GivenUp)), "what was set is not made anew");
        let old = cell.by(way).with(anew.or_stale()).get_or_hand_off(drop).unwrap();
        assert_eq!((*old, Guard::is_stale(&old)), (8, false));

        let newer = Demand::new().newer_than(3);
        let set = cell.by(way).with(newer).get_or_hand_off(|lease| {
            cell.set(10);
            drop(lease);
        });
        assert_eq!(*set.unwrap(), 10);
    });
}

#[test]
fn a_panic_leaves_a_fresh_value_fresh_and_throttles() {
    each_infallible_call(|verb, way| {
        for demand in unmet() {
            let (cell, clock) = fresh();
            assert!(crashes(|| ask(&cell, (verb, way), demand, || Err("it panics"))));
            let kept = cell.get_or_regen(not_due);
            assert_eq!((*kept, Guard::is_stale(&kept)), (7, false));
            assert!(cell.last_error().is_none() && cell.retry_at().is_some());
            assert!(cell.with(demand).try_lead().is_none());
            let old = ask(&cell, (verb, way), demand.or_stale(), not_due_either).unwrap();
            assert_eq!((*old, Guard::is_stale(&old)), (7, false));
            clock.advance(RETRY);
            assert_eq!(*ask(&cell, (verb, way), demand, || Ok(8)).unwrap(), 8);
        }
    });
}

#[test]
fn a_cancelled_regeneration_leaves_a_fresh_value_fresh() {
    for demand in unmet() {
        let (cell, _clock) = fresh();
        let mut leader: Call<'_, Guard<u32>> = {
            let cell = Arc::clone(&cell);
            Box::pin(async move { cell.with(demand).get_or_regen_async(pending).await })
        };
        assert!(poll(&mut leader).is_pending() && cell.is_regenerating());
        let mut waiter: Call<'_, Guard<u32>> = {
            let cell = Arc::clone(&cell);
            Box::pin(async move { cell.with(demand).get_or_regen_async(async || 8).await })
        };
        assert!(poll(&mut waiter).is_pending());
        let kept = cell.get_or_regen(not_due);
        assert_eq!((*kept, Guard::is_stale(&kept)), (7, false));
        drop(leader);
        assert!(!cell.is_regenerating() && cell.retry_at().is_none());
        let kept = cell.get_or_regen(not_due);
        assert_eq!((*kept, Guard::is_stale(&kept)), (7, false));
        assert_eq!(*ready(poll(&mut waiter)), 8);
        assert_eq!(cell.stats().given_up, 1);
    }
}

#[test]
fn a_leader_that_overruns_is_deposed_by_who_demands_and_by_nobody_else() {
    each_call(|verb, way| {
        for demand in [Demand::new().newer_than(1), Demand::new().anew()] {
            let (cell, clock) = cell_that(|cell| cell.lease_timeout(AGE));
            cell.set(1);
            let slow = cell.with(demand).try_lead().unwrap();
            clock.advance(AGE);
            let kept = cell.get_or_regen(not_due);
            assert_eq!((*kept, Guard::is_stale(&kept)), (1, false));
            assert_eq!(*ask(&cell, (verb, way), demand, || Ok(2)).unwrap(), 2);
            assert!(slow.publish(9).is_err());
            assert_eq!((*cell.get_or_regen(not_due), cell.stats().takeovers), (2, 1));
        }
    });
}

/// By itself: no new caller is needed. Real time, since a waiter sleeps as long as the lease lasts.
#[test]
fn one_who_waits_for_a_leader_that_overruns_takes_over() {
    each_call(|verb, way| {
        let (cell, clock) = watched_cell(|cell| cell.lease_timeout(LEASE));
        cell.set(1);
        let anew = Demand::new().anew();
        let slow = cell.with(anew).try_lead().unwrap();
        let waiting = demanders(&cell, &clock, 2, (verb, way), anew, || Ok(2));
        clock.time.advance(LEASE);
        for waiter in waiting {
            assert_eq!(*waiter.join().unwrap(), 2);
        }
        drop(slow);
        assert_eq!(*cell.get_or_regen(not_due), 2);
    });
}

/// Another caller may, but not this one.
#[test]
fn a_hand_off_that_overruns_ends_with_an_error_or_the_old_value() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.lease_timeout(AGE));
        cell.set(1);
        let mut slow = Vec::new();
        let ended = cell.by(way).with(Demand::new().anew()).get_or_hand_off_owned(|lease| {
            slow.push(lease);
            clock.advance(AGE);
        });
        assert!(matches!(ended, Err(RegenError::WaitTimeout)));
        let old = cell.by(way).with(Demand::new().anew().or_stale()).get_or_hand_off_owned(|lease| {
            slow.push(lease);
            clock.advance(AGE * 2); // less a nanosecond than its life
        });
        assert!(old.is_err(), "it has expired meanwhile: TTL and WINDOW are as long");
        cell.set(2);
        let old = cell.by(way).with(Demand::new().anew().or_stale()).get_or_hand_off_owned(|lease| {
            slow.push(lease);
            clock.advance(AGE);
        });
        assert_eq!(*old.unwrap(), 2);
    });
}

#[test]
fn who_leads_gets_its_own_result_though_something_newer_superseded_it() {
    each_call(|verb, way| {
        if matches!(verb, Verb::HandOff | Verb::HandOffOwned) {
            return; // they are no leaders any more
        }
        for demand in unmet() {
            let (cell, _clock) = fresh();
            let own = ask(&cell, (verb, way), demand, || {
                cell.set(9);
                Ok(8)
            });
            let own = own.unwrap();
            assert_eq!((*own, Guard::version(&own)), (8, 0));
            assert_eq!(*cell.get_or_regen(not_due), 9);

            let (cell, _clock) = fresh();
            let failed = ask(&cell, (verb, way), demand.or_stale(), || {
                cell.set(10);
                if is_fallible(verb) { Err("down") } else { Ok(10) }
            });
            assert_eq!(*failed.unwrap(), 10);
            assert!(cell.last_error().is_none() && cell.retry_at().is_none(), "it is superseded");
        }
    });
}

/// What was set meets some demands: better than the error.
#[test]
fn a_failure_that_came_too_late_is_answered_by_what_meets_the_demand() {
    each_fallible_call(|verb, way| {
        for (demand, expected) in [(Demand::new().newer_than(2), Some(9)), (Demand::new().anew(), None)] {
            let (cell, _clock) = fresh();
            let late = ask(&cell, (verb, way), demand, || {
                cell.set(9);
                Err("down")
            });
            assert_eq!(late.ok().map(|value| *value), expected);
        }
    });
}

/// The leader gets what it made; those who waited look again and find that it will not do.
#[test]
fn a_version_that_never_comes_has_each_caller_lead_in_its_turn() {
    each_call(|verb, way| {
        let (cell, clock) = watched_fresh();
        let demand = Demand::new().newer_than(u64::MAX);
        assert_eq!(*ask(&cell, (verb, way), demand, || Ok(2)).unwrap(), 2);
        let lease = cell.with(demand).try_lead().unwrap();
        let creations = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&creations);
        let make = move || Ok(counted.fetch_add(1, SeqCst) + 4);
        let waiting = demanders(&cell, &clock, 3, (verb, way), demand, make);
        let _ = lease.publish(3).unwrap();
        let mut seen: Vec<_> = waiting.into_iter().map(|waiter| *waiter.join().unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(creations.load(SeqCst), 3);
        if matches!(verb, Verb::HandOff | Verb::HandOffOwned) {
            // It looks for what was published, and may find what came after it.
            assert!(seen.iter().all(|seen| (4..=6).contains(seen)));
        } else {
            assert_eq!(seen, [4, 5, 6]);
        }
    });
}

#[test]
fn inside_of_its_own_creation_function_a_call_is_served_or_told_so() {
    each_call(|verb, way| {
        for demand in unmet() {
            let (cell, _clock) = fresh();
            let made = cell.by(way).with(Demand::new().anew()).get_or_regen(|| {
                for demand in met() {
                    assert_eq!(*ask(&cell, (verb, way), demand, not_due_either).unwrap(), 7);
                }
                let old = ask(&cell, (verb, way), demand.or_stale(), not_due_either).unwrap();
                assert_eq!((*old, Guard::is_stale(&old)), (7, false));
                let asked = catch_unwind(AssertUnwindSafe(|| {
                    ask(&cell, (verb, way), demand.despite_throttle(), not_due_either)
                }));
                match asked {
                    Ok(asked) => assert!(matches!(asked, Err(RegenError::Reentrant))),
                    Err(panic) => {
                        assert!(!is_fallible(verb));
                        assert!(panic.downcast_ref::<String>().unwrap().contains(ASKED_AGAIN));
                    }
                }
                assert!(cell.with(demand).get().is_none() && cell.with(demand).try_lead().is_none());
                8
            });
            assert_eq!(*made, 8);
        }
    });
}

/// Something that asks a cell again when it is dropped.
struct Asks(Arc<OnceLock<Shared<u32>>>, Arc<OnceLock<bool>>);

impl Drop for Asks {
    fn drop(&mut self) {
        if let Some(cell) = self.0.get() {
            let old = cell.with(Demand::new().anew().or_stale()).try_get_or_regen(not_due_either);
            let infallible = cell.with(Demand::new().anew().or_stale()).get_or_regen(not_due);
            let _ = self.1.set(old.is_ok_and(|old| *old == 7) && *infallible == 7);
        }
    }
}

/// An old value of another cell is dropped inside of the creation function, on its thread, and waits for nobody.
#[test]
fn or_stale_spares_what_cannot_wait_an_error() {
    let (cell, _clock) = fresh();
    let (asked, is_fine) = (Arc::<OnceLock<Shared<u32>>>::default(), Arc::<OnceLock<bool>>::default());
    let other = DogpileCell::never_expires();
    other.set(Some(Asks(Arc::clone(&asked), Arc::clone(&is_fine))));
    let _ = asked.set(Arc::clone(&cell));
    let made = cell.with(Demand::new().anew()).get_or_regen(|| {
        other.set(None);
        8
    });
    assert_eq!((*made, is_fine.get()), (8, Some(&true)));
}

#[test]
fn patience_ends_the_wait_for_a_leader_of_a_fresh_value() {
    each_fallible_call(|verb, way| {
        let (cell, _clock) = cell_that(|cell| cell.wait_timeout(Duration::MAX));
        cell.set(1);
        let lease = cell.with(Demand::new().anew()).try_lead().unwrap();
        for patience in [Duration::ZERO, TICK, PATIENCE] {
            let demand = Demand::new().newer_than(1).patience(patience);
            let began = std::time::Instant::now();
            let ended = ask(&cell, (verb, way), demand, not_due_either);
            assert!(matches!(ended, Err(RegenError::WaitTimeout)));
            assert!(began.elapsed() >= patience);
            let old = ask(&cell, (verb, way), demand.or_stale(), not_due_either).unwrap();
            assert_eq!((*old, Guard::is_stale(&old)), (1, false));
        }
        assert!(cell.retry_at().is_none() && cell.last_error().is_none());
        let _ = lease.publish(2).unwrap();
    });
}

/// For hand-offs: also once it was handed off.
#[test]
fn patience_ends_the_wait_for_a_lease_that_was_handed_off() {
    each_way(|way| {
        let (cell, _clock) = fresh();
        let demand = Demand::new().anew().patience(PATIENCE);
        let mut lease = None;
        let ended = cell.by(way).with(demand).get_or_hand_off(|handed| lease = Some(handed));
        assert!(matches!(ended, Err(RegenError::WaitTimeout)));
        drop(lease.take());
        let old = cell.by(way).with(demand.or_stale()).get_or_hand_off(|handed| lease = Some(handed));
        assert_eq!(*old.unwrap(), 7);
        assert_eq!(*lease.unwrap().publish(8).unwrap(), 8);
    });
}

#[test]
fn a_cells_wait_timeout_is_the_patience_of_calls_that_have_none() {
    each_fallible_call(|verb, way| {
        let (cell, clock) = watched_cell(|cell| cell.wait_timeout(Duration::ZERO));
        cell.set(1);
        let demand = Demand::new().newer_than(1);
        let lease = cell.with(demand).try_lead().unwrap();
        assert!(matches!(ask(&cell, (verb, way), demand, not_due_either), Err(RegenError::WaitTimeout)));
        assert_eq!(*ask(&cell, (verb, way), demand.or_stale(), not_due_either).unwrap(), 1);
        let patient =
            demanders(&cell, &clock, 2, (verb, way), demand.patience(Duration::MAX), not_due_either);
        let _ = lease.publish(2).unwrap();
        assert!(patient.into_iter().all(|waiter| *waiter.join().unwrap() == 2));
    });
}

#[test]
fn infallible_calls_wait_on_unless_there_is_something_to_fall_back_to() {
    each_infallible_call(|verb, way| {
        let (cell, clock) = watched_cell(|cell| cell.wait_timeout(Duration::ZERO));
        let hasty = Demand::new().newer_than(1).patience(Duration::ZERO);
        cell.set(1);
        let lease = cell.with(hasty).try_lead().unwrap();
        let old = ask(&cell, (verb, way), hasty.or_stale(), not_due_either).unwrap();
        assert_eq!((*old, Guard::is_stale(&old)), (1, false));
        let waiting = demanders(&cell, &clock, 2, (verb, way), hasty, not_due_either);
        assert_eq!(*ask(&cell, (verb, way), hasty.or_stale(), not_due_either).unwrap(), 1);
        let _ = lease.publish(2).unwrap();
        assert!(waiting.into_iter().all(|waiter| *waiter.join().unwrap() == 2));
    });
}

/// There was nothing to fall back to when the patience ended, and now there is.
#[test]
fn an_infallible_call_whose_patience_is_over_takes_the_first_that_can_be_served() {
    each_infallible_call(|verb, way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let lease = cell.try_lead().unwrap();
        let hasty = Demand::new().anew().or_stale().patience(Duration::ZERO);
        let waiting = demanders(&cell, &clock, 2, (verb, way), hasty, not_due_either);
        let _ = lease.publish(1).unwrap();
        assert!(waiting.into_iter().all(|waiter| *waiter.join().unwrap() == 1));
    });
}

#[test]
fn at_most_every_saves_whatever_else_is_demanded() {
    each_call(|verb, way| {
        let (cell, clock) = cell_that(|cell| cell.time_to_live(TTL * 100));
        cell.set(0);
        let demand = Demand::new().anew().newer_than(u64::MAX).max_age(Duration::ZERO).at_most_every(AGE);
        let made = AtomicU32::new(0);
        for _ in 0..40 {
            clock.advance(AGE / 4);
            let _ = ask(&cell, (verb, way), demand, || Ok(made.fetch_add(1, SeqCst))).unwrap();
        }
        assert_eq!(made.load(SeqCst), 10);
    });
}

/// It limits what is demanded, not what is due.
#[test]
fn at_most_every_does_not_keep_what_is_due() {
    each_call(|verb, way| {
        let (cell, clock) = cell();
        let demand = Demand::new().anew().at_most_every(Duration::MAX);
        cell.set(1);
        cell.mark_stale();
        assert_eq!(*ask(&cell, (verb, way), demand, || Ok(2)).unwrap(), 2);
        clock.advance(TTL);
        assert_eq!(*ask(&cell, (verb, way), demand, || Ok(3)).unwrap(), 3);
        clock.advance(TTL + WINDOW);
        assert_eq!(*ask(&cell, (verb, way), demand, || Ok(4)).unwrap(), 4);
        cell.invalidate();
        assert_eq!(*ask(&cell, (verb, way), demand, || Ok(5)).unwrap(), 5);
    });
}

#[test]
fn of_many_who_demand_at_once_one_leads() {
    each_call(|verb, way| {
        for demand in [Demand::new().newer_than(1), Demand::new().max_age(TICK)] {
            let (cell, clock) = watched_fresh();
            let hold = cell.with(demand).try_lead().unwrap(); // until all of them wait
            let creations = Arc::new(AtomicU32::new(0));
            let counted = Arc::clone(&creations);
            let make = move || Ok(counted.fetch_add(1, SeqCst) + 2);
            let waiting = demanders(&cell, &clock, 8, (verb, way), demand, make);
            drop(hold);
            assert!(waiting.into_iter().all(|waiter| *waiter.join().unwrap() == 2));
            assert_eq!(creations.load(SeqCst), 1);
        }
    });
}

#[test]
fn a_flight_that_is_marked_is_published_to_who_demanded_it() {
    each_call(|verb, way| {
        let (cell, _clock) = fresh();
        let made = ask(&cell, (verb, way), Demand::new().anew(), || {
            cell.mark_stale();
            Ok(8)
        });
        let made = made.unwrap();
        assert_eq!((*made, Guard::is_stale(&made)), (8, true));
        assert_eq!(*ask(&cell, (verb, way), Demand::new(), || Ok(9)).unwrap(), 9);
    });
}

/// A leader of a plain call is at work on a value that is stale: who asks for more waits, all others do not.
#[test]
fn demands_and_plain_calls_share_leaders() {
    each_call(|verb, way| {
        let (cell, clock) = watched_cell(|cell| cell);
        cell.set(1);
        clock.time.advance(TTL);
        let flight = TryFlight::take_off_by(&cell, way);
        let waiting = demanders(&cell, &clock, 2, (verb, way), Demand::new().newer_than(1), not_due_either);
        let old = cell.get_or_regen(not_due);
        assert_eq!((*old, Guard::is_stale(&old)), (1, true));
        assert_eq!(*flight.end(Ok(2)).unwrap(), 2);
        assert!(waiting.into_iter().all(|waiter| *waiter.join().unwrap() == 2));
    });
}

#[test]
fn a_hanging_leader_of_a_fresh_value_holds_up_only_who_demands() {
    let (cell, _clock) = fresh();
    let flight = {
        let cell = Arc::clone(&cell);
        let mut leader: Call<'static, Guard<u32>> =
            Box::pin(async move { cell.with(Demand::new().anew()).get_or_regen_async(pending).await });
        assert!(poll(&mut leader).is_pending());
        leader
    };
    for _ in 0..100 {
        assert!(!Guard::is_stale(&cell.get_or_regen(not_due)));
    }
    drop(flight);
    cell.invalidate();
    let hanging = hanging_leader(&cell);
    assert!(cell.with(Demand::new().anew().or_stale()).get().is_none());
    drop(hanging);
}

/// What the last call returned is nothing, if it returned an error.
#[test]
fn a_reader_forgets_what_did_not_meet_the_demand() {
    for demand in unmet() {
        let (cell, _clock) = fresh();
        let mut reader = cell.reader();
        assert_eq!(*reader.get_or_regen(not_due), 7);
        assert!(reader.with(demand).try_get_or_regen(|| Err("down")).is_err());
        assert!(reader.last().is_none() && reader.freshness().is_none());
        assert_eq!(*reader.with(demand.or_stale()).try_get_or_regen(not_due_either).unwrap(), 7);
        assert!(reader.last().is_some());
        assert!(crashes(|| {
            reader.with(demand.despite_throttle()).get_or_regen(crash);
        }));
        assert!(reader.last().is_none());
        assert_eq!(reader.get(), Some(&7));
    }
}

/// As the cell itself, whatever it remembers.
#[test]
fn a_reader_that_remembers_is_served_what_meets_the_demand() {
    let (cell, clock) = fresh();
    let mut reader = cell.reader_owned();
    for demand in met() {
        assert_eq!(*reader.with(demand).get_or_regen(not_due), 7);
        assert_eq!(*reader.with(demand).try_get_or_regen(not_due_either).unwrap(), 7);
        assert_eq!(Guard::age(&reader.last().unwrap()), AGE);
    }
    clock.advance(TICK);
    assert_eq!(*reader.with(Demand::new().max_age(AGE)).get_or_regen(|| 8), 8);
    assert_eq!(Guard::version(&reader.last().unwrap()), 3);
    cell.set(9);
    assert_eq!(*reader.with(Demand::new().newer_than(3)).get_or_regen(not_due), 9);
    cell.mark_stale();
    let lease = cell.try_lead().unwrap();
    assert_eq!(*reader.with(Demand::new().newer_than(3)).get_or_regen(not_due), 9);
    drop(lease);
    assert_eq!(*reader.with(Demand::new().newer_than(3)).get_or_regen(|| 10), 10);
}

#[test]
fn a_lazy_cell_makes_what_is_demanded_with_its_own_function() {
    let build =
        |clock: &ManualClock| DogpileCell::builder().time_to_live(TTL).clock(clock.clone()).build().unwrap();
    each_way(|way| {
        let (clock, count) = (ManualClock::new(), AtomicU32::new(0));
        let make = || count.fetch_add(1, SeqCst) + 1;
        let anew = Demand::new().anew();
        if way == Way::Thread {
            let lazy = DogpileLazy::with_cell(build(&clock), make);
            assert_eq!(*lazy.with(anew).get_or_regen(), 1);
            assert_eq!(*lazy.with(Demand::new().newer_than(0)).get_or_regen(), 1);
            assert_eq!(*lazy.with(anew).get_or_regen(), 2);
            let lazy = DogpileLazy::with_cell(build(&clock), || Err::<u32, _>("down"));
            lazy.set(7);
            assert!(lazy.with(anew).try_get_or_regen().is_err());
            assert_eq!(*lazy.with(anew.or_stale()).try_get_or_regen().unwrap(), 7);
            assert_eq!(*lazy.try_get_or_regen().unwrap(), 7);
        } else {
            let lazy = DogpileLazy::with_cell(build(&clock), || async { make() });
            assert_eq!(*way.block_on(lazy.with(anew).get_or_regen_async()), 1);
            assert_eq!(*way.block_on(lazy.with(anew).get_or_regen_async()), 2);
            assert_eq!(*way.block_on(lazy.with(Demand::new().newer_than(1)).get_or_regen_async()), 2);
            let lazy = DogpileLazy::with_cell(build(&clock), || async { Err::<u32, _>("down") });
            lazy.set(7);
            assert!(way.block_on(lazy.with(anew).try_get_or_regen_async()).is_err());
            let kept = way.block_on(lazy.with(anew.or_stale()).try_get_or_regen_async());
            assert_eq!(*kept.unwrap(), 7);
        }
    });
}

/// With the names of those of the cell.
#[test]
fn a_lazy_cell_has_all_other_verbs_of_a_cell() {
    let clock = ManualClock::new();
    let cell = DogpileCell::builder().time_to_live(TTL).clock(clock.clone()).build().unwrap();
    let lazy = DogpileLazy::with_cell(cell, not_due::<u32>);
    let (anew, hardly) = (Demand::new().anew(), Demand::new().patience(Duration::ZERO));
    assert!(lazy.with(anew.or_stale()).get().is_none());
    assert_eq!(lazy.set_with(1, Lifetime::new().origin_version(1)), 1);
    assert_eq!(
        (lazy.set_if_newer(2, 1, Lifetime::new()), lazy.set_if_newer(2, 2, Lifetime::new())),
        (None, Some(2))
    );
    assert_eq!(
        (lazy.with(anew).get().is_some(), lazy.with(anew.or_stale()).get().map(|value| *value)),
        (false, Some(2))
    );
    assert_eq!((*lazy.wait_newer(1), *lazy.with(hardly).wait_newer(1).unwrap()), (2, 2));
    assert!(lazy.with(hardly).wait_newer(2).is_err());
    let lease = lazy.with(anew).try_lead().unwrap();
    assert!(!lazy.mark_stale_if(2));
    lease.fail("down");
    assert!(lazy.retry_at().is_some() && lazy.mark_stale_if(2));
    clock.advance(TTL);
    lazy.try_lead().unwrap().defer(TTL);
    assert!(lazy.resume() && !lazy.purge());
    lazy.wait_idle();
    let made = lazy.with(anew).get_or_hand_off(|lease| drop(lease.publish(3)));
    assert_eq!(*made.unwrap(), 3);
    for way in WAYS {
        way.block_on(lazy.wait_idle_async());
        assert!(!Guard::is_stale(&way.block_on(lazy.wait_newer_async(0))));
        assert!(way.block_on(lazy.with(hardly).wait_newer_async(u64::MAX)).is_err());
        let made = lazy.with(anew).get_or_hand_off_async(|lease| drop(lease.publish(4)));
        assert_eq!(*way.block_on(made).unwrap(), 4);
    }
}

/// A demand is plain data, and the last word counts.
#[test]
fn a_setting_given_twice_keeps_the_last_value() {
    const ONE: Demand = Demand::new().max_age(TTL).newer_than(3).at_most_every(TTL).patience(TTL);
    let other = Demand::new().max_age(AGE).newer_than(9).at_most_every(AGE).patience(AGE);
    assert_eq!(other.max_age(TTL).newer_than(3).at_most_every(TTL).patience(TTL), ONE);
    assert_eq!(Demand::default(), Demand::new());
    assert_ne!(Demand::new().or_stale(), Demand::new().despite_throttle());
}

/// A plain leader on another thread.
#[test]
fn a_leader_elected_on_demand_can_be_superseded_and_disturbs_nobody() {
    let (cell, _clock) = fresh();
    let lease = cell.with(Demand::new().anew()).try_lead().unwrap();
    cell.invalidate();
    let flight = Flight::take_off(&cell);
    assert!(!lease.extend(TTL) && lease.publish(9).is_err());
    assert_eq!(*flight.land(8), 8);
}
