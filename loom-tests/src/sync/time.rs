//! Time for the models: it passes when the model says so, and whoever sleeps until then wakes.
//!
//! What loom must not see is behind a lock that is never held across an operation of loom's, and one read-modify-write per
//! operation stands for what the operating system does.

use super::primitives::{AtomicUsize, Mutex, MutexGuard, Notify};
use loom::lazy_static;
use loom::sync::atomic::AtomicU64;
use loom::sync::atomic::Ordering::{AcqRel, Relaxed};
use loom::thread::{Builder, JoinHandle};
use std::io;
use std::ops::Add;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(u64);

struct World {
    now: AtomicU64,
    kernel: AtomicUsize,
    state: std::sync::Mutex<State>,
}

/// Those who sleep, each until a time.
#[derive(Default)]
struct State {
    now: u64,
    /// Whoever sleeps until this time or an earlier one makes it come.
    runs_until: u64,
    sleepers: Vec<(u64, Arc<Notify>)>,
    threads: Vec<JoinHandle<()>>,
}

lazy_static! {
    static ref WORLD: World =
        World { now: AtomicU64::new(0), kernel: AtomicUsize::new(0), state: std::sync::Mutex::default() };
}

impl World {
    fn call<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        self.kernel.fetch_add(1, AcqRel);
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Time passes.
pub fn time_passes(until: Instant) {
    let until = until.0;
    WORLD.now.fetch_max(until, Relaxed);
    let late = WORLD.call(|state| {
        state.now = state.now.max(until);
        let is_late = |(end, _): &(u64, _)| *end <= until;
        let (late, asleep): (Vec<_>, _) = std::mem::take(&mut state.sleepers).into_iter().partition(is_late);
        state.sleepers = asleep;
        late
    });
    for (_, sleeper) in late {
        sleeper.notify();
    }
}

/// From now on time passes by itself until then, whenever somebody sleeps.
pub fn time_runs(until: Instant) {
    let asleep = WORLD.call(|state| {
        state.runs_until = until.0;
        state.sleepers.iter().map(|(end, _)| *end).filter(|end| *end <= until.0).max()
    });
    if let Some(end) = asleep {
        time_passes(Instant(end));
    }
}

impl Instant {
    pub fn now() -> Self {
        Self(WORLD.now.load(Relaxed))
    }

    pub fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + u64::try_from(duration.as_nanos()).expect("a model is short"))
    }
}

/// What is locked, and a bell for the one thread that sleeps until it changes.
pub(crate) struct Monitor<T> {
    inside: Mutex<T>,
    sleeper: std::sync::Mutex<Option<Arc<Notify>>>,
}

impl<T> Monitor<T> {
    pub(crate) fn new(inside: T) -> Self {
        Self { inside: Mutex::new(inside), sleeper: std::sync::Mutex::new(None) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called by the kernel only.
    fn sleeper(&self) -> std::sync::MutexGuard<'_, Option<Arc<Notify>>> {
        self.sleeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ring(&self) {
        let sleeper = WORLD.call(|_| self.sleeper().take());
        if let Some(sleeper) = sleeper {
            sleeper.notify();
        }
    }

    pub(crate) fn sleep_until<'l>(&'l self, locked: MutexGuard<'l, T>, end: Instant) -> MutexGuard<'l, T> {
        let notify = Arc::new(Notify::new());
        let mut runs = false;
        let sleeps = WORLD.call(|state| {
            runs = end.0 <= state.runs_until;
            let sleeps = state.now < end.0 && !runs;
            if sleeps {
                *self.sleeper() = Some(Arc::clone(&notify));
                state.sleepers.push((end.0, Arc::clone(&notify)));
            }
            sleeps
        });
        drop(locked);
        if runs && Instant::now() < end {
            time_passes(end);
        }
        if sleeps {
            notify.wait();
            WORLD.call(|state| {
                state.sleepers.retain(|(_, other)| !Arc::ptr_eq(other, &notify));
                self.sleeper().take_if(|other| Arc::ptr_eq(other, &notify));
            });
        }
        self.lock()
    }
}

/// Waits for all threads that were started here: loom takes away what is lazy and static when the main thread ends.
pub fn threads_go() {
    for thread in WORLD.call(|state| std::mem::take(&mut state.threads)) {
        let _ = thread.join();
    }
}

pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = Builder::new().name(name.into()).spawn(run)?;
    WORLD.call(|state| state.threads.push(thread));
    Ok(())
}

pub(crate) fn this_process() -> u64 {
    1
}
