//! F13: a value is served past its hard end. F14: or one that does not meet a demand. F16: two values bear one version,
//! here or where they came from. F1: several reports of one version cause several regenerations. F6: who waits while a
//! dead value is let go of sleeps on. F7: what lets go of a dead value replaces something newer. F9: a mark or a report
//! is lost.

use crate::rig::{
    Cell, Down, LATER, ModelClock, Origin, TERM, Value, caller, exhaustively, fresh, fresh_with_lease_of,
    invalidator, marker, outcome, preempting, preempting_each, setter, stale, stale_with_lease_of,
};
use loom::thread::{self, JoinHandle};
use loom_tests::{Demand, DogpileCell, Guard, Lifetime, OwnedLease};
use std::sync::Arc;
use std::time::Duration;

type Lease = OwnedLease<Value, ModelClock>;

/// It is dead at [`LATER`].
const MORTAL: Lifetime = Lifetime::new().usable_for(TERM);

/// A cell without a value, whose leases end after so long.
fn vacant(clock: &ModelClock, lease: Duration) -> Arc<Cell> {
    let builder = DogpileCell::builder()
        .time_to_live(Duration::MAX)
        .retry_backoff(Duration::ZERO, Duration::ZERO)
        .lease_timeout(lease)
        .clock(clock.clone());
    Arc::new(builder.build().expect("consistent"))
}

/// A cell whose value (version 1, number 1) is dead from [`LATER`] on.
fn mortal(clock: &ModelClock, lease: Duration) -> Arc<Cell> {
    let cell = vacant(clock, lease);
    cell.set_with(Value::new(1), MORTAL);
    cell
}

/// A cell whose value, that of [`mortal`], is dead.
fn dead(clock: &ModelClock) -> Arc<Cell> {
    let cell = mortal(clock, Duration::MAX);
    clock.set(LATER);
    cell
}

fn assert_alive(guard: &Guard<Value>) {
    assert!(guard.number() != 1 || Guard::age(guard) < TERM, "served after its hard end");
}

/// Time passes between the publication and the look of who waited for it.
#[test]
fn a_waiter_beside_the_hard_end_of_what_was_made_for_it() {
    preempting(4, || {
        let clock = ModelClock::new();
        let cell = vacant(&clock, Duration::MAX);
        let lease = cell.try_lead_owned().unwrap();
        let waiter = thread::spawn({
            let cell = Arc::clone(&cell);
            move || assert_alive(&cell.get_or_regen(|| Value::new(2)))
        });
        assert!(lease.publish_with(Value::new(1), MORTAL).is_ok());
        clock.set(LATER);
        waiter.join().unwrap();
    });
}

/// Who demands something that only a later publication can meet is served nothing dead either.
#[test]
fn a_caller_with_a_demand_beside_the_hard_end_of_what_was_made_for_it() {
    preempting(4, || {
        let clock = ModelClock::new();
        let cell = vacant(&clock, Duration::MAX);
        cell.set(Value::new(3));
        let lease = cell.with_owned(Demand::new().newer_than(1)).try_lead().unwrap();
        let waiter = thread::spawn({
            let cell = Arc::clone(&cell);
            move || assert_alive(&cell.with(Demand::new().newer_than(1)).get_or_regen(|| Value::new(2)))
        });
        assert!(lease.publish_with(Value::new(1), MORTAL).is_ok());
        clock.set(LATER);
        waiter.join().unwrap();
    });
}

#[test]
fn a_follower_beside_the_hard_end_of_what_it_waits_for() {
    preempting(4, || {
        let clock = ModelClock::new();
        let cell = vacant(&clock, Duration::MAX);
        let follower = thread::spawn({
            let cell = Arc::clone(&cell);
            move || assert_alive(&cell.wait_newer(0))
        });
        cell.set_with(Value::new(1), MORTAL);
        clock.set(LATER);
        cell.set(Value::new(2));
        follower.join().unwrap();
    });
}

#[test]
fn reads_beside_the_hard_end() {
    exhaustively(|| {
        let clock = ModelClock::new();
        let cell = mortal(&clock, Duration::MAX);
        let mut reader = cell.reader_owned();
        let other = thread::spawn({
            let clock = clock.clone();
            move || {
                assert!(reader.get().is_some(), "it is alive");
                clock.set(LATER);
                let found = reader.get().map(Value::number);
                assert!(found.is_none_or(|number| number == 2), "served after its hard end");
            }
        });
        if let Some(guard) = cell.get() {
            assert_alive(&guard);
        }
        assert_alive(&cell.get_or_regen(|| Value::new(2)));
        other.join().unwrap();
    });
}

