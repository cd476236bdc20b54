//! error: unused `Demanding` that must be used
//!
//! A demand is made with a call: the view alone does nothing.

use dogpile::{Demand, DogpileCell};

#[deny(unused_must_use)]
pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    cell.set(1);
    #[cfg(faulty)]
    cell.with(Demand::new().anew());
    #[cfg(not(faulty))]
    let _ = cell.with(Demand::new().anew()).get_or_regen(|| 2);
    assert!(cell.get().is_some());
}
