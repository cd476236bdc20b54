//! Time as one word in memory, which a thread in the background advances.

use crate::clock::{Clock, CoarseClock, Instant};
use crate::sync::Ordering::Relaxed;
use crate::sync::{Arc, AtomicU64, JoinHandle, Mutex, MutexGuard, PoisonError, const_fn, thread};
use std::fmt;
use std::io;
use std::mem;
use std::process;
use std::time::Duration;

/// Bit of the word: nobody advances it. The other bits are the last time that anybody was told.
const STOPPED: u64 = 1 << 63;

/// The coarse clock's time as one word in memory, which one thread in the background advances: the cheapest
/// clock there is, for services that read millions of times a second.
///
/// One clock and its thread do for any number of cells. A cell borrows it from a `static`, or shares it in an
/// `Arc`; both are a [`Clock`].
///
/// # Resolution
///
/// A value may be served longer than its time to live by the interval, and by what [`CoarseClock`] is late. An
/// interval below the resolution of that clock makes nothing better.
///
/// # When it does not tick
///
/// A clock that was not started, that was stopped, or whose thread could not be started asks [`CoarseClock`]
/// instead, on each read: values expire all the same, and only the speed is lost. (It also writes its word, once
/// per tick of that clock, so that time never goes backwards, however often it is started and stopped.)
///
/// A thread that runs but gets no processor lets time stand still, and all that ends at a point in time ends
/// that much later. No reader can tell, since it looks at nothing but the word, and nothing in this crate asks on its
/// behalf: ask [`lag`](Self::lag) in a health check.
///
/// After a `fork`, the child has no such thread, and for it time stands still until it calls [`start`](Self::start) or
/// [`stop`](Self::stop), which know of that, as does [`is_ticking`](Self::is_ticking). (They have a lock: do not fork while
/// another thread starts or stops the clock.) Where workers are forked, start the clock in each worker.
///
/// # Examples
///
/// In a `static`, beside the cells that go by it:
///
/// ```
/// use dogpile::DogpileCell;
/// use dogpile::clock::TickClock;
/// use std::time::Duration;
///
/// static TICKS: TickClock = TickClock::new(Duration::from_millis(1));
/// static RATES: DogpileCell<f64, &TickClock> = DogpileCell::with_clock(Duration::from_secs(60), &TICKS);
///
/// fn main() -> std::io::Result<()> {
///     TICKS.start()?;
///     assert_eq!(*RATES.get_or_regen(|| 1.09), 1.09);
///     Ok(())
/// }
/// ```
///
/// Shared, with a thread that ends with the last one who holds the clock:
///
/// ```
/// use dogpile::DogpileCell;
/// use dogpile::clock::TickClock;
/// use std::{sync::Arc, time::Duration};
///
/// let ticks = Arc::new(TickClock::new(Duration::from_millis(1)));
/// ticks.start_owned()?;
/// let cell = DogpileCell::builder()
///     .time_to_live(Duration::from_secs(60))
///     .clock(Arc::clone(&ticks))
///     .build()?;
/// assert_eq!(*cell.get_or_regen(|| 7), 7);
///
/// ticks.stop(); // from here on the cell goes by the coarse clock
/// assert_eq!(*cell.get_or_regen(|| unreachable!()), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// Readers look at the word all the time: no neighbour's writes on its cache line, nor on the one beside it.
#[repr(align(128))]
pub struct TickClock {
    word: Word,
    interval: Duration,
    /// The thread that advances the word.
    ticker: Mutex<Option<JoinHandle<()>>>,
    /// That it is, or last was, a thread of.
    process: AtomicU64,
}

impl TickClock {
    /// No shorter interval is kept: the thread would do nothing but wake up.
    const SHORTEST_INTERVAL: Duration = Duration::from_micros(100);

    /// Nor a longer one: time would stand still.
    const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

