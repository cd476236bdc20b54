//! E0277: `Cell<i32>` cannot be shared between threads safely
//!
//! Moving a cell of such a value to another thread is no better: a guard may have stayed behind.

use dogpile::DogpileCell;
#[cfg(faulty)]
use std::cell::Cell as Number;
#[cfg(not(faulty))]
use std::sync::Mutex as Number;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let guard = cell.get_or_regen(|| Number::new(1));
    let other = std::thread::spawn(move || cell.get().is_some());
    assert!(other.join().unwrap());
    drop(guard);
}
