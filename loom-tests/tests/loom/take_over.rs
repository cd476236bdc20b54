//! F12: a deposed leader releases, extends or resets its successor's lease. F1: two successors of one
//! leader, or one although the lease had not ended. F7: a deposed leader's result overwrites its
//! successor's. F6: a waiter sleeps on although the lease has ended. F9: a `mark_stale` is lost.
//! F10: a deposed leader leaves the cell stuck.

use crate::rig::{
    Cell, CountingClock, Down, LATER, ModelClock, Origin, TERM, Value, boom, caller, callers_at_once,
    empty_with_lease, exhaustively, fresh_with_lease_of, marker, outcome, preempting, preempting_each,
    stale_with_lease, stale_with_lease_of, survive,
};
use loom::thread;
use loom_tests::clock::{Clock, Instant};
use loom_tests::{DogpileCell, Guard, OwnedLease, RegenError};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

type Lease = OwnedLease<Value, ModelClock>;

/// `others` threads and this one ask when the leader's lease has ended: one of them makes the value.
fn callers_depose_one_that_hangs(cell: &Arc<Cell>, clock: &ModelClock, others: usize) {
    let origin = Origin::new(2);
    let overrun = cell.try_lead().unwrap();
    clock.set(LATER);
    callers_at_once(cell, &origin, others);
    assert_eq!(cell.stats().takeovers, 1, "one successor");
    let superseded = overrun.publish(Value::new(3)).unwrap_err();
    assert_eq!(superseded.0.number(), 3, "its own result comes back");
    assert_eq!(cell.get_or_regen(|| unreachable!("the value is fresh")).number(), 2);
}

#[test]
fn one_of_two_callers_deposes_the_leader_of_a_stale_value() {
    preempting(5, || {
        let clock = ModelClock::new();
        callers_depose_one_that_hangs(&stale_with_lease(&clock), &clock, 1);
    });
}

#[test]
fn one_of_three_callers_deposes_the_leader_of_a_stale_value() {
    preempting(2, || {
        let clock = ModelClock::new();
        callers_depose_one_that_hangs(&stale_with_lease(&clock), &clock, 2);
    });
}

#[test]
fn one_of_two_callers_deposes_the_leader_of_an_empty_cell() {
    preempting(3, || {
        let clock = ModelClock::new();
        callers_depose_one_that_hangs(&empty_with_lease(&clock), &clock, 1);
    });
}

#[test]
fn a_leader_publishes_beside_its_deposition() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let lease = cell.try_lead().unwrap();
        clock.set(LATER);
        let taker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead().map(|lease| lease.publish(Value::new(3)).is_ok())
        });
        let published = lease.publish(Value::new(2)).map(|guard| Guard::version(&guard));
        let expected = match taker.join().unwrap() {
            None => {
                assert_eq!(published.ok(), Some(2), "nobody took over, so it was in time");
                2
            }
            Some(successor_published) => {
                assert!(successor_published, "nothing supersedes the successor");
                assert_eq!(published.unwrap_err().0.number(), 2, "superseded, and its own");
                3
            }
        };
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        assert_eq!((last.number(), Guard::version(&last)), (expected, 2), "one of the two");
    });
}

/// A leader ends its lease in vain, and beside it another one takes over: it may only be one that is due.
fn ends_in_vain_beside_its_deposition(ends: fn(Lease)) {
    let clock = ModelClock::new();
    let (cell, origin) = (stale_with_lease(&clock), Origin::new(2));
    let lease = cell.try_lead_owned().unwrap();
    clock.set(LATER);
    let leader = thread::spawn(move || ends(lease));
    let guard = cell.get_or_regen(|| origin.create());
    let seen = (guard.number(), Guard::version(&guard));
    assert!(
        seen == (2, 2) || seen == (1, 1),
        "deposed, or gone, or just going: then the old value is served"
    );
    leader.join().unwrap();
    assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "if not before, then now");
    assert_eq!(origin.runs(), 1);
    assert!(!cell.is_regenerating(), "nobody is at work");
}

#[test]
fn a_leader_fails_beside_its_deposition() {
    exhaustively(|| ends_in_vain_beside_its_deposition(|lease| lease.fail(Down(1))));
}

#[test]
fn a_leader_gives_up_beside_its_deposition() {
    exhaustively(|| ends_in_vain_beside_its_deposition(drop));
}

