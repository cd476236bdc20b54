//! E0277: `Rc<u8>` cannot be s
//!
//! A lease is as free to move as what it publishes, and what it replaces.

use dogpile::DogpileCell;
#[cfg(faulty)]
use std::rc::Rc as Pointer;
#[cfg(not(faulty))]
use std::sync::Arc as Pointer;
use std::sync::Arc;

pub(crate) fn case() {
    fn send<T: Send>(_: T) {}
    let cell = Arc::new(DogpileCell::<Pointer<u8>>::never_expires());
    send(cell.try_lead_owned());
}
