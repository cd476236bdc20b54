//! F6: a waiter sleeps on although there is a value, an error, or nobody at work: one whose lease or patience would wake it
//! in the end, so that nobody notices but by the time it takes. Here no limit ends: a wake-up that is lost is a deadlock.

use crate::rig::{Cell, Down, ModelClock, Origin, Value, empty_with_lease, outcome, without_timeouts};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use loom_tests::{Demand, OwnedLease};
use std::sync::Arc;
use std::time::Duration;

/// Who waits. The leader has a lease in either case.
#[derive(Clone, Copy)]
enum Waiter {
    Thread,
    PatientTask,
}
use Waiter::{PatientTask, Thread};

/// What no model takes.
const LONG: Duration = Duration::from_secs(3600);

fn waiter(cell: &Arc<Cell>, waiter: Waiter) -> JoinHandle<Result<u64, u64>> {
    let cell = Arc::clone(cell);
    let make = || Ok::<_, Down>(Value::new(9));
    thread::spawn(move || {
        outcome(match waiter {
            Thread => cell.try_get_or_regen(make),
            PatientTask => {
                block_on(cell.with(Demand::new().patience(LONG)).try_get_or_regen_async(async || make()))
            }
        })
    })
}

type Lease = OwnedLease<Value, ModelClock>;

/// A waiter beside a lease that `ends`, or goes on; it is to get one of `answers`.
fn wakes_when(who: Waiter, ends: fn(&Cell, Lease) -> Option<Lease>, answers: &'static [Result<u64, u64>]) {
    without_timeouts(2, move || {
        let cell = empty_with_lease(&ModelClock::new());
        let lease = cell.try_lead_owned().unwrap();
        let waiter = waiter(&cell, who);
        let goes_on = ends(&cell, lease);
        let answer = waiter.join().unwrap();
        assert!(answers.contains(&answer), "{answer:?}");
        drop(goes_on);
    });
}

fn wakes_with_what_is_published(who: Waiter) {
    wakes_when(
        who,
        |_, lease| {
            drop(lease.publish(Value::new(2)));
            None
        },
        &[Ok(2)],
    );
}

#[test]
fn a_thread_wakes_with_what_is_published() {
    wakes_with_what_is_published(Thread);
}

#[test]
fn a_patient_task_wakes_with_what_is_published() {
    wakes_with_what_is_published(PatientTask);
}

fn wakes_with_the_error(who: Waiter) {
    // Or its call began after it, and there is no throttle.
    wakes_when(
        who,
        |_, lease| {
            lease.fail(Down(1));
            None
        },
        &[Err(1), Ok(9)],
    );
}

#[test]
fn a_thread_wakes_with_the_error() {
    wakes_with_the_error(Thread);
}

#[test]
fn a_patient_task_wakes_with_the_error() {
    wakes_with_the_error(PatientTask);
}

fn wakes_when_the_lease_is_given_up(who: Waiter) {
    wakes_when(
        who,
        |_, lease| {
            drop(lease);
            None
        },
        &[Ok(9)],
    );
}

#[test]
fn a_thread_wakes_when_the_lease_is_given_up() {
    wakes_when_the_lease_is_given_up(Thread);
}

#[test]
fn a_patient_task_wakes_when_the_lease_is_given_up() {
    wakes_when_the_lease_is_given_up(PatientTask);
}

/// The leader goes on.
fn wakes_with_what_is_set(who: Waiter) {
    let ends = |cell: &Cell, lease: Lease| {
        cell.set(Value::new(3));
        Some(lease)
    };
    wakes_when(who, ends, &[Ok(3)]);
}

#[test]
fn a_thread_wakes_with_what_is_set() {
    wakes_with_what_is_set(Thread);
}

#[test]
fn a_patient_task_wakes_with_what_is_set() {
    wakes_with_what_is_set(PatientTask);
}

fn wakes_after_an_invalidate(who: Waiter) {
    let ends = |cell: &Cell, lease: Lease| {
        cell.invalidate();
        Some(lease)
    };
    wakes_when(who, ends, &[Ok(9)]);
}

#[test]
fn a_thread_wakes_after_an_invalidate() {
    wakes_after_an_invalidate(Thread);
}

#[test]
fn a_patient_task_wakes_after_an_invalidate() {
    wakes_after_an_invalidate(PatientTask);
}

#[test]
fn two_waiters_wake_when_the_lease_is_given_up() {
    without_timeouts(1, || {
        let (cell, origin) = (empty_with_lease(&ModelClock::new()), Origin::new(2));
        let lease = cell.try_lead_owned().unwrap();
        let task = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || block_on(cell.get_or_regen_async(async || origin.create())).number()
        });
        let thread = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || cell.get_or_regen(|| origin.create()).number()
        });
        drop(lease);
        assert_eq!((task.join().unwrap(), thread.join().unwrap(), origin.runs()), (2, 2, 1));
    });
}
