//! Random histories against a naive single-threaded oracle (`model`). In each step, and inside
//! creation functions as well as outside, every public verb returns what the oracle says, whether a
//! thread calls it or a task. Thus:
//!
//! 1. A caller runs its function exactly when the value is due (empty, invalidated, stale or expired), nobody
//!    leads in time, no throttle applies to it, and it is not inside a creation function of this cell;
//!    otherwise it gets the value that is there, or else an error that says why not.
//! 2. `get` returns exactly what is fresh or stale, half-open to the nanosecond, and never elects.
//! 3. Freshness, age and version of a guard are those of the moment of the read.
//! 4. Each publication, `set` and invalidation takes the next version; marks, reads and attempts in vain
//!    take none.
//! 5. A result is published unless the cell changed or its leader was deposed since its election; then its
//!    caller gets it under version 0, which no value ever has that was published, and the cell keeps what it has.
//! 6. A mark makes what it finds stale; made in flight, it makes the result stale.
//! 7. `invalidate_if` hits exactly the version that is there.
//! 8. A creation function that asks its own cell gets a servable value, an error, or a panic that says why.
//! 9. An attempt in vain leaves value, version, age and mark as they were, opens the stale-if-error window, and
//!    throttles the next; how long, to within the random part.
//! 10. A lease can be taken over exactly when it has ended, and whatever a deposed leader does changes nothing.
//! 11. A call that handed its lease off takes whatever can be served; it never leads, and never deposes.
//! 12. The last error and the counters are those of what happened.
//! 13. A guard that is kept never changes, and its value stays alive.
//! 14. After each step just those values are alive that are in the cell, led or kept; at the end none is.
//! 15. A call that demands more than what is there is, for itself, as one that finds nothing, and changes nothing for others.
//! 16. A value lives as long as it says, and not a nanosecond longer, however it came.
//! 17. A report hits exactly the version that is there, with nobody at work, once.
//! 18. What a leader puts off is tried by nobody until its time, or until it is resumed; what it offers is served stale.
//! 19. What is older than what came from elsewhere before does not come back.
//! 20. A call through a reader is as one of the cell, and what the reader then says of it as a guard of the cell's.

mod model;
mod steps;

use crate::sizes;
use crate::support::{ASKED_AGAIN, Crash, crash};
use crate::ways::{By, Calls, Way};
use dogpile::clock::{Instant, ManualClock};
use dogpile::{Demand, DogpileCell, Guard, OwnedLease, OwnedReader, RegenError, RenewError};
use model::{Counts, Led, Look, Model, Seen};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use steps::{Ending, Life, Outcome, Script, Settings, Step, Target, Wish};

/// A value that counts how many of its kind are alive.
struct Value {
    number: u64,
    _alive: Arc<()>,
}

/// A numbered error.
#[derive(Debug)]
struct Down(u64);

impl std::fmt::Display for Down {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "attempt {} failed", self.0)
    }
}

impl std::error::Error for Down {}

type Lease = OwnedLease<Value, ManualClock>;
type Reader = OwnedReader<Value, ManualClock>;

/// The cell and the oracle, side by side.
struct Pair {
    way: Way,
    cell: Arc<DogpileCell<Value, ManualClock>>,
    clock: ManualClock,
    model: Model,
    alive: Arc<()>,
    made: u64,
    failed: u64,
    kept: Option<(Guard<Value>, Seen)>,
    leases: Vec<(Lease, Led)>,
    /// None: it has not been made yet, or a call of it is under way.
    reader: Option<Reader>,
}

fn seen(guard: &Guard<Value>) -> Seen {
    Seen {
        number: guard.number,
        version: Guard::version(guard),
        age: Guard::age(guard).as_nanos(),
        freshness: Guard::freshness(guard),
        origin: Guard::origin_version(guard),
    }
}

