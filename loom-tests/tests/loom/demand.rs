//! F14: a caller that demands something is served a value that does not meet it: one made from what was true before the
//! caller's own write, or one of a version that it has seen. F1: two callers with one demand both lead. F11: a demand makes
//! those without one wait, or regenerate. F9: a mark beside a regeneration that was demanded is lost.

use crate::rig::{
    Cell, Down, LATER, ModelClock, Origin, Value, all_at_once, caller, empty, exhaustively, fresh,
    fresh_with_lease_of, invalidator, marker, outcome, preempting, preempting_each, setter, stale,
    stale_with_lease_of, stale_with_throttle,
};
use loom::cell::UnsafeCell;
use loom::future::block_on;
use loom::sync::atomic::AtomicU64;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread::{self, JoinHandle};
use loom_tests::{Demand, Guard, Lifetime, OwnedLease};
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

type Lease = OwnedLease<Value, ModelClock>;

const ANEW: Demand = Demand::new().anew();

/// Changes the truth, and then asks for a value that was made from it.
fn writes(cell: &Cell, origin: &Origin) {
    origin.change(2);
    let guard = cell.with(ANEW).get_or_regen(|| origin.copy());
    assert_eq!(guard.number(), 2, "it reads its own write");
}

/// Writes beside another thread, which `does` something to the cell. All are left with what was written, or with what
/// was `set`.
fn writes_beside<R: Send + 'static>(
    cell: &Arc<Cell>,
    does: impl FnOnce(&Arc<Cell>, &Arc<Origin>) -> R + Send + 'static,
) {
    let origin = Origin::new(1);
    let other = thread::spawn({
        let (cell, origin) = (Arc::clone(cell), Arc::clone(&origin));
        move || does(&cell, &origin)
    });
    writes(cell, &origin);
    drop(other.join().unwrap());
    let last = cell.get_or_regen(|| origin.copy()).number();
    assert!(last == 2 || last == SET, "nothing older came after it");
}

/// What is set: nobody knows what it was made from.
const SET: u64 = 9;

#[test]
fn a_writer_beside_a_leader() {
    let states: [fn() -> Arc<Cell>; 3] = [stale, empty, fresh];
    preempting_each(Some(3), states, |state| {
        writes_beside(&state(), |cell, origin| drop(cell.get_or_regen(|| origin.create())));
    });
}

#[test]
fn a_writer_beside_two_leaders() {
    preempting(1, || {
        let cell = stale();
        let origin = Origin::new(1);
        let leaders = [caller(&cell, &origin), caller(&cell, &origin)];
        origin.change(2);
        assert_eq!(cell.with(ANEW).get_or_regen(|| origin.create()).number(), 2, "it reads its own write");
        for leader in leaders {
            leader.join().unwrap();
        }
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        assert_eq!(last.number(), 2, "nothing older came after it");
    });
}

#[test]
fn a_writer_beside_a_set() {
    preempting_each(Some(5), [fresh as fn() -> Arc<Cell>, empty], |state| {
        writes_beside(&state(), |cell, _| cell.set(Value::new(SET)));
    });
}

#[test]
fn a_writer_beside_a_set_and_a_leader() {
    preempting(1, || {
        let cell = stale();
        let setter = setter(&cell, SET);
        writes_beside(&cell, |cell, origin| drop(cell.get_or_regen(|| origin.copy())));
        setter.join().unwrap();
    });
}

#[test]
fn a_writer_beside_an_invalidate() {
    preempting(5, || writes_beside(&fresh(), |cell, _| cell.invalidate()));
}

#[test]
fn a_writer_beside_an_invalidate_and_a_leader() {
    preempting(1, || {
        let cell = stale();
        let invalidator = invalidator(&cell);
        writes_beside(&cell, |cell, origin| drop(cell.get_or_regen(|| origin.copy())));
        invalidator.join().unwrap();
    });
}