/// A leader ends in vain beside the hard end of the value that it was to replace: that is not served for want of another.
fn a_dead_value_is_not_served_after(ends: fn(Lease)) {
    let clock = ModelClock::new();
    let cell = mortal(&clock, Duration::MAX);
    cell.mark_stale();
    let lease = cell.try_lead_owned().unwrap();
    let leader = thread::spawn(move || ends(lease));
    clock.set(LATER);
    assert!(cell.get().is_none(), "served after its hard end");
    let answer = outcome(cell.try_get_or_regen(|| Ok::<_, Down>(Value::new(2))));
    assert!(answer == Ok(2) || answer == Err(1), "{answer:?}");
    leader.join().unwrap();
    assert_ne!(cell.get().map(|guard| guard.number()), Some(1), "served after its hard end");
}

#[test]
fn a_dead_value_and_a_leader_that_ends_in_vain() {
    let ways: [fn(Lease); 2] = [drop, |lease| lease.fail(Down(1))];
    preempting_each(Some(4), ways, a_dead_value_is_not_served_after);
}

/// The leader hangs, another one takes over and fails.
#[test]
fn a_dead_value_and_a_leader_that_is_taken_over() {
    preempting(3, || {
        let clock = ModelClock::new();
        let cell = mortal(&clock, Duration::ZERO);
        cell.mark_stale();
        let hung = cell.try_lead().unwrap();
        let taker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || {
                if let Some(lease) = cell.try_lead() {
                    lease.fail(Down(1));
                }
            }
        });
        clock.set(LATER);
        assert!(cell.get().is_none(), "served after its hard end");
        taker.join().unwrap();
        assert!(cell.get().is_none(), "served after its hard end");
        drop(hung);
        assert!(cell.get().is_none(), "served after its hard end");
    });
}

// Purging.

/// A thread that lets go of the value if it is dead.
fn purger(cell: &Arc<Cell>) -> JoinHandle<bool> {
    let cell = Arc::clone(cell);
    thread::spawn(move || cell.purge())
}

/// The caller may find the purging thread at work, and waits for it; or that one finds the caller at work.
#[test]
fn a_purge_beside_a_caller() {
    preempting(3, || {
        let clock = ModelClock::new();
        let (cell, origin) = (dead(&clock), Origin::new(2));
        let purger = purger(&cell);
        let made = cell.get_or_regen(|| origin.create());
        assert_eq!((made.number(), Guard::version(&made)), (2, 2), "it is not superseded");
        purger.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        assert_eq!((last.number(), origin.runs()), (2, 1));
    });
}

#[test]
fn a_purge_beside_two_callers() {
    preempting(1, || {
        let clock = ModelClock::new();
        let (cell, origin) = (dead(&clock), Origin::new(2));
        let (purger, other) = (purger(&cell), caller(&cell, &origin));
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2);
        assert_eq!(other.join().unwrap(), 2);
        purger.join().unwrap();
        assert_eq!(origin.runs(), 1, "one leader");
    });
}

#[test]
fn a_purge_beside_a_set() {
    preempting(3, || {
        let clock = ModelClock::new();
        let cell = dead(&clock);
        let setter = setter(&cell, 3);
        cell.purge();
        assert_eq!(setter.join().unwrap(), 2, "a purge is no version");
        let last = cell.get_or_regen(|| unreachable!("what was set is fresh"));
        assert_eq!(last.number(), 3, "it lets go of nothing else");
    });
}

#[test]
fn a_purge_beside_another() {
    preempting(3, || {
        let clock = ModelClock::new();
        let cell = dead(&clock);
        let other = purger(&cell);
        let mine = cell.purge();
        assert!(mine != other.join().unwrap(), "one of them lets go of it");
        assert!(!cell.purge(), "it is gone");
    });
}

/// The mark is for nobody: whatever comes next is made after it.
#[test]
fn a_purge_beside_a_mark() {
    preempting(3, || {
        let clock = ModelClock::new();
        let (cell, origin) = (dead(&clock), Origin::new(1));
        let marker = marker(&cell, &origin);
        cell.purge();
        let _ = cell.get_or_regen(|| origin.create());
        marker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.create()).number(), 2, "the mark is answered");
    });
}

#[test]
fn a_purge_beside_a_reader() {
    preempting(3, || {
        let clock = ModelClock::new();
        let cell = mortal(&clock, Duration::MAX);
        let mut reader = cell.reader_owned();
        let _ = reader.get();
        let purger = thread::spawn({
            let (cell, clock) = (Arc::clone(&cell), clock.clone());
            move || {
                clock.set(LATER);
                assert!(cell.purge(), "nobody else was at work");
                cell.set(Value::new(2));
            }
        });
        let seen = reader.get().map(Value::number);
        let later = reader.get().map(Value::number);
        assert!(seen != Some(2) || later == Some(2), "the versions go backwards");
        purger.join().unwrap();
        assert_eq!(reader.get().map(Value::number), Some(2));
    });
}

