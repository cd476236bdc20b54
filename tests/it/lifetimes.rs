//! How long one value lives: what it says itself, to the nanosecond, however it came into the cell.

use crate::hands::{Call, poll, ready};
use crate::support::{
    Shared, TICK, TTL, WINDOW, cell, cell_that, not_due, not_due_either, waiters, watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{CellBuilder, Demand, DogpileCell, Freshness, Guard, Lifetime, RegenError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

const IF_ERROR: Duration = Duration::from_secs(8);
const SECOND: Duration = Duration::from_secs(1);
const ANEW: Demand = Demand::new().anew();

/// How a value comes into a cell together with its lifetime.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Put {
    Set,
    SetIfNewer,
    Publish,
    Renew,
    /// The value says it, and is set.
    OfSet,
    /// The value says it, and a creation function made it.
    OfMade,
    /// The value says it, and is published by a lease.
    OfPublished,
    /// The value says it, and is renewed.
    OfRenewed,
}

const PUTS: [Put; 8] = [
    Put::Set,
    Put::SetIfNewer,
    Put::Publish,
    Put::Renew,
    Put::OfSet,
    Put::OfMade,
    Put::OfPublished,
    Put::OfRenewed,
];

/// Where the clock stands when the value comes.
const START: Instant = Instant::from_nanos(1_000_000_000_000);

type Build = fn(CellBuilder<u32, ManualClock>) -> CellBuilder<u32, ManualClock>;

/// A cell with a value that came in that way, at `START`.
fn put(put: Put, lifetime: Lifetime, build: Build) -> (Shared<u32>, ManualClock) {
    let says = matches!(put, Put::OfSet | Put::OfMade | Put::OfPublished | Put::OfRenewed);
    let (cell, clock) = cell_that(|cell| {
        let cell = build(cell.stale_if_error(IF_ERROR));
        // What was there before lives as the cell says.
        if says {
            cell.lifetime_of(move |value| if *value == 0 { Lifetime::new() } else { lifetime })
        } else {
            cell
        }
    });
    if matches!(put, Put::Renew | Put::OfRenewed) {
        cell.set_with(1, Lifetime::new());
    } else {
        cell.set(0);
    }
    clock.set(START);
    match put {
        Put::Set => assert_eq!(cell.set_with(1, lifetime), 2),
        Put::SetIfNewer => assert_eq!(cell.set_if_newer(1, 7, lifetime), Some(2)),
        Put::Publish => drop(cell.with(ANEW).try_lead().unwrap().publish_with(1, lifetime).unwrap()),
        Put::Renew => drop(cell.with(ANEW).try_lead().unwrap().renew_with(lifetime).unwrap()),
        Put::OfSet => assert_eq!(cell.set(1), 2),
        Put::OfMade => drop(cell.with(ANEW).get_or_regen(|| 1)),
        Put::OfPublished => drop(cell.with(ANEW).try_lead().unwrap().publish(1).unwrap()),
        Put::OfRenewed => drop(cell.with(ANEW).try_lead().unwrap().renew().unwrap()),
    }
    (cell, clock)
}

/// The ends of a value, since its publication: fresh, servable, servable after a failure. None: never.
type Ends = [Option<Duration>; 3];

fn ends(fresh: u64, servable: u64, after_error: u64) -> Ends {
    [fresh, servable, after_error].map(|seconds| Some(Duration::from_secs(seconds)))
}

fn at(cell: &Shared<u32>, clock: &ManualClock, now: Instant) -> Option<Freshness> {
    clock.set(now);
    let guard = cell.get();
    assert_eq!(cell.reader().get().copied(), guard.as_deref().copied());
    assert_eq!(cell.with(Demand::new().or_stale().anew()).get().is_some(), guard.is_some());
    guard.map(|guard| Guard::freshness(&guard))
}

/// Before the end it is so, and at the end it is not any more.
fn assert_end(
    cell: &Shared<u32>,
    clock: &ManualClock,
    end: Option<Duration>,
    is: impl Fn(Option<Freshness>) -> bool,
) {
    let Some(end) = end else {
        assert!(is(at(cell, clock, Instant::from_nanos(u64::MAX - 1))), "at the end of time");
        return;
    };
    if let Some(before) = end.checked_sub(TICK) {
        assert!(is(at(cell, clock, START.saturating_add(before))), "just before {end:?}");
    }
    assert!(!is(at(cell, clock, START.saturating_add(end))), "at {end:?}");
    assert!(!is(at(cell, clock, START.saturating_add(end + TICK))), "just after {end:?}");
}

fn assert_ends(lifetime: Lifetime, [fresh, servable, after_error]: Ends, age: Duration) {
    for way in PUTS {
        let failed = |is_down: bool| {
            let (cell, clock) = put(way, lifetime, |cell| cell);
            if is_down {
                cell.with(ANEW).try_lead().unwrap().fail_for("down", Duration::ZERO);
            }
            (cell, clock)
        };
        eprintln!("{way:?} {lifetime:?}"); // shown if it fails
        let (cell, clock) = failed(false);
        if let Some(guard) = cell.get() {
            assert_eq!(Guard::age(&guard), age);
            assert_eq!(Guard::fresh_for(&guard), fresh.unwrap_or(Duration::MAX));
            clock.advance(TICK);
            if let Some(guard) = cell.get() {
                assert_eq!(Guard::age(&guard), age.saturating_add(TICK).min(Duration::from_nanos(u64::MAX)));
                assert_eq!(
                    Guard::fresh_for(&guard),
                    fresh.map_or(Duration::MAX, |fresh| fresh.saturating_sub(TICK))
                );
            }
        }
        assert_end(&cell, &clock, fresh, |found| found == Some(Freshness::Fresh));
        assert_end(&cell, &clock, servable, |found| found.is_some());
        let (cell, clock) = failed(true);
        assert_end(&cell, &clock, fresh, |found| found == Some(Freshness::Fresh));
        assert_end(&cell, &clock, after_error, |found| found.is_some());
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn windows_that_are_left_out_are_those_of_the_cell() {
    let own = Lifetime::new();
    assert_eq!((own, Lifetime::default()), (Lifetime::new(), Lifetime::new()));
    assert_ends(own, ends(10, 15, 18), Duration::ZERO);
    assert_ends(Lifetime::fresh_for(seconds(20)), ends(20, 25, 28), Duration::ZERO);
    assert_ends(own.stale_while_revalidate(SECOND), ends(10, 11, 18), Duration::ZERO);
    assert_ends(own.stale_if_error(seconds(20)), ends(10, 15, 30), Duration::ZERO);
    assert_ends(own.stale_if_error(SECOND), ends(10, 15, 15), Duration::ZERO);
    let all = Lifetime::fresh_for(seconds(1)).stale_while_revalidate(seconds(2)).stale_if_error(seconds(3));
    assert_ends(all, ends(1, 3, 4), Duration::ZERO);
}

#[test]
fn the_hard_end_is_the_end_of_every_window() {
    let own = Lifetime::new();
    for (usable, fresh, servable, after_error) in [
        (4, 4, 4, 4),
        (10, 10, 10, 10),
        (12, 10, 12, 12),
        (15, 10, 15, 15),
        (17, 10, 15, 17),
        (99, 10, 15, 18),
    ] {
        assert_ends(own.usable_for(seconds(usable)), ends(fresh, servable, after_error), Duration::ZERO);
    }
    let without = own.stale_while_revalidate(Duration::MAX).stale_if_error(Duration::MAX);
    assert_ends(without.usable_for(seconds(12)), ends(10, 12, 12), Duration::ZERO);
    assert_ends(Lifetime::fresh_for(Duration::MAX).usable_for(seconds(12)), ends(12, 12, 12), Duration::ZERO);
}

#[test]
fn all_times_count_from_the_birth() {
    let own = Lifetime::new();
    assert_ends(own.age(seconds(4)), ends(6, 11, 14), seconds(4));
    assert_ends(own.age(seconds(10)), ends(0, 5, 8), seconds(10));
    assert_ends(own.age(seconds(12)), ends(0, 3, 6), seconds(12));
    assert_ends(own.age(seconds(15)), ends(0, 0, 3), seconds(15));
    assert_ends(own.age(seconds(18)), ends(0, 0, 0), seconds(18));
    assert_ends(own.age(seconds(99)), ends(0, 0, 0), seconds(99));
    assert_ends(own.age(seconds(5)).usable_for(seconds(12)), ends(5, 7, 7), seconds(5));
    assert_ends(own.age(seconds(12)).usable_for(seconds(12)), ends(0, 0, 0), seconds(12));
}

#[test]
fn zero_and_max_are_fine_everywhere() {
    let (own, zero, max) = (Lifetime::new(), Duration::ZERO, Duration::MAX);
    let some = |seconds: u64| Some(Duration::from_secs(seconds));
    assert_ends(Lifetime::fresh_for(zero), ends(0, 5, 8), zero);
    assert_ends(own.stale_while_revalidate(zero), ends(10, 10, 18), zero);
    assert_ends(own.stale_if_error(zero), ends(10, 15, 15), zero);
    assert_ends(own.usable_for(zero), ends(0, 0, 0), zero);
    assert_ends(own.age(zero), ends(10, 15, 18), zero);
    assert_ends(Lifetime::fresh_for(max), [None, None, None], zero);
    assert_ends(own.stale_while_revalidate(max), [some(10), None, None], zero);
    assert_ends(own.stale_if_error(max), [some(10), some(15), None], zero);
    assert_ends(own.usable_for(max), ends(10, 15, 18), zero);
    assert_ends(own.age(max), ends(0, 0, 0), Duration::from_nanos(u64::MAX));
    assert_ends(Lifetime::fresh_for(max).age(max), [None, None, None], Duration::from_nanos(u64::MAX));
    assert_ends(own.age(max).usable_for(max), ends(0, 0, 0), Duration::from_nanos(u64::MAX));
    let all = Lifetime::fresh_for(max).stale_while_revalidate(max).stale_if_error(max);
    assert_ends(all.usable_for(max).age(max), [None, None, None], Duration::from_nanos(u64::MAX));
    assert_ends(all.usable_for(zero).age(max), ends(0, 0, 0), Duration::from_nanos(u64::MAX));
    // More than a clock can say is never.
    assert_ends(Lifetime::fresh_for(Duration::from_nanos(u64::MAX)), [None, None, None], zero);
}

/// Nothing that happens in between prolongs it: not a failure, nor a mark, a pause, a lease given up or taken over.
#[test]
fn nothing_moves_the_hard_end() {
    type Event = fn(&Shared<u32>);
    let events: [Event; 8] = [
        |cell| cell.with(ANEW).try_lead().unwrap().fail_for("down", Duration::ZERO),
        |cell| cell.with(ANEW).try_lead().unwrap().fail_for("down", Duration::MAX),
        |cell| cell.mark_stale(),
        |cell| cell.with(ANEW).try_lead().unwrap().defer(Duration::ZERO),
        |cell| cell.with(ANEW).try_lead().unwrap().defer(Duration::MAX),
        |cell| drop(cell.with(ANEW).try_lead()),
        |cell| std::mem::forget(cell.with_owned(ANEW).try_lead()), // and so leads for ever
        |cell| assert!(!cell.purge() && !cell.resume()),
    ];
    for way in PUTS {
        for event in events {
            let (cell, clock) = put(way, Lifetime::new().usable_for(SECOND * 2), |cell| {
                cell.lease_timeout(Duration::from_millis(1))
            });
            clock.advance(SECOND);
            event(&cell);
            clock.set(Instant::from_nanos(START.saturating_add(SECOND * 2).as_nanos() - 1));
            assert_eq!(cell.get().map(|value| *value), Some(1));
            clock.advance(TICK);
            assert!(cell.get().is_none());
            assert!(cell.with(Demand::new().or_stale()).get().is_none());
        }
    }
}

/// Of a second before its birth, or of no time at all.
fn dead() -> [Lifetime; 3] {
    let own = Lifetime::new();
    [
        own.usable_for(Duration::ZERO),
        own.usable_for(SECOND).age(SECOND),
        own.usable_for(SECOND).age(Duration::MAX),
    ]
}

#[test]
fn a_value_that_is_dead_when_published_is_for_its_leader_and_those_who_waited() {
    each_way(|way| {
        for (lifetime, demand) in dead().into_iter().flat_map(|dead| {
            [(dead, Demand::new()), (dead, Demand::new().newer_than(0)), (dead, Demand::new().or_stale())]
        }) {
            let (cell, clock) = watched_cell(|cell| cell);
            let lease = cell.try_lead().unwrap();
            let mut waiting =
                waiters(&cell, &clock, 2, move |cell| cell.by(way).with(demand).get_or_regen(not_due));
            waiting.extend(waiters(&cell, &clock, 2, move |cell| {
                cell.by(way).with(demand).try_get_or_regen(not_due_either).unwrap()
            }));
            waiting.extend(waiters(&cell, &clock, 1, move |cell| {
                cell.by(way).with(demand).get_or_hand_off(|_| not_due()).unwrap()
            }));
            let made = lease.publish_with(1, lifetime).unwrap();
            assert_eq!((*made, Guard::is_stale(&made)), (1, true));
            for waiter in waiting {
                let served = waiter.join();
                assert_eq!((*served, Guard::version(&served), Guard::is_stale(&served)), (1, 1, true));
            }
            assert!(cell.get().is_none() && cell.reader().get().is_none());
            let late = cell.by(way).with(Demand::new().patience(Duration::ZERO)).wait_newer(0);
            assert!(matches!(late, Err(RegenError::WaitTimeout)));
            assert_eq!(*cell.by(way).with(demand).get_or_regen(|| 2), 2, "nobody else gets it");
            assert_eq!(cell.stats().creations + cell.stats().regenerations, 2);
        }
    });
}

#[test]
fn a_hand_off_gets_a_value_that_was_dead_when_published() {
    each_way(|way| {
        for lifetime in dead() {
            let (cell, _clock) = cell();
            let mine = cell.by(way).get_or_hand_off(|lease| drop(lease.publish_with(1, lifetime)));
            assert_eq!(*mine.unwrap(), 1);
            assert!(cell.get().is_none());
        }
    });
}

/// It was not made for callers that come too late to it, though they waited: it is past its hard end.
#[test]
fn a_value_that_died_before_its_waiter_looked_is_not_served() {
    type Ask = fn(&Shared<u32>, Demand) -> Call<'_, u32>;
    let calls: [Ask; 4] = [
        |cell, _| Box::pin(async move { *cell.get_or_regen_async(async || 2).await }),
        |cell, demand| Box::pin(async move { *cell.with(demand).get_or_regen_async(async || 2).await }),
        |cell, demand| {
            let regen = async || Ok::<_, String>(2);
            Box::pin(async move { *cell.with(demand).try_get_or_regen_async(regen).await.unwrap() })
        },
        |cell, demand| {
            Box::pin(async move {
                let handed_off = cell.with(demand).get_or_hand_off_async(|lease| drop(lease.publish(2)));
                *handed_off.await.unwrap()
            })
        },
    ];
    for call in calls {
        for demand in
            [Demand::new(), Demand::new().newer_than(0), Demand::new().max_age(Duration::MAX).or_stale()]
        {
            for dies in [true, false] {
                let (cell, clock) = cell();
                let lease = cell.try_lead().unwrap();
                let mut waiter = call(&cell, demand);
                assert!(poll(&mut waiter).is_pending());
                let _ = lease.publish_with(1, Lifetime::new().usable_for(TICK)).unwrap();
                if dies {
                    clock.advance(TICK);
                }
                assert_eq!(ready(poll(&mut waiter)), if dies { 2 } else { 1 });
            }
        }
    }
}

/// Expired is not dead: those who waited take what was made for them, whatever it lives.
#[test]
fn a_value_that_expired_before_its_waiter_looked_is_served_to_it() {
    let (cell, clock) = cell();
    let lease = cell.try_lead().unwrap();
    let mut waiter: Call<'_, _> = Box::pin(cell.get_or_regen_async(async || 2));
    assert!(poll(&mut waiter).is_pending());
    let short = Lifetime::fresh_for(TICK).stale_while_revalidate(Duration::ZERO);
    let _ = lease.publish_with(1, short).unwrap();
    clock.advance(SECOND);
    assert_eq!(*ready(poll(&mut waiter)), 1);
    assert!(cell.get().is_none());
}

#[test]
fn a_follower_is_not_served_what_died() {
    let (cell, clock) = cell();
    let mut follower: Call<'_, _> = Box::pin(cell.wait_newer_async(0));
    assert!(poll(&mut follower).is_pending());
    cell.set_with(1, Lifetime::new().usable_for(TICK));
    clock.advance(TICK);
    assert!(poll(&mut follower).is_pending());
    cell.set(2);
    assert_eq!(*ready(poll(&mut follower)), 2);
}

/// The leader that came too late does not even publish it.
#[test]
fn who_leads_gets_its_own_dead_value_though_superseded() {
    let (cell, _clock) = cell_that(|cell| cell.lifetime_of(|_| Lifetime::new().usable_for(Duration::ZERO)));
    let own = cell.get_or_regen(|| {
        cell.invalidate();
        1
    });
    assert_eq!((*own, Guard::version(&own), Guard::is_stale(&own)), (1, 0, true));
}

#[test]
fn the_next_leader_is_told_of_a_dead_value_and_serves_it_to_nobody() {
    let (cell, clock) = cell();
    cell.set_with(1, Lifetime::new().usable_for(SECOND));
    clock.advance(SECOND);
    let lease = cell.try_lead().unwrap();
    assert_eq!(lease.previous().map(|value| *value), Some(1));
    assert!(cell.get().is_none());
    lease.fail("down");
    assert!(cell.get().is_none(), "a failure does not bring it back");
    assert!(cell.with(Demand::new().or_stale()).try_get_or_regen(not_due_either).is_err());
}

#[test]
fn the_jitter_of_the_cell_shortens_what_is_fresh_and_nothing_else() {
    let (fresh, usable) = (SECOND * 100, SECOND * 103);
    let own = Lifetime::fresh_for(fresh).stale_while_revalidate(SECOND * 2).stale_if_error(SECOND * 2);
    let mut seen = Vec::new();
    for way in [Put::Set, Put::Publish, Put::OfSet, Put::OfMade].repeat(8) {
        let (cell, clock) = put(way, own.usable_for(usable), |cell| cell.jitter(0.5));
        let left = Guard::fresh_for(&cell.get().unwrap());
        assert!(left > fresh / 2 - TICK && left <= fresh, "{left:?}");
        assert_end(&cell, &clock, Some(left), |found| found == Some(Freshness::Fresh));
        assert_end(&cell, &clock, Some(left + SECOND * 2), |found| found.is_some());
        seen.push(left);

        let hard = Lifetime::fresh_for(fresh).usable_for(fresh / 2);
        let (cell, clock) = put(way, hard, |cell| cell.jitter(0.4));
        assert_end(&cell, &clock, Some(fresh / 2), |found| found.is_some());
        let (cell, _) = put(way, Lifetime::fresh_for(Duration::MAX), |cell| cell.jitter(1.0));
        assert_eq!(Guard::fresh_for(&cell.get().unwrap()), Duration::MAX);
    }
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.len() > 16, "they differ");
}

/// `lifetime_of` is for values that come without a lifetime.
#[test]
fn a_lifetime_that_is_given_is_taken_and_the_value_not_asked() {
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let (cell, _clock) = cell_that(|cell| {
        cell.lifetime_of(move |_| {
            counted.fetch_add(1, SeqCst);
            Lifetime::fresh_for(SECOND)
        })
    });
    cell.set(1);
    assert_eq!((Guard::fresh_for(&cell.get().unwrap()), asked.load(SeqCst)), (SECOND, 1));
    cell.set_with(2, Lifetime::new());
    assert_eq!((Guard::fresh_for(&cell.get().unwrap()), asked.load(SeqCst)), (TTL, 1));
    cell.set_if_newer(3, 1, Lifetime::fresh_for(SECOND * 2));
    let _ = cell.with(ANEW).try_lead().unwrap().publish_with(4, Lifetime::new());
    let _ = cell.with(ANEW).try_lead().unwrap().renew_with(Lifetime::new());
    cell.with(ANEW).try_lead().unwrap().offer_stale(5, Lifetime::new()).unwrap();
    assert_eq!(asked.load(SeqCst), 1);
    let _ = cell.with(ANEW).get_or_regen(|| 6);
    let _ = cell.with(ANEW).try_lead().unwrap().renew();
    assert_eq!(asked.load(SeqCst), 3);
}

#[test]
fn a_guard_says_what_is_left_as_of_its_read() {
    let (cell, clock) = cell();
    cell.set_with(1, Lifetime::new().age(SECOND));
    clock.advance(SECOND);
    let guard = cell.get().unwrap();
    clock.advance(SECOND);
    assert_eq!((Guard::age(&guard), Guard::fresh_for(&guard)), (SECOND * 2, TTL - SECOND * 2));
    cell.mark_stale();
    assert_eq!(Guard::fresh_for(&guard), Duration::ZERO, "the mark shows");
    assert_eq!(Guard::fresh_for(&cell.get().unwrap()), Duration::ZERO);
    let never = DogpileCell::never_expires();
    never.set(1);
    assert_eq!(Guard::fresh_for(&never.get().unwrap()), Duration::MAX);
}

#[test]
fn each_value_has_the_origin_version_that_it_came_with() {
    let (cell, _clock) = cell();
    let seen = || cell.get().map(|value| Guard::origin_version(&value));
    let from = |version| Lifetime::new().origin_version(version);
    cell.set(0);
    assert_eq!(seen(), Some(None));
    for version in [17, 5, 0, u64::MAX - 1, u64::MAX, 3] {
        cell.set_with(1, from(version));
        assert_eq!(seen(), Some(Some(version)));
        cell.mark_stale();
        drop(cell.try_lead());
        cell.try_lead().unwrap().fail_for("down", Duration::ZERO);
        assert_eq!(seen(), Some(Some(version)), "it is still the same value");
        let made = cell.try_lead().unwrap().publish(2).unwrap();
        assert_eq!((Guard::origin_version(&made), seen()), (None, Some(None)), "made here");
        let made = cell.with(ANEW).try_lead().unwrap().publish_with(2, from(version)).unwrap();
        assert_eq!((Guard::origin_version(&made), seen()), (Some(version), Some(Some(version))));
    }
    let own = cell.with(ANEW).try_lead().unwrap();
    cell.invalidate();
    assert!(own.publish_with(1, from(9)).is_err() && seen().is_none());
}

#[test]
fn the_borders_hold_for_tasks_and_threads_that_may_be_elected() {
    each_way(|way| {
        let (cell, clock) = put(Put::Set, Lifetime::new().usable_for(SECOND * 12), |cell| cell);
        clock.advance(TTL - TICK);
        assert!(!Guard::is_stale(&cell.by(way).get_or_regen(not_due)));
        clock.advance(TICK);
        let lease = cell.try_lead().expect("it is stale");
        clock.advance(SECOND * 2 - TICK);
        assert!(Guard::is_stale(&cell.by(way).get_or_regen(not_due)));
        clock.advance(TICK);
        let hasty = cell.by(way).with(Demand::new().patience(Duration::ZERO).or_stale());
        assert!(matches!(hasty.try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)));
        drop(lease);
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2);
    });
}

