//! Programs: small ones of verbs, and an oracle that knows what they may come to.
//!
//! Hand-written models find what their authors thought of. These run every program of three threads with one verb each of
//! the most telling ones, on each kind of cell, and programs of two verbs each of all that are drawn at random:
//! `DOGPILE_PROGRAMS` says how many, `DOGPILE_SEED` which. What the oracle holds:
//!
//! - F4: the versions that one thread sees never go back, also over its own `set`;
//! - F8: after its `invalidate` a thread sees nothing of what it saw before;
//! - F9: what a thread changed before it marked or invalidated is in the last value, unless a `set` came in between;
//! - F1, F5: creation functions exclude each other, where nothing supersedes them, and values are seen whole;
//! - F14: who asks for a value made anew sees its own writes, and who asks for a newer one than it saw gets one;
//! - F16: two different values never bear one version;
//! - F6, F10: everybody comes to an end, and at the end nobody is at work.
//!
//! `cargo run -p loom-tests --bin weaken -- --by programs` tells which of the planted bugs these programs notice.

use crate::alone;
use crate::rig::{
    Cell, Down, ModelClock, Origin, Value, empty, expired, first_ones_here, fresh, stale, stale_with_lease_of,
};
use loom::thread;
use loom_tests::{Demand, Guard, Lifetime, RegenError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, iter};

/// What a thread does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Regen,
    /// With a creation function that fails.
    TryInVain,
    Set,
    /// After a change of the origin, as the next two.
    Invalidate,
    Mark,
    /// A mark of the version that the thread saw last.
    Report,
    /// After a change of the origin, too: it is to be seen.
    Anew,
    /// Than what the thread saw last.
    Newer,
    LeadAndGiveUp,
    LeadAndPublish,
    OfferAndPublish,
    Purge,
}
use Verb::{
    Anew, Get, Invalidate, LeadAndGiveUp, LeadAndPublish, Mark, Newer, OfferAndPublish, Purge, Regen, Report,
    Set, TryInVain,
};

const VERBS: [Verb; 13] = [
    Regen,
    Set,
    Invalidate,
    Mark,
    Anew,
    Newer,
    LeadAndGiveUp,
    Get,
    TryInVain,
    Report,
    LeadAndPublish,
    OfferAndPublish,
    Purge,
];

/// The first ones are in the programs that are all run.
const TELLING: usize = 6;
/// There are many more interleavings where each caller can depose each other one.
const FEWER: usize = 4;

/// Most have fewer. Where callers can depose one another they have hundreds of thousands.
const EXECUTIONS: usize = 2_000;

/// What they find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Fresh,
    Stale,
    Expired,
    Empty,
    /// Stale, and every lease has ended when it begins.
    Overrun,
}

#[derive(Debug, Clone)]
struct Program {
    start: Start,
    /// Of each thread; the first is the one that starts the others.
    threads: Vec<Vec<Verb>>,
}

impl Program {
    fn has(&self, verb: Verb) -> bool {
        self.threads.iter().flatten().any(|&it| it == verb)
    }

    fn cell(&self) -> Arc<Cell> {
        match self.start {
            Start::Fresh => fresh(),
            Start::Stale => stale(),
            Start::Expired => expired(),
            Start::Empty => empty(),
            Start::Overrun => stale_with_lease_of(Duration::ZERO, &ModelClock::new()),
        }
    }

    /// No result is ever superseded, so no two creation functions may run at a time.
    fn is_exclusive(&self) -> bool {
        self.start != Start::Overrun && !self.has(Set) && !self.has(Invalidate)
    }

    fn run(&self) {
        let program = self.clone();
        let named = Named(self);
        first_ones_here(EXECUTIONS, 1, move || program.execute());
        std::mem::forget(named);
    }

    fn execute(&self) {
        let world = Arc::new(World {
            cell: self.cell(),
            origin: Origin::new(1),
            values: Mutex::default(),
            is_exclusive: self.is_exclusive(),
        });
        let others: Vec<_> = self.threads[1..]
            .iter()
            .map(|verbs| {
                let (mut thread, verbs) = (Thread::new(&world), verbs.clone());
                thread::spawn(move || thread.run(&verbs))
            })
            .collect();
        let mine = Thread::new(&world).run(&self.threads[0]);
        let changed = others.into_iter().map(|other| other.join().unwrap()).fold(mine, u64::max);
        assert!(!world.cell.is_regenerating(), "F10: somebody is at work");
        let last = world.cell.get_or_regen(|| world.create());
        assert!(self.has(Set) || last.number() >= changed, "F9: {} of {changed}", last.number());
    }
}

/// Says which program it was that failed.
struct Named<'p>(&'p Program);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        eprintln!("the program was {:?}", self.0);
    }
}

/// What the threads share.
struct World {
    cell: Arc<Cell>,
    origin: Arc<Origin>,
    /// The address of the value that has this version. Not loom's: it orders nothing.
    values: Mutex<HashMap<u64, usize>>,
    is_exclusive: bool,
}

