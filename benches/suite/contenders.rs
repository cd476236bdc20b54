//! Ways to share one value that somebody has to make, side by side: what each does when it expires, or is not there yet.

use cached::{Cached, CachedPeek, TtlCache};
use dogpile::DogpileCell;
use moka::sync::Cache;
use std::cell::Cell;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// Makes a value.
pub(crate) type Make<'a> = &'a (dyn Fn() -> u64 + Sync);

/// Reads, and makes the value if it is this caller's turn.
pub(crate) type Reads<'a> = Box<dyn FnMut(Make<'_>) -> u64 + 'a>;

pub(crate) trait Contender: Send + Sync {
    /// To be called on the thread that is going to read.
    fn reader(&self) -> Reads<'_>;

    /// The same for who leaves it to others to make the value, where that can be had.
    fn watcher(&self) -> Reads<'_> {
        self.reader()
    }

    /// From here on the value is due.
    fn expire(&self);
}

pub(crate) type Made = Box<dyn Contender>;

pub(crate) type Maker = fn() -> Made;

thread_local! {
    static MADE: Cell<bool> = const { Cell::new(false) };
}

/// Whether the creation function ran inside the call, on this thread.
pub(crate) fn led(read: &mut Reads<'_>, make: Make<'_>) -> (u64, bool) {
    MADE.set(false);
    let noted = || {
        MADE.set(true);
        make()
    };
    (read(&noted), MADE.get())
}

/// What was measured of each, in rounds of one measurement each. Of something new each time; not always after the same
/// neighbour's threads.
pub(crate) fn in_turns<N>(
    contenders: &[(&str, Maker)],
    rounds: usize,
    measure: impl Fn(&Made) -> N,
) -> Vec<Vec<N>> {
    let count = contenders.len();
    let mut measured: Vec<Vec<N>> = (0..count).map(|_| Vec::with_capacity(rounds)).collect();
    for round in 0..rounds {
        for turn in 0..count {
            let turn = if round % 2 == 0 { turn } else { count - 1 - turn };
            let which = (turn + round) % count;
            measured[which].push(measure(&contenders[which].1()));
        }
    }
    measured
}

/// The old value is served.
pub(crate) struct Dogpile(DogpileCell<u64>);

pub(crate) fn dogpile() -> Made {
    Box::new(Dogpile(DogpileCell::never_expires()))
}

impl Contender for Dogpile {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| *self.0.get_or_regen(make))
    }

    fn watcher(&self) -> Reads<'_> {
        Box::new(|_| *self.0.get().expect("the old value is served"))
    }

    fn expire(&self) {
        self.0.mark_stale();
    }
}

/// The same, read through a handle per thread.
struct Handles(Dogpile);

pub(crate) fn handles() -> Made {
    Box::new(Handles(Dogpile(DogpileCell::never_expires())))
}

impl Contender for Handles {
    fn reader(&self) -> Reads<'_> {
        let mut reader = self.0.0.reader();
        Box::new(move |make| *reader.get_or_regen(make))
    }

    fn watcher(&self) -> Reads<'_> {
        let mut reader = self.0.0.reader();
        Box::new(move |_| *reader.get().expect("the old value is served"))
    }

    fn expire(&self) {
        self.0.expire();
    }
}

/// The old value is not served.
struct Strict(Dogpile);

pub(crate) fn strict() -> Made {
    Box::new(Strict(Dogpile(DogpileCell::never_expires())))
}

impl Contender for Strict {
    fn reader(&self) -> Reads<'_> {
        self.0.reader()
    }

    fn expire(&self) {
        self.0.0.invalidate();
    }
}

/// Never expires: what a read of a value can cost at least.
struct Once(OnceLock<u64>);

pub(crate) fn once() -> Made {
    Box::new(Once(OnceLock::new()))
}

impl Contender for Once {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| *self.0.get_or_init(make))
    }

    fn expire(&self) {}
}

