//! Are the models any good? Plants bugs in copies of the library, and sees whether they are caught. See [`HELP`].
//!
//! - `tree` has the library's files, and copies the workspace to `target/weaken/tree`.
//! - `mutant` reads the planted bugs, diffs in `loom-tests/bugs`.
//! - `orderings` weakens each memory ordering that it finds in the library.
//! - `run` and `process` run the models on a mutant.

mod mutant;
mod orderings;
mod process;
mod run;
mod tree;

use mutant::Mutant;
use run::{Bounds, Models, Outcome, Search};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs};
use tree::Sources;

const HELP: &str = "\
Plants bugs in copies of the library, one at a time, and runs the loom models on each.

Usage: cargo run -p loom-tests --bin weaken -- [--list | --check | --by=FILE] [TEXT]...

  TEXT     only the mutants whose name or place (src/FILE.rs:LINE) contains one of these texts
  --list   print the mutants, and run nothing
  --check  print the stale bugs, and run nothing
  --by=FILE  run the models of loom-tests/tests/loom/FILE.rs alone, with at most one preemption, and tell how many of the
           mutants they notice: --by=programs is a measure of the programs and of their oracle
  --help   print this

Mutants are each weakening of each memory ordering in src, and the bugs in loom-tests/bugs/STAGE/NAME.diff. To add a
bug, plant it, `git diff -U1 src > loom-tests/bugs/STAGE/NAME.diff`, `git restore src`, and write on top of the file:

  what: F1: the forbidden outcome of src/docs/protocol.rs, or the promise that it breaks, and what the bug is
  expect: caught               (or `survives`, and then `why:`; for orderings: loom-tests/bugs/orderings.txt)

STAGE is the file in loom-tests/tests/loom with the likeliest models, which run first, or any other name. Line numbers
and indentation in a diff do not count. A bug is stale if the old lines of a hunk do not stand in the file exactly once.

Each mutant is first searched with at most one preemption, which takes seconds; those that are left with two, of each
model the first some thousand executions; and then, but for those that may survive, as far as the models go. It is caught when a model fails or aborts. If the last search does not end in time (two
minutes, or three times what it took on the unchanged library), it timed out: that contradicts nothing, but is said, and
is a number of its own in the last line, since no model has failed.

Exit codes:
  0   each mutant was caught, timed out, or survived as it may
  1   a mutant survived that was expected to be caught, or was caught although it is said to survive
  2   no answer: wrong usage, the models fail on the unchanged library, a mutant does not compile, or a bug is stale";

/// One search after the other, each of what the ones before it have left.
const ROUNDS: [Bounds; 3] = [
    Bounds { preemptions: Some(1), executions: None },
    // A few models take most of the time of all.
    Bounds { preemptions: Some(2), executions: Some(4000) },
    Bounds { preemptions: None, executions: None },
];

/// For one search of one mutant; three times as long as the unchanged library, if that is more.
const TIMEOUT: Duration = Duration::from_secs(120);
const UNCHANGED_TIMEOUT: Duration = Duration::from_secs(900);

