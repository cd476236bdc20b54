//! The ways to make one call: by a thread, and by a task under several executors. A test that is about what a call
//! comes to is written once, and goes all of them.

use crate::support::Shared;
use dogpile::clock::Clock;
use dogpile::{Demand, DogpileCell, Guard, Lease, OwnedLease, RegenError};
use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The blocking verbs.
    Thread,
    /// The others on nothing but a waker.
    Bare,
    /// On a runtime of one thread, without a driver for time or for anything else.
    Tokio,
    Smol,
}

pub(crate) const WAYS: [Way; 4] = [Way::Thread, Way::Bare, Way::Tokio, Way::Smol];

/// Runs `case` for each way; a failure names it.
pub(crate) fn each_way(case: impl Fn(Way)) {
    for way in WAYS {
        let named = Named(way);
        case(way);
        drop(named);
    }
}

struct Named(Way);

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the way was {:?}", self.0);
        }
    }
}

impl Way {
    pub(crate) fn block_on<F: Future>(self, future: F) -> F::Output {
        match self {
            // A runtime cannot be started inside of another, where some creation functions make calls.
            Self::Tokio if tokio::runtime::Handle::try_current().is_err() => {
                tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
            }
            Self::Smol => smol::block_on(future),
            _ => block_on(future),
        }
    }
}

/// Wakes a thread that parks.
struct Unpark {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
        self.thread.unpark();
    }
}

/// The least that can be called an executor.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let unpark = Arc::new(Unpark { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while !unpark.woken.swap(false, SeqCst) {
            thread::park();
        }
    }
}

/// A cell, the way to call it, and with what demand.
pub(crate) struct Calls<'a, T, C> {
    cell: &'a Shared<T, C>,
    way: Way,
    demand: Option<Demand>,
}

pub(crate) trait By<T, C> {
    fn by(&self, way: Way) -> Calls<'_, T, C>;
}

impl<T, C> By<T, C> for Shared<T, C> {
    fn by(&self, way: Way) -> Calls<'_, T, C> {
        Calls { cell: self, way, demand: None }
    }
}

/// A creation future that is not ready when it is first polled.
async fn later<R>(work: impl FnOnce() -> R) -> R {
    smol::future::yield_now().await;
    work()
}

/// Makes the call by a thread, or else awaits the other one.
macro_rules! make {
    ($self:ident, $owner:ident.$with:ident, $sync:ident($f:expr), $async:ident($g:expr)) => {
        match ($self.way, $self.demand) {
            (Way::Thread, None) => $self.cell.$sync($f),
            (Way::Thread, Some(demand)) => $self.cell.$with(demand).$owner($f),
            (way, None) => way.block_on($self.cell.$async($g)),
            (way, Some(demand)) => way.block_on(make!(@ $self, $with(demand), $owner, $g)),
        }
    };
    (@ $self:ident, $with:ident($demand:ident), get_or_regen, $g:expr) => {
        $self.cell.$with($demand).get_or_regen_async($g)
    };
    (@ $self:ident, $with:ident($demand:ident), try_get_or_regen, $g:expr) => {
        $self.cell.$with($demand).try_get_or_regen_async($g)
    };
    (@ $self:ident, $with:ident($demand:ident), get_or_hand_off, $g:expr) => {
        $self.cell.$with($demand).get_or_hand_off_async($g)
    };
}

impl<'a, T, C: Clock> Calls<'a, T, C> {
    pub(crate) fn with(self, demand: Demand) -> Self {
        Self { demand: Some(demand), ..self }
    }

    pub(crate) fn get_or_regen(self, regen: impl FnOnce() -> T) -> Guard<T> {
        make!(self, get_or_regen.with, get_or_regen(regen), get_or_regen_async(|| later(regen)))
    }

    pub(crate) fn try_get_or_regen<E>(
        self,
        regen: impl FnOnce() -> Result<T, E>,
    ) -> Result<Guard<T>, RegenError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        make!(self, try_get_or_regen.with, try_get_or_regen(regen), try_get_or_regen_async(|| later(regen)))
    }

    pub(crate) fn get_or_hand_off(
        self,
        f: impl FnOnce(Lease<&'a DogpileCell<T, C>>),
    ) -> Result<Guard<T>, RegenError> {
        make!(self, get_or_hand_off.with, get_or_hand_off(f), get_or_hand_off_async(f))
    }

    pub(crate) fn get_or_hand_off_owned(
        self,
        f: impl FnOnce(OwnedLease<T, C>),
    ) -> Result<Guard<T>, RegenError> {
        make!(self, get_or_hand_off.with_owned, get_or_hand_off_owned(f), get_or_hand_off_owned_async(f))
    }

    pub(crate) fn wait_newer(self, than: u64) -> Result<Guard<T>, RegenError> {
        match (self.way, self.demand) {
            (Way::Thread, None) => Ok(self.cell.wait_newer(than)),
            (Way::Thread, Some(demand)) => self.cell.with(demand).wait_newer(than),
            (way, None) => Ok(way.block_on(self.cell.wait_newer_async(than))),
            (way, Some(demand)) => way.block_on(self.cell.with(demand).wait_newer_async(than)),
        }
    }
}
