//! What a leader can do beside publishing and failing: put it off, say when to try again, offer something meanwhile. And
//! what comes from other processes, in any order.

use crate::hands::{Call, poll, ready};
use crate::support::{
    LEASE, RETRY, TICK, TTL, WINDOW, cell, cell_that, not_due, not_due_either, stale_cell, waiters,
    watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{Demand, DogpileCell, Guard, Lifetime, RegenError, Superseded};
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(2);
const ANEW: Demand = Demand::new().anew();

#[test]
fn a_deferred_creation_is_tried_by_nobody_until_its_time() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.wait_timeout(Duration::ZERO));
        cell.try_lead().unwrap().defer(PAUSE);
        for time in [Duration::ZERO, PAUSE - TICK] {
            clock.advance(time);
            assert!(cell.try_lead().is_none() && cell.get().is_none() && !cell.is_regenerating());
            assert!(cell.with(ANEW.despite_throttle()).try_lead().is_none());
            let waited = cell.by(way).try_get_or_regen(not_due_either);
            assert!(matches!(waited, Err(RegenError::WaitTimeout)));
            let waited = cell.by(way).with(Demand::new().despite_throttle()).try_get_or_regen(not_due_either);
            assert!(matches!(waited, Err(RegenError::WaitTimeout)));
            let waited = cell.by(way).get_or_hand_off(|_| not_due());
            assert!(matches!(waited, Err(RegenError::WaitTimeout)));
        }
        assert!(cell.retry_at().is_none() && cell.last_error().is_none());
        clock.advance(TICK);
        assert_eq!(*cell.by(way).get_or_regen(|| 1), 1);
        let stats = cell.stats();
        assert_eq!((stats.creations, stats.failures, stats.given_up, stats.panics), (1, 0, 0, 0));
    });
}

#[test]
fn a_stale_value_is_served_meanwhile() {
    each_way(|way| {
        let (cell, clock) = stale_cell(|cell| cell);
        cell.try_lead().unwrap().defer(PAUSE);
        let old = cell.by(way).get_or_regen(not_due);
        assert_eq!((*old, Guard::version(&old), Guard::is_stale(&old)), (1, 1, true));
        assert_eq!(*cell.by(way).try_get_or_regen(not_due_either).unwrap(), 1);
        assert_eq!(*cell.reader().get_or_regen(not_due), 1);
        clock.advance(PAUSE);
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2);
    });
}

#[test]
fn a_fresh_value_stays_fresh() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        cell.with(ANEW).try_lead().unwrap().defer(PAUSE);
        let kept = cell.by(way).get_or_regen(not_due);
        assert_eq!((*kept, Guard::is_stale(&kept)), (1, false));
        let hardly = ANEW.patience(Duration::ZERO);
        assert!(matches!(
            cell.by(way).with(hardly).try_get_or_regen(not_due_either),
            Err(RegenError::WaitTimeout)
        ));
        assert_eq!(*cell.by(way).with(hardly.or_stale()).try_get_or_regen(not_due_either).unwrap(), 1);
        clock.advance(PAUSE);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1, "it was not due before");
        assert_eq!(*cell.by(way).with(ANEW).get_or_regen(|| 2), 2);
    });
}

#[test]
fn those_who_wait_lead_at_its_end_or_are_woken_before() {
    each_way(|way| {
        for wake in 0..3 {
            let (cell, clock) = watched_cell(|cell| cell);
            let lease = cell.try_lead().unwrap();
            let waiting = waiters(&cell, &clock, 3, move |cell| *cell.by(way).get_or_regen(|| 1));
            // Real time: that is for how long they sleep, unless they are woken.
            lease.defer(if wake == 0 { LEASE } else { Duration::MAX });
            match wake {
                0 => clock.time.advance(LEASE),
                1 => assert!(cell.resume()),
                _ => {
                    cell.set(1);
                }
            }
            assert!(waiting.into_iter().all(|waiter| waiter.join() == 1));
            assert_eq!(cell.stats().creations, u64::from(wake < 2));
        }
    });
}

