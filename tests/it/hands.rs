//! Futures that are polled by hand.

use crate::support::Shared;
use dogpile::Guard;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};

/// Some call, on the heap so that it can be kept and dropped at any time.
pub(crate) type Call<'a, R> = Pin<Box<dyn Future<Output = R> + Send + 'a>>;

/// Polls with a waker that wakes nobody.
pub(crate) fn poll<R>(call: &mut Call<'_, R>) -> Poll<R> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// What such a poll returned at last.
pub(crate) fn ready<R>(poll: Poll<R>) -> R {
    match poll {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it is not ready"),
    }
}

/// A leader that hangs, as it was left by its first poll.
pub(crate) fn hanging_leader(cell: &Shared<u32>) -> Call<'static, Guard<u32>> {
    let cell = Arc::clone(cell);
    let mut leader: Call<_> = Box::pin(async move { cell.get_or_regen_async(pending).await });
    assert!(poll(&mut leader).is_pending());
    leader
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Wakes {
    pub(crate) fn poll<R>(self: &Arc<Self>, call: &mut Call<'_, R>) -> Poll<R> {
        let waker = Waker::from(Arc::clone(self));
        call.as_mut().poll(&mut Context::from_waker(&waker))
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.load(SeqCst)
    }
}