// Reports of one version.

/// A thread that reports version 1, and asks for what comes after it.
fn reports(cell: &Arc<Cell>, origin: &Arc<Origin>) -> JoinHandle<bool> {
    let (cell, origin) = (Arc::clone(cell), Arc::clone(origin));
    thread::spawn(move || {
        let made = cell.mark_stale_if(1);
        let _ = cell.get_or_regen(|| origin.create());
        made
    })
}

#[test]
fn two_marks_of_one_version() {
    preempting(4, || {
        let (cell, origin) = (fresh(), Origin::new(2));
        let other = reports(&cell, &origin);
        let mine = cell.mark_stale_if(1);
        let _ = cell.get_or_regen(|| origin.create());
        assert!(mine != other.join().unwrap(), "one of the reports counts");
        assert_eq!(cell.get_or_regen(|| unreachable!("the value is fresh")).number(), 2);
        assert_eq!(origin.runs(), 1, "one regeneration");
    });
}

/// The reader remembers the value as fresh.
#[test]
fn a_thread_that_marked_a_version_reads_it_as_stale_through_its_reader() {
    preempting(3, || {
        let (cell, origin) = (fresh(), Origin::new(2));
        let mut reader = cell.reader();
        assert_eq!(reader.get().map(Value::number), Some(1));
        let other = caller(&cell, &origin);
        assert!(cell.mark_stale_if(1), "nobody else does");
        let _ = reader.get_or_regen(|| origin.create());
        other.join().unwrap();
        assert_eq!(reader.get_or_regen(|| unreachable!("one regeneration")).number(), 2);
        assert_eq!(origin.runs(), 1);
    });
}

#[test]
fn two_marks_of_one_version_beside_a_caller() {
    preempting(2, || {
        let (cell, origin) = (fresh(), Origin::new(2));
        let others = [reports(&cell, &origin), reports(&cell, &origin)];
        let _ = cell.get_or_regen(|| origin.create());
        let [one, another] = others.map(|other| other.join().unwrap());
        assert!(one != another, "one of the reports counts");
        assert_eq!(cell.get_or_regen(|| unreachable!("the value is fresh")).number(), 2);
        assert_eq!(origin.runs(), 1, "one regeneration");
    });
}

/// The value is about to be replaced, by a leader that was elected before the reports, or by nobody.
#[test]
fn two_marks_of_one_version_beside_a_publication() {
    preempting(1, || {
        let (cell, origin) = (fresh(), Origin::new(2));
        let lease = cell.with_owned(Demand::new().anew()).try_lead().unwrap();
        let others = [reports(&cell, &origin), reports(&cell, &origin)];
        assert!(lease.publish(origin.create()).is_ok());
        assert_eq!(others.map(|other| other.join().unwrap()), [false, false], "it was being replaced");
        assert_eq!(cell.get_or_regen(|| unreachable!("the value is fresh")).number(), 2);
        assert_eq!(origin.runs(), 1, "one regeneration");
    });
}

/// The truth changes, and the version is reported while another thread `does` something: if the report counts, whatever
/// is read afterwards was made after it.
fn a_mark_of_a_version_beside<R: Send + 'static>(
    cell: &Arc<Cell>,
    does: impl FnOnce(&Arc<Cell>, &Origin) -> R + Send + 'static,
) {
    let origin = Origin::new(1);
    let version = Guard::version(&cell.get().unwrap());
    let other = thread::spawn({
        let (cell, origin) = (Arc::clone(cell), Arc::clone(&origin));
        move || does(&cell, &origin)
    });
    origin.change(2);
    let counts = cell.mark_stale_if(version);
    drop(other.join().unwrap());
    let last = cell.get_or_regen(|| origin.copy()).number();
    assert!(!counts || last == 2 || last == 3, "the report is answered, or another value was set");
}

fn demand_lease(cell: &Arc<Cell>) -> Option<Lease> {
    cell.with_owned(Demand::new().anew()).try_lead()
}

#[test]
fn a_mark_of_a_version_beside_a_leader() {
    exhaustively(|| {
        a_mark_of_a_version_beside(&fresh(), |cell, origin| {
            demand_lease(cell)?.publish(origin.copy()).ok().map(drop)
        });
    });
}

