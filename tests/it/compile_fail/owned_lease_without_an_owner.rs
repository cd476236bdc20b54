//! E0599: no method named `try_lead_owned` found
//!
//! An owned lease needs an owner.

use dogpile::DogpileCell;
#[cfg(not(faulty))]
use std::sync::{Arc, LazyLock};

#[cfg(faulty)]
static CELL: DogpileCell<u8> = DogpileCell::never_expires();
#[cfg(not(faulty))]
static CELL: LazyLock<Arc<DogpileCell<u8>>> = LazyLock::new(|| Arc::new(DogpileCell::never_expires()));

pub(crate) fn case() {
    assert!(CELL.try_lead_owned().is_some());
}
