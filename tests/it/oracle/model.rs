//! A cell for one thread, written down as naively as the contract allows: time without overflow, no
//! phases, no generations.

use super::steps::{Life, Settings, Wish};
use dogpile::Freshness;
use std::time::Duration;

/// What a read returns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) version: u64,
    pub(super) age: u128,
    pub(super) freshness: Freshness,
    pub(super) origin: Option<u64>,
}

#[derive(Clone, Copy)]
struct Published {
    number: u64,
    at: u64,
    /// How old it was then.
    age: u128,
    fresh_end: u128,
    servable_end: u128,
    /// From here on it is expired also once an attempt to replace it was in vain.
    servable_end_if_error: u128,
    hard_end: u128,
    origin: Option<u64>,
    /// By whom it was made, if by a leader.
    made_by: Option<u64>,
    marked: bool,
    /// It has a mark that no leader has taken up yet.
    reported: bool,
    /// An attempt to replace it was in vain.
    failed: bool,
}

impl Published {
    fn age(&self, now: u64) -> u128 {
        (u128::from(now - self.at) + self.age).min(u64::MAX.into())
    }

    fn servable_end(&self) -> u128 {
        if self.failed { self.servable_end_if_error } else { self.servable_end }
    }

    /// As a caller sees it, for whom it is, expired or not.
    fn seen(&self, version: u64, now: u64) -> Seen {
        let is_fresh = u128::from(now) < self.fresh_end && !self.marked;
        let freshness = if is_fresh { Freshness::Fresh } else { Freshness::Stale };
        Seen { number: self.number, version, age: self.age(now), freshness, origin: self.origin }
    }
}

/// For ever: more than any number of nanoseconds.
const NEVER: u128 = 1 << 100;

fn length(time: Duration) -> u128 {
    if time == Duration::MAX { NEVER } else { time.as_nanos() }
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
    /// That of the same value, and what that is called where it came from.
    hard_end: u128,
    origin: Option<u64>,
}