/// Never expires either: what a shared read of a cell cannot do without.
struct Floor(arc_swap::ArcSwapOption<u64>);

pub(crate) fn floor() -> Made {
    Box::new(Floor(arc_swap::ArcSwapOption::from_pointee(0)))
}

impl Contender for Floor {
    fn reader(&self) -> Reads<'_> {
        Box::new(|_| {
            let value = self.0.load();
            std::hint::black_box(coarsetime::Instant::now_without_cache_update());
            **value.as_ref().expect("it is never empty")
        })
    }

    fn expire(&self) {}
}

/// Whoever finds nothing makes it, each for himself.
struct Plain(RwLock<Option<u64>>);

pub(crate) fn plain() -> Made {
    Box::new(Plain(RwLock::new(None)))
}

impl Contender for Plain {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let found = *self.0.read().unwrap_or_else(PoisonError::into_inner);
            found.unwrap_or_else(|| {
                let made = make();
                *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(made);
                made
            })
        })
    }

    fn expire(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// It is made under the lock.
struct Locked(RwLock<Option<u64>>);

pub(crate) fn locked() -> Made {
    Box::new(Locked(RwLock::new(None)))
}

impl Contender for Locked {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let found = *self.0.read().unwrap_or_else(PoisonError::into_inner);
            found.unwrap_or_else(|| {
                *self.0.write().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(make)
            })
        })
    }

    fn expire(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The same, under one that is not the standard library's.
struct Parked(parking_lot::RwLock<Option<u64>>);

pub(crate) fn parked() -> Made {
    Box::new(Parked(parking_lot::RwLock::new(None)))
}

impl Contender for Parked {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let found = *self.0.read();
            found.unwrap_or_else(|| *self.0.write().get_or_insert_with(make))
        })
    }

    fn expire(&self) {
        *self.0.write() = None;
    }
}

/// Also under a lock: the cache has none of its own.
struct Ttl(RwLock<TtlCache<(), u64>>);

pub(crate) fn ttl() -> Made {
    let cache = TtlCache::builder().ttl(Duration::from_hours(1)).build();
    Box::new(Ttl(RwLock::new(cache.expect("the settings are constants"))))
}

impl Contender for Ttl {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let found = self.0.read().unwrap_or_else(PoisonError::into_inner).cache_peek(&()).copied();
            found.unwrap_or_else(|| {
                let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
                *cache.cache_get_or_set_with((), make)
            })
        })
    }

    fn expire(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).cache_clear();
    }
}

/// The textbook: one makes it, the others wait on a condition.
struct Condition(Mutex<(bool, Option<u64>)>, Condvar);

pub(crate) fn condition() -> Made {
    Box::new(Condition(Mutex::default(), Condvar::new()))
}

impl Contender for Condition {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                match *state {
                    (_, Some(value)) => return value,
                    (true, None) => state = self.1.wait(state).unwrap_or_else(PoisonError::into_inner),
                    (false, None) => break,
                }
            }
            state.0 = true;
            drop(state);
            let made = make();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (false, Some(made));
            self.1.notify_all();
            made
        })
    }

    fn expire(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = None;
    }
}

struct Moka(Cache<(), u64>);

pub(crate) fn moka() -> Made {
    Box::new(Moka(Cache::builder().time_to_live(Duration::from_hours(1)).build()))
}

impl Contender for Moka {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| self.0.get_with((), make))
    }

    fn expire(&self) {
        self.0.invalidate(&());
    }
}

struct Quick(quick_cache::sync::Cache<(), u64>);

pub(crate) fn quick() -> Made {
    Box::new(Quick(quick_cache::sync::Cache::new(16)))
}

impl Contender for Quick {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let made = self.0.get_or_insert_with(&(), || Ok::<_, std::convert::Infallible>(make()));
            made.unwrap_or_else(|never| match never {})
        })
    }

    fn expire(&self) {
        self.0.remove(&());
    }
}