#[test]
fn resume_ends_a_pause_and_nothing_else() {
    let (cell, clock) = cell();
    assert!(!cell.resume(), "there is none");
    cell.try_lead().unwrap().defer(Duration::MAX);
    assert!(cell.resume() && !cell.resume());
    let lease = cell.try_lead().expect("it is due again");
    assert!(!cell.resume(), "a leader at work");
    lease.fail_for("down", PAUSE);
    let retry_at = cell.retry_at();
    assert!(!cell.resume() && cell.retry_at() == retry_at && retry_at.is_some(), "a throttle");
    clock.advance(PAUSE);
    cell.try_lead().unwrap().defer(PAUSE);
    assert!(
        cell.last_error().is_some() && cell.retry_at().is_none(),
        "the error stays, the pause is no throttle"
    );
    clock.advance(PAUSE);
    assert!(!cell.resume(), "it has ended by itself");
    cell.try_lead().unwrap().defer(Duration::ZERO);
    assert!(!cell.resume());
    cell.try_lead().unwrap().defer(PAUSE);
    cell.set(1);
    assert!(!cell.resume());
    cell.with(ANEW).try_lead().unwrap().defer(PAUSE);
    assert!(cell.resume());
    let kept = cell.get().unwrap();
    assert_eq!(
        (*kept, Guard::version(&kept), Guard::is_stale(&kept)),
        (1, 1, false),
        "as due as it was before"
    );
    assert!(cell.try_lead().is_none() && cell.with(ANEW).try_lead().is_some());
    let stats = cell.stats();
    assert_eq!((stats.given_up, stats.takeovers, stats.superseded), (1, 0, 0), "the last line's lease");
}

#[test]
fn marks_outlive_a_pause() {
    for resumed in [true, false] {
        for marked_while_led in [true, false] {
            let (cell, clock) = cell();
            cell.set(1);
            let lease = cell.with(ANEW).try_lead().unwrap();
            if marked_while_led {
                cell.mark_stale();
            }
            lease.defer(PAUSE);
            if !marked_while_led {
                cell.mark_stale();
            }
            assert!(Guard::is_stale(&cell.get_or_regen(not_due)));
            if resumed {
                assert!(cell.resume());
            } else {
                clock.advance(PAUSE);
            }
            let next = cell.get_or_regen(|| 2);
            assert_eq!((*next, Guard::is_stale(&next)), (2, false));
        }
    }
}

