//! Lead or wait, hand off or wait: what a call does that is not served at once. For a thread and, beside it, for a
//! task; each stage is written once.

use crate::error::RegenError;
use crate::protocol::call::{Call, Turn};
use crate::protocol::guard::Guard;
use crate::protocol::home::{self, Home, Rooms};
use crate::protocol::inside::{Inside, is_beneath, is_inside};
use crate::protocol::lease::Lease;
use crate::protocol::patience::Patience;
use crate::sync::{contain, sleep, sleep_async, swallow};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

/// What a creation function makes, its error boxed and shared.
pub(crate) type Made<H> = Result<<H as Home>::Value, RegenError>;

type Outcome<H> = Result<Guard<<H as Home>::Value>, RegenError>;

/// The call is begun in here, by `begin`, and not in the frame of a read that may be served.
#[cold]
#[inline(never)]
pub(crate) fn lead_or_wait<'h, H: Home>(
    home: &'h H,
    begin: impl FnOnce(&'h H) -> Call<'h, H>,
    regen: impl FnOnce() -> Made<H>,
) -> Outcome<H> {
    let mut call = begin(home);
    let turn = call.turn()?;
    let demand = call.demand();
    // Its wait, if there was one, is over.
    drop(call);
    match turn {
        Turn::Served(guard) => Ok(guard),
        Turn::Lead(mut lease) => {
            let made = lease.run(|setup| regen().map(|value| setup.prepare(value, None)));
            lease.complete(made, demand)
        }
    }
}

pub(crate) async fn lead_or_wait_async<H: Home, F>(
    mut call: Call<'_, H>,
    regen: impl FnOnce() -> F,
) -> Outcome<H>
where
    F: Future<Output = Made<H>>,
{
    let (address, demand) = (home::address(call.home()), call.demand());
    let turn = call.turn_async().await?;
    drop(call);
    match turn {
        Turn::Served(guard) => Ok(guard),
        Turn::Lead(mut lease) => {
            // Dropped before the lease is, in the reverse of the order of their declaration.
            let mut future = pin!(None);
            lease.run(|_| future.set(Some(regen())));
            let mut creation = Creation { address, future };
            let made = poll_fn(|context| {
                lease.run(|setup| {
                    creation.poll(context).map(|made| made.map(|value| setup.prepare(value, None)))
                })
            })
            .await;
            lease.complete(made, demand)
        }
    }
}

/// The user's future. Everything that it holds is dropped before its lease ends, on each way out.
struct Creation<'f, F> {
    address: usize,
    future: Pin<&'f mut Option<F>>,
}

impl<F: Future> Creation<'_, F> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.future.as_mut().as_pin_mut().expect("it has not ended");
        match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(made)) => {
                self.future.set(None);
                Poll::Ready(made)
            }
            Err(panic) => {
                swallow(|| self.future.set(None));
                resume_unwind(panic)
            }
        }
    }
}

/// Cancelled: what the future holds is dropped inside of the creation function, like all of its code.
impl<F> Drop for Creation<'_, F> {
    fn drop(&mut self) {
        let _inside = Inside::enter(self.address);
        contain(|| self.future.set(None));
    }
}

#[cold]
#[inline(never)]
pub(crate) fn hand_off_or_wait<'h, H: Home>(
    home: &'h H,
    begin: impl FnOnce(&'h H) -> Call<'h, H>,
    f: impl FnOnce(Lease<H>),
) -> Outcome<H> {
    let mut call = begin(home);
    match call.turn()? {
        Turn::Served(guard) => return Ok(guard),
        Turn::Lead(lease) => hand_off(&mut call, lease, f),
    }
    what_came_of_it(call.turn()?)
}

pub(crate) async fn hand_off_or_wait_async<H: Home>(
    mut call: Call<'_, H>,
    f: impl FnOnce(Lease<H>),
) -> Outcome<H> {
    match call.turn_async().await? {
        Turn::Served(guard) => return Ok(guard),
        Turn::Lead(lease) => hand_off(&mut call, lease, f),
    }
    what_came_of_it(call.turn_async().await?)
}

/// Waits for what others publish.
pub(crate) fn follow<H: Home>(mut call: Call<'_, H>) -> Outcome<H> {
    what_came_of_it(call.turn()?)
}

pub(crate) async fn follow_async<H: Home>(mut call: Call<'_, H>) -> Outcome<H> {
    what_came_of_it(call.turn_async().await?)
}

/// Waits until no leader is at work, or until its patience is over.
pub(crate) fn wait_idle<H: Home>(home: &H, patience: Option<Duration>) -> Result<(), RegenError> {
    let patience = Patience::of(patience);
    while is_busy(home) {
        let listener = home.setup().waiters.listen();
        if is_busy(home) {
            if is_beneath(home::address(home)) {
                return Err(RegenError::Reentrant);
            }
            sleep(listener, patience.left()?);
        }
    }
    Ok(())
}

pub(crate) async fn wait_idle_async<H: Home>(home: &H, patience: Option<Duration>) -> Result<(), RegenError> {
    let patience = Patience::of(patience);
    while is_busy(home) {
        let listener = home.setup().waiters.listen();
        if is_busy(home) {
            if is_inside(home::address(home)) {
                return Err(RegenError::Reentrant);
            }
            sleep_async(listener, patience.left()?).await;
        }
    }
    Ok(())
}

/// For all that the caller can know, a leader is at work. Also if what was in the slot is retired by now: what is there
/// instead may be led as well, by who took over or by who offered something, and has more to tell of what leaders did.
fn is_busy<H: Home>(home: &H) -> bool {
    home.slot().load().as_ref().is_some_and(|current| !current.is_idle())
}

/// Passes the lease on. If `f` panics and still has it, the lease is given up: that is no failure.
fn hand_off<H: Home>(call: &mut Call<'_, H>, lease: Lease<H>, f: impl FnOnce(Lease<H>)) {
    let inside = Inside::enter(home::address(call.home()));
    let led = lease.elected_on();
    f(lease);
    drop(inside);
    call.spend(led);
}

fn what_came_of_it<H: Home>(turn: Turn<H>) -> Outcome<H> {
    match turn {
        Turn::Served(guard) => Ok(guard),
        // A call that is spent, or follows, is never elected.
        Turn::Lead(_) => Err(RegenError::GivenUp),
    }
}
