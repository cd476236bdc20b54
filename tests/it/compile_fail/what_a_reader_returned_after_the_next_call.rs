//! E0499: cannot borrow `reader` as mutable more than once at a time
//!
//! What a reader returned is borrowed from it until the next call; a guard of it is not.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let mut reader = cell.reader();
    #[cfg(faulty)]
    let old = reader.get_or_regen(|| 1);
    #[cfg(not(faulty))]
    let old = {
        assert_eq!(*reader.get_or_regen(|| 1), 1);
        reader.last().unwrap()
    };
    let new = reader.get_or_regen(|| 2);
    assert_eq!(*old, *new);
}
