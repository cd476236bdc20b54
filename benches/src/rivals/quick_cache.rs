//! `quick_cache`. It never expires.

use crate::contender::{Contender, Reads, Replacing, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use quick_cache::sync::Cache;
use std::convert::Infallible;
use std::sync::Arc;

pub(super) struct Quick;

impl Contender for Quick {
    fn reads(&self) -> Vec<Read> {
        let cache = kept(Cache::new(16));
        cache.insert((), Arc::new(VALUE));
        vec![Read::new("quick_cache `get` (no expiry)", || *cache.get(&()).unwrap())]
    }

    fn sharings(&self) -> Vec<Sharing> {
        use Suite::{First, Latency, Stampede};
        let make = || Box::new(Cache::<(), u64>::new(16)) as Box<dyn Shared>;
        vec![Sharing::new("quick_cache `get_or_insert_with`", &[Stampede, First, Latency], make)]
    }

    fn replacing(&self) -> Option<Replacing> {
        let cache = kept(Cache::<(), u64>::new(16));
        cache.insert((), 0);
        let read = || _ = cache.get(&()).unwrap();
        Some(Replacing::new("quick_cache `insert`", read, |value| cache.insert((), value)))
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new("quick_cache, for one item", || {
            let cache = Cache::new(1);
            cache.insert((), VALUE);
            cache
        })]
    }
}

impl Shared for Cache<(), u64> {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let made = self.get_or_insert_with(&(), || Ok::<_, Infallible>(make()));
            made.unwrap_or_else(|never| match never {})
        })
    }

    fn expire(&self) {
        self.remove(&());
    }
}
