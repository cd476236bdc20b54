//! What a read costs, in one thread and in two.
//!
//! The speed of a shared machine drifts, so everything takes turns: a round is one batch of reads of each kind, and
//! what counts is the median over the rounds of the ratio of two batches of one round.

use crate::chart;
use crate::effort::Effort;
use crate::limits::Limit;
use crate::numbers::{median, nanos, ratio};
use crate::report::{Report, table};
use dogpile_benches::{Contender, Dogpile, Read, all, name};
use std::hint::spin_loop;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// Long beside the clock, short beside the time slice of a scheduler.
const BATCH: Duration = Duration::from_millis(1);

/// One kind of read: nanoseconds per call, by round.
struct Timed {
    read: Read,
    /// Calls of a batch.
    calls: u64,
    alone: Vec<f64>,
    paired: Vec<f64>,
}

pub(crate) fn run(effort: Effort) -> Report {
    let ours: Vec<&str> = Dogpile.reads().iter().map(|read| read.name).collect();
    let mut kinds: Vec<Timed> = all().flat_map(Contender::reads).map(calibrated).collect();
    let rounds = effort.of(400, 20);
    for round in 0..rounds {
        // Not always the same one first.
        let first = round % kinds.len();
        kinds.rotate_left(first);
        for kind in &mut kinds {
            kind.alone.push(batch(&kind.read, kind.calls, 1));
            kind.paired.push(batch(&kind.read, kind.calls, 2));
        }
        kinds.rotate_right(first);
    }
    let all = All(kinds);
    let markdown = all.table(&ours) + "\n" + &python() + "\n";
    let bars: Vec<_> =
        all.0.iter().map(|kind| (kind.read.name, median(kind.alone.iter().copied()) / 1e9)).collect();
    let idea = "One thread. Medians of rounds in which all take turns. A logarithmic scale.";
    let picture = chart::bars("What one read of a u64 costs", idea, &bars, |name| ours.contains(&name));
    Report { title: "What one read of a `u64` costs", markdown, limits: all.limits(), picture: Some(picture) }
}

fn calibrated(read: Read) -> Timed {
    let mut calls = 100;
    // The fastest of some: no batch that was interrupted is taken for a long one.
    let fastest = |calls| (0..5).map(|_| batch(&read, calls, 1)).fold(f64::INFINITY, f64::min);
    while fastest(calls) * (calls as f64) < BATCH.as_nanos() as f64 / 2.0 {
        calls *= 2;
    }
    Timed { read, calls, alone: Vec::new(), paired: Vec::new() }
}

/// Nanoseconds per call, when so many threads make that many calls each, all at once.
fn batch(read: &Read, calls: u64, threads: usize) -> f64 {
    let missing = AtomicUsize::new(threads);
    let run = || {
        let mut reads = read.reader();
        reads(100);
        missing.fetch_sub(1, SeqCst);
        while missing.load(SeqCst) > 0 {
            spin_loop();
        }
        let began = Instant::now();
        reads(calls);
        began.elapsed().as_nanos() as f64 / calls as f64
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let sum = run() + others.into_iter().map(|other| other.join().unwrap()).sum::<f64>();
        sum / threads as f64
    })
}

struct All(Vec<Timed>);

impl All {
    fn of(&self, name: &str) -> &Timed {
        self.0.iter().find(|kind| kind.read.name == name).expect("a read of that name")
    }

    fn table(&self, ours: &[&str]) -> String {
        let (floor, fresh) = (self.of(name::FLOOR), self.of(name::FRESH));
        let fresh_costs = median(fresh.alone.iter().copied());
        let row = |kind: &Timed| {
            let one = median(kind.alone.iter().copied());
            // What beats our shared read, and is not ours, is in bold: there we lose.
            let bold = if one < fresh_costs && !ours.contains(&kind.read.name) { "**" } else { "" };
            let cells = [
                kind.read.name.to_owned(),
                nanos(one),
                format!("{:.2}", ratio(&kind.alone, &floor.alone)),
                nanos(median(kind.paired.iter().copied())),
                format!("{:.2}", ratio(&kind.paired, &kind.alone)),
            ];
            cells.map(|cell| format!("{bold}{cell}{bold}")).to_vec()
        };
        let rows: Vec<_> = self.0.iter().map(row).collect();
        let head = [
            "a read of one `u64`",
            "one thread",
            "against the floor",
            "two threads, each",
            "two against one",
        ];
        table(&head, &rows)
    }

    /// Those of the design.
    fn limits(&self) -> Vec<Limit> {
        let alone = |name, base| ratio(&self.of(name).alone, &self.of(base).alone);
        let pair = |name| ratio(&self.of(name).paired, &self.of(name).alone);
        vec![
            Limit::new(
                "fresh read, against an arc-swap load and the coarse clock",
                alone(name::FRESH, name::FLOOR),
                1.15,
            )
            .in_summary(),
            Limit::new(
                "fresh read that meets a demand, against one without",
                alone(name::DEMANDED, name::FRESH),
                1.1,
            ),
            Limit::new("fresh read of a task, against a blocking one", alone(name::ASYNC, name::FRESH), 1.2),
            Limit::new(
                "stale read while a leader works, against a fresh read",
                alone(name::STALE, name::FRESH),
                1.3,
            )
            .in_summary(),
            Limit::new("throttled read, against a fresh read", alone(name::THROTTLED, name::FRESH), 1.3),
            Limit::new(
                "`Reader`, against the coarse clock alone",
                alone(name::READER, name::COARSE_ITSELF),
                1.3,
            )
            .in_summary(),
            Limit::new(
                "`Reader` with a `TickClock`, against `OnceLock::get`",
                alone(name::READER_TICK, name::ONCE),
                4.0,
            )
            .in_summary(),
            Limit::new("fresh read, two threads against one", pair(name::FRESH), 1.2).in_summary(),
            Limit::new("stale read, two threads against one", pair(name::STALE), 1.2),
            Limit::new("throttled read, two threads against one", pair(name::THROTTLED), 1.2),
            Limit::new("`Reader`, two threads against one", pair(name::READER), 1.2),
            Limit::new("`Reader` with a `TickClock`, two threads against one", pair(name::READER_TICK), 1.2),
            // At least six times as fast.
            Limit::new(
                "fresh read, against moka's `get_with`",
                alone(name::FRESH, name::MOKA_GET_WITH),
                1.0 / 6.0,
            )
            .in_summary(),
        ]
    }
}

/// Another language is no rival, but what this crate is named after is worth a footnote.
fn python() -> String {
    const READ: &str = "import timeit
from dogpile.cache import make_region
region = make_region().configure('dogpile.cache.memory', expiration_time=3600)
read = lambda: region.get_or_create('key', lambda: 42)
print(min(timeit.repeat(read, number=20000, repeat=5)) / 20000 * 1e9)";
    let output = Command::new("python3").args(["-c", READ]).output();
    let printed = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    match printed.and_then(|printed| printed.trim().parse().ok()) {
        Some(cost) => format!(
            "Python's dogpile.cache, `get_or_create` from memory, fresh: {}, the least of five runs.",
            nanos(cost)
        ),
        None => "Python's dogpile.cache was not there to be measured.".to_owned(),
    }
}
