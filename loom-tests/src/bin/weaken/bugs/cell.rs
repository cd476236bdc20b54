//! The public verbs and the slow path.

use super::Bug;

const LEAD_LOST: &str = "(Err(Lost::Led), Some(_)) => Turn::Served(Guard::just_made(current, now)),";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "no look after listen",
        plants: "F6",
        edits: &[(
            "                Turn::Wait => match listener.take() {
                    None => listener = Some(self.slot.waiters().listen()),
                    Some(listener) => listener.wait(),
                },",
            "                Turn::Wait => listener.take().unwrap_or_else(|| self.slot.waiters().listen()).wait(),",
        )],
    },
    Bug {
        name: "a waiter does not take what was published since its call began",
        plants: "F2",
        edits: &[(
            "if current.version() > began_at && current.content().is_some() {",
            "if current.version() < began_at {",
        )],
    },
    Bug {
        name: "the slow path does not look whether the value has become fresh",
        plants: "F2",
        edits: &[("if freshness == Some(Freshness::Fresh) {", "if current.version() < began_at {")],
    },
    Bug {
        name: "the caller is elected on a later generation than the one that it looked at",
        plants: "F2",
        edits: &[(
            "(Lease::elect(&self.slot, &current), freshness)",
            "(Lease::elect(&self.slot, &self.slot.current()), freshness)",
        )],
    },
    Bug {
        name: "freshness of one generation, value of another",
        plants: "F3",
        edits: &[(
            "Some(Guard::new(current, now, freshness))",
            "Some(Guard::new(self.slot.load(), now, freshness))",
        )],
    },
    Bug {
        name: "who loses an election waits although a stale value is servable",
        plants: "F11",
        edits: &[(LEAD_LOST, "(Err(Lost::Led), Some(_)) => Turn::Wait,")],
    },
    Bug {
        name: "readers wait although a stale value is servable",
        plants: "F11",
        edits: &[
            ("match self.read(Generation::is_led) {", "match self.read(|_| false) {"),
            (LEAD_LOST, "(Err(Lost::Led), Some(_)) => Turn::Wait,"),
        ],
    },
    Bug {
        name: "a stale value is served, and nobody regenerates",
        plants: "F9",
        edits: &[("match self.read(Generation::is_led) {", "match self.read(|_| true) {")],
    },
    Bug {
        name: "invalidate does nothing while a leader is at work",
        plants: "F8",
        edits: &[(
            "        let _ = self.slot.replace(Generation::empty);",
            "        if !self.is_regenerating() {
            let _ = self.slot.replace(Generation::empty);
        }",
        )],
    },
    Bug {
        name: "invalidate does nothing on an untouched cell",
        plants: "F8",
        edits: &[(
            "        let _ = self.slot.replace(Generation::empty);",
            "        if self.slot.load().as_ref().is_some() {
            let _ = self.slot.replace(Generation::empty);
        }",
        )],
    },
    Bug {
        name: "invalidate only marks",
        plants: "F8",
        edits: &[(
            "        let _ = self.slot.replace(Generation::empty);",
            "        self.slot.mark_stale();",
        )],
    },
    Bug {
        name: "invalidate_if does not look at the version",
        plants: "F3",
        edits: &[(
            "        current.version() == version\n            && current",
            "        version > 0\n            && current",
        )],
    },
    Bug {
        name: "invalidate_if looks at the version, then replaces whatever is there",
        plants: "F3",
        edits: &[(
            "self.slot.try_replace(&current, Generation::empty).is_some()",
            "self.slot.replace(Generation::empty) > 0",
        )],
    },
    Bug {
        name: "a call from inside the creation function is not noticed",
        plants: "re-entrance: never a deadlock",
        edits: &[("if reentrance::is_inside(&self.slot) {", "if reentrance::is_inside(&current) {")],
    },
];
