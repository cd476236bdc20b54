//! What the benches share: ways to share one `u64`, those of dogpile, of its parts and of its rivals.
//!
//! `cargo figures` makes all that the README shows (`suite`), `cargo bench -p dogpile-benches --bench read` times the
//! same reads by criterion, and `--bench instructions` counts what dogpile's own execute.

mod contender;
mod ours;
mod parts;
mod read;
mod rivals;

pub use contender::{Contender, Make, Reads, Replacing, Shared, Sharing, Suite, Thing};
pub use ours::Dogpile;
pub use parts::Parts;
pub use read::{Calls, Read};
pub use rivals::RIVALS;

/// What a read cannot do without, dogpile, and its rivals.
pub fn all() -> impl Iterator<Item = &'static dyn Contender> {
    [&Parts as &dyn Contender, &Dogpile].into_iter().chain(RIVALS)
}

/// Those that have a row in a suite.
pub fn sharings(suite: Suite) -> Vec<Sharing> {
    all().flat_map(Contender::sharings).filter(|sharing| sharing.has_row_in(suite)).collect()
}

/// One of those whose instructions are counted, or of all others.
pub fn read_by_name(name: &str) -> Option<Read> {
    ours::counted(name).or_else(|| all().flat_map(Contender::reads).find(|read| read.name == name))
}

/// The names of rows that others are measured against.
pub mod name {
    pub use crate::ours::name::*;
    pub use crate::parts::name::*;
    pub use crate::rivals::moka::GET_WITH as MOKA_GET_WITH;
    pub use crate::rivals::once_lock::{
        GET as ONCE, NEVER_RENEWED as ONCE_NEVER_RENEWED, SHARED as ONCE_SHARED,
    };
}
