//! Mutants by hand: bugs that somebody could really write, each a diff in `loom-tests/bugs/STAGE/NAME.diff`.

use crate::tree::{self, Sources};
use std::fs;
use std::path::Path;

/// What is wrong in one copy of the library.
pub(crate) struct Mutant {
    /// Names it on the command line. It holds no line number, which would go stale with every edit above it.
    pub(crate) id: String,
    /// The file and line.
    pub(crate) place: String,
    /// What it does wrong.
    pub(crate) what: String,
    /// The models in the file of that name, if there is one, are the likeliest to catch it.
    pub(crate) stage: Option<String>,
    /// The reason why no model needs to catch it.
    pub(crate) may_survive: Option<String>,
    /// The files that differ from the library's, or why the bug is stale.
    pub(crate) changed: Result<Sources, String>,
}

/// One mutant for each diff in `loom-tests/bugs`. An error: a head that says too little.
pub(crate) fn planted(root: &Path, sources: &Sources) -> Result<Vec<Mutant>, String> {
    let bugs = root.join("loom-tests/bugs");
    let cannot = |error| format!("cannot read {}: {error}", bugs.display());
    let mut mutants = Vec::new();
    for file in tree::files(&bugs, ".diff").map_err(cannot)? {
        let text = fs::read_to_string(&file).map_err(cannot)?;
        let id = tree::from_root(&bugs, &file);
        let id = id.trim_end_matches(".diff");
        mutants.push(mutant(id, &text, sources).map_err(|why| format!("bugs/{id}.diff: {why}"))?);
    }
    Ok(mutants)
}

fn mutant(id: &str, text: &str, sources: &Sources) -> Result<Mutant, String> {
    let (head, _) = text.split_once("\n--- ").ok_or("it has no line that begins with `--- `")?;
    let field = |name: &str| {
        let mut lines = head.lines().skip_while(|line| !line.starts_with(name));
        let first = lines.next().map_or("", |line| line[name.len()..].trim()).to_owned();
        lines
            .take_while(|line| line.starts_with(' '))
            .fold(first, |text, line| format!("{text} {}", line.trim()))
    };
    let (what, expect, why) = (field("what:"), field("expect:"), field("why:"));
    if what.is_empty() {
        return Err("its head has no `what:`".into());
    }
    let may_survive = match (expect.as_str(), why.as_str()) {
        ("caught", "") => None,
        ("survives", why) if !why.is_empty() => Some(why.to_owned()),
        _ => return Err("its head needs `expect: caught`, or `expect: survives` and `why:`".into()),
    };
    let (place, changed) = match apply(&hunks(text), sources) {
        Ok((place, changed)) => (place, Ok(changed)),
        Err(why) => (format!("bugs/{id}.diff"), Err(why)),
    };
    let stage = id.split_once('/').map(|(stage, _)| stage.to_owned());
    Ok(Mutant { id: id.into(), place, what, stage, may_survive, changed })
}

/// A piece of a diff: lines of a file, and what they become.
#[derive(Default)]
struct Hunk<'a> {
    path: &'a str,
    old: Vec<&'a str>,
    new: Vec<&'a str>,
}

fn hunks(diff: &str) -> Vec<Hunk<'_>> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut path = "";
    let body = diff.lines().skip_while(|line| !line.starts_with("--- "));
    for line in body.filter(|line| !["--- ", "diff ", "index "].iter().any(|head| line.starts_with(head))) {
        if let Some(file) = line.strip_prefix("+++ ") {
            path = file.trim_start_matches("b/").trim_end();
        } else if line.starts_with("@@") {
            hunks.push(Hunk { path, ..Hunk::default() });
        } else if let Some(hunk) = hunks.last_mut() {
            match line.split_at_checked(1) {
                Some(("-", old)) => hunk.old.push(old),
                Some(("+", new)) => hunk.new.push(new),
                Some((" ", both)) => (hunk.old.push(both), hunk.new.push(both)).0,
                _ => (hunk.old.push(""), hunk.new.push("")).0,
            }
        }
    }
    hunks
}

