//! Creation functions that return errors: what the caller gets, and who else gets it.

use crate::support::{
    Flight, RETRY, TTL, TryFlight, WINDOW, cell, is_same_failure, not_due_either, waiters, watched_cell,
};
use crate::ways::{By, each_way};
use dogpile::{DogpileCell, Guard, RegenError, RenewError};
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const WAITERS: usize = 8;

/// An error as users write them, with a cause.
#[derive(Debug)]
struct Refused(io::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused")
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn fail<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> RegenError {
    let cell = DogpileCell::<u32>::never_expires();
    cell.try_get_or_regen(|| Err(error)).expect_err("there is nothing to serve")
}

#[test]
fn a_result_is_published_as_any_other() -> Result<(), RegenError> {
    let (cell, _clock) = cell();
    let made = cell.try_get_or_regen(|| Ok::<_, String>(1))?;
    assert_eq!((*made, Guard::version(&made), Guard::is_stale(&made)), (1, 1, false));
    assert_eq!(*cell.try_get_or_regen(not_due_either)?, 1);
    assert!(cell.last_error().is_none());
    Ok(())
}

/// As far as each of them compiles, `?` works in a function that returns it.
#[test]
fn every_usual_kind_of_error_is_taken() {
    let boxed: Box<dyn Error + Send + Sync> = Box::new(Refused(io::ErrorKind::TimedOut.into()));
    let errors = [
        (fail(io::Error::other("disk full")), "disk full"),
        (fail("a slice".to_owned()), "a slice"),
        (fail("a str"), "a str"),
        (fail(boxed), "refused"),
        (fail(Refused(io::ErrorKind::NotFound.into())), "refused"),
        (fail("x".parse::<u32>().unwrap_err()), "invalid digit found in string"),
    ];
    for (error, text) in errors {
        assert_eq!(error.source().unwrap().to_string(), text);
        assert!(
            !error.to_string().contains(text),
            "whoever prints the sources would print it twice: {error}"
        );
    }
}

#[test]
fn the_original_error_is_within_reach() {
    let error = fail(Refused(io::ErrorKind::TimedOut.into()));
    assert_eq!(error.downcast_ref::<Refused>().unwrap().0.kind(), io::ErrorKind::TimedOut);
    assert!(error.downcast_ref::<io::Error>().is_none(), "that is its cause, not the error");
    let cause = error.source().unwrap().source().unwrap();
    assert_eq!(cause.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::TimedOut);

    let boxed: Box<dyn Error + Send + Sync> = Box::new(Refused(io::ErrorKind::NotFound.into()));
    assert!(fail(boxed).downcast_ref::<Refused>().is_some(), "a box is not wrapped once more");
    for other in [RegenError::WaitTimeout, RegenError::GivenUp, RegenError::Reentrant] {
        assert!(other.source().is_none() && other.downcast_ref::<Refused>().is_none());
    }
}

#[test]
fn clones_share_the_error() {
    let error = fail("once");
    assert!(is_same_failure(&error, &error.clone()));
    assert!(!is_same_failure(&error, &fail("once")));
}

/// Each says what went wrong, and what can be set or called against it.
#[test]
fn messages_say_what_to_do() {
    for (error, advice) in [
        (fail("down"), "or ask again after the cell's `retry_backoff`"),
        (RegenError::WaitTimeout, "`lease_timeout`"),
        (RegenError::GivenUp, "`publish`, `renew` or `fail`"),
        (RegenError::Reentrant, "make the value without asking this cell"),
    ] {
        assert!(error.to_string().contains(advice), "{error}");
    }
}

/// As programs print an error with its causes, and `{:#}` of an `anyhow::Error` does.
#[test]
fn a_report_of_the_whole_chain_says_everything_once() {
    let error = fail(Refused(io::Error::other("disk full")));
    let (mut report, mut cause) = (vec![error.to_string()], error.source());
    while let Some(error) = cause {
        report.push(error.to_string());
        cause = error.source();
    }
    let report = report.join(": ");
    assert!(report.ends_with("`retry_backoff`: refused: disk full"), "{report}");
    for part in ["the creation function failed", "refused", "disk full"] {
        assert_eq!(report.matches(part).count(), 1, "{part}: {report}");
    }
}

/// A lease that renews has made nothing that could be kept.
#[test]
fn messages_of_a_renewal_that_failed_say_what_to_do() {
    let superseded = RenewError::Superseded.to_string();
    assert!(superseded.contains("ask the cell") && !superseded.contains("the result"), "{superseded}");
    assert!(RenewError::Empty.to_string().contains("ask `previous` first, and publish one"));
}

/// Eight callers, an empty cell, an origin that fails: it is called once, and the end of that one attempt ends all eight
/// calls.
#[test]
fn all_who_wait_get_the_one_error_and_none_of_them_tries() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = TryFlight::take_off_by(&cell, way);
        let waiters =
            waiters(&cell, &clock, WAITERS - 1, move |cell| cell.by(way).try_get_or_regen(not_due_either));
        let error = flight.end(Err("the origin is down")).unwrap_err();
        for waiter in waiters {
            assert!(is_same_failure(&waiter.join().unwrap_err(), &error));
        }
        assert!(is_same_failure(&cell.last_error().unwrap(), &error));
        let stats = cell.stats();
        assert_eq!((stats.failures, stats.creations), (1, 0));
    });
}

