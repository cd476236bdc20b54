//! The second look, publication, the end of a lease.

use super::Bug;

const END: &str = "        if self.led.give_up() {
            self.slot.waiters().wake_all();
        }";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "no second look after the election",
        plants: "F2",
        edits: &[("if slot.holds(generation) { Ok(lease) } else { Err(Lost::Retired) }", "Ok(lease)")],
    },
    Bug {
        name: "the second look comes before the election",
        plants: "F2",
        edits: &[
            (
                "        generation.elect()?;",
                "        if !slot.holds(generation) {
            return Err(Lost::Retired);
        }
        generation.elect()?;",
            ),
            ("if slot.holds(generation) { Ok(lease) } else { Err(Lost::Retired) }", "Ok(lease)"),
        ],
    },
    Bug {
        name: "publication wakes before the change",
        plants: "F6",
        edits: &[
            (
                "        let made = match self.slot.swap(&self.led, &next) {",
                "        self.slot.waiters().wake_all();
        let made = match self.slot.swap(&self.led, &next) {",
            ),
            ("                self.slot.waiters().wake_all();\n                next", "                next"),
        ],
    },
    Bug {
        name: "publication wakes nobody",
        plants: "F6",
        edits: &[(
            "                self.slot.waiters().wake_all();\n                next",
            "                next",
        )],
    },
    Bug {
        name: "a mark is not passed on when its leader publishes",
        plants: "F9",
        edits: &[("                    self.slot.mark_stale();\n", "")],
    },
    Bug {
        name: "version not increased by publication",
        plants: "F4",
        edits: &[("let next = ready(self.led.version() + 1);", "let next = ready(self.led.version());")],
    },
    Bug {
        name: "a superseded result bears the version of what superseded it",
        plants: "F4",
        edits: &[("None => ready(self.led.version()),", "None => next,")],
    },
    Bug {
        name: "the lease ends before the publication",
        plants: "F1",
        edits: &[(
            "        let made = match self.slot.swap(&self.led, &next) {",
            "        let _ = self.led.give_up();
        let made = match self.slot.swap(&self.led, &next) {",
        )],
    },
    Bug { name: "a lease that is dropped is not given up", plants: "F10", edits: &[(END, "")] },
    Bug {
        name: "no rollback on panic",
        plants: "F10",
        edits: &[(
            "        if self.led.give_up() {",
            "        if !std::thread::panicking() && self.led.give_up() {",
        )],
    },
    Bug {
        name: "give-up wakes nobody",
        plants: "F6",
        edits: &[(END, "        let _ = self.led.give_up();")],
    },
    Bug {
        name: "give-up wakes before the change",
        plants: "F6",
        edits: &[(
            END,
            "        self.slot.waiters().wake_all();
        let _ = self.led.give_up();",
        )],
    },
];
