//! When a value lives: fixed points in time, and what they mean for a read.

use crate::clock::Instant;
use std::time::Duration;

/// Whether a value that is served has reached the end of its time to live.
///
/// Half-open, as RFC 9111 section 4.2 has it: a value is fresh while *age < time to live*, so a value whose age
/// equals its time to live is stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// Younger than its time to live, and not marked stale.
    Fresh,
    /// Past its time to live or marked stale, but still servable: within its stale-while-revalidate window or,
    /// after a regeneration failed, within its stale-if-error window.
    Stale,
}

/// The fixed points in the life of one value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetime {
    pub(crate) published_at: Instant,
    /// From here on it is stale.
    pub(crate) fresh_until: Instant,
    /// From here on it is expired.
    pub(crate) servable_until: Instant,
}

impl Lifetime {
    /// This life, but servable for `window` after its time to live.
    pub(crate) fn servable_for(self, window: Duration) -> Self {
        Self { servable_until: self.fresh_until.end_of(window), ..self }
    }
}
