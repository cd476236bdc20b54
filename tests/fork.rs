//! After a `fork` the child has none of its parent's threads. The clock that ticks and the thread that wakes tasks notice.
//!
//! Without a harness, whose threads might hold any lock at the moment of the fork: the only other threads of this program are
//! those of the crate, which sleep then. Linux, whose `malloc` and threads work in such a child. (POSIX promises neither.)

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() {
    for (name, test) in linux::TESTS {
        test();
        println!("test {name} ... ok");
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use dogpile::clock::{Clock, TickClock};
    use dogpile::{Demand, DogpileCell, RegenError};
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::thread;
    use std::time::{Duration, Instant};

    pub(crate) const TESTS: [(&str, fn()); 4] = [
        ("a_clock_that_ticked_can_be_started_in_a_child", a_clock_that_ticked_can_be_started_in_a_child),
        ("a_clock_that_ticked_can_be_stopped_in_a_child", a_clock_that_ticked_can_be_stopped_in_a_child),
        ("a_limit_ends_a_tasks_wait_in_a_child", a_limit_ends_a_tasks_wait_in_a_child),
        (
            "a_value_of_the_parents_is_served_and_replaced_in_a_child",
            a_value_is_served_and_replaced_in_a_child,
        ),
    ];

    const HOUR: Duration = Duration::from_secs(3600);
    const MILLISECOND: Duration = Duration::from_millis(1);
    const STUCK: Duration = Duration::from_secs(60);

    static TICKS: TickClock = TickClock::new(MILLISECOND);

    /// Runs `child` in a child, which is killed if it hangs.
    fn in_a_child(child: impl FnOnce()) {
        // Whoever has just been started, or woken, sleeps again.
        thread::sleep(20 * MILLISECOND);
        // SAFETY: see the head of this file.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "there is no process to be had");
        if pid == 0 {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
            // SAFETY: nothing of the parent's is cleaned up twice.
            unsafe { libc::_exit(i32::from(ended.is_err())) };
        }
        let began = Instant::now();
        let mut status = 0;
        // SAFETY: it is a child of this process, and nobody else waits for it.
        while unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) } == 0 {
            if began.elapsed() > STUCK {
                // SAFETY: it was not waited for, so it is still that child.
                unsafe { libc::kill(pid, libc::SIGKILL) };
            }
            thread::sleep(MILLISECOND);
        }
        assert_eq!(status, 0, "the child failed, or hung");
    }

    fn advances() -> bool {
        let (before, began) = (TICKS.now(), Instant::now());
        while TICKS.now() == before {
            if began.elapsed() > STUCK / 2 {
                return false;
            }
        }
        true
    }

    fn a_clock_that_ticked_can_be_started_in_a_child() {
        TICKS.start().unwrap();
        in_a_child(|| {
            assert!(!TICKS.is_ticking(), "its thread is the parent's");
            let (lag, before) = (TICKS.lag(), TICKS.now());
            thread::sleep(20 * MILLISECOND);
            assert!(TICKS.now() == before && TICKS.lag() > lag, "time stands still");
            TICKS.start().unwrap();
            assert!(TICKS.is_ticking() && advances());
            TICKS.stop();
            assert!(!TICKS.is_ticking() && advances());
        });
        assert!(TICKS.is_ticking() && advances(), "the parent does not notice");
        TICKS.stop();
    }

    fn a_clock_that_ticked_can_be_stopped_in_a_child() {
        TICKS.start().unwrap();
        in_a_child(|| {
            TICKS.stop();
            assert!(!TICKS.is_ticking() && advances());
        });
        assert!(TICKS.is_ticking());
        TICKS.stop();
    }

    async fn not_due() -> Result<u32, String> {
        unreachable!("somebody else leads")
    }

    fn ends_by_its_limit(cell: &DogpileCell<u32>) {
        let hasty = cell.with(Demand::new().patience(5 * MILLISECOND)).try_get_or_regen_async(not_due);
        assert!(matches!(pollster::block_on(hasty), Err(RegenError::WaitTimeout)));
    }

    fn a_limit_ends_a_tasks_wait_in_a_child() {
        let cell = DogpileCell::<u32>::never_expires();
        let lease = cell.try_lead().unwrap();
        // Now there is such a thread, and it sleeps for an hour.
        let mut patient = pin!(cell.with(Demand::new().patience(HOUR)).try_get_or_regen_async(not_due));
        assert!(patient.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        in_a_child(|| {
            ends_by_its_limit(&cell);
            ends_by_its_limit(&cell);
        });
        ends_by_its_limit(&cell);
        drop(lease);
    }

    fn a_value_is_served_and_replaced_in_a_child() {
        static CELL: DogpileCell<u32> = DogpileCell::never_expires();
        CELL.set(1);
        in_a_child(|| {
            assert_eq!(*CELL.get_or_regen(|| unreachable!("it is fresh")), 1);
            CELL.invalidate();
            assert_eq!(*CELL.get_or_regen(|| 2), 2);
        });
        assert_eq!(*CELL.get().unwrap(), 1, "what the child does is its own");
    }
}
