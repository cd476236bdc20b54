//! Which cells the current thread is making a value for, so that a creation function that calls its
//! own cell is told so instead of waiting for itself.

use crate::sync::thread_local;
use std::cell::RefCell;
use std::mem::ManuallyDrop;

/// What an infallible caller is told, which has nothing to return.
pub(crate) const MESSAGE: &str = "a creation function called its own cell, which has no value that could be \
     served meanwhile, and would wait for itself for ever; make the value without asking this cell for it";

thread_local! {
    /// The addresses of the slots, innermost last. Nothing in it has a destructor, so that it works to the
    /// very end of the thread, in the destructors of other thread-locals too.
    #[allow(clippy::missing_const_for_thread_local)] // loom's macro knows no `const`
    static LEADING: RefCell<ManuallyDrop<Vec<usize>>> = RefCell::new(ManuallyDrop::new(Vec::new()));
}

/// While it lives, [`is_inside`] is true for its slot on this thread.
pub(crate) struct Inside(usize);

impl Inside {
    pub(crate) fn enter<S>(slot: &S) -> Self {
        let address = address(slot);
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
                drop(std::mem::take(&mut **leading));
            }
        });
    }
}

pub(crate) fn is_inside<S>(slot: &S) -> bool {
    let address = address(slot);
    LEADING.with(|leading| leading.borrow().contains(&address))
}

fn address<S>(slot: &S) -> usize {
    std::ptr::from_ref(slot).addr()
}
