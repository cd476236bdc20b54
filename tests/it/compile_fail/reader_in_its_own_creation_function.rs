//! E0499: cannot borrow `reader` as mutable more than once at a time
//!
//! A creation function cannot use the reader that it runs in; it can use the cell.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let mut reader = cell.reader();
    #[cfg(faulty)]
    let made = reader.get_or_regen(|| reader.get().copied().unwrap_or(1));
    #[cfg(not(faulty))]
    let made = reader.get_or_regen(|| cell.get().map_or(1, |old| *old));
    assert_eq!(*made, 1);
}