impl Pair {
    fn new(settings: &Settings) -> Self {
        let (clock, alive) = (ManualClock::new(), Arc::new(()));
        clock.set(Instant::from_nanos(settings.start));
        let mut builder = DogpileCell::builder().clock(clock.clone());
        if let Some(ttl) = settings.ttl {
            builder = builder.time_to_live(ttl);
        }
        if let Some(window) = settings.window {
            builder = builder.stale_while_revalidate(window);
        }
        if let Some(window) = settings.window_if_error {
            builder = builder.stale_if_error(window);
        }
        if let Some(timeout) = settings.lease {
            builder = builder.lease_timeout(timeout);
        }
        // Whoever would have to wait is to say so: there is no other thread.
        builder = builder.retry_backoff(settings.retry.0, settings.retry.1).wait_timeout(Duration::ZERO);
        let mut model = Model::new(settings);
        if settings.initial {
            builder = builder.initial(Value { number: 0, _alive: Arc::clone(&alive) });
            model.set(0, Life::default());
        }
        let cell = Arc::new(builder.build().expect("the settings fit together"));
        Self {
            way: settings.way,
            cell,
            clock,
            model,
            alive,
            made: 0,
            failed: 0,
            kept: None,
            leases: Vec::new(),
            reader: None,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::GetOrRegen(script) => self.get_or_regen(script),
            Step::TryGetOrRegen(script) => self.try_get_or_regen(script),
            Step::HandOff(wish, inner, ending) => self.hand_off(*wish, inner, *ending),
            Step::TryLead(wish) => self.try_lead(*wish),
            Step::EndLease(which, ending) => self.end_one(*which, *ending),
            Step::Extend(which, time) => self.extend(*which, *time),
            Step::Offer(which, life) => self.offer(*which, *life),
            Step::Get { keep } => self.get(*keep),
            Step::Set => {
                let value = self.make();
                assert_eq!(self.cell.set(value), self.model.set(self.made, Life::default()));
            }
            Step::SetWith(life) => {
                let value = self.make();
                assert_eq!(self.cell.set_with(value, life.lifetime()), self.model.set(self.made, *life));
            }
            Step::SetIfNewer(origin, life) => {
                let value = self.make();
                let version = self.cell.set_if_newer(value, *origin, life.lifetime());
                assert_eq!(version, self.model.set_if_newer(self.made, *origin, *life));
            }
            Step::Resume => assert_eq!(self.cell.resume(), self.model.resume()),
            Step::Purge => assert_eq!(self.cell.purge(), self.model.purge()),
            Step::MarkStaleIf(target) => {
                let version = target.version(self.model.version);
                assert_eq!(self.cell.mark_stale_if(version), self.model.mark_stale_if(version));
            }
            Step::MarkStale => {
                self.cell.mark_stale();
                self.model.mark_stale();
            }
            Step::Invalidate => {
                self.cell.invalidate();
                self.model.invalidate();
            }
            Step::InvalidateIf(target) => self.invalidate_if(*target),
            Step::Pass(time) => {
                self.model.now = time.passed(&self.model);
                self.clock.set(Instant::from_nanos(self.model.now));
            }
        }
        self.check();
    }

    /// What holds after every step, inside and outside of creation functions.
    fn check(&mut self) {
        assert_eq!(self.cell.is_regenerating(), self.model.is_regenerating());
        assert_eq!(self.cell.get().as_ref().map(seen), self.model.get());
        if let Some(reader) = &mut self.reader {
            assert_eq!(reader.get().map(|value| value.number), self.model.get().map(|seen| seen.number));
            assert_eq!(reader.last().as_ref().map(seen), self.model.get());
        }
        assert_eq!(self.cell.last_error().as_ref().map(number), self.model.last_error());
        assert_eq!(self.counts(), self.model.counts);
        let mut reachable: BTreeSet<_> = self.model.reachable().collect();
        if let Some((guard, first_seen)) = &self.kept {
            assert_eq!(seen(guard), *first_seen);
            reachable.insert(first_seen.number);
        }
        assert_eq!(Arc::strong_count(&self.alive) - 1, reachable.len(), "values that are alive");
    }

