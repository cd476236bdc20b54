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
    /// An attempt to replace it was in vain.
    failed: bool,
}

/// The leader that will replace what is there.
struct Leader {
    id: u64,
    marked: bool,
    until: u128,
}

/// The attempts in vain since the last value.
struct Failure {
    /// None: the last one panicked.
    error: Option<u64>,
    attempts: u32,
    number: u64,
    /// The next one is due at some time in this range, which no step ends in.
    retry: (u128, u128),
}

/// What a leader knows, deposed or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Led {
    id: u64,
    elected_at: u64,
    /// The value that it set out to replace.
    pub(super) replaces: Option<u64>,
}

/// What a call comes to.
#[derive(Debug)]
pub(super) enum Look {
    Served(Seen),
    Lead(Led),
    Failed(u64),
    Reentrant,
    /// It would have to wait for somebody who is not at work on this thread.
    Wait,
    /// It waits for who got its lease, which is overrun, and has nothing to take over with.
    Overdue,
    /// Nobody is at work any more, and it has nothing to lead with.
    GivenUp,
}

/// The counters, in the order of `Stats`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) creations: u64,
    pub(super) regenerations: u64,
    pub(super) failures: u64,
    pub(super) panics: u64,
    pub(super) given_up: u64,
    pub(super) takeovers: u64,
    pub(super) superseded: u64,
    pub(super) waits: u64,
    pub(super) last_nanos: u64,
}

pub(super) struct Model {
    pub(super) now: u64,
    pub(super) version: u64,
    pub(super) counts: Counts,
    /// How many creation functions of this cell are running.
    pub(super) inside: u32,
    /// All who were elected and have not ended.
    leaders: Vec<Led>,
    leader: Option<Leader>,
    elections: u64,
    value: Option<Published>,
    failure: Option<Failure>,
    failures: u64,
    ttl: Duration,
    window: Duration,
    window_if_error: Duration,
    retry: (Duration, Duration),
    lease: Option<Duration>,
}

impl Model {
    pub(super) fn new(settings: &Settings) -> Self {
        let window = settings.window.unwrap_or(Duration::MAX);
        Self {
            now: settings.start,
            version: 0,
            counts: Counts::default(),
            inside: 0,
            leaders: Vec::new(),
            leader: None,
            elections: 0,
            value: None,
            failure: None,
            failures: 0,
            ttl: settings.ttl.unwrap_or(Duration::MAX),
            window,
            window_if_error: settings.window_if_error.unwrap_or(window),
            retry: settings.retry,
            lease: settings.lease,
        }
    }

    fn after(&self, time: Duration) -> u128 {
        u128::from(self.now) + time.as_nanos()
    }

    /// When the current value ends to be fresh, and to be servable: never reached if it is beyond the
    /// range of the clock.
    pub(super) fn ends(&self) -> Option<(u128, u128)> {
        let value = self.value.as_ref()?;
        let fresh_end = u128::from(value.at) + self.ttl.as_nanos();
        let window = if value.failed { self.window_if_error } else { self.window };
        Some((fresh_end, fresh_end + window.as_nanos()))
    }

    pub(super) fn lease_end(&self) -> Option<u128> {
        Some(self.leader.as_ref()?.until)
    }

    /// The range in which the throttle ends, at random.
    pub(super) fn retry(&self) -> Option<(u128, u128)> {
        Some(self.failure.as_ref()?.retry)
    }

    pub(super) fn get(&self) -> Option<Seen> {
        let (value, (fresh_end, servable_end)) = (self.value.as_ref()?, self.ends()?);
        let now = u128::from(self.now);
        let freshness = if now < fresh_end && !value.marked { Freshness::Fresh } else { Freshness::Stale };
        let age = now - u128::from(value.at);
        let seen = Seen { number: value.number, version: self.version, age, freshness };
        (now < servable_end).then_some(seen)
    }

