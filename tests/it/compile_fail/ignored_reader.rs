//! error: unused `Reader` that must be used
//!
//! A reader that nobody keeps reads nothing.

use dogpile::DogpileCell;

#[deny(unused_must_use)]
pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    #[cfg(faulty)]
    cell.reader();
    #[cfg(not(faulty))]
    assert_eq!(*cell.reader().get_or_regen(|| 1), 1);
    cell.set(2);
}
