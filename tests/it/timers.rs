//! The limits of tasks' waits. Real time, since that is what they are about: none ends before its own, and that each
//! ends at all is the test.

use crate::hands::{Call, Wakes, ready};
use crate::support::{STUCK, cell, cell_that, not_due_for_tasks, spawn};
use crate::tasks::each_executor;
use crate::ways::block_on;
use dogpile::{Demand, RegenError};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

/// In no order, and more than one at a time: so each comes before and after others in the list.
#[test]
fn each_of_many_tasks_ends_after_its_own_limit() {
    each_executor(|executor| {
        let (cell, _clock) = cell::<u32>();
        let lease = cell.try_lead_owned().unwrap();
        let wait = |number| -> Call<'static, bool> {
            let (cell, patience) = (Arc::clone(&cell), Duration::from_millis(number * 7 % 40));
            Box::pin(async move {
                let began = Instant::now();
                let ended = cell
                    .with(Demand::new().patience(patience))
                    .try_get_or_regen_async(not_due_for_tasks)
                    .await;
                matches!(ended, Err(RegenError::WaitTimeout)) && began.elapsed() >= patience
            })
        };
        assert_eq!(executor.run_all((0..120_u64).map(wait).collect()), [true; 120]);
        assert!(lease.publish(1).is_ok(), "the leader does not notice");
    });
}

/// The thread that keeps the time sleeps for an hour by then.
#[test]
fn a_limit_that_is_nearer_than_all_others_is_kept() {
    let (cell, _clock) = cell::<u32>();
    let lease = cell.try_lead().unwrap();
    let mut patient: Call<_> =
        Box::pin(cell.with(Demand::new().patience(HOUR)).try_get_or_regen_async(not_due_for_tasks));
    let wakes = Arc::<Wakes>::default();
    assert!(wakes.poll(&mut patient).is_pending());
    for millis in [20, 10, 5] {
        let cell = Arc::clone(&cell);
        let hasty = spawn(move || {
            block_on(
                cell.with(Demand::new().patience(Duration::from_millis(millis)))
                    .try_get_or_regen_async(not_due_for_tasks),
            )
            .map(drop)
        });
        assert!(matches!(hasty.join(), Err(RegenError::WaitTimeout)));
    }
    assert_eq!(wakes.count(), 0, "it is not its time");
    assert!(wakes.poll(&mut patient).is_pending());
    drop(lease);
}

/// Says its name when it wakes.
struct Says(Sender<&'static str>, &'static str);

impl Wake for Says {
    fn wake(self: Arc<Self>) {
        let _ = self.0.send(self.1);
    }
}

/// On a machine so slow that the time is over before the last poll, the test passes too early, never fails.
#[test]
fn who_went_to_another_task_is_woken_there_when_its_time_is_over() {
    let (cell, _clock) = cell::<u32>();
    let lease = cell.try_lead().unwrap();
    let (woken, who) = channel();
    let mut waiter: Call<_> = Box::pin(
        cell.with(Demand::new().patience(Duration::from_millis(30)))
            .try_get_or_regen_async(not_due_for_tasks),
    );
    for name in ["the first", "the second", "the last"] {
        let waker = Waker::from(Arc::new(Says(woken.clone(), name)));
        if waiter.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            return;
        }
    }
    assert_eq!(who.recv_timeout(STUCK), Ok("the last"));
    assert!(who.try_recv().is_err(), "nobody else");
    drop(lease);
}

/// However a wait ends before its time, nothing keeps its task.
#[test]
fn a_wait_that_ends_early_leaves_nothing_behind() {
    for served in [false, true] {
        let (cell, _clock) = cell_that(|cell| cell.wait_timeout(HOUR));
        let lease = cell.try_lead().unwrap();
        let wakes = Arc::<Wakes>::default();
        let mut waiter: Call<_> = Box::pin(cell.try_get_or_regen_async(not_due_for_tasks));
        assert!(wakes.poll(&mut waiter).is_pending());
        assert!(wakes.poll(&mut waiter).is_pending());
        assert!(Arc::strong_count(&wakes) > 1, "it is to be woken");
        if served {
            let _ = lease.publish(1).unwrap();
            assert_eq!(*ready(wakes.poll(&mut waiter)).unwrap(), 1);
        } else {
            drop(waiter);
        }
        assert_eq!(Arc::strong_count(&wakes), 1);
    }
}

/// What a waker may throw at worst: dropped, it panics once more.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new(Bomb));
    }
}

/// Panics when it wakes, after it has said so.
struct Panics(Sender<()>);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.send(()).expect("the test waits for it");
        resume_unwind(Box::new(Bomb));
    }
}

/// On a machine so slow that a wait is over when it is first polled, that one tells nothing.
#[test]
fn a_waker_that_panics_disturbs_nobody() {
    let (cell, _clock) = cell::<u32>();
    let lease = cell.try_lead_owned().unwrap();
    let (woken, is_woken) = channel();
    let waker = Waker::from(Arc::new(Panics(woken)));
    for _ in 0..3 {
        let mut waiter: Call<_> = Box::pin(
            cell.with(Demand::new().patience(Duration::from_millis(5)))
                .try_get_or_regen_async(not_due_for_tasks),
        );
        if waiter.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            continue;
        }
        is_woken.recv_timeout(STUCK).expect("nobody woke it");
        let ended = ready(waiter.as_mut().poll(&mut Context::from_waker(&waker)));
        assert!(matches!(ended, Err(RegenError::WaitTimeout)));
        let other = Arc::clone(&cell);
        let hasty = spawn(move || {
            block_on(
                other
                    .with(Demand::new().patience(Duration::from_millis(5)))
                    .try_get_or_regen_async(not_due_for_tasks),
            )
            .is_err()
        });
        assert!(hasty.join(), "it is woken by the same thread, after that panic");
    }
    drop(lease);
}
