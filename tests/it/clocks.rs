//! The clocks of the crate, and clocks of the user's own.

use crate::support::{TICK, TTL, not_due, spawn};
use dogpile::clock::{Clock, CoarseClock, Instant, ManualClock, PreciseClock};
use dogpile::{DogpileCell, Guard};
use std::sync::Arc;
use std::time::Duration;

fn never_goes_back(clock: &impl Clock) {
    let mut last = clock.now();
    for _ in 0..100_000 {
        let now = clock.now();
        assert!(now >= last);
        last = now;
    }
}

#[test]
fn the_real_clocks_never_go_back() {
    never_goes_back(&PreciseClock);
    never_goes_back(&CoarseClock);
}

/// Against the standard library's clock, which is read before and after. Real time, since it is what
/// is tested: the bounds hold however long the sleep really takes.
fn runs_with_real_time(clock: &impl Clock, resolution: Duration) {
    let outer = std::time::Instant::now();
    let began = clock.now();
    let inner = std::time::Instant::now();
    std::thread::sleep(Duration::from_millis(60));
    let at_least = inner.elapsed();
    let measured = clock.now().saturating_duration_since(began);
    let at_most = outer.elapsed();
    assert!(measured + resolution >= at_least, "{measured:?} of at least {at_least:?}");
    assert!(measured <= at_most + resolution, "{measured:?} of at most {at_most:?}");
}

#[test]
fn the_precise_clock_is_precise() {
    runs_with_real_time(&PreciseClock, Duration::from_micros(1));
}

#[test]
fn the_coarse_clock_is_right_to_a_scheduler_tick() {
    runs_with_real_time(&CoarseClock, Duration::from_millis(16));
}

#[test]
fn the_clocks_agree_between_threads() {
    for _ in 0..100 {
        let precise = PreciseClock.now();
        let coarse = CoarseClock.now();
        let (later_precise, later_coarse) = spawn(|| (PreciseClock.now(), CoarseClock.now())).join();
        assert!(precise <= later_precise);
        assert!(coarse <= later_coarse);
    }
}

#[test]
fn clones_of_a_manual_clock_share_one_time() {
    let clock = ManualClock::new();
    let clone = clock.clone();
    assert_eq!(clock.now(), Instant::default());
    clone.advance(TTL);
    clock.advance(TICK);
    assert_eq!(clone.now(), Instant::default().saturating_add(TTL + TICK));
    clone.set(Instant::from_nanos(3));
    assert_eq!(clock.now().as_nanos(), 3);
    assert_eq!(ManualClock::new().now().as_nanos(), 0, "another clock is another time");
}

#[test]
fn advances_of_several_threads_add_up() {
    let clock = ManualClock::new();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let clock = clock.clone();
            spawn(move || (0..1000).for_each(|_| clock.advance(TICK)))
        })
        .collect();
    for thread in threads {
        thread.join();
    }
    assert_eq!(clock.now().as_nanos(), 4000);
}

/// A cell on any clock goes by it.
fn goes_by<C: Clock>(clock: C, time: &ManualClock) {
    let cell = DogpileCell::builder().time_to_live(TTL).clock(clock).build().unwrap();
    cell.set(1);
    time.advance(TTL - TICK);
    assert_eq!(*cell.get_or_regen(not_due), 1);
    time.advance(TICK);
    assert_eq!(*cell.get_or_regen(|| 2), 2);
}

#[test]
fn a_clock_can_be_borrowed_shared_or_boxed_away() {
    let time = ManualClock::new();
    goes_by(time.clone(), &time);
    goes_by(&time, &time);
    goes_by(Arc::new(time.clone()), &time);
    goes_by(Arc::new(time.clone()) as Arc<dyn Clock>, &time);
    goes_by(&time as &dyn Clock, &time);
}

/// The real clocks drive a cell: what is zero is stale at once, what is a day is not.
#[test]
fn the_real_clocks_work_in_a_cell() {
    fn works<C: Clock + Clone>(clock: &C) {
        let cell = |ttl| DogpileCell::builder().time_to_live(ttl).clock(clock.clone()).build().unwrap();
        let day = cell(Duration::from_secs(86_400));
        day.set(1);
        assert_eq!(*day.get_or_regen(not_due), 1);
        assert!(Guard::age(&day.get().unwrap()) < Duration::from_secs(3_600));
        let none = cell(Duration::ZERO);
        none.set(1);
        assert_eq!(*none.get_or_regen(|| 2), 2);
    }
    works(&PreciseClock);
    works(&CoarseClock);
}
