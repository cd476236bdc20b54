//! F1: two leaders, or a second attempt while the first failure is throttled. F7: a superseded result overwrites
//! something newer. F10: a lease that is given up leaves the cell stuck. F6: a waiter sleeps on although nobody is
//! at work. F8: an invalidated value comes back. F9: a `mark_stale` is lost. F16: two values bear
//! one version.

use crate::rig::{
    Cell, Down, LATER, ModelClock, Origin, TERM, Value, caller, empty, empty_with_lease_of, exhaustively,
    expired_but_servable_after_an_error, fresh, invalidator, marker, number_of, outcome, preempting, setter,
    stale, stale_with_lease_of, stale_with_throttle,
};
use loom::thread;
use loom_tests::{Demand, Guard, OwnedLease, RegenError, RenewError};
use std::sync::Arc;
use std::time::Duration;

type Lease = OwnedLease<Value, crate::rig::ModelClock>;

#[test]
fn a_renewal_beside_a_set() {
    exhaustively(|| {
        let cell = stale();
        let lease = cell.try_lead().unwrap();
        let setter = setter(&cell, 3);
        let renewed = lease.renew();
        let version = setter.join().unwrap();
        match renewed {
            Ok(guard) => assert_eq!((guard.number(), Guard::version(&guard), version), (1, 2, 3)),
            Err(error) => assert_eq!((error, version), (RenewError::Superseded, 2)),
        }
        let last = cell.get_or_regen(|| unreachable!("what was set is fresh"));
        assert_eq!((last.number(), Guard::version(&last)), (3, version), "what was set is newer");
    });
}

#[test]
fn a_renewal_beside_an_invalidate() {
    exhaustively(|| {
        let cell = stale();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || lease.renew().map(|guard| guard.number()));
        cell.invalidate();
        assert!(cell.get().is_none(), "a read after `invalidate` returned");
        assert!([Ok(1), Err(RenewError::Superseded)].contains(&leader.join().unwrap()));
        assert!(cell.get().is_none(), "the renewal is superseded");
        assert!(cell.try_lead().is_some(), "nobody is at work");
    });
}

#[test]
fn a_publication_beside_a_set() {
    exhaustively(|| {
        let cell = stale();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || match lease.publish(Value::new(2)) {
            Ok(guard) => (guard.number(), Some(Guard::version(&guard))),
            Err(superseded) => (superseded.0.number(), None),
        });
        let version = cell.set(Value::new(3));
        let (number, published) = leader.join().unwrap();
        assert_eq!(number, 2, "its own, in either case");
        assert_eq!(version, if published == Some(2) { 3 } else { 2 }, "each has a version of its own");
        assert_eq!(cell.get().unwrap().number(), 3, "what was set is newer");
    });
}

#[test]
fn a_failure_beside_a_set() {
    exhaustively(|| {
        let cell = stale();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || lease.fail(Down(1)));
        assert_eq!(cell.set(Value::new(3)), 2, "a failure is no version");
        leader.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("what was set is fresh"));
        assert_eq!((last.number(), Guard::is_stale(&last)), (3, false));
        assert!(cell.last_error().is_none(), "a value ends the row of failures");
    });
}

#[test]
fn a_lease_given_up_beside_a_set() {
    exhaustively(|| {
        let cell = stale();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || drop(lease));
        assert_eq!(cell.set(Value::new(3)), 2, "giving up is no version");
        leader.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("what was set is fresh"));
        assert_eq!((last.number(), Guard::is_stale(&last)), (3, false));
    });
}

#[test]
fn nobody_gets_a_lease_beside_one_that_fails() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_throttle(&clock);
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || lease.fail(Down(1)));
        assert!(cell.try_lead().is_none(), "a leader is at work, or has just failed");
        leader.join().unwrap();
        assert!(cell.try_lead().is_none(), "too early");
        clock.set(LATER);
        assert!(cell.try_lead().is_some(), "time for another attempt");
    });
}

