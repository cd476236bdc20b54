//! A future that costs nothing where a value is served: ready at the first poll, or else a box.

use crate::sync::contain;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Ready at once with what `read` finds, or else with what `slow` comes to, which is put into a box.
///
/// By hand, inlined, and in a box, since in an `async fn` the future of the slow path would be a part of this one: a
/// read that needs nothing of it would cost a fifth more, and each caller's future be larger by all that a creation
/// keeps.
pub(crate) struct ServedOr<R, S, F> {
    read: R,
    slow: Option<S>,
    boxed: OnHeap<F>,
}

/// The slow path, once it has begun.
struct OnHeap<F>(Option<Pin<Box<F>>>);

/// By hand, so that where a value was served, which is seen at once, nothing is called.
impl<F> Drop for OnHeap<F> {
    #[inline(always)]
    #[allow(clippy::inline_always)] // as `DogpileCell::get_or_regen`: outlined, it costs a fifth of a read
    fn drop(&mut self) {
        if let Some(boxed) = self.0.take() {
            drop_slow(boxed);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_slow<F>(boxed: Pin<Box<F>>) {
    // With the waker of a task that waits, and with what its creation function would have used.
    contain(|| drop(boxed));
}

// Nothing in it is pinned but what is in the box.
impl<R, S, F> Unpin for ServedOr<R, S, F> {}

#[inline]
pub(crate) fn served_or<R, S, F: Future>(read: R, slow: S) -> ServedOr<R, S, F>
where
    R: Fn() -> Option<F::Output>,
    S: FnOnce() -> F,
{
    ServedOr { read, slow: Some(slow), boxed: OnHeap(None) }
}

impl<R, S, F: Future> Future for ServedOr<R, S, F>
where
    R: Fn() -> Option<F::Output>,
    S: FnOnce() -> F,
{
    type Output = F::Output;

    #[inline(always)]
    #[allow(clippy::inline_always)] // as `home::read`
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let boxed = match this.boxed.0.as_mut() {
            Some(boxed) => boxed,
            None => match (this.read)() {
                Some(served) => return Poll::Ready(served),
                None => this.boxed.0.insert(begin(this.slow.take())),
            },
        };
        match poll_slow(boxed.as_mut(), context) {
            Some(output) => Poll::Ready(*output),
            None => Poll::Pending,
        }
    }
}

// The two below get no reference to the future itself: if none escapes, the compiler keeps all of it in registers where
// a value is served, and takes nothing through memory.

#[cold]
#[inline(never)]
fn begin<F: Future>(slow: Option<impl FnOnce() -> F>) -> Pin<Box<F>> {
    Box::pin(slow.expect("it was polled for the first time")())
}

/// What it comes to is on the heap too: were it written to where a served read returns its guard, that one would go
/// through memory as well, for a tenth of what a read costs.
#[cold]
#[inline(never)]
fn poll_slow<F: Future>(boxed: Pin<&mut F>, context: &mut Context<'_>) -> Option<Box<F::Output>> {
    match boxed.poll(context) {
        Poll::Ready(output) => Some(Box::new(output)),
        Poll::Pending => None,
    }
}
