//! E0277: may contain interior mutability and a reference may not be safely
//!
//! Not every value is as it was before after a panic.

use dogpile::DogpileCell;
use std::panic::catch_unwind;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    #[cfg(faulty)]
    cell.set(std::cell::Cell::new(1));
    #[cfg(not(faulty))]
    cell.set(1);
    assert!(catch_unwind(|| drop(cell.get())).is_ok());
}
