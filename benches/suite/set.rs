//! What it costs to replace the value, as the number of threads grows that ever read it: arc-swap looks at them all.
//!
//! It never forgets a thread either, so each number of threads is measured in a process of its own.

use crate::report::{Report, median, table};
use crate::{Effort, chart, reads};
use arc_swap::ArcSwap;
use cached::{Cached, CachedPeek, TtlCache};
use dogpile::DogpileCell;
use std::env;
use std::process::Command;
use std::sync::{Arc, Barrier, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// The first argument of such a process; the second is how many threads.
pub(crate) const CHILD: &str = "--child-that-sets";

const BATCHES: usize = 200;
const BATCH: u64 = 100;

pub(crate) fn run(effort: Effort) -> Report {
    let threads: &[usize] = effort.of(&[1, 64, 512], &[1, 64]);
    let columns: Vec<Vec<(String, f64)>> = threads.iter().map(|&threads| measured(threads)).collect();
    let names: Vec<&str> = columns[0].iter().map(|(name, _)| name.as_str()).collect();
    let costs = |index: usize| columns.iter().map(move |column| column[index].1);
    let row = |(index, name): (usize, &&str)| {
        let mut cells = vec![(*name).to_owned()];
        cells.extend(costs(index).map(reads::nanos));
        cells
    };
    let rows: Vec<_> = names.iter().enumerate().map(row).collect();
    let labels: Vec<_> = threads
        .iter()
        .map(|threads| if threads == &1 { "1 thread".to_owned() } else { format!("{threads} threads") })
        .collect();
    let mut head = vec!["to replace the value, that so many threads have read"];
    head.extend(labels.iter().map(String::as_str));
    let markdown = table(&head, &rows)
        + "\nThe threads have read it once, and are there still, asleep; nobody waits. One thread sets, and the kinds take \
           turns; medians of batches.\n";
    let line = |(index, name): (usize, &&'static str)| (*name, costs(index).map(|cost| cost / 1e9).collect());
    let names: Vec<&'static str> = names.iter().map(|name| &*name.to_string().leak()).collect();
    let lines: Vec<_> = names.iter().enumerate().map(line).collect();
    let title = "What it costs to replace the value";
    let idea = "As the number of threads grows that ever read it.";
    Report { title, markdown, picture: Some(chart::lines(title, idea, &labels, &lines)) }
}

/// By a process of its own: each name, and nanoseconds.
fn measured(threads: usize) -> Vec<(String, f64)> {
    let program = env::current_exe().expect("this program has a path");
    let output = Command::new(program).args([CHILD, &threads.to_string()]).output().expect("it runs again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("it prints text");
    let parse = |line: &str| {
        let (nanos, name) = line.split_once(' ').expect("a number and a name");
        (name.to_owned(), nanos.parse().expect("a number"))
    };
    said.lines().map(parse).collect()
}

/// One of each kind.
struct Shared {
    cell: DogpileCell<u64>,
    slot: ArcSwap<u64>,
    lock: RwLock<(Instant, u64)>,
    parking: parking_lot::RwLock<(Instant, u64)>,
    moka: moka::sync::Cache<(), u64>,
    quick: quick_cache::sync::Cache<(), u64>,
    cached: RwLock<TtlCache<(), u64>>,
}

impl Shared {
    fn new() -> Self {
        let hour = Duration::from_hours(1);
        let cached = TtlCache::builder().ttl(hour).build().expect("the settings are constants");
        let shared = Self {
            cell: DogpileCell::never_expires(),
            slot: ArcSwap::from_pointee(0),
            lock: RwLock::new((Instant::now(), 0)),
            parking: parking_lot::RwLock::new((Instant::now(), 0)),
            moka: moka::sync::Cache::builder().max_capacity(16).build(),
            quick: quick_cache::sync::Cache::new(16),
            cached: RwLock::new(cached),
        };
        for mut kind in shared.kinds() {
            (kind.batch)(1);
        }
        shared
    }

    /// All of them, once.
    fn read(&self) {
        let _ = *self.cell.get().unwrap();
        let _ = **self.slot.load();
        let _ = self.lock.read().unwrap().1;
        let _ = self.parking.read().1;
        self.moka.get(&()).unwrap();
        self.quick.get(&()).unwrap();
        self.cached.read().unwrap().cache_peek(&()).unwrap();
    }

    fn kinds(&self) -> Vec<Kind<'_>> {
        let in_lock = |value| *self.lock.write().unwrap() = (Instant::now(), value);
        let in_parking_lot = |value| *self.parking.write() = (Instant::now(), value);
        vec![
            Kind::new("`DogpileCell::set`", |value| _ = self.cell.set(value)),
            Kind::new("`ArcSwap::store`", |value| self.slot.store(Arc::new(value))),
            Kind::new("std `RwLock`, with an `Instant`", in_lock),
            Kind::new("parking_lot `RwLock`, with an `Instant`", in_parking_lot),
            Kind::new("moka `insert`", |value| self.moka.insert((), value)),
            Kind::new("quick_cache `insert`", |value| self.quick.insert((), value)),
            Kind::new("cached `TtlCache` in an `RwLock`, `cache_set`", |value| {
                self.cached.write().unwrap().cache_set((), value);
            }),
        ]
    }
}

/// A way to replace the value.
struct Kind<'a> {
    name: &'static str,
    /// So many times.
    batch: Box<dyn FnMut(u64) + 'a>,
    costs: Vec<f64>,
}

impl<'a> Kind<'a> {
    fn new(name: &'static str, mut set: impl FnMut(u64) + 'a) -> Self {
        Self { name, batch: Box::new(move |times| (0..times).for_each(&mut set)), costs: Vec::new() }
    }

    fn time(&mut self) {
        let began = Instant::now();
        (self.batch)(BATCH);
        self.costs.push(began.elapsed().as_nanos() as f64 / BATCH as f64);
    }
}

pub(crate) fn child(threads: usize) {
    let shared = Shared::new();
    let (mut writer, readers) = dogpile_benches::left_right::new(0);
    let have_read = Barrier::new(threads + 1);
    let end = Barrier::new(threads + 1);
    let read = || {
        let own = readers.handle();
        shared.read();
        assert_eq!(own.enter().unwrap().0, 0);
        have_read.wait();
        end.wait();
    };
    let mut kinds = shared.kinds();
    kinds.push(Kind::new("left-right `publish`", |value| writer.set(value)));
    thread::scope(|scope| {
        for _ in 0..threads {
            let thread = thread::Builder::new().stack_size(256 * 1024);
            thread.spawn_scoped(scope, read).expect("there is a thread");
        }
        have_read.wait();
        take_turns(&mut kinds);
        end.wait();
    });
    for kind in kinds {
        println!("{} {}", median(kind.costs), kind.name);
    }
}

/// Not always after the same one's leavings.
fn take_turns(kinds: &mut [Kind<'_>]) {
    for round in 0..BATCHES {
        let first = round % kinds.len();
        let (last, these) = kinds.split_at_mut(first);
        let all = these.iter_mut().chain(last);
        if round % 2 == 0 { all.for_each(Kind::time) } else { all.rev().for_each(Kind::time) }
    }
}
