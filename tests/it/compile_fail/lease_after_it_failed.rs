//! E0382: borrow of moved value: `lease`
//!
//! A lease that has failed does not know the previous value any more.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::<u8>::never_expires();
    let lease = cell.try_lead().unwrap();
    #[cfg(not(faulty))]
    let previous = lease.previous();
    lease.fail("no answer");
    #[cfg(faulty)]
    let previous = lease.previous();
    assert!(previous.is_none());
}
