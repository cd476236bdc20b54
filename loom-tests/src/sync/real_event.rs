//! The real event-listener, for the threads; tasks have the stand-in, since the library has a list of its own for them.

use super::event;
pub use event_listener::EventListener;

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
        // As the library does.
        if self.threads.notify_additional(1) > 0 {
            for _ in 0..self.threads.total_listeners() {
                self.threads.notify_additional(1);
            }
        }
        self.tasks.notify(usize::MAX);
    }
}
