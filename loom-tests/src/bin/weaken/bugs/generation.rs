//! Election, what becomes of a generation, retiring, marking, freshness.

use super::Bug;

const ELECT: &str =
    "            match self.phase.compare_exchange(phase, phase & !MARKED | LED | answering, Acquire, Acquire) {
                Ok(_) => return Ok(()),
                Err(found) => phase = found,
            }";

const MARK: &str = "let phase = self.phase.fetch_or(MARKED, Release);
        if phase & RETIRED != 0 {";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "election by load and store",
        plants: "F1",
        edits: &[(
            ELECT,
            "            self.phase.store(phase & !MARKED | LED | answering, Release);
            return Ok(());",
        )],
    },
    Bug {
        name: "a mark that was answered stays",
        plants: "mark_stale: one mark, one regeneration",
        edits: &[("phase & !MARKED | LED | answering, Acquire", "phase | LED | answering, Acquire")],
    },
    Bug {
        name: "a marked generation cannot be led",
        plants: "F10",
        edits: &[("match phase & !(MARKED | ANSWERING) {", "match phase & !ANSWERING {")],
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
        edits: &[("            _ => Retirement::Marked,", "            _ => Retirement::Clean,")],
    },
    Bug {
        name: "who supersedes a leader that was to answer a mark does not learn of that",
        plants: "F9",
        edits: &[("            (0, _) => Retirement::Answering,", "            (0, _) => Retirement::Clean,")],
    },
    Bug {
        name: "a mark that was answered is handed on all the same",
        plants: "mark_stale: one mark, one regeneration",
        edits: &[("            (0, _) => Retirement::Answering,", "            (0, _) => Retirement::Marked,")],
    },
    Bug {
        name: "mark sets due, and no bit for the leader",
        plants: "F9",
        edits: &[(
            MARK,
            "let phase = self.phase.load(Acquire);
        if phase & RETIRED != 0 {",
        )],
    },
    Bug {
        name: "mark by load and store",
        plants: "F1",
        edits: &[(
            MARK,
            "let phase = self.phase.load(Acquire);
        self.phase.store(phase | MARKED, Release);
        if phase & RETIRED != 0 {",
        )],
    },
    Bug {
        name: "mark sets the bit, and nothing due",
        plants: "F9",
        edits: &[(
            "            // Relaxed: only a reader that knows of the mark must see it, and it does by coherence.
            self.due.store(0, Relaxed);
            self.assured_until.store(0, Relaxed);\n",
            "",
        )],
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
    Bug {
        name: "a failed generation is not throttled",
        plants: "F1",
        edits: &[(
            "let retry_at = retry.after(attempts);",
            "let retry_at = if attempts == 0 { retry.after(attempts) } else { Instant::from_nanos(0) };",
        )],
    },
    Bug {
        name: "nobody looks at the throttle",
        plants: "F1",
        edits: &[(
            "self.failure.as_ref().is_some_and(|failure| now < failure.retry_at)",
            "false",
        )],
    },
    Bug {
        name: "a failed generation forgets the value",
        plants: "errors: stale-if-error",
        edits: &[(
            "            content.lifetime = content.lifetime.servable_for(stale_if_error);
        }",
            "            content.lifetime = content.lifetime.servable_for(stale_if_error);
        }
        next.content = None;",
        )],
    },
    Bug {
        name: "a failure stamps the value anew",
        plants: "errors: the true age",
        edits: &[(
            "            content.lifetime = content.lifetime.servable_for(stale_if_error);",
            "            content.lifetime = content.lifetime.servable_for(stale_if_error);
            content.lifetime.published_at = Instant::NEVER;",
        )],
    },
    Bug {
        name: "a failed generation stays fresh as long as its value would",
        plants: "F9",
        edits: &[("            due: AtomicU64::new(0),
            assured_until: WatchedU64::new(0),
", "")],
    },
    Bug {
        name: "a failed generation is assured for as long as its value would be",
        plants: "F9",
        edits: &[("            assured_until: WatchedU64::new(0),
", "")],
    },
    Bug {
        name: "a mark takes no assurance away",
        plants: "F9",
        edits: &[("            self.due.store(0, Relaxed);
            self.assured_until.store(0, Relaxed);", "            self.due.store(0, Relaxed);")],
    },
    Bug {
        name: "a second mark leaves it to the first to take the assurance away",
        plants: "F9",
        edits: &[(
            "            self.due.store(0, Relaxed);
            self.assured_until.store(0, Relaxed);",
            "            self.due.store(0, Relaxed);
            if phase & MARKED == 0 {
                self.assured_until.store(0, Relaxed);
            }",
        )],
    },
    Bug {
        name: "what is taken over is assured for as long as its value would be",
        plants: "F11: a reader is not elected in the place of a leader that is overrun",
        edits: &[(
            "        Self { phase: AtomicU8::new(phase), ..next }",
            "        let fresh_until = self.content.as_ref().map_or(0, |content| content.lifetime.fresh_until.as_nanos());
        Self { phase: AtomicU8::new(phase), assured_until: WatchedU64::new(fresh_until), ..next }",
        )],
    },
    Bug {
        name: "what is withdrawn is assured on",
        plants: "F8",
        edits: &[("        self.assured_until.store(0, Relaxed);
        self.withdrawn", "        self.withdrawn")],
    },
    Bug {
        name: "what is withdrawn does not say so",
        plants: "F8",
        edits: &[("        self.withdrawn.store(true, Relaxed);
", "")],
    },
    Bug {
        name: "a superseded result is taken for what is in the cell",
        plants: "F4",
        edits: &[("        never_there.withdraw();
", "")],
    },
    Bug {
        name: "a value keeps the error of the attempts before it",
        plants: "errors: success resets last_error",
        edits: &[(
            "        Self::new(self.version + 1, self.serial + 1, Some(Content { value, lifetime }))",
            "        Self { failure: self.failure.clone(), ..Self::new(self.version + 1, self.serial + 1, Some(Content { value, lifetime })) }",
        )],
    },
    Bug {
        name: "giving up forgets the throttle and the error",
        plants: "errors: they last until a value",
        edits: &[("            failure: self.failure.clone(),\n            ..next", "            ..next")],
    },
    Bug {
        name: "an old error answers a new call",
        plants: "errors: none from before the call began",
        edits: &[("(failure.serial > began_at || throttled)", "(failure.serial > 0 || began_at > 0 || throttled)")],
    },
    Bug {
        name: "an error answers only while it throttles",
        plants: "errors: the waiters of an attempt get its error",
        edits: &[("(failure.serial > began_at || throttled)", "(began_at == u64::MAX || throttled)")],
    },
    Bug {
        name: "an error answers only those who waited for it",
        plants: "errors: throttled",
        edits: &[("(failure.serial > began_at || throttled)", "(failure.serial > began_at || throttled && began_at == u64::MAX)")],
    },
    Bug {
        name: "a failed generation keeps the serial of the one before",
        plants: "errors: the waiters of an attempt get its error",
        edits: &[("        let next = Self::new(self.version, self.serial + 1, content);", "        let next = Self::new(self.version, self.serial, content);")],
    },
    Bug {
        name: "a generation that is taken over is not born led",
        plants: "F1",
        edits: &[("let phase = next.phase.load(Relaxed) | LED;", "let phase = next.phase.load(Relaxed);")],
    },
    Bug {
        name: "taking over forgets the value",
        plants: "F3",
        edits: &[(
            "        Self { phase: AtomicU8::new(phase), ..next }",
            "        Self { phase: AtomicU8::new(phase), content: None, ..next }",
        )],
    },
    Bug {
        name: "a leader is never overrun",
        plants: "F6",
        edits: &[("        now >= self.lease_until()", "        now > Instant::NEVER && now >= self.lease_until()")],
    },
    Bug {
        name: "giving up is a version",
        plants: "F12: exactly one more value",
        edits: &[("        let next = Self::new(self.version, self.serial + 1, content);", "        let next = Self::new(self.version + 1, self.serial + 1, content);")],
    },
];