/// Each lease has ended when it begins.
#[test]
fn a_writer_beside_a_take_over() {
    preempting(3, || {
        let cell = stale_with_lease_of(Duration::ZERO, &ModelClock::new());
        let hung = cell.try_lead().unwrap();
        writes_beside(&cell, |cell, origin| {
            let lease = cell.try_lead_owned()?;
            lease.publish(origin.copy()).ok().map(drop)
        });
        drop(hung);
    });
}

/// And the leader that is deposed is done at that moment.
#[test]
fn a_writer_beside_a_leader_that_is_deposed() {
    preempting(1, || {
        let (cell, origin) = (stale_with_lease_of(Duration::ZERO, &ModelClock::new()), Origin::new(1));
        let lease = cell.try_lead_owned().unwrap();
        let taker = thread::spawn({
            let cell = Arc::clone(&cell);
            move || cell.try_lead_owned()
        });
        let leader = thread::spawn({
            let origin = Arc::clone(&origin);
            move || drop(lease.publish(origin.copy()))
        });
        writes(&cell, &origin);
        leader.join().unwrap();
        drop(taker.join().unwrap());
        let last = cell.get_or_regen(|| origin.copy());
        assert_eq!(last.number(), 2, "nothing older came after it");
    });
}

#[test]
fn a_writer_beside_a_leader_that_gives_up() {
    preempting(2, || {
        let (cell, origin) = (empty(), Origin::new(1));
        let lease = cell.try_lead_owned().unwrap();
        let other = caller(&cell, &origin);
        let gives_up = thread::spawn(move || drop(lease));
        writes(&cell, &origin);
        gives_up.join().unwrap();
        other.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        assert_eq!(last.number(), 2, "nothing older came after it");
    });
}

#[test]
fn a_writer_beside_a_leader_that_is_cancelled() {
    preempting(3, || {
        let (cell, origin) = (empty(), Origin::new(1));
        let mut leader: Pin<Box<dyn Future<Output = Guard<Value>>>> =
            Box::pin(cell.get_or_regen_async(pending));
        assert!(leader.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let writer = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || writes(&cell, &origin)
        });
        drop(leader);
        let guard = cell.get_or_regen(|| origin.create());
        assert!(guard.number() == 1 || guard.number() == 2);
        drop(guard);
        writer.join().unwrap();
        assert_eq!(cell.get().unwrap().number(), 2, "nothing older came after it");
    });
}

/// The leader copies the truth, offers something meanwhile, and publishes what it copied.
#[test]
fn a_writer_beside_a_leader_that_offers() {
    preempting_each(Some(2), [stale as fn() -> Arc<Cell>, empty], |state| {
        writes_beside(&state(), |cell, origin| {
            let mut lease = cell.try_lead_owned()?;
            let made = origin.create();
            let offered = lease.offer_stale(Value::new(3), Lifetime::new());
            assert!(offered.is_ok(), "nobody supersedes it");
            lease.publish(made).ok().map(drop)
        });
    });
}

/// What each of two writers wrote.
struct Ledger {
    entries: [AtomicU64; 2],
    /// As that of an [`Origin`].
    desk: UnsafeCell<u64>,
}

// SAFETY: `desk` is touched by leaders only; that they exclude each other is what loom checks.
unsafe impl Sync for Ledger {}

impl Ledger {
    fn new() -> Arc<Self> {
        Arc::new(Self { entries: [AtomicU64::new(0), AtomicU64::new(0)], desk: UnsafeCell::new(0) })
    }

    /// A value with a bit for each entry.
    fn create(&self) -> Value {
        // SAFETY: see above.
        self.desk.with_mut(|it| unsafe { *it += 1 });
        Value::new(self.entries[0].load(Relaxed) | self.entries[1].load(Relaxed) << 1)
    }

    fn write_and_read(&self, cell: &Cell, entry: usize) {
        self.entries[entry].store(1, Relaxed);
        let guard = cell.with(ANEW).get_or_regen(|| self.create());
        assert!(guard.number() >> entry & 1 == 1, "it reads its own write");
    }
}