#[test]
fn a_report_during_a_pause_counts_once() {
    let (cell, clock) = cell();
    cell.set(1);
    cell.with(ANEW).try_lead().unwrap().defer(PAUSE);
    assert!(cell.mark_stale_if(1) && !cell.mark_stale_if(1));
    clock.advance(PAUSE);
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

#[test]
fn a_hand_off_that_is_deferred_waits_and_then_gives_up() {
    each_way(|way| {
        let (cell, clock) = cell();
        let hardly = Demand::new().patience(Duration::ZERO);
        let ended = cell.by(way).with(hardly).get_or_hand_off(|lease| lease.defer(PAUSE));
        assert!(matches!(ended, Err(RegenError::WaitTimeout)));
        clock.advance(PAUSE);
        let ended = cell.by(way).get_or_hand_off(|lease| lease.defer(Duration::ZERO));
        assert!(matches!(ended, Err(RegenError::GivenUp)));
        cell.set(1);
        let old = cell.by(way).with(ANEW.or_stale().patience(Duration::ZERO)).get_or_hand_off(|lease| {
            lease.defer(PAUSE);
        });
        assert_eq!(*old.unwrap(), 1);
    });
}

#[test]
fn a_pause_goes_with_what_it_was_for() {
    let (cell, _clock) = cell();
    cell.try_lead().unwrap().defer(Duration::MAX);
    cell.invalidate();
    assert_eq!(*cell.get_or_regen(|| 1), 1);
    cell.with(ANEW).try_lead().unwrap().defer(Duration::MAX);
    cell.set(2);
    assert_eq!(*cell.with(ANEW).get_or_regen(|| 3), 3);
    let late = cell.with(ANEW).try_lead().unwrap();
    cell.set(4);
    late.defer(Duration::MAX);
    assert_eq!(*cell.with(ANEW).get_or_regen(|| 5), 5, "a superseded leader puts nothing off");
}

#[test]
fn the_origin_says_when_to_try_again() {
    each_way(|way| {
        for is_empty in [true, false] {
            let (cell, clock) = cell();
            if !is_empty {
                cell.set(1);
                clock.advance(TTL);
            }
            cell.try_lead().unwrap().fail_for("429", PAUSE);
            assert_eq!(cell.retry_at(), Some(clock.now().saturating_add(PAUSE)));
            clock.advance(PAUSE - TICK);
            assert_eq!(cell.retry_at(), Some(clock.now().saturating_add(TICK)));
            assert!(cell.try_lead().is_none());
            let served = cell.by(way).try_get_or_regen(not_due_either);
            assert_eq!(served.is_err(), is_empty);
            clock.advance(TICK);
            assert_eq!(cell.retry_at(), None);
            assert!(cell.last_error().is_some());
            // By itself the next delay is that after a second failure.
            cell.try_lead().unwrap().fail("down");
            let delay = cell.retry_at().unwrap().saturating_duration_since(clock.now());
            assert!(delay >= RETRY - TICK && delay <= RETRY * 2, "{delay:?}");
            clock.advance(delay);
            cell.try_lead().unwrap().fail_for("down", Duration::ZERO);
            assert_eq!(cell.retry_at(), None);
            cell.try_lead().unwrap().fail_for("gone", Duration::MAX);
            clock.set(Instant::from_nanos(u64::MAX - 1));
            assert!(cell.retry_at().is_some() && cell.try_lead().is_none());
            cell.set(2);
            assert!(cell.retry_at().is_none() && cell.last_error().is_none());
        }
    });
}

#[test]
fn a_failure_for_a_time_that_came_too_late_says_nothing() {
    let (cell, _clock) = cell();
    let late = cell.try_lead().unwrap();
    cell.set(1);
    late.fail_for("down", Duration::MAX);
    assert!(cell.retry_at().is_none() && cell.last_error().is_none());
    assert!(cell.with(ANEW).try_lead().is_some());
}

#[test]
fn what_is_offered_is_served_stale_until_the_real_thing_comes() {
    each_way(|way| {
        for is_empty in [true, false] {
            let (cell, clock) = watched_cell(|cell| cell);
            if !is_empty {
                cell.set(1);
                clock.time.advance(TTL + WINDOW);
            }
            let version = u64::from(!is_empty) + 1;
            let mut lease = cell.try_lead().unwrap();
            let waiting = waiters(&cell, &clock, 2, move |cell| cell.by(way).get_or_regen(not_due));
            lease.offer_stale(8, Lifetime::new()).unwrap();
            for waiter in waiting {
                let served = waiter.join();
                assert_eq!((*served, Guard::version(&served), Guard::is_stale(&served)), (8, version, true));
            }
            assert!(cell.is_regenerating() && cell.try_lead().is_none());
            assert_eq!(*cell.by(way).get_or_regen(not_due), 8);
            assert_eq!(lease.previous().map(|value| *value), Some(8));
            lease.offer_stale(9, Lifetime::new()).unwrap();
            assert_eq!(*cell.by(way).get_or_regen(not_due), 9);
            assert!(lease.extend(TTL));
            let made = lease.publish(10).unwrap();
            assert_eq!((Guard::version(&made), Guard::is_stale(&made)), (version + 2, false));
            assert_eq!(*cell.by(way).get_or_regen(not_due), 10);
        }
    });
}

#[test]
fn what_was_offered_stays_if_the_leader_has_nothing_better() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.stale_if_error(WINDOW * 2));
        let mut lease = cell.try_lead().unwrap();
        lease.offer_stale(1, Lifetime::new()).unwrap();
        drop(lease);
        let mut lease = cell.try_lead().expect("it is stale, so it is due");
        lease.offer_stale(2, Lifetime::new()).unwrap();
        lease.fail_for("down", TTL * 9);
        let kept = cell.by(way).try_get_or_regen(not_due_either).unwrap();
        assert_eq!((*kept, Guard::is_stale(&kept), Guard::age(&kept)), (2, true, Duration::ZERO));
        clock.advance(TTL + WINDOW * 2 - TICK);
        assert_eq!(*cell.by(way).try_get_or_regen(not_due_either).unwrap(), 2);
        clock.advance(TICK);
        assert!(cell.by(way).try_get_or_regen(not_due_either).is_err());
    });
}