/// Also without any throttle: what a caller waited for answers it.
#[test]
fn who_waited_does_not_try_although_it_might() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell.retry_backoff(Duration::ZERO, Duration::ZERO));
        let flight = TryFlight::take_off_by(&cell, way);
        let waiters =
            waiters(&cell, &clock, WAITERS - 1, move |cell| cell.by(way).try_get_or_regen(not_due_either));
        let error = flight.end(Err("the origin is down")).unwrap_err();
        assert!(waiters.into_iter().all(|waiter| is_same_failure(&waiter.join().unwrap_err(), &error)));
        assert_eq!(
            *cell.by(way).try_get_or_regen(|| Ok::<_, String>(1)).unwrap(),
            1,
            "who comes later may try"
        );
    });
}

/// The value that was there can no longer be served, so they wait as on an empty cell.
#[test]
fn the_same_where_the_old_value_is_expired() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        cell.set(1);
        clock.time.advance(TTL + WINDOW);
        let flight = TryFlight::take_off_by(&cell, way);
        let waiters =
            waiters(&cell, &clock, WAITERS - 1, move |cell| cell.by(way).try_get_or_regen(not_due_either));
        let error = flight.end(Err("the origin is down")).unwrap_err();
        assert!(waiters.into_iter().all(|waiter| is_same_failure(&waiter.join().unwrap_err(), &error)));
    });
}

/// They have no error to return: one of them leads next, the others wait for it. The leader that failed may
/// find what they made before it returns, and then it has something to return, too.
#[test]
fn infallible_waiters_elect_one_of_themselves_after_an_error() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let flight = TryFlight::take_off_by(&cell, way);
        let creations = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&creations);
        let waiters = waiters(&cell, &clock, WAITERS, move |cell| {
            *cell.by(way).get_or_regen(|| {
                counter.fetch_add(1, Relaxed);
                5
            })
        });
        match flight.end(Err("the origin is down")) {
            Ok(value) => assert_eq!(*value, 5),
            Err(error) => assert_eq!(error.source().unwrap().to_string(), "the origin is down"),
        }
        assert!(waiters.into_iter().all(|waiter| waiter.join() == 5));
        assert_eq!(creations.load(Relaxed), 1);
    });
}

/// One waits who may err and one who may not: the error ends the wait of the first alone.
#[test]
fn each_waiter_gets_what_it_can_take() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let lease = cell.try_lead().unwrap();
        let (go_on, may_go_on) = channel();
        let may_go_on = Arc::new(Mutex::new(may_go_on));
        // This one first: what the other one does when it begins only after the failure is the same.
        let fallible = waiters(&cell, &clock, 1, move |cell| cell.by(way).try_get_or_regen(not_due_either));
        let infallible = waiters(&cell, &clock, 1, move |cell| {
            *cell.by(way).get_or_regen(|| may_go_on.lock().unwrap().recv().expect("the test says what"))
        });
        lease.fail("the origin is down");
        for waiter in fallible {
            assert!(matches!(waiter.join(), Err(RegenError::Failed(_))));
        }
        go_on.send(5).unwrap();
        assert!(infallible.into_iter().all(|waiter| waiter.join() == 5));
    });
}

#[test]
fn until_the_next_attempt_is_due_an_empty_cell_gives_the_error_again() {
    each_way(|way| {
        let (cell, clock) = cell();
        let error = cell.by(way).try_get_or_regen(|| Err("the origin is down")).unwrap_err();
        for _ in 0..5 {
            assert!(is_same_failure(&cell.by(way).try_get_or_regen(not_due_either).unwrap_err(), &error));
            clock.advance(RETRY / 11); // less than half in all
        }
        clock.advance(RETRY);
        assert_eq!(*cell.by(way).try_get_or_regen(|| Ok::<_, String>(1)).unwrap(), 1);
    });
}

#[test]
fn an_attempt_after_an_error_takes_no_version_and_its_error_replaces_the_first() {
    each_way(|way| {
        let (cell, clock) = cell::<u32>();
        let first = cell.by(way).try_get_or_regen(|| Err("first")).unwrap_err();
        clock.advance(RETRY);
        let second = cell.by(way).try_get_or_regen(|| Err("second")).unwrap_err();
        assert!(!is_same_failure(&first, &second));
        assert!(is_same_failure(&cell.by(way).try_get_or_regen(not_due_either).unwrap_err(), &second));
        clock.advance(RETRY * 2);
        assert_eq!(Guard::version(&cell.by(way).try_get_or_regen(|| Ok::<_, String>(1)).unwrap()), 1);
    });
}

#[test]
fn infallible_callers_are_not_throttled() {
    each_way(|way| {
        let (cell, _clock) = cell();
        assert!(cell.by(way).try_get_or_regen(|| Err("the origin is down")).is_err());
        assert_eq!(*cell.by(way).get_or_regen(|| 1), 1);
        assert!(cell.last_error().is_none());
    });
}

/// An infallible caller leads in spite of the throttle; who comes then waits for it, and its result answers
/// them, not the error from before.
#[test]
fn a_leader_beside_a_throttle_is_waited_for() {
    each_way(|way| {
        let (cell, clock) = watched_cell(|cell| cell);
        let throttle = cell.by(way).try_get_or_regen(|| Err("first")).unwrap_err();
        let flight = Flight::take_off_by(&cell, way);
        let waiters =
            waiters(&cell, &clock, WAITERS, move |cell| cell.by(way).try_get_or_regen(not_due_either));
        assert!(is_same_failure(&cell.last_error().unwrap(), &throttle));
        let _ = flight.land(1);
        let value = |end: Result<Guard<u32>, RegenError>| *end.unwrap();
        assert!(waiters.into_iter().all(|waiter| value(waiter.join()) == 1));
    });
}
