//! cachet with its tier in memory, for tasks: a thread that waits for one blocks on it.
//!
//! Its background refresh has no row: it asks a second tier for the value, no creation function.

use crate::contender::{Contender, HOUR, Reads, Replacing, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use cachet::{Cache, CacheEntry};
use pollster::block_on;
use std::future::ready;
use std::mem::forget;
use std::task::Waker;
use tick::runtime::InactiveClock;

pub(super) struct Tiers;

type Values = Cache<(), u64>;

impl Contender for Tiers {
    fn reads(&self) -> Vec<Read> {
        let cache = kept(with_value());
        let value = |entry: Result<CacheEntry<u64>, _>| *entry.unwrap().value();
        vec![
            Read::awaited("cachet `get`", || cache.get(&()), move |found| value(found.map(Option::unwrap))),
            Read::awaited("cachet `get_or_insert`", || cache.get_or_insert(&(), || ready(VALUE)), value),
        ]
    }

    fn sharings(&self) -> Vec<Sharing> {
        use Suite::{First, Latency, Stampede};
        let make = || Box::new(empty()) as Box<dyn Shared>;
        vec![Sharing::new("cachet `get_or_insert`", &[Stampede, First, Latency], make)]
    }

    fn replacing(&self) -> Option<Replacing> {
        let cache = kept(with_value());
        let read = || _ = block_on(cache.get(&())).unwrap().unwrap();
        let set = |value| _ = block_on(cache.insert((), value)).unwrap();
        Some(Replacing::new("cachet `insert`", read, set))
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new("cachet, for one item", with_value)]
    }
}

fn empty() -> Values {
    // The driver is for timers, and nothing here asks for one.
    let (clock, driver) = InactiveClock::new_shared().activate(Waker::noop().clone());
    forget(driver);
    let memory = Cache::builder(clock).memory_with(|memory| memory.max_capacity(1));
    memory.ttl(HOUR).stampede_protection().build()
}

fn with_value() -> Values {
    let cache = empty();
    block_on(cache.insert((), VALUE)).unwrap();
    cache
}

impl Shared for Values {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let entry = block_on(self.get_or_insert(&(), async || make()));
            *entry.expect("its memory does not fail").value()
        })
    }

    fn expire(&self) {
        block_on(self.invalidate(&())).expect("its memory does not fail");
    }
}
