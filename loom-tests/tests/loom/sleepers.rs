//! The list of sleeping threads and tasks and the thread that wakes tasks in time, both as the library has them. F6: one of
//! them sleeps on although it was told to wake, or its time is over; and that thread neither ends with work left nor stays
//! without any.
//!
//! A wake-up that is lost is a deadlock, which loom reports; so is a thread that never goes.

use crate::rig::{boom, exhaustively, preempting};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use loom_tests::sync::sleepers::{
    Event, IDLE, Instant, LOST, dawn, threads_go, time_passes, time_runs, until,
};
use loom_tests::sync::{AtomicBool, Ordering::Relaxed};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// What a waiter waits for, and the list that it sleeps in.
struct Door {
    is_open: AtomicBool,
    event: Event,
}

impl Door {
    fn closed() -> Arc<Self> {
        Arc::new(Self { is_open: AtomicBool::new(false), event: Event::default() })
    }

    fn open(&self) {
        // Relaxed: that who wakes, or comes too late to be told, sees it, must come from the list.
        self.is_open.store(true, Relaxed);
        self.event.notify_all();
    }

    /// Listens, looks, and sleeps, as calls do.
    async fn pass(&self) {
        let listener = self.event.listen();
        if !self.is_open.load(Relaxed) {
            listener.await;
            assert!(self.is_open.load(Relaxed), "woken by who opened it");
        }
    }

    /// Listens, looks, and sleeps, as the calls of threads do.
    fn walk_through(&self) {
        let listener = self.event.listen();
        if !self.is_open.load(Relaxed) {
            listener.sleep();
            assert!(self.is_open.load(Relaxed), "woken by who opened it");
        }
    }
}

/// Another thread, which sleeps until it is open.
fn walker(door: &Arc<Door>) -> JoinHandle<()> {
    let door = Arc::clone(door);
    thread::spawn(move || door.walk_through())
}

/// Another thread, which opens it.
fn opener(door: &Arc<Door>) -> JoinHandle<()> {
    let door = Arc::clone(door);
    thread::spawn(move || door.open())
}

/// Polls once, by a task that nothing wakes.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_thread_lies_down_beside_the_call() {
    exhaustively(|| {
        let door = Door::closed();
        let opener = opener(&door);
        door.walk_through();
        opener.join().unwrap();
    });
}

