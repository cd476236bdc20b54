//! E0061: this method takes 1 argument but 0 arguments were supplied
//!
//! What is generic over how a cell is held asks the handle. The home itself opens only with a key that nobody else has.

use dogpile::{DogpileCell, Home, Reader};

fn read<H: Home>(reader: &mut Reader<H>) -> Option<&H::Value> {
    #[cfg(faulty)]
    reader.home().open();
    reader.get()
}

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    cell.set(1);
    assert_eq!(read(&mut cell.reader()), Some(&1));
}