    const_fn! {
        /// A clock that is to tick once per `interval`: at most every 100 µs, and at least once a minute. It does not tick
        /// before it is started. Works in a `static`.
        ///
        /// Whatever ends by it, a time to live or a throttle, ends up to an interval late.
        #[must_use]
        pub const fn new(interval: Duration) -> Self {
            let interval = match interval.as_nanos() {
                nanos if nanos < Self::SHORTEST_INTERVAL.as_nanos() => Self::SHORTEST_INTERVAL,
                nanos if nanos > Self::LONGEST_INTERVAL.as_nanos() => Self::LONGEST_INTERVAL,
                _ => interval,
            };
            Self {
                word: Word(AtomicU64::new(STOPPED)),
                interval,
                ticker: Mutex::new(None),
                process: AtomicU64::new(0),
            }
        }
    }

    /// Starts the thread that advances the clock, for one that lives for ever. One that ticks already ticks on.
    ///
    /// # Errors
    ///
    /// That of the operating system, if it gives no thread. The clock works as one that was not started.
    pub fn start(&'static self) -> io::Result<()> {
        self.launch(|| run(self.interval, || self.tick()))
    }

    /// The same, for a clock in an `Arc`. The thread does not keep it alive, and ends when the last
    /// `Arc` is dropped.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_owned(self: &Arc<Self>) -> io::Result<()> {
        let clock = Arc::downgrade(self);
        self.launch(|| run(self.interval, move || clock.upgrade().is_some_and(|clock| clock.tick())))
    }

    /// Ends the thread, and waits until it has ended, which takes it no longer than to wake up. One that does not
    /// tick is left as it is. The clock can be started again.
    pub fn stop(&self) {
        let mut ticker = self.ticker();
        self.word.stop();
        let Some(thread) = ticker.take() else { return };
        if !self.is_of_this_process() {
            // That of the parent, before a fork. There is nothing to wait for.
            return mem::forget(thread);
        }
        thread.thread().unpark();
        // The thread itself may be the last to hold the clock, for the moment of a tick: it drops it, and ends.
        if thread.thread().id() != thread::current().id() {
            // It does not panic.
            let _ = thread.join();
        }
    }

    /// Whether it was started, by this process, and not stopped since. For the thread that ticks to get no processor
    /// makes no difference: see [`lag`](Self::lag). Two loads.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        self.word.ticking().is_some() && self.is_of_this_process()
    }

    /// From one tick to the next; see [`new`](Self::new).
    #[must_use]
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// How far the clock is behind [`CoarseClock`]: up to an interval, and a moment more for the thread to wake
    /// up, while all is well; far more if the thread gets no processor, or is not there after a `fork`. Nothing if the clock
    /// was not started, or was stopped.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::clock::TickClock;
    /// use std::time::Duration;
    ///
    /// static TICKS: TickClock = TickClock::new(Duration::from_millis(1));
    ///
    /// fn is_healthy() -> bool {
    ///     TICKS.is_ticking() && TICKS.lag() < Duration::from_secs(1)
    /// }
    /// # assert!(!is_healthy());
    /// ```
    #[must_use]
    pub fn lag(&self) -> Duration {
        let told = self.word.ticking().map(Instant::from_raw);
        told.map_or(Duration::ZERO, |told| CoarseClock.now().saturating_duration_since(told))
    }

    /// Nothing in here panics with the lock held, but in tests.
    fn ticker(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.ticker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_of_this_process(&self) -> bool {
        // Relaxed: where it counts, the lock is held; and no other thread survives a fork to be ordered with.
        self.process.load(Relaxed) == this_process()
    }

    fn launch(&self, spawn: impl FnOnce() -> io::Result<JoinHandle<()>>) -> io::Result<()> {
        let mut ticker = self.ticker();
        if ticker.is_some() && self.is_of_this_process() {
            return Ok(());
        }
        // Of the parent, before a fork.
        mem::forget(ticker.take());
        // Before there is a thread: it ends when it finds the bit.
        self.word.start(coarse());
        self.process.store(this_process(), Relaxed);
        match spawn() {
            Ok(thread) => {
                *ticker = Some(thread);
                Ok(())
            }
            Err(error) => {
                self.word.stop();
                Err(error)
            }
        }
    }

    fn tick(&self) -> bool {
        self.word.tick(coarse())
    }

    #[cold]
    #[inline(never)]
    fn ask(&self) -> Instant {
        Instant::from_raw(self.word.tell(coarse()))
    }
}

