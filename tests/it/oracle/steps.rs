//! What can happen to a cell, and how often it is drawn.

use super::model::Model;
use crate::ways::Way;
use dogpile::{Demand, Lifetime};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

/// The last instant of a clock.
const LAST: u64 = u64::MAX - 1;

#[derive(Debug)]
pub(super) struct Settings {
    /// How all calls of the history are made.
    pub(super) way: Way,
    pub(super) start: u64,
    /// None: values never expire, and there is no window.
    pub(super) ttl: Option<Duration>,
    pub(super) window: Option<Duration>,
    pub(super) window_if_error: Option<Duration>,
    pub(super) retry: (Duration, Duration),
    pub(super) lease: Option<Duration>,
    pub(super) initial: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Inside a creation function the script is not used: nobody is elected there.
    GetOrRegen(Script),
    TryGetOrRegen(Script),
    /// What the caller does with the lease, after the steps.
    HandOff(Option<Wish>, Vec<Step>, Ending),
    /// The lease is kept for later steps.
    TryLead(Option<Wish>),
    /// One of those that are kept.
    EndLease(usize, Ending),
    Extend(usize, Duration),
    Offer(usize, Life),
    Get {
        keep: bool,
    },
    Set,
    SetWith(Life),
    SetIfNewer(u64, Life),
    MarkStale,
    MarkStaleIf(Target),
    Resume,
    Purge,
    Invalidate,
    InvalidateIf(Target),
    Pass(Time),
}

/// What a creation function does, and how it ends.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// Asked through a reader, and not the cell itself.
    pub(super) through_reader: bool,
    pub(super) wish: Option<Wish>,
    pub(super) inner: Vec<Step>,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Value,
    /// A creation function that cannot return one panics.
    Error,
    Panic,
}

/// What becomes of a lease.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    Publish,
    PublishWith(Life),
    Renew,
    Fail,
    FailFor(Duration),
    Defer(Duration),
    Drop,
    Keep,
}

/// How long a value says that it lives.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Life {
    pub(super) fresh: Option<Duration>,
    pub(super) window: Option<Duration>,
    pub(super) window_if_error: Option<Duration>,
    pub(super) usable: Option<Duration>,
    pub(super) age: Duration,
    pub(super) origin: Option<u64>,
}

impl Life {
    pub(super) fn lifetime(self) -> Lifetime {
        let mut lifetime = self.fresh.map_or(Lifetime::new(), Lifetime::fresh_for).age(self.age);
        if let Some(window) = self.window {
            lifetime = lifetime.stale_while_revalidate(window);
        }
        if let Some(window) = self.window_if_error {
            lifetime = lifetime.stale_if_error(window);
        }
        if let Some(usable) = self.usable {
            lifetime = lifetime.usable_for(usable);
        }
        self.origin.map_or(lifetime, |version| lifetime.origin_version(version))
    }
}

/// What a call demands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wish {
    pub(super) max_age: Option<Duration>,
    pub(super) newer_than: Option<Target>,
    pub(super) every: Option<Duration>,
    pub(super) anew: bool,
    pub(super) or_stale: bool,
    pub(super) despite: bool,
}

impl Wish {
    /// This wish, to mean at any later time what it means now.
    pub(super) fn at(self, current: u64) -> Self {
        let newer_than = self.newer_than.map(|target| Target::Exactly(target.version(current)));
        Self { newer_than, ..self }
    }

