//! Mutants by hand: bugs that somebody could really write, as replacements of exact text.
//!
//! A text that is not found exactly once is an error of this list: it went stale when the library
//! changed. The tool finds that out before it runs anything. A unit test does not, on purpose: it would
//! make any change of the library look as if a test had caught it.

mod cell;
mod generation;
mod lease;
mod reader;
mod rest;
mod slot;
mod turn;

use crate::mutant::{Mutant, Source, replace_once};
use crate::scan::line_of;

pub(crate) struct Bug {
    /// What the code does wrong.
    name: &'static str,
    /// The forbidden outcome of the contract that it plants, F1 to F12, or what else it breaks.
    plants: &'static str,
    /// Texts that each stand in the file once, with what takes their place.
    edits: &'static [(&'static str, &'static str)],
}

/// The bugs of each file of the library.
const BUGS: [(&str, &[Bug]); 9] = [
    ("src/cell.rs", cell::BUGS),
    ("src/generation.rs", generation::BUGS),
    ("src/hand_off.rs", rest::HAND_OFF),
    ("src/lease.rs", lease::BUGS),
    ("src/reader.rs", reader::BUGS),
    ("src/slot.rs", slot::BUGS),
    ("src/turn.rs", turn::BUGS),
    ("src/waiters.rs", rest::WAITERS),
    ("src/reentrance.rs", rest::REENTRANCE),
];

/// One mutant for each bug, or what is wrong with the list.
pub(crate) fn mutants(sources: &[Source]) -> Result<Vec<Mutant>, String> {
    let mut mutants = Vec::new();
    for (path, bugs) in BUGS {
        let source = sources.iter().find(|source| source.path == path);
        let source = source.ok_or_else(|| format!("there are bugs for {path}, which does not exist"))?;
        for bug in bugs {
            mutants.push(bug.plant(source)?);
        }
    }
    Ok(mutants)
}

impl Bug {
    fn plant(&self, source: &Source) -> Result<Mutant, String> {
        let mut text = source.text.clone();
        let mut first = source.text.len();
        for (find, replace) in self.edits {
            let at = replace_once(&mut text, find, replace).map_err(|why| {
                format!("the bug {:?} is stale: it is to change {}, but {why}", self.name, source.path)
            })?;
            first = first.min(at);
        }
        Ok(Mutant {
            id: self.name.into(),
            place: format!("{}:{}", source.path, line_of(&text, first)),
            what: self.plants.into(),
            path: source.path.clone(),
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn f() {\n    change();\n    wake();\n}\n";

    fn planted(edits: &'static [(&'static str, &'static str)]) -> Result<Mutant, String> {
        let source = Source { path: "src/some.rs".into(), text: SOURCE.into() };
        Bug { name: "some bug", plants: "F6", edits }.plant(&source)
    }

    #[test]
    fn all_edits_are_made_and_the_first_one_is_the_place() {
        let mutant = planted(&[("    wake();\n", ""), ("change();", "wake();\n    change();")]).unwrap();
        assert_eq!(mutant.text, "fn f() {\n    wake();\n    change();\n}\n");
        assert_eq!((mutant.id.as_str(), mutant.place.as_str()), ("some bug", "src/some.rs:2"));
    }

    #[test]
    fn a_stale_bug_names_itself_and_its_file() {
        let error = planted(&[("notify();", "")]).err().unwrap();
        assert!(error.contains("\"some bug\"") && error.contains("src/some.rs"), "{error}");
    }

    #[test]
    fn every_bug_names_an_outcome_and_has_an_edit() {
        for bug in BUGS.iter().flat_map(|(_, bugs)| *bugs) {
            assert!(!bug.plants.is_empty() && !bug.edits.is_empty(), "{}", bug.name);
        }
    }
}