fn two_writers(cell: &Arc<Cell>, ledger: &Arc<Ledger>) {
    let other = thread::spawn({
        let (cell, ledger) = (Arc::clone(cell), Arc::clone(ledger));
        move || ledger.write_and_read(&cell, 1)
    });
    ledger.write_and_read(cell, 0);
    other.join().unwrap();
}

#[test]
fn two_writers_at_once() {
    preempting_each(Some(3), [fresh as fn() -> Arc<Cell>, empty], |state| {
        let (cell, ledger) = (state(), Ledger::new());
        two_writers(&cell, &ledger);
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        assert_eq!(last.number(), 3, "made after both");
    });
}

#[test]
fn two_writers_and_a_leader() {
    preempting(1, || {
        let (cell, ledger) = (stale(), Ledger::new());
        let leader = thread::spawn({
            let (cell, ledger) = (Arc::clone(&cell), Arc::clone(&ledger));
            move || drop(cell.get_or_regen(|| ledger.create()))
        });
        two_writers(&cell, &ledger);
        leader.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        assert_eq!(last.number(), 3, "made after both");
    });
}

/// A task that writes and reads, beside a thread that does.
#[test]
fn a_task_that_writes_beside_a_leader() {
    preempting_each(Some(3), [stale as fn() -> Arc<Cell>, empty], |state| {
        let (cell, origin) = (state(), Origin::new(1));
        let leader = caller(&cell, &origin);
        origin.change(2);
        let guard = block_on(cell.with(ANEW).get_or_regen_async(async || origin.create()));
        assert_eq!(guard.number(), 2, "it reads its own write");
        leader.join().unwrap();
    });
}

/// The thread's reader remembers the value.
#[test]
fn a_writer_with_a_reader_beside_a_leader() {
    preempting(3, || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let mut reader = cell.reader();
        assert_eq!(reader.get().map(Value::number), Some(1));
        let other = thread::spawn({
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            move || drop(cell.with(Demand::new().newer_than(1)).get_or_regen(|| origin.create()))
        });
        origin.change(2);
        let made = reader.with(ANEW).get_or_regen(|| origin.create()).number();
        assert_eq!(made, 2, "it reads its own write");
        other.join().unwrap();
        assert_eq!(reader.get().map(Value::number), Some(2), "nothing older came after it");
    });
}

const NEWER: Demand = Demand::new().newer_than(1);

/// All have seen version 1 and ask for a later one.
fn who_saw_one_version(others: usize) {
    let (cell, origin) = (fresh(), Origin::new(2));
    all_at_once(others, {
        let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
        move || {
            let guard = cell.with(NEWER).get_or_regen(|| origin.create());
            assert_eq!((guard.number(), Guard::version(&guard)), (2, 2), "a later one");
        }
    });
    assert_eq!(origin.runs(), 1, "one regeneration");
}

#[test]
fn two_callers_who_saw_one_version() {
    preempting(5, || who_saw_one_version(1));
}

#[test]
fn three_callers_who_saw_one_version() {
    preempting(2, || who_saw_one_version(2));
}

/// If a reader without a demand waited for the leader, loom would report the deadlock.
#[test]
fn those_without_a_demand_are_served_meanwhile() {
    preempting(2, || {
        let cell = fresh();
        let mut waiter = None;
        let made = cell.with(NEWER).get_or_regen(|| {
            waiter = Some(thread::spawn({
                let cell = Arc::clone(&cell);
                move || cell.with(NEWER).get_or_regen(|| unreachable!("somebody leads")).number()
            }));
            let reader = thread::spawn({
                let cell = Arc::clone(&cell);
                move || {
                    let guard = cell.get_or_regen(|| unreachable!("the value is fresh"));
                    (guard.number(), Guard::is_stale(&guard))
                }
            });
            assert_eq!(reader.join().unwrap(), (1, false), "the old value, which is fresh");
            Value::new(2)
        });
        assert_eq!((made.number(), waiter.unwrap().join().unwrap()), (2, 2));
    });
}

