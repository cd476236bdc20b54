//! error: future cannot be sent between threads safely
//!
//! The future of a call can be sent if the creation future can: one that keeps an `Rc` across an `await` cannot.

use dogpile::DogpileCell;
#[cfg(faulty)]
use std::rc::Rc as Pointer;
#[cfg(not(faulty))]
use std::sync::Arc as Pointer;

pub(crate) fn case() {
    static CELL: DogpileCell<u8> = DogpileCell::never_expires();
    fn send<F: Future + Send>(future: F) -> F {
        future
    }
    let made = send(CELL.get_or_regen_async(|| async {
        let kept = Pointer::new(1);
        std::future::ready(()).await;
        *kept
    }));
    drop(made);
    #[cfg(not(faulty))]
    on_one_thread();
}

/// Where nothing is sent, such a creation future is as good as any.
#[cfg(not(faulty))]
fn on_one_thread() {
    static CELL: DogpileCell<u8> = DogpileCell::never_expires();
    let made = pollster::block_on(CELL.get_or_regen_async(|| async {
        let kept = std::rc::Rc::new(1);
        std::future::ready(()).await;
        *kept
    }));
    assert_eq!(*made, 1);
}
