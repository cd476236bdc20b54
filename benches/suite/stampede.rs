//! What happens when a value expires that many threads read: how often it is made, who waits, and for how long.

use crate::contenders::{
    Made, Maker, dogpile, handles, led, locked, moka, parked, plain, quick, strict, ttl,
};
use crate::report::{Report, median, table};
use crate::{Effort, chart, units};
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
    let contenders: [(&str, Maker); 9] = [
        ("`DogpileCell`", dogpile),
        ("`DogpileCell`, a `Reader` per thread", handles),
        ("`DogpileCell`, invalidated", strict),
        ("`RwLock`, made under the lock", locked),
        ("`RwLock`, made by who finds nothing", plain),
        ("parking_lot `RwLock`, made under the lock", parked),
        ("cached `TtlCache` under an `RwLock`", ttl),
        ("moka `get_with`", moka),
        ("quick_cache `get_or_insert_with`", quick),
    ];
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for (name, make) in contenders {
        let mut line = Vec::new();
        for &threads in threads {
            let expiries = expiries(&make(), threads, effort.of(9, 2));
            let middle = |of: fn(&Expiry) -> u64| units::count(median(expiries.iter().map(of)));
            let last = median(expiries.iter().map(|expiry| expiry.last));
            line.push(last.as_secs_f64());
            let (creations, waited) = (middle(|expiry| expiry.creations), middle(|expiry| expiry.waited));
            rows.push(vec![name.to_owned(), threads.to_string(), creations, waited, served(last)]);
        }
        lines.push((name, line));
    }
    let head = ["", "threads", "creations per expiry", "readers that waited", "last reader served after"];
    let markdown = table(&head, &rows) + NOTES;
    let title = "When the value expires";
    let idea =
        "From the expiry until the last reader is served that does not make the value, which takes 100 ms.";
    let labels: Vec<_> = threads.iter().map(|threads| format!("{threads} threads")).collect();
    let picture = chart::lines(title, idea, &labels, &lines);
    Report { title, markdown, picture: Some(picture) }
}

const NOTES: &str = "\nThe value takes 100 ms to make (asleep, as a query to another machine). All threads come by at the \
    moment of the expiry, and each reads once; medians of several expiries. Waited: was served the new value without \
    having made it. The time it takes to get hundreds of threads going is in the last column.\n";

fn served(last: Duration) -> String {
    if last.is_zero() { "— (all make it)".to_owned() } else { units::time(last) }
}

/// All threads come by at each of them.
fn expiries(contender: &Made, threads: usize, count: usize) -> Vec<Expiry> {
    let (gather, go, done) =
        (Barrier::new(threads + 1), Barrier::new(threads + 1), Barrier::new(threads + 1));
    let version = AtomicU64::new(0);
    let creations = AtomicU64::new(0);
    let waited = AtomicU64::new(0);
    let last = AtomicU64::new(0);
    let epoch = Instant::now();
    let make = || {
        creations.fetch_add(1, SeqCst);
        let now = version.load(SeqCst);
        thread::sleep(MAKING);
        now
    };
    contender.reader()(&|| 0);
    let read = || {
        let mut reads = contender.reader();
        for _ in 0..count {
            gather.wait();
            go.wait();
            let (value, led) = led(&mut reads, &make);
            if !led {
                last.fetch_max(epoch.elapsed().as_nanos() as u64, SeqCst);
                waited.fetch_add(u64::from(value == version.load(SeqCst)), SeqCst);
            }
            done.wait();
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, read)
                .expect("there is a thread to be had");
        }
        let expiry = |_| {
            gather.wait();
            version.fetch_add(1, SeqCst);
            creations.store(0, SeqCst);
            waited.store(0, SeqCst);
            contender.expire();
            let expired = epoch.elapsed();
            last.store(expired.as_nanos() as u64, SeqCst);
            go.wait();
            done.wait();
            Expiry {
                creations: creations.load(SeqCst),
                waited: waited.load(SeqCst),
                last: Duration::from_nanos(last.load(SeqCst)).saturating_sub(expired),
            }
        };
        (0..count).map(expiry).collect()
    })
}
