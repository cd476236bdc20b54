//! How long it takes to wake all who sleep until there is a first value.

use crate::contenders::{Made, Maker, condition, dogpile, in_turns, led, moka, once, parked, quick, ttl};
use crate::report::{Report, median, table};
use crate::{Effort, chart, units};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const STACK: usize = 256 * 1024;
/// For the last of them to fall asleep, where the system does not say whether they do.
const SETTLE: Duration = Duration::from_millis(50);
/// Some never do: they spin.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

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
    let middle = |&sleepers: &usize| -> Vec<Duration> {
        let times = in_turns(&contenders, effort.of(9, 2), |contender| last_wake_up(contender, sleepers));
        times.into_iter().map(median).collect()
    };
    let columns: Vec<Vec<Duration>> = sleepers.iter().map(middle).collect();
    let times = |index: usize| columns.iter().map(move |column| column[index]);
    let row = |(index, (name, _)): (usize, &(&str, _))| {
        let mut cells = vec![(*name).to_owned()];
        cells.extend(times(index).map(units::time));
        cells
    };
    let labels: Vec<_> = sleepers.iter().map(|sleepers| format!("{sleepers} asleep")).collect();
    let mut head = vec![""];
    head.extend(labels.iter().map(String::as_str));
    let rows: Vec<_> = contenders.iter().enumerate().map(row).collect();
    let markdown = table(&head, &rows)
        + "\nFrom the moment at which the creation function returns until the last of those who slept has the value; \
           medians. With many more sleepers than cores most of it is the scheduler's.\n";
    let line = |(index, (name, _)): (usize, &(&'static str, _))| {
        (*name, times(index).map(|time| time.as_secs_f64()).collect())
    };
    let lines: Vec<_> = contenders.iter().enumerate().map(line).collect();
    let title = "From the first value to the last wake-up";
    let idea = "From the return of the creation function until the last of those who slept has the value.";
    let picture = chart::lines(title, idea, &labels, &lines);
    Report { title, markdown, picture: Some(picture) }
}

fn last_wake_up(contender: &Made, sleepers: usize) -> Duration {
    let returned: OnceLock<Instant> = OnceLock::new();
    let arrived = AtomicUsize::new(0);
    let states = Mutex::new(Vec::new());
    let (leads, wait_for_leader) = mpsc::channel();
    let (release, wait_for_release) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let returned = &returned;
        scope.spawn(move || {
            let (leads, release) = (Mutex::new(leads), Mutex::new(wait_for_release));
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
            states.lock().unwrap().extend(own_state());
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
        settle(&states.lock().unwrap(), sleepers);
        release.send(()).expect("the leader waits");
        let last = threads.into_iter().map(|thread| thread.join().unwrap()).max();
        last.expect("somebody slept").saturating_duration_since(*returned.get().expect("it was made"))
    })
}

/// Where Linux says what this thread does.
fn own_state() -> Option<PathBuf> {
    Some(Path::new("/proc").join(fs::read_link("/proc/thread-self").ok()?).join("stat"))
}

/// Until all sleep, twice in a row: one look can fall on a short wait for some lock on the way there. Says if they do not.
fn settle(states: &[PathBuf], sleepers: usize) {
    if states.len() < sleepers {
        println!("(Nothing says whether all {sleepers} sleep.)");
        return thread::sleep(SETTLE);
    }
    let began = Instant::now();
    let mut asleep = 0;
    while asleep < 2 && began.elapsed() < SETTLED_AFTER {
        thread::sleep(Duration::from_millis(2));
        asleep = if states.iter().all(|state| is_asleep(state)) { asleep + 1 } else { 0 };
    }
    if asleep < 2 {
        println!(
            "(Of {sleepers}, {} did not sleep.)",
            states.iter().filter(|state| !is_asleep(state)).count()
        );
    }
}

fn is_asleep(state: &Path) -> bool {
    // The name before it, in parentheses, can have any characters in it.
    let state = fs::read_to_string(state).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S'))
}
