//! Random histories against a naive single-threaded oracle (`model`). In each step, and inside
//! creation functions as well as outside, every public verb returns what the oracle says. Thus:
//!
//! 1. A caller of `get_or_regen` runs its function exactly when the value is due (empty, invalidated,
//!    stale or expired) and it is not inside a creation function of this cell; otherwise it gets the
//!    value that is there.
//! 2. `get` returns exactly what is fresh or stale, half-open to the nanosecond, and never elects.
//! 3. Freshness, age and version of a guard are those of the moment of the read.
//! 4. Each publication, `set` and invalidation takes the next version; marks, reads and attempts that
//!    panicked take none.
//! 5. A result is published unless the cell changed since its leader was elected; then its caller gets
//!    it under the version that it set out to replace, and the cell keeps what it has.
//! 6. A mark makes what it finds stale; made in flight, it makes the result stale.
//! 7. `invalidate_if` hits exactly the version that is there.
//! 8. A creation function that asks its own cell gets a servable value, or a panic that says why.
//! 9. A panic of a creation function leaves value, version and mark as they were.
//! 10. A guard that is kept never changes, and its value stays alive.
//! 11. After each step just those values are alive that are in the cell or kept; at the end none is.

mod model;
mod steps;

use crate::sizes;
use crate::support::{Crash, crash};
use dogpile::{DogpileCell, Guard, Instant, ManualClock};
use model::{Model, Seen};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use steps::{Outcome, Script, Settings, Step, Target};

/// A value that counts how many of its kind are alive.
struct Value {
    number: u64,
    _alive: Arc<()>,
}

/// The cell and the oracle, side by side.
struct Pair {
    cell: Arc<DogpileCell<Value, ManualClock>>,
    clock: ManualClock,
    model: Model,
    alive: Arc<()>,
    made: u64,
    kept: Option<(Guard<Value>, Seen)>,
}

fn seen(guard: &Guard<Value>) -> Seen {
    Seen {
        number: guard.number,
        version: guard.version(),
        age: guard.age().as_nanos(),
        freshness: guard.freshness(),
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
        let mut model = Model::new(settings);
        if settings.initial {
            builder = builder.initial(Value { number: 0, _alive: Arc::clone(&alive) });
            model.set(0);
        }
        let cell = Arc::new(builder.build().expect("the settings fit together"));
        Self { cell, clock, model, alive, made: 0, kept: None }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::GetOrRegen(_) if self.model.flight.is_some() => self.get_or_regen_inside(),
            Step::GetOrRegen(script) => self.get_or_regen(script),
            Step::Get { keep } => self.get(*keep),
            Step::Set => self.set(),
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
    fn check(&self) {
        assert_eq!(self.cell.is_regenerating(), self.model.is_regenerating());
        assert_eq!(self.cell.get().as_ref().map(seen), self.model.get());
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

    fn set(&mut self) {
        let value = self.make();
        assert_eq!(self.cell.set(value), self.model.set(self.made));
    }

    fn invalidate_if(&mut self, target: Target) {
        let version = match target {
            Target::Current => self.model.version,
            Target::Older(by) => self.model.version.saturating_sub(by),
            Target::Newer(by) => self.model.version + by,
        };
        assert_eq!(self.cell.invalidate_if(version), self.model.invalidate_if(version));
    }

    fn get_or_regen(&mut self, script: &Script) {
        let cell = Arc::clone(&self.cell);
        if let Some(fresh) = self.model.fresh() {
            let guard = cell.get_or_regen(|| panic!("elected although the value is fresh"));
            assert_eq!(seen(&guard), fresh);
            return;
        }
        let mut ran = false;
        let result = catch_unwind(AssertUnwindSafe(|| {
            cell.get_or_regen(|| {
                ran = true;
                self.model.elect();
                self.regen(script)
            })
        }));
        assert!(ran, "not elected although the value is due");
        match (&script.outcome, result) {
            (Outcome::Value, Ok(guard)) => assert_eq!(seen(&guard), self.model.publish(self.made)),
            (Outcome::Panic, Err(payload)) if payload.is::<Crash>() => self.model.give_up(),
            (_, Err(payload)) => std::panic::resume_unwind(payload), // an assertion of `regen`
            (_, Ok(_)) => panic!("a panic got lost"),
        }
    }

    /// The creation function.
    fn regen(&mut self, script: &Script) -> Value {
        self.check();
        script.inner.iter().for_each(|step| self.step(step));
        match script.outcome {
            Outcome::Value => self.make(),
            Outcome::Panic => crash(),
        }
    }

    fn get_or_regen_inside(&self) {
        let call = AssertUnwindSafe(|| self.cell.get_or_regen(|| panic!("elected inside")));
        match (catch_unwind(call), self.model.get()) {
            (Ok(guard), Some(servable)) => assert_eq!(seen(&guard), servable),
            (Err(payload), None) => {
                let message = payload.downcast_ref::<String>().map_or("", String::as_str);
                assert!(message.contains("its own cell"), "{message}");
            }
            (Ok(guard), None) => panic!("served {:?}, although there is nothing", seen(&guard)),
            (Err(_), Some(servable)) => panic!("not served {servable:?}"),
        }
    }
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
