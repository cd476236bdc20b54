//! E0277: cannot be sent between threads safely
//!
//! What only one thread may hold cannot be in a cell that others share: any of them may be the last to hold it.

use dogpile::DogpileCell;
#[cfg(faulty)]
type Value = std::sync::MutexGuard<'static, u8>;
#[cfg(not(faulty))]
type Value = std::sync::Mutex<u8>;

pub(crate) fn case() {
    fn send<T: Send>(_: T) {}
    send(DogpileCell::<Value>::never_expires());
}
