//! What a value of eight bytes takes in each of them, as a table: of the thing itself, and of what it allocates.

use dogpile::clock::TickClock;
use dogpile::{DogpileCell, Guard, Lease, OwnedReader, Reader};
use dogpile_benches::{Contender, Thing, all};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    println!("| | bytes of the thing itself | on the heap, with one `u64` in it |");
    println!("|---|---|---|");
    all().flat_map(Contender::things).for_each(|thing| row(&thing));
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

/// What was asked of the allocator meanwhile, and not given back.
fn row(thing: &Thing) {
    let region = Region::new(COUNTED);
    let size = thing.make();
    let change = region.change();
    let heap = change.bytes_allocated.cast_signed() - change.bytes_deallocated.cast_signed();
    let size = size.map_or("—".to_owned(), |size| size.to_string());
    println!("| {} | {size} | {heap} |", thing.name);
}