#[test]
fn a_mark_of_a_version_beside_a_leader_that_ends_in_vain() {
    let ways: [fn(Lease); 2] = [drop, |lease| lease.fail(Down(1))];
    preempting_each(None, ways, |ends| {
        a_mark_of_a_version_beside(&fresh(), move |cell, _| demand_lease(cell).map(ends));
    });
}

#[test]
fn a_mark_of_a_version_beside_a_leader_that_is_taken_over() {
    preempting(4, || {
        let cell = fresh_with_lease_of(Duration::ZERO, &ModelClock::new());
        a_mark_of_a_version_beside(&cell, |cell, _| {
            let hung = demand_lease(cell);
            drop(demand_lease(cell));
            hung
        });
    });
}

#[test]
fn a_mark_of_a_version_beside_a_set() {
    exhaustively(|| a_mark_of_a_version_beside(&fresh(), |cell, _| cell.set(Value::new(3))));
}

#[test]
fn a_mark_of_a_version_beside_an_invalidate() {
    exhaustively(|| a_mark_of_a_version_beside(&fresh(), |cell, _| cell.invalidate()));
}

// Versions of the origin.

/// A thread that hears of a value.
fn hears(cell: &Arc<Cell>, origin_version: u64) -> JoinHandle<Option<u64>> {
    let cell = Arc::clone(cell);
    thread::spawn(move || cell.set_if_newer(Value::new(origin_version), origin_version, Lifetime::new()))
}

#[test]
fn two_messages_in_any_order() {
    preempting_each(None, [1, 2], |mine| {
        let cell = fresh();
        let other = hears(&cell, 3 - mine);
        let newest = cell.set_if_newer(Value::new(mine), mine, Lifetime::new());
        let other = other.join().unwrap();
        let newest = if mine == 2 { newest } else { other };
        let last = cell.get().unwrap();
        assert_eq!((last.number(), Guard::origin_version(&last)), (2, Some(2)), "the newest");
        assert_eq!(newest, Some(Guard::version(&last)));
    });
}

#[test]
fn one_message_twice() {
    exhaustively(|| {
        let cell = fresh();
        let other = hears(&cell, 2);
        let mine = cell.set_if_newer(Value::new(2), 2, Lifetime::new());
        assert!(mine.is_some() != other.join().unwrap().is_some(), "one of them is news");
        assert_eq!(Guard::version(&cell.get().unwrap()), 2);
    });
}

#[test]
fn two_messages_beside_a_publication() {
    preempting(2, || {
        let cell = stale();
        let lease = cell.try_lead_owned().unwrap();
        let others = [hears(&cell, 1), hears(&cell, 2)];
        let published = lease.publish(Value::new(9)).map(|guard| Guard::version(&guard));
        let [_, newest] = others.map(|other| other.join().unwrap());
        assert!(newest.is_some(), "the newest is news in any case");
        let last = cell.get().unwrap();
        assert_eq!(
            (last.number(), Some(Guard::version(&last))),
            (2, newest),
            "a publication is no news after it"
        );
        assert!(published.is_err() || published.is_ok_and(|version| version < newest.unwrap()));
        assert_eq!(cell.set_if_newer(Value::new(1), 1, Lifetime::new()), None, "and never goes back");
    });
}

#[test]
fn a_message_beside_an_invalidate() {
    exhaustively(|| {
        let cell = fresh();
        let invalidator = invalidator(&cell);
        assert!(cell.set_if_newer(Value::new(2), 2, Lifetime::new()).is_some());
        invalidator.join().unwrap();
        assert_eq!(
            cell.set_if_newer(Value::new(1), 1, Lifetime::new()),
            None,
            "what is gone does not go back"
        );
        assert_ne!(cell.get().map(|guard| guard.number()), Some(1));
    });
}

/// A leader ends in vain, or is taken over, after a message that came with a version.
#[test]
fn a_message_before_a_leader_that_ends_in_vain() {
    let ways: [fn(Lease); 3] = [drop, |lease| lease.fail(Down(1)), |lease| lease.defer(TERM)];
    preempting_each(None, ways, |ends| {
        let cell = stale_with_lease_of(Duration::ZERO, &ModelClock::new());
        assert!(cell.set_if_newer(Value::new(2), 2, Lifetime::new()).is_some());
        let lease = cell.with_owned(Demand::new().anew()).try_lead().unwrap();
        let leader = thread::spawn(move || ends(lease));
        assert_eq!(cell.set_if_newer(Value::new(1), 1, Lifetime::new()), None, "it is old");
        leader.join().unwrap();
        assert_eq!(cell.set_if_newer(Value::new(1), 1, Lifetime::new()), None, "it is old");
        assert_eq!(Guard::origin_version(&cell.get().unwrap()), Some(2));
    });
}
