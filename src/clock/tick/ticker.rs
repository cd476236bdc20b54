//! The thread that advances the word, and how it comes and goes.
//!
//! There is one at a time that may advance it: the one that was launched last. It can be lost, without a word from
//! anybody: after a `fork` the child has none of its parent's threads. Then another one takes its place.

use crate::sync::Ordering::Relaxed;
use crate::sync::{AtomicU64, JoinHandle, Mutex, MutexGuard, PoisonError, const_fn, this_process, thread};
use std::{io, mem};

pub(super) struct Ticker {
    threads: Mutex<Threads>,
    /// Whose thread the last one is.
    process: AtomicU64,
    /// How many were launched: the number of the last one.
    launched: AtomicU64,
}

struct Threads {
    /// The last one, unless it was ended.
    running: Option<JoinHandle<()>>,
    /// Those that were lost. To join one that is not of this process would be to wait for ever, and to detach it
    /// undefined; one that was only late ends when it gets a processor.
    lost: Vec<JoinHandle<()>>,
}

impl Ticker {
    const_fn! {
        pub(super) const fn new() -> Self {
            Self {
                threads: Mutex::new(Threads { running: None, lost: Vec::new() }),
                process: AtomicU64::new(0),
                launched: AtomicU64::new(0),
            }
        }
    }

    /// Whether the last one was launched by this process.
    // Relaxed, here and below: where it counts, the lock is held, or a thread looks at what was there before it.
    pub(super) fn is_of_this_process(&self) -> bool {
        self.process.load(Relaxed) == this_process()
    }

    /// Whether the thread of this number is the last one.
    pub(super) fn is_last(&self, number: u64) -> bool {
        self.launched.load(Relaxed) == number
    }

    /// Launches a thread, which is told its number, unless there is one; `is_lost` says whether one of this process is
    /// not there all the same.
    pub(super) fn launch(
        &self,
        is_lost: impl FnOnce() -> bool,
        spawn: impl FnOnce(u64) -> io::Result<JoinHandle<()>>,
    ) -> io::Result<()> {
        let mut threads = self.threads();
        if threads.running.is_some() && self.is_of_this_process() && !is_lost() {
            return Ok(());
        }
        threads.lose();
        self.process.store(this_process(), Relaxed);
        let number = self.launched.fetch_add(1, Relaxed) + 1;
        threads.running = Some(spawn(number)?);
        Ok(())
    }

    /// `stop` tells the last one to end; waits for that, but for one that is lost.
    pub(super) fn end(&self, is_lost: impl FnOnce() -> bool, stop: impl FnOnce()) {
        let mut threads = self.threads();
        let is_lost = !self.is_of_this_process() || is_lost();
        stop();
        if is_lost {
            threads.lose();
        }
        threads.bury();
        let Some(thread) = threads.running.take() else { return };
        thread.thread().unpark();
        // The thread itself may be the last to hold the clock, for the moment of a tick: it drops it, and ends.
        if thread.thread().id() != thread::current().id() {
            // It does not panic.
            let _ = thread.join();
        }
    }

    #[cfg(test)]
    pub(super) fn pretend_to_be_another_process(&self) {
        self.process.store(u64::MAX, Relaxed);
    }

    /// Returns when all that were lost have ended.
    #[cfg(test)]
    pub(super) fn wait_for_the_lost(&self) {
        let are_left = || {
            let mut threads = self.threads();
            threads.bury();
            !threads.lost.is_empty()
        };
        while are_left() {
            thread::yield_now();
        }
    }

    /// Nothing in here panics with the lock held, but in tests.
    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Threads {
    fn lose(&mut self) {
        self.lost.extend(self.running.take());
    }

    /// Lets those go that were late, and have ended. One of another process never does.
    fn bury(&mut self) {
        let (ended, lost) = mem::take(&mut self.lost).into_iter().partition(JoinHandle::is_finished);
        self.lost = lost;
        drop::<Vec<_>>(ended);
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.bury();
        mem::take(&mut self.lost).into_iter().for_each(mem::forget);
    }
}
