//! A cell for one thread, written down as naively as the contract allows: time without overflow, no
//! phases, no generations.

use super::steps::Settings;
use dogpile::Freshness;
use std::time::Duration;

/// What a read returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) version: u64,
    pub(super) age: u128,
    pub(super) freshness: Freshness,
}

struct Published {
    number: u64,
    at: u64,
    marked: bool,
}

/// A creation function that is running.
pub(super) struct Flight {
    /// The version that it set out to replace, and its value.
    version: u64,
    replaces: Option<u64>,
    marked: bool,
}

pub(super) struct Model {
    pub(super) now: u64,
    pub(super) version: u64,
    pub(super) flight: Option<Flight>,
    value: Option<Published>,
    ttl: Duration,
    window: Duration,
}

impl Model {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            now: settings.start,
            version: 0,
            flight: None,
            value: None,
            ttl: settings.ttl.unwrap_or(Duration::MAX),
            window: settings.window.unwrap_or(Duration::MAX),
        }
    }

    /// When the current value ends to be fresh, and to be servable: never reached if it is beyond the
    /// range of the clock.
    pub(super) fn ends(&self) -> Option<(u128, u128)> {
        let fresh_end = u128::from(self.value.as_ref()?.at) + self.ttl.as_nanos();
        Some((fresh_end, fresh_end + self.window.as_nanos()))
    }

    pub(super) fn get(&self) -> Option<Seen> {
        let (value, (fresh_end, servable_end)) = (self.value.as_ref()?, self.ends()?);
        let now = u128::from(self.now);
        let freshness = if now < fresh_end && !value.marked { Freshness::Fresh } else { Freshness::Stale };
        let age = now - u128::from(value.at);
        let seen = Seen { number: value.number, version: self.version, age, freshness };
        (now < servable_end).then_some(seen)
    }

    pub(super) fn fresh(&self) -> Option<Seen> {
        self.get().filter(|seen| seen.freshness == Freshness::Fresh)
    }

    pub(super) fn set(&mut self, number: u64) -> u64 {
        self.version += 1;
        self.value = Some(Published { number, at: self.now, marked: false });
        self.version
    }

    pub(super) fn invalidate(&mut self) {
        self.version += 1;
        self.value = None;
    }

    pub(super) fn invalidate_if(&mut self, version: u64) -> bool {
        let hit = self.value.is_some() && self.version == version;
        if hit {
            self.invalidate();
        }
        hit
    }

    pub(super) fn mark_stale(&mut self) {
        if let Some(value) = &mut self.value {
            value.marked = true;
        }
        if self.is_regenerating() {
            self.flight.as_mut().expect("there is one").marked = true;
        }
    }

    /// The creation function that runs is still the one that will replace what is there.
    pub(super) fn is_regenerating(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.version == self.version)
    }

    pub(super) fn elect(&mut self) {
        let replaces = self.value.as_ref().map(|value| value.number);
        self.flight = Some(Flight { version: self.version, replaces, marked: false });
    }

    pub(super) fn give_up(&mut self) {
        self.flight = None;
    }

    /// The creation function returned: what its caller gets.
    pub(super) fn publish(&mut self, number: u64) -> Seen {
        let flight = self.flight.take().expect("somebody leads");
        let marked = flight.version == self.version && flight.marked;
        let version = if flight.version == self.version {
            self.set(number);
            self.value.as_mut().expect("just set").marked = marked;
            self.version
        } else {
            flight.version
        };
        let stale = marked || self.ttl.is_zero();
        let freshness = if stale { Freshness::Stale } else { Freshness::Fresh };
        Seen { number, version, age: 0, freshness }
    }

    /// The values that somebody holds: the cell, or the leader.
    pub(super) fn reachable(&self) -> impl Iterator<Item = u64> {
        let current = self.value.as_ref().map(|value| value.number);
        let led = self.flight.as_ref().and_then(|flight| flight.replaces);
        current.into_iter().chain(led)
    }
}
