//! What it costs to replace the value, as the number of threads grows that ever read it: arc-swap looks at them all.
//!
//! It never forgets a thread either, so each number of threads is measured in a process of its own.

use crate::report::{Report, median, table};
use crate::{Effort, chart, reads};
use arc_swap::ArcSwap;
use dogpile::DogpileCell;
use std::env;
use std::process::Command;
use std::sync::{Arc, Barrier, RwLock};
use std::thread;
use std::time::Instant;

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
        + "\nThe threads have read it once, and are there still, asleep; nobody waits. One thread sets; medians of \
           batches.\n";
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

pub(crate) fn child(threads: usize) {
    let cell = DogpileCell::never_expires();
    cell.set(0_u64);
    let slot = ArcSwap::from_pointee(0_u64);
    let lock = RwLock::new((Instant::now(), 0_u64));
    let moka = moka::sync::Cache::builder().max_capacity(16).build();
    moka.insert((), 0_u64);
    let (mut writer, readers) = dogpile_benches::left_right::new(0);
    let have_read = Barrier::new(threads + 1);
    let end = Barrier::new(threads + 1);
    let read = || {
        let own = readers.handle();
        let sum = *cell.get().unwrap() + **slot.load() + lock.read().unwrap().1 + moka.get(&()).unwrap();
        assert_eq!(sum + own.enter().unwrap().0, 0);
        have_read.wait();
        end.wait();
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn_scoped(scope, read)
                .expect("there is a thread");
        }
        have_read.wait();
        timed("`DogpileCell::set`", |value| _ = cell.set(value));
        timed("`ArcSwap::store`", |value| slot.store(Arc::new(value)));
        timed("std `RwLock`, with an `Instant`", |value| *lock.write().unwrap() = (Instant::now(), value));
        timed("left-right `publish`", |value| writer.set(value));
        timed("moka `insert`", |value| moka.insert((), value));
        end.wait();
    });
}

fn timed(name: &str, mut set: impl FnMut(u64)) {
    let batch = |_| {
        let began = Instant::now();
        (0..BATCH).for_each(&mut set);
        began.elapsed().as_nanos() as f64 / BATCH as f64
    };
    let costs: Vec<f64> = (0..BATCHES).map(batch).collect();
    println!("{} {name}", median(costs));
}
