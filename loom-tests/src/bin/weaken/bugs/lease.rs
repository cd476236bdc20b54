//! The second look, publication, taking over, the end of a lease.

use super::Bug;

const SECOND_LOOK: &str = "if term.slot.holds(generation) { Ok(term) } else { Err(Lost::Retired) }";

const GIVE_UP: &str = "            let _ = self.slot.succeed(&self.led, &Arc::new(self.led.given_up()));";

const TAKE_OVER: &str = "if slot.swap(generation, &next)? == Retirement::Marked {
            slot.mark_stale();
        }";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "no second look after the election",
        plants: "F2",
        edits: &[(SECOND_LOOK, "Ok(term)")],
    },
    Bug {
        name: "the second look comes before the election",
        plants: "F2",
        edits: &[
            (
                "        match generation.elect() {",
                "        if !slot.holds(generation) {
            return Err(Lost::Retired);
        }
        match generation.elect() {",
            ),
            (SECOND_LOOK, "Ok(term)"),
        ],
    },
    Bug {
        name: "version not increased by publication",
        plants: "F4",
        edits: &[(
            "let next = Arc::new(self.led.filled(Arc::clone(value), lifetime));",
            "let next = Arc::new(self.led.superseded(Arc::clone(value), lifetime));",
        )],
    },
    Bug {
        name: "a superseded result bears the version that it would have had",
        plants: "F4",
        edits: &[(
            "Arc::new(self.led.superseded(Arc::clone(value), lifetime))",
            "Arc::new(self.led.filled(Arc::clone(value), lifetime))",
        )],
    },
    Bug { name: "a lease that is dropped is not given up", plants: "F10", edits: &[(GIVE_UP, "")] },
    Bug {
        name: "a leader whose future is dropped keeps its lease",
        plants: "F10",
        edits: &[
            ("        let mut term = self;", "        let mut term = std::mem::ManuallyDrop::new(self);"),
            ("        (term, made)", "        (std::mem::ManuallyDrop::into_inner(term), made)"),
        ],
    },
    Bug {
        name: "a leader whose future is dropped wakes nobody",
        plants: "F6",
        edits: &[
            (
                "        let mut term = self;",
                "        struct Silent<T, C: Clock, S: Deref<Target = Slot<T, C>>>(Option<Term<T, C, S>>);
        impl<T, C: Clock, S: Deref<Target = Slot<T, C>>> Drop for Silent<T, C, S> {
            fn drop(&mut self) {
                let Some(mut term) = self.0.take() else { return };
                term.ended = true;
                let _ = term.slot.swap(&term.led, &Arc::new(term.led.given_up()));
            }
        }
        let mut silent = Silent(Some(self));
        let term = silent.0.as_mut().unwrap();",
            ),
            ("        (term, made)", "        (silent.0.take().unwrap(), made)"),
        ],
    },
    Bug {
        name: "no rollback on panic",
        plants: "F10",
        edits: &[("        if !self.ended {", "        if !self.ended && !std::thread::panicking() {")],
    },
    Bug {
        name: "giving up wakes nobody",
        plants: "F6",
        edits: &[(
            GIVE_UP,
            "            if self.slot.swap(&self.led, &Arc::new(self.led.given_up())) == Some(Retirement::Marked) {
                self.slot.mark_stale();
            }",
        )],
    },
    Bug {
        name: "giving up wakes before the change",
        plants: "F6",
        edits: &[(
            GIVE_UP,
            "            self.slot.waiters().wake_all();
            if self.slot.swap(&self.led, &Arc::new(self.led.given_up())) == Some(Retirement::Marked) {
                self.slot.mark_stale();
            }",
        )],
    },
    Bug {
        name: "giving up replaces whatever is there",
        plants: "F12",
        edits: &[(
            GIVE_UP,
            "            let _ = self.slot.replace(Generation::given_up);",
        )],
    },
    Bug {
        name: "giving up forgets a mark",
        plants: "F9",
        edits: &[(
            GIVE_UP,
            "            let _ = self.slot.swap(&self.led, &Arc::new(self.led.given_up()));
            self.slot.waiters().wake_all();",
        )],
    },
    Bug {
        name: "failing wakes nobody",
        plants: "F6",
        edits: &[(
            "        self.ended = true;
        let _ = self.slot.succeed(&self.led, &next);",
            "        self.ended = true;
        if self.slot.swap(&self.led, &next) == Some(Retirement::Marked) {
            self.slot.mark_stale();
        }",
        )],
    },
    Bug {
        name: "failing forgets a mark",
        plants: "F9",
        edits: &[(
            "        self.ended = true;
        let _ = self.slot.succeed(&self.led, &next);",
            "        self.ended = true;
        let _ = self.slot.swap(&self.led, &next);
        self.slot.waiters().wake_all();",
        )],
    },
    Bug {
        name: "failing replaces whatever is there",
        plants: "F7",
        edits: &[(
            "        self.ended = true;
        let _ = self.slot.succeed(&self.led, &next);",
            "        self.ended = true;
        let _ = next;
        let _ = self.slot.replace(|old| old.failed(None, policy.stale_if_error, retry));",
        )],
    },
    Bug {
        name: "a lease that failed is given up besides, and throttles nothing",
        plants: "F1",
        edits: &[(
            "        self.ended = true;
        let _ = self.slot.succeed(&self.led, &next);",
            "        if self.slot.succeed(&self.led, &next) {
            self.led = next;
        }",
        )],
    },
    Bug {
        name: "failing forgets the error",
        plants: "errors: the waiters of an attempt get its error",
        edits: &[("self.end_in_vain(Some(error));", "self.end_in_vain(Some(error).filter(|_| false));")],
    },
    Bug {
        name: "a panic throttles nothing",
        plants: "F1",
        edits: &[(
            "            self.0.end_in_vain(None);",
            "            let _ = self.0.led.content();",
        )],
    },
    Bug {
        name: "a panic on an empty cell throttles, and keeps an earlier error from the waiters",
        plants: "F10",
        edits: &[(
            "        if self.0.led.content().is_some() {",
            "        if self.0.led.content().is_none() {",
        )],
    },
    Bug {
        name: "a superseded publication replaces whatever is there",
        plants: "F7",
        edits: &[(
            "        if !self.slot.succeed(&self.led, &next) {",
            "        if !self.slot.succeed(&self.led, &next) && self.slot.replace(|old| old.filled(Arc::clone(value), lifetime)) == 0 {",
        )],
    },
    Bug {
        name: "a renewal replaces whatever is there",
        plants: "F7",
        edits: &[(
            "let made = self.publish_if_current(&value, lifetime).ok_or(RenewError::Superseded)?;",
            "let made = self.publish_if_current(&value, lifetime);
        if made.is_none() {
            self.slot.replace(|old| old.filled(Arc::clone(&value), lifetime));
        }
        let made = made.ok_or(RenewError::Superseded)?;",
        )],
    },
    Bug {
        name: "who takes over does not look at the clock",
        plants: "F1",
        edits: &[("            Err(Lost::Led) if generation.is_overrun(now) => {", "            Err(Lost::Led) if slot.policy().lease_timeout.is_some() => {")],
    },
    Bug {
        name: "taking over by check, then store",
        plants: "F1",
        edits: &[(
            TAKE_OVER,
            "if !slot.holds(generation) {
            return None;
        }
        while slot.swap(&slot.current(), &next).is_none() {}",
        )],
    },
    Bug {
        name: "taking over without regard to what is there",
        plants: "F1",
        edits: &[(TAKE_OVER, "while slot.swap(&slot.current(), &next).is_none() {}")],
    },
    Bug {
        name: "taking over forgets a mark",
        plants: "F9",
        edits: &[(TAKE_OVER, "let _ = slot.swap(generation, &next)?;")],
    },
    Bug {
        name: "who takes over leads the generation of the deposed leader",
        plants: "F12",
        edits: &[(
            "        if slot.swap(generation, &next)? == Retirement::Marked {
            slot.mark_stale();
        }
        slot.counters().taken_over();
        let term = Self::new(slot, next, now);",
            "        slot.counters().taken_over();
        let _ = next;
        let term = Self::new(slot, Arc::clone(generation), now);",
        )],
    },
    Bug {
        name: "who takes over has no lease that ends",
        plants: "F6",
        edits: &[("        let term = Self::new(slot, next, now);\n        term.begin_lease();\n", "        let term = Self::new(slot, next, now);\n")],
    },
    Bug {
        name: "an elected leader has no lease that ends",
        plants: "F6",
        edits: &[(
            "        let term = Self::new(slot, Arc::clone(generation), now);\n        term.begin_lease();\n",
            "        let term = Self::new(slot, Arc::clone(generation), now);\n",
        )],
    },
    Bug {
        name: "a deposed leader extends its successor's lease",
        plants: "F12",
        edits: &[(
            "            if self.led.extend_lease(until) {",
            "            if self.slot.current().extend_lease(until) {",
        )],
    },
    Bug {
        name: "extend extends nothing",
        plants: "F1",
        edits: &[(
            "            if self.led.extend_lease(until) {",
            "            if until < self.led.lease_until() {",
        )],
    },
];
