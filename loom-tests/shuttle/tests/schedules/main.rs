//! Six and more threads and tasks at a time, in some thousands of random schedules: for logic that loom, with its
//! four threads, is too small for. Memory orderings are not checked here.
//!
//! Every model runs under shuttle's random scheduler and under its probabilistic one (PCT), with new seeds each time.
//! When one fails, shuttle prints the schedule, and what to run it again with is that schedule, the whole of it, in
//! an environment variable:
//!
//! ```text
//! SHUTTLE_SCHEDULE=9102... cargo test -p shuttle-tests -- --exact cancel::a_leader_with_ten_waiters
//! ```
//!
//! That works since no model asks for anything random but of shuttle, which is checked, too: the first schedules of
//! each model are run twice. `SHUTTLE_RUNS=50` runs fifty times as many.

#![allow(clippy::similar_names)] // a call of a cell

mod cancel;
mod fail;
mod late;
mod mark;
mod mix;
mod one_leader;
mod origin;
mod rig;
