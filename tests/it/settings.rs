//! `Settings`: as good in a `static` as given to a builder, checked in both.

use crate::support::{TICK, not_due, not_due_either};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{
    BuildError, CellBuilder, Demand, DogpileCell, DogpileLazy, Freshness, Guard, Lifetime, RegenError,
    Settings,
};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Each setting by another time.
const ALL: Settings = Settings::new()
    .time_to_live(SECOND.saturating_mul(100))
    .stale_while_revalidate(SECOND.saturating_mul(20))
    .stale_if_error(SECOND.saturating_mul(50))
    .jitter(0.0)
    .retry_backoff(SECOND.saturating_mul(4), SECOND.saturating_mul(4))
    .lease_timeout(SECOND.saturating_mul(10))
    .wait_timeout(Duration::from_millis(1));

/// A clock that can be in a `static`.
struct Hands(AtomicU64);

impl Clock for &'static Hands {
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.load(SeqCst))
    }
}

#[test]
fn all_of_them_work_in_a_static() {
    static HANDS: Hands = Hands(AtomicU64::new(0));
    static CELL: DogpileCell<u32, &Hands> = DogpileCell::with_clock(ALL, &HANDS);
    let passes = |time: Duration| {
        HANDS.0.fetch_add(u64::try_from(time.as_nanos()).unwrap(), SeqCst);
    };
    let freshness = || CELL.get().map(|seen| Guard::freshness(&seen));

    let lease = CELL.try_lead().unwrap();
    assert!(matches!(CELL.try_get_or_regen(not_due_either), Err(RegenError::WaitTimeout)), "wait_timeout");
    passes(SECOND * 10 - TICK);
    assert!(CELL.try_lead().is_none());
    passes(TICK);
    assert_eq!(*CELL.get_or_regen(|| 1), 1, "lease_timeout");
    assert!(lease.publish(9).is_err());

    passes(SECOND * 100 - TICK);
    assert_eq!(freshness(), Some(Freshness::Fresh), "time_to_live, less no jitter");
    passes(TICK);
    assert_eq!(freshness(), Some(Freshness::Stale));
    passes(SECOND * 20 - TICK);
    assert_eq!(freshness(), Some(Freshness::Stale));
    passes(TICK);
    assert_eq!(freshness(), None, "stale_while_revalidate");

    assert_eq!(*CELL.try_get_or_regen(|| Err("down")).unwrap(), 1);
    passes(SECOND * 2 - TICK);
    assert_eq!(*CELL.get_or_regen(not_due), 1, "retry_backoff takes up to a half off");
    passes(SECOND * 2 + TICK);
    assert_eq!(*CELL.try_get_or_regen(|| Err("down")).unwrap(), 1);
    passes(SECOND * 26 - TICK);
    assert_eq!(freshness(), Some(Freshness::Stale));
    passes(TICK);
    assert_eq!(freshness(), None, "stale_if_error");
}

#[test]
fn cells_and_lazy_cells_in_statics_take_them() {
    const DAY: Settings = Settings::new().time_to_live(SECOND.saturating_mul(86_400));
    static CELL: DogpileCell<u32> = DogpileCell::with_settings(DAY.jitter(1.0).lease_timeout(SECOND));
    static LAZY: DogpileLazy<u32> = DogpileLazy::with_settings(DAY.jitter(0.5), || 7);
    static ALWAYS_DUE: DogpileCell<u32> =
        DogpileCell::with_settings(Settings::new().time_to_live(Duration::ZERO));
    assert_eq!((*CELL.get_or_regen(|| 1), *CELL.get().unwrap()), (1, 1));
    assert_eq!((*LAZY.get_or_regen(), *LAZY.get().unwrap()), (7, 7));
    assert_eq!((*ALWAYS_DUE.get_or_regen(|| 1), *ALWAYS_DUE.get_or_regen(|| 2)), (1, 2));
}

