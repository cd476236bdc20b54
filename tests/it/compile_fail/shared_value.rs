//! E0277: `Rc<u8>` cannot be s
//!
//! A value that threads cannot share: no cell of it is shared either.

use dogpile::DogpileCell;
#[cfg(faulty)]
use std::rc::Rc as Pointer;
#[cfg(not(faulty))]
use std::sync::Arc as Pointer;

pub(crate) fn case() {
    static CELL: DogpileCell<Pointer<u8>> = DogpileCell::never_expires();
    assert_eq!(**CELL.get_or_regen(|| Pointer::new(1)), 1);
}
