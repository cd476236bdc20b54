//! The tasks that read, and what their reads cost.

use crate::{Rates, read};
use dogpile::Guard;
use hdrhistogram::Histogram;
use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::{JoinError, JoinSet};

pub(crate) struct Load {
    readers: JoinSet<()>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    cost: Mutex<Cost>,
}

/// What the reads of one phase cost.
pub(crate) struct Cost {
    nanos: Histogram<u64>,
    stale: u64,
    oldest: Duration,
    errors: u64,
}

impl Default for Cost {
    fn default() -> Self {
        let minute = 60_000_000_000;
        let nanos = Histogram::new_with_max(minute, 3).expect("three digits are possible");
        Self { nanos, stale: 0, oldest: Duration::ZERO, errors: 0 }
    }
}

impl Load {
    pub(crate) fn start(readers: usize, rates: &Arc<Rates>, origin: SocketAddr) -> Self {
        let shared = Arc::<Shared>::default();
        let reader = |_| read_on(Arc::clone(rates), origin, Arc::clone(&shared));
        Self { readers: (0..readers).map(reader).collect(), shared }
    }

    /// What the reads since the last call cost.
    pub(crate) fn take(&self) -> Cost {
        mem::take(&mut self.shared.cost.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn stop(mut self) -> Result<(), JoinError> {
        self.shared.is_over.store(true, Relaxed);
        while let Some(ended) = self.readers.join_next().await {
            ended?;
        }
        Ok(())
    }
}

async fn read_on(rates: Arc<Rates>, origin: SocketAddr, shared: Arc<Shared>) {
    while !shared.is_over.load(Relaxed) {
        let began = Instant::now();
        let result = read(&rates, origin).await;
        let took = began.elapsed();
        // The guard is not kept across an await: what outlives it is what was read from it.
        let seen = result.map(|value| (Guard::is_stale(&value), Guard::age(&value)));
        shared.cost.lock().unwrap_or_else(PoisonError::into_inner).add(took, seen.ok());
        tokio::time::sleep(Duration::from_millis(1)).await; // the rest of the request
    }
}

impl Cost {
    fn add(&mut self, took: Duration, seen: Option<(bool, Duration)>) {
        self.nanos.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        match seen {
            Some((is_stale, age)) => {
                self.stale += u64::from(is_stale);
                self.oldest = self.oldest.max(age);
            }
            None => self.errors += 1,
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |nanos: u64| Duration::from_nanos(nanos).as_secs_f64() * 1e6;
        let at = |quantile| micros(self.nanos.value_at_quantile(quantile));
        let (reads, max) = (self.nanos.len(), micros(self.nanos.max()));
        let stale = 100 * self.stale / reads.max(1);
        write!(
            f,
            "{reads:9} {:6.1} {:6.1} {:6.1} {max:8.1} {stale:5}% {:7} {:7}",
            at(0.5),
            at(0.99),
            at(0.999),
            self.oldest.as_millis(),
            self.errors,
        )
    }
}
