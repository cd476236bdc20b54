//! E0597: `cell` does not live long enough
//!
//! A lease borrows its cell: one of a local cell cannot go where the cell may be gone. One of a cell that lives for
//! ever can, one that is used up in a scope can, and an owned lease keeps the cell of an `Arc` alive.

use dogpile::{DogpileCell, OwnedLease};
use std::sync::Arc;
use std::thread;

pub(crate) fn case() {
    static CELL: DogpileCell<u8> = DogpileCell::never_expires();
    let lease = CELL.try_lead().unwrap();
    thread::spawn(move || drop(lease.publish(1))).join().unwrap();

    let cell = DogpileCell::never_expires();
    let lease = cell.try_lead().unwrap();
    let publish = move || drop(lease.publish(1));
    #[cfg(faulty)]
    thread::spawn(publish).join().unwrap();
    #[cfg(not(faulty))]
    thread::scope(|scope| scope.spawn(publish).join().unwrap());
    assert_eq!(*cell.get().unwrap(), *CELL.get().unwrap());

    let cell = Arc::new(DogpileCell::never_expires());
    let lease: OwnedLease<u8> = cell.try_lead_owned().unwrap();
    drop(cell);
    assert_eq!(thread::spawn(move || *lease.publish(1).unwrap()).join().unwrap(), 1);
}
