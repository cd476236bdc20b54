//! Threads and tasks that sleep until they are told.
//!
//! `event-listener` wakes with its list locked, and a task's waker is the user's code: so it is for the threads only.

use super::one_by_one::notify_one_by_one;
use super::tasks::{TaskListener, Tasks};
use event_listener::EventListener;

pub(crate) struct Event {
    threads: event_listener::Event,
    tasks: Tasks,
}

impl Event {
    pub(crate) const fn new() -> Self {
        Self { threads: event_listener::Event::new(), tasks: Tasks::new() }
    }

    pub(crate) fn listen(&self) -> EventListener {
        self.threads.listen()
    }

    pub(crate) fn listen_task(&self) -> TaskListener<'_> {
        self.tasks.listen()
    }

    pub(crate) fn notify_all(&self) {
        notify_one_by_one(&self.threads);
        self.tasks.wake_all();
    }
}
