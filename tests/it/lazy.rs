//! `DogpileLazy`: the cell with its creation function.

use crate::support::{TTL, WINDOW, crash, crashes, not_due};
use dogpile::clock::ManualClock;
use dogpile::{DogpileCell, DogpileLazy, Guard, RegenError, Settings};
use std::cell::Cell;
use std::future::{Future, ready};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

type Timed<F> = (DogpileLazy<u32, F, ManualClock>, ManualClock);

fn lazy<F>(regen: F) -> Timed<F> {
    let clock = ManualClock::new();
    let builder = DogpileCell::builder().time_to_live(TTL).stale_while_revalidate(WINDOW);
    let cell = builder.clock(clock.clone()).build().expect("both durations are given");
    (DogpileLazy::with_cell(cell, regen), clock)
}

/// A function that counts its calls, and returns their number.
fn counting() -> impl Fn() -> u32 {
    let calls = Cell::new(0);
    move || calls.replace(calls.get() + 1) + 1
}

/// Ready at the first poll, since nothing in these tests waits.
fn now<R>(future: impl Future<Output = R>) -> R {
    pollster::block_on(future)
}

#[test]
fn nothing_runs_before_the_first_read() {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    static LAZY: DogpileLazy<u32> = DogpileLazy::new(Duration::MAX, || CALLS.fetch_add(1, Relaxed));
    assert!(LAZY.get().is_none());
    assert_eq!(CALLS.load(Relaxed), 0);
    assert_eq!((*LAZY.get_or_regen(), *LAZY.get_or_regen()), (0, 0));
    assert_eq!(CALLS.load(Relaxed), 1);
}

#[test]
fn it_is_called_again_when_the_value_is_due() {
    let (lazy, clock) = lazy(counting());
    assert_eq!((*lazy.get_or_regen(), *lazy.get_or_regen()), (1, 1));
    clock.advance(TTL);
    assert_eq!((*lazy.get_or_regen(), *lazy.get_or_regen()), (2, 2));
    lazy.mark_stale();
    assert_eq!(*lazy.get_or_regen(), 3);
    lazy.invalidate();
    assert_eq!(*lazy.get_or_regen(), 4);
    lazy.set(9);
    assert_eq!(*lazy.get_or_regen(), 9);
}

#[test]
fn one_that_never_expires_is_called_once() {
    let lazy = DogpileLazy::never_expires(counting());
    assert_eq!((*lazy.get_or_regen(), *lazy.get_or_regen()), (1, 1));
    assert_eq!(lazy.stats().creations, 1);
}

#[test]
fn an_error_is_returned_or_the_stale_value() {
    let is_up = Cell::new(false);
    let (lazy, clock) = lazy(|| if is_up.get() { Ok(7) } else { Err("down") });
    assert!(matches!(lazy.try_get_or_regen(), Err(RegenError::Failed(_))));
    clock.advance(TTL); // past the throttle
    is_up.set(true);
    assert_eq!(*lazy.try_get_or_regen().unwrap(), 7);
    clock.advance(TTL);
    is_up.set(false);
    let stale = lazy.try_get_or_regen().unwrap();
    assert_eq!((*stale, Guard::is_stale(&stale)), (7, true));
    assert!(lazy.last_error().is_some());
}

#[test]
fn a_panic_does_not_poison_it() {
    let panics = Cell::new(true);
    let (lazy, _clock) = lazy(|| if panics.replace(false) { crash() } else { 7 });
    assert!(crashes(|| lazy.get_or_regen()));
    assert_eq!(*lazy.get_or_regen(), 7);
}

#[test]
fn a_future_is_made_only_when_the_value_is_due() {
    let count = counting();
    let (lazy, clock) = lazy(|| ready(count()));
    now(async {
        assert_eq!((*lazy.get_or_regen_async().await, *lazy.get_or_regen_async().await), (1, 1));
        clock.advance(TTL);
        assert_eq!(*lazy.get_or_regen_async().await, 2);
    });
}

