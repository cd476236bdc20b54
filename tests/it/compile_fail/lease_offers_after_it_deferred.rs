//! E0382: borrow of moved value: `lease`
//!
//! A lease that was put off has ended: there is nothing left to offer something for.

use dogpile::{DogpileCell, Lifetime};
use std::time::Duration;

pub(crate) fn case() {
    let cell = DogpileCell::<u8>::never_expires();
    let mut lease = cell.try_lead().unwrap();
    #[cfg(not(faulty))]
    assert!(lease.offer_stale(1, Lifetime::new()).is_ok());
    lease.defer(Duration::MAX);
    #[cfg(faulty)]
    assert!(lease.offer_stale(1, Lifetime::new()).is_ok());
    assert!(cell.try_lead().is_none());
}