#[test]
fn two_threads_lie_down_beside_the_call() {
    preempting(3, || {
        let door = Door::closed();
        let others = [walker(&door), opener(&door)];
        door.walk_through();
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn a_thread_and_a_task_lie_down_beside_the_call() {
    preempting(3, || {
        let door = Door::closed();
        let others = [walker(&door), opener(&door)];
        block_on(door.pass());
        for other in others {
            other.join().unwrap();
        }
    });
}

/// Sleeps until that is so, however often it is told of something else.
fn sleep_until(event: &Event, is_so: &AtomicBool) {
    loop {
        let listener = event.listen();
        if is_so.load(Relaxed) {
            return;
        }
        listener.sleep();
    }
}

#[test]
fn a_thread_lies_down_beside_two_calls() {
    exhaustively(|| {
        let (door, again) = (Door::closed(), Arc::new(AtomicBool::new(false)));
        let sleeper = thread::spawn({
            let (door, again) = (Arc::clone(&door), Arc::clone(&again));
            move || {
                door.walk_through();
                sleep_until(&door.event, &again);
            }
        });
        door.open();
        again.store(true, Relaxed);
        door.event.notify_all();
        sleeper.join().unwrap();
    });
}

/// Who wakes by the first call leaves the other asleep, for the second.
#[test]
fn a_thread_lies_down_while_another_wakes() {
    preempting(3, || {
        let (door, again) = (Door::closed(), Arc::new(AtomicBool::new(false)));
        let late = thread::spawn({
            let (door, again) = (Arc::clone(&door), Arc::clone(&again));
            move || sleep_until(&door.event, &again)
        });
        let caller = thread::spawn({
            let door = Arc::clone(&door);
            move || {
                door.open();
                again.store(true, Relaxed);
                door.event.notify_all();
            }
        });
        door.walk_through();
        late.join().unwrap();
        caller.join().unwrap();
    });
}

#[test]
fn a_task_lies_down_beside_the_call() {
    exhaustively(|| {
        let door = Door::closed();
        let opener = opener(&door);
        block_on(door.pass());
        opener.join().unwrap();
    });
}

#[test]
fn two_tasks_lie_down_beside_the_call() {
    preempting(3, || {
        let door = Door::closed();
        let other = thread::spawn({
            let door = Arc::clone(&door);
            move || block_on(door.pass())
        });
        let opener = opener(&door);
        block_on(door.pass());
        other.join().unwrap();
        opener.join().unwrap();
    });
}

#[test]
fn a_task_is_dropped_beside_the_call() {
    preempting(3, || {
        let door = Door::closed();
        let mut dropped = Box::pin(door.pass());
        assert!(poll_once(dropped.as_mut()).is_pending());
        let opener = opener(&door);
        let other = thread::spawn({
            let door = Arc::clone(&door);
            move || block_on(door.pass())
        });
        drop(dropped);
        other.join().unwrap();
        opener.join().unwrap();
    });
}

#[test]
fn a_task_goes_to_another_waker_beside_the_call() {
    exhaustively(|| {
        let door = Door::closed();
        let mut pass = pin!(door.pass());
        assert!(poll_once(pass.as_mut()).is_pending());
        let opener = opener(&door);
        block_on(pass);
        opener.join().unwrap();
    });
}

/// A waker that counts. It is not loom's: exact, and orders nothing.
#[derive(Default)]
struct Wakes(std::sync::atomic::AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Wakes {
    fn poll<F: Future + ?Sized>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// Its waker may be the last to hold what the task holds.
#[test]
fn nothing_of_a_dropped_task_is_left() {
    exhaustively(|| {
        let (door, wakes) = (Door::closed(), Arc::<Wakes>::default());
        let mut dropped = Box::pin(door.pass());
        assert!(wakes.poll(dropped.as_mut()).is_pending());
        let other = thread::spawn({
            let door = Arc::clone(&door);
            move || assert!(poll_once(pin!(door.pass())).is_pending())
        });
        drop(dropped);
        other.join().unwrap();
        assert_eq!((Arc::strong_count(&wakes), wakes.count()), (1, 0));
    });
}

#[test]
fn nothing_of_a_task_that_was_told_is_left() {
    exhaustively(|| {
        let (door, wakes) = (Door::closed(), Arc::<Wakes>::default());
        let mut pass = Box::pin(door.pass());
        assert!(wakes.poll(pass.as_mut()).is_pending());
        let opener = opener(&door);
        let is_through = wakes.poll(pass.as_mut()).is_ready();
        opener.join().unwrap();
        assert!(is_through || wakes.poll(pass.as_mut()).is_ready());
        assert_eq!(Arc::strong_count(&wakes), 1);
        let woken = wakes.count();
        door.event.notify_all();
        assert_eq!((wakes.count(), woken <= 1), (woken, true), "told once, and not when it is through");
    });
}

#[test]
fn a_waker_that_panics_keeps_nobody_asleep() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Self>) {
            boom()
        }
    }
    exhaustively(|| {
        let door = Door::closed();
        let mut bad = Box::pin(door.pass());
        assert!(bad.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(Bad)))).is_pending());
        let opener = opener(&door);
        block_on(door.pass());
        opener.join().unwrap();
        assert!(poll_once(bad.as_mut()).is_ready());
    });
}

/// Sets up and drops another task when it wakes: the list must not be locked then.
#[test]
fn a_waker_that_looks_at_the_list_again() {
    struct Again(Arc<Door>);
    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            assert!(poll_once(pin!(self.0.event.listen())).is_pending());
        }
    }
    exhaustively(|| {
        let door = Door::closed();
        let again = Arc::new(Again(Arc::clone(&door)));
        let waker = Waker::from(Arc::clone(&again));
        let mut pass = Box::pin(door.pass());
        assert!(pass.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let opener = opener(&door);
        opener.join().unwrap();
        assert!(poll_once(pass.as_mut()).is_ready());
    });
}

const SOON: Duration = Duration::from_nanos(10);
const LATER: Duration = Duration::from_nanos(20);

fn never() -> impl Future<Output = ()> + Unpin {
    pending()
}

