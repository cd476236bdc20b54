//! Waking and re-entrance.

use super::Bug;

pub(super) const WAITERS: &[Bug] = &[Bug {
    name: "one is woken instead of all",
    plants: "F6",
    edits: &[("self.0.notify(usize::MAX);", "self.0.notify(1);")],
}];

pub(super) const REENTRANCE: &[Bug] = &[Bug {
    name: "a thread that has led is taken for a leader ever after",
    plants: "re-entrance: only from inside `regen`",
    edits: &[("                leading.remove(last);", "                let _ = last;")],
}];
