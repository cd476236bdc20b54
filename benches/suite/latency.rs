//! How long readers take while somebody makes one value after the other, without a pause.
//!
//! A thread has the value made, by computing for 100 ms, and again as soon as it is there; every other core has a
//! reader. Everything takes turns by the second. A reader of a `OnceLock`, beside the same computing, is what the
//! machine's scheduler does to anybody.
//!
//! A read is due every microsecond, and what is recorded is the time from then to its end. So what holds a reader up
//! counts for all reads that came due meanwhile (no "coordinated omission"), and an interrupt counts wherever it falls:
//! in a loop of nothing but reads, the longer read would meet more of them.

use crate::contenders::{Made, dogpile, floor, handles, led, locked, moka, once};
use crate::report::{Report, median, table};
use crate::{Effort, chart, units};
use hdrhistogram::Histogram;
use std::hint::{black_box, spin_loop};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

/// From one read to the next of the same reader.
const INTERVAL: Duration = Duration::from_micros(1);
const MAKING: Duration = Duration::from_millis(100);
const LONGEST_NANOS: u64 = 100_000_000_000;
/// Their names are what is printed.
const QUANTILES: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999), ("max", 1.0)];

struct Row {
    name: &'static str,
    contender: Made,
    all: Histogram<u64>,
    /// The p99.99 of each turn.
    turns: Vec<u64>,
    made: u64,
}

pub(crate) fn run(effort: Effort) -> Report {
    let row = |name, contender| Row { name, contender, all: histogram(), turns: Vec::new(), made: 0 };
    let mut rows = [
        row("`OnceLock`, never renewed", once()),
        row("`ArcSwapOption` and the coarse clock, never renewed", floor()),
        row("`DogpileCell`", dogpile()),
        row("`DogpileCell`, a `Reader` per thread", handles()),
        row("`RwLock`, made under the lock", locked()),
        row("moka `get_with`", moka()),
    ];
    let turn = effort.of(Duration::from_secs(1), Duration::from_millis(300));
    for _ in 0..effort.of(12, 2) {
        for row in &mut rows {
            let (turn, made) = one_turn(&row.contender, turn);
            row.turns.push(turn.value_at_quantile(0.9999));
            row.all.add(&turn).expect("both have the same bounds");
            row.made += made;
        }
    }
    let time = |row: &Row, quantile| Duration::from_nanos(row.all.value_at_quantile(quantile).max(1));
    let cells = |row: &Row| {
        let mut cells = vec![row.name.to_owned(), units::count(row.all.len()), units::count(row.made)];
        cells.extend(QUANTILES.map(|(_, quantile)| units::time(time(row, quantile))));
        cells
    };
    let mut head = vec!["readers of", "reads", "values made"];
    head.extend(QUANTILES.map(|(name, _)| name));
    let markdown = table(&head, &rows.iter().map(cells).collect::<Vec<_>>()) + "\n" + NOTES + &verdict(&rows);
    let lines: Vec<_> = rows
        .iter()
        .map(|row| (row.name, QUANTILES.map(|(_, quantile)| time(row, quantile).as_secs_f64()).to_vec()))
        .collect();
    let idea = "A thread has a value made, by 100 ms of computing, again and again; the other cores read it every microsecond.";
    let title = "Read latency while regenerations go on all the time";
    let picture = chart::lines(title, idea, &QUANTILES.map(|(name, _)| name.to_owned()), &lines);
    Report { title, markdown, picture: Some(picture) }
}

const NOTES: &str = "Of readers that do not make the value themselves: one on each core but one. A read is due every \
    microsecond; the time is from then to its end, so what holds a reader up counts for all reads that came due meanwhile.\n\n";

/// Of the turns, since one that the machine disturbed would spoil the whole.
fn verdict(rows: &[Row]) -> String {
    let time = |nanos: u64| units::time(Duration::from_nanos(nanos));
    let most = rows[0].turns.iter().copied().max().unwrap_or(0);
    let row = |(index, row): (usize, &Row)| {
        let of = |which: fn(std::vec::IntoIter<u64>) -> Option<u64>| {
            which(row.turns.clone().into_iter()).unwrap_or(0)
        };
        let middle = median(row.turns.iter().copied());
        let met = match index {
            0 | 1 => "",
            _ if middle <= most => "met",
            _ => "**not met**",
        };
        let cells = [time(of(Iterator::min)), time(middle), time(of(Iterator::max)), met.to_owned()];
        [vec![row.name.to_owned()], cells.to_vec()].concat()
    };
    let head = [
        "p99.99 of the turns",
        "least",
        "in the middle",
        "most",
        "in the middle within the most of `OnceLock`",
    ];
    table(&head, &rows[..4].iter().enumerate().map(row).collect::<Vec<_>>())
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NANOS, 3).expect("the bounds are constants that fit")
}

/// One core is for the thread that has the value made.
fn readers() -> usize {
    available_parallelism().map_or(1, |cores| (cores.get() - 1).max(1))
}

/// What the readers took, and how many values were made.
fn one_turn(contender: &Made, lasts: Duration) -> (Histogram<u64>, u64) {
    contender.reader()(&|| 0);
    let stop = AtomicBool::new(false);
    let readers = readers();
    let start = Barrier::new(readers + 2);
    let read = || {
        let mut latencies = histogram();
        let mut reads = contender.reader();
        let mut made = 0;
        start.wait();
        let mut due = Instant::now();
        while !stop.load(Relaxed) {
            while Instant::now() < due {
                spin_loop();
            }
            let (value, led) = led(&mut reads, &compute);
            let ended = Instant::now();
            black_box(value);
            if led {
                made += 1;
                due = ended;
            } else {
                latencies.saturating_record(ended.saturating_duration_since(due).as_nanos() as u64);
            }
            due += INTERVAL;
        }
        (latencies, made)
    };
    let renew = || {
        let mut reads = contender.reader();
        let mut made = 0;
        start.wait();
        while !stop.load(Relaxed) {
            contender.expire();
            if led(&mut reads, &compute).1 {
                made += 1;
            } else {
                // Nothing to make, or a reader makes it: the machine is as busy.
                compute();
            }
        }
        made
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..readers).map(|_| scope.spawn(read)).collect();
        let renewer = scope.spawn(renew);
        start.wait();
        thread::sleep(lasts);
        stop.store(true, Relaxed);
        let mut all = histogram();
        let mut made = renewer.join().unwrap();
        for reader in readers {
            let (latencies, also_made) = reader.join().unwrap();
            all.add(&latencies).expect("both have the same bounds");
            made += also_made;
        }
        (all, made)
    })
}

/// Not asleep: a regeneration that computes takes the processor from readers, whatever holds the value.
fn compute() -> u64 {
    let began = Instant::now();
    let mut value = 1_u64;
    while began.elapsed() < MAKING {
        value = black_box((0..1000).fold(value, |value, more| value.wrapping_mul(31).wrapping_add(more)));
    }
    value
}
