//! Time as one word in memory, which a thread in the background advances.

mod ticker;
mod word;

use crate::clock::{Clock, CoarseClock, Instant};
use crate::sync::{Arc, JoinHandle, const_fn, thread};
use std::time::Duration;
use std::{fmt, io};
use ticker::Ticker;
use word::Word;

/// The coarse clock's time as one word in memory, which one background thread advances: the cheapest clock to read, for
/// services that read millions of times a second.
///
/// One clock with its thread is enough for any number of cells. A cell borrows the clock from a `static`, or shares it
/// in an `Arc`; both are a [`Clock`].
///
/// # Resolution
///
/// A value may be served longer than its time to live by the interval, and by as much as [`CoarseClock`] is late. An
/// interval below the resolution of that clock gains nothing.
///
/// # When it does not tick
///
/// A clock that was not started, that was stopped, or whose thread could not be started asks [`CoarseClock`] instead,
/// on each read: values expire all the same, and only the speed is lost. (It also writes its word, once per tick of
/// that clock, so that time never goes backwards, however often the clock is started and stopped.)
///
/// If the thread runs but gets no processor, time stands still, and everything ends that much later. Readers cannot
/// tell, since they look at nothing but the word, and nothing in this crate checks for it. So check [`lag`](Self::lag)
/// where you check the health of the service.
///
/// After a `fork`, the child has no such thread, and time stands still in it until it calls [`start`](Self::start) or
/// [`stop`](Self::stop). Where workers are forked, call `start` in each worker. These two and
/// [`is_ticking`](Self::is_ticking) notice a `fork` by the process id. (The ids can be the same, if each process is the
/// first of its PID namespace. Then `start` notices by the lag, a second later, and `is_ticking` does not.) Starting
/// and stopping takes a lock: do not fork while another thread does either.
///
/// # Examples
///
/// In a `static`, beside the cells that go by it:
///
/// ```
/// use dogpile::clock::TickClock;
/// use dogpile::{DogpileCell, Settings};
/// use std::time::Duration;
///
/// const MINUTE: Settings = Settings::new().time_to_live(Duration::from_secs(60));
/// static TICKS: TickClock = TickClock::new(Duration::from_millis(1));
/// static RATES: DogpileCell<f64, &TickClock> = DogpileCell::with_clock(MINUTE, &TICKS);
///
/// fn main() -> std::io::Result<()> {
///     TICKS.start()?;
///     assert_eq!(*RATES.get_or_regen(|| 1.09), 1.09);
///     Ok(())
/// }
/// ```
///
/// In an `Arc`, with a thread that ends when the last `Arc` of the clock is dropped:
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
    ticker: Ticker,
}

impl TickClock {
    /// No shorter interval is kept: the thread would do nothing but wake up.
    const SHORTEST_INTERVAL: Duration = Duration::from_micros(100);

    /// Nor a longer one: time would stand still.
    const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

    /// What a thread may be late, besides ten intervals, before it is taken to be lost.
    const LOST: Duration = Duration::from_secs(1);

    const_fn! {
        /// Makes a clock that ticks once per `interval`, after it is started. Works in a `static`.
        ///
        /// An interval below 100 µs is taken as 100 µs, and one above a minute as a minute. Whatever ends by this
        /// clock, a time to live or a throttle, ends up to an interval late.
        #[must_use]
        pub const fn new(interval: Duration) -> Self {
            let interval = match interval.as_nanos() {
                nanos if nanos < Self::SHORTEST_INTERVAL.as_nanos() => Self::SHORTEST_INTERVAL,
                nanos if nanos > Self::LONGEST_INTERVAL.as_nanos() => Self::LONGEST_INTERVAL,
                _ => interval,
            };
            Self { word: Word::stopped(), interval, ticker: Ticker::new() }
        }
    }