/// Who led in spite of it and has nothing better in the end leaves it as it was.
#[test]
fn an_offer_lifts_no_throttle() {
    let (cell, clock) = cell_that(|cell| cell);
    cell.try_lead().unwrap().fail_for("429 Too Many Requests", PAUSE);
    let retry_at = cell.retry_at();
    assert_eq!(retry_at, Some(clock.now().saturating_add(PAUSE)));
    let mut lease = cell.with(ANEW.despite_throttle()).try_lead().unwrap();
    lease.offer_stale(1, Lifetime::new()).unwrap();
    drop(lease);
    assert_eq!((*cell.get().unwrap(), cell.retry_at()), (1, retry_at));
    assert!(cell.try_lead().is_none());
    clock.advance(PAUSE);
    assert!(cell.try_lead().is_some());
}

#[test]
fn an_offer_lives_as_its_lifetime_says() {
    let (cell, clock) = cell();
    let mut lease = cell.try_lead().unwrap();
    lease.offer_stale(1, Lifetime::fresh_for(PAUSE).age(TICK * 3).usable_for(PAUSE)).unwrap();
    let offered = cell.get().unwrap();
    assert_eq!((Guard::age(&offered), Guard::fresh_for(&offered)), (TICK * 3, Duration::ZERO));
    clock.advance(PAUSE - TICK * 4);
    assert!(cell.get().is_some());
    clock.advance(TICK);
    assert!(cell.get().is_none());
    lease.offer_stale(2, Lifetime::new().origin_version(7)).unwrap();
    assert_eq!(cell.get().and_then(|value| Guard::origin_version(&value)), Some(7));
}

#[test]
fn an_offer_that_comes_too_late_is_returned() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(PAUSE));
    let mut lease = cell.try_lead().unwrap();
    lease.offer_stale(1, Lifetime::new()).unwrap();
    cell.invalidate();
    assert_eq!(lease.offer_stale(2, Lifetime::new()), Err(Superseded(2)));
    assert!(cell.get().is_none() && !lease.extend(PAUSE));
    assert!(lease.publish(3).is_err());

    let mut slow = cell.try_lead().unwrap();
    clock.advance(PAUSE - TICK);
    slow.offer_stale(4, Lifetime::new()).unwrap();
    assert!(cell.try_lead().is_none());
    clock.advance(TICK);
    let next = cell.try_lead().expect("an offer does not prolong the lease");
    assert_eq!(next.previous().map(|value| *value), Some(4));
    assert_eq!(slow.offer_stale(5, Lifetime::new()), Err(Superseded(5)));
    let made = next.publish(6).unwrap();
    assert_eq!((*made, Guard::is_stale(&made)), (6, false));
}

#[test]
fn marks_go_past_an_offer_to_the_result() {
    for before in [true, false] {
        let (cell, _clock) = cell();
        let mut lease = cell.try_lead().unwrap();
        if before {
            cell.mark_stale();
        }
        lease.offer_stale(1, Lifetime::new()).unwrap();
        if !before {
            cell.mark_stale();
        }
        let made = lease.publish(2).unwrap();
        assert_eq!((*made, Guard::is_stale(&made)), (2, true));
        assert!(!Guard::is_stale(&cell.get_or_regen(|| 3)));
    }
}

/// A mark that the leader is to answer is answered by what it publishes, not by what it offers.
#[test]
fn an_offer_answers_no_mark() {
    let (cell, _clock) = cell();
    cell.set(1);
    cell.mark_stale();
    let mut lease = cell.try_lead().unwrap();
    lease.offer_stale(2, Lifetime::new()).unwrap();
    assert!(Guard::is_stale(&cell.get_or_regen(not_due)));
    drop(lease);
    assert!(Guard::is_stale(&cell.get().unwrap()));
    assert!(!Guard::is_stale(&cell.get_or_regen(|| 3)));
}