    fn is_throttled(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| u128::from(self.now) < failure.retry.0)
    }

    /// A leader is at work and in time, or the next attempt is to come later.
    fn is_attended(&self) -> bool {
        match &self.leader {
            Some(leader) => u128::from(self.now) < leader.until,
            None => self.is_throttled(),
        }
    }

    pub(super) fn last_error(&self) -> Option<u64> {
        self.failure.as_ref()?.error
    }

    pub(super) fn is_regenerating(&self) -> bool {
        self.leader.is_some()
    }

    /// How many attempts failed before a call that begins now.
    pub(super) fn failures(&self) -> u64 {
        self.failures
    }

    /// What a call comes to that begins now; if it is elected, so it is here.
    pub(super) fn look(&mut self, fallible: bool) -> Look {
        let servable = self.get();
        if let Some(seen) = servable {
            let is_fresh = seen.freshness == Freshness::Fresh;
            if is_fresh || self.inside > 0 || self.is_attended() {
                return Look::Served(seen);
            }
        } else if self.inside > 0 {
            return Look::Reentrant;
        } else if fallible && self.leader.is_none() && self.is_throttled() {
            if let Some(error) = self.last_error() {
                return Look::Failed(error);
            }
        }
        self.elect().map_or(Look::Wait, Look::Lead)
    }

    /// What a call comes to that handed its lease off, and that began when there were so many failures, at that
    /// version. It takes whatever it gets, and changes nothing.
    pub(super) fn look_again(&self, version: u64, failures: u64) -> Look {
        if let Some(value) = self.value.as_ref().filter(|_| self.version > version) {
            let age = u128::from(self.now - value.at);
            let expired =
                Seen { number: value.number, version: self.version, age, freshness: Freshness::Stale };
            return Look::Served(self.get().unwrap_or(expired));
        }
        if let Some(seen) = self.get() {
            return Look::Served(seen);
        }
        let throttled = self.leader.is_none() && self.is_throttled();
        let failure = self.failure.as_ref().filter(|failure| failure.number > failures || throttled);
        if let Some(error) = failure.and_then(|failure| failure.error) {
            return Look::Failed(error);
        }
        match &self.leader {
            None => Look::GivenUp,
            Some(leader) if u128::from(self.now) >= leader.until => Look::Overdue,
            Some(_) => Look::Wait,
        }
    }

    pub(super) fn try_lead(&mut self) -> Option<Led> {
        let is_fresh = self.get().is_some_and(|seen| seen.freshness == Freshness::Fresh);
        if is_fresh || self.is_attended() { None } else { self.elect() }
    }

    fn elect(&mut self) -> Option<Led> {
        if let Some(leader) = &self.leader {
            if u128::from(self.now) < leader.until {
                return None;
            }
            self.counts.takeovers += 1;
        }
        // A mark goes on to who takes over, though that one begins after it: it need not have been the next.
        let marked = self.leader.as_ref().is_some_and(|leader| leader.marked);
        self.elections += 1;
        let until = self.after(self.lease.unwrap_or(Duration::MAX));
        self.leader = Some(Leader { id: self.elections, marked, until });
        let replaces = self.value.as_ref().map(|value| value.number);
        let led = Led { id: self.elections, elected_at: self.now, replaces };
        self.leaders.push(led);
        Some(led)
    }

    /// Whether it still leads.
    pub(super) fn leads(&self, led: Led) -> bool {
        self.leader.as_ref().is_some_and(|leader| leader.id == led.id)
    }

    pub(super) fn extend(&mut self, led: Led, time: Duration) -> bool {
        let (until, leads) = (self.after(time), self.leads(led));
        if leads && self.lease.is_some() {
            self.leader.as_mut().expect("it leads").until = until;
        }
        leads
    }

    pub(super) fn set(&mut self, number: u64) -> u64 {
        self.version += 1;
        self.value = Some(Published { number, at: self.now, marked: false, failed: false });
        (self.failure, self.leader) = (None, None);
        self.version
    }

    pub(super) fn invalidate(&mut self) {
        self.version += 1;
        (self.value, self.failure, self.leader) = (None, None, None);
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
        if let Some(leader) = &mut self.leader {
            leader.marked = true;
        }
    }

    fn ended(&mut self, led: Led) {
        self.leaders.retain(|leader| leader.id != led.id);
    }

    /// The leader made a value: what its caller gets, and whether it was published.
    pub(super) fn publish(&mut self, led: Led, number: u64) -> (Seen, bool) {
        self.ended(led);
        let leads = self.leads(led);
        let marked = leads && self.leader.as_ref().is_some_and(|leader| leader.marked);
        let version = if leads {
            let count = if led.replaces.is_some() {
                &mut self.counts.regenerations
            } else {
                &mut self.counts.creations
            };
            *count += 1;
            self.counts.last_nanos = self.now - led.elected_at;
            self.set(number);
            self.value.as_mut().expect("just set").marked = marked;
            self.version
        } else {
            self.counts.superseded += 1;
            0
        };
        let stale = marked || self.ttl.is_zero();
        let freshness = if stale { Freshness::Stale } else { Freshness::Fresh };
        (Seen { number, version, age: 0, freshness }, leads)
    }

    pub(super) fn give_up(&mut self, led: Led) {
        self.counts.given_up += 1;
        self.leave(led);
    }

    /// The leader leaves the cell as it found it.
    fn leave(&mut self, led: Led) {
        self.ended(led);
        if self.leads(led) {
            self.leader = None;
        }
    }

    pub(super) fn fail(&mut self, led: Led, error: u64) {
        self.counts.failures += 1;
        self.end_in_vain(led, Some(error));
    }

    pub(super) fn panic(&mut self, led: Led) {
        self.counts.panics += 1;
        if led.replaces.is_some() { self.end_in_vain(led, None) } else { self.leave(led) }
    }

    fn end_in_vain(&mut self, led: Led, error: Option<u64>) {
        self.ended(led);
        if !self.leads(led) {
            return;
        }
        self.leader = None;
        self.failures += 1;
        if let Some(value) = &mut self.value {
            value.failed = true;
        }
        let attempts = self.failure.as_ref().map_or(0, |failure| failure.attempts) + 1;
        let (min, max) = (self.retry.0.as_nanos(), self.retry.1.as_nanos());
        let longest = (min << (attempts - 1).min(31)).min(max);
        // Less up to a half, and what the arithmetic of an `f64` may lose; yet no delay is lost altogether.
        let shortest = (longest / 2).saturating_sub((longest >> 40) + 1).max(longest.min(1));
        let now = u128::from(self.now);
        let retry = (now + shortest, now + longest);
        self.failure = Some(Failure { error, attempts, number: self.failures, retry });
    }

    /// The values that somebody holds: the cell, or a leader.
    pub(super) fn reachable(&self) -> impl Iterator<Item = u64> {
        let current = self.value.as_ref().map(|value| value.number);
        current.into_iter().chain(self.leaders.iter().filter_map(|led| led.replaces))
    }
}
