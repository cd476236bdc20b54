//! The mutants that no model can tell from the library, each with the reason.

use crate::run::Outcome;

pub(crate) struct Survivor {
    /// The name of the mutant.
    id: &'static str,
    /// Why it does no harm.
    reason: &'static str,
}

pub(crate) const SURVIVORS: &[Survivor] = &[Survivor {
    id: "the second look comes before the election",
    reason: "Between that look and the election the caller does nothing. So if the generation leaves the slot in between, \
             no thread can tell this leader from one that was elected a moment earlier, which the library allows: its \
             result is superseded. A mark that such an election took is handed on by who retires the generation. The \
             library looks afterwards because it then knows, at that moment, that its work is not in vain.",
}];

/// Why `id` is allowed to survive.
pub(crate) fn reason(list: &[Survivor], id: &str) -> Option<&'static str> {
    list.iter().find(|survivor| survivor.id == id).map(|survivor| survivor.reason)
}

/// What the list says of these mutants that is not true of them.
pub(crate) fn contradictions(list: &[Survivor], outcomes: &[(&str, Outcome)]) -> Vec<String> {
    outcomes
        .iter()
        .filter_map(|(id, outcome)| match (outcome, reason(list, id)) {
            (Outcome::Survived, None) => Some(format!("{id}: survived, and is not in the list of survivors")),
            (Outcome::Caught(_), Some(_)) => {
                Some(format!("{id}: is in the list of survivors, but was caught"))
            }
            _ => None,
        })
        .collect()
}

/// Entries of the list that are no mutants (any more).
pub(crate) fn unknown<'a>(list: &'a [Survivor], ids: &[&str]) -> Vec<&'a str> {
    list.iter().map(|survivor| survivor.id).filter(|id| !ids.contains(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[Survivor] = &[Survivor { id: "known", reason: "it does no harm" }];

    fn caught() -> Outcome {
        Outcome::Caught("a model".into())
    }

    #[test]
    fn what_the_list_says_is_no_contradiction() {
        assert!(contradictions(LIST, &[("known", Outcome::Survived), ("other", caught())]).is_empty());
    }

    #[test]
    fn a_survivor_without_a_reason_is_one() {
        let found = contradictions(LIST, &[("other", Outcome::Survived)]);
        assert_eq!(found, ["other: survived, and is not in the list of survivors"]);
    }

    #[test]
    fn a_reason_without_a_survivor_is_one() {
        let found = contradictions(LIST, &[("known", caught())]);
        assert_eq!(found, ["known: is in the list of survivors, but was caught"]);
    }

    /// Whether listed or not: it says nothing against either.
    #[test]
    fn a_timeout_is_none() {
        let timed_out = || Outcome::TimedOut("no end of a model".into());
        assert!(contradictions(LIST, &[("known", timed_out()), ("other", timed_out())]).is_empty());
    }

    #[test]
    fn an_entry_that_is_no_mutant_is_unknown() {
        assert_eq!(unknown(LIST, &["other"]), ["known"]);
        assert!(unknown(LIST, &["other", "known"]).is_empty());
    }

    #[test]
    fn every_entry_has_a_reason() {
        assert!(SURVIVORS.iter().all(|survivor| !survivor.reason.is_empty()));
    }
}
