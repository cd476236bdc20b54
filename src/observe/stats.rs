//! What happened so far, counted on slow paths only.

use crate::sync::Counter;
use std::fmt;
use std::time::Duration;

/// Counts and times of what happened in a cell so far.
///
/// Reads that are served are not counted: that would cost each of them a write to shared memory. Neither are calls of
/// `set`. The numbers are read one by one while they change, so they need not fit together exactly. All of them only
/// grow, except for `last_duration`. Times are those of the cell's clock, and as coarse.
///
/// # Examples
///
/// ```
/// use dogpile::DogpileCell;
/// use dogpile::clock::ManualClock;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let cell = DogpileCell::builder().clock(clock.clone()).build()?;
/// let makes = |value, millis| {
///     clock.advance(Duration::from_millis(millis));
///     value
/// };
/// let _ = cell.get_or_regen(|| makes(1, 40));
/// cell.mark_stale();
/// let _ = cell.get_or_regen(|| makes(2, 20));
/// let stats = cell.stats();
/// assert_eq!((stats.creations, stats.regenerations), (1, 1));
/// assert_eq!(
///     stats.to_string(),
///     "creations 1, regenerations 1 (last 20ms, average 30ms), failures 0, panics 0, given up 0, \
///      takeovers 0, superseded 0, waits 0 (0ns in all)"
/// );
/// # Ok::<(), dogpile::BuildError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Values that leaders published in an empty cell.
    pub creations: u64,
    /// Values that leaders published, or renewed, in the place of another one.
    pub regenerations: u64,
    /// Creation functions and leases that ended with an error, even if something newer had superseded them.
    pub failures: u64,
    /// Creation functions that ended with a panic, even if something newer had superseded them.
    pub panics: u64,
    /// Leases that were dropped without a result, even if something newer had superseded them.
    ///
    /// The leader's future was cancelled, or the holder of a lease dropped it. If this number grows together with the
    /// number of requests that time out, leaders are cancelled before they are done: hand off instead, with
    /// [`get_or_hand_off_async`](crate::DogpileCell::get_or_hand_off_async).
    pub given_up: u64,
    /// How often a caller took over from a leader after `lease_timeout`.
    pub takeovers: u64,
    /// Results that came too late, and were not stored.
    pub superseded: u64,
    /// Calls that had to wait for a value, whether they got one or not.
    ///
    /// A call is counted once, when it ends or is cancelled, however often it slept.
    pub waits: u64,
    /// How long all calls in [`waits`](Self::waits) waited, in sum.
    pub wait_time: Duration,
    /// How long the last creation or regeneration took, from election to publication.
    pub last_duration: Duration,
    /// How long all creations and regenerations took, in sum.
    pub total_duration: Duration,
}

impl Stats {
    /// Returns how long a creation or regeneration took on average, or zero if there was none.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::time::Duration;
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// assert_eq!(cell.stats().average_duration(), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn average_duration(&self) -> Duration {
        let results = self.creations.saturating_add(self.regenerations).max(1);
        Duration::from_nanos(nanos(self.total_duration) / results)
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            creations, regenerations, failures, panics, given_up, takeovers, superseded, waits, ..
        } = self;
        let (last, average, waited) = (self.last_duration, self.average_duration(), self.wait_time);
        write!(
            f,
            "creations {creations}, regenerations {regenerations} (last {last:?}, average {average:?}), \
             failures {failures}, panics {panics}, given up {given_up}, takeovers {takeovers}, \
             superseded {superseded}, waits {waits} ({waited:?} in all)"
        )
    }
}

/// Where a cell counts.
pub(crate) struct Counters {
    creations: Counter,
    regenerations: Counter,
    failures: Counter,
    panics: Counter,
    given_up: Counter,
    takeovers: Counter,
    superseded: Counter,
    waits: Counter,
    wait_nanos: Counter,
    last_nanos: Counter,
    total_nanos: Counter,
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Self {
            creations: Counter::new(),
            regenerations: Counter::new(),
            failures: Counter::new(),
            panics: Counter::new(),
            given_up: Counter::new(),
            takeovers: Counter::new(),
            superseded: Counter::new(),
            waits: Counter::new(),
            wait_nanos: Counter::new(),
            last_nanos: Counter::new(),
            total_nanos: Counter::new(),
        }
    }

    /// A value was published, after `took`, in the place of another one or of nothing.
    pub(crate) fn published(&self, regenerated: bool, took: Duration) {
        if regenerated { &self.regenerations } else { &self.creations }.add(1);
        self.last_nanos.set(nanos(took));
        self.total_nanos.add(nanos(took));
    }

    pub(crate) fn failed(&self) {
        self.failures.add(1);
    }

    pub(crate) fn panicked(&self) {
        self.panics.add(1);
    }

    pub(crate) fn given_up(&self) {
        self.given_up.add(1);
    }

    pub(crate) fn taken_over(&self) {
        self.takeovers.add(1);
    }

    pub(crate) fn superseded(&self) {
        self.superseded.add(1);
    }

    pub(crate) fn waited(&self, time: Duration) {
        self.waits.add(1);
        self.wait_nanos.add(nanos(time));
    }

    pub(crate) fn read(&self) -> Stats {
        Stats {
            creations: self.creations.get(),
            regenerations: self.regenerations.get(),
            failures: self.failures.get(),
            panics: self.panics.get(),
            given_up: self.given_up.get(),
            takeovers: self.takeovers.get(),
            superseded: self.superseded.get(),
            waits: self.waits.get(),
            wait_time: Duration::from_nanos(self.wait_nanos.get()),
            last_duration: Duration::from_nanos(self.last_nanos.get()),
            total_duration: Duration::from_nanos(self.total_nanos.get()),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
