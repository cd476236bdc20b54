//! What slots share: a clock, settings, the list of those who sleep, counters.

use crate::clock::{Clock, Instant};
use crate::error::Superseded;
use crate::observe::stats::Counters;
use crate::protocol::inside::{self, Held};
use crate::protocol::lifetime::{Life, Lifetime};
use crate::protocol::settings::{Retry, Settings};
use crate::sync::{Arc, Event, Listener, const_fn, swallow};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

pub(crate) type LifetimeOf<T> = dyn Fn(&T) -> Lifetime + Send + Sync;

// What readers need comes first, and nothing before the waiters is ever written.
#[repr(C)]
pub struct Setup<T, C> {
    pub(crate) clock: C,
    pub(crate) settings: Settings,
    /// In place of the settings' windows.
    lifetime_of: Option<Box<LifetimeOf<T>>>,
    pub(crate) waiters: Waiters,
    pub(crate) counters: Counters,
}

impl<T, C> Setup<T, C> {
    const_fn! {
        pub(crate) const fn new(settings: Settings, clock: C) -> Self {
            Self {
                clock,
                settings,
                lifetime_of: None,
                waiters: Waiters::new(),
                counters: Counters::new(),
            }
        }
    }

    pub(crate) fn with_lifetime_of(self, lifetime_of: Option<Box<LifetimeOf<T>>>) -> Self {
        Self { lifetime_of, ..self }
    }
}

impl<T, C: Clock> Setup<T, C> {
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The life of a value that is published now. Runs the user's `lifetime_of`, which may panic, unless the lifetime
    /// is known.
    pub(crate) fn life(&self, value: &T, known: Option<Lifetime>) -> Life {
        let asked = || self.lifetime_of.as_ref().map_or(Lifetime::new(), |of| of(value));
        let its_own = known.unwrap_or_else(asked);
        self.settings.life(its_own, self.now())
    }

    /// What it takes to publish `value` now. Runs the user's `lifetime_of`, which may panic, unless the lifetime is
    /// known.
    pub(crate) fn prepare(&self, value: T, known: Option<Lifetime>) -> Prepared<T> {
        match catch_unwind(AssertUnwindSafe(|| self.life(&value, known))) {
            Ok(life) => Prepared::new(Arc::new(value), life),
            Err(panic) => {
                // Before the thread unwinds: the value's `Drop` may panic, too.
                swallow(|| drop(value));
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
    pub(crate) life: Life,
}

impl<T> Prepared<T> {
    pub(crate) fn new(value: Arc<T>, life: Life) -> Self {
        Self { value: Held::new(value), life }
    }

    /// The value, for a generation.
    pub(crate) fn share(&self) -> Arc<T> {
        Arc::clone(self.value.as_ref().expect(inside::NOTHING))
    }

    /// The value, which is the caller's from here on.
    pub(crate) fn into_value(self) -> Arc<T> {
        self.value.unwrap()
    }

    /// The value, for the caller that made it and could not publish it.
    pub(crate) fn into_superseded(self) -> Superseded<T> {
        Superseded(Arc::into_inner(self.into_value()).expect("nobody else ever saw it"))
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