#[test]
fn renewing_after_an_offer_makes_it_the_value() {
    let (cell, _clock) = cell();
    let mut lease = cell.try_lead().unwrap();
    lease.offer_stale(1, Lifetime::new()).unwrap();
    let renewed = lease.renew().unwrap();
    assert_eq!((*renewed, Guard::version(&renewed), Guard::is_stale(&renewed)), (1, 2, false));
}

#[test]
fn news_from_elsewhere_never_go_back() {
    let (cell, clock) = cell();
    let put = |value, origin| cell.set_if_newer(value, origin, Lifetime::new());
    assert_eq!(put(1, 0), Some(1), "nothing is older than the first");
    assert_eq!((put(1, 0), put(2, 17), put(3, 17), put(3, 16)), (None, Some(2), None, None));
    cell.set(4);
    assert_eq!(put(3, 17), None, "what was made here says nothing of there");
    assert_eq!((put(5, 18), cell.get().map(|value| *value)), (Some(4), Some(5)));
    cell.invalidate();
    assert_eq!((put(5, 18), cell.get().map(|value| *value)), (None, None), "it does not come back");
    assert_eq!(put(6, 19), Some(6));
    clock.advance(TTL + WINDOW);
    assert!(cell.purge());
    assert_eq!(put(6, 19), None);
    let _ = cell.try_lead().unwrap().publish_with(7, Lifetime::new().origin_version(25)).unwrap();
    assert_eq!((put(8, 25), put(8, 24)), (None, None));
    cell.set_with(9, Lifetime::new().origin_version(3)); // whatever is there, and ever was
    assert_eq!((put(8, 4), put(8, 25)), (None, None));
    assert_eq!(put(8, 26), Some(9));
    assert_eq!(put(8, u64::MAX - 1), Some(10));
    assert_eq!((put(8, u64::MAX - 1), put(9, u64::MAX), put(9, u64::MAX)), (None, Some(11), None));
    assert_eq!(cell.get().and_then(|value| Guard::origin_version(&value)), Some(u64::MAX));
}

#[test]
fn news_supersede_whoever_is_at_work_and_old_news_do_not() {
    let (cell, clock) = cell();
    assert_eq!(cell.set_if_newer(1, 10, Lifetime::fresh_for(PAUSE).usable_for(PAUSE)), Some(1));
    let lease = cell.with(ANEW).try_lead().unwrap();
    assert_eq!(cell.set_if_newer(2, 9, Lifetime::new()), None);
    assert!(lease.extend(TTL));
    let mut waiter: Call<'_, _> =
        Box::pin(cell.with(Demand::new().newer_than(1)).get_or_regen_async(async || 9));
    assert!(poll(&mut waiter).is_pending());
    assert_eq!(cell.set_if_newer(3, 11, Lifetime::fresh_for(PAUSE).usable_for(PAUSE)), Some(2));
    assert!(!lease.extend(TTL) && lease.publish(4).is_err());
    assert_eq!(*ready(poll(&mut waiter)), 3);
    clock.advance(PAUSE);
    assert!(cell.get().is_none());
}

#[test]
fn many_who_hear_the_same_news_in_any_order_end_with_the_newest() {
    let cell = std::sync::Arc::new(DogpileCell::<u64>::builder().clock(ManualClock::new()).build().unwrap());
    let hear = |seed: u64| {
        let cell = std::sync::Arc::clone(&cell);
        crate::support::spawn(move || {
            let news = (0..500).map(|n| (n * 7919 + seed * 13) % 500);
            news.filter(|&n| cell.set_if_newer(n, n, Lifetime::new()).is_some()).collect::<Vec<_>>()
        })
    };
    let threads: Vec<_> = (0..4).map(hear).collect();
    let mut accepted: Vec<_> = threads.into_iter().flat_map(crate::support::Task::join).collect();
    let newest = cell.get().unwrap();
    assert_eq!((*newest, Guard::origin_version(&newest)), (499, Some(499)));
    assert_eq!(Guard::version(&newest), accepted.len() as u64);
    accepted.sort_unstable();
    assert!(accepted.is_sorted_by(|a, b| a < b), "none was accepted twice");
}
