//! E0505: cannot move out of `guard` because it is borrowed
//!
//! The guard outlives the cell; a reference to it does not outlive the guard.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let guard = cell.get_or_regen(|| String::from("kept"));
    let name: &str = &guard;
    #[cfg(faulty)]
    drop(guard);
    #[cfg(not(faulty))]
    drop(cell);
    assert_eq!(name, "kept");
}