/// A value whose holders are counted.
fn counted(cell: &Shared<Arc<()>>, lifetime: Lifetime) -> Arc<()> {
    let value = Arc::new(());
    cell.set_with(Arc::clone(&value), lifetime);
    value
}

#[test]
fn purge_lets_go_of_what_nobody_can_be_served_any_more() {
    let (cell, clock) = cell_that(|cell| cell.stale_if_error(IF_ERROR));
    assert!(!cell.purge(), "there is nothing");
    for (lifetime, end) in [
        (Lifetime::new(), TTL + IF_ERROR),
        (Lifetime::new().usable_for(SECOND), SECOND),
        (Lifetime::new().age(SECOND), TTL + IF_ERROR - SECOND),
        (Lifetime::new().usable_for(Duration::ZERO), Duration::ZERO),
    ] {
        let value = counted(&cell, lifetime);
        let version = cell.get().map(|value| Guard::version(&value));
        if !end.is_zero() {
            clock.advance(end - TICK);
            assert!(!cell.purge());
            assert_eq!(Arc::strong_count(&value), 2, "it can be served after a failure");
            clock.advance(TICK);
        }
        assert!(cell.purge() && !cell.purge());
        assert_eq!(Arc::strong_count(&value), 1);
        assert!(cell.get().is_none() && !cell.is_regenerating());
        if let Some(version) = version {
            assert!(!cell.invalidate_if(version) && !cell.mark_stale_if(version));
        }
        let lease = cell.try_lead().expect("it is due");
        assert!(lease.previous().is_none());
        let next = lease.publish(Arc::default()).unwrap();
        assert!(version.is_none_or(|version| Guard::version(&next) == version + 1));
    }
    let stats = cell.stats();
    assert_eq!((stats.given_up, stats.failures, stats.takeovers), (0, 0, 0));
    let forever = counted(&cell, Lifetime::fresh_for(Duration::MAX));
    clock.set(Instant::from_nanos(u64::MAX - 1));
    assert!(!cell.purge());
    assert_eq!(Arc::strong_count(&forever), 2);
}

