//! The sizes of the heavy tests, in one place: together they are to end within seconds, also without
//! optimisation and under a sanitizer.

/// Random histories that the oracle checks.
pub(crate) const ORACLE_CASES: u32 = 700;

/// Random histories of a token that must not be served when it is dead.
pub(crate) const TOKEN_CASES: u32 = 400;

/// The greatest number of steps in one history.
pub(crate) const ORACLE_STEPS: usize = 60;

/// Threads of a stress test: several for each core of a small machine, so that they are preempted in
/// the midst of things.
pub(crate) const STRESS_THREADS: usize = 8;

/// What each of these threads does: this many calls.
pub(crate) const STRESS_CALLS: u32 = 15_000;

/// Callers whose creations take longer than the lease.
pub(crate) const SLOW_CALLERS: usize = 24;

/// For how long writers read what they wrote.
pub(crate) const OWN_WRITES: std::time::Duration = std::time::Duration::from_millis(800);