/// What a cell does in its life, as far as its settings decide it.
fn life<C: Clock>(cell: &DogpileCell<u32, C>, clock: &ManualClock) -> Vec<String> {
    let mut seen = Vec::new();
    for (value, step) in
        (0..).zip([0, 1, 3, 5, 10, 19, 20, 49, 50, 99, 100, 101, 119, 120, 149, 150, 1_000_000])
    {
        clock.set(Instant::from_nanos(0));
        cell.set(value);
        clock.advance(SECOND * step);
        let freshness = || cell.get().map(|seen| (*seen, Guard::freshness(&seen)));
        let leads = cell.try_lead().map(|lease| lease.fail("down"));
        seen.push(format!("{step}: {:?}, due: {}", freshness(), leads.is_some()));
        clock.advance(SECOND * 4);
        let deposed = cell.try_lead();
        clock.advance(SECOND * 10);
        // It may have to wait, for a lease that has no end.
        let patience = Duration::from_millis(1);
        let waits = cell
            .with(Demand::new().patience(patience))
            .try_get_or_regen(|| Ok::<_, String>(value + 100))
            .map(|value| *value);
        seen.push(format!("{:?}, {:?}, {waits:?}", freshness(), deposed.is_some()));
    }
    seen
}

fn alone(settings: Settings) -> Vec<String> {
    let clock = ManualClock::new();
    life(&DogpileCell::with_clock(settings, clock.clone()), &clock)
}

fn built(set: impl FnOnce(CellBuilder<u32>) -> CellBuilder<u32>) -> Vec<String> {
    let clock = ManualClock::new();
    let builder = set(DogpileCell::builder()).clock(clock.clone());
    life(&builder.build().expect("the settings fit together"), &clock)
}

#[test]
fn a_builder_makes_the_same_cell_of_them() {
    let (hundred, retry) = (SECOND * 100, SECOND * 4);
    let base = Settings::new().retry_backoff(retry, retry);
    let timed = base.time_to_live(hundred);
    for settings in [
        ALL,
        base,
        timed,
        timed.stale_while_revalidate(SECOND * 20),
        timed.stale_while_revalidate(SECOND * 20).stale_if_error(SECOND * 50),
        timed.stale_if_error(Duration::MAX),
        timed.lease_timeout(SECOND * 10),
        timed.jitter(0.0).wait_timeout(Duration::ZERO),
    ] {
        assert_eq!(alone(settings), built(|cell| cell.settings(settings)), "{settings:?}");
        let after_others = built(|cell| cell.time_to_live(TICK).jitter(7.0).settings(settings));
        assert_eq!(alone(settings), after_others, "none is left of those before: {settings:?}");
    }
    let one_by_one = |cell: CellBuilder<u32>| {
        cell.time_to_live(hundred)
            .stale_while_revalidate(SECOND * 20)
            .stale_if_error(SECOND * 50)
            .jitter(0.0)
            .retry_backoff(retry, retry)
            .lease_timeout(SECOND * 10)
            .wait_timeout(Duration::from_millis(1))
    };
    assert_eq!(alone(ALL), built(one_by_one));
    assert_ne!(alone(ALL), alone(timed), "the life shows the difference");
    assert_eq!(
        alone(ALL.time_to_live(SECOND * 50)),
        built(|cell| cell.settings(ALL).time_to_live(SECOND * 50))
    );
}

#[test]
fn they_are_a_plain_value() {
    assert_eq!(Settings::new(), Settings::default());
    assert_eq!(ALL, { ALL });
    assert_ne!(ALL, ALL.lease_timeout(TICK));
    assert_eq!(ALL.time_to_live(TICK).time_to_live(SECOND * 100), ALL, "the last value counts");
    assert!(format!("{ALL:?}").contains("100s"));
}

/// What the panic of `with_settings` says, of all forms of it.
fn refusal(settings: Settings) -> String {
    let forms: [fn(Settings); 3] = [
        |settings| drop(DogpileCell::<u32>::with_settings(settings)),
        |settings| drop(DogpileCell::<u32, _>::with_clock(settings, ManualClock::new())),
        |settings| drop(DogpileLazy::<u32>::with_settings(settings, not_due)),
    ];
    let messages = forms.map(|make| {
        let thrown = catch_unwind(|| make(settings)).expect_err("it was to be refused");
        match thrown.downcast::<String>() {
            Ok(message) => *message,
            Err(thrown) => (*thrown.downcast::<&str>().expect("a message")).to_owned(),
        }
    });
    assert!(messages.iter().all(|message| *message == messages[0]), "{messages:?}");
    let [message, ..] = messages;
    message
}

