//! Mutants by rule: each memory ordering, weakened.

use crate::mutant::{Mutant, Source};
use crate::scan::{code_only, line_of, words};
use std::collections::HashMap;

/// Each ordering with what it is weakened to. `SeqCst` stands for a stronger one than the protocol
/// needs, since loom models it as `AcqRel`.
const WEAKER: [(&str, &[&str]); 4] = [
    ("Acquire", &["Relaxed"]),
    ("Release", &["Relaxed"]),
    ("AcqRel", &["Relaxed", "Acquire", "Release"]),
    ("SeqCst", &["Relaxed"]),
];

/// One mutant for each weakening of each ordering that the code of this file uses.
pub(crate) fn mutants(source: &Source) -> Vec<Mutant> {
    let code = code_only(&source.text);
    let stem = source.path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut seen = HashMap::new();
    let mut mutants = Vec::new();
    let mut function = "";
    let mut last = "";
    for range in words(&code) {
        let word = &code[range.clone()];
        if last == "fn" {
            function = word;
        }
        last = word;
        let Some((_, weaker)) = WEAKER.iter().find(|(ordering, _)| *ordering == word) else { continue };
        let nth = seen.entry((function, word)).and_modify(|nth| *nth += 1).or_insert(1);
        let nth = if *nth == 1 { String::new() } else { format!(" ({nth})") };
        // Written as a path, it stays one; a bare name may have no weaker one imported beside it.
        let prefix = if code[..range.start].ends_with("::") { "" } else { "crate::sync::Ordering::" };
        mutants.extend(weaker.iter().map(|weaker| {
            let mut text = source.text.clone();
            text.replace_range(range.clone(), &format!("{prefix}{weaker}"));
            Mutant {
                id: format!("{stem}::{function}: {word}{nth} -> {weaker}"),
                place: format!("{}:{}", source.path, line_of(&source.text, range.start)),
                what: "ordering weakened".into(),
                path: source.path.clone(),
                text,
            }
        }));
    }
    mutants
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Mutant> {
        mutants(&Source { path: "src/some.rs".into(), text: text.into() })
    }

    fn ids(text: &str) -> Vec<String> {
        found(text).into_iter().map(|mutant| mutant.id).collect()
    }

    #[test]
    fn an_ordering_is_weakened_where_it_stands() {
        let found = found("use x::{Acquire, Relaxed};\n\nfn f(&self) -> u8 {\n    self.a.load(Acquire)\n}\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, "some::f: Acquire -> Relaxed");
        assert_eq!(found[0].place, "src/some.rs:4");
        assert!(found[0].text.contains("self.a.load(crate::sync::Ordering::Relaxed)"));
        assert!(found[0].text.starts_with("use x::{Acquire, Relaxed};"));
    }

    #[test]
    fn a_path_keeps_its_beginning() {
        assert!(
            found("fn f() { a.store(1, atomic::Ordering::Release) }")[0]
                .text
                .contains("a.store(1, atomic::Ordering::Relaxed)")
        );
    }

    #[test]
    fn acquire_and_release_in_one_also_lose_one_half() {
        assert_eq!(
            ids("fn f() { a.swap(1, AcqRel) }"),
            ["some::f: AcqRel -> Relaxed", "some::f: AcqRel -> Acquire", "some::f: AcqRel -> Release"]
        );
    }

    #[test]
    fn each_occurrence_is_a_mutant_of_its_own() {
        let text = "fn f() { a.swap(1, Acquire); a.swap(2, Acquire) }\nfn g() { a.swap(3, Acquire) }";
        assert_eq!(
            ids(text),
            ["some::f: Acquire -> Relaxed", "some::f: Acquire (2) -> Relaxed", "some::g: Acquire -> Relaxed"]
        );
        assert!(
            found(text)[1].text.contains("a.swap(1, Acquire); a.swap(2, crate::sync::Ordering::Relaxed)")
        );
    }

    #[test]
    fn what_is_no_ordering_is_left_alone() {
        let text = "use Ordering::{Acquire, AcqRel};\n// Acquire: pairs with\nfn f() { \"Release\"; Acquired; Relaxed }";
        assert!(found(text).is_empty());
    }
}
