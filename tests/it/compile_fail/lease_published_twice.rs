//! E0382: use of moved value: `lease`
//!
//! A lease ends with its result; there is no second one.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let lease = cell.try_lead().unwrap();
    #[cfg(faulty)]
    assert!(lease.publish(1).is_ok());
    #[cfg(not(faulty))]
    assert!(lease.extend(std::time::Duration::MAX));
    assert!(lease.publish(2).is_ok());
}
