//! When a value is fresh, stale and expired: half-open, to the nanosecond.

use crate::support::{TICK, TTL, WINDOW, cell, cell_with, not_due};
use dogpile::{Freshness, Guard};
use std::time::Duration;

fn seen(guard: Option<Guard<u32>>) -> Option<(u32, Freshness)> {
    guard.map(|guard| (*guard, Guard::freshness(&guard)))
}

#[test]
fn fresh_until_the_time_to_live_ends() {
    let (cell, clock) = cell();
    cell.set(1);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Fresh)));
    clock.advance(TTL - TICK);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Fresh)));
    assert_eq!(*cell.get_or_regen(not_due), 1);
}

#[test]
fn stale_from_the_end_of_the_time_to_live() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Stale)));
    assert_eq!(*cell.get_or_regen(|| 2), 2, "a stale value is due");
}

#[test]
fn stale_until_the_window_ends() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL + WINDOW - TICK);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Stale)));
}

#[test]
fn expired_from_the_end_of_the_window() {
    let (cell, clock) = cell();
    cell.set(1);
    clock.advance(TTL + WINDOW);
    assert_eq!(seen(cell.get()), None);
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

#[test]
fn the_window_of_new_is_unlimited() {
    let (cell, clock) = cell_with(TTL, Duration::MAX);
    cell.set(1);
    clock.advance(Duration::MAX);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Stale)));
}

#[test]
fn without_a_window_an_old_value_is_expired_at_once() {
    let (cell, clock) = cell_with(TTL, Duration::ZERO);
    cell.set(1);
    clock.advance(TTL - TICK);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Fresh)));
    clock.advance(TICK);
    assert_eq!(seen(cell.get()), None);
}

#[test]
fn each_publication_begins_a_new_time_to_live() {
    let (cell, clock) = cell();
    for round in 1..=5 {
        assert_eq!(*cell.get_or_regen(|| round), round);
        clock.advance(TTL - TICK);
        assert_eq!(seen(cell.get()), Some((round, Freshness::Fresh)));
        clock.advance(TICK);
        assert_eq!(seen(cell.get()), Some((round, Freshness::Stale)));
    }
}

/// The time to live counts from the publication, not from the beginning of the creation.
#[test]
fn a_slow_creation_takes_nothing_off_the_time_to_live() {
    let (cell, clock) = cell();
    let guard = cell.get_or_regen(|| {
        clock.advance(TTL * 3);
        1
    });
    assert_eq!((Guard::freshness(&guard), Guard::age(&guard)), (Freshness::Fresh, Duration::ZERO));
    clock.advance(TTL - TICK);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Fresh)));
}

#[test]
fn get_never_elects() {
    let (cell, clock) = cell();
    assert!(cell.get().is_none());
    assert!(!cell.is_regenerating());
    cell.set(1);
    clock.advance(TTL);
    assert_eq!(seen(cell.get()), Some((1, Freshness::Stale)));
    assert!(!cell.is_regenerating());
    clock.advance(WINDOW);
    assert!(cell.get().is_none());
    assert!(!cell.is_regenerating());
    assert_eq!(Guard::version(&cell.get_or_regen(|| 2)), 2, "nothing was published meanwhile");
}
