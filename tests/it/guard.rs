//! What a guard says, and that it goes on saying it.

use crate::support::{TICK, TTL, WINDOW, cell, cell_with, not_due, spawn};
use dogpile::{Freshness, Guard};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn it_tells_of_the_moment_of_the_read() {
    let (cell, clock) = cell();
    cell.set("a");
    clock.advance(TICK * 3);
    let guard = cell.get_or_regen(not_due);
    assert_eq!((*guard, Guard::version(&guard), Guard::age(&guard)), ("a", 1, TICK * 3));
    assert_eq!((Guard::freshness(&guard), Guard::is_stale(&guard)), (Freshness::Fresh, false));

    clock.advance(TTL);
    let later = cell.get().unwrap();
    assert_eq!((Guard::version(&later), Guard::age(&later)), (1, TTL + TICK * 3));
    assert_eq!((Guard::freshness(&later), Guard::is_stale(&later)), (Freshness::Stale, true));
}

#[test]
fn nothing_that_happens_later_changes_it() {
    let (cell, clock) = cell();
    cell.set("a");
    let guard = cell.get().unwrap();
    cell.mark_stale();
    clock.advance(TTL + WINDOW);
    cell.set("b");
    cell.invalidate();
    drop(cell);
    assert_eq!((*guard, Guard::version(&guard), Guard::age(&guard)), ("a", 1, Duration::ZERO));
    assert_eq!(Guard::freshness(&guard), Freshness::Fresh);
}

#[test]
fn versions_grow_with_each_publication_set_and_invalidation() {
    let (cell, clock) = cell();
    assert_eq!(Guard::version(&cell.get_or_regen(|| 'a')), 1);
    clock.advance(TTL);
    assert_eq!(Guard::version(&cell.get_or_regen(|| 'b')), 2);
    assert_eq!(cell.set('c'), 3);
    cell.invalidate();
    assert_eq!(Guard::version(&cell.get_or_regen(|| 'e')), 5);
    cell.mark_stale();
    assert_eq!(Guard::version(&cell.get().unwrap()), 5, "a mark makes no version");
    assert_eq!(Guard::version(&cell.get_or_regen(|| 'f')), 6);
}

#[test]
fn the_leaders_guard_is_as_good_as_any() {
    let (cell, _clock) = cell();
    let led = cell.get_or_regen(|| String::from("made"));
    let read = cell.get_or_regen(not_due);
    assert_eq!((led.as_str(), Guard::version(&led), Guard::freshness(&led)), ("made", 1, Freshness::Fresh));
    assert!(std::ptr::eq(&raw const *led, &raw const *read), "both see the one value");
}

#[test]
fn arcs_share_the_value_and_outlive_the_cell() {
    let (cell, _clock) = cell();
    cell.set(String::from("kept"));
    let guard = cell.get().unwrap();
    let (first, second) = (Guard::to_arc(&guard), Guard::into_arc(guard));
    assert!(Arc::ptr_eq(&first, &second));
    drop(cell);
    assert_eq!(*first, "kept");
    drop(first);
    assert_eq!(Arc::try_unwrap(second).as_deref(), Ok("kept"), "nobody else holds it");
}

/// A value with methods of the names that a guard's own functions have.
struct Token(u32);

impl Token {
    fn version(&self) -> String {
        format!("{}.0", self.0)
    }

    fn age(&self) -> u32 {
        self.0 + 40
    }

    fn freshness(&self) -> char {
        char::from_digit(self.0, 10).unwrap()
    }

    fn is_stale(&self) -> (u32,) {
        (self.0,)
    }

    fn to_arc(&self) -> [u32; 2] {
        [self.0; 2]
    }
}

#[test]
fn the_methods_of_the_value_are_called_through_it() {
    let (cell, _clock) = cell();
    cell.set(Token(2));
    let guard = cell.get().unwrap();
    assert_eq!((guard.version().as_str(), guard.age(), guard.freshness()), ("2.0", 42, '2'));
    assert_eq!((guard.is_stale(), guard.to_arc()), ((2,), [2, 2]));
    assert_eq!((Guard::version(&guard), Guard::age(&guard)), (1, Duration::ZERO));
    assert_eq!((Guard::freshness(&guard), Guard::is_stale(&guard)), (Freshness::Fresh, false));
}

#[test]
fn it_can_be_used_and_dropped_by_another_thread() {
    let (cell, _clock) = cell();
    cell.set(7);
    let guard = cell.get().unwrap();
    cell.set(8);
    assert_eq!(spawn(move || *guard).join(), 7);
    assert_eq!(*cell.get().unwrap(), 8);
}

/// More than arc-swap has room for on one thread without counting references.
#[test]
fn a_thread_can_hold_any_number() {
    let (cell, _clock) = cell();
    let mut guards = Vec::new();
    for n in 0..100_u32 {
        cell.set(n);
        guards.push(cell.get().unwrap());
    }
    for (n, guard) in guards.iter().enumerate() {
        assert_eq!(**guard as usize, n);
        assert_eq!(Guard::version(guard), n as u64 + 1);
    }
}

#[test]
fn the_value_formats_as_itself_and_debug_tells_more() {
    let (cell, clock) = cell_with(TTL, WINDOW);
    cell.set(1.5);
    clock.advance(Duration::from_secs(2));
    let guard = cell.get().unwrap();
    assert_eq!(format!("{guard:.2}"), "1.50", "format options reach the value");
    assert_eq!(format!("{guard:?}"), "Guard { value: 1.5, freshness: Fresh, age: 2s, version: 1, .. }");
    assert_eq!(
        format!("{cell:?}"),
        format!("DogpileCell {{ current: Some({guard:?}), is_regenerating: false, .. }}")
    );
    let value: &f64 = guard.as_ref();
    assert!((value - 1.5).abs() < f64::EPSILON);
}
