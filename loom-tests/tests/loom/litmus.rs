//! The stand-ins themselves: they order no more than the real things do.
//!
//! Each test counts what it saw over all executions, and fails if a weak outcome was never among them:
//! a model on a stand-in that is too strong proves nothing.

use crate::rig::here;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;
use loom_tests::sync::{ArcSlot, AtomicBool, Loaded, WatchedU64};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// Runs `model` in all executions and returns what it returned.
fn outcomes<R: Ord + Send + 'static>(model: impl Fn() -> R + Send + Sync + 'static) -> BTreeSet<R> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let record = Arc::clone(&seen);
    here(None, move || {
        let outcome = model();
        record.lock().unwrap().insert(outcome);
    });
    Arc::into_inner(seen).unwrap().into_inner().unwrap()
}

fn slot_of(value: usize) -> Arc<ArcSlot<usize>> {
    let slot = Arc::new(ArcSlot::empty());
    assert!(slot.compare_and_swap(None, Arc::new(value)));
    slot
}

fn value_in(slot: &ArcSlot<usize>) -> usize {
    **slot.load().as_ref().unwrap()
}

/// Replaces what is there.
fn put(slot: &ArcSlot<usize>, value: usize) {
    let current = Loaded::into_inner(slot.load());
    assert!(slot.compare_and_swap(current.as_ref(), Arc::new(value)));
}

#[test]
fn a_relaxed_flag_does_not_carry_the_slot_with_it() {
    let seen = outcomes(|| {
        let (slot, flag) = (slot_of(0), Arc::new(AtomicUsize::new(0)));
        let writer = thread::spawn({
            let (slot, flag) = (Arc::clone(&slot), Arc::clone(&flag));
            move || {
                put(&slot, 1);
                flag.store(1, Relaxed);
            }
        });
        let outcome = (flag.load(Relaxed), value_in(&slot));
        writer.join().unwrap();
        outcome
    });
    assert!(seen.contains(&(1, 0)), "the old value after the flag is allowed, and was not seen: {seen:?}");
}

#[test]
fn the_slot_carries_what_was_written_before() {
    let seen = outcomes(|| {
        let (slot, flag) = (slot_of(0), Arc::new(AtomicUsize::new(0)));
        let writer = thread::spawn({
            let (slot, flag) = (Arc::clone(&slot), Arc::clone(&flag));
            move || {
                flag.store(1, Relaxed);
                put(&slot, 1);
            }
        });
        let outcome = (value_in(&slot), flag.load(Relaxed));
        writer.join().unwrap();
        outcome
    });
    assert!(seen.contains(&(1, 1)) && !seen.contains(&(1, 0)), "{seen:?}");
}

#[test]
fn two_reads_do_not_order_their_threads() {
    let seen = outcomes(|| {
        let (slot, flag) = (slot_of(0), Arc::new(AtomicUsize::new(0)));
        let reader = thread::spawn({
            let (slot, flag) = (Arc::clone(&slot), Arc::clone(&flag));
            move || {
                flag.store(1, Relaxed);
                value_in(&slot);
                flag.store(2, Relaxed);
            }
        });
        value_in(&slot);
        let first = flag.load(Relaxed);
        value_in(&slot);
        let second = flag.load(Relaxed);
        reader.join().unwrap();
        (first, second)
    });
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]));
}

#[test]
fn of_two_exchanges_one_fails() {
    let seen = outcomes(|| {
        let slot = slot_of(0);
        let other = thread::spawn({
            let slot = Arc::clone(&slot);
            let current = Loaded::into_inner(slot.load());
            move || slot.compare_and_swap(current.as_ref(), Arc::new(1))
        });
        let current = Loaded::into_inner(slot.load());
        let won = slot.compare_and_swap(current.as_ref(), Arc::new(2));
        let other_won = other.join().unwrap();
        (won, other_won, value_in(&slot))
    });
    assert_eq!(seen, BTreeSet::from([(true, false, 2), (false, true, 1), (true, true, 2)]));
}

/// What two atomics are, read one after the other while another thread writes them in the other order.
#[test]
fn a_relaxed_flag_does_not_carry_a_watched_word_with_it() {
    let seen = outcomes(|| {
        let both = Arc::new((WatchedU64::new(0), AtomicBool::new(false)));
        let writer = thread::spawn({
            let both = Arc::clone(&both);
            move || {
                both.0.store(1, Relaxed);
                both.1.store(true, Relaxed);
            }
        });
        let flag = both.1.load(Relaxed);
        let outcome = (flag, both.0.load(Relaxed));
        writer.join().unwrap();
        outcome
    });
    assert_eq!(seen, BTreeSet::from([(false, 0), (false, 1), (true, 0), (true, 1)]));
}
