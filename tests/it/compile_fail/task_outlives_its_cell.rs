//! E0597: `cell` does not live long enough
//!
//! A task that outlives its maker cannot borrow the maker's cell.

use dogpile::DogpileCell;
use std::sync::Arc;

pub(crate) fn case() {
    fn spawn(_: impl Future + Send + 'static) {}
    let cell = Arc::new(DogpileCell::<u8>::never_expires());
    #[cfg(faulty)]
    spawn(cell.get_or_regen_async(async || 1));
    #[cfg(not(faulty))]
    spawn(async move { *cell.get_or_regen_async(async || 1).await });
}
