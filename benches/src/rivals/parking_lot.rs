//! `parking_lot`'s `RwLock`, with an expiry by hand.

use crate::contender::{Contender, HOUR, Reads, Replacing, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use parking_lot::RwLock;
use std::time::Instant;

pub(super) struct Parking;

impl Contender for Parking {
    fn reads(&self) -> Vec<Read> {
        let lock = kept(RwLock::new((Instant::now(), VALUE)));
        vec![Read::new("parking_lot `RwLock` with an `Instant` beside the value", || {
            let read = lock.read();
            assert!(read.0.elapsed() < HOUR);
            read.1
        })]
    }

    fn sharings(&self) -> Vec<Sharing> {
        use Suite::{First, Latency, Stampede};
        let make = || Box::new(Locked(RwLock::new(None))) as Box<dyn Shared>;
        vec![Sharing::new("parking_lot `RwLock`, made under the lock", &[Stampede, First, Latency], make)]
    }

    fn replacing(&self) -> Option<Replacing> {
        let lock = kept(RwLock::new((Instant::now(), 0)));
        let read = || {
            let _ = lock.read().1;
        };
        let set = |value| *lock.write() = (Instant::now(), value);
        Some(Replacing::new("parking_lot `RwLock`, with an `Instant`", read, set))
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new("parking_lot `RwLock` with an `Instant`", || RwLock::new((Instant::now(), VALUE)))]
    }
}

struct Locked(RwLock<Option<u64>>);

impl Shared for Locked {
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
