//! Wakes tasks at a time, which futures cannot do by themselves: one thread for the whole process.
//!
//! It is there from the first task that waits with a limit until there was none for a second.
//!
//! After a `fork` the child has no such thread, though all else says so. Whoever registers an alarm notices: by the
//! number of the process; and, where the child has the same one, since both are the first of their PID namespaces, by
//! the first alarm, which is long overdue. Then another thread takes its place, and the one before, should it only have
//! been late, goes.
//!
//! The models include this file as it is.

use super::const_fn;
use super::time::{Instant, Monitor, spawn, this_process};
use super::unwind::contain;
use super::wake::wake;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How long the thread stays with nothing to do.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// What it may be late before it is taken to be lost.
pub(super) const LOST: Duration = Duration::from_secs(1);

pub(super) struct Timer {
    /// The bell rings when there is an alarm before all others, when none is left, and when another thread took over.
    alarms: Monitor<Alarms>,
}

struct Alarms {
    /// By time, and among those of one time by number.
    pending: BTreeMap<(Instant, u64), Waker>,
    last_id: u64,
    /// The thread that is there, and will look at `pending` once more.
    served_by: Option<Server>,
    last_server: u64,
}

#[derive(Clone, Copy)]
struct Server {
    number: u64,
    process: u64,
    since: Instant,
}

/// One task's place in the list. Dropped, it is taken back.
struct Alarm {
    timer: &'static Timer,
    end: Instant,
    id: Option<u64>,
}

impl Timer {
    const_fn! {
        pub(super) const fn new() -> Self {
            let alarms = Alarms { pending: BTreeMap::new(), last_id: 0, served_by: None, last_server: 0 };
            Self { alarms: Monitor::new(alarms) }
        }
    }

    /// Ends with `future`, or at `end`.
    pub(super) async fn until(&'static self, end: Instant, mut future: impl Future<Output = ()> + Unpin) {
        let mut alarm = Alarm { timer: self, end, id: None };
        poll_fn(|context| match Pin::new(&mut future).poll(context) {
            Poll::Pending => alarm.poll(context),
            ready @ Poll::Ready(()) => ready,
        })
        .await;
    }

    /// Starts the thread of this number.
    fn start(&'static self, number: u64) {
        // One that is lost may be only late.
        self.alarms.ring();
        if spawn("dogpile-timer", move || self.serve(number)).is_err() {
            self.dismiss();
        }
    }

    /// There is no thread to be had: all tasks are to ask again, and again, until there is one or their time is over.
    fn dismiss(&self) {
        let mut alarms = self.alarms.lock();
        alarms.served_by = None;
        let pending = std::mem::take(&mut alarms.pending);
        drop(alarms);
        pending.into_values().for_each(wake);
    }

    /// What the thread does.
    fn serve(&self, number: u64) {
        let mut idle_until = None;
        let mut alarms = self.alarms.lock();
        while alarms.served_by.is_some_and(|server| server.number == number) {
            let now = Instant::now();
            let first = alarms.pending.first_key_value().map(|((end, _), _)| *end);
            if first.is_some() {
                idle_until = None;
            }
            if first.is_some_and(|end| end <= now) {
                let due = alarms.pending.pop_first();
                drop(alarms);
                if let Some((_, waker)) = due {
                    wake(waker);
                }
                alarms = self.alarms.lock();
                continue;
            }
            let end = first.unwrap_or_else(|| *idle_until.get_or_insert(now + IDLE));
            if end <= now {
                alarms.served_by = None;
                return;
            }
            alarms = self.alarms.sleep_until(alarms, end);
        }
    }
}

impl Alarms {
    /// The number of the thread to be started, if there is none, or it is lost.
    fn engage(&mut self, now: Instant) -> Option<u64> {
        let process = this_process();
        let is_overdue = |server: Server| {
            let first = self.pending.first_key_value().map(|((end, _), _)| (*end).max(server.since));
            first.is_some_and(|end| now.saturating_duration_since(end) > LOST)
        };
        if self.served_by.is_some_and(|server| server.process == process && !is_overdue(server)) {
            return None;
        }
        self.last_server += 1;
        self.served_by = Some(Server { number: self.last_server, process, since: now });
        Some(self.last_server)
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl Alarm {
    fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        let now = Instant::now();
        if now >= self.end {
            return Poll::Ready(());
        }
        // Wakers are cloned, woken and dropped with nothing held: see `event`.
        let waker = context.waker().clone();
        let mut alarms = self.timer.alarms.lock();
        let id = *self.id.get_or_insert_with(|| alarms.next_id());
        let replaced = alarms.pending.insert((self.end, id), waker);
        // Polled once more, it is where it was.
        let is_new = replaced.is_none();
        let is_first = alarms.pending.first_key_value().is_some_and(|(key, _)| *key == (self.end, id));
        let starts = alarms.engage(now);
        drop(alarms);
        if let Some(number) = starts {
            self.timer.start(number);
        } else if is_new && is_first {
            self.timer.alarms.ring();
        }
        // Last of all: a thread that was engaged has been started.
        contain(|| drop(replaced));
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let mut alarms = self.timer.alarms.lock();
        let removed = alarms.pending.remove(&(self.end, id));
        let was_last = removed.is_some() && alarms.pending.is_empty();
        drop(alarms);
        if was_last {
            self.timer.alarms.ring();
        }
        contain(|| drop(removed));
    }
}
