//! What happens when a value expires that many threads read: how often it is made, who waits, and for how long.

use crate::effort::Effort;
use crate::numbers::median;
use crate::report::{Report, table};
use crate::turns::{in_turns, led};
use crate::{chart, units};
use dogpile_benches::{Shared, Suite, sharings};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// Long beside the time that it takes hundreds of threads to come by.
const MAKING: Duration = Duration::from_millis(100);
const STACK: usize = 256 * 1024;

/// One expiry.
#[derive(Clone, Copy)]
struct Expiry {
    creations: u64,
    waited: u64,
    /// From the expiry until the last reader that did not make the value was served.
    last: Duration,
}

pub(crate) fn run(effort: Effort) -> Report {
    let threads: &[usize] = effort.of(&[8, 64, 512], &[8, 64]);
    let contenders = sharings(Suite::Stampede);
    let expiries =
        |&threads: &usize| in_turns(&contenders, effort.of(9, 2), |contender| expiry(contender, threads));
    let columns: Vec<Vec<Vec<Expiry>>> = threads.iter().map(expiries).collect();
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for (index, contender) in contenders.iter().enumerate() {
        let of_contender = columns.iter().map(|column| &column[index][..]);
        let row = |(expiries, &threads): (_, &usize)| row(contender.name, threads, expiries);
        rows.extend(of_contender.clone().zip(threads).map(row));
        lines.push((contender.name, of_contender.map(|expiries| last(expiries).as_secs_f64()).collect()));
    }
    let head =
        ["", "threads", "creations per expiry", "at most", "readers that waited", "last reader served after"];
    let markdown = table(&head, &rows) + NOTES;
    let title = "When the value expires";
    let idea =
        "From the expiry until the last reader is served that does not make the value, which takes 100 ms.";
    let labels: Vec<_> = threads.iter().map(|threads| format!("{threads} threads")).collect();
    let picture = chart::lines(title, idea, &labels, &lines);
    Report { title, markdown, limits: Vec::new(), picture: Some(picture) }
}

const NOTES: &str = "\nThe value takes 100 ms to make (asleep, as a query to another machine). All threads come by at the \
    moment of the expiry, and each reads once; medians of several expiries, for which the kinds take turns. At most: the \
    most creations of any expiry. Waited: was served the new value without having made it. The time it takes to get \
    hundreds of threads going is in the last column.\n";

fn row(name: &str, threads: usize, expiries: &[Expiry]) -> Vec<String> {
    let creations = || expiries.iter().map(|expiry| expiry.creations);
    let last = last(expiries);
    vec![
        name.to_owned(),
        threads.to_string(),
        units::count(median(creations())),
        units::count(creations().max().unwrap_or(0)),
        units::count(median(expiries.iter().map(|expiry| expiry.waited))),
        if last.is_zero() { "— (all make it)".to_owned() } else { units::time(last) },
    ]
}

fn last(expiries: &[Expiry]) -> Duration {
    median(expiries.iter().map(|expiry| expiry.last))
}

/// All threads come by; each has read the old value before.
fn expiry(contender: &dyn Shared, threads: usize) -> Expiry {
    const OLD: u64 = 0;
    const NEW: u64 = 1;
    let (gather, go) = (Barrier::new(threads + 1), Barrier::new(threads + 1));
    let creations = AtomicU64::new(0);
    let waited = AtomicU64::new(0);
    let last = AtomicU64::new(0);
    let epoch = Instant::now();
    let make = || {
        creations.fetch_add(1, SeqCst);
        thread::sleep(MAKING);
        NEW
    };
    contender.reader()(&|| OLD);
    let read = || {
        let mut reads = contender.reader();
        reads(&|| unreachable!("it is there"));
        gather.wait();
        go.wait();
        let (value, led) = led(&mut reads, &make);
        if !led {
            last.fetch_max(epoch.elapsed().as_nanos() as u64, SeqCst);
            waited.fetch_add(u64::from(value == NEW), SeqCst);
        }
    };
    let expired = thread::scope(|scope| {
        for _ in 0..threads {
            let thread = thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, read).expect("there is a thread to be had");
        }
        gather.wait();
        contender.expire();
        let expired = epoch.elapsed();
        go.wait();
        expired
    });
    Expiry {
        creations: creations.into_inner(),
        waited: waited.into_inner(),
        last: Duration::from_nanos(last.into_inner()).saturating_sub(expired),
    }
}
