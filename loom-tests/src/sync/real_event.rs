//! The real event-listener, for the threads; tasks have the library's own list in either case.

#[path = "../../../src/sync/one_by_one.rs"]
mod one_by_one;

use super::tasks::Tasks;
pub use event_listener::EventListener;
use one_by_one::notify_one_by_one;
use std::future::Future;

pub struct Event {
    threads: event_listener::Event,
    tasks: Tasks,
}

impl Default for Event {
    fn default() -> Self {
        Self { threads: event_listener::Event::new(), tasks: Tasks::new() }
    }
}

impl Event {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn listen(&self) -> EventListener {
        self.threads.listen()
    }

    pub fn listen_task(&self) -> impl Future<Output = ()> + Unpin + '_ {
        self.tasks.listen()
    }

    pub fn notify_all(&self) {
        notify_one_by_one(&self.threads);
        self.tasks.wake_all();
    }
}
