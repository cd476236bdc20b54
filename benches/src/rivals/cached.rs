//! cached's `TtlCache`, under a lock: it has none of its own.

use crate::contender::{Contender, HOUR, Reads, Replacing, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use cached::{Cached, CachedPeek, TtlCache};
use std::sync::{PoisonError, RwLock};

pub(super) struct Ttl;

type Cache = RwLock<TtlCache<(), u64>>;

impl Contender for Ttl {
    fn reads(&self) -> Vec<Read> {
        let cache = kept(with_value());
        vec![Read::new("cached `TtlCache` in an `RwLock`, `cache_peek`", || peek(cache))]
    }

    fn sharings(&self) -> Vec<Sharing> {
        use Suite::{First, Latency, Stampede};
        let make = || Box::new(empty()) as Box<dyn Shared>;
        vec![Sharing::new("cached `TtlCache` under an `RwLock`", &[Stampede, First, Latency], make)]
    }

    fn replacing(&self) -> Option<Replacing> {
        let cache = kept(with_value());
        let set = |value| _ = cache.write().unwrap().cache_set((), value);
        Some(Replacing::new("cached `TtlCache` in an `RwLock`, `cache_set`", || _ = peek(cache), set))
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new("cached `TtlCache` in an `RwLock`", with_value)]
    }
}

fn empty() -> Cache {
    RwLock::new(TtlCache::builder().ttl(HOUR).build().expect("the settings are constants"))
}

fn with_value() -> Cache {
    let cache = empty();
    cache.write().unwrap().cache_set((), VALUE);
    cache
}

fn peek(cache: &Cache) -> u64 {
    *cache.read().unwrap().cache_peek(&()).unwrap()
}

impl Shared for Cache {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let found = self.read().unwrap_or_else(PoisonError::into_inner).cache_peek(&()).copied();
            found.unwrap_or_else(|| {
                let mut cache = self.write().unwrap_or_else(PoisonError::into_inner);
                *cache.cache_get_or_set_with((), make)
            })
        })
    }

    fn expire(&self) {
        self.write().unwrap_or_else(PoisonError::into_inner).cache_clear();
    }
}
