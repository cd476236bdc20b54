//! Election, giving up, retiring, marking, freshness.

use super::Bug;

const ELECT: &str =
    "            match self.phase.compare_exchange(phase, (phase | LED) & !MARKED, Acquire, Relaxed) {
                Ok(_) => return Ok(()),
                Err(found) => phase = found,
            }";

const GIVE_UP: &str = "let phase = self.phase.fetch_and(!LED, Release);";

const MARK: &str = "let phase = self.phase.fetch_or(MARKED, Release);";

const PASS_ON: &str =
    "if phase & (LED | MARKED) == LED | MARKED { Retirement::Marked } else { Retirement::Clean }";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "election by load and store",
        plants: "F1",
        edits: &[(
            ELECT,
            "            self.phase.store((phase | LED) & !MARKED, Release);
            return Ok(());",
        )],
    },
    Bug {
        name: "a mark that was answered stays",
        plants: "mark_stale: one mark, one regeneration",
        edits: &[("(phase | LED) & !MARKED, Acquire", "phase | LED, Acquire")],
    },
    Bug {
        name: "a marked generation cannot be led",
        plants: "F10",
        edits: &[("match phase & !MARKED {", "match phase {")],
    },
    Bug {
        name: "give-up by store, over RETIRED and MARKED",
        plants: "F9",
        edits: &[(
            GIVE_UP,
            "let phase = self.phase.load(Relaxed);
        self.phase.store(if self.content.is_some() { READY } else { EMPTY }, Release);",
        )],
    },
    Bug {
        name: "retire by load and store",
        plants: "F9",
        edits: &[(
            "let phase = self.phase.swap(RETIRED, Acquire);",
            "let phase = self.phase.load(Acquire);
        self.phase.store(RETIRED, Release);",
        )],
    },
    Bug {
        name: "mark forgotten at publication",
        plants: "F9",
        edits: &[(PASS_ON, "let _ = phase;\n        Retirement::Clean")],
    },
    Bug {
        name: "mark sets due, and no bit for the leader",
        plants: "F9",
        edits: &[(MARK, "let phase = self.phase.load(Acquire);")],
    },
    Bug {
        name: "mark by load and store",
        plants: "F1",
        edits: &[(
            MARK,
            "let phase = self.phase.load(Acquire);
        self.phase.store(phase | MARKED, Release);",
        )],
    },
    Bug {
        name: "mark sets the bit, and nothing due",
        plants: "F9",
        edits: &[(
            "            // Relaxed: only a reader that knows of the mark must see it, and it does by coherence.
            self.due.store(0, Relaxed);\n",
            "",
        )],
    },
    Bug {
        name: "a leader that gives up leaves a mark that is not due",
        plants: "F9",
        edits: &[("if phase & MARKED != 0 {", "if phase & MARKED != 0 && phase & LED == 0 {")],
    },
    Bug {
        name: "mark ignores RETIRED",
        plants: "F9",
        edits: &[(
            "        if phase & RETIRED != 0 {
            return Mark::Retired;
        }\n",
            "",
        )],
    },
    Bug {
        name: "an expired value is served",
        plants: "get_or_regen: expired, nobody at work: elect or wait",
        edits: &[(
            "(now < content.lifetime.servable_until).then_some(Freshness::Stale)",
            "(content.lifetime.published_at <= Instant::NEVER).then_some(Freshness::Stale)",
        )],
    },
];
