//! moka.

use crate::contender::{Contender, HOUR, Reads, Replacing, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use moka::sync::Cache;
use std::sync::Arc;

pub const GET_WITH: &str = "moka `get_with`";

pub(super) struct Moka;

impl Contender for Moka {
    fn reads(&self) -> Vec<Read> {
        let cache = kept(Cache::builder().time_to_live(HOUR).build());
        cache.insert((), Arc::new(VALUE));
        vec![
            Read::new("moka `get`", || *cache.get(&()).unwrap()),
            Read::new(GET_WITH, || *cache.get_with((), || unreachable!())),
        ]
    }

    fn sharings(&self) -> Vec<Sharing> {
        use Suite::{First, Latency, Stampede};
        let make = || Box::new(Cache::<(), u64>::builder().time_to_live(HOUR).build()) as Box<dyn Shared>;
        vec![Sharing::new(GET_WITH, &[Stampede, First, Latency], make)]
    }

    fn replacing(&self) -> Option<Replacing> {
        let cache = kept(Cache::builder().max_capacity(16).build());
        cache.insert((), 0);
        let read = || _ = cache.get(&()).unwrap();
        Some(Replacing::new("moka `insert`", read, |value| cache.insert((), value)))
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new("moka, for one item", || {
            let cache = Cache::builder().max_capacity(1).time_to_live(HOUR).build();
            cache.insert((), VALUE);
            cache
        })]
    }
}

impl Shared for Cache<(), u64> {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| self.get_with((), make))
    }

    fn expire(&self) {
        self.invalidate(&());
    }
}