// The one model whose clock orders what happens around it. By the library's clocks a caller may know of the new time, and not yet
// of the extension that was granted before it: it deposes the leader then, whose result is superseded. Between real
// times that are far enough apart for leases, any machine has told it of both.
#[test]
fn nobody_deposes_a_leader_that_said_it_needs_longer() {
    exhaustively(|| {
        let clock = ModelClock::ordered();
        let cell = stale_with_lease(&clock);
        let lease = cell.try_lead().unwrap();
        let other = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead().is_some()
        });
        assert!(lease.extend(2 * TERM), "it still holds");
        clock.set(LATER);
        assert!(!other.join().unwrap(), "whoever knows the time knows of the extension");
        clock.set(2 * LATER);
        assert!(cell.try_lead().is_some(), "and no longer");
        assert!(!lease.extend(TERM), "it no longer holds");
    });
}

/// The leader was deposed and `does` something while its successor works: the successor's lease is intact.
fn deposed(cell: &Arc<Cell>, clock: &ModelClock, does: fn(Lease)) {
    let before = cell.get().map(|guard| guard.number());
    // The initial value was the first version, an `invalidate` the second.
    let version = if before.is_some() { 2 } else { 3 };
    let lease = cell.try_lead_owned().unwrap();
    clock.set(LATER);
    let successor = cell.try_lead().expect("the lease has ended");
    let leader = thread::spawn(move || does(lease));
    assert!(cell.is_regenerating(), "the successor is at work");
    assert!(cell.try_lead().is_none(), "its lease has only begun");
    assert!(successor.extend(TERM), "it holds");
    assert_eq!(cell.get().map(|guard| guard.number()), before, "nothing was published");
    leader.join().unwrap();
    let guard = successor.publish(Value::new(2)).expect("it is not superseded");
    assert_eq!((guard.number(), Guard::version(&guard)), (2, version), "one more value");
    let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
    assert_eq!(last.number(), 2);
    assert!(cell.last_error().is_none());
}

fn deposed_in_both_states(does: fn(Lease)) {
    let states: [fn(&ModelClock) -> Arc<Cell>; 2] = [stale_with_lease, empty_with_lease];
    preempting_each(None, states, move |state| {
        let clock = ModelClock::new();
        deposed(&state(&clock), &clock, does);
    });
}

#[test]
fn a_deposed_leader_gives_up() {
    deposed_in_both_states(drop);
}

#[test]
fn a_deposed_leader_fails() {
    deposed_in_both_states(|lease| lease.fail(Down(1)));
}

#[test]
fn a_deposed_leader_publishes() {
    deposed_in_both_states(|lease| {
        assert_eq!(lease.publish(Value::new(3)).unwrap_err().0.number(), 3);
    });
}

#[test]
fn a_deposed_leader_renews() {
    deposed_in_both_states(|lease| assert!(lease.renew().is_err()));
}

#[test]
fn a_deposed_leader_extends() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let lease = cell.try_lead_owned().unwrap();
        clock.set(LATER);
        let successor = cell.try_lead().expect("the lease has ended");
        let leader = thread::spawn(move || {
            assert!(!lease.extend(9 * TERM), "it no longer holds");
            lease
        });
        assert!(cell.try_lead().is_none(), "the successor's lease has only begun");
        let lease = leader.join().unwrap();
        clock.set(3 * LATER);
        let third = cell.try_lead().expect("the successor's lease, twice as long, ends when it would have");
        assert!(successor.publish(Value::new(3)).is_err());
        assert!(lease.publish(Value::new(4)).is_err());
        assert_eq!(Guard::version(&third.publish(Value::new(2)).unwrap()), 2);
        assert_eq!(cell.get().unwrap().number(), 2);
    });
}

/// A creation that merely takes longer than the lease is published in the end.
#[test]
fn each_successor_has_twice_as_long() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let mut leases = vec![cell.try_lead_owned().unwrap()];
        for (ends, next_ends) in [(1, 3), (3, 7), (7, 15)] {
            clock.set(ends * LATER);
            leases.push(cell.try_lead_owned().expect("the lease has ended"));
            clock.set(next_ends * LATER - 1);
            assert!(cell.try_lead().is_none(), "this one is twice as long");
        }
        assert!(leases.pop().unwrap().publish(Value::new(2)).is_ok());
    });
}

/// A lease that was taken over `ends`; says how long the next one lasts.
fn the_lease_after_a_take_over(ends: fn(Lease, &Cell), terms: u64) {
    exhaustively(move || {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let _overrun = cell.try_lead_owned().unwrap();
        clock.set(LATER);
        let successor = cell.try_lead_owned().expect("the lease has ended");
        let other = thread::spawn({
            let cell = Arc::clone(&cell);
            move || ends(successor, &cell)
        });
        drop(cell.try_lead());
        other.join().unwrap();
        cell.mark_stale();
        let _hung = cell.try_lead_owned().expect("nobody is at work");
        clock.set((1 + terms) * LATER - 1);
        assert!(cell.try_lead().is_none(), "it has not ended");
        clock.set((1 + terms) * LATER);
        assert!(cell.try_lead().is_some(), "and now it has");
    });
}

