//! A set of public keys (JWKS) that is looked up by key id, and rotated now and then: who brings an unknown id waits for
//! newer keys, and nobody else notices, whether the origin is up, down, or flooded.
//!
//! The set is a number: it has the keys from 1 to that.

use crate::support::{RETRY, STUCK, Shared, TTL, Task, WatchedClock, cell_that, spawn, watched_cell};
use crate::ways::{By, Way, each_way};
use dogpile::clock::{Clock, ManualClock};
use dogpile::{Demand, Guard, RegenError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::time::Duration;

const CALLERS: usize = 50;
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// The keys with the one of this id, if the origin has it. `fetch` asks the origin.
fn look_up<C: Clock>(
    keys: &Shared<u32, C>,
    way: Way,
    id: u32,
    demand: Demand,
    fetch: impl Fn() -> Result<u32, &'static str>,
) -> Result<bool, RegenError> {
    let known = keys.by(way).try_get_or_regen(&fetch)?;
    if id <= *known {
        return Ok(true);
    }
    let newer = demand.newer_than(Guard::version(&known));
    Ok(id <= *keys.by(way).with(newer).try_get_or_regen(&fetch)?)
}

/// Those with old ids, who read all the time until they are told to stop, and how often each did at least.
struct Readers {
    stop: Arc<AtomicBool>,
    rounds: Vec<Arc<AtomicU64>>,
    threads: Vec<Task<()>>,
}

impl Readers {
    fn start(keys: &Shared<u32, WatchedClock>, way: Way) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let rounds: Vec<_> = (0..CALLERS).map(|_| Arc::<AtomicU64>::default()).collect();
        let start = |rounds: &Arc<AtomicU64>| {
            let (keys, stop, rounds) = (Arc::clone(keys), Arc::clone(&stop), Arc::clone(rounds));
            spawn(move || {
                while !stop.load(SeqCst) {
                    let fetch = || panic!("the old keys are fresh");
                    assert!(look_up(&keys, way, 1, Demand::new(), fetch).unwrap());
                    rounds.fetch_add(1, SeqCst);
                    std::thread::yield_now();
                }
            })
        };
        let threads = rounds.iter().map(start).collect();
        Self { stop, rounds, threads }
    }

    /// Returns when each of them has been served a few times since this call: none waits for what goes on now.
    fn are_served(&self) {
        let seen: Vec<_> = self.rounds.iter().map(|rounds| rounds.load(SeqCst)).collect();
        let began = std::time::Instant::now();
        for (rounds, seen) in self.rounds.iter().zip(seen) {
            while rounds.load(SeqCst) < seen + 3 {
                assert!(began.elapsed() < STUCK, "a reader waits");
                std::thread::yield_now();
            }
        }
    }

    fn stop(self) {
        self.stop.store(true, SeqCst);
        self.threads.into_iter().for_each(Task::join);
    }
}

/// A cell with the first key, and its clock.
fn keys() -> (Shared<u32, WatchedClock>, WatchedClock) {
    let (keys, clock) = watched_cell(|cell| cell.time_to_live(YEAR));
    keys.set(1);
    (keys, clock)
}

/// Fifty callers come at once with the new id, and fifty read all the time with the old one. The fetch ends with this
/// once all are there.
fn rotation(
    way: Way,
    result: Result<u32, &'static str>,
    demand: Demand,
) -> (Vec<Result<bool, RegenError>>, u32) {
    let (keys, clock) = keys();
    let readers = Readers::start(&keys, way);
    let fetches = Arc::new(AtomicU32::new(0));
    let (order, told) = channel();
    let told = Arc::new(std::sync::Mutex::new(told));
    let call = |_| {
        let (keys, fetches, told) = (Arc::clone(&keys), Arc::clone(&fetches), Arc::clone(&told));
        spawn(move || {
            look_up(&keys, way, 2, demand, || {
                fetches.fetch_add(1, SeqCst);
                told.lock().unwrap().recv_timeout(STUCK).expect("the test gives an order")
            })
        })
    };
    let callers: Vec<_> = (0..CALLERS).map(call).collect();
    // All but the leader wait when this is done: each has looked at the clock twice to be served the old keys and find
    // them wanting, and twice more to wait.
    while keys.stats().waits == 0 && !keys.is_regenerating() {
        std::thread::yield_now();
    }
    readers.are_served();
    clock.wait_for_looks(CALLERS * 2 - 1, 4);
    readers.are_served();
    order.send(result).unwrap();
    let answers = callers.into_iter().map(Task::join).collect();
    readers.are_served();
    readers.stop();
    let old = keys.get().unwrap();
    assert!(!Guard::is_stale(&old));
    (answers, fetches.load(SeqCst))
}

#[test]
fn when_the_keys_were_rotated_there_is_one_fetch_and_everybody_succeeds() {
    each_way(|way| {
        let (answers, fetches) = rotation(way, Ok(2), Demand::new());
        assert_eq!((answers.len(), fetches), (CALLERS, 1));
        assert!(answers.into_iter().all(|answer| answer.unwrap()));
    });
}