#[test]
fn purge_disturbs_no_leader_and_no_throttle() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(SECOND));
    let value = counted(&cell, Lifetime::new().usable_for(SECOND));
    clock.advance(SECOND);
    let lease = cell.try_lead().unwrap();
    assert!(!cell.purge());
    clock.advance(SECOND);
    assert!(!cell.purge(), "nor one that overran");
    assert_eq!(lease.previous().map(|value| Arc::strong_count(&value)), Some(2));
    lease.fail_for("down", TTL);
    let retry_at = cell.retry_at();
    assert!(retry_at.is_some() && cell.purge());
    assert_eq!((Arc::strong_count(&value), cell.retry_at()), (1, retry_at));
    assert!(cell.last_error().is_some() && cell.try_lead().is_none());
    assert!(cell.try_get_or_regen(not_due::<Result<_, &str>>).is_err());
}

/// What was purged does not come back, and nobody takes it for fresh.
#[test]
fn a_clock_that_goes_back_after_a_purge_finds_nothing() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        let before = clock.now();
        clock.advance(TTL + WINDOW);
        assert!(cell.purge());
        clock.set(before);
        assert!(cell.get().is_none() && cell.reader().get().is_none());
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2);
    });
}

#[test]
fn guards_and_readers_keep_a_purged_value_until_they_let_go() {
    let (cell, clock) = cell();
    let value = counted(&cell, Lifetime::new().usable_for(SECOND));
    let mut readers = [cell.reader_owned(), cell.reader_owned(), cell.reader_owned()];
    assert!(readers.iter_mut().all(|reader| reader.get().is_some()));
    let guard = cell.get().unwrap();
    clock.advance(SECOND);
    assert!(cell.purge());
    assert_eq!(Arc::strong_count(&*guard), 2, "what it shares is counted once");
    let [released, read, dropped] = &mut readers;
    released.release();
    assert!(released.last().is_none() && released.freshness().is_none());
    assert!(read.get().is_none());
    drop(guard);
    assert_eq!(Arc::strong_count(&value), 2, "one reader has it");
    dropped.release();
    assert_eq!(Arc::strong_count(&value), 1);
    released.release(); // nothing
    let next = Arc::new(());
    cell.set(Arc::clone(&next));
    assert!(readers.iter_mut().all(|reader| reader.get().is_some()));
    assert_eq!(Arc::strong_count(&next), 2);
}