#[test]
fn the_lease_after_one_that_was_taken_over_and_published_is_as_long_as_the_first() {
    the_lease_after_a_take_over(|lease, _| drop(lease.publish(Value::new(2))), 1);
}

#[test]
fn the_lease_after_one_that_was_taken_over_and_given_up_is_twice_as_long() {
    the_lease_after_a_take_over(|lease, _| drop(lease), 2);
}

#[test]
fn the_lease_after_one_that_was_taken_over_and_failed_is_twice_as_long() {
    the_lease_after_a_take_over(|lease, _| lease.fail(Down(1)), 2);
}

#[test]
fn the_lease_after_one_that_was_taken_over_and_invalidated_is_twice_as_long() {
    the_lease_after_a_take_over(
        |lease, cell| {
            cell.invalidate();
            drop(lease);
        },
        2,
    );
}

#[test]
fn a_deposed_leader_panics() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let (cell, origin) = (stale_with_lease(&clock), Origin::new(2));
        let mut successor = None;
        let ended = survive(|| {
            let _ = cell.get_or_regen(|| {
                clock.set(LATER);
                successor = Some(caller(&cell, &origin));
                boom()
            });
        });
        assert!(ended.is_none());
        let seen = successor.unwrap().join().unwrap();
        assert!(
            seen == 2 || seen == 1,
            "deposed, or failed a moment ago, or just failing: then the old value is served"
        );
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "if not before, then now");
        assert_eq!(origin.runs(), 1);
        assert!(!cell.is_regenerating());
    });
}

#[test]
fn a_deposed_leader_returns_its_own_result() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = stale_with_lease(&clock);
        let mut successor = None;
        let made = cell.get_or_regen(|| {
            clock.set(LATER);
            let lease = cell.try_lead_owned().expect("the lease has ended");
            successor = Some(thread::spawn(move || lease.publish(Value::new(3)).is_ok()));
            Value::new(2)
        });
        assert_eq!((made.number(), Guard::version(&made)), (2, 0), "its own, which was never published");
        assert!(successor.unwrap().join().unwrap());
        assert_eq!(cell.get().unwrap().number(), 3);
    });
}

/// A waiter of a leader that has hung takes over by itself, or `another` caller does when the time has come.
fn waiter_takes_over(another: bool) {
    let clock = ModelClock::new();
    let (cell, origin) = (empty_with_lease(&clock), Origin::new(2));
    let hung = cell.try_lead().unwrap();
    let ask = {
        let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
        move || cell.get_or_regen(|| origin.create()).number()
    };
    let waiter = thread::spawn(ask.clone());
    clock.set(LATER);
    if another {
        assert_eq!(ask(), 2);
    }
    assert_eq!(waiter.join().unwrap(), 2);
    assert_eq!((origin.runs(), cell.stats().takeovers), (1, 1), "one of them took over");
    assert!(hung.publish(Value::new(3)).is_err());
}

#[test]
fn a_waiter_takes_over() {
    exhaustively(|| waiter_takes_over(false));
}

// Two waiters would be too much for loom: each of them goes round as long as the other one holds the time up.
#[test]
fn a_waiter_or_another_caller_takes_over() {
    preempting(2, || waiter_takes_over(true));
}

/// The waiter may look between the election and the word of how long the lease lasts.
#[test]
fn a_waiter_takes_over_from_a_leader_that_hangs_at_once() {
    preempting(3, || {
        let clock = ModelClock::new();
        let cell = empty_with_lease(&clock);
        let leader = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                let lease = cell.try_lead_owned();
                clock.set(LATER);
                lease
            }
        });
        assert_eq!(cell.get_or_regen(|| Value::new(2)).number(), 2);
        drop(leader.join().unwrap());
        assert_eq!(cell.get().unwrap().number(), 2);
    });
}

/// Time passes right after the next time that it is asked for.
#[derive(Clone)]
struct HeldUp(ModelClock, Arc<AtomicBool>);

impl Clock for HeldUp {
    fn now(&self) -> Instant {
        let now = self.0.now();
        if self.1.swap(false, Relaxed) {
            self.0.set(LATER);
        }
        now
    }
}

