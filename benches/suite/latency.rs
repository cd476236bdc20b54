//! How long readers take while somebody makes one value after the other, without a pause.
//!
//! A thread has the value made, by computing for 100 ms, and again as soon as it is there; every other core has a
//! reader. Everything takes turns by the half second. A reader of a `OnceLock`, beside the same computing, is what the
//! machine's scheduler does to anybody; what has a limit is held to that, turn against turn.
//!
//! A read is due every microsecond, and what is recorded is the time from then to its end. So what holds a reader up
//! counts for all reads that came due meanwhile (no "coordinated omission"), and an interrupt counts wherever it falls:
//! in a loop of nothing but reads, the longer read would meet more of them.

use crate::effort::Effort;
use crate::numbers::median;
use crate::report::{Report, table};
use crate::turns::led;
use crate::{chart, units};
use dogpile_benches::{Shared, Sharing, Suite, name, sharings};
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

/// The rows that are compared turn by turn, the first one with the others; they come first. The rivals' are in the
/// table only.
const COMPARED: [&str; 4] = [name::ONCE_NEVER_RENEWED, name::FLOOR_SHARED, name::CELL, name::CELL_READER];

struct Row {
    name: &'static str,
    contender: Box<dyn Shared>,
    all: Histogram<u64>,
    /// The p99.99 of each turn.
    turns: Vec<u64>,
    made: u64,
}

impl Row {
    fn new(sharing: &Sharing) -> Self {
        let contender = sharing.make();
        Self { name: sharing.name, contender, all: histogram(), turns: Vec::new(), made: 0 }
    }
}

pub(crate) fn run(effort: Effort) -> Report {
    let mut rows: Vec<Row> = sharings(Suite::Latency).iter().map(Row::new).collect();
    rows.sort_by_key(|row| COMPARED.iter().position(|&name| name == row.name).unwrap_or(COMPARED.len()));
    let turn = effort.of(Duration::from_millis(250), Duration::from_millis(200));
    for round in 0..effort.of(60, 2) {
        // Rivals now and then: theirs are not compared.
        let these = if round % 5 == 0 { rows.len() } else { COMPARED.len() };
        // Not always after the same one.
        let (last, first) = rows[..these].split_at_mut(round % these);
        for row in first.iter_mut().chain(last) {
            let (turn, made) = one_turn(&*row.contender, turn);
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
    Report { title, markdown, limits: Vec::new(), picture: Some(picture) }
}

const NOTES: &str = "Of readers that do not make the value themselves: one on each core but one. A read is due every \
    microsecond; the time is from then to its end, so what holds a reader up counts for all reads that came due \
    meanwhile. Readers of a `DogpileCell` call `get`, and so never make the value, as those of the first two rows never do; \
    with the others a reader may have to, and that call is not counted. The rivals had a fifth of the turns.\n\n";

/// By turns, since one that the machine disturbed would spoil the whole.
fn verdict(rows: &[Row]) -> String {
    let time = |nanos: Option<u64>| units::time(Duration::from_nanos(nanos.unwrap_or(0)));
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let once = &rows[0].turns;
    let limit = by_chance(once.len());
    let row = |(index, row): (usize, &Row)| {
        let turns = || row.turns.iter().copied();
        let share = slower(&row.turns, once);
        let met = match () {
            () if once.len() < 10 => "too few turns",
            () if share <= limit => "no difference shown",
            () => "**slower**",
        };
        let compared = match index {
            0 => [String::new(), String::new(), String::new()],
            1 => [percent(share), String::new(), String::new()],
            _ => [percent(share), percent(limit), met.to_owned()],
        };
        let times = [time(turns().min()), time(Some(median(turns()))), time(turns().max())];
        [vec![row.name.to_owned()], times.to_vec(), compared.to_vec()].concat()
    };
    let head = [
        "p99.99 of the turns",
        "least",
        "in the middle",
        "most",
        "slower than `OnceLock` in ... of the rounds",
        "at most",
        "",
    ];
    let rows: Vec<_> = rows[..COMPARED.len()].iter().enumerate().map(row).collect();
    table(&head, &rows) + "\n" + ROUNDS
}

const ROUNDS: &str = "In a round each has a turn, so that what comes and goes with the machine is in both. 50 % means no \
    difference; the limit is what chance alone exceeds once in a hundred (a sign test). Runs differ: see the \
    second row, which changes as little as the first.\n";

/// In what share of the rounds ours took longer. A tie counts half.
fn slower(ours: &[u64], theirs: &[u64]) -> f64 {
    let halves: usize = ours.iter().zip(theirs).map(|(ours, theirs)| halves(*ours, *theirs)).sum();
    halves as f64 / (2 * ours.len()) as f64
}

/// Two if ours is the greater, one for a tie.
const fn halves(ours: u64, theirs: u64) -> usize {
    (ours > theirs) as usize + (ours >= theirs) as usize
}

// There is no test harness here.
const _: () = assert!(halves(5, 1) == 2 && halves(1, 5) == 0 && halves(3, 3) == 1);

/// The share that two equals exceed once in a hundred, in so many rounds, as the normal distribution has it.
fn by_chance(rounds: usize) -> f64 {
    (0.5 + 2.326 * 0.5 / (rounds as f64).sqrt()).min(1.0)
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NANOS, 3).expect("the bounds are constants that fit")
}

/// One core is for the thread that has the value made.
fn readers() -> usize {
    available_parallelism().map_or(1, |cores| (cores.get() - 1).max(1))
}

/// What the readers took, and how many values were made.
fn one_turn(contender: &dyn Shared, lasts: Duration) -> (Histogram<u64>, u64) {
    contender.reader()(&|| 0);
    let stop = AtomicBool::new(false);
    let readers = readers();
    let start = Barrier::new(readers + 2);
    let read = || {
        let mut latencies = histogram();
        let mut reads = contender.watcher();
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
