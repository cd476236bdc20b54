//! error: unused return value of `DogpileLazy::<T, F, C>::try_lead` that must be used
//!
//! A lease that nobody takes is given up at once, so to ask for it is to do nothing.

use dogpile::DogpileLazy;

#[deny(unused_must_use)]
pub(crate) fn case() {
    let lazy: DogpileLazy<u8> = DogpileLazy::never_expires(|| 1);
    #[cfg(faulty)]
    lazy.try_lead();
    #[cfg(not(faulty))]
    drop(lazy.try_lead().map(|lease| lease.publish(2)));
    assert_eq!(lazy.get().map(|value| *value), Some(2));
}
