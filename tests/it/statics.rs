//! Cells in statics: both constructors are `const`.

use crate::support::{not_due, spawn};
use dogpile::{DogpileCell, Guard};
use std::time::Duration;

#[test]
fn a_static_cell_is_shared_by_all_threads() {
    static CELL: DogpileCell<Vec<u32>> = DogpileCell::new(Duration::MAX);
    assert!(CELL.get().is_none());
    let made = spawn(|| Guard::version(&CELL.get_or_regen(|| vec![1, 2]))).join();
    assert_eq!(made, 1);
    assert_eq!(*CELL.get_or_regen(not_due), [1, 2]);
}

#[test]
fn a_static_cell_can_keep_its_value_for_ever() {
    static CELL: DogpileCell<String> = DogpileCell::never_expires();
    assert_eq!(*CELL.get_or_regen(|| "kept".to_owned()), "kept");
    assert!(!Guard::is_stale(&CELL.get_or_regen(not_due)));
    CELL.invalidate();
    assert!(CELL.get().is_none());
}

/// The window of `new` is unlimited, so a value that is always stale is still always served.
#[test]
fn a_static_cell_without_time_to_live_is_always_stale_and_always_due() {
    static CELL: DogpileCell<u32> = DogpileCell::new(Duration::ZERO);
    for round in 1..=3 {
        assert_eq!(*CELL.get_or_regen(|| round), round);
        assert!(Guard::is_stale(&CELL.get().unwrap()));
    }
}
