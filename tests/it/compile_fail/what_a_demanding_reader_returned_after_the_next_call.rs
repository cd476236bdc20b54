//! E0499: cannot borrow `reader` as mutable more than once at a time
//!
//! The next call may let go of the value, also with a demand.

use dogpile::{Demand, DogpileCell};

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let mut reader = cell.reader();
    let first = reader.with(Demand::new().newer_than(0)).get_or_regen(|| 1_u8);
    #[cfg(not(faulty))]
    assert_eq!(*first, 1);
    let second = *reader.with(Demand::new().anew()).get_or_regen(|| 2);
    #[cfg(faulty)]
    assert_eq!(*first, 1);
    assert_eq!(second, 2);
}
