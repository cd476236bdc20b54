//! Makes loom explore what it would skip.
//!
//! Loom (0.7.2 and 0.7.3) remembers one access per atomic, the last. When a thread loads an atomic and then writes
//! it, its own load is the last access, no conflict with earlier loads of other threads is found, and
//! the executions in which the write comes before those loads are never run (loom issues 166 and 392).
//! Loading and then exchanging is what this protocol does all the time.
//!
//! So each load, but those of times, first passes a turnstile: a relaxed read-modify-write of an atomic that holds nothing.
//! It orders no memory, but any two of them conflict, so that loom runs them in both orders.
//! `tests/loom/litmus.rs` fails without it.
//!
//! Times (`due`, `lease_until`, clocks) go without: in no model does a thread load one of them and then
//! write it while there is another thread, and with a turnstile each the models take several times as long.

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

/// An atomic of loom's behind a turnstile.
macro_rules! watched {
    ($(#[$meta:meta])* $name:ident: $value:ty { $($more:item)* }) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name {
            turnstile: Turnstile,
            inner: atomic::$name,
        }

        impl $name {
            pub fn new(value: $value) -> Self {
                Self { turnstile: Turnstile::new(), inner: atomic::$name::new(value) }
            }

            pub fn load(&self, order: Ordering) -> $value {
                self.turnstile.pass();
                self.inner.load(order)
            }

            pub fn store(&self, value: $value, order: Ordering) {
                self.inner.store(value, order);
            }
        }

        impl $name {
            $($more)*
        }
    };
}

watched! {
    /// The library's `phase`.
    AtomicU8: u8 {
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
}

watched! {
    /// What a reader is assured of.
    AtomicU64: u64 {}
}

watched! {
    /// Whether that was withdrawn.
    AtomicBool: bool {}
}
