//! Settings: what is refused and how, what the others do.

use crate::support::{TICK, TTL, not_due};
use dogpile::clock::ManualClock;
use dogpile::{BuildError, CellBuilder, DogpileCell, Guard};
use std::time::Duration;

fn builder() -> CellBuilder<u32> {
    DogpileCell::builder()
}

/// The error names the setting, in `field` and in the message.
fn refused(builder: CellBuilder<u32>, field: &str, message: &str) -> BuildError {
    let error = builder.build().expect_err("it was to be refused");
    assert_eq!(error.field(), field);
    assert_eq!(error.to_string(), format!("{field}: {message}"));
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
    assert!(error.source().is_none());
    *error.downcast().unwrap()
}

#[test]
fn a_window_after_no_time_to_live_is_refused() {
    let message = "without a time to live no value ever goes stale; set time_to_live or leave this out";
    for window in [Duration::ZERO, TTL, Duration::MAX] {
        assert_eq!(
            refused(builder().stale_while_revalidate(window), "stale_while_revalidate", message),
            BuildError::StaleWhileRevalidateWithoutTimeToLive
        );
    }
}

#[test]
fn jitter_of_no_time_to_live_is_refused() {
    let message = "it is a part of the time to live, and there is none; set time_to_live or leave this out";
    assert_eq!(refused(builder().jitter(0.1), "jitter", message), BuildError::JitterWithoutTimeToLive);
}

#[test]
fn jitter_that_is_no_part_is_refused() {
    for (fraction, shown) in
        [(-0.1, "-0.1"), (1.1, "1.1"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf"), (f64::NAN, "NaN")]
    {
        let message = format!("{shown} is not a part of the time to live; give a number from 0.0 to 1.0");
        let error = refused(builder().time_to_live(TTL).jitter(fraction), "jitter", &message);
        assert!(matches!(error, BuildError::JitterOutOfRange(given) if given.total_cmp(&fraction).is_eq()));
    }
    for fraction in [0.0, -0.0, 0.5, 1.0] {
        assert!(builder().time_to_live(TTL).jitter(fraction).build().is_ok());
    }
}

#[test]
fn without_a_time_to_live_values_never_expire() {
    let clock = ManualClock::new();
    let cell = builder().clock(clock.clone()).build().unwrap();
    cell.set(1);
    clock.advance(Duration::MAX);
    assert!(!Guard::is_stale(&cell.get_or_regen(not_due)));
}

#[test]
fn without_a_window_setting_it_is_unlimited() {
    let clock = ManualClock::new();
    let cell = builder().time_to_live(TTL).clock(clock.clone()).build().unwrap();
    cell.set(1);
    clock.advance(Duration::MAX);
    assert!(Guard::is_stale(&cell.get().unwrap()));
}

#[test]
fn the_initial_value_is_published_when_the_cell_is_built() {
    let clock = ManualClock::new();
    let unbuilt = builder().time_to_live(TTL).initial(1).clock(clock.clone());
    clock.advance(TTL * 5);
    let cell = unbuilt.build().unwrap();
    let seen = cell.get_or_regen(not_due);
    assert_eq!((*seen, Guard::version(&seen), Guard::age(&seen)), (1, 1, Duration::ZERO));
    clock.advance(TTL);
    let next = cell.get_or_regen(|| 2);
    assert_eq!((*next, Guard::version(&next)), (2, 2));
}

#[test]
fn of_a_setting_that_is_given_twice_the_last_value_counts() {
    let clock = ManualClock::new();
    let twice = builder().time_to_live(TTL * 9).time_to_live(TTL).initial(1).initial(2);
    let twice = twice.stale_while_revalidate(TTL).stale_while_revalidate(Duration::ZERO);
    let twice = twice.jitter(7.0).jitter(0.0).clock(ManualClock::new()).clock(clock.clone());
    let cell = twice.build().unwrap();
    clock.advance(TTL - TICK);
    assert_eq!(*cell.get().unwrap(), 2);
    clock.advance(TICK);
    assert!(cell.get().is_none());
}

/// How long each of many values was fresh, in parts of the time to live.
fn lifetimes(jitter: f64, samples: u32) -> Vec<f64> {
    let clock = ManualClock::new();
    let ttl = Duration::from_secs(1);
    let cell = builder().time_to_live(ttl).jitter(jitter).clock(clock.clone()).build().unwrap();
    let step = Duration::from_millis(1);
    (0..samples)
        .map(|sample| {
            cell.set(sample);
            while !Guard::is_stale(&cell.get().unwrap()) {
                clock.advance(step);
            }
            Guard::age(&cell.get().unwrap()).as_secs_f64() / ttl.as_secs_f64()
        })
        .collect()
}

/// Uniform over 0.6 to 1: of 1000 samples the mean has a standard deviation of 0.0037, and a tenth of
/// the range is missed once in 10^45 runs.
#[test]
fn jitter_takes_a_random_part_off_and_never_adds_one() {
    let lifetimes = lifetimes(0.4, 1000);
    assert!(lifetimes.iter().all(|life| (0.6..=1.0).contains(life)), "{lifetimes:?}");
    let mean = lifetimes.iter().sum::<f64>() / 1000.0;
    assert!((0.77..0.83).contains(&mean), "{mean}");
    for tenth in 0..10 {
        let low = 0.6 + 0.04 * f64::from(tenth);
        assert!(lifetimes.iter().any(|life| (low..=low + 0.041).contains(life)), "none from {low} on");
    }
}

#[test]
fn without_jitter_each_value_lives_as_long() {
    assert!(lifetimes(0.0, 20).iter().all(|life| (life - 1.0).abs() < 1e-9));
}

#[test]
fn full_jitter_may_leave_any_part() {
    let lifetimes = lifetimes(1.0, 300);
    assert!(lifetimes.iter().any(|life| *life < 0.1) && lifetimes.iter().any(|life| *life > 0.9));
    assert!(lifetimes.iter().all(|life| *life <= 1.0));
}

#[test]
fn jitter_of_odd_times_to_live_is_harmless() {
    let huge = [Duration::MAX - TICK, Duration::from_secs(u64::MAX), Duration::from_nanos(u64::MAX)];
    for ttl in [Duration::ZERO, TICK, Duration::MAX].into_iter().chain(huge) {
        for jitter in [0.0, f64::MIN_POSITIVE, 0.5, 1.0] {
            let cell = builder().time_to_live(ttl).jitter(jitter).build().unwrap();
            for round in 1..=20 {
                cell.mark_stale();
                assert_eq!(*cell.get_or_regen(|| round), round, "{ttl:?} {jitter}");
            }
        }
    }
    let clock = ManualClock::new();
    let for_ever = builder().time_to_live(Duration::MAX).jitter(1.0).clock(clock.clone()).build().unwrap();
    for_ever.set(1);
    clock.advance(Duration::MAX);
    assert!(!Guard::is_stale(&for_ever.get().unwrap()), "of for ever there is no part");
}
