//! E0046: not all trait items implemented, missing: `open`
//!
//! A place for a value of one's own is no home: it holds a cell.

use dogpile::DogpileCell;
#[cfg(faulty)]
use dogpile::Home;
#[cfg(faulty)]
use dogpile::clock::CoarseClock;

#[derive(Clone)]
struct Place(&'static DogpileCell<u8>);

#[cfg(faulty)]
impl Home for Place {
    type Value = u8;
    type Clock = CoarseClock;
}

pub(crate) fn case() {
    static CELL: DogpileCell<u8> = DogpileCell::never_expires();
    assert!(Place(&CELL).0.get().is_none());
}
