//! Waking and re-entrance.

use super::Bug;

pub(super) const WAITERS: &[Bug] = &[Bug {
    name: "one is woken instead of all",
    plants: "F6",
    edits: &[("self.0.notify_all();", "self.0.notify(1);")],
}];

pub(super) const FUTURE: &[Bug] = &[Bug {
    name: "a task that handed off waits for ever",
    plants: "F6",
    edits: &[("served_or_given_up(call.turn_async(&slot).await?)", "std::future::pending().await")],
}];

pub(super) const REENTRANCE: &[Bug] = &[Bug {
    name: "a thread that has led is taken for a leader ever after",
    plants: "re-entrance: only from inside `regen`",
    edits: &[("                leading.remove(last);", "                let _ = last;")],
}];

pub(super) const HAND_OFF: &[Bug] = &[
    Bug {
        name: "who handed off and is elected again forgets the lease",
        plants: "F10",
        edits: &[(
            "        Turn::Lead(_) => Err(RegenError::GivenUp),",
            "        Turn::Lead(term) => {
            std::mem::forget(term);
            Err(RegenError::GivenUp)
        }",
        )],
    },
    Bug {
        name: "who handed off begins a new call to wait",
        plants: "errors: the error of an attempt since the call began",
        edits: &[(
            "served_or_given_up(call.turn(slot)?)",
            "served_or_given_up(Call::fallible(self.slot.policy().wait_timeout).turn(slot)?)",
        )],
    },
];
