//! The concurrency test of dogpile.core, after its description: ten threads use a value fifty times
//! each, with a pause after each use, while it expires again and again.
//!
//! It asks three questions, and answers each by a closed form. They are kept here, with what was
//! measured in the run in place of what was planned, so that they hold on a busy machine as well:
//!
//! | question | there | here |
//! |---|---|---|
//! | how many creations | length of the run / time to live, rounded up | the same, of the measured run |
//! | how many callers that wait | creations + threads - 1 | the same: all wait for the first value, then one caller a creation |
//! | how old a value is when it is used | time to live + creation + use + pause | time to live + the longest measured way from the beginning of one call to the end of the same thread's next (which includes use, pause and creation), and what a single call was held up |
//!
//! dogpile.core's times are in seconds; here they are a twentieth of them. Real time, since that is
//! what is tested.

use crate::support::{Shared, Task, cell_on, spawn};
use dogpile::Guard;
use dogpile::clock::{Clock, Instant, PreciseClock};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

const THREADS: u32 = 10;
const USES: u32 = 50;

/// All durations in milliseconds of dogpile.core's time.
struct Plan {
    time_to_live: u64,
    creation: u64,
    using: u64,
    pause: u64,
}

/// dogpile.core's milliseconds, scaled down.
const fn scaled(millis: u64) -> Duration {
    Duration::from_millis(millis).checked_div(20).unwrap()
}

thread_local! {
    static LOOKS: Cell<u32> = const { Cell::new(0) };
}

/// The precise clock, and how often the current thread has looked at it: a call that was served at
/// once looked once. So being preempted in the middle of such a call is not taken for waiting.
struct LookedAt;

impl Clock for LookedAt {
    fn now(&self) -> Instant {
        LOOKS.set(LOOKS.get() + 1);
        PreciseClock.now()
    }
}

/// One call, by the clock of the cell.
struct Call {
    began: Instant,
    ended: Instant,
    age: Duration,
    version: u64,
    /// Not served at once.
    slow: bool,
    /// When its creation function returned, if it led.
    created: Option<Instant>,
}

impl Call {
    fn length(&self) -> Duration {
        self.ended.saturating_duration_since(self.began)
    }

    /// How long after its creation the value can have become visible at most.
    fn hold_up(&self) -> Duration {
        self.created.map_or(Duration::ZERO, |created| self.ended.saturating_duration_since(created))
    }
}

fn call(cell: &Shared<u32, LookedAt>, plan: &Plan, at_work: &AtomicBool) -> Call {
    let mut created = None;
    let before = LOOKS.get();
    let began = PreciseClock.now();
    let guard = cell.get_or_regen(|| {
        assert!(!at_work.swap(true, SeqCst), "two creations at once");
        std::thread::sleep(scaled(plan.creation));
        at_work.store(false, SeqCst);
        created = Some(PreciseClock.now());
        7
    });
    let ended = PreciseClock.now();
    let took_long = ended.saturating_duration_since(began) > scaled(plan.creation) / 10;
    let slow = created.is_some() || (took_long && LOOKS.get() - before > 1);
    assert_eq!(*guard, 7);
    Call { began, ended, age: Guard::age(&guard), version: Guard::version(&guard), slow, created }
}

fn use_it(cell: &Shared<u32, LookedAt>, plan: &Plan, at_work: &AtomicBool) -> Vec<Call> {
    (0..USES)
        .map(|_| {
            let this = call(cell, plan, at_work);
            std::thread::sleep(scaled(plan.using + plan.pause));
            this
        })
        .collect()
}

/// The longest way from the beginning of a call to the end of the same thread's next one.
fn longest_way(threads: &[Vec<Call>], started: Instant) -> Duration {
    let first = threads.iter().map(|calls| calls[0].ended.saturating_duration_since(started));
    let later = threads.iter().flat_map(|calls| {
        calls.windows(2).map(|pair| pair[1].ended.saturating_duration_since(pair[0].began))
    });
    first.chain(later).max().expect("there are calls")
}

fn run(plan: &'static Plan) {
    let ttl = scaled(plan.time_to_live);
    let cell = cell_on(ttl, Duration::MAX, LookedAt);
    let at_work = Arc::new(AtomicBool::new(false));
    let started = PreciseClock.now();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| (Arc::clone(&cell), Arc::clone(&at_work)))
        .map(|(cell, at_work)| spawn(move || use_it(&cell, plan, &at_work)))
        .collect();
    let threads: Vec<_> = threads.into_iter().map(Task::join).collect();
    let length = PreciseClock.now().saturating_duration_since(started);

    creations_are_bounded(&threads, length, ttl);
    slow_callers_are_bounded(&threads);
    staleness_is_bounded(&threads, started, ttl);
    versions_never_go_back(&threads);
}

fn creations(threads: &[Vec<Call>]) -> usize {
    threads.iter().flatten().filter(|call| call.created.is_some()).count()
}

/// A value is replaced when it has lived for its time to live, not earlier.
fn creations_are_bounded(threads: &[Vec<Call>], length: Duration, ttl: Duration) {
    let (creations, most) = (creations(threads) as u128, length.as_nanos().div_ceil(ttl.as_nanos()));
    assert!(creations <= most, "{creations} creations in {length:?}, at most {most}");
    assert!(creations > 1, "it never expired");
    let last = threads.iter().flatten().map(|call| call.version).max();
    assert_eq!(last, u64::try_from(creations).ok(), "each creation is one version");
}

fn slow_callers_are_bounded(threads: &[Vec<Call>]) {
    let slow = threads.iter().flatten().filter(|call| call.slow).count();
    let most = creations(threads) + THREADS as usize - 1;
    assert!(slow <= most, "{slow} slow callers, at most {most}");
}

/// Why the bound holds. Say that a caller gets a value of version v, and v was visible since V. If its
/// thread's previous call began before V + ttl, the value is younger than ttl + the way from there.
/// Otherwise that call found v stale, so a leader was at work by then; and as the leader's own previous
/// call cannot have found v stale, v + 1 is there within ttl + the leader's way. The present call began
/// before that, and may have been held up between its two looks, at the slot and at the clock.
fn staleness_is_bounded(threads: &[Vec<Call>], started: Instant, ttl: Duration) {
    let hold_up = threads.iter().flatten().map(Call::hold_up).max().expect("there are calls");
    let most = ttl + longest_way(threads, started) + hold_up;
    for call in threads.iter().flatten() {
        assert!(call.age <= most + call.length(), "a value of {:?} was used, at most {most:?}", call.age);
    }
}

fn versions_never_go_back(threads: &[Vec<Call>]) {
    for calls in threads {
        assert!(calls.is_sorted_by_key(|call| call.version));
    }
}

#[test]
fn a_creation_of_a_quarter_of_the_time_to_live() {
    run(&Plan { time_to_live: 2_000, creation: 500, using: 50, pause: 100 });
}

#[test]
fn a_creation_of_two_fifths_of_the_time_to_live() {
    run(&Plan { time_to_live: 5_000, creation: 2_000, using: 100, pause: 100 });
}

/// Most of the time the value is stale, and somebody is at work on the next.
#[test]
fn a_creation_that_takes_longer_than_the_time_to_live() {
    run(&Plan { time_to_live: 2_000, creation: 2_500, using: 50, pause: 100 });
}