#[test]
fn a_later_version_is_demanded_beside_a_set() {
    exhaustively(|| {
        let (cell, origin) = (fresh(), Origin::new(2));
        let setter = setter(&cell, SET);
        let guard = cell.with(NEWER).get_or_regen(|| origin.create());
        assert!(guard.number() == SET || guard.number() == 2);
        assert_ne!(Guard::version(&guard), 1, "not the one that it saw");
        let version = setter.join().unwrap();
        let last = cell.get_or_regen(|| unreachable!("the value is fresh"));
        assert!(
            last.number() == SET || Guard::version(&last) > version,
            "what was set, or what was made after it"
        );
    });
}

/// Beside an `invalidate`, whose generation is of a later version and has no value.
#[test]
fn a_later_version_is_demanded_beside_an_invalidate() {
    exhaustively(|| {
        let (cell, origin) = (fresh(), Origin::new(2));
        let invalidator = invalidator(&cell);
        let guard = cell.with(NEWER).get_or_regen(|| origin.create());
        assert_eq!(guard.number(), 2);
        invalidator.join().unwrap();
        assert_eq!(origin.runs(), 1);
    });
}

/// All demand a later version of an origin that is down: one asks it, all get the error, and nobody else is concerned.
fn a_demand_of_an_origin_that_is_down(others: usize) {
    let cell = stale_with_throttle(&ModelClock::new());
    cell.set(Value::new(1));
    let origin = Origin::new(2);
    all_at_once(others, {
        let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
        move || {
            let made = cell.with(Demand::new().newer_than(2)).try_get_or_regen(|| {
                origin.create();
                Err(Down(1))
            });
            assert_eq!(outcome(made), Err(1));
            let guard = cell.get_or_regen(|| unreachable!("the value is fresh"));
            assert_eq!((guard.number(), Guard::is_stale(&guard)), (1, false), "as it was");
        }
    });
    assert_eq!(origin.runs(), 1, "one attempt");
}

#[test]
fn two_callers_demand_of_an_origin_that_is_down() {
    preempting(4, || a_demand_of_an_origin_that_is_down(1));
}

#[test]
fn three_callers_demand_of_an_origin_that_is_down() {
    preempting(2, || a_demand_of_an_origin_that_is_down(2));
}

/// Where a lease has ended when it begins.
fn fresh_with_lease() -> Arc<Cell> {
    fresh_with_lease_of(Duration::ZERO, &ModelClock::new())
}

fn lead_on_demand(cell: &Arc<Cell>) -> Option<Lease> {
    cell.with_owned(ANEW).try_lead()
}

/// A lease on a fresh value that was demanded ends without a result: the value is as fresh as it was.
fn fresh_and_demanded_in_vain(cell: &Arc<Cell>, ends: impl FnOnce(Lease) + Send + 'static) {
    let lease = lead_on_demand(cell).expect("nobody is at work");
    let mut reader = cell.reader();
    let leader = thread::spawn(move || ends(lease));
    let never = || unreachable!("the value is fresh");
    assert!(!Guard::is_stale(&cell.get_or_regen(never)));
    assert_eq!(reader.get_or_regen(never).number(), 1);
    leader.join().unwrap();
    assert!(!Guard::is_stale(&cell.get_or_regen(never)), "as it was");
    assert_eq!(reader.get_or_regen(never).number(), 1);
}

#[test]
fn a_demanded_lease_of_a_fresh_value_is_given_up() {
    exhaustively(|| fresh_and_demanded_in_vain(&fresh(), drop));
}

#[test]
fn a_demanded_lease_of_a_fresh_value_fails() {
    exhaustively(|| fresh_and_demanded_in_vain(&fresh(), |lease| lease.fail(Down(1))));
}

#[test]
fn a_demanded_lease_of_a_fresh_value_is_deferred() {
    exhaustively(|| {
        fresh_and_demanded_in_vain(&fresh(), |lease| lease.defer(Duration::from_nanos(LATER)));
    });
}

#[test]
fn a_demanded_lease_of_a_fresh_value_is_taken_over() {
    preempting(5, || {
        let cell = fresh_with_lease();
        fresh_and_demanded_in_vain(&cell, {
            let cell = Arc::clone(&cell);
            move |lease| {
                let successor = lead_on_demand(&cell).expect("the lease has ended");
                drop(lease);
                drop(successor);
            }
        });
    });
}

