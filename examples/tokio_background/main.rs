//! Regeneration in a spawned task: the reader that finds the value due hands its lease to one, and is served the old
//! value like all others. The origin is a real HTTP server on the loopback, which is slow, then fails, then recovers,
//! while many tasks go on reading. Prints a timeline, and what each phase cost the readers; ends with an error if a
//! reader had to wait after the first value. Runs in real time, for some six seconds:
//!
//! ```sh
//! cargo run --release --example tokio_background
//! ```

mod load;
mod origin;

use dogpile::clock::PreciseClock;
use dogpile::{DogpileCell, Guard, OwnedLease, RegenError};
use load::Load;
use origin::{Mood, Origin, fetch};
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

const READERS: usize = 200;
const PHASE: Duration = Duration::from_millis(1500);

/// What the origin does, one phase after another.
const PHASES: [(&str, Mood); 4] = [
    ("fast", Mood::Answers(Duration::from_millis(20))),
    ("slow", Mood::Answers(Duration::from_millis(400))),
    ("down", Mood::Fails(Duration::from_millis(20))),
    ("back", Mood::Answers(Duration::from_millis(20))),
];

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

type Rates = DogpileCell<String, PreciseClock>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    LazyLock::force(&BEGAN);
    let origin = Origin::start(PHASES[0].1).await?;
    let cell = DogpileCell::builder()
        .time_to_live(Duration::from_millis(200))
        .retry_backoff(Duration::from_millis(100), Duration::from_millis(400))
        .lease_timeout(Duration::from_secs(2)) // longer than the origin ever takes
        .clock(PreciseClock)
        .build()?;
    let rates = Arc::new(cell);

    // Nothing can be served yet, so this one task waits.
    let first = read(&rates, origin.address()).await?;
    log(&format!("the first value: {:?}, version {}", *first, Guard::version(&first)));
    drop(first);
    let waits = rates.stats().waits;

    let load = Load::start(READERS, &rates, origin.address());
    let mut costs = Vec::new();
    for (name, mood) in PHASES {
        log(&format!("-- the origin is {name}: {mood}"));
        origin.set(mood);
        let before = origin.requests();
        tokio::time::sleep(PHASE).await;
        costs.push((name, origin.requests() - before, load.take()));
    }
    load.stop().await?;

    println!("\n{READERS} tasks, each reads once a millisecond; reads in microseconds, ages in milliseconds");
    println!("phase     reads    p50    p99  p99.9      max  stale  oldest  errors  requests to the origin");
    for (name, requests, cost) in &costs {
        println!("{name:5} {cost}  {requests:22}");
    }
    println!("the cell says: {}", rates.stats());
    if rates.stats().waits != waits {
        return Err("a reader had to wait, although there was a value".into());
    }
    println!("no reader waited after the first value");
    Ok(())
}

/// What a request calls. It never makes a value, and waits only if there is none at all.
async fn read(rates: &Arc<Rates>, origin: SocketAddr) -> Result<Guard<String>, RegenError> {
    let hand_off = |lease| drop(tokio::spawn(refresh(lease, origin)));
    rates.get_or_hand_off_owned_async(hand_off).await
}

/// The task that gets the lease. Whatever way it ends, by a panic or with its runtime, the lease is not forgotten.
async fn refresh(lease: OwnedLease<String, PreciseClock>, origin: SocketAddr) {
    let began = Instant::now();
    match fetch(origin, "/rates").await {
        Ok(rates) => match lease.publish(rates) {
            Ok(new) => log(&format!("published {:?} after {} ms", *new, began.elapsed().as_millis())),
            Err(superseded) => log(&superseded.to_string()),
        },
        Err(error) => {
            log(&format!("{error}; the old value is served on"));
            lease.fail(error);
        }
    }
}

fn log(what: &str) {
    // Nobody need read along.
    let _ = writeln!(io::stdout(), "[{:5} ms] {what}", BEGAN.elapsed().as_millis());
}
