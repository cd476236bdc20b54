//! How a generation is born: of the one before it, and complete.

use super::{Failure, Generation, OriginVersions};
use crate::clock::{Instant, nanos};
use crate::error::SharedError;
use crate::protocol::inside::Held;
use crate::protocol::lifetime::Life;
use crate::protocol::phase::Phase;
use crate::sync::Ordering::Relaxed;
use crate::sync::{Arc, AtomicBool, AtomicU64, WatchedU64};
use std::num::NonZeroU32;

impl<T> Generation<T> {
    /// An empty one.
    fn new(version: u64, serial: u64) -> Self {
        Self {
            due: AtomicU64::new(0),
            assured_until: WatchedU64::new(0),
            value: Held::from(None),
            servable_until: Instant::default(),
            published_at: Instant::default(),
            version,
            serial,
            origin_versions: None,
            phase: Phase::idle(false),
            withdrawn: AtomicBool::new(false),
            is_reset: false,
            takeovers: 0,
            has_origin_version: false,
            is_deferred: false,
            lease_until: AtomicU64::new(Instant::NEVER.as_nanos()),
            not_before: Instant::default(),
            failure: None,
            age: 0,
            servable_after_error_until: Instant::default(),
            usable_until: Instant::default(),
            made_at: 0,
        }
    }

    /// The first generation of a home that was never used.
    pub(crate) fn first() -> Self {
        Self::new(0, 1)
    }

    /// The next one, of the next version, without a value.
    fn next(&self) -> Self {
        Self { origin_versions: self.origin_versions.clone(), ..Self::new(self.version + 1, self.serial + 1) }
    }

    /// This one, with a value.
    fn holding(self, value: Arc<T>, life: Life, made_at: u64) -> Self {
        let has_origin_version = life.origin_version.is_some();
        let before = self.origin_versions;
        let origin_versions = match life.origin_version {
            Some(last) => {
                let greatest = before.map_or(last, |before| before.greatest.max(last));
                Some(Arc::new(OriginVersions { greatest, last }))
            }
            None => before,
        };
        Self {
            due: AtomicU64::new(life.fresh_until.as_nanos()),
            assured_until: WatchedU64::new(life.fresh_until.as_nanos()),
            value: Held::new(value),
            servable_until: life.servable_until,
            published_at: life.published_at,
            origin_versions,
            phase: Phase::idle(true),
            has_origin_version,
            age: nanos(life.age),
            servable_after_error_until: life.servable_after_error_until,
            usable_until: life.usable_until,
            made_at,
            ..self
        }
    }

    /// The next one, without a value: it was invalidated.
    pub(crate) fn emptied(&self) -> Self {
        Self { is_reset: true, takeovers: self.takeovers, ..self.next() }
    }

    /// The next one, with a value that was set, whatever was there.
    pub(crate) fn set(&self, value: Arc<T>, life: Life) -> Self {
        Self { is_reset: true, ..self.next().holding(value, life, 0) }
    }

    /// The next one, with the value that its leader made, who was elected on the generation `made_at`.
    pub(crate) fn filled(&self, value: Arc<T>, life: Life, made_at: u64) -> Self {
        self.next().holding(value, life, made_at)
    }

    /// The next one, with a value to be served stale, while the same leader goes on.
    pub(crate) fn offered(&self, value: Arc<T>, life: Life) -> Self {
        Self {
            due: AtomicU64::new(0),
            assured_until: WatchedU64::new(0),
            phase: Phase::led(true),
            takeovers: self.takeovers,
            is_deferred: self.is_deferred,
            lease_until: AtomicU64::new(self.lease_until().as_nanos()),
            not_before: self.not_before,
            failure: self.failure.clone(),
            ..self.next().holding(value, life, 0)
        }
    }

    /// Never in a slot: a value for its maker alone, since something newer is there. Its version is 0, which no
    /// value ever has that was published.
    pub(crate) fn superseded(value: Arc<T>, life: Life) -> Self {
        let never_there = Self::new(0, 0).holding(value, life, 0);
        never_there.withdraw();
        never_there
    }

    /// The next one, after the leader left without a result: all is as it was before, but for the leader. If that one
    /// was to answer a mark, the value is due at once.
    pub(crate) fn given_up(&self) -> Self {
        let due = if self.phase.is_marked() { 0 } else { self.due.load(Relaxed) };
        Self {
            due: AtomicU64::new(due),
            assured_until: WatchedU64::new(due),
            value: Held::from(self.value.clone()),
            servable_until: self.servable_until,
            published_at: self.published_at,
            origin_versions: self.origin_versions.clone(),
            phase: Phase::idle(self.value.is_some()),
            takeovers: self.takeovers,
            has_origin_version: self.has_origin_version,
            is_deferred: self.is_deferred,
            not_before: self.not_before,
            failure: self.failure.clone(),
            age: self.age,
            servable_after_error_until: self.servable_after_error_until,
            usable_until: self.usable_until,
            made_at: self.made_at,
            ..Self::new(self.version, self.serial + 1)
        }
    }

    /// The next one, after a failed regeneration: the same version and value, throttled, and servable for as long as
    /// its stale-if-error window lasts.
    pub(crate) fn failed(
        &self,
        error: Option<SharedError>,
        retry_at: impl FnOnce(NonZeroU32) -> Instant,
    ) -> Self {
        let next = self.given_up();
        let attempts = self.failure.as_ref().map_or(NonZeroU32::MIN, |last| last.attempts.saturating_add(1));
        Self {
            servable_until: self.servable_after_error_until,
            is_deferred: false,
            not_before: retry_at(attempts),
            failure: Some(Arc::new(Failure { error, attempts, serial: next.serial })),
            ..next
        }
    }

    /// The next one, after its leader found that it is too early: all is as it was, and until then nobody leads.
    pub(crate) fn deferred(&self, until: Instant) -> Self {
        Self { is_deferred: true, not_before: until, ..self.given_up() }
    }

    /// The next one, with its pause at an end: it is due as it was before.
    pub(crate) fn resumed(&self) -> Self {
        Self { is_deferred: false, not_before: Instant::default(), ..self.given_up() }
    }

    /// The next one, of the same version, without the value, which nobody can be served any more.
    pub(crate) fn purged(&self) -> Self {
        Self {
            // Never fresh, also for a clock that goes back.
            due: AtomicU64::new(0),
            assured_until: WatchedU64::new(0),
            value: Held::from(None),
            phase: Phase::idle(false),
            ..self.given_up()
        }
    }

    /// The next one, led from birth by the caller that deposes an overrun leader: the same version and value.
    pub(crate) fn taken_over(&self) -> Self {
        Self {
            phase: Phase::led(self.value.is_some()),
            takeovers: self.takeovers.saturating_add(1),
            ..self.given_up()
        }
    }
}