/// It forgets nothing but the value.
#[test]
fn a_reader_that_was_released_reads_on() {
    let (cell, clock) = cell();
    let mut reader = cell.reader();
    cell.set(1);
    assert_eq!(*reader.get_or_regen(not_due), 1);
    reader.release();
    assert_eq!(*reader.get_or_regen(not_due), 1);
    clock.advance(TTL);
    reader.release();
    assert_eq!(*reader.get_or_regen(|| 2), 2);
    assert_eq!(reader.last().map(|value| Guard::version(&value)), Some(2));
}

#[test]
fn the_cell_of_a_lifetime_can_be_without_any_window_of_its_own() {
    each_way(|way| {
        let clock = ManualClock::new();
        let cell = Arc::new(DogpileCell::builder().clock(clock.clone()).initial(1).build().unwrap());
        cell.set_with(2, Lifetime::fresh_for(SECOND).stale_while_revalidate(SECOND));
        clock.advance(SECOND);
        let lease = cell.try_lead().expect("it is stale");
        assert!(Guard::is_stale(&cell.by(way).get_or_regen(not_due)));
        clock.advance(SECOND);
        assert!(cell.get().is_none());
        drop(lease);
        cell.set_with(3, Lifetime::fresh_for(SECOND));
        clock.set(Instant::from_nanos(u64::MAX - 1));
        assert!(Guard::is_stale(&cell.get().unwrap()), "its stale window is the cell's: without end");
    });
}
