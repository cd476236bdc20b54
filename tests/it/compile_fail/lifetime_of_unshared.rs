//! E0277: `Cell<u32>` cannot be shared between threads safely
//!
//! All threads that publish run `lifetime_of`, so they share what it holds.

use dogpile::{DogpileCell, Lifetime};
#[cfg(faulty)]
use std::cell::Cell as Calls;
#[cfg(not(faulty))]
use std::sync::atomic::{AtomicU32 as Calls, Ordering::Relaxed};
use std::time::Duration;

pub(crate) fn case() {
    let calls = Calls::new(0_u32);
    let lives = move |_: &u8| {
        #[cfg(faulty)]
        calls.set(calls.get() + 1);
        #[cfg(not(faulty))]
        calls.fetch_add(1, Relaxed);
        Lifetime::fresh_for(Duration::MAX)
    };
    DogpileCell::builder().lifetime_of(lives).build().unwrap().set(1);
}