/// At run time; in a `static` it does not compile.
#[test]
fn what_makes_no_sense_is_refused_everywhere_by_its_name() {
    let timed = Settings::new().time_to_live(SECOND);
    let cases = [
        (Settings::new().stale_while_revalidate(SECOND), BuildError::StaleWhileRevalidateWithoutTimeToLive),
        (Settings::new().stale_if_error(Duration::MAX), BuildError::StaleIfErrorWithoutTimeToLive),
        (Settings::new().jitter(0.1), BuildError::JitterWithoutTimeToLive),
        (timed.stale_if_error(SECOND), BuildError::StaleIfErrorTooShort),
        (
            timed.stale_while_revalidate(SECOND).stale_if_error(SECOND - TICK),
            BuildError::StaleIfErrorTooShort,
        ),
        (timed.retry_backoff(SECOND, SECOND - TICK), BuildError::RetryBackoffReversed),
        (Settings::new().retry_backoff(Duration::MAX, Duration::ZERO), BuildError::RetryBackoffReversed),
        (timed.jitter(1.1), BuildError::JitterOutOfRange(1.1)),
        (timed.jitter(-0.1), BuildError::JitterOutOfRange(-0.1)),
        (timed.jitter(f64::INFINITY), BuildError::JitterOutOfRange(f64::INFINITY)),
        (Settings::new().jitter(-1.0), BuildError::JitterOutOfRange(-1.0)),
    ];
    for (settings, error) in cases {
        let built = DogpileCell::<u32>::builder().settings(settings).build().unwrap_err();
        assert_eq!(built, error);
        let (message, name) = (refusal(settings), format!("{}: ", error.field()));
        assert!(message.starts_with(&name) && built.to_string().starts_with(&name), "{message}");
        assert!(message.contains("give ") || message.contains("leave this out"), "what to do: {message}");
    }
    let settings = timed.jitter(f64::NAN);
    assert!(refusal(settings).starts_with("jitter: "));
    let error = DogpileCell::<u32>::builder().settings(settings).build().unwrap_err();
    assert!(matches!(error, BuildError::JitterOutOfRange(given) if given.is_nan()));
}

/// A time to live that the value says itself is one, for the settings too.
#[test]
fn with_a_lifetime_of_the_value_they_need_none() {
    let windows = Settings::new().stale_while_revalidate(SECOND).stale_if_error(SECOND * 2).jitter(0.5);
    assert!(
        DogpileCell::builder()
            .settings(windows)
            .lifetime_of(|_: &u32| Lifetime::fresh_for(SECOND))
            .build()
            .is_ok()
    );
    assert!(refusal(windows).starts_with("stale_while_revalidate: "));
}

#[test]
fn zero_and_for_ever_are_fine_for_each() {
    let odd = [Duration::ZERO, TICK, Duration::from_nanos(u64::MAX), Duration::MAX];
    for some in odd {
        for other in odd {
            let (short, long) = (some.min(other), some.max(other));
            let settings = Settings::new()
                .time_to_live(some)
                .stale_while_revalidate(short)
                .stale_if_error(long)
                .retry_backoff(short, long)
                .lease_timeout(other)
                .wait_timeout(short);
            let clock = ManualClock::new();
            let cell = DogpileCell::with_clock(settings, clock.clone());
            for time in [Duration::ZERO, SECOND, Duration::MAX] {
                clock.advance(time);
                cell.invalidate();
                assert_eq!(*cell.get_or_regen(|| 5), 5, "{settings:?}");
                if let Some(lease) = cell.try_lead() {
                    lease.fail("down");
                }
                drop(cell.try_get_or_regen(|| Ok::<_, String>(6)));
            }
            assert!(!cell.is_regenerating());
        }
    }
}
