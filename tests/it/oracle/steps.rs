//! What can happen to a cell, and how often it is drawn.

use super::model::Model;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

/// The last instant of a clock.
const LAST: u64 = u64::MAX - 1;

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) start: u64,
    /// None: values never expire, and there is no window.
    pub(super) ttl: Option<Duration>,
    pub(super) window: Option<Duration>,
    pub(super) initial: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Inside a creation function the script is not used: nobody is elected there.
    GetOrRegen(Script),
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
    pub(super) inner: Vec<Step>,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Value,
    Panic,
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
    Last,
}

impl Time {
    /// The time after this step; never earlier than before it.
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
            Self::Last => LAST,
        };
        then.clamp(model.now, LAST)
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

pub(super) fn settings() -> impl Strategy<Value = Settings> {
    let start = prop_oneof![3 => Just(0), 1 => LAST - 40..=LAST];
    let durations = option::weighted(0.9, (duration(), option::weighted(0.8, duration())));
    (start, durations, any::<bool>()).prop_map(|(start, durations, initial)| Settings {
        start,
        ttl: durations.map(|(ttl, _)| ttl),
        window: durations.and_then(|(_, window)| window),
        initial,
    })
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![
        1 => Just(Time::By(0)),
        4 => (1..20_u64).prop_map(Time::By),
        4 => (-1..=1_i8).prop_map(Time::FreshEnd),
        4 => (-1..=1_i8).prop_map(Time::ServableEnd),
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
    let outcome = prop_oneof![4 => Just(Outcome::Value), 1 => Just(Outcome::Panic)];
    prop_oneof![
        3 => outcome.prop_map(|outcome| Step::GetOrRegen(Script { inner: Vec::new(), outcome })),
        1 => any::<bool>().prop_map(|keep| Step::Get { keep }),
        1 => Just(Step::Set),
        2 => Just(Step::MarkStale),
        1 => Just(Step::Invalidate),
        1 => target.prop_map(Step::InvalidateIf),
        4 => time().prop_map(Step::Pass),
    ]
}

pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let eventful = (vec(plain(), 0..4), plain()).prop_map(|(inner, step)| match step {
        Step::GetOrRegen(script) => Step::GetOrRegen(Script { inner, ..script }),
        step => step,
    });
    vec(eventful, 1..=most)
}
