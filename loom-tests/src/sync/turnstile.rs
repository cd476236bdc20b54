//! Makes loom explore what it would skip.
//!
//! Loom (0.7.2 and 0.7.3) remembers one access per atomic, the last. When a thread loads an atomic and then writes
//! it, its own load is the last access, no conflict with earlier loads of other threads is found, and
//! the executions in which the write comes before those loads are never run (loom issues 166 and 392).
//! Loading and then exchanging is what this protocol does all the time.
//!
//! So every load first passes a turnstile: a relaxed read-modify-write of an atomic that holds nothing.
//! It orders no memory, but any two of them conflict, so that loom runs them in both orders.
//! `tests/loom/litmus.rs` fails without it.

use loom::sync::atomic::Ordering::{self, Relaxed};
use loom::sync::atomic::{self, AtomicUsize};

#[derive(Debug, Default)]
pub(crate) struct Turnstile(AtomicUsize);

impl Turnstile {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(crate) fn pass(&self) {
        self.0.swap(0, Relaxed);
    }
}

/// The library's `phase`: loom's atomic behind a turnstile.
#[derive(Debug)]
pub struct AtomicU8 {
    turnstile: Turnstile,
    inner: atomic::AtomicU8,
}

impl AtomicU8 {
    pub fn new(value: u8) -> Self {
        Self { turnstile: Turnstile::new(), inner: atomic::AtomicU8::new(value) }
    }

    pub fn load(&self, order: Ordering) -> u8 {
        self.turnstile.pass();
        self.inner.load(order)
    }

    pub fn store(&self, value: u8, order: Ordering) {
        self.inner.store(value, order);
    }

    pub fn swap(&self, value: u8, order: Ordering) -> u8 {
        self.inner.swap(value, order)
    }

    pub fn fetch_or(&self, bits: u8, order: Ordering) -> u8 {
        self.inner.fetch_or(bits, order)
    }

    pub fn fetch_and(&self, bits: u8, order: Ordering) -> u8 {
        self.inner.fetch_and(bits, order)
    }

    pub fn compare_exchange(
        &self,
        current: u8,
        new: u8,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u8, u8> {
        self.inner.compare_exchange(current, new, success, failure)
    }
}
