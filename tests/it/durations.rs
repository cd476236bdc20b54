//! Zero, huge and odd: nothing overflows, nothing panics, nothing gets stuck.

use crate::support::{TICK, TTL, WINDOW, cell, cell_with, not_due};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{DogpileCell, Freshness, Guard, Lifetime};
use std::time::Duration;

const ODD: [Duration; 7] = [
    Duration::ZERO,
    TICK,
    Duration::from_secs(1),
    Duration::from_nanos(u64::MAX - 1),
    Duration::from_nanos(u64::MAX),
    Duration::from_secs(u64::MAX),
    Duration::MAX,
];

fn last_instant() -> Instant {
    Instant::from_nanos(u64::MAX)
}

#[test]
fn zero_time_to_live_is_always_stale() {
    let (cell, _clock) = cell_with(Duration::ZERO, WINDOW);
    for round in 1..=3 {
        let made = cell.get_or_regen(|| round);
        assert_eq!((*made, Guard::version(&made), Guard::freshness(&made)), (round, round, Freshness::Stale));
    }
}

#[test]
fn zero_time_to_live_without_window_is_always_expired() {
    let (cell, _clock) = cell_with(Duration::ZERO, Duration::ZERO);
    for round in 1..=3 {
        let made = cell.get_or_regen(|| round);
        assert_eq!(
            (*made, Guard::freshness(&made)),
            (round, Freshness::Stale),
            "the leader gets what it made"
        );
        assert!(cell.get().is_none());
    }
}

#[test]
fn what_is_to_last_for_ever_is_fresh_at_the_end_of_time() {
    for ttl in [Duration::from_nanos(u64::MAX), Duration::from_secs(u64::MAX), Duration::MAX] {
        for window in ODD {
            let (cell, clock) = cell_with(ttl, window);
            cell.set(1);
            clock.set(last_instant());
            assert!(!Guard::is_stale(&cell.get().unwrap()), "{ttl:?} {window:?}");
        }
    }
}

#[test]
fn a_window_without_end_serves_at_the_end_of_time() {
    for ttl in [Duration::ZERO, TICK, Duration::from_secs(1), Duration::from_nanos(u64::MAX - 1)] {
        let (cell, clock) = cell_with(ttl, Duration::MAX);
        cell.set(1);
        clock.set(last_instant());
        assert!(Guard::is_stale(&cell.get().unwrap()), "{ttl:?}");
    }
}

/// Every pair, at the beginning and at the end of the clock: a value can be made, read and replaced.
#[test]
fn every_combination_works() {
    for ttl in ODD {
        for window in ODD {
            let (cell, clock) = cell_with(ttl, window);
            for (version, now) in (1..).zip([Instant::default(), Instant::from_nanos(7), last_instant()]) {
                clock.set(now);
                cell.mark_stale();
                assert_eq!(
                    Guard::version(&cell.get_or_regen(|| version)),
                    version,
                    "{ttl:?} {window:?} {now:?}"
                );
            }
            cell.invalidate();
            assert_eq!(*cell.get_or_regen(|| 9), 9);
        }
    }
}

/// A finite time to live that would end after the last instant never ends.
#[test]
fn at_its_end_the_clock_stands_and_values_stay_fresh() {
    let (cell, clock) = cell();
    clock.set(last_instant());
    assert_eq!(*cell.get_or_regen(|| 1), 1);
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), last_instant());
    let seen = cell.get_or_regen(not_due);
    assert_eq!((Guard::freshness(&seen), Guard::age(&seen)), (Freshness::Fresh, Duration::ZERO));
    cell.mark_stale();
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

#[test]
fn a_clock_that_goes_backwards_makes_values_live_longer() {
    let (cell, clock) = cell();
    clock.advance(TTL);
    cell.set(1);
    clock.set(Instant::default());
    let seen = cell.get_or_regen(not_due);
    assert_eq!((Guard::freshness(&seen), Guard::age(&seen)), (Freshness::Fresh, Duration::ZERO));
    clock.advance(TTL * 2 - TICK);
    assert!(!Guard::is_stale(&cell.get().unwrap()));
    clock.advance(TICK);
    assert!(Guard::is_stale(&cell.get().unwrap()));
}

#[test]
fn a_clock_that_goes_backwards_under_the_leader_disturbs_nothing() {
    let (cell, clock) = cell();
    clock.advance(TTL + WINDOW);
    cell.set(1);
    clock.advance(TTL);
    let made = cell.get_or_regen(|| {
        clock.set(Instant::default());
        assert!(!Guard::is_stale(&cell.get_or_regen(not_due)), "by this clock it is fresh again");
        2
    });
    assert_eq!((*made, Guard::age(&made), Guard::is_stale(&made)), (2, Duration::ZERO, false));
    clock.advance(TTL);
    assert_eq!(*cell.get_or_regen(|| 3), 3);
}

#[test]
fn a_clock_that_stands_still_ages_nothing() {
    let (cell, _clock) = cell_with(TICK, Duration::ZERO);
    cell.set(1);
    for _ in 0..100 {
        assert_eq!(Guard::age(&cell.get_or_regen(not_due)), Duration::ZERO);
    }
}

#[test]
fn lifetime_of_asks_each_value() {
    let clock = ManualClock::new();
    let cell = DogpileCell::builder()
        .lifetime_of(|value: &Duration| Lifetime::fresh_for(*value))
        .stale_while_revalidate(WINDOW)
        .clock(clock.clone())
        .build()
        .unwrap();
    for ttl in [Duration::from_secs(3), Duration::from_secs(1), TICK] {
        cell.set(ttl);
        clock.advance(ttl - TICK);
        assert!(!Guard::is_stale(&cell.get().unwrap()));
        clock.advance(TICK);
        assert!(Guard::is_stale(&cell.get().unwrap()));
        clock.advance(WINDOW);
        assert!(cell.get().is_none());
    }
    assert!(Guard::is_stale(&cell.get_or_regen(|| Duration::ZERO)));
    let _ = cell.get_or_regen(|| Duration::MAX);
    clock.set(last_instant());
    assert!(!Guard::is_stale(&cell.get().unwrap()));
}

#[test]
fn instants_saturate() {
    let (first, last) = (Instant::from_nanos(0), last_instant());
    assert_eq!(first, Instant::default());
    assert_eq!(last.as_nanos(), u64::MAX - 1, "u64::MAX is kept for what never comes");
    assert_eq!(Instant::from_nanos(u64::MAX - 1), last);
    assert_eq!(first.saturating_add(Duration::MAX), last);
    assert_eq!(last.saturating_add(TICK), last);
    assert_eq!(first.saturating_add(TICK).as_nanos(), 1);
    assert_eq!(first.saturating_duration_since(last), Duration::ZERO);
    assert_eq!(last.saturating_duration_since(first), Duration::from_nanos(u64::MAX - 1));
    assert!(first < last);
}
