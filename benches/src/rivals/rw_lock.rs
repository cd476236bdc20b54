//! The standard library's `RwLock`, with an expiry by hand.

use super::by_hand::ByHand;
use crate::contender::{Contender, HOUR, Reads, Replacing, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

pub(super) struct Lock;

impl Contender for Lock {
    fn reads(&self) -> Vec<Read> {
        let lock = kept(RwLock::new((Instant::now(), VALUE)));
        let by_hand = kept(ByHand::new(RwLock::new));
        vec![
            Read::new("std `RwLock` with an `Instant` beside the value", || {
                let read = lock.read().unwrap();
                assert!(read.0.elapsed() < HOUR);
                read.1
            }),
            Read::new("std `RwLock` and a flag, by hand, stale, somebody at work", || {
                let read = *by_hand.slot.read().unwrap();
                by_hand.serve(read)
            }),
        ]
    }

    fn sharings(&self) -> Vec<Sharing> {
        use Suite::{Latency, Stampede};
        vec![
            Sharing::new("`RwLock`, made under the lock", &[Stampede, Latency], || {
                Box::new(Locked(RwLock::new(None)))
            }),
            Sharing::new("`RwLock`, made by who finds nothing", &[Stampede], || {
                Box::new(Plain(RwLock::new(None)))
            }),
        ]
    }

    fn replacing(&self) -> Option<Replacing> {
        let lock = kept(RwLock::new((Instant::now(), 0)));
        let read = || {
            let _ = lock.read().unwrap().1;
        };
        let set = |value| *lock.write().unwrap() = (Instant::now(), value);
        Some(Replacing::new("std `RwLock`, with an `Instant`", read, set))
    }

    fn things(&self) -> Vec<Thing> {
        vec![Thing::new("std `RwLock` with an `Instant`", || RwLock::new((Instant::now(), VALUE)))]
    }
}

fn found(lock: &RwLock<Option<u64>>) -> Option<u64> {
    *lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn forget(lock: &RwLock<Option<u64>>) {
    *lock.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// It is made under the lock.
struct Locked(RwLock<Option<u64>>);

impl Shared for Locked {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            found(&self.0).unwrap_or_else(|| {
                *self.0.write().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(make)
            })
        })
    }

    fn expire(&self) {
        forget(&self.0);
    }
}

/// Each caller that finds nothing makes it.
struct Plain(RwLock<Option<u64>>);

impl Shared for Plain {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            found(&self.0).unwrap_or_else(|| {
                let made = make();
                *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(made);
                made
            })
        })
    }

    fn expire(&self) {
        forget(&self.0);
    }
}
