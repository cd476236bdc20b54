//! What the reads cost, as their callers saw it.
//!
//! A reader that is held up for a second does not make the thousands of reads that it was due to make
//! meanwhile: in a count of calls the second would be one slow read among a million. So the reads that
//! were missed are recorded too, each with what was left of the wait when it was due. That is what
//! `HdrHistogram`'s `record_correct` does against "coordinated omission".

use hdrhistogram::Histogram;
use std::time::Duration;

/// The part of a run that the heat map shows.
pub(crate) const SHOWN: Duration = Duration::from_secs(7);
pub(crate) const COLUMNS: usize = 400;
/// Latencies from 10 ns to 100 s.
pub(crate) const LOWEST_DECADE: i32 = -8;
pub(crate) const DECADES: usize = 10;
pub(crate) const ROWS_PER_DECADE: usize = 12;
const LONGEST_NANOS: u64 = 100_000_000_000;

/// A read is not called held up before it took this long: no scheduler's hiccup does.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);

pub(crate) struct Record {
    pub(crate) latencies: Histogram<u64>,
    /// Reads by the time they began at and by what they took, on a logarithmic scale.
    pub(crate) heat: Vec<u32>,
    /// Calls.
    pub(crate) made: u64,
    /// Reads that were due while the reader was held up by a call.
    pub(crate) missed: u64,
    /// Calls that were held up by somebody else's recomputation.
    pub(crate) waited: u64,
    interval: Duration,
    long: Duration,
}

impl Record {
    /// For a reader that is due to read every `interval`, of something that takes `report` to make.
    pub(crate) fn new(interval: Duration, report: Duration) -> Self {
        Self {
            latencies: Histogram::new_with_bounds(1, LONGEST_NANOS, 3)
                .expect("the bounds are constants that fit"),
            heat: vec![0; COLUMNS * DECADES * ROWS_PER_DECADE],
            made: 0,
            missed: 0,
            waited: 0,
            interval,
            long: (report / 4).max(SHORTEST_WAIT),
        }
    }

    /// One call, that began so long after the start of the run.
    pub(crate) fn call(&mut self, began: Duration, took: Duration, recomputed: bool) {
        self.made += 1;
        self.read(began, took);
        if took < self.long {
            return;
        }
        self.waited += u64::from(!recomputed);
        let mut late = self.interval;
        while late < took {
            self.missed += 1;
            self.read(began + late, took.saturating_sub(late));
            late += self.interval;
        }
    }

    fn read(&mut self, began: Duration, took: Duration) {
        self.latencies.saturating_record(took.as_nanos() as u64);
        let column = (began.as_secs_f64() / SHOWN.as_secs_f64() * COLUMNS as f64) as usize;
        if column < COLUMNS {
            self.heat[column * DECADES * ROWS_PER_DECADE + row(took)] += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.latencies.add(&other.latencies).expect("both have the same bounds");
        self.heat.iter_mut().zip(&other.heat).for_each(|(sum, more)| *sum += more);
        self.made += other.made;
        self.missed += other.missed;
        self.waited += other.waited;
    }

    pub(crate) fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latencies.value_at_quantile(quantile))
    }

    pub(crate) fn longest(&self) -> Duration {
        Duration::from_nanos(self.latencies.max())
    }
}

/// The row of the heat map, from the lowest latency.
fn row(took: Duration) -> usize {
    let decades = took.as_secs_f64().log10() - f64::from(LOWEST_DECADE);
    // A time of zero is minus infinity here, and row 0.
    ((decades * ROWS_PER_DECADE as f64) as usize).min(DECADES * ROWS_PER_DECADE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_reads_count_with_what_was_left_of_the_wait() {
        let mut record = Record::new(Duration::from_millis(100), Duration::ZERO);
        record.call(Duration::ZERO, Duration::from_secs(1), false);
        assert_eq!((record.made, record.missed, record.waited), (1, 9, 1));
        let median = record.quantile(0.5).as_secs_f64();
        assert!((median - 0.5).abs() < 0.01, "{median}");
    }

    #[test]
    fn fast_reads_count_as_they_are() {
        let mut record = Record::new(Duration::from_millis(1), Duration::from_secs(1));
        record.call(Duration::ZERO, Duration::from_micros(5), false);
        record.call(Duration::ZERO, Duration::from_secs(1), true);
        assert_eq!((record.made, record.missed, record.waited), (2, 999, 0));
    }

    #[test]
    fn every_latency_has_a_row() {
        assert_eq!(row(Duration::ZERO), 0);
        assert_eq!(row(Duration::from_micros(11)), 3 * ROWS_PER_DECADE);
        assert_eq!(row(Duration::MAX), DECADES * ROWS_PER_DECADE - 1);
    }
}