/// A mark beside a demanded lease that ends in vain, and beside another caller, who may be elected because of the mark or
/// of a demand: the mark is answered.
fn marked_and_demanded_in_vain(cell: &Arc<Cell>, ends: fn(&Arc<Cell>, Lease)) {
    let origin = Origin::new(1);
    let lease = lead_on_demand(cell).expect("nobody is at work");
    let marker = marker(cell, &origin);
    ends(cell, lease);
    marker.join().unwrap();
    assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    let _ = cell.get_or_regen(|| unreachable!("one mark, one regeneration"));
}

#[test]
fn a_mark_beside_a_demanded_lease_that_is_given_up() {
    exhaustively(|| marked_and_demanded_in_vain(&fresh(), |_, lease| drop(lease)));
}

#[test]
fn a_mark_beside_a_demanded_lease_that_fails() {
    exhaustively(|| marked_and_demanded_in_vain(&fresh(), |_, lease| lease.fail(Down(1))));
}

#[test]
fn a_mark_beside_a_demanded_lease_that_is_taken_over() {
    preempting(4, || {
        marked_and_demanded_in_vain(&fresh_with_lease(), |cell, lease| {
            let successor = lead_on_demand(cell).expect("the lease has ended");
            drop(successor);
            drop(lease);
        });
    });
}

#[test]
fn a_mark_beside_a_demanded_lease_that_offers() {
    preempting(4, || {
        marked_and_demanded_in_vain(&fresh(), |_, mut lease| {
            assert!(lease.offer_stale(Value::new(3), Lifetime::new()).is_ok());
            drop(lease);
        });
    });
}

/// What the leader offers was made before the mark, and so was what it publishes.
#[test]
fn a_mark_beside_a_demanded_lease_that_offers_and_publishes() {
    preempting(4, || {
        let (cell, origin) = (fresh(), Origin::new(1));
        let mut lease = lead_on_demand(&cell).expect("nobody is at work");
        let marker = marker(&cell, &origin);
        let made = origin.copy();
        assert!(lease.offer_stale(Value::new(3), Lifetime::new()).is_ok());
        assert!(lease.publish(made).is_ok());
        marker.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}

/// The leader may be elected on demand before the mark and after it: then it is to answer the mark, and ends in vain.
fn demanded_in_vain(cell: &Arc<Cell>, ends: fn(Lease)) -> JoinHandle<()> {
    let cell = Arc::clone(cell);
    thread::spawn(move || {
        if let Some(lease) = lead_on_demand(&cell) {
            ends(lease);
        }
    })
}

fn a_mark_is_to_be_answered_by(cell: &Arc<Cell>, ends: fn(Lease)) {
    let origin = Origin::new(1);
    let leader = demanded_in_vain(cell, ends);
    origin.change(2);
    cell.mark_stale();
    leader.join().unwrap();
    assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    let _ = cell.get_or_regen(|| unreachable!("one mark, one regeneration"));
}

#[test]
fn a_mark_that_a_demanded_lease_was_to_answer() {
    let ways: [fn(Lease); 3] = [drop, |lease| lease.fail(Down(1)), |lease| lease.defer(Duration::ZERO)];
    preempting_each(None, ways, |ends| a_mark_is_to_be_answered_by(&fresh(), ends));
}

/// The leader that was to answer the mark hangs, and whoever takes over gives up.
#[test]
fn a_mark_that_two_demanded_leases_were_to_answer() {
    preempting(1, || {
        let (cell, origin) = (fresh_with_lease(), Origin::new(1));
        let hung = thread::spawn({
            let cell = Arc::clone(&cell);
            move || lead_on_demand(&cell)
        });
        let gives_up = demanded_in_vain(&cell, drop);
        origin.change(2);
        cell.mark_stale();
        gives_up.join().unwrap();
        let _hung = hung.join().unwrap();
        assert_eq!(cell.get_or_regen(|| origin.copy()).number(), 2, "the mark is answered");
    });
}
