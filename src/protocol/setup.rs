//! What slots share: a clock, settings, the list of those who sleep, counters.

use crate::clock::{Clock, Instant};
use crate::observe::stats::Counters;
use crate::protocol::inside::{self, Held};
use crate::protocol::lifetime::Lifetime;
use crate::protocol::settings::{Retry, Settings};
use crate::sync::{Arc, Event, Listener, const_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

pub(crate) type TimeToLiveOf<T> = dyn Fn(&T) -> Duration + Send + Sync;

/// Never seen: what was prepared has its value until that is taken out, and then is gone itself.
const GONE: &str = "dogpile: a value that was prepared is gone; please report this bug in dogpile";

// What readers need comes first, and nothing before the waiters is ever written.
#[repr(C)]
pub struct Setup<T, C> {
    pub(crate) clock: C,
    pub(crate) settings: Settings,
    /// In place of the settings' time to live.
    time_to_live_of: Option<Box<TimeToLiveOf<T>>>,
    pub(crate) waiters: Waiters,
    pub(crate) counters: Counters,
}

impl<T, C> Setup<T, C> {
    const_fn! {
        pub(crate) const fn new(settings: Settings, clock: C) -> Self {
            Self {
                clock,
                settings,
                time_to_live_of: None,
                waiters: Waiters::new(),
                counters: Counters::new(),
            }
        }
    }

    pub(crate) fn with_time_to_live_of(self, time_to_live_of: Option<Box<TimeToLiveOf<T>>>) -> Self {
        Self { time_to_live_of, ..self }
    }
}

impl<T, C: Clock> Setup<T, C> {
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The life of a value that is published now. Runs the user's `time_to_live_of`, which may panic.
    pub(crate) fn lifetime(&self, value: &T) -> Lifetime {
        let time_to_live = self.time_to_live_of.as_ref().map(|of| of(value));
        self.settings.lifetime(time_to_live, self.now())
    }

    /// What it takes to publish `value` now. Runs the user's `time_to_live_of`, which may panic.
    pub(crate) fn prepare(&self, value: T) -> Prepared<T> {
        match catch_unwind(AssertUnwindSafe(|| self.lifetime(&value))) {
            Ok(lifetime) => Prepared::new(Arc::new(value), lifetime),
            Err(panic) => {
                // Before the thread unwinds: the value's `Drop` may panic, too.
                inside::swallow(|| drop(value));
                resume_unwind(panic)
            }
        }
    }

    /// The throttle after a regeneration that failed now.
    pub(crate) fn retry(&self) -> Retry {
        self.settings.retry(self.now())
    }
}

/// A value that is about to be published, and how long it will live.
pub(crate) struct Prepared<T> {
    value: Held<Arc<T>>,
    pub(crate) lifetime: Lifetime,
}

impl<T> Prepared<T> {
    pub(crate) fn new(value: Arc<T>, lifetime: Lifetime) -> Self {
        Self { value: Held::new(value), lifetime }
    }

    /// The value, for a generation.
    pub(crate) fn share(&self) -> Arc<T> {
        self.value.clone().expect(GONE)
    }

    /// The value, which is the caller's from here on.
    pub(crate) fn into_value(self) -> Arc<T> {
        self.value.unwrap()
    }
}

/// Callers that sleep because there is no usable value.
pub(crate) struct Waiters(Event);

impl Waiters {
    const_fn! {
        pub(crate) const fn new() -> Self {
            Self(Event::new())
        }
    }

    /// Enlists the calling thread or task. It must look at the slot once more before it sleeps: what changed before
    /// this call wakes nobody, what changes after it does.
    pub(crate) fn listen(&self) -> Listener<'_> {
        self.0.listen()
    }

    /// Wakes everybody. Called after each change that a waiter could wait for.
    ///
    /// A waker is the user's code, and may poll its task on the spot: that task is not the creation function in
    /// which this call may be made.
    pub(crate) fn wake_all(&self) {
        inside::outside(|| self.0.notify_all());
    }
}