    /// Starts the thread that advances the clock, for a clock in a `static`.
    ///
    /// If there is such a thread already, it goes on. But if the clock's [`lag`](Self::lag) is above a second and ten
    /// intervals, the thread is taken to be lost, as after a `fork`, and another one is started. If it was only late,
    /// it ends as soon as it gets a processor.
    ///
    /// # Errors
    ///
    /// The error of the operating system, if it has no thread to give. The clock then works like one that was not
    /// started.
    pub fn start(&'static self) -> io::Result<()> {
        self.launch(|number| run(self.interval, move || self.tick(number)))
    }

    /// Starts the thread that advances the clock, as [`start`](Self::start) does, for a clock in an `Arc`.
    ///
    /// The thread does not keep the clock alive, and ends when the last `Arc` is dropped.
    ///
    /// # Errors
    ///
    /// The errors of [`start`](Self::start), in the same cases.
    pub fn start_owned(self: &Arc<Self>) -> io::Result<()> {
        let clock = Arc::downgrade(self);
        self.launch(|number| {
            run(self.interval, move || clock.upgrade().is_some_and(|clock| clock.tick(number)))
        })
    }

    /// Stops the thread that advances the clock, and waits until it has ended, which takes as long as a thread takes to
    /// wake up.
    ///
    /// A thread that [`start`](Self::start) would take to be lost is not waited for. A clock that does not tick is left
    /// as it is. The clock can be started again.
    pub fn stop(&self) {
        self.ticker.end(|| self.is_lost(), || self.word.stop());
    }

    /// Returns whether this process started the clock and has not stopped it since.
    ///
    /// This does not say whether the thread gets a processor: see [`lag`](Self::lag).
    ///
    /// Costs a system call on Unix (measured: 310 ns), which asks for the process id: fit for a health check, not for
    /// each read.
    #[must_use]
    pub fn is_ticking(&self) -> bool {
        self.word.ticking().is_some() && self.ticker.is_of_this_process()
    }

    /// Returns the time from one tick to the next; see [`new`](Self::new).
    #[must_use]
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// Returns how far the clock is behind [`CoarseClock`], or zero if the clock was not started, or was stopped.
    ///
    /// While all is well, this is up to an interval, and a moment more for the thread to wake up. It is far more if the
    /// thread gets no processor, or is not there after a `fork`.
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

    /// Whether the thread is as late as only one can be that is not there. Two processes can have the same number, so
    /// that is all there is to know.
    fn is_lost(&self) -> bool {
        self.lag() > self.interval.saturating_mul(10).saturating_add(Self::LOST)
    }

    /// `spawn` starts the thread of a number.
    fn launch(&self, spawn: impl FnOnce(u64) -> io::Result<JoinHandle<()>>) -> io::Result<()> {
        self.ticker.launch(
            || self.is_lost(),
            |number| {
                // Before there is a thread: it ends when it finds the clock stopped.
                self.word.start(coarse());
                spawn(number).inspect_err(|_| self.word.stop())
            },
        )
    }

    /// By the thread of this number; whether it goes on.
    fn tick(&self, number: u64) -> bool {
        self.ticker.is_last(number) && self.word.tick(coarse())
    }

    #[cold]
    #[inline(never)]
    fn ask(&self) -> Instant {
        Instant::from_raw(self.word.tell(coarse()))
    }
}

fn run(interval: Duration, tick: impl Fn() -> bool + Send + 'static) -> io::Result<JoinHandle<()>> {
    let run = move || {
        while tick() {
            thread::park_timeout(interval);
        }
    };
    thread::Builder::new().name("dogpile-tick".into()).spawn(run)
}