    /// A call that would have to wait says so.
    pub(super) fn demand(self) -> Demand {
        let mut demand = Demand::new().patience(Duration::ZERO);
        if let Some(age) = self.max_age {
            demand = demand.max_age(age);
        }
        if let Some(target) = self.newer_than {
            demand = demand.newer_than(target.version(0)); // an exact one
        }
        if let Some(every) = self.every {
            demand = demand.at_most_every(every);
        }
        if self.anew {
            demand = demand.anew();
        }
        if self.or_stale {
            demand = demand.or_stale();
        }
        if self.despite { demand.despite_throttle() } else { demand }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Current,
    Older(u64),
    Newer(u64),
    /// What one of those was when the call was made.
    Exactly(u64),
}

impl Target {
    pub(super) fn version(self, current: u64) -> u64 {
        match self {
            Self::Current => current,
            Self::Older(by) => current.saturating_sub(by),
            Self::Newer(by) => current + by,
            Self::Exactly(version) => version,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Time {
    By(u64),
    /// To the end of the time to live, or one nanosecond beside it.
    FreshEnd(i8),
    /// To the end of the window, or one nanosecond beside it.
    ServableEnd(i8),
    /// To the end of the leader's lease, or one nanosecond beside it.
    LeaseEnd(i8),
    /// To the end of the throttle.
    RetryEnd,
    /// To the end of the pause, or one nanosecond beside it.
    PauseEnd(i8),
    Last,
}

impl Time {
    /// The time after this step; never earlier than before it, and never where it depends on a throw of the
    /// dice whether an attempt is still throttled.
    pub(super) fn passed(self, model: &Model) -> u64 {
        let ends = model.ends();
        let near = |end: Option<u128>, by: i8| {
            let end = end.unwrap_or(0).saturating_add_signed(by.into());
            u64::try_from(end).unwrap_or(LAST)
        };
        let then = match self {
            Self::By(nanos) => model.now.saturating_add(nanos),
            Self::FreshEnd(by) => near(ends.map(|ends| ends.0), by),
            Self::ServableEnd(by) => near(ends.map(|ends| ends.1), by),
            Self::LeaseEnd(by) => near(model.lease_end(), by),
            Self::RetryEnd => near(model.retry().map(|retry| retry.1), 0),
            Self::PauseEnd(by) => near(model.pause_end(), by),
            Self::Last => LAST,
        };
        let then = then.clamp(model.now, LAST);
        match model.retry() {
            Some((first, last)) if (first..last).contains(&u128::from(then)) => {
                u64::try_from(last).ok().filter(|last| *last <= LAST).unwrap_or(model.now)
            }
            _ => then,
        }
    }
}

fn duration() -> impl Strategy<Value = Duration> + Clone {
    prop_oneof![
        2 => Just(Duration::ZERO),
        6 => (1..30_u64).prop_map(Duration::from_nanos),
        2 => (0..u64::MAX).prop_map(Duration::from_nanos),
        1 => (u64::MAX - 1..=u64::MAX).prop_map(Duration::from_nanos),
        1 => Just(Duration::MAX),
    ]
}

fn life() -> impl Strategy<Value = Life> + Clone {
    let some = || option::weighted(0.4, duration());
    let age = prop_oneof![3 => Just(Duration::ZERO), 1 => duration()];
    let lengths = (option::weighted(0.7, duration()), some(), some(), some());
    (lengths, age, option::weighted(0.3, 0..5_u64)).prop_map(
        |((fresh, window, window_if_error, usable), age, origin)| Life {
            fresh,
            window,
            window_if_error,
            usable,
            age,
            origin,
        },
    )
}

fn target() -> impl Strategy<Value = Target> + Clone {
    prop_oneof![
        2 => Just(Target::Current),
        1 => (1..4_u64).prop_map(Target::Older),
        1 => (1..4_u64).prop_map(Target::Newer),
    ]
}

fn wish() -> impl Strategy<Value = Option<Wish>> + Clone {
    let some = || option::weighted(0.3, duration());
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let wish = (some(), option::weighted(0.4, target()), some(), flags).prop_map(
        |(max_age, newer_than, every, (anew, or_stale, despite))| Wish {
            max_age,
            newer_than,
            every,
            anew,
            or_stale,
            despite,
        },
    );
    option::weighted(0.6, wish)
}

/// First and longest delay after an attempt in vain.
fn retry() -> impl Strategy<Value = (Duration, Duration)> {
    prop_oneof![
        2 => Just((Duration::ZERO, Duration::ZERO)),
        2 => (1..10_u64).prop_map(|nanos| (Duration::from_nanos(nanos), Duration::from_nanos(nanos * 4))),
        2 => duration().prop_map(|both| (both, both)),
        1 => duration().prop_map(|min| (min, Duration::MAX)),
    ]
}

pub(super) fn settings() -> impl Strategy<Value = Settings> {
    let start = prop_oneof![3 => Just(0), 1 => LAST - 40..=LAST];
    let windows = (option::weighted(0.8, duration()), option::weighted(0.5, duration()));
    let durations = option::weighted(0.9, (duration(), windows));
    let lease = option::weighted(0.6, duration());
    let way = prop_oneof![Just(Way::Thread), Just(Way::Bare)];
    (way, start, durations, retry(), lease, any::<bool>()).prop_map(
        |(way, start, durations, retry, lease, initial)| Settings {
            way,
            start,
            ttl: durations.map(|(ttl, _)| ttl),
            window: durations.and_then(|(_, windows)| windows.0),
            window_if_error: durations.and_then(|(_, (window, more))| {
                more.map(|more| window.map_or(Duration::MAX, |window| window.saturating_add(more)))
            }),
            retry,
            lease,
            initial,
        },
    )
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![
        1 => Just(Time::By(0)),
        4 => (1..20_u64).prop_map(Time::By),
        4 => (-1..=1_i8).prop_map(Time::FreshEnd),
        4 => (-1..=1_i8).prop_map(Time::ServableEnd),
        4 => (-1..=1_i8).prop_map(Time::LeaseEnd),
        4 => Just(Time::RetryEnd),
        2 => (-1..=1_i8).prop_map(Time::PauseEnd),
        1 => (0..u64::MAX).prop_map(Time::By),
        1 => Just(Time::Last),
    ]
}

/// A step, without what would happen in a creation function that it runs.
fn plain() -> impl Strategy<Value = Step> {
    let outcome =
        prop_oneof![4 => Just(Outcome::Value), 2 => Just(Outcome::Error), 1 => Just(Outcome::Panic)];
    let script = (any::<bool>(), wish(), outcome).prop_map(|(through_reader, wish, outcome)| Script {
        through_reader,
        wish,
        inner: Vec::new(),
        outcome,
    });
    prop_oneof![
        3 => script.clone().prop_map(Step::GetOrRegen),
        3 => script.prop_map(Step::TryGetOrRegen),
        2 => (wish(), ending()).prop_map(|(wish, ending)| Step::HandOff(wish, Vec::new(), ending)),
        2 => wish().prop_map(Step::TryLead),
        3 => (any::<usize>(), ending()).prop_map(|(which, ending)| Step::EndLease(which, ending)),
        1 => (any::<usize>(), duration()).prop_map(|(which, time)| Step::Extend(which, time)),
        1 => (any::<usize>(), life()).prop_map(|(which, life)| Step::Offer(which, life)),
        1 => any::<bool>().prop_map(|keep| Step::Get { keep }),
        1 => Just(Step::Set),
        2 => life().prop_map(Step::SetWith),
        1 => (0..5_u64, life()).prop_map(|(origin, life)| Step::SetIfNewer(origin, life)),
        2 => Just(Step::MarkStale),
        2 => target().prop_map(Step::MarkStaleIf),
        1 => Just(Step::Resume),
        1 => Just(Step::Purge),
        1 => Just(Step::Invalidate),
        1 => target().prop_map(Step::InvalidateIf),
        6 => time().prop_map(Step::Pass),
    ]
}

fn ending() -> impl Strategy<Value = Ending> + Clone {
    prop_oneof![
        2 => Just(Ending::Publish),
        1 => life().prop_map(Ending::PublishWith),
        1 => Just(Ending::Renew),
        2 => Just(Ending::Fail),
        1 => duration().prop_map(Ending::FailFor),
        1 => duration().prop_map(Ending::Defer),
        1 => Just(Ending::Drop),
        1 => Just(Ending::Keep),
    ]
}

pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let eventful = (vec(plain(), 0..4), plain()).prop_map(|(inner, step)| match step {
        Step::GetOrRegen(script) => Step::GetOrRegen(Script { inner, ..script }),
        Step::TryGetOrRegen(script) => Step::TryGetOrRegen(Script { inner, ..script }),
        Step::HandOff(wish, _, ending) => Step::HandOff(wish, inner, ending),
        step => step,
    });
    vec(eventful, 1..=most)
}
