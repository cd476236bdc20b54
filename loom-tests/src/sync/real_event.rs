//! The real event-listener, for the threads; tasks have the stand-in, since the library has a list of its own for them.

#[path = "../../../src/sync/one_by_one.rs"]
mod one_by_one;

use super::event;
pub use event_listener::EventListener;
use one_by_one::notify_one_by_one;

#[derive(Default)]
pub struct Event {
    threads: event_listener::Event,
    tasks: event::Event,
}

impl Event {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn listen(&self) -> EventListener {
        self.threads.listen()
    }

    pub fn listen_task(&self) -> event::EventListener {
        self.tasks.listen()
    }

    pub fn notify_all(&self) {
        notify_one_by_one(&self.threads);
        self.tasks.notify(usize::MAX);
    }
}
