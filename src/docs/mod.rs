//! Longer texts. These modules contain nothing but documentation, and exist only there.
//!
//! | page | the question that it answers |
//! |---|---|
//! | [`semantics`] | what does this method do in that state? What does that word mean? |
//! | [`origin_down`] | what do my callers see while the origin is down? Why are the defaults what they are? |
//! | [`recipes`] | how do I write a cell for a token, for public keys, for a page after a write, for a price, for a response? |
//! | [`performance`] | what does a read cost, and why? |
//! | [`comparison`] | how does it compare with moka, cached, cachet and others? |
//! | [`platforms`] | does it work on my platform, and after a `fork`? |
//! | [`protocol`] | why is it correct? |
//! | [`from_dogpile_core`] | I know the Python original: what is the same here, and what is different? |

pub mod comparison;
pub mod from_dogpile_core;
pub mod origin_down;
pub mod performance;
pub mod platforms;
pub mod protocol;
pub mod recipes;
pub mod semantics;
