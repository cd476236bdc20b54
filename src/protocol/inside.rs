//! Code of the user: which home the current thread is making a value for, and what may run while it unwinds.
//!
//! A creation function that calls its own home is told so, instead of waiting for itself. That is known by the
//! thread: what a creation function polls or drops on its thread counts as inside of it. What this crate runs beside
//! it (wakers, the `Drop` of a value that was in the cell) does not.

use crate::sync::{contain, thread_local};
use std::cell::RefCell;
use std::mem::{ManuallyDrop, take};
use std::ops::{Deref, DerefMut};

thread_local! {
    /// The addresses of the slots, innermost last. Nothing in it has a destructor, so that it works to the
    /// very end of the thread, in the destructors of other thread-locals too.
    #[allow(clippy::missing_const_for_thread_local)] // loom's macro knows no `const`
    static LEADING: RefCell<ManuallyDrop<Vec<usize>>> = RefCell::new(ManuallyDrop::new(Vec::new()));
}

/// No slot's address: what comes after it in the list does not belong to what comes before.
const OUTSIDE: usize = 0;

/// Never seen: nobody takes out of a `Held` what it goes on without.
pub(crate) const NOTHING: &str =
    "dogpile: something that was held is gone; please report this bug in dogpile";

/// While it lives, [`is_inside`] is true for its slot on this thread.
pub(crate) struct Inside(usize);

impl Inside {
    pub(crate) fn enter(address: usize) -> Self {
        LEADING.with(|leading| leading.borrow_mut().push(address));
        Self(address)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        LEADING.with(|leading| {
            let mut leading = leading.borrow_mut();
            if let Some(last) = leading.iter().rposition(|&address| address == self.0) {
                leading.remove(last);
            }
            if leading.is_empty() {
                // The destructor that the vector will not have.
                drop(take(&mut **leading));
            }
        });
    }
}

/// Whether the code that runs on this thread is that home's creation function.
pub(crate) fn is_inside(address: usize) -> bool {
    LEADING.with(|leading| {
        leading.borrow().iter().rev().take_while(|led| **led != OUTSIDE).any(|&led| led == address)
    })
}

/// Whether that home's creation function cannot go on before this thread does: to sleep for it would be to sleep for
/// ever, also outside of it.
pub(crate) fn is_beneath(address: usize) -> bool {
    LEADING.with(|leading| leading.borrow().contains(&address))
}

/// Runs code that is not the creation function's, though it may run within one.
pub(crate) fn outside<R>(code: impl FnOnce() -> R) -> R {
    let leads = LEADING.with(|leading| !leading.borrow().is_empty());
    let _boundary = leads.then(|| Inside::enter(OUTSIDE));
    code()
}

/// Lets go of what may be the last reference to something of the user's: its `Drop` runs here, outside of every
/// creation function, and does not panic while the thread unwinds.
#[inline(never)]
pub(crate) fn let_go<A>(last: A) {
    outside(|| contain(|| drop(last)));
}

/// Something of the user's that is let go of wherever it is dropped: by a call that returns, by a panic, or by whoever
/// happens to hold the last reference to what it is in.
pub(crate) struct Held<A>(Option<A>);

impl<A> Held<A> {
    pub(crate) fn new(held: A) -> Self {
        Self(Some(held))
    }

    /// What it holds, which is then dropped as anything is. None: it held nothing.
    pub(crate) fn into_inner(mut self) -> Option<A> {
        self.0.take()
    }

    /// What it holds, as [`into_inner`](Self::into_inner) returns it, of one that was made to hold something.
    pub(crate) fn unwrap(self) -> A {
        self.into_inner().expect(NOTHING)
    }
}

impl<A> From<Option<A>> for Held<A> {
    fn from(held: Option<A>) -> Self {
        Self(held)
    }
}

impl<A> Deref for Held<A> {
    type Target = Option<A>;

    #[inline]
    fn deref(&self) -> &Option<A> {
        &self.0
    }
}

impl<A> DerefMut for Held<A> {
    fn deref_mut(&mut self) -> &mut Option<A> {
        &mut self.0
    }
}

impl<A> Drop for Held<A> {
    #[inline]
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            let_go(held);
        }
    }
}
