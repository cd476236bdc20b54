//! The clock that a thread in the background advances. Real time, since that is what it tells; the tests wait for
//! something to be true, and not for time to pass.

use crate::support::{STUCK, Task, not_due, spawn};
use dogpile::clock::{Clock, CoarseClock, Instant, TickClock};
use dogpile::{DogpileCell, Guard, Settings};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread::yield_now;
use std::time::Duration;

const MILLISECOND: Duration = Duration::from_millis(1);
/// An interval that does not pass within a test, though it is cut to a minute.
const HOUR: Duration = Duration::from_secs(3600);

fn ticking(interval: Duration) -> Arc<TickClock> {
    let clock = Arc::new(TickClock::new(interval));
    clock.start_owned().unwrap();
    clock
}

/// Fails instead of spinning for ever.
fn wait_until(is_true: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !is_true() {
        assert!(began.elapsed() < STUCK, "it never came true");
        yield_now();
    }
}

/// Waits until the clock tells something later than `time`.
fn later_than(time: Instant, clock: &TickClock) -> Instant {
    wait_until(|| clock.now() > time);
    clock.now()
}

/// Asks the clock between two looks at the coarse one.
fn is_the_coarse_time(clock: &TickClock) {
    let before = CoarseClock.now();
    let now = clock.now();
    let after = CoarseClock.now();
    assert!(before <= now && now <= after, "{before:?} {now:?} {after:?}");
}

#[test]
fn it_ticks() {
    let clock = ticking(MILLISECOND);
    assert!(clock.is_ticking());
    let first = clock.now();
    let second = later_than(first, &clock);
    later_than(second, &clock);
}

#[test]
fn it_is_never_ahead_of_the_coarse_clock() {
    let clock = ticking(MILLISECOND);
    let mut last = clock.now();
    for _ in 0..20 {
        last = later_than(last, &clock);
        assert!(last <= CoarseClock.now());
    }
}

/// Both ways: it catches up, and it stands still between two ticks, which the lag shows.
#[test]
fn the_lag_is_how_far_it_is_behind() {
    let clock = ticking(MILLISECOND);
    let first = clock.now();
    later_than(first, &clock);
    wait_until(|| clock.lag() <= 20 * MILLISECOND);
    let stands_still = ticking(HOUR);
    wait_until(|| stands_still.lag() >= 20 * MILLISECOND);
    let now = stands_still.now();
    assert!(now.saturating_add(20 * MILLISECOND) <= CoarseClock.now());
    assert_eq!(now, stands_still.now());
}

#[test]
fn one_that_was_not_started_tells_the_coarse_time() {
    let clock = TickClock::new(HOUR);
    assert!(!clock.is_ticking());
    is_the_coarse_time(&clock);
    let first = clock.now();
    later_than(first, &clock);
    is_the_coarse_time(&clock);
}

#[test]
fn one_that_was_stopped_tells_the_coarse_time() {
    let clock = ticking(HOUR);
    clock.stop();
    assert!(!clock.is_ticking());
    is_the_coarse_time(&clock);
    let first = clock.now();
    later_than(first, &clock);
    is_the_coarse_time(&clock);
}

#[test]
fn stopping_does_not_wait_for_the_next_tick() {
    let (stops, stopped) = mpsc::channel();
    spawn(move || {
        ticking(HOUR).stop();
        stops.send(()).unwrap();
    });
    stopped.recv_timeout(STUCK / 2).expect("it waits for the tick");
}

#[test]
fn it_can_be_started_and_stopped_twice() {
    let clock = ticking(MILLISECOND);
    clock.start_owned().unwrap();
    clock.stop();
    clock.stop();
    clock.start_owned().unwrap();
    assert!(clock.is_ticking());
    let first = clock.now();
    later_than(first, &clock);
}

/// Readers in two threads, while another starts and stops it: what one was told, or was told of by the other, is
/// never taken back.
#[test]
fn it_never_goes_back() {
    let clock = Arc::new(TickClock::new(Duration::ZERO));
    let done = Arc::new(AtomicBool::new(false));
    let told = Arc::new(std::sync::Mutex::new(Instant::default()));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (clock, done, told) = (Arc::clone(&clock), Arc::clone(&done), Arc::clone(&told));
            spawn(move || {
                while !done.load(Relaxed) {
                    let mut last = *told.lock().unwrap();
                    for _ in 0..100 {
                        let now = clock.now();
                        assert!(now >= last, "{now:?} after {last:?}");
                        last = now;
                    }
                    let mut told = told.lock().unwrap();
                    *told = last.max(*told);
                }
            })
        })
        .collect();
    for _ in 0..100 {
        let before = clock.now();
        clock.start_owned().unwrap();
        later_than(before, &clock);
        clock.stop();
    }
    done.store(true, Relaxed);
    readers.into_iter().for_each(Task::join);
}

/// The thread holds no more than a weak reference, so that the last drop is the user's, or its own a moment later.
#[test]
fn the_thread_does_not_keep_the_clock_alive() {
    for _ in 0..50 {
        let clock = ticking(Duration::ZERO);
        let weak = Arc::downgrade(&clock);
        let first = clock.now();
        later_than(first, &clock);
        drop(clock);
        wait_until(|| weak.strong_count() == 0);
    }
}

#[test]
fn a_static_one_drives_static_cells() {
    static TICKS: TickClock = TickClock::new(MILLISECOND);
    static DAY: DogpileCell<u32, &TickClock> =
        DogpileCell::with_clock(Settings::new().time_to_live(Duration::from_secs(86_400)), &TICKS);
    static MOMENT: DogpileCell<u32, &TickClock> =
        DogpileCell::with_clock(Settings::new().time_to_live(MILLISECOND), &TICKS);
    for start in [false, true] {
        if start {
            TICKS.start().unwrap();
        }
        DAY.set(1);
        assert_eq!(*DAY.get_or_regen(not_due), 1);
        MOMENT.set(1);
        wait_until(|| MOMENT.get().is_none_or(|value| Guard::is_stale(&value)));
        assert_eq!(*MOMENT.get_or_regen(|| 2), 2);
    }
    TICKS.stop();
}
