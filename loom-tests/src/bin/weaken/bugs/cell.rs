//! The public verbs.

use super::Bug;

const READ_FIRST: &str = "    pub fn get_or_regen(&self, regen: impl FnOnce() -> T) -> Guard<T> {
        match self.read(Generation::is_attended) {";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "freshness of one generation, value of another",
        plants: "F3",
        edits: &[(
            "Some(Guard::new(current, now, freshness))",
            "Some(Guard::new(self.slot.load(), now, freshness))",
        )],
    },
    Bug {
        name: "a stale value is served, and nobody regenerates",
        plants: "F9",
        edits: &[(
            READ_FIRST,
            "    pub fn get_or_regen(&self, regen: impl FnOnce() -> T) -> Guard<T> {
        match self.read(|_, _| true) {",
        )],
    },
    Bug {
        name: "invalidate does nothing while a leader is at work",
        plants: "F8",
        edits: &[(
            "        let _ = self.slot.replace(Generation::emptied);",
            "        if !self.is_regenerating() {
            let _ = self.slot.replace(Generation::emptied);
        }",
        )],
    },
    Bug {
        name: "invalidate does nothing on an untouched cell",
        plants: "F8",
        edits: &[(
            "        let _ = self.slot.replace(Generation::emptied);",
            "        if self.slot.load().as_ref().is_some() {
            let _ = self.slot.replace(Generation::emptied);
        }",
        )],
    },
    Bug {
        name: "invalidate only marks",
        plants: "F8",
        edits: &[(
            "        let _ = self.slot.replace(Generation::emptied);",
            "        self.slot.mark_stale();",
        )],
    },
    Bug {
        name: "invalidate_if does not look at the version",
        plants: "F3",
        edits: &[(
            "current.version() != version || current.content().is_none()",
            "version == 0 || current.content().is_none()",
        )],
    },
    Bug {
        name: "invalidate_if gives up when the same version was put there again",
        plants: "invalidate_if: as long as that version is current",
        edits: &[(
            "            // The same version again, perhaps: an attempt failed, was given up or taken over.
            backoff.spin();",
            "            return false;",
        )],
    },
    Bug {
        name: "invalidate_if looks at the version, then replaces whatever is there",
        plants: "F3",
        edits: &[(
            "if self.slot.try_replace(&current, Generation::emptied).is_some() {",
            "if self.slot.replace(Generation::emptied) > 0 {",
        )],
    },
    Bug {
        name: "a leader returns without a value or a failure",
        plants: "errors: the waiters of an attempt get its error",
        edits: &[("                term.fail(error.clone());\n", "")],
    },
    Bug {
        name: "a leader that fails with a stale value at hand returns the error",
        plants: "errors: stale-if-error",
        edits: &[("                self.get().ok_or(error)", "                Err(error)")],
    },
];