    fn make(&mut self) -> Value {
        self.made += 1;
        Value { number: self.made, _alive: Arc::clone(&self.alive) }
    }

    /// What the script asks through, if not the cell: for a call inside of another one, another reader.
    fn reader_for(&mut self, script: &Script) -> Option<Reader> {
        script.through_reader.then(|| self.reader.take().unwrap_or_else(|| self.cell.reader_owned()))
    }

    fn put_back(&mut self, reader: Option<Reader>) {
        self.reader = reader.or(self.reader.take());
    }

    fn get(&mut self, keep: bool) {
        let guard = self.cell.get();
        assert_eq!(guard.as_ref().map(seen), self.model.get());
        if keep {
            self.kept = guard.map(|guard| {
                let seen = seen(&guard);
                (guard, seen)
            });
        }
    }

    fn invalidate_if(&mut self, target: Target) {
        let version = target.version(self.model.version);
        assert_eq!(self.cell.invalidate_if(version), self.model.invalidate_if(version));
    }

    /// What a call wishes that is made now, and its demand.
    fn wish(&self, wish: Option<Wish>) -> (Wish, Option<Demand>) {
        let wish = wish.map(|wish| wish.at(self.model.version));
        (wish.unwrap_or_default(), wish.map(Wish::demand))
    }

    fn counts(&self) -> Counts {
        let stats = self.cell.stats();
        Counts {
            creations: stats.creations,
            regenerations: stats.regenerations,
            failures: stats.failures,
            panics: stats.panics,
            given_up: stats.given_up,
            takeovers: stats.takeovers,
            superseded: stats.superseded,
            waits: stats.waits,
            last_nanos: u64::try_from(stats.last_duration.as_nanos()).expect("it was made of a u64"),
        }
    }

