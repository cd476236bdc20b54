//! E0594: cannot assign to data in dereference of `Guard<i32>`
//!
//! A value that was published cannot be changed: others read it. A new one takes its place.

use dogpile::DogpileCell;

pub(crate) fn case() {
    let cell = DogpileCell::never_expires();
    let guard = cell.get_or_regen(|| 1);
    #[cfg(faulty)]
    {
        let mut guard = guard;
        *guard = 2;
    }
    #[cfg(not(faulty))]
    cell.set(*guard + 1);
    assert_eq!(*cell.get().unwrap(), 2);
}
