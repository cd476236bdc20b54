//! What the suites ask of each way to share one `u64`.

use crate::read::{Calls, Read};
use std::any::Any;
use std::hint::black_box;
use std::mem::forget;
use std::time::Duration;

/// What the suites ask of each. What one cannot do, or what would say nothing, has no row.
pub trait Contender: Sync {
    /// Ways to read a value that is there.
    fn reads(&self) -> Vec<Read> {
        Vec::new()
    }

    /// Ways to share a value that somebody has to make.
    fn sharings(&self) -> Vec<Sharing> {
        Vec::new()
    }

    /// A way to replace a value that threads have read.
    fn replacing(&self) -> Option<Replacing> {
        None
    }

    /// Things whose bytes count.
    fn things(&self) -> Vec<Thing> {
        Vec::new()
    }
}

/// Makes a value.
pub type Make<'a> = &'a (dyn Fn() -> u64 + Sync);

/// Reads, and makes the value if it is this caller's turn.
pub type Reads<'a> = Box<dyn FnMut(Make<'_>) -> u64 + 'a>;

/// A value that somebody has to make; none is there at first.
pub trait Shared: Send + Sync {
    /// To be called on the thread that is going to read.
    fn reader(&self) -> Reads<'_>;

    /// A reader that leaves it to others to make the value, where that can be had.
    fn watcher(&self) -> Reads<'_> {
        self.reader()
    }

    /// From here on the value is due.
    fn expire(&self);
}

/// A suite in which values are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// All come by when the value expires.
    Stampede,
    /// All sleep until there is a first value.
    First,
    /// Some read while others make one value after the other.
    Latency,
}

/// A way to share a value that somebody has to make.
pub struct Sharing {
    pub name: &'static str,
    /// Where it has a row.
    suites: &'static [Suite],
    make: fn() -> Box<dyn Shared>,
}

impl Sharing {
    pub(crate) fn new(name: &'static str, suites: &'static [Suite], make: fn() -> Box<dyn Shared>) -> Self {
        Self { name, suites, make }
    }

    pub fn has_row_in(&self, suite: Suite) -> bool {
        self.suites.contains(&suite)
    }

    pub fn make(&self) -> Box<dyn Shared> {
        (self.make)()
    }
}

/// A way to replace a value that threads have read.
pub struct Replacing {
    pub name: &'static str,
    /// Reads once; what it returns is what this thread keeps for its reads.
    pub read: Box<dyn Fn() -> Box<dyn Any> + Send + Sync>,
    pub set: Calls,
}

impl Replacing {
    /// `read` reads once, and returns what its thread keeps for its reads.
    pub(crate) fn new<K: 'static>(
        name: &'static str,
        read: impl Fn() -> K + Send + Sync + 'static,
        mut set: impl FnMut(u64) + 'static,
    ) -> Self {
        let read = move || Box::new(read()) as Box<dyn Any>;
        let set = move |times: u64| (0..times).for_each(&mut set);
        Self { name, read: Box::new(read), set: Box::new(set) }
    }
}

/// Something of which the bytes are counted.
pub struct Thing {
    pub name: &'static str,
    make: Box<dyn Fn() -> Option<usize>>,
}

impl Thing {
    pub(crate) fn new<T>(name: &'static str, make: impl Fn() -> T + 'static) -> Self {
        let make = move || {
            // Seen by nobody, the allocations could be optimised away.
            forget(black_box(make()));
            Some(size_of::<T>())
        };
        Self { name, make: Box::new(make) }
    }

    /// What something allocates that has no size of its own.
    pub(crate) fn on_the_heap(name: &'static str, allocate: impl Fn() + 'static) -> Self {
        let make = move || {
            allocate();
            None
        };
        Self { name, make: Box::new(make) }
    }

    /// Makes it, and never drops it, so that what it allocates is counted. Returns its size, if it has one.
    pub fn make(&self) -> Option<usize> {
        (self.make)()
    }
}

pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const VALUE: u64 = 42;

/// The process ends with the benches.
pub(crate) fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
