//! After an attempt in vain: how long until the next, and what is served meanwhile.

use crate::support::{
    RETRY, Shared, TICK, TTL, WINDOW, cell, cell_that, crash, crashes, not_due, not_due_either, stale_cell,
};
use crate::ways::{By, each_way};
use dogpile::clock::ManualClock;
use dogpile::{BuildError, CellBuilder, DogpileCell, Freshness, Guard, RegenError};
use std::error::Error;
use std::time::Duration;

const DOWN: &str = "the origin is down";

/// A cell with a value that is due.
fn due_cell(min: Duration, max: Duration) -> (Shared<u32>, ManualClock) {
    stale_cell(|cell| cell.retry_backoff(min, max).stale_if_error(Duration::MAX))
}

fn attempt_in_vain(cell: &Shared<u32>) {
    cell.try_lead().expect("an attempt is due").fail(DOWN);
}

/// How long after an attempt that failed just now the next one is due, to one part in `steps` of `most`.
fn delay(cell: &Shared<u32>, clock: &ManualClock, most: Duration, steps: u32) -> Duration {
    let mut delay = Duration::ZERO;
    while cell.try_lead().is_none() {
        clock.advance(most / steps);
        delay += most / steps;
        assert!(delay <= most, "the next attempt is late");
    }
    delay
}

#[test]
fn each_attempt_doubles_the_delay_up_to_the_longest_less_up_to_half() {
    let (cell, clock) = due_cell(Duration::from_secs(1), Duration::from_secs(10));
    for longest in [1, 2, 4, 8, 10, 10, 10].map(Duration::from_secs) {
        attempt_in_vain(&cell);
        let delay = delay(&cell, &clock, longest, 1000);
        assert!(delay >= longest / 2, "{delay:?} of {longest:?}");
    }
}

/// Uniform over the upper half: a tenth of it is missed by 200 samples once in 10^8 runs.
#[test]
fn the_random_part_is_anything_up_to_half() {
    let second = Duration::from_secs(1);
    let (cell, clock) = due_cell(second, second);
    let delays: Vec<_> = (0..200)
        .map(|_| {
            attempt_in_vain(&cell);
            delay(&cell, &clock, second, 100)
        })
        .collect();
    for tenth in 0..10 {
        let from = Duration::from_millis(500 + 50 * tenth);
        let hit = |delay: &Duration| (from..=from + Duration::from_millis(60)).contains(delay);
        assert!(delays.iter().any(hit), "none from {from:?} on: {delays:?}");
    }
}

#[test]
fn by_default_it_begins_with_a_tenth_of_a_second_and_ends_with_half_a_minute() {
    let (cell, clock) = cell_that(|cell| cell.stale_if_error(Duration::MAX));
    cell.set(1);
    clock.advance(TTL);
    let mut longest = RETRY;
    for _ in 0..12 {
        attempt_in_vain(&cell);
        assert!(delay(&cell, &clock, longest, 1000) >= longest / 2);
        longest = (longest * 2).min(Duration::from_secs(30));
    }
}

#[test]
fn a_success_starts_over() {
    each_way(|way| {
        let (cell, clock) = due_cell(Duration::from_secs(1), Duration::from_secs(100));
        for _ in 0..5 {
            attempt_in_vain(&cell);
            clock.advance(Duration::from_secs(100));
        }
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2);
        clock.advance(TTL);
        attempt_in_vain(&cell);
        assert!(delay(&cell, &clock, Duration::from_secs(1), 100) >= Duration::from_millis(500));
    });
}

#[test]
fn set_and_invalidate_lift_the_throttle() {
    each_way(|way| {
        let (cell, clock) = due_cell(Duration::MAX, Duration::MAX);
        attempt_in_vain(&cell);
        cell.set(2);
        clock.advance(TTL);
        assert_eq!(*cell.by(way).get_or_regen(|| 3), 3);
        clock.advance(TTL);
        attempt_in_vain(&cell);
        cell.invalidate();
        assert_eq!(*cell.by(way).try_get_or_regen(|| Ok::<_, String>(5)).unwrap(), 5);
    });
}

#[test]
fn without_delays_there_is_no_throttle() {
    each_way(|way| {
        let (cell, _clock) = due_cell(Duration::ZERO, Duration::ZERO);
        for attempts in 1..=40 {
            assert_eq!(*cell.by(way).try_get_or_regen(|| Err(DOWN)).unwrap(), 1);
            assert_eq!(cell.stats().failures, attempts);
        }
    });
}

