//! A stand-in for event-listener: a list that loom cannot see, and beside it one atomic
//! read-modify-write per operation, which stands for the lock of the real list.
//!
//! Exact for `notify(usize::MAX)` only: a smaller number wakes that many, whoever was notified before.

use loom::sync::Notify;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::AcqRel;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
pub struct Event(Arc<List>);

#[derive(Default)]
struct List {
    lock: AtomicUsize,
    listeners: Mutex<Vec<Arc<Notify>>>,
}

pub struct EventListener {
    list: Arc<List>,
    notify: Arc<Notify>,
}

pub trait Listener {
    fn wait(self);
}

impl Event {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn listen(&self) -> EventListener {
        let listener = EventListener { list: Arc::clone(&self.0), notify: Arc::new(Notify::new()) };
        self.0.locked(|listeners| listeners.push(Arc::clone(&listener.notify)));
        listener
    }

    pub fn notify(&self, count: usize) -> usize {
        let woken: Vec<_> = self.0.locked(|listeners| {
            let count = count.min(listeners.len());
            listeners.drain(..count).collect()
        });
        for notify in &woken {
            notify.notify();
        }
        woken.len()
    }
}

impl List {
    /// Loom switches threads before the read-modify-write, never between it and what follows here.
    fn locked<R>(&self, f: impl FnOnce(&mut Vec<Arc<Notify>>) -> R) -> R {
        self.lock.fetch_add(1, AcqRel);
        f(&mut self.listeners.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Listener for EventListener {
    fn wait(self) {
        loop {
            self.notify.wait();
            // Loom's `Notify` may wake for no reason; event-listener does not.
            let mine = |notify: &Arc<Notify>| Arc::ptr_eq(notify, &self.notify);
            if !self.list.locked(|listeners| listeners.iter().any(mine)) {
                return;
            }
        }
    }
}

impl Drop for EventListener {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return; // loom cannot switch threads while it unwinds
        }
        self.list.locked(|listeners| listeners.retain(|notify| !Arc::ptr_eq(notify, &self.notify)));
    }
}
