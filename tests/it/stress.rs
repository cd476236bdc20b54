//! Many threads, tasks and readers, all verbs at once, panics and errors included. What holds whatever the interleaving:
//!
//! 1. The versions that one thread sees never go backwards (a superseded result apart: it has none, and says 0).
//! 2. No value is torn, and none is used after it was dropped.
//! 3. One version is one value, whoever reads it.
//! 4. Without `set`, invalidations and takeovers never two leaders are at work at once, and each result was
//!    published: as many versions as results.
//!    (An offer is a version, too.)
//! 5. Every result is counted as published or as superseded; every failure and every panic is counted.
//! 6. Nobody is stuck at the end, and every value was dropped exactly once.

use crate::sizes::{STRESS_CALLS, STRESS_THREADS};
use crate::support::{Shared, TICK, Task, crash, crashes, spawn};
use crate::ways::{By, Way};
use dogpile::clock::PreciseClock;
use dogpile::{Demand, DogpileCell, Guard, Lifetime, OwnedLease, OwnedReader, RegenError, RenewError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
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
    results: AtomicU64,
    failures: AtomicU64,
    panics: AtomicU64,
    offers: AtomicU64,
}

impl Ledger {
    /// `exclusive`: nobody may be at work besides.
    fn begin(&self, exclusive: bool) {
        assert!(self.at_work.fetch_add(1, SeqCst) == 0 || !exclusive, "two leaders at once");
    }

    fn end(&self, outcome: &AtomicU64) {
        self.at_work.fetch_sub(1, SeqCst);
        outcome.fetch_add(1, SeqCst);
    }
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

type Lease = OwnedLease<Value, PreciseClock>;
type Reader = OwnedReader<Value, PreciseClock>;

/// One of the threads.
struct Worker {
    cell: Shared<Value, PreciseClock>,
    /// Where leases are ended: by a thread that never waits for one.
    courier: Sender<Lease>,
    ledger: Arc<Ledger>,
    dice: Dice,
    last_version: u64,
    /// Which value each version was, as far as this thread saw it.
    values: BTreeMap<u64, u64>,
    kept: Vec<Arc<Value>>,
}

impl Worker {
    /// `own`: the result of its own creation function, which may have been superseded.
    fn see(&mut self, guard: &Guard<Value>, own: bool) {
        guard.check();
        let version = Guard::version(guard);
        if version == 0 {
            assert!(own, "value {} was never published", guard.id);
            return;
        }
        assert!(version >= self.last_version, "{version} after {}", self.last_version);
        self.last_version = version;
        let first_seen = *self.values.entry(version).or_insert(guard.id);
        assert_eq!(first_seen, guard.id, "version {version} is two values");
    }

    fn keep(&mut self, guard: Guard<Value>) {
        if self.kept.len() == 16 {
            self.kept.drain(..).for_each(|value| value.check());
        }
        self.kept.push(Guard::into_arc(guard));
    }

    /// How it makes its next call, as a thread or as a task; none: by its reader.
    fn way(&mut self) -> Option<Way> {
        match self.dice.roll(3) {
            0 => None,
            1 => Some(Way::Thread),
            _ => Some(Way::Bare),
        }
    }

    /// More than what is there, or nothing more. A call with it does not wait for long, if it has an error to return.
    fn demand(&mut self) -> Demand {
        let hasty = Demand::new().patience(SHORT);
        let demand = match self.dice.roll(6) {
            0 => hasty.max_age(SHORT),
            1 => hasty.newer_than(self.last_version),
            2 => hasty.anew(),
            3 => hasty.anew().at_most_every(SHORT),
            4 => hasty.newer_than(self.last_version).despite_throttle(),
            _ => hasty,
        };
        if self.dice.roll(2) == 0 { demand.or_stale() } else { demand }
    }

    fn get(&mut self, reader: &mut Reader) {
        let guard = match self.way() {
            None => reader.get().is_some().then(|| last(reader)),
            Some(_) => self.cell.get(),
        };
        if let Some(guard) = guard {
            self.see(&guard, false);
            if self.dice.roll(8) == 0 {
                self.keep(guard);
            }
        }
    }

