//! E0597: `cell` does not live long enough
//!
//! A reader does not outlive the cell that it borrows; one of a cell in an `Arc` keeps it alive.

use dogpile::DogpileCell;
use std::sync::Arc;

pub(crate) fn case() {
    let mut reader = {
        let cell = Arc::new(DogpileCell::never_expires());
        #[cfg(faulty)]
        let reader = cell.reader();
        #[cfg(not(faulty))]
        let reader = cell.reader_owned();
        reader
    };
    assert_eq!(*reader.get_or_regen(|| 1), 1);
}