fn main() -> ExitCode {
    match weaken(env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("weaken: {message}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is as expected.
fn weaken(arguments: Vec<String>) -> Result<bool, String> {
    let (options, texts): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|text| text.starts_with('-'));
    let mut by = None;
    let (list, check) = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (false, false),
        ["--list"] => (true, false),
        ["--check"] => (false, true),
        [option] if option.starts_with("--by=") => {
            by = option.strip_prefix("--by=");
            (false, false)
        }
        ["--help" | "-h"] => {
            println!("{HELP}");
            return Ok(true);
        }
        _ => return Err(format!("these options do not go: {options:?}\n\n{HELP}")),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    let sources = tree::sources(root)?;
    let reasons = fs::read_to_string(root.join("loom-tests/bugs/orderings.txt"))
        .map_err(|error| format!("cannot read bugs/orderings.txt: {error}"))?;
    let mut mutants = orderings::mutants(&sources, &reasons)?;
    mutants.extend(mutant::planted(root, &sources)?);
    let is_chosen = |mutant: &Mutant| {
        texts.is_empty() || texts.iter().any(|text| mutant.id.contains(text) || mutant.place.contains(text))
    };
    mutants.retain(is_chosen);
    if mutants.is_empty() {
        return Err(format!("no mutant has any of {texts:?} in its name or place"));
    }
    if list {
        for Mutant { place, id, what, .. } in &mutants {
            println!("{place:<32} {id} ({what})");
        }
    }
    let stale: Vec<_> =
        mutants.iter().filter_map(|mutant| Some((mutant, mutant.changed.as_ref().err()?))).collect();
    for (mutant, why) in &stale {
        println!("stale: loom-tests/bugs/{}.diff, {why}", mutant.id);
    }
    println!("{} mutants, {} stale", mutants.len(), stale.len());
    match stale.len() {
        0 if list || check => Ok(true),
        0 => match by {
            Some(file) => notice(root, &sources, &mutants, file),
            None => run_all(root, &sources, &mutants),
        },
        stale => Err(format!("{stale} bugs no longer fit the library")),
    }
}

/// Whether all is as expected.
fn run_all(root: &Path, sources: &Sources, mutants: &[Mutant]) -> Result<bool, String> {
    let started = Instant::now();
    let models = Models { folder: root.join("target/weaken"), only: None };
    tree::copy(root, &models.tree())?;
    let mut outcomes = Vec::new();
    let mut left: Vec<_> = mutants.iter().collect();
    for bounds in ROUNDS {
        if left.is_empty() {
            break;
        }
        println!("{} mutants, {bounds}", left.len());
        let took = run_unchanged(&models, Search { bounds, timeout: UNCHANGED_TIMEOUT })?;
        let search = Search { bounds, timeout: TIMEOUT.max(3 * took) };
        for mutant in std::mem::take(&mut left) {
            match run_mutant(&models, mutant, sources, search)? {
                Outcome::Survived(_) | Outcome::TimedOut(_) if goes_on(mutant, search) => left.push(mutant),
                outcome => outcomes.push((mutant, outcome)),
            }
        }
    }
    println!(
        "{} mutants in {:.0} s: {}",
        outcomes.len(),
        started.elapsed().as_secs_f64(),
        numbers(&outcomes)
    );
    if outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Broken(_))) {
        return Err("the broken mutants do not compile, or stop the models from running".into());
    }
    let contradictions: Vec<_> =
        outcomes.iter().filter_map(|(mutant, outcome)| contradiction(mutant, outcome)).collect();
    for line in &contradictions {
        println!("{line}");
    }
    Ok(contradictions.is_empty())
}

/// Tells how many of the mutants the models of one file notice. That some are not is no contradiction.
fn notice(root: &Path, sources: &Sources, mutants: &[Mutant], file: &str) -> Result<bool, String> {
    let models = Models { folder: root.join("target/weaken"), only: Some(file.to_owned()) };
    tree::copy(root, &models.tree())?;
    let took = run_unchanged(&models, Search { bounds: ROUNDS[0], timeout: UNCHANGED_TIMEOUT })?;
    let search = Search { bounds: ROUNDS[0], timeout: TIMEOUT.max(3 * took) };
    let mut noticed = 0;
    for mutant in mutants {
        noticed += usize::from(matches!(run_mutant(&models, mutant, sources, search)?, Outcome::Caught(_)));
    }
    println!("the models of {file} notice {noticed} of {} mutants", mutants.len());
    Ok(true)
}

/// Whether there is another search after this one, should the mutant not be caught. Those that may survive are spared the
/// longest, which would find out nothing.
fn goes_on(mutant: &Mutant, search: Search) -> bool {
    let last = if mutant.may_survive.is_some() { ROUNDS[1] } else { ROUNDS[2] };
    search.bounds != last
}

/// Returns how long it took, without building.
fn run_unchanged(models: &Models, search: Search) -> Result<Duration, String> {
    // Builds the models, and runs one file of them.
    models.check(search, Some("alone"))?;
    let began = Instant::now();
    match models.check(search, None)? {
        Outcome::Survived(passed) => {
            let took = began.elapsed();
            println!("passed    {:6.1} s  {passed} models on the library as it is", took.as_secs_f64());
            Ok(took)
        }
        Outcome::Broken(why) => Err(why),
        Outcome::Caught(by) | Outcome::TimedOut(by) => {
            let log = fs::read_to_string(models.log()).unwrap_or_default();
            Err(format!("the models fail on the unchanged library, so they tell nothing: {by}\n{log}"))
        }
    }
}

