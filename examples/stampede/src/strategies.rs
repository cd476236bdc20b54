//! Four ways to share one expensive report that is good for a second.

use crate::database::Report;
use arc_swap::ArcSwapOption;
use dogpile::DogpileCell;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

pub(crate) const TIME_TO_LIVE: Duration = Duration::from_secs(1);

pub(crate) trait Strategy: Sync {
    fn name(&self) -> &'static str;

    /// What happens at an expiry, in a few words.
    fn idea(&self) -> &'static str;

    /// Uses the report: returns the number of lines it speaks of. Where the strategy says so, this
    /// caller first makes it.
    fn read(&self, make: &dyn Fn() -> Report) -> i64;
}

pub(crate) fn all() -> [Box<dyn Strategy>; 4] {
    [
        Box::new(Plain(ArcSwapOption::empty())),
        Box::new(Lock(RwLock::new(None))),
        Box::new(Moka(moka::sync::Cache::builder().max_capacity(1).time_to_live(TIME_TO_LIVE).build())),
        Box::new(Dogpile(DogpileCell::new(TIME_TO_LIVE))),
    ]
}

/// A report, and when it was finished.
struct Dated {
    report: Report,
    made: Instant,
}

impl Dated {
    fn new(report: Report) -> Self {
        Self { report, made: Instant::now() }
    }

    fn is_fresh(&self) -> bool {
        self.made.elapsed() < TIME_TO_LIVE
    }
}

struct Plain(ArcSwapOption<Dated>);

impl Strategy for Plain {
    fn name(&self) -> &'static str {
        "plain TTL"
    }

    fn idea(&self) -> &'static str {
        "whoever sees it expired recomputes"
    }

    fn read(&self, make: &dyn Fn() -> Report) -> i64 {
        if let Some(dated) = self.0.load().as_ref().filter(|dated| dated.is_fresh()) {
            return dated.report.lines;
        }
        let dated = Arc::new(Dated::new(make()));
        self.0.store(Some(Arc::clone(&dated)));
        dated.report.lines
    }
}

struct Lock(RwLock<Option<Dated>>);

impl Strategy for Lock {
    fn name(&self) -> &'static str {
        "lock"
    }

    fn idea(&self) -> &'static str {
        "one recomputes, the others wait"
    }

    fn read(&self, make: &dyn Fn() -> Report) -> i64 {
        let shared = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(dated) = shared.as_ref().filter(|dated| dated.is_fresh()) {
            return dated.report.lines;
        }
        drop(shared);
        let mut alone = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Who waited for the lock finds what the one before it has made.
        if let Some(dated) = alone.as_ref().filter(|dated| dated.is_fresh()) {
            return dated.report.lines;
        }
        alone.insert(Dated::new(make())).report.lines
    }
}

struct Moka(moka::sync::Cache<(), Arc<Report>>);

impl Strategy for Moka {
    fn name(&self) -> &'static str {
        "moka"
    }

    fn idea(&self) -> &'static str {
        "get_with and time_to_live: one recomputes, the others wait"
    }

    fn read(&self, make: &dyn Fn() -> Report) -> i64 {
        self.0.get_with((), || Arc::new(make())).lines
    }
}

struct Dogpile(DogpileCell<Report>);

impl Strategy for Dogpile {
    fn name(&self) -> &'static str {
        "DogpileCell"
    }

    fn idea(&self) -> &'static str {
        "one recomputes (the pale arcs), the others go on with the old value"
    }

    fn read(&self, make: &dyn Fn() -> Report) -> i64 {
        self.0.get_or_regen(make).lines
    }
}
