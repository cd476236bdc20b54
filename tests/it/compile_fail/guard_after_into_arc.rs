//! E0382: borrow of moved value: `guard`
//!
//! `into_arc` ends the guard, `to_arc` does not.

use dogpile::{DogpileCell, Guard};

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let guard = cell.get_or_regen(|| 1);
    #[cfg(faulty)]
    let kept = Guard::into_arc(guard);
    #[cfg(not(faulty))]
    let kept = Guard::to_arc(&guard);
    assert_eq!(*guard, *kept);
}
