//! What a reader remembers, and when it looks again.

use super::Bug;

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "a reader does not look whether what it keeps was withdrawn",
        plants: "F8",
        edits: &[("!kept.is_withdrawn() && kept.served", "kept.served")],
    },
    Bug {
        name: "a reader looks at the cell only when what it keeps cannot be served any more",
        plants: "F8",
        edits: &[(
            "if self.kept.as_ref().is_some_and(|kept| kept.is_assured(now)) {",
            "if self.kept.as_ref().is_some_and(|kept| kept.served(now, stale_is_fine).is_some()) {",
        )],
    },
    Bug {
        name: "a reader looks at the cell only now and then",
        plants: "F4",
        edits: &[(
            "if self.kept.as_ref().is_some_and(|kept| kept.is_assured(now)) {",
            "if self.kept.is_some() && std::mem::replace(&mut self.read_at, Instant::NEVER) != Instant::NEVER
            || self.kept.as_ref().is_some_and(|kept| kept.is_assured(now)) {",
        )],
    },
    Bug {
        name: "a reader looks at the clock before it looks at the cell",
        plants: "Duration::ZERO: always stale",
        edits: &[(
            "        let current = self.cell.slot.load();
        // Only now: what was found is not to be judged by a time before it was there.
        let now = self.cell.slot.now();",
            "        let now = self.cell.slot.now();
        let current = self.cell.slot.load();",
        )],
    },
    Bug {
        name: "a stale value is served by a reader, and nobody regenerates",
        plants: "F9",
        edits: &[(
            "        if !self.read(Generation::is_attended) {
            self.lead_or_wait(regen);",
            "        if !self.read(|_, _| true) {
            self.lead_or_wait(regen);",
        )],
    },
];
