//! What a value of eight bytes takes in each of them, as a table: of the thing itself, and of what it allocates.

use arc_swap::ArcSwap;
use cached::{Cached, TtlCache};
use dogpile::clock::TickClock;
use dogpile::{DogpileCell, Guard, Lease, OwnedReader, Reader};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::mem::size_of_val;
use std::sync::{OnceLock, RwLock};
use std::time::{Duration, Instant};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const HOUR: Duration = Duration::from_hours(1);

fn main() {
    println!("| | bytes of the thing itself | on the heap, with one `u64` in it |");
    println!("|---|---|---|");
    // The record that arc-swap keeps for each thread, once.
    let _ = *ArcSwap::from_pointee(0).load();
    let mut cell = None;
    row("`DogpileCell`", || {
        let cell = cell.insert(DogpileCell::new(HOUR));
        cell.set(1_u64);
        size_of_val(cell)
    });
    let cell = cell.expect("it was made");
    let _old = cell.get();
    row("- each generation of it, the value included", || {
        cell.set(2);
        0
    });
    row("- a `Reader` of it", || kept(cell.reader()));
    row("`ArcSwap`", || kept(ArcSwap::from_pointee(1_u64)));
    let slot = ArcSwap::from_pointee(1_u64);
    row("- an `arc_swap::Cache` of it", || kept(arc_swap::Cache::new(&slot)));
    row("`OnceLock`", || kept(OnceLock::from(1_u64)));
    row("std `RwLock` with an `Instant`", || kept(RwLock::new((Instant::now(), 1_u64))));
    row("parking_lot `RwLock` with an `Instant`", || kept(parking_lot::RwLock::new((Instant::now(), 1_u64))));
    row("left-right", || kept(dogpile_benches::left_right::new(1)));
    row("quick_cache, for one item", || {
        let cache = quick_cache::sync::Cache::new(1);
        cache.insert((), 1_u64);
        kept(cache)
    });
    row("cached `TtlCache` in an `RwLock`", || {
        let mut cache = TtlCache::builder().ttl(HOUR).build().expect("the settings are constants");
        cache.cache_set((), 1_u64);
        kept(RwLock::new(cache))
    });
    row("moka, for one item", || {
        let cache = moka::sync::Cache::builder().max_capacity(1).time_to_live(HOUR).build();
        cache.insert((), 1_u64);
        kept(cache)
    });
    println!();
    println!(
        "A `Guard` is {} bytes, a `Lease` {}, a `Reader` {}, an `OwnedReader` {}, a `TickClock` {} and a thread.",
        size_of::<Guard<u64>>(),
        size_of::<Lease<&DogpileCell<u64>>>(),
        size_of::<Reader<&DogpileCell<u64>>>(),
        size_of::<OwnedReader<u64>>(),
        size_of::<TickClock>(),
    );
}

/// The size of a thing that is never dropped, so that what it allocated is counted.
fn kept<T>(thing: T) -> usize {
    let size = size_of_val(&thing);
    std::mem::forget(thing);
    size
}

/// What was asked of the allocator meanwhile, and not given back.
fn row(name: &str, make: impl FnOnce() -> usize) {
    let region = Region::new(COUNTED);
    let size = make();
    let change = region.change();
    let heap = change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed();
    let size = if size == 0 { "—".to_owned() } else { size.to_string() };
    println!("| {name} | {size} | {heap} |");
}
