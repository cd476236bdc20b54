//! Callers that sleep because there is no usable value.

use crate::sync::{Event, EventListener, const_fn};
use std::future::Future;

pub(crate) struct Waiters(Event);

impl Waiters {
    const_fn! {
        pub(crate) const fn new() -> Self {
            Self(Event::new())
        }
    }

    /// Enlists the calling thread. It must look at the slot once more before it sleeps: what changed before
    /// this call wakes nobody, what changes after it does.
    pub(crate) fn listen(&self) -> EventListener {
        self.0.listen()
    }

    /// The same for a task.
    pub(crate) fn listen_task(&self) -> impl Future<Output = ()> + Unpin {
        self.0.listen_task()
    }

    /// Wakes everybody. Called after each change that a waiter could wait for.
    pub(crate) fn wake_all(&self) {
        self.0.notify_all();
    }
}
