//! One writer, two cells, and readers of the first one.

use crate::preempt;
use dogpile::{DogpileCell, Guard};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// A value says which cell it was set into.
type Tagged = DogpileCell<(u64, u64)>;

const OF_READ: u64 = 0xAAAA_AAAA;
const OF_OTHER: u64 = 0xBBBB_BBBB;
const READERS: usize = 6;

#[derive(Default)]
pub(crate) struct Seen {
    reads: AtomicU64,
    sets: AtomicU64,
    foreign: AtomicU64,
    backwards: AtomicU64,
}

impl Seen {
    pub(crate) fn is_sound(&self) -> bool {
        self.foreign.load(Relaxed) + self.backwards.load(Relaxed) == 0
    }

    fn look(&self, cell: &Tagged, last: &mut u64) {
        let guard = cell.get().expect("a value was set");
        if guard.0 != OF_READ {
            self.foreign.fetch_add(1, Relaxed);
        } else if Guard::version(&guard) < *last {
            self.backwards.fetch_add(1, Relaxed);
        } else {
            *last = Guard::version(&guard);
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reads, sets, foreign, backwards } = self;
        write!(
            f,
            "{} reads, {} sets, {} values of another cell, {} versions that went backwards",
            reads.load(Relaxed),
            sets.load(Relaxed),
            foreign.load(Relaxed),
            backwards.load(Relaxed)
        )
    }
}

/// Goes on for so long, or until something was seen that must not be.
pub(crate) fn run(time: Duration) -> Seen {
    let (read, other) = (Tagged::never_expires(), Tagged::never_expires());
    read.set((OF_READ, 0));
    let (seen, stop) = (Seen::default(), AtomicBool::new(false));
    let reader = || {
        preempt::this_thread();
        let mut last = 0;
        while !stop.load(Relaxed) {
            (0..1000).for_each(|_| seen.look(&read, &mut last));
            seen.reads.fetch_add(1000, Relaxed);
        }
    };
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(reader);
        }
        let began = Instant::now();
        while began.elapsed() < time && seen.is_sound() {
            for number in 0..200 {
                read.set((OF_READ, number));
                other.set((OF_OTHER, number));
                other.set((OF_OTHER, number));
            }
            seen.sets.fetch_add(600, Relaxed);
        }
        stop.store(true, Relaxed);
    });
    seen
}
