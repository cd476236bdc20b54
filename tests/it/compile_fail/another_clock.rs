//! E0308: mismatched types
//!
//! A cell with another clock is of another type.

use dogpile::DogpileCell;
use dogpile::clock::PreciseClock;
#[cfg(faulty)]
type Cell = DogpileCell<u8>;
#[cfg(not(faulty))]
type Cell = DogpileCell<u8, PreciseClock>;

pub(crate) fn case() {
    let cell: Cell = DogpileCell::builder().clock(PreciseClock).build().unwrap();
    assert!(cell.get().is_none());
}
