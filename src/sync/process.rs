//! Which process this is. A thread of the parent's is not there in a child that was forked; that is how to notice.
//!
//! The checkers include this file as it is.

/// The number of this process: a system call. Nothing but Unix can fork.
///
/// Two processes may have the same one: the first of a new PID namespace is number 1, as its parent may be.
pub(crate) fn this_process() -> u64 {
    if cfg!(unix) { std::process::id().into() } else { 0 }
}
