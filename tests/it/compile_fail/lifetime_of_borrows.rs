//! E0373: closure may outlive the current function
//!
//! The creation function may borrow, since it runs within the call; `lifetime_of` stays, so it may not.

use dogpile::{DogpileCell, Lifetime};
use std::time::Duration;

pub(crate) fn case() {
    let build = || {
        let limit = Duration::from_secs(60);
        #[cfg(faulty)]
        let lives = |age: &Duration| Lifetime::fresh_for(limit.min(*age));
        #[cfg(not(faulty))]
        let lives = move |age: &Duration| Lifetime::fresh_for(limit.min(*age));
        DogpileCell::builder().lifetime_of(lives).build()
    };
    let cell = build().unwrap();
    let age = Duration::from_secs(1);
    let borrowed = &age;
    assert_eq!(*cell.get_or_regen(|| *borrowed), age);
}