/// Nothing else can fork.
fn this_process() -> u64 {
    if cfg!(unix) { process::id().into() } else { 0 }
}

fn run(interval: Duration, tick: impl Fn() -> bool + Send + 'static) -> io::Result<JoinHandle<()>> {
    let run = move || {
        while tick() {
            thread::park_timeout(interval);
        }
    };
    thread::Builder::new().name("dogpile-tick".into()).spawn(run)
}

/// A time, and whether it is advanced. It never goes backwards, whoever writes it, in whatever order.
struct Word(AtomicU64);

// Relaxed, as all of it: time orders nothing but itself.
impl Word {
    /// The time, if it is advanced.
    #[inline]
    fn ticking(&self) -> Option<u64> {
        let word = self.0.load(Relaxed);
        (word & STOPPED == 0).then_some(word)
    }

    fn start(&self, now: u64) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |word| Some(now.max(word & !STOPPED)));
    }

    fn stop(&self) {
        self.0.fetch_or(STOPPED, Relaxed);
    }

    /// Advances it, and says whether it may go on to do so.
    fn tick(&self, now: u64) -> bool {
        let advance = |word| (word & STOPPED == 0).then(|| now.max(word));
        self.0.fetch_update(Relaxed, Relaxed, advance).is_ok()
    }

    /// The time for who found that it is not advanced. What is told is kept first: a clock that is started
    /// meanwhile begins no earlier than that.
    fn tell(&self, now: u64) -> u64 {
        let keep = |word| (word & STOPPED != 0 && word & !STOPPED < now).then_some(now | STOPPED);
        match self.0.fetch_update(Relaxed, Relaxed, keep) {
            Ok(_) => now,
            // Another caller was told as much, or it is advanced by now.
            Err(word) => word & !STOPPED,
        }
    }
}

/// The coarse clock's time without the bit: it has 292 years to go.
fn coarse() -> u64 {
    CoarseClock.now().as_nanos() & !STOPPED
}

impl Clock for TickClock {
    #[inline]
    fn now(&self) -> Instant {
        match self.word.ticking() {
            Some(now) => Instant::from_raw(now),
            None => self.ask(),
        }
    }
}

impl Drop for TickClock {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for TickClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TickClock")
            .field("interval", &self.interval)
            .field("is_ticking", &self.is_ticking())
            .field("lag", &self.lag())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const MINUTE: Duration = Duration::from_secs(60);

    /// No neighbour on the word's cache line, nor on the one beside it.
    const _: () = {
        // Those of the checkers are larger.
        if size_of::<AtomicU64>() == size_of::<u64>() {
            assert!(align_of::<TickClock>() == 128 && size_of::<TickClock>() == 128);
        }
    };

    fn nobody() -> io::Result<JoinHandle<()>> {
        unreachable!("it ticks already")
    }

    #[test]
    fn an_interval_is_neither_too_short_nor_too_long() {
        let interval = |nanos| TickClock::new(Duration::from_nanos(nanos)).interval();
        assert_eq!((interval(0), interval(99_999)), (Duration::from_micros(100), Duration::from_micros(100)));
        assert_eq!(interval(100_001), Duration::from_nanos(100_001));
        assert_eq!(
            (TickClock::new(MINUTE).interval(), TickClock::new(Duration::MAX).interval()),
            (MINUTE, MINUTE)
        );
    }