/// What a call knows that handed its lease off.
#[derive(Debug)]
pub(super) struct Began {
    pub(super) version: u64,
    pub(super) failures: u64,
    pub(super) own: u64,
    /// What it looked at first did not do.
    pub(super) looked: bool,
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
    /// It would have to wait like that, but is content with what there is once its patience is over.
    Content(Seen),
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
    /// The end of the time that a leader put it off for.
    pause: Option<u128>,
    /// How many leaders in a row were deposed.
    takeovers: u32,
    /// The greatest that a value came with.
    origin: Option<u64>,
    ttl: Duration,
    window: Duration,
    window_if_error: Option<Duration>,
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
            pause: None,
            takeovers: 0,
            origin: None,
            ttl: settings.ttl.unwrap_or(Duration::MAX),
            window,
            window_if_error: settings.window_if_error,
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
        Some((value.fresh_end, value.servable_end()))
    }

    /// A value that comes now.
    fn born(&self, number: u64, life: Life, made_by: Option<u64>) -> Published {
        let window = life.window.unwrap_or(self.window);
        let cells_if_error = self.window_if_error.filter(|_| life.window_if_error.is_none());
        let window_if_error = life.window_if_error.or(cells_if_error).unwrap_or(window).max(window);
        let (fresh, hard) = (length(life.fresh.unwrap_or(self.ttl)), life.usable.map_or(NEVER, length));
        let end = |time: u128| match time.min(hard) {
            NEVER.. => NEVER,
            time => u128::from(self.now) + time.saturating_sub(length(life.age)),
        };
        Published {
            number,
            at: self.now,
            age: length(life.age).min(u64::MAX.into()),
            fresh_end: end(fresh),
            servable_end: end(fresh + length(window)),
            servable_end_if_error: end(fresh + length(window_if_error)),
            hard_end: end(hard),
            origin: life.origin,
            made_by,
            marked: false,
            reported: false,
            failed: false,
        }
    }

    pub(super) fn lease_end(&self) -> Option<u128> {
        Some(self.leader.as_ref()?.until)
    }

    /// The range in which the throttle ends, at random.
    pub(super) fn retry(&self) -> Option<(u128, u128)> {
        Some(self.failure.as_ref()?.retry)
    }

    pub(super) fn pause_end(&self) -> Option<u128> {
        self.pause
    }

    pub(super) fn get(&self) -> Option<Seen> {
        let value = self.value.as_ref()?;
        (u128::from(self.now) < value.servable_end()).then(|| value.seen(self.version, self.now))
    }

    /// What is there meets the wish, whoever asks.
    pub(super) fn meets(&self, wish: &Wish) -> bool {
        let Some(value) = &self.value else { return false };
        let limit =
            |time: Option<Duration>, default: u64| time.map_or(u128::from(default), |time| time.as_nanos());
        let is_younger = u128::from(self.now - value.at) < limit(wish.every, 0);
        let is_young = value.age(self.now) <= limit(wish.max_age, u64::MAX);
        is_younger || !wish.anew && self.is_newer(wish) && is_young
    }

    fn is_newer(&self, wish: &Wish) -> bool {
        wish.newer_than.is_none_or(|than| self.version > than.version(self.version))
    }

    /// What is there is as good as can be had for a call that began at that version, was elected as `own`, and looked at
    /// something that did not do.
    fn meets_for(&self, wish: &Wish, version: u64, own: u64, looked: bool) -> bool {
        let Some(value) = &self.value else { return false };
        let is_later = value.made_by.is_some_and(|leader| leader > own);
        let limit = wish.max_age.map_or(u128::from(u64::MAX), |age| age.as_nanos());
        let is_young =
            value.age(self.now) <= limit || self.version > version && value.age <= limit || is_later;
        let is_anew = !wish.anew || looked && is_later;
        // Or what came after that.
        let is_own = value.made_by.is_some_and(|leader| leader >= own);
        self.meets(wish) || is_own || self.is_newer(wish) && is_young && is_anew
    }

    fn is_throttled(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| u128::from(self.now) < failure.retry.0)
    }

    fn is_paused(&self) -> bool {
        self.pause.is_some_and(|end| u128::from(self.now) < end)
    }

    /// A leader is at work and in time, or the next attempt is to come later.
    fn is_attended(&self, wish: &Wish) -> bool {
        match &self.leader {
            Some(leader) => u128::from(self.now) < leader.until,
            None => self.is_paused() || self.is_throttled() && !wish.despite,
        }
    }

    pub(super) fn last_error(&self) -> Option<u64> {
        self.failure.as_ref()?.error
    }

    pub(super) fn is_regenerating(&self) -> bool {
        self.leader.is_some()
    }

    /// What a call knows that begins now, for when it has handed off the lease that it will be given.
    pub(super) fn begin(&self, wish: &Wish) -> Began {
        let (version, failures, own) = (self.version, self.failures, self.elections + 1);
        Began { version, failures, own, looked: !self.meets(wish) }
    }

    /// What a call comes to that begins now; if it is elected, so it is here.
    pub(super) fn look(&mut self, fallible: bool, wish: &Wish) -> Look {
        let servable = self.get();
        let instead = servable.filter(|_| wish.or_stale);
        if let Some(seen) = servable.filter(|_| self.meets(wish)) {
            let is_fresh = seen.freshness == Freshness::Fresh;
            if is_fresh || self.inside > 0 || self.is_attended(wish) {
                return Look::Served(seen);
            }
        } else if self.inside > 0 {
            return instead.map_or(Look::Reentrant, Look::Served);
        } else if self.leader.is_none() {
            if self.is_throttled() && !wish.despite {
                if let Some(seen) = instead {
                    return Look::Served(seen);
                }
                if let Some(error) = self.last_error().filter(|_| fallible) {
                    return Look::Failed(error);
                }
            }
            if self.is_paused() {
                return instead.map_or(Look::Wait, Look::Content);
            }
        }
        match self.elect() {
            Some(led) => Look::Lead(led),
            None => instead.map_or(Look::Wait, Look::Content),
        }
    }

    /// What a call comes to that handed its lease off, and that began when there were so many failures, at that
    /// version. It takes whatever it gets, and changes nothing.
    pub(super) fn look_again(&self, wish: &Wish, began: &Began) -> Look {
        let instead = self.get().filter(|_| wish.or_stale);
        let is_met = self.meets_for(wish, began.version, began.own, began.looked);
        if let Some(value) = self.value.as_ref().filter(|_| is_met && self.version > began.version) {
            let died = u128::from(self.now) >= value.hard_end && value.hard_end > u128::from(value.at);
            if !died {
                let is_servable = u128::from(self.now) < value.servable_end();
                let seen = value.seen(self.version, self.now);
                let freshness = if is_servable { seen.freshness } else { Freshness::Stale };
                return Look::Served(Seen { freshness, ..seen });
            }
        }
        if let Some(seen) = self.get().filter(|_| is_met) {
            return Look::Served(seen);
        }
        let throttled = self.leader.is_none() && self.is_throttled() && !wish.despite;
        if let Some(failure) =
            self.failure.as_ref().filter(|failure| failure.number > began.failures || throttled)
        {
            if let Some(seen) = instead {
                return Look::Served(seen);
            }
            if let Some(error) = failure.error {
                return Look::Failed(error);
            }
        }
        if self.leader.is_none() && self.is_paused() {
            return instead.map_or(Look::Wait, Look::Content);
        }
        match &self.leader {
            None => instead.map_or(Look::GivenUp, Look::Served),
            Some(leader) if u128::from(self.now) >= leader.until => {
                instead.map_or(Look::Overdue, Look::Served)
            }
            Some(_) => instead.map_or(Look::Wait, Look::Content),
        }
    }

    pub(super) fn try_lead(&mut self, wish: &Wish) -> Option<Led> {
        let met = self.get().filter(|_| self.meets(wish));
        let is_fresh = met.is_some_and(|seen| seen.freshness == Freshness::Fresh);
        if is_fresh || self.is_attended(wish) { None } else { self.elect() }
    }

    fn elect(&mut self) -> Option<Led> {
        if let Some(leader) = &self.leader {
            if u128::from(self.now) < leader.until {
                return None;
            }
            self.counts.takeovers += 1;
            self.takeovers += 1;
        }
        // A mark goes on to who takes over, though that one begins after it: it need not have been the next.
        let marked = self.leader.as_ref().is_some_and(|leader| leader.marked);
        self.elections += 1;
        let lease = length(self.lease.unwrap_or(Duration::MAX)) << self.takeovers.min(6);
        let until = u128::from(self.now) + lease;
        self.leader = Some(Leader { id: self.elections, marked, until });
        let replaces = self.value.as_ref().map(|value| value.number);
        let (hard_end, origin) =
            self.value.as_ref().map_or((NEVER, None), |value| (value.hard_end, value.origin));
        let led = Led { id: self.elections, elected_at: self.now, replaces, hard_end, origin };
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

    pub(super) fn set(&mut self, number: u64, life: Life) -> u64 {
        let value = self.born(number, life, None);
        self.put(value)
    }

    /// The value is there now, whatever was there before.
    fn put(&mut self, value: Published) -> u64 {
        self.version += 1;
        self.origin = self.origin.max(value.origin);
        self.value = Some(value);
        (self.failure, self.leader, self.pause, self.takeovers) = (None, None, None, 0);
        self.version
    }

    pub(super) fn set_if_newer(&mut self, number: u64, origin: u64, life: Life) -> Option<u64> {
        let is_newer = self.origin.is_none_or(|greatest| origin > greatest);
        is_newer.then(|| self.set(number, Life { origin: Some(origin), ..life }))
    }

    /// Whether the leader's offer is there now; it leads on.
    pub(super) fn offer(&mut self, led: &mut Led, number: u64, life: Life) -> bool {
        if !self.leads(*led) {
            return false;
        }
        self.version += 1;
        self.origin = self.origin.max(life.origin);
        let offered = Published { marked: true, ..self.born(number, life, None) };
        self.value = Some(offered);
        *led = Led { replaces: Some(number), hard_end: offered.hard_end, origin: offered.origin, ..*led };
        for leader in self.leaders.iter_mut().filter(|leader| leader.id == led.id) {
            *leader = *led;
        }
        true
    }

    pub(super) fn invalidate(&mut self) {
        self.version += 1;
        (self.value, self.failure, self.leader, self.pause) = (None, None, None, None);
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
            value.reported |= self.leader.is_none();
        }
        if let Some(leader) = &mut self.leader {
            leader.marked = true;
        }
    }

    pub(super) fn mark_stale_if(&mut self, version: u64) -> bool {
        let is_there = self.version == version && self.leader.is_none();
        let Some(value) = self.value.as_mut().filter(|value| is_there && !value.reported) else {
            return false;
        };
        (value.marked, value.reported) = (true, true);
        true
    }

    pub(super) fn resume(&mut self) -> bool {
        let is_there = self.leader.is_none() && self.is_paused();
        if is_there {
            self.pause = None;
            if let Some(value) = &mut self.value {
                value.reported = false;
            }
        }
        is_there
    }

    pub(super) fn purge(&mut self) -> bool {
        let now = u128::from(self.now);
        let is_spoilt = |value: &Published| now >= value.servable_end.max(value.servable_end_if_error);
        let is_there =
            self.leader.is_none() && !self.is_paused() && self.value.as_ref().is_some_and(is_spoilt);
        if is_there {
            self.value = None;
        }
        is_there
    }

    fn ended(&mut self, led: Led) {
        self.leaders.retain(|leader| leader.id != led.id);
    }

    /// The leader made a value: what its caller gets, and whether it was published.
    pub(super) fn publish(&mut self, led: Led, number: u64, life: Life) -> (Seen, bool) {
        self.publish_this(led, self.born(number, life, Some(led.id)))
    }

    /// The value lives once more, but not beyond its hard end. None: that is over.
    pub(super) fn renew(&mut self, led: Led, number: u64) -> Option<(Seen, bool)> {
        if led.hard_end <= u128::from(self.now) {
            self.give_up(led);
            return None;
        }
        let born = self.born(number, Life::default(), Some(led.id));
        let until = |end: u128| end.min(led.hard_end);
        let same = Published {
            fresh_end: until(born.fresh_end),
            servable_end: until(born.servable_end),
            servable_end_if_error: until(born.servable_end_if_error),
            hard_end: led.hard_end,
            origin: led.origin,
            ..born
        };
        Some(self.publish_this(led, same))
    }

    fn publish_this(&mut self, led: Led, made: Published) -> (Seen, bool) {
        self.ended(led);
        let leads = self.leads(led);
        let marked = leads && self.leader.as_ref().is_some_and(|leader| leader.marked);
        let made = Published { marked, reported: marked, ..made };
        if !leads {
            self.counts.superseded += 1;
            return (made.seen(0, self.now), false);
        }
        let counts = &mut self.counts;
        let count = if led.replaces.is_some() { &mut counts.regenerations } else { &mut counts.creations };
        *count += 1;
        self.counts.last_nanos = self.now - led.elected_at;
        (made.seen(self.put(made), self.now), true)
    }

    pub(super) fn give_up(&mut self, led: Led) {
        self.counts.given_up += 1;
        self.leave(led);
    }

    /// The leader leaves the cell as it found it.
    fn leave(&mut self, led: Led) {
        self.ended(led);
        if self.leads(led) {
            self.leave_led();
        }
    }

    /// What the leader did not take up is there for the next one.
    fn leave_led(&mut self) {
        let marked = self.leader.take().is_some_and(|leader| leader.marked);
        if let Some(value) = &mut self.value {
            value.reported = marked;
        }
    }

    pub(super) fn defer(&mut self, led: Led, time: Duration) {
        let leads = self.leads(led);
        self.leave(led);
        if leads {
            self.pause = Some(self.after(time));
            if let Some(failure) = &mut self.failure {
                failure.retry = (0, 0);
            }
        }
    }

    pub(super) fn fail(&mut self, led: Led, error: u64, delay: Option<Duration>) {
        self.counts.failures += 1;
        self.end_in_vain(led, Some(error), delay);
    }

    pub(super) fn panic(&mut self, led: Led) {
        self.counts.panics += 1;
        if led.replaces.is_some() { self.end_in_vain(led, None, None) } else { self.leave(led) }
    }

    fn end_in_vain(&mut self, led: Led, error: Option<u64>, delay: Option<Duration>) {
        self.ended(led);
        if !self.leads(led) {
            return;
        }
        self.leave_led();
        self.pause = None;
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
        let delays = delay.map_or((shortest, longest), |delay| (delay.as_nanos(), delay.as_nanos()));
        let retry = (now + delays.0, now + delays.1);
        self.failure = Some(Failure { error, attempts, number: self.failures, retry });
    }

    /// The values that somebody holds: the cell, or a leader.
    pub(super) fn reachable(&self) -> impl Iterator<Item = u64> {
        let current = self.value.as_ref().map(|value| value.number);
        current.into_iter().chain(self.leaders.iter().filter_map(|led| led.replaces))
    }
}