#[test]
fn somebody_gets_a_lease_beside_an_invalidate() {
    exhaustively(|| {
        let cell = stale();
        let other = invalidator(&cell);
        assert!(cell.try_lead().is_some(), "it is due, before and after, and nobody is at work");
        other.join().unwrap();
    });
}

/// A lease on a value that would be fresh, had it not been marked, ends without a result.
fn marked_value_and_an_attempt_in_vain(ends: fn(Lease)) {
    exhaustively(move || {
        let (cell, origin) = (fresh(), Origin::new(2));
        cell.mark_stale();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || ends(lease));
        let _ = cell.get_or_regen(|| origin.create());
        leader.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the mark is answered");
        assert_eq!(origin.runs(), 1);
    });
}

#[test]
fn a_mark_before_a_flight_that_fails() {
    marked_value_and_an_attempt_in_vain(|lease| lease.fail(Down(1)));
}

#[test]
fn a_mark_before_a_flight_that_is_given_up() {
    marked_value_and_an_attempt_in_vain(drop);
}

/// A lease on a value that was fresh, and too old for one caller, ends without a result: nobody else is to notice.
fn fresh_value_and_an_attempt_in_vain(ends: fn(Lease)) {
    exhaustively(move || {
        let cell = fresh();
        let lease = cell.with_owned(Demand::new().anew()).try_lead().expect("nobody is at work");
        let leader = thread::spawn(move || ends(lease));
        let read = || cell.get_or_regen(|| unreachable!("it is as fresh as it was"));
        assert!(!Guard::is_stale(&read()));
        leader.join().unwrap();
        assert!(!Guard::is_stale(&read()));
        assert!(cell.mark_stale_if(1), "a report finds it as it was before");
    });
}

#[test]
fn a_lease_on_a_fresh_value_fails() {
    fresh_value_and_an_attempt_in_vain(|lease| lease.fail(Down(1)));
}

#[test]
fn a_lease_on_a_fresh_value_is_given_up() {
    fresh_value_and_an_attempt_in_vain(drop);
}

#[test]
fn a_lease_given_up_keeps_what_may_be_served_after_an_error() {
    exhaustively(|| {
        let cell = expired_but_servable_after_an_error();
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || drop(lease));
        assert!(cell.get().is_none(), "it is expired, and nothing has failed");
        leader.join().unwrap();
        cell.try_lead().unwrap().fail(Down(1));
        assert_eq!(cell.get().map(|guard| guard.number()), Some(1));
    });
}

#[test]
fn a_lease_given_up_keeps_the_throttle_of_the_attempt_before_it() {
    exhaustively(|| {
        let cell = stale_with_throttle(&ModelClock::new());
        cell.try_lead().unwrap().fail(Down(1));
        let lease =
            cell.with_owned(Demand::new().despite_throttle()).try_lead().expect("it minds no throttle");
        let leader = thread::spawn(move || drop(lease));
        assert!(cell.try_lead().is_none(), "a leader is at work, or it is too early");
        leader.join().unwrap();
        assert!(cell.try_lead().is_none(), "too early");
    });
}

#[test]
fn a_lease_given_up_keeps_the_error_of_the_attempt_before_it() {
    exhaustively(|| {
        let cell = stale();
        cell.try_lead().unwrap().fail(Down(1));
        let lease = cell.try_lead_owned().unwrap();
        let leader = thread::spawn(move || drop(lease));
        let last_error = || cell.last_error().map(|error| number_of(&error));
        assert_eq!(last_error(), Some(1), "at any time");
        leader.join().unwrap();
        assert_eq!(last_error(), Some(1), "there was no success since");
    });
}

/// A lease on an empty cell is given up beside `waiters` callers: one of them leads.
fn given_up_beside_callers(waiters: usize) {
    let (cell, origin) = (empty(), Origin::new(2));
    let lease = cell.try_lead().unwrap();
    let waiters: Vec<_> = (0..waiters)
        .map(|_| {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            thread::spawn(move || cell.get_or_regen(|| origin.create()).number())
        })
        .collect();
    drop(lease);
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), 2);
    }
    assert_eq!(origin.runs(), 1, "one leader after the one that gave up");
}