#[test]
fn when_the_origin_is_down_only_who_needs_it_gets_errors() {
    each_way(|way| {
        let (answers, fetches) = rotation(way, Err("down"), Demand::new());
        assert_eq!(fetches, 1, "the others share its error");
        assert!(answers.into_iter().all(|answer| matches!(answer, Err(RegenError::Failed(_)))));
        let (answers, fetches) = rotation(way, Err("down"), Demand::new().or_stale());
        assert_eq!(fetches, 1);
        assert!(answers.into_iter().all(|answer| !answer.unwrap()), "the old keys, without the id");
    });
}

/// Ten seconds, in which callers with old and with new ids come every ten milliseconds.
#[test]
fn while_the_origin_is_down_it_is_asked_as_often_as_the_backoff_allows() {
    each_way(|way| {
        let (keys, clock) = cell_that(|cell| cell.time_to_live(YEAR));
        keys.set(1);
        let mut attempts = Vec::new();
        for _ in 0..1000 {
            for _ in 0..3 {
                let fetches = AtomicU32::new(0);
                let unknown = look_up(&keys, way, 2, Demand::new(), || {
                    fetches.fetch_add(1, SeqCst);
                    Err("down")
                });
                assert!(matches!(unknown, Err(RegenError::Failed(_))));
                attempts.extend((0..fetches.load(SeqCst)).map(|_| clock.now()));
                let fetch = || panic!("the old keys are fresh");
                assert!(look_up(&keys, way, 1, Demand::new(), fetch).unwrap());
            }
            clock.advance(Duration::from_millis(10));
        }
        let delays: Vec<_> =
            attempts.windows(2).map(|pair| pair[1].saturating_duration_since(pair[0])).collect();
        for (delay, longest) in delays.iter().zip((0..).map(|doublings| RETRY * (1 << doublings))) {
            let slack = Duration::from_millis(10); // until somebody comes
            assert!(*delay >= longest / 2 - slack && *delay <= longest + slack, "{delays:?}");
        }
        assert!((6..=8).contains(&attempts.len()), "{delays:?}");
        // Then the origin comes back.
        clock.advance(RETRY * 256);
        assert!(look_up(&keys, way, 2, Demand::new(), || Ok(2)).unwrap());
        assert!(keys.last_error().is_none());
    });
}

fn flood(way: Way, keys: &Shared<u32>, clock: &ManualClock, demand: Demand) -> u32 {
    let fetches = AtomicU32::new(0);
    for id in 1000..1400 {
        let known = look_up(keys, way, id, demand, || {
            fetches.fetch_add(1, SeqCst);
            Ok(1)
        });
        assert!(!known.unwrap(), "nobody knows {id}");
        assert!(look_up(keys, way, 1, demand, || panic!("the keys are fresh")).unwrap());
        clock.advance(Duration::from_millis(5));
    }
    fetches.load(SeqCst)
}

/// For two seconds.
#[test]
fn a_flood_of_unknown_ids_causes_few_fetches() {
    each_way(|way| {
        let (keys, clock) = cell_that(|cell| cell.time_to_live(YEAR));
        keys.set(1);
        let half_a_second = Duration::from_millis(500);
        let fetches = flood(way, &keys, &clock, Demand::new().at_most_every(half_a_second));
        assert!((3..=5).contains(&fetches), "{fetches}");
        assert_eq!(flood(way, &keys, &clock, Demand::new()), 400, "without a limit, all of them");
        assert_eq!(flood(way, &keys, &clock, Demand::new().at_most_every(Duration::MAX)), 0);
    });
}

/// With many threads at once, too: each fetch is shared by all who wait for it.
#[test]
fn a_flood_from_many_threads_causes_no_more() {
    let (keys, clock) = cell_that(|cell| cell.time_to_live(YEAR));
    keys.set(1);
    let fetches = Arc::new(AtomicU32::new(0));
    let every = Demand::new().at_most_every(Duration::from_millis(500));
    for _ in 0..20 {
        let call = |id| {
            let (keys, fetches) = (Arc::clone(&keys), Arc::clone(&fetches));
            spawn(move || {
                look_up(&keys, Way::Thread, id, every, || {
                    fetches.fetch_add(1, SeqCst);
                    Ok(1)
                })
            })
        };
        let callers: Vec<_> = (1000..1008).map(call).collect();
        assert!(callers.into_iter().all(|caller| !caller.join().unwrap()));
        clock.advance(Duration::from_millis(100));
    }
    assert!(fetches.load(SeqCst) <= 5, "{fetches:?}");
}

/// What made it a 503 for everybody.
#[test]
fn an_outage_leaves_known_ids_alone_for_as_long_as_the_keys_are_good() {
    each_way(|way| {
        let (keys, clock) = cell_that(|cell| cell);
        keys.set(1);
        for _ in 0..20 {
            assert!(look_up(&keys, way, 9, Demand::new(), || Err("down")).is_err());
            assert!(look_up(&keys, way, 1, Demand::new(), || Err("down")).unwrap());
            clock.advance(TTL / 20);
        }
        assert!(look_up(&keys, way, 1, Demand::new(), || Err("down")).unwrap(), "now they are stale");
    });
}
