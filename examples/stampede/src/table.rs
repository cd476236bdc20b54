//! The table: a column per strategy.

use crate::race::Outcome;
use crate::units;
use std::fmt::Write;

const LABELS: usize = 34;
const COLUMN: usize = 13;

const NOTES: &str = "\
A reader that is held up misses reads that it was due to make. They count in the latencies, each with what
was left of the wait when it was due (HdrHistogram's record_correct); reading the clock is in it too.
What follows from an expiry lasts until nobody recomputes any more. Waited: did not recompute, and took over
a quarter of what a report takes. The reader that recomputes is held up as well, with every strategy: with
DogpileCell it is the only one. Database seconds: from asking to the answer, queries that ran side by side
added up. The first report of each strategy is made before its readers start, and counts nowhere.";

pub(crate) fn render(outcomes: &[Outcome]) -> String {
    let mut table = String::new();
    let mut line = |label: &str, cell: &dyn Fn(&Outcome) -> String| {
        let _ = write!(table, "{label:LABELS$}");
        for outcome in outcomes {
            let _ = write!(table, "{:>COLUMN$}", cell(outcome));
        }
        table.push('\n');
    };
    line("", &|outcome| outcome.name.into());
    line("seconds run", &|outcome| units::seconds(outcome.lasted));
    line("reads", &|outcome| units::count(outcome.record.made));
    line("reads missed while held up", &|outcome| units::count(outcome.record.missed));
    line("reads held up, of all due", &|outcome| format!("{:.2} %", outcome.held_up() * 100.0));
    line("expiries", &|outcome| outcome.expiries().len().to_string());
    line("recomputations per expiry", &|outcome| units::mean(outcome.recomputed_per_expiry()));
    line("recomputations at once, at most", &|outcome| outcome.most_at_once().to_string());
    line("readers that waited, per expiry", &|outcome| units::mean(outcome.waited_per_expiry()));
    for (label, quantile) in [("read latency p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        line(&format!("{label:>18}"), &|outcome| units::time(outcome.record.quantile(quantile)));
    }
    line(&format!("{:>18}", "max"), &|outcome| units::time(outcome.record.longest()));
    line("database seconds", &|outcome| units::seconds(outcome.database_time()));
    table + NOTES
}