impl World {
    fn create(&self) -> Value {
        if self.is_exclusive { self.origin.create() } else { self.origin.copy() }
    }
}

/// One thread, and what it knows.
struct Thread {
    world: Arc<World>,
    /// The last version that it saw.
    seen: u64,
    /// No earlier version may be seen by it.
    least: u64,
    /// What it made of the origin before it marked or invalidated, and has to be in the last value.
    changed: u64,
}

impl Thread {
    fn new(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), seen: 0, least: 0, changed: 0 }
    }

    fn run(&mut self, verbs: &[Verb]) -> u64 {
        for &verb in verbs {
            self.act(verb);
        }
        self.changed
    }

    fn act(&mut self, verb: Verb) {
        let world = Arc::clone(&self.world);
        let cell = &world.cell;
        match verb {
            Get => self.see(cell.get()),
            Regen => self.see(Some(cell.get_or_regen(|| world.create()))),
            TryInVain => {
                let tried: Result<_, RegenError> = cell.try_get_or_regen(|| Err(Down(0)));
                self.see(tried.ok());
            }
            Set => self.least = cell.set(world.origin.copy()),
            Invalidate => {
                let changed = world.origin.change_once_more();
                cell.invalidate();
                self.least = self.least.max(self.seen + 1);
                self.changed = changed;
            }
            Mark => {
                let changed = world.origin.change_once_more();
                cell.mark_stale();
                self.changed = changed;
            }
            Report => {
                self.see(cell.get());
                let changed = world.origin.change_once_more();
                if cell.mark_stale_if(self.seen) {
                    self.changed = changed;
                }
            }
            Anew => {
                let changed = world.origin.change_once_more();
                let made = cell.with(Demand::new().anew()).get_or_regen(|| world.create());
                assert!(made.number() >= changed, "F14: it does not see its own write");
                self.see(Some(made));
            }
            Newer => {
                self.see(cell.get());
                let newer = cell.with(Demand::new().newer_than(self.seen)).get_or_regen(|| world.create());
                let version = Guard::version(&newer);
                assert!(version == 0 || version > self.seen, "F14: it has seen this one");
                self.see(Some(newer));
            }
            LeadAndGiveUp => drop(cell.try_lead()),
            LeadAndPublish => {
                if let Some(lease) = cell.try_lead() {
                    self.see(lease.publish(world.create()).ok());
                }
            }
            OfferAndPublish => {
                if let Some(mut lease) = cell.try_lead() {
                    // From before the creation, so that it answers no mark.
                    let _ = lease.offer_stale(Value::new(0), Lifetime::new());
                    self.see(lease.publish(world.create()).ok());
                }
            }
            Purge => drop(cell.purge()),
        }
    }

    fn see(&mut self, found: Option<Guard<Value>>) {
        let Some(found) = found else { return };
        let _whole = found.number();
        let version = Guard::version(&found);
        // A result that was superseded has none.
        if version == 0 {
            return;
        }
        assert!(version >= self.least, "F4, F8: version {version} after {}", self.least);
        (self.seen, self.least) = (version, version);
        let address = std::ptr::from_ref::<Value>(&found).addr();
        let first = *self.world.values.lock().unwrap().entry(version).or_insert(address);
        assert_eq!(first, address, "F16: another value of version {version}");
    }
}

/// All of three threads with one of the first `verbs` each.
fn all_from(start: Start, verbs: usize) {
    if alone::in_a_process_of_its_own() {
        return;
    }
    let verbs = &VERBS[..verbs];
    for (i, &a) in verbs.iter().enumerate() {
        for (j, &b) in verbs[i..].iter().enumerate() {
            for &c in &verbs[i + j..] {
                Program { start, threads: vec![vec![a], vec![b], vec![c]] }.run();
            }
        }
    }
}

#[test]
fn every_program_on_a_fresh_value() {
    all_from(Start::Fresh, TELLING);
}

#[test]
fn every_program_on_a_stale_value() {
    all_from(Start::Stale, TELLING);
}

#[test]
fn every_program_on_an_expired_value() {
    all_from(Start::Expired, TELLING);
}

#[test]
fn every_program_on_an_empty_cell() {
    all_from(Start::Empty, TELLING);
}

#[test]
fn every_program_where_leases_end_at_once() {
    all_from(Start::Overrun, FEWER);
}

/// Numbers at random (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).expect("it is less than `end`")
    }
}

fn number_from(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|number| number.parse().expect("it is a number"))
}

#[test]
fn programs_drawn_at_random() {
    if alone::in_a_process_of_its_own() {
        return;
    }
    let mut random = Random(number_from("DOGPILE_SEED").unwrap_or(0));
    for _ in 0..number_from("DOGPILE_PROGRAMS").unwrap_or(10) {
        let starts = [Start::Fresh, Start::Stale, Start::Expired, Start::Empty, Start::Overrun];
        let start = starts[random.below(starts.len())];
        let mut verb = || VERBS[random.below(VERBS.len())];
        let threads = iter::repeat_with(|| vec![verb(), verb()]).take(3).collect();
        Program { start, threads }.run();
    }
}
