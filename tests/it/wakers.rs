//! Wakers are the user's code. Whatever one does, the others wake, and the cell goes on.

use crate::hands::{Call, Wakes, poll, ready};
use crate::support::{Shared, crash, not_due, spawn};
use dogpile::{DogpileCell, Guard};
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

fn shared() -> Shared<u32, dogpile::clock::CoarseClock> {
    Arc::new(DogpileCell::never_expires())
}

fn waiting(cell: &Shared<u32, dogpile::clock::CoarseClock>) -> Waiting {
    let cell = Arc::clone(cell);
    Box::pin(async move { assert_eq!(*cell.get_or_regen_async(async || not_due()).await, 7) })
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("the waker of another task (this message is part of a test)");
    }
}

#[test]
fn one_that_panics_neither_ends_the_publication_nor_keeps_the_others_asleep() {
    let cell = shared();
    let lease = cell.try_lead().unwrap();
    let mut panics: Call<_> = Box::pin(cell.get_or_regen_async(async || not_due()));
    let mut sleeps: Call<_> = Box::pin(cell.get_or_regen_async(async || not_due()));
    assert!(panics.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(Panics)))).is_pending());
    let wakes = Arc::new(Wakes::default());
    assert!(wakes.poll(&mut sleeps).is_pending());
    assert_eq!(*lease.publish(7).unwrap(), 7);
    assert_eq!(wakes.count(), 1);
    assert_eq!((*ready(poll(&mut panics)), *ready(poll(&mut sleeps))), (7, 7));

    cell.invalidate();
    let lease = cell.try_lead_owned().unwrap();
    let thread = spawn({
        let cell = Arc::clone(&cell);
        move || *cell.get_or_regen(|| 8)
    });
    drop(lease);
    assert_eq!(thread.join(), 8, "threads wake as ever");
}

#[test]
fn one_that_panics_while_a_leader_unwinds_does_not_abort() {
    let cell = shared();
    let mut panics: Call<_> = Box::pin(cell.get_or_regen_async(async || 7));
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        cell.get_or_regen(|| {
            // Not inside: another thread polls it.
            std::thread::scope(|scope| {
                let polls = || {
                    panics
                        .as_mut()
                        .poll(&mut Context::from_waker(&Waker::from(Arc::new(Panics))))
                        .is_pending()
                };
                assert!(scope.spawn(polls).join().unwrap());
            });
            crash()
        })
    }));
    assert!(ended.is_err());
    assert_eq!(*ready(poll(&mut panics)), 7);
}

/// An executor whose queue holds the tasks that are ready.
struct Queued {
    future: Mutex<Option<Waiting>>,
    queue: SyncSender<Arc<Self>>,
}

impl Wake for Queued {
    fn wake(self: Arc<Self>) {
        // If the executor is gone, this was the last to hold the task.
        let _ = self.queue.send(Arc::clone(&self));
    }
}

#[test]
fn one_that_drops_its_task_does_not_deadlock() {
    let cell = shared();
    let lease = cell.try_lead_owned().unwrap();
    let (queue, executor) = sync_channel(1);
    let task = Arc::new(Queued { future: Mutex::new(Some(waiting(&cell))), queue });
    let waker = Waker::from(Arc::clone(&task));
    let mut future = task.future.lock().unwrap();
    assert!(future.as_mut().unwrap().as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(future);
    let is_there = Arc::downgrade(&task);
    drop((waker, task, executor));
    assert!(is_there.upgrade().is_some(), "its waker in the cell keeps it");
    assert_eq!(spawn(move || Guard::version(&lease.publish(7).unwrap())).join(), 1);
    assert!(is_there.upgrade().is_none());
}

/// A waker that polls.
struct Inline(Mutex<Option<Waiting>>);

impl Inline {
    fn poll(self: &Arc<Self>) {
        let waker = Waker::from(Arc::clone(self));
        let mut future = self.0.lock().unwrap();
        let Some(polled) = future.as_mut() else { return };
        if let Poll::Ready(()) = polled.as_mut().poll(&mut Context::from_waker(&waker)) {
            *future = None;
        }
    }
}

impl Wake for Inline {
    fn wake(self: Arc<Self>) {
        self.poll();
    }
}

#[test]
fn one_that_polls_its_task_does_not_deadlock() {
    let cell = shared();
    let lease = cell.try_lead_owned().unwrap();
    let task = Arc::new(Inline(Mutex::new(Some(waiting(&cell)))));
    task.poll();
    assert!(task.0.lock().unwrap().is_some(), "it waits");
    assert_eq!(spawn(move || Guard::version(&lease.publish(7).unwrap())).join(), 1);
    assert!(task.0.lock().unwrap().is_none(), "it ended where it was woken");
}