    fn get_or_regen(&mut self, reader: &mut Reader, exclusive: bool) {
        let (panics, way, demands) = (self.dice.roll(16) == 0, self.way(), self.dice.roll(4) == 0);
        let demand = self.demand();
        let (cell, ledger) = (Arc::clone(&self.cell), Arc::clone(&self.ledger));
        let (mut led, mut result) = (false, None);
        let crashed = crashes(|| {
            let regen = || {
                led = true;
                self.regen(exclusive, if panics { &ledger.panics } else { &ledger.results });
                if panics { crash() } else { Value::new(&ledger) }
            };
            result = Some(match way {
                None => {
                    if demands {
                        reader.with(demand).get_or_regen(regen);
                    } else {
                        reader.get_or_regen(regen);
                    }
                    last(reader)
                }
                Some(way) if demands => cell.by(way).with(demand).get_or_regen(regen),
                Some(way) => cell.by(way).get_or_regen(regen),
            });
        });
        assert_eq!(crashed, led && panics, "a panic goes on in its own thread, and in no other");
        if let Some(guard) = result {
            self.see(&guard, led && !exclusive);
        }
    }

    fn try_get_or_regen(&mut self, reader: &mut Reader, exclusive: bool) {
        let (fails, hasty, way) = (self.dice.roll(4) == 0, self.dice.roll(2) == 0, self.way());
        let (cell, ledger, mut made) = (Arc::clone(&self.cell), Arc::clone(&self.ledger), false);
        let (demand, seen) = (self.demand(), self.last_version);
        let regen = || {
            self.regen(exclusive, if fails { &ledger.failures } else { &ledger.results });
            made = !fails;
            if fails { Err("the origin is down") } else { Ok(Value::new(&ledger)) }
        };
        let result = match way {
            None if hasty => reader.with(demand).try_get_or_regen(regen).map(drop).map(|()| last(reader)),
            None => reader.try_get_or_regen(regen).map(drop).map(|()| last(reader)),
            Some(way) if hasty => cell.by(way).with(demand).try_get_or_regen(regen),
            Some(way) => cell.by(way).try_get_or_regen(regen),
        };
        match result {
            Ok(guard) => {
                let will_do = demand == Demand::new().patience(SHORT).newer_than(seen);
                assert!(!(hasty && will_do) || made || Guard::version(&guard) > seen, "it was seen before");
                self.see(&guard, made && !exclusive);
            }
            Err(RegenError::Failed(_)) => assert!(!made),
            Err(RegenError::WaitTimeout) => assert!(!made && hasty),
            Err(error) => panic!("{error:?}"),
        }
    }

    /// The work of a creation function.
    fn regen(&mut self, exclusive: bool, outcome: &AtomicU64) {
        self.ledger.begin(exclusive);
        if self.dice.roll(4) == 0 {
            std::thread::yield_now();
        }
        self.ledger.end(outcome);
    }

    fn try_lead(&self, exclusive: bool) {
        if let Some(lease) = self.cell.try_lead_owned().or_else(|| self.cell.with_owned(ANEW).try_lead()) {
            self.ledger.begin(exclusive);
            self.courier.send(lease).expect("it stays as long as we do");
        }
    }

