//! E0716: temporary value dropped while borrowed
//!
//! A reference into the value lives as long as the guard, not longer.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let guard = cell.get_or_regen(|| String::from("kept"));
    #[cfg(faulty)]
    let name = cell.get_or_regen(|| String::from("kept")).as_str();
    #[cfg(not(faulty))]
    let name = guard.as_str();
    cell.invalidate();
    assert_eq!((name, guard.as_str()), ("kept", "kept"));
}
