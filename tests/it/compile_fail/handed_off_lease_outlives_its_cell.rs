//! E0597: `cell` does not live long enough
//!
//! A lease that is handed off borrows its cell, too; an owned one does not.

use dogpile::DogpileCell;
use std::sync::Arc;
use std::thread;

pub(crate) fn case() {
    let cell = Arc::new(DogpileCell::never_expires());
    #[cfg(faulty)]
    let value = cell.get_or_hand_off(|lease| drop(thread::spawn(move || drop(lease.publish(1)))));
    #[cfg(not(faulty))]
    let value = cell.get_or_hand_off_owned(|lease| drop(thread::spawn(move || drop(lease.publish(1)))));
    assert_eq!(*value.unwrap(), 1);
}
