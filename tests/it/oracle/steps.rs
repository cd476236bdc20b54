//! What can happen to a cell, and how often it is drawn.

use super::model::Model;
use crate::ways::Way;
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
    HandOff(Vec<Step>, Ending),
    /// The lease is kept for later steps.
    TryLead,
    /// One of those that are kept.
    EndLease(usize, Ending),
    Extend(usize, Duration),
    Get {
        keep: bool,
    },
    Set,
    MarkStale,
    Invalidate,
    InvalidateIf(Target),
    Pass(Time),
}

/// What a creation function does, and how it ends.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// Asked through a reader, and not the cell itself.
    pub(super) through_reader: bool,
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
    Renew,
    Fail,
    Drop,
    Keep,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Current,
    Older(u64),
    Newer(u64),
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

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        2 => Just(Duration::ZERO),
        6 => (1..30_u64).prop_map(Duration::from_nanos),
        2 => (0..u64::MAX).prop_map(Duration::from_nanos),
        1 => (u64::MAX - 1..=u64::MAX).prop_map(Duration::from_nanos),
        1 => Just(Duration::MAX),
    ]
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
        1 => (0..u64::MAX).prop_map(Time::By),
        1 => Just(Time::Last),
    ]
}

/// A step, without what would happen in a creation function that it runs.
fn plain() -> impl Strategy<Value = Step> {
    let target = prop_oneof![
        2 => Just(Target::Current),
        1 => (1..4_u64).prop_map(Target::Older),
        1 => (1..4_u64).prop_map(Target::Newer),
    ];
    let outcome =
        prop_oneof![4 => Just(Outcome::Value), 2 => Just(Outcome::Error), 1 => Just(Outcome::Panic)];
    let script = (any::<bool>(), outcome).prop_map(|(through_reader, outcome)| Script {
        through_reader,
        inner: Vec::new(),
        outcome,
    });
    prop_oneof![
        3 => script.clone().prop_map(Step::GetOrRegen),
        3 => script.prop_map(Step::TryGetOrRegen),
        2 => ending().prop_map(|ending| Step::HandOff(Vec::new(), ending)),
        2 => Just(Step::TryLead),
        3 => (any::<usize>(), ending()).prop_map(|(which, ending)| Step::EndLease(which, ending)),
        1 => (any::<usize>(), duration()).prop_map(|(which, time)| Step::Extend(which, time)),
        1 => any::<bool>().prop_map(|keep| Step::Get { keep }),
        1 => Just(Step::Set),
        2 => Just(Step::MarkStale),
        1 => Just(Step::Invalidate),
        1 => target.prop_map(Step::InvalidateIf),
        6 => time().prop_map(Step::Pass),
    ]
}

fn ending() -> impl Strategy<Value = Ending> + Clone {
    prop_oneof![
        2 => Just(Ending::Publish),
        1 => Just(Ending::Renew),
        2 => Just(Ending::Fail),
        1 => Just(Ending::Drop),
        1 => Just(Ending::Keep),
    ]
}

pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let eventful = (vec(plain(), 0..4), plain()).prop_map(|(inner, step)| match step {
        Step::GetOrRegen(script) => Step::GetOrRegen(Script { inner, ..script }),
        Step::TryGetOrRegen(script) => Step::TryGetOrRegen(Script { inner, ..script }),
        Step::HandOff(_, ending) => Step::HandOff(inner, ending),
        step => step,
    });
    vec(eventful, 1..=most)
}
