//! Many threads, all verbs at once, panics included. What holds whatever the interleaving:
//!
//! 1. The versions that one thread sees never go backwards.
//! 2. No value is torn, and none is used after it was dropped.
//! 3. One version is one value, whoever reads it (a superseded leader's own result apart).
//! 4. Without `set` and invalidations never two creation functions run at once, and each one that
//!    returned was published: as many versions as results.
//! 5. Nobody is stuck at the end, and every value was dropped exactly once.

use crate::sizes::{STRESS_CALLS, STRESS_THREADS};
use crate::support::{Shared, TICK, cell_on, crash, crashes, spawn};
use dogpile::{Guard, PreciseClock};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// A value with a check sum, that knows when it is dropped.
struct Value {
    id: u64,
    words: Box<[u64; 8]>,
    dead: AtomicBool,
    ledger: Arc<Ledger>,
}

/// What happened to all values of one test.
#[derive(Default)]
struct Ledger {
    made: AtomicU64,
    dropped: AtomicU64,
    at_work: AtomicU64,
    published: AtomicU64,
}

fn words(id: u64) -> [u64; 8] {
    let mut dice = Dice(id);
    std::array::from_fn(|_| dice.roll(u64::MAX))
}

impl Value {
    fn new(ledger: &Arc<Ledger>) -> Self {
        let id = ledger.made.fetch_add(1, SeqCst);
        let words = Box::new(words(id));
        Self { id, words, dead: AtomicBool::new(false), ledger: Arc::clone(ledger) }
    }

    fn check(&self) {
        assert!(!self.dead.load(SeqCst), "value {} is used after its drop", self.id);
        assert_eq!(*self.words, words(self.id), "value {} is torn", self.id);
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        assert!(!self.dead.swap(true, SeqCst), "value {} is dropped twice", self.id);
        self.ledger.dropped.fetch_add(1, SeqCst);
    }
}

/// Cheap pseudo-random numbers (splitmix64): each thread its own, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) >> 16) % sides
    }
}

/// One of the threads.
struct Worker {
    cell: Shared<Value, PreciseClock>,
    ledger: Arc<Ledger>,
    dice: Dice,
    last_version: u64,
    /// Which value each version was, as far as this thread saw it.
    values: BTreeMap<u64, u64>,
    kept: Vec<Arc<Value>>,
}

impl Worker {
    fn see(&mut self, guard: &Guard<Value>, own: bool) {
        guard.check();
        assert!(guard.version() >= self.last_version, "{} after {}", guard.version(), self.last_version);
        self.last_version = guard.version();
        if !own {
            let first_seen = *self.values.entry(guard.version()).or_insert(guard.id);
            assert_eq!(first_seen, guard.id, "version {} is two values", guard.version());
        }
    }

    fn keep(&mut self, guard: Guard<Value>) {
        if self.kept.len() == 16 {
            self.kept.drain(..).for_each(|value| value.check());
        }
        self.kept.push(guard.into_arc());
    }

    fn get(&mut self) {
        if let Some(guard) = self.cell.get() {
            self.see(&guard, false);
            if self.dice.roll(8) == 0 {
                self.keep(guard);
            }
        }
    }

    /// `exclusive`: nobody may be at work besides.
    fn get_or_regen(&mut self, exclusive: bool) {
        let panics = self.dice.roll(16) == 0;
        let (cell, mut led, mut result) = (Arc::clone(&self.cell), false, None);
        let crashed = crashes(|| {
            result = Some(cell.get_or_regen(|| {
                led = true;
                assert!(self.ledger.at_work.fetch_add(1, SeqCst) == 0 || !exclusive, "two leaders at once");
                if self.dice.roll(4) == 0 {
                    std::thread::yield_now();
                }
                let value = Value::new(&self.ledger);
                self.ledger.at_work.fetch_sub(1, SeqCst);
                if panics { crash() } else { value }
            }));
        });
        assert_eq!(crashed, led && panics, "a panic goes on in its own thread, and in no other");
        if let Some(guard) = result {
            self.ledger.published.fetch_add(u64::from(led), SeqCst);
            self.see(&guard, led && !exclusive);
        }
    }

    fn replace(&mut self) {
        match self.dice.roll(3) {
            0 => {
                let version = self.cell.set(Value::new(&self.ledger));
                assert!(version > self.last_version, "set got {version} after {}", self.last_version);
                self.last_version = version;
            }
            1 => self.cell.invalidate(),
            _ => drop(self.cell.invalidate_if(self.last_version)),
        }
    }

    fn run(mut self, exclusive: bool) -> BTreeMap<u64, u64> {
        for _ in 0..STRESS_CALLS {
            match self.dice.roll(20) {
                0 => self.cell.mark_stale(),
                1 => drop(self.cell.is_regenerating()),
                2 if !exclusive => self.replace(),
                3..=9 => self.get(),
                _ => self.get_or_regen(exclusive),
            }
        }
        self.kept.iter().for_each(|value| value.check());
        self.values
    }
}

/// All threads at once; returns how many versions there were.
fn storm(ttl: Duration, window: Duration, exclusive: bool) -> (u64, Arc<Ledger>) {
    let ledger = Arc::new(Ledger::default());
    let cell = cell_on(ttl, window, PreciseClock);
    let workers: Vec<_> = (0..STRESS_THREADS)
        .map(|thread| Worker {
            cell: Arc::clone(&cell),
            ledger: Arc::clone(&ledger),
            dice: Dice(thread as u64),
            last_version: 0,
            values: BTreeMap::new(),
            kept: Vec::new(),
        })
        .map(|worker| spawn(move || worker.run(exclusive)))
        .collect();
    let mut values = BTreeMap::new();
    for (version, id) in workers.into_iter().flat_map(super::support::Task::join) {
        assert_eq!(*values.entry(version).or_insert(id), id, "version {version} is two values");
    }
    assert!(!cell.is_regenerating());
    cell.invalidate();
    let versions = cell.set(Value::new(&ledger)) - 2;
    drop(cell);
    assert_eq!(ledger.made.load(SeqCst), ledger.dropped.load(SeqCst), "values made and values dropped");
    assert_eq!(ledger.at_work.load(SeqCst), 0);
    assert!(values.len() as u64 <= versions && values.len() > 10, "{} of {versions}", values.len());
    (versions, ledger)
}

/// So short that a value is fresh, stale and expired within a few dozen reads.
const SHORT: Duration = Duration::from_micros(20);

#[test]
fn all_verbs_at_once() {
    storm(SHORT, SHORT, false);
}

#[test]
fn all_verbs_at_once_without_any_time_to_live() {
    storm(Duration::ZERO, Duration::ZERO, false);
}

#[test]
fn nobody_replaces_and_one_leads() {
    for (ttl, window) in [(SHORT, SHORT), (TICK, Duration::MAX), (Duration::ZERO, Duration::ZERO)] {
        let (versions, ledger) = storm(ttl, window, true);
        assert_eq!(versions, ledger.published.load(SeqCst), "every result is a version");
    }
}
