//! How long it takes to wake all who sleep until there is a first value.

use crate::effort::Effort;
use crate::limits::Limit;
use crate::numbers::{median, ratio};
use crate::report::{Report, table};
use crate::turns::{in_turns, led};
use crate::{chart, units};
use dogpile_benches::{Shared, Sharing, Suite, name, sharings};
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
    let contenders = sharings(Suite::First);
    // Seconds: of each number of sleepers, of each contender, of each round.
    let columns: Vec<Vec<Vec<f64>>> = sleepers
        .iter()
        .map(|&sleepers| {
            in_turns(&contenders, effort.of(9, 2), |contender| {
                last_wake_up(contender, sleepers).as_secs_f64()
            })
        })
        .collect();
    let times = |index: usize| columns.iter().map(move |column| median(column[index].iter().copied()));
    let row = |(index, contender): (usize, &Sharing)| {
        let mut cells = vec![contender.name.to_owned()];
        cells.extend(times(index).map(Duration::from_secs_f64).map(units::time));
        cells
    };
    let labels: Vec<_> = sleepers.iter().map(|sleepers| format!("{sleepers} asleep")).collect();
    let mut head = vec![""];
    head.extend(labels.iter().map(String::as_str));
    let rows: Vec<_> = contenders.iter().enumerate().map(row).collect();
    let markdown = table(&head, &rows)
        + "\nFrom the moment at which the creation function returns until the last of those who slept has the value; \
           medians. With many more sleepers than cores most of it is the scheduler's.\n";
    let line = |(index, contender): (usize, &Sharing)| (contender.name, times(index).collect());
    let lines: Vec<_> = contenders.iter().enumerate().map(line).collect();
    let title = "From the first value to the last wake-up";
    let idea = "From the return of the creation function until the last of those who slept has the value.";
    let picture = chart::lines(title, idea, &labels, &lines);
    let of =
        |name: &str| contenders.iter().position(|contender| contender.name == name).expect("it is there");
    let (most, rounds) = (sleepers[sleepers.len() - 1], &columns[columns.len() - 1]);
    let waking = Limit::new(
        format!("waking {} sleepers against `OnceLock`", units::count(most as u64)),
        ratio(&rounds[of(name::CELL)], &rounds[of(name::ONCE_SHARED)]),
        1.5,
    );
    Report { title, markdown, limits: vec![waking], picture: Some(picture) }
}

fn last_wake_up(contender: &dyn Shared, sleepers: usize) -> Duration {
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
