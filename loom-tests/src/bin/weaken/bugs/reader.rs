//! What a reader remembers, and when it looks again.

use super::Bug;

const COMPARE: &str = "if current.map(Arc::as_ptr) != self.kept.as_ref().map(Arc::as_ptr) {";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "a reader does not look whether what it keeps is still there",
        plants: "F8",
        edits: &[(COMPARE, "if self.kept.is_none() {")],
    },
    Bug {
        name: "a reader looks at the cell only when what it keeps is not fresh any more",
        plants: "F8",
        edits: &[(
            COMPARE,
            "let now = self.cell.slot.now();
        let is_fresh = |kept: &Arc<Generation<T>>| kept.freshness(now) == Some(Freshness::Fresh);
        if current.map(Arc::as_ptr) != self.kept.as_ref().map(Arc::as_ptr)
            && !self.kept.as_ref().is_some_and(is_fresh)
        {",
        )],
    },
    Bug {
        name: "a reader looks at the cell only now and then",
        plants: "F4",
        edits: &[(
            COMPARE,
            "let is_time = self.read.take().is_none();
        if is_time && current.map(Arc::as_ptr) != self.kept.as_ref().map(Arc::as_ptr) {",
        )],
    },
    Bug {
        name: "a reader takes what it made for what is in the cell",
        plants: "F4",
        edits: &[(
            COMPARE,
            "if self.kept.as_ref().is_none_or(|kept| current.is_some_and(|it| it.serial() > kept.serial() + 1))
            || current.is_some_and(|current| current.content().is_none())
        {",
        )],
    },
    Bug {
        name: "a reader remembers how fresh the value was",
        plants: "F9",
        edits: &[(
            "let freshness = self.kept.as_ref().and_then(|kept| kept.served(now, stale_is_fine));",
            "let known = self.read.map(|(_, freshness)| freshness).filter(|known| *known == Freshness::Fresh);
        let freshness = known.or_else(|| self.kept.as_ref().and_then(|kept| kept.served(now, stale_is_fine)));",
        )],
    },
    Bug {
        name: "a stale value is served by a reader, and nobody regenerates",
        plants: "F9",
        edits: &[(
            "        if !self.read(Generation::is_attended) {
            let guard = self.cell.lead_or_wait(regen);",
            "        if !self.read(|_, _| true) {
            let guard = self.cell.lead_or_wait(regen);",
        )],
    },
    Bug {
        name: "a reader that leads returns what it knew before",
        plants: "F4",
        edits: &[("        self.keep(Some(generation));", "        drop(generation);")],
    },
];
