//! Where the crate works, what is known of each platform, and what holds after a `fork`.
//!
//! The crate needs `std`, 64-bit atomics (`target_has_atomic = "64"`) and, for the blocking calls, threads that can
//! sleep. On a target without 64-bit atomics (some 32-bit MIPS, PowerPC, RISC-V and all Cortex-M targets) it does not
//! compile, and the error says why: deadlines are 64-bit words that readers load without a lock.
//!
//! # Platforms
//!
//! | platform | [`CoarseClock`](crate::clock::CoarseClock) | resolution | how it is checked |
//! |---|---|---|---|
//! | Linux, x86-64 | `CLOCK_MONOTONIC_COARSE` | 1 to 10 ms, often 4 | everything: tests, models, sanitizers, figures |
//! | Linux, i686 | the same | the same | the tests, in the workflow |
//! | Linux, other; Android | the same | the same | not checked |
//! | macOS | `CLOCK_MONOTONIC_RAW_APPROX` | about 1 ms or finer | the tests, in the workflow |
//! | Windows | `GetTickCount64` | 10 to 16 ms | the tests, in the workflow |
//! | FreeBSD, DragonFly BSD | `CLOCK_MONOTONIC_FAST` | about 1 ms or finer | not checked |
//! | **iOS and other Apple systems, NetBSD, OpenBSD, illumos, Solaris, other Unix** | **the wall clock**, `gettimeofday` | 1 µs | not checked |
//! | WASI, preview 1 | the host's monotonic clock | 1 ms | not checked |
//! | wasm in a browser (`wasm32-unknown-unknown`) | `performance.now()` | 1 ms | it compiles, in the workflow |
//!
//! The crate `coarsetime` chooses the clock; the table is that of its version 0.1.38.
//!
//! **Where the coarse clock is the wall clock, choose another clock.** The wall clock is not monotonic: if somebody
//! sets the time back by an hour, values live an hour longer, and so do leases and throttles. Nothing breaks, but
//! nothing ends in time either. [`PreciseClock`](crate::clock::PreciseClock) is monotonic on each of these systems:
//!
//! ```
//! use dogpile::clock::PreciseClock;
//! use dogpile::{DogpileCell, Settings};
//! use std::time::Duration;
//!
//! const MINUTE: Settings = Settings::new().time_to_live(Duration::from_secs(60));
//! static REPORT: DogpileCell<String, PreciseClock> = DogpileCell::with_clock(MINUTE, PreciseClock);
//! # assert_eq!(REPORT.get_or_regen(|| "42 orders".to_owned()).len(), 9);
//! ```
//!
//! A [`TickClock`](crate::clock::TickClock) reads the coarse clock, so it does not help there.
//!
//! # Suspend
//!
//! On Linux and macOS, the coarse and the precise clock stand still while the machine is suspended: a value that was
//! fresh before is fresh afterwards. On Windows both go on. If values have to expire across a suspend, implement
//! [`Clock`](crate::clock::Clock) for the wall clock: the example in its documentation does that.
//!
//! # wasm
//!
//! In wasm without threads nothing can wake a thread that sleeps, so a blocking call that would have to wait panics
//! with a message that says so. Calls that are served, calls that lead, and the `_async` methods work. There is no
//! thread for time limits either: [`wait_timeout`](crate::Settings::wait_timeout) and
//! [`lease_timeout`](crate::Settings::lease_timeout) do not end the sleep of a task there, so set neither. In a
//! browser, [`PreciseClock`](crate::clock::PreciseClock) panics, because `std::time::Instant` does.
//!
//! # After a fork
//!
//! A forked child has a copy of the parent's cells and *one* thread, the one that forked. A lock or a lease that
//! another thread of the parent held at that moment stays held in the child for ever. So **fork before the first use of
//! a cell, or while no other thread uses one**. In a child that goes on to `exec`, as `std::process::Command` does,
//! none of this matters.
//!
//! What works: the child is served the values of all cells that nobody regenerated at that moment, and can replace
//! them. The parent does not see these changes.
//!
//! | if at the `fork` another thread of the parent | then in the child |
//! |---|---|
//! | was publishing, giving up a lease, going to sleep, or waking sleepers | the lock of the cell's list of sleepers may be held for ever. The first call that publishes or waits on that cell hangs. It is held for moments, so this is rare. The allocator of some platforms has such locks, too |
//! | was leading on an empty or expired cell | the leader does not exist in the child, so callers wait for ever. With a [`lease_timeout`](crate::Settings::lease_timeout) one of them takes over. `set` and `invalidate` end the wait at once |
//! | was leading on a stale value | the stale value is served until its window ends, and is never renewed. With a `lease_timeout` the next caller takes over |
//! | was the timer of tasks (`dogpile-timer`) | the next task that waits with a limit notices, and starts one for the child. Limits of tasks that waited at the `fork` end then, too |
//! | was advancing a [`TickClock`](crate::clock::TickClock) | for the child time stands still until it calls [`start`](crate::clock::TickClock::start) or [`stop`](crate::clock::TickClock::stop), which notice the fork: call `start` in each child |
//! | was starting or stopping a `TickClock` | its lock may be held for ever. Do not fork then |
//!
//! Reads of a servable value take no lock and work in the child in each of these cases.
//!
//! The child notices the fork by its process id. Parent and child can have the same id, if each is the first process of
//! its PID namespace. Then the timer of tasks and [`start`](crate::clock::TickClock::start) notice by the delay
//! instead, which takes a second, and [`is_ticking`](crate::clock::TickClock::is_ticking) does not notice at all.
