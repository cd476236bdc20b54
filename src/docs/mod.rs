//! Longer texts. These modules hold documentation only, and exist only in it.
//!
//! | page | for the reader who asks |
//! |---|---|
//! | [`semantics`] | what does this call do in that state? |
//! | [`origin_down`] | what do my callers see while the origin is down? Which settings fit my value? |
//! | [`performance`] | what does a read cost, and why? |
//! | [`comparison`] | how does it compare with moka, cached, cachet and others? |
//! | [`platforms`] | does it work on my platform, and after a `fork`? |
//! | [`protocol`] | why is it correct? |
//! | [`from_dogpile_core`] | I know the Python original: what is what here? |

pub mod comparison;
pub mod from_dogpile_core;
pub mod origin_down;
pub mod performance;
pub mod platforms;
pub mod protocol;
pub mod semantics;
