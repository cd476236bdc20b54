//! Publication, replacement, marking.

use super::Bug;

const SWAP: &str = "self.current.compare_and_swap(Some(old), Arc::clone(next)).then(|| old.retire())";

const HAND_ON_ANY: &str = "        if self.swap(old, &next)? != Retirement::Clean";

const HAND_ON: &str =
    "        if self.swap(old, &next)? != Retirement::Clean && next.inherit_mark() == Mark::Retired {
            self.mark_stale();
        }";

const REPLACE: &str = "        loop {
            if let Some(version) = self.try_replace(&self.current(), &next) {
                return version;
            }
            backoff.spin();
        }";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "state before value: the old generation is retired before the new one is in the slot",
        plants: "F11",
        edits: &[(
            SWAP,
            "let retirement = old.retire();
        self.current.compare_and_swap(Some(old), Arc::clone(next)).then_some(retirement)",
        )],
    },
    Bug {
        name: "the slot is empty for a moment at each change",
        plants: "F3",
        edits: &[(
            SWAP,
            "let gap = Arc::new(old.emptied());
        (self.current.compare_and_swap(Some(old), Arc::clone(&gap))
            && self.current.compare_and_swap(Some(&gap), Arc::clone(next)))
        .then(|| old.retire())",
        )],
    },
    Bug {
        name: "the old generation is withdrawn only after it has left the slot",
        plants: "F4",
        edits: &[(
            "        old.withdraw();
        self.current.compare_and_swap(Some(old), Arc::clone(next)).then(|| old.retire())",
            "        let done = self.current.compare_and_swap(Some(old), Arc::clone(next));
        old.withdraw();
        done.then(|| old.retire())",
        )],
    },
    Bug {
        name: "the old generation is not withdrawn",
        plants: "F8",
        edits: &[("        old.withdraw();\n", "")],
    },
    Bug {
        name: "the old generation is withdrawn only if its version was replaced, too",
        plants: "F8",
        edits: &[("        old.withdraw();\n", "        if next.version() != old.version() {\n            old.withdraw();\n        }\n")],
    },
    Bug {
        name: "who takes over does not withdraw the old generation",
        plants: "F8",
        edits: &[("        old.withdraw();\n", "        if !next.is_led() {\n            old.withdraw();\n        }\n")],
    },
    Bug {
        name: "who fails does not withdraw the old generation",
        plants: "F8",
        edits: &[("        old.withdraw();\n", "        if next.failure().is_none() {\n            old.withdraw();\n        }\n")],
    },
    Bug { name: "retire forgotten", plants: "F9", edits: &[(".then(|| old.retire())", ".then_some(Retirement::Clean)")] },
    Bug {
        name: "publication by store",
        plants: "F7",
        edits: &[(
            SWAP,
            "while !self.current.compare_and_swap(Some(&self.current()), Arc::clone(next)) {}
        Some(old.retire())",
        )],
    },
    Bug {
        name: "fence by check, then store",
        plants: "F7",
        edits: &[(
            SWAP,
            "if !self.holds(old) {
            return None;
        }
        while !self.current.compare_and_swap(Some(&self.current()), Arc::clone(next)) {}
        Some(old.retire())",
        )],
    },
    Bug {
        name: "the fence lets a result into a cell that was invalidated meanwhile",
        plants: "F8",
        edits: &[(
            SWAP,
            "let mut done = self.current.compare_and_swap(Some(old), Arc::clone(next));
        if !done {
            let current = self.current();
            done = current.content().is_none() && self.current.compare_and_swap(Some(&current), Arc::clone(next));
        }
        done.then(|| old.retire())",
        )],
    },
    Bug {
        name: "set and invalidate wake before the change",
        plants: "F6",
        edits: &[
            (HAND_ON_ANY, "        self.waiters.wake_all();\n        if self.swap(old, &next)? != Retirement::Clean"),
            ("        self.waiters.wake_all();\n        Some(next.version())", "        Some(next.version())"),
        ],
    },
    Bug {
        name: "set and invalidate wake nobody",
        plants: "F6",
        edits: &[("        self.waiters.wake_all();\n        Some(next.version())", "        Some(next.version())")],
    },
    Bug {
        name: "set and invalidate give up after one attempt",
        plants: "F8",
        edits: &[(REPLACE, "        self.try_replace(&self.current(), &next).unwrap_or_default()")],
    },
    Bug {
        name: "set and invalidate keep the version of their first attempt",
        plants: "F4",
        edits: &[(
            REPLACE,
            "        let next = Arc::new(next(&self.current()));
        while self.swap(&self.current(), &next).is_none() {
            backoff.spin();
        }
        self.waiters.wake_all();
        next.version()",
        )],
    },
    Bug {
        name: "mark_stale does not start over",
        plants: "F9",
        edits: &[(
            "        while self.current().mark() == Mark::Retired {
            backoff.spin();
        }",
            "        let _ = self.current().mark();",
        )],
    },
    Bug {
        name: "mark_stale does nothing on an untouched cell",
        plants: "F9",
        edits: &[(
            "        while self.current().mark() == Mark::Retired {",
            "        if self.load().as_ref().is_none() {
            return;
        }
        while self.current().mark() == Mark::Retired {",
        )],
    },
    Bug {
        name: "the loser of the race for the first generation keeps its own",
        plants: "F9",
        edits: &[(
            "            if self.current.compare_and_swap(None, Arc::clone(&first)) {
                return first;
            }",
            "            let _ = self.current.compare_and_swap(None, Arc::clone(&first));
            return first;",
        )],
    },
    Bug {
        name: "the end of a lease wakes nobody",
        plants: "F6",
        edits: &[("        self.waiters.wake_all();\n        true", "        true")],
    },
    Bug {
        name: "the end of a lease wakes before the change",
        plants: "F6",
        edits: &[
            (
                "        let Some(retirement) = self.swap(led, next) else { return false };",
                "        self.waiters.wake_all();
        let Some(retirement) = self.swap(led, next) else { return false };",
            ),
            ("        self.waiters.wake_all();\n        true", "        true"),
        ],
    },
    Bug {
        name: "a mark is not passed on when its leader ends",
        plants: "F9",
        edits: &[(
            "        if retirement == Retirement::Marked {
            self.mark_stale();
        }",
            "        let _ = retirement;",
        )],
    },
    Bug {
        name: "try_lead elects beside a leader or during a throttle",
        plants: "F1",
        edits: &[(
            "current.freshness(now) == Some(Freshness::Fresh) || current.is_attended(now)",
            "current.freshness(now) == Some(Freshness::Fresh)",
        )],
    },
    Bug {
        name: "try_lead gives up when the generation was retired",
        plants: "F10",
        edits: &[("                Err(Lost::Retired) => backoff.spin(),", "                Err(Lost::Retired) => return None,")],
    },
    Bug {
        name: "invalidate forgets a mark that was made while it retired the old generation",
        plants: "F9",
        edits: &[(HAND_ON_ANY, "        if self.swap(old, &next)? != Retirement::Clean && next.content().is_some()")],
    },
    Bug {
        name: "set forgets a mark although what it set has a leader already",
        plants: "F9",
        edits: &[(HAND_ON_ANY, "        if self.swap(old, &next)? != Retirement::Clean && next.content().is_none()")],
    },
    Bug {
        name: "set and invalidate hand a mark on to what has left the slot",
        plants: "F9",
        edits: &[(
            HAND_ON,
            "        if self.swap(old, &next)? != Retirement::Clean {
            let _ = next.inherit_mark();
        }",
        )],
    },
    Bug {
        name: "a mark outlives the value that it marked",
        plants: "mark_stale: one mark, one regeneration",
        edits: &[(HAND_ON, "        if self.swap(old, &next)? != Retirement::Clean && next.mark() == Mark::Retired {\n            self.mark_stale();\n        }")],
    },
];