    fn hand_off(&mut self, exclusive: bool) {
        let (cell, way) = (Arc::clone(&self.cell), self.way().unwrap_or(Way::Thread));
        let result = cell.by(way).get_or_hand_off_owned(|lease| {
            self.ledger.begin(exclusive);
            self.courier.send(lease).expect("it stays as long as we do");
        });
        match result {
            Ok(guard) => self.see(&guard, false),
            Err(RegenError::Failed(_) | RegenError::GivenUp | RegenError::WaitTimeout) => {}
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Waits for what others publish, but not for long.
    fn follow(&mut self) {
        let (cell, way) = (Arc::clone(&self.cell), self.way().unwrap_or(Way::Thread));
        match cell.by(way).with(Demand::new().patience(SHORT)).wait_newer(self.last_version) {
            Ok(guard) => {
                assert!(Guard::version(&guard) > self.last_version);
                self.see(&guard, false);
            }
            Err(error) => assert!(matches!(error, RegenError::WaitTimeout), "{error:?}"),
        }
    }

    fn replace(&mut self) {
        match self.dice.roll(4) {
            0 => {
                let version = self.cell.set(Value::new(&self.ledger));
                assert!(version > self.last_version, "set got {version} after {}", self.last_version);
                self.last_version = version;
            }
            1 => self.cell.invalidate(),
            2 => {
                let (value, lifetime) =
                    (Value::new(&self.ledger), Lifetime::fresh_for(SHORT).usable_for(SHORT));
                let version = self.cell.set_if_newer(value, self.last_version, lifetime);
                self.last_version = version.unwrap_or(self.last_version).max(self.last_version);
            }
            _ => drop(self.cell.invalidate_if(self.last_version)),
        }
    }

    fn run(mut self, exclusive: bool) -> BTreeMap<u64, u64> {
        let mut reader = self.cell.reader_owned();
        for _ in 0..STRESS_CALLS {
            match self.dice.roll(24) {
                0 => self.cell.mark_stale(),
                1 => drop(self.cell.is_regenerating()),
                20 => assert!(!self.cell.mark_stale_if(self.last_version) || self.last_version > 0),
                21 => {
                    self.cell.purge();
                    let _ = self.cell.retry_at();
                }
                22 => {
                    self.cell.resume();
                    reader.release();
                }
                23 => self.follow(),
                2 if !exclusive => self.replace(),
                3..=7 => self.get(&mut reader),
                8 => self.try_lead(exclusive),
                9 => self.hand_off(exclusive),
                10..=13 => self.try_get_or_regen(&mut reader, exclusive),
                _ => self.get_or_regen(&mut reader, exclusive),
            }
        }
        self.kept.iter().for_each(|value| value.check());
        self.values
    }
}

/// What the reader's last call returned.
fn last(reader: &Reader) -> Guard<Value> {
    reader.last().expect("it was served")
}

/// Ends the leases that the others were elected to, in every way there is.
fn end_leases(leases: Receiver<Lease>, ledger: &Arc<Ledger>, exclusive: bool) {
    let mut dice = Dice(99);
    for mut lease in leases {
        assert!(lease.extend(SHORT) || !exclusive, "only `set`, an invalidation or a takeover ends a lease");
        if let Some(previous) = lease.previous() {
            previous.check();
        }
        if dice.roll(4) == 0 {
            let offered = lease.offer_stale(Value::new(ledger), Lifetime::fresh_for(SHORT));
            assert!(offered.is_ok() || !exclusive);
            ledger.offers.fetch_add(offered.is_ok().into(), SeqCst);
        }
        match dice.roll(10) {
            0 => {
                ledger.end(&ledger.failures);
                lease.fail("the origin is down");
            }
            8 => {
                ledger.end(&ledger.failures);
                lease.fail_for("the origin says when", SHORT);
            }
            9 => {
                ledger.at_work.fetch_sub(1, SeqCst);
                lease.defer(SHORT);
            }
            1 => {
                ledger.at_work.fetch_sub(1, SeqCst);
                drop(lease);
            }
            2..=4 => {
                ledger.at_work.fetch_sub(1, SeqCst);
                let renewed = lease.renew();
                let empty = matches!(renewed, Err(RenewError::Empty | RenewError::Ended));
                ledger.results.fetch_add(u64::from(!empty), SeqCst);
                assert!(renewed.is_ok() || empty || !exclusive);
            }
            _ => {
                ledger.end(&ledger.results);
                match lease.publish(Value::new(ledger)) {
                    Ok(made) => made.check(),
                    Err(late) => assert!(!exclusive, "value {} is superseded", late.0.id),
                }
            }
        }
    }
}

/// A time to live, the window after it, and how long a leader may lead.
struct Plan {
    ttl: Duration,
    window: Duration,
    lease: Option<Duration>,
    exclusive: bool,
}

/// All threads at once; returns how many versions there were, and how many results.
fn storm(plan: &Plan) -> (u64, u64) {
    let (ledger, exclusive) = (Arc::new(Ledger::default()), plan.exclusive);
    let builder = DogpileCell::builder().time_to_live(plan.ttl).stale_while_revalidate(plan.window);
    // A throttle of some reads; a longer one would leave nothing to do.
    let mut builder = builder.retry_backoff(TICK, SHORT).clock(PreciseClock);
    if let Some(timeout) = plan.lease {
        builder = builder.lease_timeout(timeout);
    }
    let cell = Arc::new(builder.build().expect("the settings fit together"));
    let (courier, leases) = channel();
    let worker = |thread| Worker {
        cell: Arc::clone(&cell),
        courier: courier.clone(),
        ledger: Arc::clone(&ledger),
        dice: Dice(thread as u64),
        last_version: 0,
        values: BTreeMap::new(),
        kept: Vec::new(),
    };
    let workers = (0..STRESS_THREADS).map(worker).map(|worker| spawn(move || worker.run(exclusive)));
    let workers: Vec<_> = workers.collect();
    drop(courier);
    let books = Arc::clone(&ledger);
    let courier = spawn(move || end_leases(leases, &books, exclusive));
    let mut values = BTreeMap::new();
    for (version, id) in workers.into_iter().flat_map(Task::join) {
        assert_eq!(*values.entry(version).or_insert(id), id, "version {version} is two values");
    }
    courier.join();
    close_the_books(cell, &ledger, plan, &values)
}

fn close_the_books(
    cell: Shared<Value, PreciseClock>,
    ledger: &Arc<Ledger>,
    plan: &Plan,
    values: &BTreeMap<u64, u64>,
) -> (u64, u64) {
    assert!(!cell.is_regenerating());
    let (stats, count) = (cell.stats(), |counter: &AtomicU64| counter.load(SeqCst));
    let results = count(&ledger.results);
    let offers = count(&ledger.offers);
    assert_eq!(stats.creations + stats.regenerations + stats.superseded, results, "{stats}");
    assert_eq!((stats.failures, stats.panics), (count(&ledger.failures), count(&ledger.panics)));
    assert!(stats.takeovers == 0 || plan.lease.is_some());
    assert!(stats.superseded == 0 || !plan.exclusive);
    cell.invalidate();
    let versions = cell.set(Value::new(ledger)) - 2;
    drop(cell);
    assert_eq!(count(&ledger.made), count(&ledger.dropped), "values made and values dropped");
    assert_eq!(count(&ledger.at_work), 0);
    assert!(values.len() as u64 <= versions && values.len() > 10, "{} of {versions}", values.len());
    (versions - offers, results)
}

const ANEW: Demand = Demand::new().anew();

/// So short that a value is fresh, stale and expired within a few dozen reads.
const SHORT: Duration = Duration::from_micros(20);

#[test]
fn all_verbs_at_once() {
    storm(&Plan { ttl: SHORT, window: SHORT, lease: None, exclusive: false });
}

#[test]
fn all_verbs_at_once_without_any_time_to_live() {
    storm(&Plan { ttl: Duration::ZERO, window: Duration::ZERO, lease: None, exclusive: false });
}

#[test]
fn all_verbs_at_once_and_leaders_are_deposed() {
    for (window, lease) in [(SHORT, SHORT), (Duration::ZERO, SHORT), (SHORT, Duration::ZERO)] {
        storm(&Plan { ttl: SHORT, window, lease: Some(lease), exclusive: false });
    }
}

#[test]
fn nobody_replaces_and_one_leads() {
    for (ttl, window) in [(SHORT, SHORT), (TICK, Duration::MAX), (Duration::ZERO, Duration::ZERO)] {
        let (versions, results) = storm(&Plan { ttl, window, lease: None, exclusive: true });
        assert_eq!(versions, results, "every result is a version");
    }
}
