//! E0499: cannot borrow `reader` as mutable more than once at a time
//!
//! Two threads read with a reader each.

use dogpile::DogpileCell;
use std::thread;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let mut reader = cell.reader();
    #[cfg(not(faulty))]
    let mut another = cell.reader();
    thread::scope(|scope| {
        scope.spawn(|| *reader.get_or_regen(|| 1));
        #[cfg(faulty)]
        scope.spawn(|| *reader.get_or_regen(|| 1));
        #[cfg(not(faulty))]
        scope.spawn(|| *another.get_or_regen(|| 1));
    });
}
