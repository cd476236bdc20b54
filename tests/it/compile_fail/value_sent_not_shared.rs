//! E0277: `Cell<u8>` cannot be shared between threads safely
//!
//! A value that may be sent but not shared: readers share it.

use dogpile::DogpileCell;
#[cfg(faulty)]
type Number = std::cell::Cell<u8>;
#[cfg(not(faulty))]
type Number = std::sync::atomic::AtomicU8;

pub(crate) fn case() {
    static CELL: DogpileCell<Number> = DogpileCell::never_expires();
    drop(CELL.get_or_regen(|| Number::new(1)));
}
