//! How a call looks, is elected, waits.

use super::Bug;

const LOST: &str =
    "            (Err(Lost::Led), Some(_)) => Look::Turn(Turn::Served(Guard::just_made(current, now))),";

const ELECT: &str = "Term::elect(slot.clone(), &current, now)";

pub(super) const BUGS: &[Bug] = &[
    Bug {
        name: "no look after listen",
        plants: "F6",
        edits: &[(
            "                    match listener.take() {
                        Some(listener) => return Ok(Step::Sleep(listener, longest)),
                        None => listener = Some(listen()),
                    }",
            "                    let listener: L =
                        listener.take().unwrap_or_else(&listen);
                    return Ok(Step::Sleep(listener, longest));",
        )],
    },
    Bug {
        name: "a task begins its call anew whenever it wakes",
        plants: "errors: the error of an attempt since the call began",
        edits: &[(
            "doze(listener, longest).await,",
            "{
                    doze(listener, longest).await;
                    self.began_at = None;
                }",
        )],
    },
    Bug {
        name: "a waiter does not take what was published since its call began",
        plants: "F2",
        edits: &[(
            "current.version() > began_at.version && current.content().is_some()",
            "current.version() < began_at.version",
        )],
    },
    Bug {
        name: "the slow path does not look whether the value has become fresh",
        plants: "F2",
        edits: &[("freshness == Some(Freshness::Fresh)\n            || freshness", "freshness")],
    },
    Bug {
        name: "the slow path does not look whether the value is attended to by now",
        plants: "F1",
        edits: &[("(inside || current.is_attended(now))", "inside")],
    },
    Bug {
        name: "the caller is elected on a later generation than the one that it looked at",
        plants: "F2",
        edits: &[(ELECT, "Term::elect(slot.clone(), &slot.current(), now)")],
    },
    Bug {
        name: "who loses an election waits although a stale value is servable",
        plants: "F11",
        edits: &[
            (LOST, "            (Err(Lost::Led), Some(_)) => Look::Wait(Some(current.lease_until())),"),
            ("(inside || current.is_attended(now))", "inside"),
        ],
    },
    Bug {
        name: "a call from inside the creation function is not noticed",
        plants: "re-entrance: never a deadlock",
        edits: &[("reentrance::is_inside(&**slot)", "reentrance::is_inside(&current)")],
    },
    Bug {
        name: "a waiter sleeps without regard to the end of the lease",
        plants: "F6",
        edits: &[(
            "Look::Wait(slot.policy().lease_until(now).map(|latest| latest.min(current.lease_until())))",
            "Look::Wait(None)",
        )],
    },
    Bug {
        name: "a waiter trusts a leader that has not said yet when its lease ends",
        plants: "F6",
        edits: &[(
            "Look::Wait(slot.policy().lease_until(now).map(|latest| latest.min(current.lease_until())))",
            "Look::Wait(Some(current.lease_until()).filter(|&until| until != Instant::NEVER))",
        )],
    },
    Bug {
        name: "a caller that handed its lease off deposes the one who got it",
        plants: "F1",
        edits: &[("if self.spent && current.is_led()", "if self.spent && !self.spent && current.is_led()")],
    },
    Bug {
        name: "a fallible caller does not look for an error",
        plants: "errors: the waiters of an attempt get its error",
        edits: &[("if self.fallible && freshness.is_none() {", "if self.fallible && inside {")],
    },
    Bug {
        name: "an infallible caller is answered with an error",
        plants: "errors: infallible callers are not throttled",
        edits: &[("if self.fallible && freshness.is_none() {", "if freshness.is_none() {")],
    },
    Bug {
        name: "a call begins anew at each look",
        plants: "errors: the error of an attempt since the call began",
        edits: &[(
            "self.began_at.get_or_insert(BeganAt { version: current.version(), serial: current.serial() });",
            "self.began_at.insert(BeganAt { version: current.version(), serial: current.serial() });",
        )],
    },
];
