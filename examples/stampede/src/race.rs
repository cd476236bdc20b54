//! One run: 64 readers, one strategy, several expiries.

use crate::database::{Database, Report};
use crate::record::{Record, SHOWN};
use crate::strategies::{Strategy, TIME_TO_LIVE};
use crate::{Result, units};
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const READERS: u32 = 64;
/// Each reader reads in bursts and sleeps in between, so that the readers alone take a small part of
/// the processors, and a read's latency is that of the strategy and not that of the run queue.
const BURST: u32 = 32;
const PAUSE: Duration = Duration::from_millis(10);

/// A run ends when it has shown this many expiries from beginning to end, ...
const EXPIRIES: usize = 3;
/// ... but not before this, ...
const SHORTEST: Duration = SHOWN;
/// ... and before another expiry would make it longer than this.
const LONGEST: Duration = Duration::from_secs(26);

/// One recomputation, from the start of the run.
pub(crate) struct Span {
    pub(crate) began: Duration,
    pub(crate) took: Duration,
}

pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) idea: &'static str,
    pub(crate) lasted: Duration,
    pub(crate) record: Record,
    /// In the order of their beginnings; without that of the first report, before the run.
    pub(crate) recomputations: Vec<Span>,
}

/// What the readers and their overseer share.
struct Run<'a> {
    strategy: &'a dyn Strategy,
    database: &'a Database,
    started: Instant,
    over: AtomicBool,
    reads: AtomicU64,
    recomputing: AtomicU64,
    recomputed: Mutex<Vec<Span>>,
}

pub(crate) fn describe() -> String {
    format!(
        "{READERS} readers read it, {:.1} times a millisecond each; it is good for {}. Each strategy has its report\n\
         when its readers start, and runs for at least {} and {EXPIRIES} expiries.",
        f64::from(BURST) / PAUSE.as_secs_f64() / 1e3,
        units::seconds(TIME_TO_LIVE),
        units::seconds(SHORTEST),
    )
}

pub(crate) fn run(strategy: &dyn Strategy, database: &Database) -> Result<Outcome> {
    // A failure of the queries shows here, as an error and not as a panic in a reader.
    let first = Cell::new(Some(database.report()?));
    strategy.read(&|| first.take().expect("the strategy makes one report for one reader"));
    let run = Run {
        strategy,
        database,
        started: Instant::now(),
        over: AtomicBool::new(false),
        reads: AtomicU64::new(0),
        recomputing: AtomicU64::new(0),
        recomputed: Mutex::new(Vec::new()),
    };
    let record = thread::scope(|scope| {
        let run = &run;
        let readers: Vec<_> = (0..READERS).map(|index| scope.spawn(move || run.reader(index))).collect();
        run.oversee();
        let mut sum = run.empty_record();
        for reader in readers {
            sum.merge(&reader.join().expect("a reader panicked"));
        }
        sum
    });
    let lasted = run.started.elapsed();
    let mut recomputations = run.recomputed.into_inner().unwrap_or_else(PoisonError::into_inner);
    recomputations.sort_unstable_by_key(|span| span.began);
    Ok(Outcome { name: strategy.name(), idea: strategy.idea(), lasted, record, recomputations })
}

impl Run<'_> {
    fn empty_record(&self) -> Record {
        Record::new(PAUSE / BURST, self.database.report_takes())
    }

    fn reader(&self, index: u32) -> Record {
        let mut record = self.empty_record();
        let mut due = self.started + PAUSE * index / READERS;
        loop {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if self.over.load(Relaxed) {
                return record;
            }
            for _ in 0..BURST {
                self.read(&mut record);
            }
            self.reads.fetch_add(BURST.into(), Relaxed);
            // What was missed while a read was held up is in the record, and not made up for.
            due = (due + PAUSE).max(Instant::now());
        }
    }

    fn read(&self, record: &mut Record) {
        let is_mine = Cell::new(false);
        let make = || {
            is_mine.set(true);
            self.recompute()
        };
        let began = Instant::now();
        let lines = self.strategy.read(&make);
        let took = began.elapsed();
        assert_eq!(lines, self.database.lines(), "{} gave a wrong report", self.strategy.name());
        record.call(began.saturating_duration_since(self.started), took, is_mine.get());
    }

    fn recompute(&self) -> Report {
        self.recomputing.fetch_add(1, Relaxed);
        let began = Instant::now();
        let report = self.database.report().expect("the database answered before");
        let span = Span { began: began.saturating_duration_since(self.started), took: began.elapsed() };
        self.recomputed.lock().unwrap_or_else(PoisonError::into_inner).push(span);
        self.recomputing.fetch_sub(1, Relaxed);
        report
    }

    /// Shows how far the run is, and ends it.
    fn oversee(&self) {
        let bar = progress_bar(self.strategy.name());
        loop {
            thread::sleep(Duration::from_millis(50));
            let elapsed = self.started.elapsed();
            let working = self.recomputing.load(Relaxed);
            let (expiries, longest) = {
                let mut spans = self.recomputed.lock().unwrap_or_else(PoisonError::into_inner);
                spans.sort_unstable_by_key(|span| span.began);
                (expiries(&spans).count(), spans.iter().map(|span| span.took).max().unwrap_or_default())
            };
            bar.set_length((elapsed.max(SHORTEST)).as_millis() as u64);
            bar.set_position(elapsed.as_millis() as u64);
            bar.set_message(format!(
                "{:>9} reads, {expiries} expiries, {working:>2} recomputing now",
                units::count(self.reads.load(Relaxed)),
            ));
            let is_done = elapsed >= SHORTEST && expiries >= EXPIRIES && working == 0;
            if is_done || elapsed + TIME_TO_LIVE + longest > LONGEST {
                self.over.store(true, Relaxed);
                bar.finish_and_clear();
                return;
            }
        }
    }
}

