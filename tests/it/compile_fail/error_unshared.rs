//! E0277: `Rc<str>` cannot be s
//!
//! An error is kept, and shared by all who waited for it.

use dogpile::DogpileCell;
#[cfg(faulty)]
use std::rc::Rc as Pointer;
#[cfg(not(faulty))]
use std::sync::Arc as Pointer;

#[derive(Debug)]
struct Bad(Pointer<str>);

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Bad {}

pub(crate) fn case() {
    let cell = DogpileCell::<u8>::never_expires();
    let result = cell.try_get_or_regen(|| Err(Bad("no answer".into())));
    assert_eq!(&*result.unwrap_err().downcast_ref::<Bad>().unwrap().0, "no answer");
}