/// 80 attempts: more than twice as often as the factor, of 32 bits, can be doubled.
#[test]
fn no_delay_overflows() {
    each_way(|way| {
        let (cell, clock) = due_cell(TICK, Duration::MAX);
        for _ in 0..80 {
            attempt_in_vain(&cell);
            clock.advance(Duration::from_nanos(u32::MAX.into()));
        }
        assert_eq!(cell.stats().failures, 80);

        let (cell, clock) = due_cell(Duration::MAX, Duration::MAX);
        attempt_in_vain(&cell);
        clock.advance(Duration::MAX);
        assert!(cell.try_lead().is_none(), "never means never");
        assert!(Guard::is_stale(&cell.by(way).get_or_regen(not_due)));
    });
}

fn windows(builder: CellBuilder<u32>, while_revalidate: Duration, if_error: Duration) -> CellBuilder<u32> {
    builder.stale_while_revalidate(while_revalidate).stale_if_error(if_error)
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let builder = || DogpileCell::<u32>::builder().time_to_live(TTL);
    let error = builder().retry_backoff(TTL, TTL - TICK).build().unwrap_err();
    assert_eq!((error, error.field()), (BuildError::RetryBackoffReversed, "retry_backoff"));
    assert!(error.to_string().starts_with("retry_backoff: "), "{error}");
    for (min, max) in [(TTL, TTL), (Duration::ZERO, Duration::MAX), (Duration::MAX, Duration::MAX)] {
        assert!(builder().retry_backoff(min, max).build().is_ok());
    }
    let error = DogpileCell::<u32>::builder().stale_if_error(TTL).build().unwrap_err();
    assert_eq!((error, error.field()), (BuildError::StaleIfErrorWithoutTimeToLive, "stale_if_error"));
    assert!(error.to_string().contains("set time_to_live"), "{error}");
    let too_short = [builder().stale_if_error(TTL), windows(builder(), TTL, TTL - TICK)];
    for error in too_short.map(|builder| builder.build().unwrap_err()) {
        assert_eq!((error, error.field()), (BuildError::StaleIfErrorTooShort, "stale_if_error"));
        assert!(error.to_string().contains("shorter than stale_while_revalidate"), "{error}");
    }
    assert!(windows(builder(), TTL, TTL).build().is_ok());
    assert!(builder().stale_if_error(Duration::MAX).build().is_ok());
}

/// The leader's own call as well: the value that is there is its answer.
#[test]
fn the_stale_value_is_served_and_keeps_its_true_age() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let served = cell.by(way).try_get_or_regen(|| Err(DOWN)).unwrap();
        assert_eq!((*served, Guard::version(&served), Guard::age(&served)), (1, 1, TTL));
        assert_eq!(Guard::freshness(&served), Freshness::Stale);
        clock.advance(TICK);
        let later = cell.by(way).try_get_or_regen(not_due_either).unwrap();
        assert_eq!((*later, Guard::version(&later), Guard::age(&later)), (1, 1, TTL + TICK));
        assert_eq!(Guard::age(&cell.get().unwrap()), TTL + TICK);
    });
}

/// An origin that is down, and a read every 2 ms for 300 ms: attempts after 0, 50 to 100, and 150 to 300 ms.
#[test]
fn while_the_origin_is_down_every_read_is_served_and_a_handful_tries() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let (mut attempts, step) = (0, Duration::from_millis(2));
        for read in 0..150 {
            let served = cell.by(way).try_get_or_regen(|| {
                attempts += 1;
                Err(DOWN)
            });
            let served = served.unwrap();
            assert_eq!(
                (*served, Guard::is_stale(&served), Guard::age(&served)),
                (1, true, TTL + step * read)
            );
            clock.advance(step);
        }
        assert!((2..=3).contains(&attempts), "{attempts} attempts");
    });
}

#[test]
fn stale_if_error_begins_with_the_failure_and_ends_at_its_own_time() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.stale_if_error(WINDOW * 2));
        cell.set(1);
        clock.advance(TTL + WINDOW);
        assert!(cell.get().is_none(), "nothing has failed yet");
        let served = cell.by(way).try_get_or_regen(|| Err(DOWN)).unwrap();
        assert_eq!((*served, Guard::age(&served)), (1, TTL + WINDOW));
        clock.advance(WINDOW - TICK);
        assert_eq!(Guard::age(&cell.get().unwrap()), TTL + WINDOW * 2 - TICK);
        clock.advance(TICK);
        assert!(cell.get().is_none());
        let error = cell.by(way).try_get_or_regen(|| Err(DOWN)).unwrap_err();
        assert!(matches!(error, RegenError::Failed(_)));
    });
}