fn progress_bar(name: &'static str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{prefix:>12} {bar:32} {msg}").expect("the template is a constant");
    ProgressBar::new(1).with_style(style).with_prefix(name)
}

/// When the report expired. What follows from an expiry lasts until nobody recomputes any more.
fn expiries(recomputations: &[Span]) -> impl Iterator<Item = Duration> {
    let mut quiet_from = Duration::ZERO;
    recomputations.iter().filter_map(move |span| {
        let is_first = span.began > quiet_from;
        quiet_from = quiet_from.max(span.began + span.took);
        is_first.then_some(span.began)
    })
}

/// How many recomputations run, from each moment at which that changes.
pub(crate) fn at_work(recomputations: &[Span]) -> impl Iterator<Item = (Duration, i32)> {
    let mut changes: Vec<_> =
        recomputations.iter().flat_map(|span| [(span.began, 1), (span.began + span.took, -1)]).collect();
    changes.sort_unstable();
    changes.into_iter().scan(0, |running, (at, change)| {
        *running += change;
        Some((at, *running))
    })
}

impl Outcome {
    pub(crate) fn expiries(&self) -> Vec<Duration> {
        expiries(&self.recomputations).collect()
    }

    fn per_expiry(&self, count: u64) -> f64 {
        count as f64 / self.expiries().len().max(1) as f64
    }

    pub(crate) fn recomputed_per_expiry(&self) -> f64 {
        self.per_expiry(self.recomputations.len() as u64)
    }

    pub(crate) fn waited_per_expiry(&self) -> f64 {
        self.per_expiry(self.record.waited)
    }

    /// How long queries took, those side by side added up.
    pub(crate) fn database_time(&self) -> Duration {
        self.recomputations.iter().map(|span| span.took).sum()
    }

    /// The most recomputations that ran at the same time.
    pub(crate) fn most_at_once(&self) -> i32 {
        at_work(&self.recomputations).map(|(_, running)| running).max().unwrap_or(0)
    }

    /// The part of the reads that were due that had to wait, for this reader's own recomputation or
    /// another's.
    pub(crate) fn held_up(&self) -> f64 {
        let record = &self.record;
        let held_up = record.missed + record.waited + self.recomputations.len() as u64;
        held_up as f64 / (record.made + record.missed) as f64
    }

    pub(crate) fn in_one_line(&self) -> String {
        format!(
            "{} recompute and {} wait at each expiry; {:.1} % of all reads held up, p99 {}, max {}",
            units::mean(self.recomputed_per_expiry()),
            units::mean(self.waited_per_expiry()),
            self.held_up() * 100.0,
            units::time(self.record.quantile(0.99)),
            units::time(self.record.longest()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(of: &[(u64, u64)]) -> Vec<Span> {
        let millis = Duration::from_millis;
        of.iter().map(|&(began, took)| Span { began: millis(began), took: millis(took) }).collect()
    }

    #[test]
    fn recomputations_that_overlap_follow_from_one_expiry() {
        let spans = spans(&[(1000, 900), (1010, 950), (1020, 800), (2970, 100), (2980, 200), (3100, 10)]);
        let expected = [1000, 2970].map(Duration::from_millis);
        assert_eq!(expiries(&spans).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_runs_at_once_is_counted() {
        let running: Vec<_> =
            at_work(&spans(&[(0, 10), (5, 10), (15, 5)])).map(|(_, running)| running).collect();
        assert_eq!(running, [1, 2, 1, 0, 1, 0]);
    }
}
