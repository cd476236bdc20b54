//! Mutants by rule: each memory ordering, weakened.
//!
//! A simple scanner finds them. It knows `//` comments and `use` declarations, and neither block comments nor
//! strings. Orderings in files that no model includes are weakened as well: they survive, and need a reason.

use crate::mutant::Mutant;
use crate::tree::Sources;
use std::collections::BTreeMap;

/// Each ordering with what it is weakened to. Loom models `SeqCst` as `AcqRel`, so no model can tell those apart.
const WEAKER: [(&str, &[&str]); 4] = [
    ("Acquire", &["Relaxed"]),
    ("Release", &["Relaxed"]),
    ("AcqRel", &["Relaxed", "Acquire", "Release"]),
    ("SeqCst", &["Relaxed"]),
];

/// One mutant for each weakening of each ordering. `reasons`: the text of `orderings.txt`.
pub(crate) fn mutants(sources: &Sources, reasons: &str) -> Result<Vec<Mutant>, String> {
    let mut reasons = parse(reasons);
    let mut mutants = Vec::new();
    for (path, text) in sources {
        scan(path, text, &mut mutants);
    }
    for mutant in &mut mutants {
        mutant.may_survive = reasons.remove(&mutant.id);
    }
    match reasons.keys().next() {
        Some(id) => Err(format!("bugs/orderings.txt has an entry for {id:?}, which is no mutant")),
        None => Ok(mutants),
    }
}

/// A line that is not indented is a mutant, the indented ones after it are the reason why it may survive.
fn parse(reasons: &str) -> BTreeMap<String, String> {
    let mut parsed: BTreeMap<String, String> = BTreeMap::new();
    let mut id = "";
    for line in reasons.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if line.starts_with(' ') {
            parsed.entry(id.into()).or_default().push_str(line);
        } else {
            id = line;
            parsed.entry(id.into()).or_default();
        }
    }
    parsed
}

fn scan(path: &str, text: &str, mutants: &mut Vec<Mutant>) {
    let stem = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut seen = BTreeMap::new();
    let (mut start, mut function, mut last, mut in_use) = (0, "", "", false);
    for (line, full) in text.split_inclusive('\n').enumerate() {
        let code = full.split("//").next().unwrap_or_default();
        let begins_use = code.starts_with("pub") && code.contains(" use ") || code.trim().starts_with("use ");
        let skipped = in_use || begins_use;
        in_use = skipped && !code.contains(';');
        let mut end = start;
        for piece in code.split_inclusive(is_no_word) {
            let word = piece.trim_end_matches(is_no_word);
            let at = end;
            end += piece.len();
            if std::mem::replace(&mut last, piece) == "fn " {
                function = word;
            }
            let Some((_, weaker)) = WEAKER.iter().find(|(name, _)| *name == word && !skipped) else {
                continue;
            };
            let nth = seen.entry((function, word)).and_modify(|nth| *nth += 1).or_insert(1);
            let nth = if *nth == 1 { String::new() } else { format!(" ({nth})") };
            // Written as a path, it stays one. A bare name may have no weaker one imported beside it.
            let prefix = if text[..at].ends_with("::") { "" } else { "crate::sync::Ordering::" };
            mutants.extend(weaker.iter().map(|weaker| {
                let mut changed = text.to_owned();
                changed.replace_range(at..at + word.len(), &format!("{prefix}{weaker}"));
                Mutant {
                    id: format!("{stem}::{function}: {word}{nth} -> {weaker}"),
                    place: format!("{path}:{}", line + 1),
                    what: "ordering weakened".into(),
                    stage: Some(function.into()),
                    may_survive: None,
                    changed: Ok(Sources::from([(path.to_owned(), changed)])),
                }
            }));
        }
        start += full.len();
    }
}

fn is_no_word(c: char) -> bool {
    !c.is_alphanumeric() && c != '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Mutant> {
        mutants(&Sources::from([("src/some.rs".into(), text.into())]), "").unwrap()
    }

    fn ids(text: &str) -> Vec<String> {
        found(text).into_iter().map(|mutant| mutant.id).collect()
    }

    fn changed(text: &str) -> String {
        found(text)[0].changed.as_ref().unwrap()["src/some.rs"].clone()
    }

    #[test]
    fn an_ordering_is_weakened_where_it_stands() {
        let text = "use x::{Acquire, Relaxed};\n\nfn f(g: fn(u8)) -> u8 {\n    self.a.load(Acquire)\n}\n";
        assert_eq!(ids(text), ["some::f: Acquire -> Relaxed"]);
        assert_eq!(found(text)[0].place, "src/some.rs:4");
        assert_eq!(changed(text), text.replace("load(Acquire", "load(crate::sync::Ordering::Relaxed"));
        assert_eq!(changed("a.store(1, Ordering::Release)"), "a.store(1, Ordering::Relaxed)");
    }

    #[test]
    fn each_occurrence_and_each_half_is_a_mutant_of_its_own() {
        assert_eq!(
            ids("fn f() { a.swap(1, AcqRel) }"),
            ["some::f: AcqRel -> Relaxed", "some::f: AcqRel -> Acquire", "some::f: AcqRel -> Release"]
        );
        let two = "fn f() { a.c(1, Acquire, Acquire) }\nfn g() { b.load(Acquire) }";
        let (first, second) = ("some::f: Acquire -> Relaxed", "some::f: Acquire (2) -> Relaxed");
        assert_eq!(ids(two), [first, second, "some::g: Acquire -> Relaxed"]);
    }

    #[test]
    fn what_the_scanner_knows_and_does_not_know() {
        let none = "pub(crate) use O::{\n    Acquire,\n};\n// Acquire: pairs\nfn f() { Acquired; Relaxed } // Release";
        assert_eq!(ids(none), [""; 0]);
        assert_eq!(ids("/* Acquire */ fn f() { \"Release\" }").len(), 2, "it has learnt more: say so above");
    }

    #[test]
    fn a_reason_belongs_to_a_mutant() {
        let sources = Sources::from([("src/a.rs".into(), "fn f() { Acquire }".into())]);
        let reasons = "# comment\na::f: Acquire -> Relaxed\n  no harm,\n  really\n";
        let mutants = mutants(&sources, reasons).unwrap();
        assert_eq!(mutants[0].may_survive.as_deref(), Some("  no harm,  really"));
        assert!(super::mutants(&sources, "a::g: Acquire -> Relaxed\n  why").is_err());
    }
}
