//! A stand-in for the list of threads that sleep: one that loom cannot see, and beside it one atomic
//! read-modify-write per operation, which stands for the lock of the real list. Tasks have the library's own list.
//!
//! Exact for `notify(usize::MAX)` only: a smaller number wakes that many, whoever was notified before.

use super::Ordering::AcqRel;
use super::primitives::{AtomicUsize, Notify, may_switch};
use super::tasks::Tasks;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

pub struct Event {
    threads: Arc<List>,
    tasks: Tasks,
}

#[derive(Default)]
struct List {
    lock: AtomicUsize,
    /// How each listener sleeps.
    entries: Mutex<Vec<Arc<Notify>>>,
}

pub struct EventListener {
    list: Arc<List>,
    notify: Arc<Notify>,
}

impl Default for Event {
    fn default() -> Self {
        Self { threads: Arc::default(), tasks: Tasks::new() }
    }
}

impl Event {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn listen(&self) -> EventListener {
        let listener = EventListener { list: Arc::clone(&self.threads), notify: Arc::new(Notify::new()) };
        self.threads.locked(|entries| entries.push(Arc::clone(&listener.notify)));
        listener
    }

    pub fn listen_task(&self) -> impl Future<Output = ()> + Unpin + '_ {
        self.tasks.listen()
    }

    pub fn notify_all(&self) {
        self.notify(usize::MAX);
        self.tasks.wake_all();
    }

    pub fn notify(&self, count: usize) -> usize {
        let woken: Vec<_> = self.threads.locked(|entries| {
            let count = count.min(entries.len());
            entries.drain(..count).collect()
        });
        for thread in &woken {
            thread.notify();
        }
        woken.len()
    }
}

impl List {
    /// Loom switches threads before the read-modify-write, never between it and what follows here.
    fn locked<R>(&self, f: impl FnOnce(&mut Vec<Arc<Notify>>) -> R) -> R {
        self.lock.fetch_add(1, AcqRel);
        f(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl EventListener {
    fn is_mine(&self, entry: &Arc<Notify>) -> bool {
        Arc::ptr_eq(entry, &self.notify)
    }

    pub fn wait(self) {
        loop {
            self.notify.wait();
            // Loom's `Notify` may wake for no reason; event-listener does not.
            if !self.list.locked(|entries| entries.iter().any(|entry| self.is_mine(entry))) {
                return;
            }
        }
    }
}

impl Drop for EventListener {
    fn drop(&mut self) {
        if !may_switch() {
            return;
        }
        let removed = self.list.locked(|entries| {
            let place = entries.iter().position(|entry| self.is_mine(entry));
            place.map(|place| entries.remove(place))
        });
        drop(removed);
    }
}
