//! Threads and tasks that sleep until they are told.
//!
//! A waker is the user's code. It may panic, and it may drop or even poll the task that it wakes, which looks at this list
//! again: so it is cloned, woken and dropped with nothing held. `event-listener` wakes with its list locked; it is for
//! the threads.

use super::one_by_one::notify_one_by_one;
use event_listener::EventListener;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

pub(crate) struct Event {
    threads: event_listener::Event,
    tasks: Mutex<Tasks>,
}

struct Tasks {
    /// Those that were not told yet, by number. None: was not polled yet.
    asleep: BTreeMap<u64, Option<Waker>>,
    last_id: u64,
}

/// A task's place in the list. Dropped, it is taken back.
pub(crate) struct TaskListener<'e> {
    event: &'e Event,
    id: u64,
}

impl Event {
    pub(crate) const fn new() -> Self {
        let tasks = Tasks { asleep: BTreeMap::new(), last_id: 0 };
        Self { threads: event_listener::Event::new(), tasks: Mutex::new(tasks) }
    }

    pub(crate) fn listen(&self) -> EventListener {
        self.threads.listen()
    }

    pub(crate) fn listen_task(&self) -> TaskListener<'_> {
        let mut tasks = self.tasks();
        tasks.last_id += 1;
        let id = tasks.last_id;
        tasks.asleep.insert(id, None);
        TaskListener { event: self, id }
    }

    pub(crate) fn notify_all(&self) {
        notify_one_by_one(&self.threads);
        let told = std::mem::take(&mut self.tasks().asleep);
        told.into_values().flatten().for_each(wake);
    }

    /// Nothing in here panics with the lock held.
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for TaskListener<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = Some(context.waker().clone());
        let mut tasks = self.event.tasks();
        let place = tasks.asleep.get_mut(&self.id);
        let is_asleep = place.map(|place| std::mem::swap(place, &mut waker)).is_some();
        drop(tasks);
        // The one before, or the new one if it is not needed.
        drop(waker);
        if is_asleep { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for TaskListener<'_> {
    fn drop(&mut self) {
        let removed = self.event.tasks().asleep.remove(&self.id);
        drop(removed);
    }
}

/// That a waker panics is no reason to let all others sleep on. What it throws may do so again when it is dropped.
pub(super) fn wake(waker: Waker) {
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(thrown))).map_err(std::mem::forget);
    }
}
