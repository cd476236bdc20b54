//! E0597: `cell` does not live long enough
//!
//! The lease of a borrowed view borrows the cell; that of an owned one has it.

use dogpile::{Demand, DogpileCell};
use std::sync::Arc;

pub(crate) fn case() {
    let lease;
    {
        let cell = Arc::new(DogpileCell::<u8>::never_expires());
        cell.set(1);
        #[cfg(faulty)]
        let demanding = cell.with(Demand::new().anew());
        #[cfg(not(faulty))]
        let demanding = cell.with_owned(Demand::new().anew());
        lease = demanding.try_lead().unwrap();
    }
    assert_eq!(lease.publish(2).map(|made| *made).unwrap(), 2);
}
