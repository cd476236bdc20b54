//! Tasks that sleep until they are told.
//!
//! A waker is the user's code. It may panic, and it may drop or even poll the task that it wakes, which looks at this list
//! again: so it is cloned, woken and dropped with nothing held.
//!
//! The models include this file as it is.

use super::const_fn;
use super::primitives::{Mutex, MutexGuard, PoisonError};
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The list.
pub(crate) struct Tasks(Mutex<List>);

struct List {
    /// Those that were not told yet, by number. None: was not polled yet.
    asleep: BTreeMap<u64, Option<Waker>>,
    last_id: u64,
}

/// A task's place in the list. Dropped, it is taken back.
pub(crate) struct TaskListener<'t> {
    tasks: &'t Tasks,
    id: u64,
}

impl Tasks {
    const_fn! {
        pub(crate) const fn new() -> Self {
            Self(Mutex::new(List { asleep: BTreeMap::new(), last_id: 0 }))
        }
    }

    pub(crate) fn listen(&self) -> TaskListener<'_> {
        let mut list = self.list();
        list.last_id += 1;
        let id = list.last_id;
        list.asleep.insert(id, None);
        drop(list);
        TaskListener { tasks: self, id }
    }

    pub(crate) fn wake_all(&self) {
        let told = std::mem::take(&mut self.list().asleep);
        told.into_values().flatten().for_each(wake);
    }

    /// Nothing in here panics with the lock held.
    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for TaskListener<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = Some(context.waker().clone());
        let mut list = self.tasks.list();
        let place = list.asleep.get_mut(&self.id);
        let is_asleep = place.map(|place| std::mem::swap(place, &mut waker)).is_some();
        drop(list);
        // The one before, or the new one if it is not needed.
        drop(waker);
        if is_asleep { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for TaskListener<'_> {
    fn drop(&mut self) {
        let removed = self.tasks.list().asleep.remove(&self.id);
        drop(removed);
    }
}

/// That a waker panics is no reason to let all others sleep on. What it throws may do so again when it is dropped.
pub(super) fn wake(waker: Waker) {
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(thrown))).map_err(std::mem::forget);
    }
}
