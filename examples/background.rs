//! Regeneration off the request path: the reader that finds the value due hands its lease to a small thread pool, and
//! is served the old value like all others. Runs in real time, for some two seconds:
//!
//! ```sh
//! cargo run --example background
//! ```

use dogpile::{DogpileCell, Guard, Lease, RegenError};
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const RUN_FOR: Duration = Duration::from_secs(2);
const READERS: u32 = 4;
const WORKERS: u32 = 2;

type Prices = HashMap<&'static str, u32>;

/// A `static`, so that a lease on it can go to any thread. For a cell in an `Arc` there is
/// `get_or_hand_off_owned`.
static PRICES: DogpileCell<Prices> = DogpileCell::new(Duration::from_millis(250));

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn main() -> Result<(), Box<dyn Error>> {
    LazyLock::force(&BEGAN);
    let pool = Pool::new(WORKERS)?;

    // Nothing can be served yet, so this one call waits for the pool.
    log(&format!("start: the first value is version {}", Guard::version(&prices(&pool)?)));

    let seen = thread::scope(|scope| {
        let readers: Vec<_> = (1..=READERS).map(|_| scope.spawn(|| read_for(RUN_FOR, &pool))).collect();
        readers.into_iter().map(join).collect::<Result<Vec<_>, _>>()
    })?;
    pool.finish()?;

    let total = seen.into_iter().fold(Seen::default(), Seen::and);
    println!("\n{READERS} readers: {} reads, {} of them stale", total.reads, total.stale);
    println!("slowest read: {:?}; to make a value takes {LOADING:?}", total.slowest);
    println!("oldest value seen: {:?}", total.oldest);
    println!("the cell says: {}", PRICES.stats());
    Ok(())
}

/// What a request calls. It never makes a value, and waits only if there is none at all.
fn prices(pool: &Pool) -> Result<Guard<Prices>, RegenError> {
    PRICES.get_or_hand_off(|lease| {
        // If the pool has no room, the job is dropped, and the lease with it: the next reader tries again.
        let taken = pool.run(move || refresh(lease));
        log(if taken { "due: handed to the pool" } else { "due, but the pool is busy" });
    })
}

/// What the pool does with a lease. Whatever way it ends, the lease is not forgotten: a panic drops it, too.
fn refresh(lease: Lease<&'static DogpileCell<Prices>>) {
    match load_prices() {
        Ok(prices) => match lease.publish(prices) {
            Ok(new) => log(&format!("published version {}", Guard::version(&new))),
            Err(superseded) => log(&superseded.to_string()),
        },
        Err(error) => {
            log(&format!("failed: {error}; the old value is served on"));
            lease.fail(error);
        }
    }
}

const LOADING: Duration = Duration::from_millis(80);

/// A slow origin, which fails each fourth time.
fn load_prices() -> io::Result<Prices> {
    static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
    let attempt = ATTEMPTS.fetch_add(1, Relaxed) + 1;
    thread::sleep(LOADING);
    if attempt % 4 == 0 {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "the origin did not answer"));
    }
    Ok(HashMap::from([("apple", 30 + attempt), ("pear", 40 + attempt)]))
}

/// What one reader, or several, saw.
#[derive(Clone, Copy, Default)]
struct Seen {
    reads: u64,
    stale: u64,
    slowest: Duration,
    oldest: Duration,
}

impl Seen {
    fn and(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            stale: self.stale + other.stale,
            slowest: self.slowest.max(other.slowest),
            oldest: self.oldest.max(other.oldest),
        }
    }
}

fn read_for(time: Duration, pool: &Pool) -> Result<Seen, RegenError> {
    let mut seen = Seen::default();
    let until = Instant::now() + time;
    while Instant::now() < until {
        let began = Instant::now();
        let prices = prices(pool)?;
        let took = began.elapsed();
        let stale = u64::from(Guard::is_stale(&prices));
        seen = seen.and(Seen { reads: 1, stale, slowest: took, oldest: Guard::age(&prices) });
        drop(prices);
        thread::sleep(Duration::from_millis(1)); // the rest of the request
    }
    Ok(seen)
}

type Job = Box<dyn FnOnce() + Send>;

/// A few threads that take jobs from a queue.
struct Pool {
    jobs: SyncSender<Job>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    fn new(workers: u32) -> io::Result<Self> {
        let (jobs, queue) = sync_channel(16);
        let queue = Arc::new(Mutex::new(queue));
        let start = |number| {
            let queue = Arc::clone(&queue);
            thread::Builder::new().name(format!("worker {number}")).spawn(move || work(&queue))
        };
        Ok(Self { jobs, workers: (1..=workers).map(start).collect::<io::Result<_>>()? })
    }

    /// Never waits. False: there is no room, and the job was dropped.
    fn run(&self, job: impl FnOnce() + Send + 'static) -> bool {
        self.jobs.try_send(Box::new(job)).is_ok()
    }

    fn finish(self) -> Result<(), Box<dyn Error>> {
        drop(self.jobs);
        self.workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked".into()))
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        // One worker at a time waits for a job; none holds the lock while it runs one.
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            log("a job panicked; what it held is released");
        }
    }
}

fn join(reader: thread::ScopedJoinHandle<'_, Result<Seen, RegenError>>) -> Result<Seen, Box<dyn Error>> {
    Ok(reader.join().map_err(|_| "a reader panicked")??)
}

fn log(what: &str) {
    let thread = thread::current();
    // Nobody need read along.
    let _ = writeln!(
        io::stdout(),
        "[{:5} ms] {:8}  {what}",
        BEGAN.elapsed().as_millis(),
        thread.name().unwrap_or("reader")
    );
}
