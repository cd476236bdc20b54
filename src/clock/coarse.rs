//! The clock that is cheap to read.

use crate::clock::{Clock, Instant};

/// The operating system's coarse monotonic clock, and the default: it costs a quarter of what
/// [`PreciseClock`](crate::clock::PreciseClock) costs.
///
/// It is read through the `coarsetime` crate. Some systems have no such clock: see
/// [`platforms`](crate::docs::platforms).
///
/// # Resolution
///
/// The clock shows the time of the last scheduler tick, so values may be served that much longer than their time to
/// live: 1 to 10 ms on Linux and Android (the kernel's `CONFIG_HZ`; 4 ms is common), 10 to 16 ms on Windows, less on
/// macOS and FreeBSD. Where a time to live is below some 50 ms, or where ages have to be exact, use
/// [`PreciseClock`](crate::clock::PreciseClock).
///
/// On Linux and macOS, the clock stands still while the machine is suspended.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoarseClock;

impl Clock for CoarseClock {
    #[inline]
    fn now(&self) -> Instant {
        // Not `now`: that stores the time into a static that all threads share, on each call.
        let now = coarsetime::Instant::now_without_cache_update();
        Instant::from_nanos(now.duration_since(coarsetime::Instant::from_ticks(0)).as_nanos())
    }
}