/// The caller is held up between its look and its election, for as long as its lease lasts.
#[test]
fn a_lease_begins_with_the_election() {
    exhaustively(|| {
        let clock = HeldUp(ModelClock::new(), Arc::new(AtomicBool::new(true)));
        let builder = DogpileCell::<Value>::builder().lease_timeout(TERM).clock(clock);
        let cell = Arc::new(builder.build().unwrap());
        let lease = cell.try_lead_owned().expect("the cell is empty");
        let other = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead().is_some()
        });
        assert!(lease.publish(Value::new(2)).is_ok(), "its lease has only begun");
        assert!(!other.join().unwrap());
    });
}

#[test]
fn who_handed_its_lease_off_leaves_it_to_who_got_it() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = empty_with_lease(&clock);
        let mut handed_off = None;
        let late = cell.get_or_hand_off_owned(|lease| {
            handed_off = Some(lease);
            clock.set(LATER);
        });
        assert!(matches!(late, Err(RegenError::WaitTimeout)), "nothing to serve, and nothing to lead with");
        assert_eq!(handed_off.unwrap().publish(Value::new(2)).unwrap().number(), 2);
    });
}

/// If its call began before the successor failed, which `waits` sees to.
#[test]
fn a_waiter_gets_the_error_of_its_leaders_successor() {
    preempting_each(Some(3), [true, false], |waits| {
        let clock = CountingClock::new();
        let builder = DogpileCell::<Value>::builder()
            .retry_backoff(Duration::ZERO, Duration::ZERO)
            // So that it has ended when it begins: this clock stands still.
            .lease_timeout(Duration::ZERO);
        let (cell, origin) = (Arc::new(builder.clock(clock.clone()).build().unwrap()), Origin::new(2));
        let hung = cell.try_lead().unwrap();
        let successor = cell.try_lead().expect("the lease has ended");
        assert!(successor.extend(TERM));
        let before = clock.asked();
        let waiter = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || outcome(cell.try_get_or_regen(|| Ok::<_, Down>(origin.create())))
        });
        if waits {
            clock.wait_for_call(before);
        }
        successor.fail(Down(1));
        hung.fail(Down(3));
        let answer = (waiter.join().unwrap(), origin.runs());
        let began_later = !waits && answer == (Ok(2), 1);
        assert!(began_later || answer == (Err(1), 0), "the successor's error, or its own attempt after it");
    });
}

#[test]
fn a_mark_in_a_flight_that_is_taken_over() {
    preempting(3, || {
        let clock = ModelClock::new();
        let (cell, origin) = (stale_with_lease(&clock), Origin::new(1));
        let _overrun = cell.try_lead().unwrap();
        clock.set(LATER);
        let marker = marker(&cell, &origin);
        let _ = cell.get_or_regen(|| origin.create());
        marker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the mark is answered");
    });
}

/// The first taker finds the mark, and hangs. The second one is to know of it, too.
#[test]
fn a_mark_in_a_flight_that_is_taken_over_twice() {
    // With two it takes more than a minute: `.ci/checks loom` does that.
    preempting(1, || {
        // Each lease has ended when it begins, so that the model needs no change of time.
        let cell = stale_with_lease_of(Duration::ZERO, &ModelClock::new());
        let origin = Origin::new(1);
        let _overrun = cell.try_lead().unwrap();
        let marker = marker(&cell, &origin);
        let taker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead_owned()
        });
        let _ = cell.get_or_regen(|| origin.copy());
        marker.join().unwrap();
        let _hung = taker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}

/// The marker's own leader is to answer the mark and hangs. Who deposes it knows what went before the mark, and tells
/// whoever deposes it in its turn.
#[test]
fn a_leader_that_was_to_answer_a_mark_is_deposed_twice() {
    preempting(2, || {
        let cell = fresh_with_lease_of(Duration::ZERO, &ModelClock::new());
        let origin = Origin::new(1);
        let taker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead_owned()
        });
        let second = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || {
                let lease = cell.try_lead()?;
                lease.publish(origin.copy()).ok().map(drop)
            }
        });
        origin.change(2);
        cell.mark_stale();
        let _hung = cell.try_lead();
        let _hung_too = taker.join().unwrap();
        second.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}

/// The leader is done, and another caller is about to depose it: whichever of the two is first hands the mark on.
#[test]
fn a_mark_in_a_flight_that_ends_beside_its_deposition() {
    exhaustively(|| {
        let (cell, origin) = (stale_with_lease_of(Duration::ZERO, &ModelClock::new()), Origin::new(1));
        let lease = cell.try_lead_owned().unwrap();
        let made = origin.copy();
        origin.change(2);
        cell.mark_stale();
        let taker = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || cell.try_lead().map(|lease| lease.publish(origin.copy()).is_ok())
        });
        drop(lease.publish(made));
        let _ = taker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}