/// Time goes on until a thread without work has gone; one that sleeps for longer is a deadlock to loom.
fn the_thread_goes(from: Instant) {
    time_runs(from + 2 * IDLE);
    threads_go();
}

#[test]
fn an_alarm_goes_off() {
    preempting(2, || {
        let dawn = dawn();
        let sleeper = thread::spawn(move || {
            block_on(until(dawn + SOON, never()));
            assert!(Instant::now() >= dawn + SOON, "too early");
        });
        time_passes(dawn + SOON);
        sleeper.join().unwrap();
        the_thread_goes(dawn + SOON);
    });
}

/// The thread sleeps for longer by then.
#[test]
fn an_earlier_alarm_goes_off() {
    preempting(2, || {
        let dawn = dawn();
        let (mut patient, wakes) = (Box::pin(until(dawn + LATER, never())), Arc::<Wakes>::default());
        assert!(wakes.poll(patient.as_mut()).is_pending());
        let sleeper = thread::spawn(move || block_on(until(dawn + SOON, never())));
        time_passes(dawn + SOON);
        sleeper.join().unwrap();
        assert!(wakes.poll(patient.as_mut()).is_pending() && wakes.count() == 0, "too early");
        drop(patient);
        the_thread_goes(dawn + SOON);
    });
}

/// The one after it goes off all the same.
#[test]
fn an_alarm_is_dropped_beside_another() {
    preempting(2, || {
        let dawn = dawn();
        let mut dropped = Box::pin(until(dawn + SOON, never()));
        assert!(poll_once(dropped.as_mut()).is_pending());
        let sleeper = thread::spawn(move || block_on(until(dawn + LATER, never())));
        drop(dropped);
        time_passes(dawn + LATER);
        sleeper.join().unwrap();
        the_thread_goes(dawn + LATER);
    });
}

/// It slept until the alarm that is dropped, and is to find out that it has nothing to do.
#[test]
fn the_only_alarm_is_dropped() {
    preempting(2, || {
        let dawn = dawn();
        let mut dropped = Box::pin(until(dawn + 9 * IDLE, never()));
        assert!(poll_once(dropped.as_mut()).is_pending());
        drop(dropped);
        the_thread_goes(dawn);
    });
}

#[test]
fn an_alarm_is_set_beside_the_thread_that_goes() {
    preempting(2, || {
        let dawn = dawn();
        let mut dropped = Box::pin(until(dawn + SOON, never()));
        assert!(poll_once(dropped.as_mut()).is_pending());
        drop(dropped);
        let end = dawn + IDLE + SOON;
        let sleeper = thread::spawn(move || block_on(until(end, never())));
        time_passes(dawn + IDLE);
        time_passes(end);
        sleeper.join().unwrap();
        the_thread_goes(end);
    });
}

#[test]
fn a_task_goes_to_another_waker_beside_its_alarm() {
    preempting(2, || {
        let dawn = dawn();
        let mut sleeper = pin!(until(dawn + SOON, never()));
        assert!(poll_once(sleeper.as_mut()).is_pending());
        let time = thread::spawn(move || time_passes(dawn + SOON));
        block_on(sleeper);
        time.join().unwrap();
        the_thread_goes(dawn + SOON);
    });
}

#[test]
fn a_task_is_told_beside_its_alarm() {
    preempting(2, || {
        let (dawn, door) = (dawn(), Door::closed());
        let opener = opener(&door);
        let listener = door.event.listen();
        if !door.is_open.load(Relaxed) {
            block_on(until(dawn + 9 * IDLE, listener));
        }
        opener.join().unwrap();
        the_thread_goes(dawn);
    });
}

/// A thread that was only late is replaced, and goes.
#[test]
fn a_thread_that_is_late_is_replaced() {
    preempting(2, || {
        let dawn = dawn();
        let mut first = pin!(until(dawn + SOON, never()));
        assert!(poll_once(first.as_mut()).is_pending());
        let end = dawn + SOON + LOST + LOST;
        time_passes(end);
        let mut second = Box::pin(until(end + SOON, never()));
        assert!(poll_once(second.as_mut()).is_pending());
        time_passes(end + SOON);
        block_on(second);
        the_thread_goes(end + SOON);
    });
}