#[test]
fn a_future_can_fail() {
    let is_up = Cell::new(true);
    let (lazy, clock) = lazy(async || if is_up.get() { Ok(7) } else { Err("down") });
    now(async {
        assert_eq!(*lazy.try_get_or_regen_async().await.unwrap(), 7);
        clock.advance(TTL);
        is_up.set(false);
        let stale = lazy.try_get_or_regen_async().await.unwrap();
        assert_eq!((*stale, Guard::is_stale(&stale)), (7, true));
        clock.advance(WINDOW);
        assert!(matches!(lazy.try_get_or_regen_async().await, Err(RegenError::Failed(_))));
    });
}

/// Each verb does what the cell's does.
#[test]
fn its_verbs_are_those_of_the_cell() {
    let (lazy, clock) = lazy(counting());
    assert!(lazy.get().is_none() && !lazy.is_regenerating() && lazy.last_error().is_none());
    assert_eq!((lazy.set(100), *lazy.get().unwrap()), (1, 100));
    assert!(!lazy.invalidate_if(7) && lazy.get().is_some());
    assert!(lazy.invalidate_if(1) && lazy.get().is_none());
    let lease = lazy.try_lead().unwrap();
    assert!(lazy.is_regenerating() && lazy.try_lead().is_none());
    lease.fail("down");
    assert!(matches!(lazy.last_error(), Some(RegenError::Failed(_))));
    clock.advance(TTL);
    let made = lazy.get_or_hand_off(|lease| drop(lease.publish(lazy.regen()()))).unwrap();
    assert_eq!((*made, *lazy.get_or_hand_off(|_| not_due()).unwrap()), (1, 1));
    lazy.mark_stale();
    assert!(Guard::is_stale(&lazy.get().unwrap()));
    let served = now(lazy.get_or_hand_off_async(|lease| drop(lease.publish(lazy.regen()())))).unwrap();
    assert_eq!((*served, *now(lazy.get_or_hand_off_async(|_| not_due())).unwrap()), (2, 2));
    lazy.invalidate();
    assert!(matches!(lazy.get_or_hand_off(drop), Err(RegenError::GivenUp)));
    assert!(matches!(now(lazy.get_or_hand_off_async(drop)), Err(RegenError::GivenUp)));
    let (stats, of_cell) = (lazy.stats(), lazy.cell().stats());
    assert_eq!((stats, stats.failures, stats.given_up), (of_cell, 1, 2));
    assert!(lazy.cell().get().is_none());
}

/// In no state of the cell: whoever only looks calls nothing.
#[test]
fn get_never_makes_a_value() {
    let (lazy, clock) = lazy(not_due::<u32>);
    let looks = || (lazy.get().map(|seen| *seen), lazy.is_regenerating());
    assert_eq!(looks(), (None, false), "untouched");
    lazy.set(1);
    assert_eq!(looks(), (Some(1), false), "fresh");
    lazy.mark_stale();
    assert_eq!(looks(), (Some(1), false), "marked");
    clock.advance(TTL);
    assert_eq!(looks(), (Some(1), false), "stale");
    let lease = lazy.try_lead();
    assert_eq!(looks(), (Some(1), true), "led by another");
    drop(lease);
    clock.advance(WINDOW);
    assert_eq!(looks(), (None, false), "expired");
    lazy.invalidate();
    assert_eq!(looks(), (None, false), "invalidated");
}

#[test]
fn it_takes_settings_and_cells_and_gives_back_both_parts() {
    let settings = Settings::new().time_to_live(Duration::ZERO).retry_backoff(TTL, TTL);
    let lazy = DogpileLazy::with_settings(settings, counting());
    assert_eq!((*lazy.get_or_regen(), *lazy.get_or_regen(), lazy.regen()()), (1, 2, 3));
    let lazy = DogpileLazy::with_cell(DogpileCell::with_settings(settings), || 7);
    assert_eq!((*lazy.get_or_regen(), Guard::version(&lazy.cell().get_or_regen(lazy.regen()))), (7, 2));
}

#[test]
fn it_shows_its_cell() {
    let lazy = DogpileLazy::never_expires(|| 7);
    let _ = lazy.get_or_regen();
    assert!(
        format!("{lazy:?}").starts_with("DogpileLazy { cell: DogpileCell { current: Some(Guard { value: 7")
    );
}
