//! Wakes tasks at a time, which futures cannot do by themselves: one thread for the whole process.
//!
//! It is there from the first task that waits with a limit until there was none for a second.

use super::event::wake;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// How long the thread stays with nothing to do.
const IDLE: Duration = Duration::from_secs(1);

static TIMER: Timer = Timer {
    alarms: Mutex::new(Alarms { pending: BTreeMap::new(), last_id: 0, is_served: false }),
    changed: Condvar::new(),
};

struct Timer {
    alarms: Mutex<Alarms>,
    /// There is an alarm before all others, or none is left.
    changed: Condvar,
}

struct Alarms {
    /// By time, and among those of one time by number.
    pending: BTreeMap<(Instant, u64), Waker>,
    last_id: u64,
    /// The thread is there, and will look at `pending` once more.
    is_served: bool,
}

/// Ends with `future`, or at `end`.
pub(super) async fn until(end: Instant, mut future: impl Future<Output = ()> + Unpin) {
    let mut alarm = Alarm { end, id: None };
    poll_fn(|context| match Pin::new(&mut future).poll(context) {
        Poll::Pending => alarm.poll(context),
        ready @ Poll::Ready(()) => ready,
    })
    .await;
}

/// One task's place in the list. Dropped, it is taken back.
struct Alarm {
    end: Instant,
    id: Option<u64>,
}

impl Alarm {
    fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        if Instant::now() >= self.end {
            return Poll::Ready(());
        }
        // Wakers are cloned, woken and dropped with nothing held: see `event`.
        let waker = context.waker().clone();
        let mut alarms = TIMER.alarms();
        let id = *self.id.get_or_insert_with(|| alarms.next_id());
        let replaced = alarms.pending.insert((self.end, id), waker);
        // Polled once more, it is where it was.
        let is_new = replaced.is_none();
        let is_first = alarms.pending.first_key_value().is_some_and(|(key, _)| *key == (self.end, id));
        let starts = !std::mem::replace(&mut alarms.is_served, true);
        drop(alarms);
        drop(replaced);
        if starts {
            if thread::Builder::new().name("dogpile-timer".into()).spawn(|| TIMER.serve()).is_err() {
                TIMER.dismiss();
            }
        } else if is_new && is_first {
            TIMER.changed.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let mut alarms = TIMER.alarms();
        let removed = alarms.pending.remove(&(self.end, id));
        let was_last = removed.is_some() && alarms.pending.is_empty();
        drop(alarms);
        drop(removed);
        if was_last {
            TIMER.changed.notify_one();
        }
    }
}

impl Alarms {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl Timer {
    /// Nothing in here panics with the lock held.
    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is no thread to be had: all tasks are to ask again, and again, until there is one or their time is over.
    fn dismiss(&self) {
        let mut alarms = self.alarms();
        alarms.is_served = false;
        let pending = std::mem::take(&mut alarms.pending);
        drop(alarms);
        pending.into_values().for_each(wake);
    }

    fn serve(&self) {
        let mut alarms = self.alarms();
        loop {
            let first = alarms.pending.first_key_value().map(|((end, _), _)| *end);
            let sleep = first.map_or(IDLE, |end| end.saturating_duration_since(Instant::now()));
            if sleep.is_zero() {
                let due = alarms.pending.pop_first();
                drop(alarms);
                if let Some((_, waker)) = due {
                    wake(waker);
                }
                alarms = self.alarms();
                continue;
            }
            let (locked, waited) =
                self.changed.wait_timeout(alarms, sleep).unwrap_or_else(PoisonError::into_inner);
            alarms = locked;
            if first.is_none() && waited.timed_out() && alarms.pending.is_empty() {
                alarms.is_served = false;
                return;
            }
        }
    }
}
