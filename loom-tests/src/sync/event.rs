//! A stand-in for the list of those who sleep: one that loom cannot see, and beside it one atomic
//! read-modify-write per operation, which stands for the lock of the real list.
//!
//! Wakers are the runtime's: they are cloned, woken and dropped outside of that.
//!
//! Exact for `notify(usize::MAX)` only: a smaller number wakes that many, whoever was notified before.

use super::Ordering::AcqRel;
use super::primitives::{AtomicUsize, Notify, may_switch};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
pub struct Event(Arc<List>);

#[derive(Default)]
struct List {
    lock: AtomicUsize,
    entries: Mutex<Vec<Entry>>,
}

/// One listener, and how it sleeps.
struct Entry {
    thread: Arc<Notify>,
    /// None: it is a thread, or a task that was not polled yet.
    task: Option<Waker>,
}

pub struct EventListener {
    list: Arc<List>,
    notify: Arc<Notify>,
}

impl Event {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn listen(&self) -> EventListener {
        let listener = EventListener { list: Arc::clone(&self.0), notify: Arc::new(Notify::new()) };
        let entry = Entry { thread: Arc::clone(&listener.notify), task: None };
        self.0.locked(|entries| entries.push(entry));
        listener
    }

    /// Here a task's place in the list is like a thread's.
    pub fn listen_task(&self) -> EventListener {
        self.listen()
    }

    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    pub fn notify(&self, count: usize) -> usize {
        let woken: Vec<_> = self.0.locked(|entries| {
            let count = count.min(entries.len());
            entries.drain(..count).collect()
        });
        let count = woken.len();
        for Entry { thread, task } in woken {
            match task {
                Some(waker) => waker.wake(),
                None => thread.notify(),
            }
        }
        count
    }
}

impl List {
    /// Loom switches threads before the read-modify-write, never between it and what follows here.
    fn locked<R>(&self, f: impl FnOnce(&mut Vec<Entry>) -> R) -> R {
        self.lock.fetch_add(1, AcqRel);
        f(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl EventListener {
    fn is_mine(&self, entry: &Entry) -> bool {
        Arc::ptr_eq(&entry.thread, &self.notify)
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

impl Future for EventListener {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = Some(context.waker().clone());
        let is_listed = self.list.locked(|entries| {
            let entry = entries.iter_mut().find(|entry| self.is_mine(entry));
            entry.map(|entry| std::mem::swap(&mut entry.task, &mut waker)).is_some()
        });
        drop(waker);
        if is_listed { Poll::Pending } else { Poll::Ready(()) }
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