fn coarse() -> u64 {
    CoarseClock.now().as_nanos()
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
    use crate::sync::AtomicU64;
    use std::sync::mpsc;

    const MINUTE: Duration = Duration::from_secs(60);

    /// No neighbour on the word's cache line, nor on the one beside it.
    const _: () = {
        // Those of the checkers are larger.
        if size_of::<AtomicU64>() == size_of::<u64>() {
            assert!(align_of::<TickClock>() == 128 && size_of::<TickClock>() == 128);
        }
    };

    fn nobody(_: u64) -> io::Result<JoinHandle<()>> {
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
        let error = clock.launch(|_| Err(io::Error::other("there is no thread to be had"))).unwrap_err();
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
        clock.launch(|_| thread::Builder::new().spawn(until_unparked)).unwrap();
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
        clock.launch(|_| thread::Builder::new().spawn(last_owner)).unwrap();
        drop(clock);
        let_go.send(()).unwrap();
        assert_eq!(ended.recv_timeout(MINUTE), Ok(()), "it does not wait for itself");
    }

    /// A thread that does nothing until it is told to end.
    fn until_told(end: mpsc::Receiver<()>) -> io::Result<JoinHandle<()>> {
        thread::Builder::new().spawn(move || end.recv().unwrap_or_default())
    }

    /// Fails rather than to wait for ever.
    fn stops(clock: &Arc<TickClock>) {
        let clock = Arc::clone(clock);
        let (stops, stopped) = mpsc::channel();
        thread::spawn(move || {
            clock.stop();
            drop(clock);
            stops.send(()).unwrap();
        });
        assert_eq!(stopped.recv_timeout(MINUTE), Ok(()), "it does not wait for one that is not there");
    }

    /// As a `fork` leaves it. That it is so is tested in `tests/fork.rs`.
    #[test]
    fn the_thread_of_another_process_is_none() {
        let clock = Arc::new(TickClock::new(MINUTE));
        let of_the_parent = || {
            let (end, wait) = mpsc::channel();
            clock.launch(|_| until_told(wait)).unwrap();
            clock.ticker.pretend_to_be_another_process();
            assert!(!clock.is_ticking());
            end
        };
        let end = of_the_parent();
        clock.start_owned().unwrap();
        assert!(clock.is_ticking(), "a thread of its own");
        clock.stop();
        assert!(!clock.is_ticking());
        let also_end = of_the_parent();
        stops(&clock);
        drop((end, also_end));
        clock.ticker.wait_for_the_lost();
    }

    /// A clock whose last tick was long ago, and its thread, which gets no processor as long as the sender is there.
    fn late() -> (Arc<TickClock>, mpsc::Sender<()>) {
        let clock = Arc::new(TickClock::new(Duration::ZERO));
        let (end, wait) = mpsc::channel();
        let ticks = Arc::downgrade(&clock);
        let starved = move |number| {
            thread::Builder::new().spawn(move || {
                let _ = wait.recv();
                assert!(!ticks.upgrade().is_some_and(|clock| clock.tick(number)), "another took its place");
            })
        };
        // As `launch` does, at the beginning of all time.
        let start = |number| {
            clock.word.start(0);
            starved(number)
        };
        clock.ticker.launch(|| false, start).unwrap();
        while !clock.is_lost() {
            thread::yield_now(); // the machine has only just been started
        }
        assert!(clock.is_ticking(), "as far as one can see");
        (clock, end)
    }

    #[test]
    fn a_thread_that_is_far_too_late_is_replaced_and_ends() {
        let (clock, end) = late();
        clock.start_owned().unwrap();
        assert!(!clock.is_lost(), "there is another one");
        clock.launch(nobody).unwrap();
        let before = clock.now();
        drop(end);
        clock.ticker.wait_for_the_lost();
        assert!(clock.is_ticking() && clock.now() >= before, "it took nothing with it");
        clock.stop();
    }

    #[test]
    fn a_thread_that_is_far_too_late_is_not_waited_for() {
        let (clock, end) = late();
        stops(&clock);
        assert!(!clock.is_ticking());
        clock.start_owned().unwrap();
        assert!(clock.is_ticking());
        drop(end);
        clock.ticker.wait_for_the_lost();
    }
}
