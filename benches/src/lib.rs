//! What the benches share: ways to read one `u64`, those of dogpile and those of its parts and rivals.
//!
//! `cargo figures` makes all that the README shows (`suite`), `cargo bench -p dogpile-benches --bench read` times the
//! same reads by criterion, and `--bench instructions` counts what dogpile's own execute.

pub mod left_right;
mod reads;

pub use reads::{Calls, Read, by_name, dogpile, name, parts, rivals};
