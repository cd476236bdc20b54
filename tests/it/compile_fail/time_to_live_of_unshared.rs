//! E0277: `Cell<u32>` cannot be shared between threads safely
//!
//! All threads that publish run `time_to_live_of`, so they share what it holds.

use dogpile::DogpileCell;
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
        Duration::MAX
    };
    DogpileCell::builder().time_to_live_of(lives).build().unwrap().set(1);
}
