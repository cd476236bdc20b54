//! What it costs to replace the value, as the number of threads grows that ever read it: arc-swap looks at them all.
//!
//! It never forgets a thread either, so each number of threads is measured in a process of its own.

use crate::chart;
use crate::effort::Effort;
use crate::numbers::{median, nanos};
use crate::report::{Report, table};
use dogpile_benches::{Calls, Contender, all};
use std::env;
use std::process::Command;
use std::sync::Barrier;
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
        cells.extend(costs(index).map(nanos));
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
    let picture = chart::lines(title, idea, &labels, &lines);
    Report { title, markdown, limits: Vec::new(), picture: Some(picture) }
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

/// A way to replace the value.
struct Kind {
    name: &'static str,
    set: Calls,
    costs: Vec<f64>,
}

impl Kind {
    fn time(&mut self) {
        let began = Instant::now();
        (self.set)(BATCH);
        self.costs.push(began.elapsed().as_nanos() as f64 / BATCH as f64);
    }
}

pub(crate) fn child(threads: usize) {
    let (readers, mut kinds): (Vec<_>, Vec<_>) = all()
        .filter_map(Contender::replacing)
        .map(|replacing| {
            (replacing.read, Kind { name: replacing.name, set: replacing.set, costs: Vec::new() })
        })
        .unzip();
    let have_read = Barrier::new(threads + 1);
    let end = Barrier::new(threads + 1);
    let read = || {
        let kept: Vec<_> = readers.iter().map(|read| read()).collect();
        have_read.wait();
        end.wait();
        drop(kept);
    };
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
fn take_turns(kinds: &mut [Kind]) {
    for round in 0..BATCHES {
        let first = round % kinds.len();
        let (last, these) = kinds.split_at_mut(first);
        let all = these.iter_mut().chain(last);
        if round % 2 == 0 { all.for_each(Kind::time) } else { all.rev().for_each(Kind::time) }
    }
}
