//! E0277: `Rc<u8>` cannot be sent between threads safely
//!
//! What the closure of a call captures waits with its caller, so it is sent with the future.

use dogpile::DogpileCell;
#[cfg(faulty)]
use std::rc::Rc as Pointer;
#[cfg(not(faulty))]
use std::sync::Arc as Pointer;

pub(crate) fn case() {
    fn send<F: Future + Send>(future: F) -> F {
        future
    }
    static CELL: DogpileCell<u8> = DogpileCell::never_expires();
    let captured = Pointer::new(1_u8);
    let made = send(CELL.get_or_regen_async(move || std::future::ready(*captured)));
    drop(made);
}
