//! E0382: borrow of moved value: `guard`
//!
//! `into_arc` ends the guard, `to_arc` does not.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let guard = cell.get_or_regen(|| 1);
    #[cfg(faulty)]
    let kept = guard.into_arc();
    #[cfg(not(faulty))]
    let kept = guard.to_arc();
    assert_eq!(*guard, *kept);
}