#[test]
fn a_waiter_leads_after_a_lease_is_given_up() {
    exhaustively(|| given_up_beside_callers(1));
}

#[test]
fn one_of_two_waiters_leads_after_a_lease_is_given_up() {
    preempting(2, || given_up_beside_callers(2));
}

#[test]
fn a_lease_of_a_stale_value_is_given_up_beside_a_read() {
    exhaustively(|| {
        let (cell, origin) = (stale(), Origin::new(2));
        let lease = cell.try_lead().unwrap();
        let reader = caller(&cell, &origin);
        drop(lease);
        assert_eq!(reader.join().unwrap(), 1 + origin.runs() as u64, "served, or elected");
        let _ = cell.get_or_regen(|| origin.create());
        assert_eq!((cell.get().unwrap().number(), origin.runs()), (2, 1), "no throttle");
    });
}

/// The caller of `get_or_hand_off` on an empty cell, whose lease another thread `ends`.
fn hand_off(ends: fn(Lease)) -> Result<u64, RegenError> {
    let cell = empty();
    let mut worker = None;
    let result = cell.get_or_hand_off_owned(|lease| worker = Some(thread::spawn(move || ends(lease))));
    worker.expect("it leads").join().unwrap();
    assert!(!cell.is_regenerating(), "nobody is at work");
    result.map(|guard| guard.number())
}

#[test]
fn the_caller_that_handed_off_wakes_with_the_value() {
    exhaustively(|| {
        let result = hand_off(|lease| drop(lease.publish(Value::new(2))));
        assert_eq!(result.unwrap(), 2);
    });
}

#[test]
fn the_caller_that_handed_off_wakes_with_the_error() {
    exhaustively(|| {
        let result = hand_off(|lease| lease.fail(Down(1)));
        assert_eq!(number_of(&result.unwrap_err()), 1);
    });
}

#[test]
fn the_caller_that_handed_off_wakes_when_the_lease_is_given_up() {
    exhaustively(|| assert!(matches!(hand_off(drop), Err(RegenError::GivenUp))));
}

#[test]
fn a_waiter_leads_after_a_lease_that_was_handed_off_is_given_up() {
    preempting(2, || {
        let (cell, origin) = (empty(), Origin::new(2));
        let mut others = Vec::new();
        let result = cell.get_or_hand_off_owned(|lease| {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            others.push(thread::spawn(move || {
                assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
            }));
            others.push(thread::spawn(move || drop(lease)));
        });
        match result {
            Ok(guard) => assert_eq!(guard.number(), 2, "the waiter was first"),
            Err(error) => assert!(matches!(error, RegenError::GivenUp)),
        }
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(origin.runs(), 1);
    });
}

/// While a lease is held, another thread changes the truth and says so; the lease `ends` without a value, and
/// this thread regenerates, maybe before the mark is found.
fn mark_in_a_flight_in_vain(ends: fn(Lease)) {
    let (cell, origin) = (stale(), Origin::new(1));
    let lease = cell.try_lead_owned().unwrap();
    let leader = thread::spawn(move || ends(lease));
    let marker = marker(&cell, &origin);
    let _ = cell.get_or_regen(|| origin.create());
    leader.join().unwrap();
    marker.join().unwrap();
    assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the mark is answered");
    let _ = cell.get_or_regen(|| unreachable!("one mark, one regeneration"));
}

#[test]
fn a_mark_in_a_flight_that_fails() {
    preempting(2, || mark_in_a_flight_in_vain(|lease| lease.fail(Down(1))));
}

#[test]
fn a_mark_in_a_flight_that_is_given_up() {
    preempting(2, || mark_in_a_flight_in_vain(drop));
}