/// The window is opened by the first failure, not by each: the value's age never starts over.
#[test]
fn further_failures_do_not_prolong_the_window() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.stale_if_error(WINDOW * 2).retry_backoff(TICK, TICK));
        cell.set(1);
        clock.advance(TTL);
        for _ in 0..4 {
            assert!(Guard::is_stale(&cell.by(way).try_get_or_regen(|| Err(DOWN)).unwrap()));
            clock.advance(WINDOW / 2);
        }
        assert!(cell.get().is_none());
        assert!(cell.by(way).try_get_or_regen(|| Err(DOWN)).is_err());
    });
}

#[test]
fn by_default_an_error_does_not_change_how_long_a_value_is_servable() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        for time in [WINDOW - TICK, TICK] {
            assert!(cell.by(way).try_get_or_regen(|| Err(DOWN)).is_ok());
            clock.advance(time);
        }
        assert!(cell.get().is_none());
        let error = cell.by(way).try_get_or_regen(not_due_either).unwrap_err();
        assert!(matches!(error, RegenError::Failed(_)), "the throttle goes on, with nothing to serve");
    });
}

#[test]
fn the_last_error_is_that_of_the_last_attempt_until_there_is_a_value() {
    each_way(|way| {
        let (cell, clock) = cell_that(|cell| cell.retry_backoff(TICK, TICK));
        let last = |cell: &Shared<u32>| cell.last_error().map(|error| error.source().unwrap().to_string());
        assert_eq!(last(&cell), None);
        assert!(cell.by(way).try_get_or_regen(|| Err("first")).is_err());
        assert_eq!(last(&cell).unwrap(), "first");
        clock.advance(TICK);
        assert!(cell.by(way).try_get_or_regen(|| Err("second")).is_err());
        assert_eq!(last(&cell).unwrap(), "second");
        clock.advance(TICK);
        let lease = cell.try_lead().unwrap();
        assert_eq!(last(&cell).unwrap(), "second", "the third attempt is not over");
        drop(lease);
        assert_eq!(last(&cell).unwrap(), "second", "it had no outcome");
        assert_eq!(*cell.by(way).get_or_regen(|| 1), 1);
        assert_eq!(last(&cell), None);
    });
}

#[test]
fn set_and_invalidate_forget_the_last_error() {
    for forget in [|cell: &Shared<u32>| cell.invalidate(), |cell: &Shared<u32>| assert_eq!(cell.set(2), 2)] {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        attempt_in_vain(&cell);
        assert!(cell.last_error().is_some());
        forget(&cell);
        assert!(cell.last_error().is_none());
    }
}

#[test]
fn a_panic_counts_as_an_attempt_and_leaves_no_error() {
    each_way(|way| {
        let (cell, clock) = due_cell(Duration::from_secs(1), Duration::from_secs(100));
        attempt_in_vain(&cell);
        clock.advance(Duration::from_secs(1));
        assert!(crashes(|| cell.by(way).get_or_regen(crash)));
        assert!(cell.last_error().is_none());
        assert_eq!(*cell.by(way).get_or_regen(not_due), 1);
        assert!(delay(&cell, &clock, Duration::from_secs(2), 1000) >= Duration::from_secs(1));
    });
}

/// Without a value there is nobody whom a throttle would spare.
#[test]
fn a_panic_on_an_empty_cell_throttles_nobody() {
    each_way(|way| {
        let (cell, _clock) = cell();
        assert!(crashes(|| cell.by(way).try_get_or_regen(crash::<Result<u32, String>>)));
        assert_eq!(*cell.by(way).try_get_or_regen(|| Ok::<_, String>(1)).unwrap(), 1);
    });
}

/// Of an expired value a caller gets nothing, and there is no error to give it instead: it may try.
#[test]
fn a_panic_throttles_only_while_something_can_be_served() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL + WINDOW - TICK);
        assert!(crashes(|| cell.by(way).try_get_or_regen(crash::<Result<u32, String>>)));
        assert_eq!(*cell.by(way).try_get_or_regen(not_due_either).unwrap(), 1);
        clock.advance(TICK);
        assert_eq!(*cell.by(way).try_get_or_regen(|| Ok::<_, String>(2)).unwrap(), 2);
    });
}
