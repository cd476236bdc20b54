//! How long it takes to wake all who sleep until there is a first value.

use crate::contenders::{Made, Maker, condition, dogpile, led, moka, once, parked, quick, ttl};
use crate::report::{Report, median, table};
use crate::{Effort, chart, units};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const STACK: usize = 256 * 1024;
/// For the last of them to fall asleep.
const SETTLE: Duration = Duration::from_millis(50);

pub(crate) fn run(effort: Effort) -> Report {
    let sleepers: &[usize] = effort.of(&[1, 100, 1000], &[1, 100]);
    let contenders: [(&str, Maker); 7] = [
        ("`DogpileCell`", dogpile),
        ("`OnceLock`", once),
        ("`Mutex` and `Condvar`", condition),
        ("parking_lot `RwLock`, made under the lock", parked),
        ("cached `TtlCache` under an `RwLock`", ttl),
        ("moka `get_with`", moka),
        ("quick_cache `get_or_insert_with`", quick),
    ];
    let mut times = vec![vec![Vec::new(); sleepers.len()]; contenders.len()];
    for (index, &sleepers) in sleepers.iter().enumerate() {
        for round in 0..effort.of(9, 2) {
            // Not always after the same neighbour's threads.
            for turn in 0..contenders.len() {
                let which = (turn + round) % contenders.len();
                times[which][index].push(last_wake_up(&contenders[which].1(), sleepers));
            }
        }
    }
    let middle: Vec<Vec<Duration>> =
        times.into_iter().map(|times| times.into_iter().map(median).collect()).collect();
    let row = |((name, _), times): (&(&str, _), &Vec<Duration>)| {
        let mut cells = vec![(*name).to_owned()];
        cells.extend(times.iter().copied().map(units::time));
        cells
    };
    let labels: Vec<_> = sleepers.iter().map(|sleepers| format!("{sleepers} asleep")).collect();
    let mut head = vec![""];
    head.extend(labels.iter().map(String::as_str));
    let rows: Vec<_> = contenders.iter().zip(&middle).map(row).collect();
    let markdown = table(&head, &rows)
        + "\nFrom the moment at which the creation function returns until the last of those who slept has the value; \
           medians. With many more sleepers than cores most of it is the scheduler's.\n";
    let seconds = |times: &Vec<Duration>| times.iter().map(Duration::as_secs_f64).collect();
    let lines: Vec<_> =
        contenders.iter().zip(&middle).map(|((name, _), times)| (*name, seconds(times))).collect();
    let title = "From the first value to the last wake-up";
    let idea = "From the return of the creation function until the last of those who slept has the value.";
    let picture = chart::lines(title, idea, &labels, &lines);
    Report { title, markdown, picture: Some(picture) }
}

fn last_wake_up(contender: &Made, sleepers: usize) -> Duration {
    let returned: OnceLock<Instant> = OnceLock::new();
    let arrived = AtomicUsize::new(0);
    let (leads, wait_for_leader) = mpsc::channel();
    let (release, wait_for_release) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let returned = &returned;
        scope.spawn(move || {
            let (leads, release) = (std::sync::Mutex::new(leads), std::sync::Mutex::new(wait_for_release));
            let make = || {
                leads.lock().unwrap().send(()).unwrap();
                release.lock().unwrap().recv().unwrap();
                returned.set(Instant::now()).expect("one leads");
                42
            };
            led(&mut contender.reader(), &make)
        });
        wait_for_leader.recv().expect("it leads");
        let sleep = || {
            let mut reads = contender.reader();
            arrived.fetch_add(1, SeqCst);
            reads(&|| unreachable!("another makes it"));
            Instant::now()
        };
        let spawn = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, sleep);
        let threads: Vec<_> =
            (0..sleepers).map(|index| spawn(index).expect("there is a thread to be had")).collect();
        while arrived.load(SeqCst) < sleepers {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(SETTLE);
        release.send(()).expect("the leader waits");
        let last = threads.into_iter().map(|thread| thread.join().unwrap()).max();
        last.expect("somebody slept").saturating_duration_since(*returned.get().expect("it was made"))
    })
}
