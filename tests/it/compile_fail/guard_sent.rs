//! E0277: `Rc<i32>` cannot be s
//!
//! A guard is as free to move as what it guards.

use dogpile::DogpileCell;
#[cfg(faulty)]
use std::rc::Rc as Pointer;
#[cfg(not(faulty))]
use std::sync::Arc as Pointer;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let guard = cell.get_or_regen(|| Pointer::new(1));
    assert_eq!(std::thread::spawn(move || **guard).join().unwrap(), 1);
}