    #[test]
    fn without_a_thread_it_does_not_tick() {
        let clock = TickClock::new(MINUTE);
        let error = clock.launch(|| Err(io::Error::other("there is no thread to be had"))).unwrap_err();
        assert_eq!(error.to_string(), "there is no thread to be had");
        assert_eq!((clock.word.ticking(), clock.is_ticking(), clock.lag()), (None, false, Duration::ZERO));
        Arc::new(clock).start_owned().unwrap();
    }

    #[test]
    fn one_thread_is_enough() {
        let clock = Arc::new(TickClock::new(MINUTE));
        clock.start_owned().unwrap();
        clock.launch(nobody).unwrap();
        assert!(clock.is_ticking());
    }

    #[test]
    fn stopping_waits_for_the_end_of_the_thread() {
        let clock = TickClock::new(MINUTE);
        let (ends, ended) = mpsc::channel();
        let until_unparked = move || {
            thread::park();
            thread::sleep(Duration::from_millis(20));
            ends.send(()).unwrap();
        };
        clock.launch(|| thread::Builder::new().spawn(until_unparked)).unwrap();
        clock.stop();
        assert_eq!(ended.try_recv(), Ok(()));
    }

    #[test]
    fn the_thread_can_be_the_last_to_hold_the_clock() {
        let clock = Arc::new(TickClock::new(MINUTE));
        let held = Arc::clone(&clock);
        let (let_go, wait) = mpsc::channel();
        let (ends, ended) = mpsc::channel();
        let last_owner = move || {
            wait.recv().unwrap();
            drop(held);
            ends.send(()).unwrap();
        };
        clock.launch(|| thread::Builder::new().spawn(last_owner)).unwrap();
        drop(clock);
        let_go.send(()).unwrap();
        assert_eq!(ended.recv_timeout(MINUTE), Ok(()), "it does not wait for itself");
    }

    /// As a `fork` leaves it.
    #[test]
    fn the_thread_of_another_process_is_none() {
        let clock = Arc::new(TickClock::new(MINUTE));
        let of_the_parent = |end: mpsc::Receiver<()>| {
            let until_told = move || {
                let _ = end.recv();
            };
            clock.launch(|| thread::Builder::new().spawn(until_told)).unwrap();
            clock.process.store(u64::MAX, Relaxed);
            assert!(!clock.is_ticking());
        };
        let (end, wait) = mpsc::channel();
        of_the_parent(wait);
        clock.start_owned().unwrap();
        assert!(clock.is_ticking(), "a thread of its own");
        clock.stop();
        assert!(!clock.is_ticking());
        let (also_end, wait) = mpsc::channel();
        of_the_parent(wait);
        let (stops, stopped) = mpsc::channel();
        thread::spawn(move || {
            clock.stop();
            stops.send(()).unwrap();
        });
        assert_eq!(stopped.recv_timeout(MINUTE), Ok(()), "it does not wait for the one that is not there");
        drop((end, also_end));
    }

    /// It looked at the coarse clock, then was preempted while others were told later times.
    #[test]
    fn a_late_start_takes_nothing_back() {
        let word = Word(AtomicU64::new(STOPPED));
        assert_eq!(word.tell(5), 5);
        word.start(3);
        assert_eq!(word.ticking(), Some(5));
    }

    #[test]
    fn a_late_tick_takes_nothing_back() {
        let word = Word(AtomicU64::new(STOPPED));
        word.start(5);
        assert!(word.tick(3));
        assert_eq!(word.ticking(), Some(5));
        assert!(word.tick(6));
        word.stop();
        assert_eq!(word.tell(4), 6);
    }

    #[test]
    fn a_tick_after_the_stop_starts_nothing() {
        let word = Word(AtomicU64::new(STOPPED));
        assert!(!word.tick(5));
        assert_eq!(word.ticking(), None);
        assert_eq!(word.tell(2), 2);
    }

    /// It found the clock stopped, then was preempted while another started it.
    #[test]
    fn a_late_question_stops_nothing() {
        let word = Word(AtomicU64::new(STOPPED));
        word.start(5);
        assert_eq!(word.tell(7), 5);
        assert_eq!(word.ticking(), Some(5));
    }
}