    fn get_or_regen(&mut self, script: &Script) {
        let cell = Arc::clone(&self.cell);
        let (wish, demand) = self.wish(script.wish);
        let look = self.model.look(false, &wish);
        if matches!(look, Look::Wait) {
            return; // it would do so for ever
        }
        let mut led = None;
        let way = self.way;
        let mut reader = self.reader_for(script);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let regen = || {
                let Look::Lead(this) = look else { panic!("elected: {look:?}") };
                led = Some(this);
                self.regen(script).unwrap_or_else(|_| crash())
            };
            let number = match (&mut reader, demand) {
                (None, _) => return calls(&cell, way, demand).get_or_regen(regen),
                (Some(reader), None) => reader.get_or_regen(regen).number,
                (Some(reader), Some(demand)) => reader.with(demand).get_or_regen(regen).number,
            };
            let reader = reader.as_ref().expect("just seen");
            reader.last().filter(|guard| guard.number == number).expect("what it returned")
        }));
        self.put_back(reader);
        match (led, result) {
            (Some(led), Ok(guard)) => {
                assert_eq!(seen(&guard), self.model.publish(led, self.made, Life::default()).0);
            }
            (Some(led), Err(payload)) if payload.is::<Crash>() => self.model.panic(led),
            (None, Ok(guard)) => self.is_as(&look, &Ok(guard)),
            (None, Err(payload)) if payload.is::<String>() && matches!(look, Look::Reentrant) => {
                let message = payload.downcast_ref::<String>().expect("just seen");
                assert!(message.contains(ASKED_AGAIN), "{message}");
            }
            (_, Err(payload)) => std::panic::resume_unwind(payload), // an assertion of `regen`
        }
    }

    fn try_get_or_regen(&mut self, script: &Script) {
        let cell = Arc::clone(&self.cell);
        let (wish, demand) = self.wish(script.wish);
        let look = self.model.look(true, &wish);
        let mut led = None;
        let way = self.way;
        let mut reader = self.reader_for(script);
        let result = catch_unwind(AssertUnwindSafe(|| {
            let regen = || {
                let Look::Lead(this) = look else { panic!("elected: {look:?}") };
                led = Some(this);
                self.regen(script)
            };
            let number = match (&mut reader, demand) {
                (None, _) => return calls(&cell, way, demand).try_get_or_regen(regen),
                (Some(reader), None) => reader.try_get_or_regen(regen)?.number,
                (Some(reader), Some(demand)) => reader.with(demand).try_get_or_regen(regen)?.number,
            };
            let reader = reader.as_ref().expect("just seen");
            Ok(reader.last().filter(|guard| guard.number == number).expect("what it returned"))
        }));
        self.put_back(reader);
        let Some(led) = led else {
            let result = result.unwrap_or_else(|payload| std::panic::resume_unwind(payload));
            return self.is_as(&look, &result);
        };
        match (script.outcome, result) {
            (Outcome::Value, Ok(Ok(guard))) => {
                assert_eq!(seen(&guard), self.model.publish(led, self.made, Life::default()).0);
            }
            (Outcome::Error, Ok(result)) => {
                self.model.fail(led, self.failed, None);
                let instead = self.model.get().filter(|_| wish.or_stale || self.model.meets(&wish));
                let look = instead.map_or(Look::Failed(self.failed), Look::Served);
                self.is_as(&look, &result);
            }
            (Outcome::Panic, Err(payload)) if payload.is::<Crash>() => self.model.panic(led),
            (_, Err(payload)) => std::panic::resume_unwind(payload), // an assertion of `regen`
            (outcome, Ok(result)) => panic!("{outcome:?} became {:?}", result.as_ref().map(seen)),
        }
    }

    /// A call that was not elected, or not any more, came to what the oracle says.
    fn is_as(&mut self, look: &Look, result: &Result<Guard<Value>, RegenError>) {
        match (look, result) {
            (Look::Served(expected), Ok(guard)) => assert_eq!(seen(guard), *expected),
            (Look::Failed(expected), Err(error @ RegenError::Failed(_))) => {
                assert_eq!(number(error), *expected);
            }
            (Look::Reentrant, Err(RegenError::Reentrant))
            | (Look::GivenUp, Err(RegenError::GivenUp))
            | (Look::Overdue, Err(RegenError::WaitTimeout)) => {}
            (Look::Wait, Err(RegenError::WaitTimeout)) => self.model.counts.waits += 1,
            (Look::Content(expected), Ok(guard)) => {
                assert_eq!(seen(guard), *expected);
                self.model.counts.waits += 1;
            }
            _ => panic!("{look:?}, but {:?}", result.as_ref().map(seen)),
        }
    }

    /// The creation function.
    fn regen(&mut self, script: &Script) -> Result<Value, Down> {
        self.inside(&script.inner);
        match script.outcome {
            Outcome::Value => Ok(self.make()),
            Outcome::Error => {
                self.failed += 1;
                Err(Down(self.failed))
            }
            Outcome::Panic => crash(),
        }
    }

    fn inside(&mut self, steps: &[Step]) {
        self.model.inside += 1;
        self.check();
        for step in steps {
            self.step(step);
        }
        self.model.inside -= 1;
    }

    fn hand_off(&mut self, wish: Option<Wish>, inner: &[Step], ending: Ending) {
        let cell = Arc::clone(&self.cell);
        let (wish, demand) = self.wish(wish);
        let began = self.model.begin(&wish);
        let look = self.model.look(true, &wish);
        let mut elected = false;
        let result = calls(&cell, self.way, demand).get_or_hand_off_owned(|lease| {
            let Look::Lead(led) = look else { panic!("elected: {look:?}") };
            elected = true;
            self.inside(inner);
            self.end(lease, led, ending);
        });
        if !elected {
            return self.is_as(&look, &result);
        }
        let look = self.model.look_again(&wish, &began);
        self.is_as(&look, &result);
    }

    fn try_lead(&mut self, wish: Option<Wish>) {
        let (wish, demand) = self.wish(wish);
        let lease = match demand {
            Some(demand) => self.cell.with_owned(demand).try_lead(),
            None => self.cell.try_lead_owned(),
        };
        let led = self.model.try_lead(&wish);
        assert_eq!(lease.is_some(), led.is_some());
        self.leases.extend(lease.zip(led));
    }

    fn offer(&mut self, which: usize, life: Life) {
        if !self.leases.is_empty() {
            let which = which % self.leases.len();
            let value = self.make();
            let (lease, led) = &mut self.leases[which];
            let offered = lease.offer_stale(value, life.lifetime());
            assert_eq!(offered.is_ok(), self.model.offer(led, self.made, life));
        }
    }

    fn end_one(&mut self, which: usize, ending: Ending) {
        if !self.leases.is_empty() {
            let (lease, led) = self.leases.swap_remove(which % self.leases.len());
            self.end(lease, led, ending);
        }
    }

    fn extend(&mut self, which: usize, time: Duration) {
        if !self.leases.is_empty() {
            let (lease, led) = &self.leases[which % self.leases.len()];
            assert_eq!(lease.extend(time), self.model.extend(*led, time));
        }
    }

    fn end(&mut self, lease: Lease, led: Led, ending: Ending) {
        assert_eq!(lease.previous().map(|value| value.number), led.replaces);
        match ending {
            Ending::Publish => {
                let value = self.make();
                let (expected, published) = self.model.publish(led, self.made, Life::default());
                match lease.publish(value) {
                    Ok(guard) => assert!(published && seen(&guard) == expected, "{:?}", seen(&guard)),
                    Err(late) => assert!(!published && late.0.number == self.made),
                }
            }
            Ending::PublishWith(life) => {
                let value = self.make();
                let (expected, published) = self.model.publish(led, self.made, life);
                match lease.publish_with(value, life.lifetime()) {
                    Ok(guard) => assert!(published && seen(&guard) == expected, "{:?}", seen(&guard)),
                    Err(late) => assert!(!published && late.0.number == self.made),
                }
            }
            Ending::Renew => match (lease.renew(), led.replaces) {
                (Err(error), None) => {
                    assert_eq!(error, RenewError::Empty);
                    self.model.give_up(led);
                }
                (renewed, number) => {
                    let expected = match self.model.renew(led, number.expect("not empty")) {
                        None => Err(RenewError::Ended),
                        Some((_, false)) => Err(RenewError::Superseded),
                        Some((same, true)) => Ok(same),
                    };
                    assert_eq!(renewed.as_ref().map(seen).map_err(|error| *error), expected);
                }
            },
            Ending::Fail => {
                self.failed += 1;
                lease.fail(Down(self.failed));
                self.model.fail(led, self.failed, None);
            }
            Ending::FailFor(delay) => {
                self.failed += 1;
                lease.fail_for(Down(self.failed), delay);
                self.model.fail(led, self.failed, Some(delay));
            }
            Ending::Defer(time) => {
                lease.defer(time);
                self.model.defer(led, time);
            }
            Ending::Drop => {
                drop(lease);
                self.model.give_up(led);
            }
            Ending::Keep => self.leases.push((lease, led)),
        }
    }
}

/// The calls of a cell, with a demand or without.
fn calls(
    cell: &Arc<DogpileCell<Value, ManualClock>>,
    way: Way,
    demand: Option<Demand>,
) -> Calls<'_, Value, ManualClock> {
    match demand {
        Some(demand) => cell.by(way).with(demand),
        None => cell.by(way),
    }
}

fn number(error: &RegenError) -> u64 {
    error.downcast_ref::<Down>().expect("it is of this test").0
}

#[test]
fn every_history_is_as_the_oracle_says() {
    let config =
        ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(sizes::ORACLE_CASES) };
    proptest!(config, |(settings in steps::settings(), steps in steps::steps(sizes::ORACLE_STEPS))| {
        let mut pair = Pair::new(&settings);
        pair.check();
        for step in &steps {
            pair.step(step);
        }
        let alive = Arc::clone(&pair.alive);
        drop(pair);
        assert_eq!(Arc::strong_count(&alive), 1, "values that outlived the cell");
    });
}
