//! The thread that wakes tasks comes with the first wait that has a limit, goes when there is none left, and comes again.
//!
//! A binary of its own, since that thread is one for the whole process. Real time, since what it waits for before it goes
//! is a second without work. Linux, which tells the names of threads.

#![cfg(target_os = "linux")]

use dogpile::{Demand, DogpileCell, RegenError};
use std::fs;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// What the thread needs to go, and what it never takes on the slowest of machines.
const IDLE: Duration = Duration::from_secs(1);
const STUCK: Duration = Duration::from_secs(60);

async fn not_due() -> Result<u32, String> {
    unreachable!("somebody else leads")
}

/// How many threads of this process keep the time. One that ends at this moment cannot be read any more.
fn timers() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path().join("comm"));
    tasks.filter(|name| fs::read_to_string(name).is_ok_and(|name| name.trim() == "dogpile-timer")).count()
}

fn wait_for_timers(number: usize) {
    let began = Instant::now();
    while timers() != number {
        assert!(began.elapsed() < STUCK, "there are {} timers, not {number}", timers());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_thread_goes_when_no_limit_is_left_and_comes_again() {
    let cell = DogpileCell::<u32>::never_expires();
    let lease = cell.try_lead().unwrap();
    for _ in 0..2 {
        assert_eq!(timers(), 0);
        let began;
        {
            let mut patient = pin!(cell.with(Demand::new().patience(HOUR)).try_get_or_regen_async(not_due));
            assert!(patient.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            wait_for_timers(1);
            began = Instant::now();
        }
        // An hour early.
        wait_for_timers(0);
        assert!(began.elapsed() >= IDLE / 2, "it stays for the next wait, if that comes soon");

        let hasty =
            cell.with(Demand::new().patience(Duration::from_millis(5))).try_get_or_regen_async(not_due);
        assert!(matches!(pollster::block_on(hasty), Err(RegenError::WaitTimeout)));
        wait_for_timers(0);
    }
    drop(lease);
}
