//! E0597: `text` does not live long enough
//!
//! What a value borrows must outlive the cell.

use dogpile::DogpileCell;

pub(crate) fn case() {
    #[cfg(not(faulty))]
    let text = String::from("long enough");
    let cell = DogpileCell::never_expires();
    #[cfg(faulty)]
    {
        let text = String::from("long enough");
        cell.set(text.as_str());
    }
    #[cfg(not(faulty))]
    cell.set(text.as_str());
    assert_eq!(*cell.get().unwrap(), "long enough");
}