/// Returns the place of the first hunk, and the changed files.
///
/// The line numbers in the diff do not count, nor does the indentation: the old lines of each hunk have to stand
/// in the file exactly once.
fn apply(hunks: &[Hunk], sources: &Sources) -> Result<(String, Sources), String> {
    let mut found = Vec::new();
    for (nth, hunk) in hunks.iter().enumerate() {
        let line = find(hunk, sources).map_err(|why| {
            format!("hunk {} of {}: {why}:\n    {}", nth + 1, hunks.len(), hunk.old.join("\n    "))
        })?;
        found.push((line, hunk));
    }
    let (line, first) = found.first().ok_or("it has no hunk")?;
    let place = format!("{}:{}", first.path, line + 1);
    // From the last to the first, so that the lines found stay right.
    found.sort_by_key(|(line, hunk)| (hunk.path, std::cmp::Reverse(*line)));
    let mut changed = Sources::new();
    for (line, hunk) in found {
        let text = changed.entry(hunk.path.to_owned()).or_insert_with(|| sources[hunk.path].clone());
        let mut lines: Vec<_> = text.lines().collect();
        lines.splice(line..line + hunk.old.len(), hunk.new.iter().copied());
        *text = lines.join("\n") + "\n";
    }
    Ok((place, changed))
}

/// The index of the only line at which the old lines of the hunk begin.
fn find(hunk: &Hunk, sources: &Sources) -> Result<usize, String> {
    if hunk.old.is_empty() || hunk.old == hunk.new {
        return Err("it has no old lines, or changes nothing".into());
    }
    let places = |text: &str| -> Vec<usize> {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let is_old = |lines: &[&str]| lines.iter().zip(&hunk.old).all(|(line, old)| *line == old.trim());
        let windows = lines.windows(hunk.old.len()).enumerate();
        windows.filter(|(_, lines)| is_old(lines)).map(|(at, _)| at).collect()
    };
    match sources.get(hunk.path).map(|text| places(text)).unwrap_or_default()[..] {
        [at] => Ok(at),
        [] => {
            let elsewhere = sources.iter().find(|(_, text)| !places(text).is_empty());
            let elsewhere = elsewhere.map(|(path, _)| format!(" (but {path} does)")).unwrap_or_default();
            Err(format!("{} does not contain these lines{elsewhere}", hunk.path))
        }
        ref several => Err(format!("{} contains these lines {} times", hunk.path, several.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "what: F6: nobody wakes,\n  at all\nexpect: caught\n\n";
    const DIFF: &str =
        "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -70,2 +70,1 @@\n {\n-change();\n@@ @@\n-wake();\n+change();\n";

    fn sources(text: &str) -> Sources {
        Sources::from([("src/a.rs".into(), text.into()), ("src/b.rs".into(), "only_here();\n".into())])
    }

    fn planted(diff: &str, text: &str) -> Mutant {
        mutant("wait/name", &format!("{HEAD}{diff}"), &sources(text)).unwrap()
    }

    fn stale(diff: &str, text: &str) -> String {
        planted(diff, text).changed.unwrap_err()
    }

    #[test]
    fn all_hunks_are_applied_wherever_their_lines_stand() {
        let mutant = planted(DIFF, "fn f()\n  {\n    change();\n    wake();\n  }\n");
        assert_eq!(mutant.changed.unwrap()["src/a.rs"], "fn f()\n{\nchange();\n  }\n");
        assert_eq!((mutant.place.as_str(), mutant.stage.as_deref()), ("src/a.rs:2", Some("wait")));
        assert_eq!(mutant.what, "F6: nobody wakes, at all");
    }

    #[test]
    fn a_diff_may_change_several_files() {
        let diff =
            format!("{DIFF}diff --git\nindex 1\n--- a/src/b.rs\n+++ b/src/b.rs\n@@ @@\n-only_here();\n");
        let changed = planted(&diff, "{\nchange();\nwake();\n").changed.unwrap();
        assert_eq!(
            changed,
            Sources::from([("src/a.rs".into(), "{\nchange();\n".into()), ("src/b.rs".into(), "\n".into())])
        );
    }

    #[test]
    fn a_stale_diff_names_the_hunk() {
        let missing = stale(DIFF, "{\nchange();\n");
        assert!(
            missing.starts_with("hunk 2 of 2: src/a.rs does not contain these lines:\n    wake();"),
            "{missing}"
        );
        assert!(stale(DIFF, "{\nchange();\nwake();\nwake();\n").contains("contains these lines 2 times"));
        assert!(stale(&DIFF.replace("wake", "only_here"), "{\nchange();\n").contains("(but src/b.rs does)"));
    }

    #[test]
    fn a_head_says_what_and_what_to_expect() {
        let error = |head: &str| mutant("wait/name", &format!("{head}\n{DIFF}"), &sources("")).err();
        assert!(error("what: F1\nexpect: caught").is_none());
        assert!(error("what: F1\nexpect: survives\nwhy: no harm").is_none());
        for bad in ["", "what: F1", "expect: caught", "what: F1\nexpect: survives", "what: F1\nexpect: luck"]
        {
            assert!(error(bad).is_some(), "{bad}");
        }
    }
}
