//! Threads and tasks that sleep until they are told: one list, behind one lock.
//!
//! Each time that all are told has a number. Whoever listens remembers the last one, and is told once the list has a
//! later one: so nobody misses a call that comes between listening and sleeping, and whoever wakes for no reason sleeps
//! on.
//!
//! A waker is the user's code. It may panic, and it may drop or even poll the task that it wakes, which looks at this
//! list again: so it is cloned, woken and dropped with nothing held.
//!
//! The models include this file as it is.

use super::const_fn;
use super::primitives::{Condvar, Mutex, MutexGuard, PoisonError};
use super::unwind::contain;
use super::wake::wake;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

pub(crate) struct Event {
    list: Mutex<List>,
    /// Rings for the threads.
    bell: Condvar,
}

struct List {
    /// How often all were told.
    calls: u64,
    /// A thread sleeps, or did since all were last told: only then is it worth a system call to ring.
    threads_sleep: bool,
    /// The tasks that sleep, by number.
    tasks: BTreeMap<u64, Waker>,
    last_task: u64,
}

/// Who listens: a thread that can sleep by it, or a task that can await it.
pub(crate) struct Listener<'e> {
    event: &'e Event,
    /// How often all had been told when it began to listen.
    heard: u64,
    /// The number of the task, while it may be among those that sleep.
    task: Option<u64>,
}

impl Event {
    const_fn! {
        pub(crate) const fn new() -> Self {
            let list = List { calls: 0, threads_sleep: false, tasks: BTreeMap::new(), last_task: 0 };
            Self { list: Mutex::new(list), bell: Condvar::new() }
        }
    }

    /// What is told from now on, the listener hears.
    pub(crate) fn listen(&self) -> Listener<'_> {
        let heard = self.lock().calls;
        Listener { event: self, heard, task: None }
    }

    /// Tells all who listen.
    pub(crate) fn notify_all(&self) {
        let mut list = self.lock();
        list.calls += 1;
        let threads_sleep = std::mem::take(&mut list.threads_sleep);
        let tasks = std::mem::take(&mut list.tasks);
        // Each thread takes the lock when it wakes.
        drop(list);
        if threads_sleep {
            self.bell.notify_all();
        }
        tasks.into_values().for_each(wake);
    }

    /// Nothing in here panics with the lock held.
    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener<'_> {
    /// Puts the thread to sleep until all are told, or `timeout` has passed by the operating system's clock.
    pub(crate) fn sleep(self, timeout: Option<Duration>) {
        let end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let bell = &self.event.bell;
        let mut list = self.event.lock();
        while list.calls == self.heard {
            // It stays so if the time is over first: then the next call rings for nobody.
            list.threads_sleep = true;
            list = match end.map(|end| end.saturating_duration_since(Instant::now())) {
                None => bell.wait(list).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return,
                Some(longest) => bell.wait_timeout(list, longest).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }
}

impl Future for Listener<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let mut list = self.event.lock();
        if list.calls != self.heard {
            drop(list);
            // Whoever told it took it off the list.
            self.task = None;
            return Poll::Ready(());
        }
        let task = self.task.unwrap_or_else(|| {
            list.last_task += 1;
            list.last_task
        });
        let replaced = list.tasks.insert(task, waker);
        drop(list);
        self.task = Some(task);
        contain(|| drop(replaced));
        Poll::Pending
    }
}

/// A task that is dropped is taken off the list.
impl Drop for Listener<'_> {
    fn drop(&mut self) {
        let Some(task) = self.task else { return };
        let removed = self.event.lock().tasks.remove(&task);
        contain(|| drop(removed));
    }
}
