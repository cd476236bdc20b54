//! arc-swap, alone and with an expiry by hand: what is in a cell, for who writes the rest.

use super::by_hand::ByHand;
use crate::contender::{Contender, Replacing, Thing, VALUE, kept};
use crate::read::Read;
use arc_swap::{ArcSwap, Cache};
use std::sync::Arc;

pub(super) struct Swap;

impl Contender for Swap {
    fn reads(&self) -> Vec<Read> {
        let slot = kept(ArcSwap::from_pointee(VALUE));
        let by_hand = kept(ByHand::new(ArcSwap::from_pointee));
        vec![
            Read::per_thread("`arc_swap::Cache` (no expiry)", move || {
                let mut cache = Cache::new(slot);
                move || **cache.load()
            }),
            Read::new("`ArcSwap::load` (no expiry)", || **slot.load()),
            Read::new("`ArcSwap` and a flag, by hand, stale, somebody at work", || {
                by_hand.serve(**by_hand.slot.load())
            }),
        ]
    }

    fn replacing(&self) -> Option<Replacing> {
        let slot = kept(ArcSwap::from_pointee(0));
        let read = || {
            let _ = **slot.load();
        };
        Some(Replacing::new("`ArcSwap::store`", read, |value| slot.store(Arc::new(value))))
    }

    fn things(&self) -> Vec<Thing> {
        let slot = kept(ArcSwap::from_pointee(VALUE));
        // The record that arc-swap keeps for each thread, once.
        let _ = **slot.load();
        vec![
            Thing::new("`ArcSwap`", || ArcSwap::from_pointee(VALUE)),
            Thing::new("- an `arc_swap::Cache` of it", move || Cache::new(slot)),
        ]
    }
}