#[test]
fn a_waiter_wakes_with_the_error_of_a_lease() {
    exhaustively(|| {
        let cell = crate::rig::empty_with_throttle(&crate::rig::ModelClock::new());
        let lease = cell.try_lead().unwrap();
        let waiter = thread::spawn({
            let cell = Arc::clone(&cell);
            move || outcome(cell.try_get_or_regen(|| -> Result<Value, Down> { unreachable!("throttled") }))
        });
        lease.fail(Down(1));
        assert_eq!(waiter.join().unwrap(), Err(1));
    });
}

/// A call hands its lease off to a thread that `ends` it. The call has nothing to lead with from then on: it never gets
/// into the way of another leader. Returns whether that one's result was published.
fn spent_call_beside_a_leader(
    cell: &Arc<Cell>,
    ends: impl FnOnce(Lease, &Arc<Cell>) -> Option<bool> + Send + 'static,
) -> (Option<bool>, bool) {
    let mut worker = None;
    let answer = cell.get_or_hand_off_owned(|lease| {
        let cell = Arc::clone(cell);
        worker = Some(thread::spawn(move || ends(lease, &cell)));
    });
    (worker.unwrap().join().unwrap(), answer.is_ok())
}

/// With leases of no length, any call that looks may take over.
#[test]
fn a_call_that_handed_its_lease_off_deposes_nobody() {
    preempting(3, || {
        let cell = empty_with_lease_of(Duration::ZERO, &ModelClock::new());
        let (published, _) = spent_call_beside_a_leader(&cell, |lease, cell| {
            drop(lease);
            cell.try_lead().map(|lease| lease.publish(Value::new(2)).is_ok())
        });
        assert_ne!(published, Some(false), "superseded by a call that had nothing to lead with");
    });
}

#[test]
fn a_call_that_handed_its_lease_off_does_not_depose_who_got_it() {
    preempting(3, || {
        let cell = empty_with_lease_of(TERM, &ModelClock::new());
        let (published, _) = spent_call_beside_a_leader(&cell, |lease, _| {
            let _ = lease.extend(Duration::ZERO);
            Some(lease.publish(Value::new(2)).is_ok())
        });
        assert_eq!(published, Some(true), "superseded by a call that had nothing to lead with");
    });
}

/// Whoever asks for the lease that was given up gets it: the call that waits is never at work.
#[test]
fn a_call_that_handed_its_lease_off_is_never_elected() {
    preempting(3, || {
        let cell = empty();
        let (published, _) = spent_call_beside_a_leader(&cell, |lease, cell| {
            drop(lease);
            cell.try_lead().map(|lease| lease.publish(Value::new(2)).is_ok())
        });
        assert_eq!(published, Some(true), "nobody else was at work");
        assert_eq!(cell.get().unwrap().number(), 2);
    });
}

/// The worker fails while there is a value that may be served once an attempt failed.
#[test]
fn a_call_that_handed_its_lease_off_takes_what_can_be_served() {
    preempting(3, || {
        let cell = expired_but_servable_after_an_error();
        let (_, is_served) = spent_call_beside_a_leader(&cell, |lease, _| {
            lease.fail(Down(1));
            None
        });
        assert!(is_served, "there is a value to be served, and no throttle");
    });
}

/// A leader that was superseded reports that its own result is bad, by its version.
#[test]
fn a_report_of_a_superseded_result_hits_nothing() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease_of(TERM, &clock);
        let mut successor = None;
        let mine = cell.get_or_regen(|| {
            clock.set(LATER);
            let lease = cell.try_lead_owned().expect("the lease has ended");
            successor = Some(thread::spawn(move || lease.publish(Value::new(3)).is_ok()));
            Value::new(2)
        });
        assert_eq!(mine.number(), 2, "its own");
        assert!(!cell.invalidate_if(Guard::version(&mine)), "it never was in the cell");
        assert!(successor.unwrap().join().unwrap(), "nothing superseded the successor");
        assert_eq!(cell.get().unwrap().number(), 3);
    });
}
