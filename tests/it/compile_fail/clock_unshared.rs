//! E0277: `Cell<u64>` cannot be shared between threads safely
//!
//! A clock is asked by all threads.

use dogpile::clock::{Clock, Instant};
#[cfg(faulty)]
type Time = std::cell::Cell<u64>;
#[cfg(not(faulty))]
use std::sync::atomic::{AtomicU64 as Time, Ordering::Relaxed};

struct Steps(Time);

impl Clock for Steps {
    fn now(&self) -> Instant {
        #[cfg(faulty)]
        let now = self.0.get();
        #[cfg(not(faulty))]
        let now = self.0.load(Relaxed);
        Instant::from_nanos(now)
    }
}

pub(crate) fn case() {
    assert_eq!(Steps(Time::new(7)).now().as_nanos(), 7);
}