fn run_mutant(
    models: &Models,
    mutant: &Mutant,
    sources: &Sources,
    search: Search,
) -> Result<Outcome, String> {
    let began = Instant::now();
    let changed = mutant.changed.as_ref().map_err(String::clone)?;
    tree::write(&models.tree(), changed)?;
    let outcome = models.check(search, mutant.stage.as_deref())?;
    let original = changed.keys().map(|path| (path.clone(), sources[path].clone()));
    tree::write(&models.tree(), &original.collect())?;
    let (verdict, detail) = match &outcome {
        Outcome::Survived(_) | Outcome::TimedOut(_) if goes_on(mutant, search) => ("left", ""),
        Outcome::Survived(_) => {
            mutant.may_survive.as_deref().map_or(("SURVIVED", ""), |why| ("survived", why))
        }
        Outcome::Caught(by) => ("caught", by.as_str()),
        Outcome::TimedOut(which) => ("timed out", which.as_str()),
        Outcome::Broken(why) => ("BROKEN", why.as_str()),
    };
    let Mutant { id, place, what, .. } = mutant;
    println!("{verdict:9} {:6.1} s  {place}: {id} ({what})", began.elapsed().as_secs_f64());
    if !detail.is_empty() {
        println!("{:22}{detail}", "");
    }
    Ok(outcome)
}

fn numbers(outcomes: &[(&Mutant, Outcome)]) -> String {
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|(_, outcome)| is(outcome)).count();
    format!(
        "{} caught, {} timed out, {} survived, {} broken",
        count(|outcome| matches!(outcome, Outcome::Caught(_))),
        count(|outcome| matches!(outcome, Outcome::TimedOut(_))),
        count(|outcome| matches!(outcome, Outcome::Survived(_))),
        count(|outcome| matches!(outcome, Outcome::Broken(_))),
    )
}

/// What was expected and did not happen. A time-out says nothing against either.
fn contradiction(mutant: &Mutant, outcome: &Outcome) -> Option<String> {
    match (outcome, &mutant.may_survive) {
        (Outcome::Survived(_), None) => Some(format!("{}: survived, and has no reason to", mutant.id)),
        (Outcome::Caught(_), Some(_)) => Some(format!("{}: was caught, and is said to survive", mutant.id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(may_survive: bool) -> Mutant {
        let sources = Sources::from([("src/a.rs".into(), "fn f() { Acquire }".into())]);
        let reason = if may_survive { "a::f: Acquire -> Relaxed\n no harm" } else { "" };
        orderings::mutants(&sources, reason).unwrap().remove(0)
    }

    #[test]
    fn those_that_may_survive_are_not_searched_to_the_end() {
        let rounds = |may_survive| {
            let mutant = mutant(may_survive);
            let goes_on = |&&bounds: &&_| goes_on(&mutant, Search { bounds, timeout: TIMEOUT });
            1 + ROUNDS.iter().take_while(goes_on).count()
        };
        assert_eq!((rounds(false), rounds(true)), (3, 2));
    }

    #[test]
    fn what_was_expected_is_no_contradiction_and_neither_is_a_timeout() {
        let (caught, survived) = (|| Outcome::Caught("a::b failed".into()), || Outcome::Survived(1));
        let timed_out = || Outcome::TimedOut("no end of a::b".into());
        let contradicts = |may_survive, outcome| contradiction(&mutant(may_survive), &outcome).is_some();
        assert!(!contradicts(false, caught()) && contradicts(false, survived()));
        assert!(contradicts(true, caught()) && !contradicts(true, survived()));
        assert!(!contradicts(true, timed_out()) && !contradicts(false, timed_out()));
        let mutant = mutant(false);
        let outcomes = [(&mutant, caught()), (&mutant, timed_out()), (&mutant, caught())];
        assert_eq!(numbers(&outcomes), "2 caught, 1 timed out, 0 survived, 0 broken");
    }
}
