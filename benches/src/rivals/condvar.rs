//! The textbook: one makes it, the others wait on a condition.

use crate::contender::{Contender, Reads, Shared, Sharing, Suite};
use std::sync::{Condvar, Mutex, PoisonError};

pub(super) struct Condition;

impl Contender for Condition {
    fn sharings(&self) -> Vec<Sharing> {
        vec![Sharing::new("`Mutex` and `Condvar`", &[Suite::First], || Box::new(Waiting::default()))]
    }
}

/// Whether somebody makes it, and what was made.
#[derive(Default)]
struct Waiting(Mutex<(bool, Option<u64>)>, Condvar);

impl Shared for Waiting {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                match *state {
                    (_, Some(value)) => return value,
                    (true, None) => state = self.1.wait(state).unwrap_or_else(PoisonError::into_inner),
                    (false, None) => break,
                }
            }
            state.0 = true;
            drop(state);
            let made = make();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (false, Some(made));
            self.1.notify_all();
            made
        })
    }

    fn expire(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = None;
    }
}
