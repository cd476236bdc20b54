//! Are the models any good? Plants bugs in copies of the library, and sees whether they are caught.
//!
//! `cargo run -p loom-tests --bin weaken` copies the workspace to `target/weaken/tree` and runs the loom
//! models there: on the unchanged copy, on which they must pass, and then on one mutant after another.
//! See [`HELP`] for what it is told and what it says.
//!
//! - `orderings` weakens each memory ordering that it finds in the library, one at a time.
//! - `bugs` are bugs of logic, one replacement of text each.
//! - `survivors` is the list of mutants that may survive, each with the reason.

mod bugs;
mod mutant;
mod orderings;
mod process;
mod run;
mod scan;
mod survivors;
mod tree;

use mutant::{Mutant, Source};
use run::{Models, Outcome, Search};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs};
use survivors::SURVIVORS;
use tree::Tree;

const HELP: &str = "\
Plants bugs in copies of the library, one at a time, and runs the loom models on each.

Usage: cargo run -p loom-tests --bin weaken -- [--list] [TEXT]...

  TEXT     only the mutants whose name or place (src/FILE.rs:LINE) contains one of these texts
  --list   print the mutants, and run nothing
  --help   print this

Each mutant is first searched with at most one preemption, which takes seconds; those that are left with two, and
then as far as the models go. It is caught when a model fails or aborts. If the last search does not end in time (two
minutes, or three times what it took on the unchanged library), it timed out: that counts as caught, but is said, and
is a number of its own in the last line, since no model has failed.

Exit codes:
  0   each mutant was caught, or timed out, or survived and is in loom-tests/src/bin/weaken/survivors.rs
  1   a mutant survived that is not in that list, or the list is stale: an entry of it was caught, or
      is no mutant any more
  2   no answer: wrong usage, the models fail on the unchanged library, a mutant does not compile, or a
      planted bug no longer fits the library";

/// How many preemptions the models explore. Most mutants are caught in the first round, in seconds; those that
/// are not go on to the next. None: as many as each model says itself.
const ROUNDS: [Option<u32>; 3] = [Some(1), Some(2), None];

fn in_words(preemptions: Option<u32>) -> String {
    preemptions.map_or("with the models' own bounds".to_owned(), |count| format!("{count} preemptions"))
}

/// For one search of one mutant; three times as long as the unchanged library, if that is more.
#[allow(clippy::duration_suboptimal_units)] // `from_mins` is newer than the oldest compiler supported
const TIMEOUT: Duration = Duration::from_secs(2 * 60);

#[allow(clippy::duration_suboptimal_units)]
const UNCHANGED_TIMEOUT: Duration = Duration::from_secs(15 * 60);

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

/// Whether all is as `survivors` says.
fn weaken(arguments: Vec<String>) -> Result<bool, String> {
    let (options, texts): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|text| text.starts_with('-'));
    if options.iter().any(|option| option == "--help" || option == "-h") {
        println!("{HELP}");
        return Ok(true);
    }
    if let Some(option) = options.iter().find(|option| *option != "--list") {
        return Err(format!("there is no option {option}\n\n{HELP}"));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    let sources = tree::sources(root)?;
    let all = all_mutants(&sources)?;
    let unknown = unknown_survivors(&all);
    let chosen: Vec<_> = all.iter().filter(|mutant| is_chosen(mutant, &texts)).collect();
    if chosen.is_empty() {
        return Err(format!("no mutant has any of {texts:?} in its name or place"));
    }
    let contradictions = if options.is_empty() { run_all(root, &sources, &chosen)? } else { list(&chosen) };
    for line in unknown.iter().chain(&contradictions) {
        println!("{line}");
    }
    Ok(unknown.is_empty() && contradictions.is_empty())
}

fn all_mutants(sources: &[Source]) -> Result<Vec<Mutant>, String> {
    let mut mutants: Vec<_> = sources.iter().flat_map(orderings::mutants).collect();
    mutants.extend(bugs::mutants(sources)?);
    let mut ids: Vec<_> = mutants.iter().map(|mutant| &mutant.id).collect();
    ids.sort();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("two mutants have the name {:?}", pair[0])),
        None => Ok(mutants),
    }
}

fn unknown_survivors(all: &[Mutant]) -> Vec<String> {
    let ids: Vec<_> = all.iter().map(|mutant| mutant.id.as_str()).collect();
    let unknown = survivors::unknown(SURVIVORS, &ids);
    unknown.iter().map(|id| format!("{id}: is in the list of survivors, but is no mutant")).collect()
}

fn is_chosen(mutant: &Mutant, texts: &[String]) -> bool {
    texts.is_empty() || texts.iter().any(|text| mutant.id.contains(text) || mutant.place.contains(text))
}

fn list(mutants: &[&Mutant]) -> Vec<String> {
    for mutant in mutants {
        println!("{:<24} {} ({})", mutant.place, mutant.id, mutant.what);
    }
    println!("{} mutants", mutants.len());
    Vec::new()
}

/// Returns what `survivors` says wrongly.
fn run_all(root: &Path, sources: &[Source], mutants: &[&Mutant]) -> Result<Vec<String>, String> {
    let started = Instant::now();
    let directory = root.join("target/weaken");
    let tree = Tree::copy(root, directory.join("tree"))?;
    let models = Models {
        tree: tree.root().to_owned(),
        target: directory.join("target"),
        log: directory.join("last-run.log"),
    };
    let bench = Bench { tree, models, sources };
    let mut outcomes = Vec::new();
    let mut left = mutants.to_vec();
    for preemptions in ROUNDS {
        if left.is_empty() {
            break;
        }
        println!("{} mutants, {}", left.len(), in_words(preemptions));
        let took = bench.run_unchanged(Search { preemptions, timeout: UNCHANGED_TIMEOUT })?;
        let search = Search { preemptions, timeout: TIMEOUT.max(3 * took) };
        for mutant in std::mem::take(&mut left) {
            match bench.run_mutant(mutant, search)? {
                Outcome::Survived | Outcome::TimedOut(_) if preemptions.is_some() => left.push(mutant),
                outcome => outcomes.push((mutant.id.as_str(), outcome)),
            }
        }
    }
    summarize(&outcomes, started.elapsed())?;
    Ok(survivors::contradictions(SURVIVORS, &outcomes))
}

/// What it takes to run the models on a mutant.
struct Bench<'a> {
    tree: Tree,
    models: Models,
    sources: &'a [Source],
}

impl Bench<'_> {
    /// Returns how long it took.
    fn run_unchanged(&self, search: Search) -> Result<Duration, String> {
        println!("{:16}    the library as it is", "running");
        if let Some(Outcome::Broken(why)) = self.models.build()? {
            return Err(why);
        }
        let began = Instant::now();
        match self.models.check(search)? {
            Outcome::Survived => {}
            Outcome::Caught(by) | Outcome::TimedOut(by) => {
                let log = fs::read_to_string(&self.models.log).unwrap_or_default();
                return Err(format!(
                    "the models fail on the unchanged library, so they tell nothing: {by}\n{log}"
                ));
            }
            Outcome::Broken(why) => return Err(why),
        }
        let took = began.elapsed();
        let passed = run::count_passed(&self.models.log);
        println!("passed    {:6.1} s  {passed} models on the library as it is", took.as_secs_f64());
        Ok(took)
    }

    fn run_mutant(&self, mutant: &Mutant, search: Search) -> Result<Outcome, String> {
        let began = Instant::now();
        self.tree.apply(mutant)?;
        let outcome = match self.models.build()? {
            Some(broken) => broken,
            None => self.models.check(search)?,
        };
        let source = self.sources.iter().find(|source| source.path == mutant.path);
        self.tree.restore(source.expect("it was made from one"))?;
        report(mutant, &outcome, search, began.elapsed());
        Ok(outcome)
    }
}

fn report(mutant: &Mutant, outcome: &Outcome, search: Search, took: Duration) {
    let reason = survivors::reason(SURVIVORS, &mutant.id);
    let (verdict, detail) = verdict(outcome, search.preemptions.is_none(), reason);
    let Mutant { id, place, what, .. } = mutant;
    println!("{verdict:9} {:6.1} s  {place}: {id} ({what}){detail}", took.as_secs_f64());
}

/// In a word, and what there is to say of it; `reason`: why it may survive.
fn verdict(outcome: &Outcome, last_round: bool, reason: Option<&str>) -> (&'static str, String) {
    match outcome {
        Outcome::Survived | Outcome::TimedOut(_) if !last_round => ("left", String::new()),
        Outcome::Caught(by) => ("caught", format!("\n{:22}{by}", "")),
        Outcome::TimedOut(which) => ("timed out", format!("\n{:22}{which}", "")),
        Outcome::Survived => match reason {
            Some(reason) => ("survived", format!("\n{:22}as it may: {reason}", "")),
            None => ("SURVIVED", String::new()),
        },
        Outcome::Broken(why) => ("BROKEN", format!("\n{why}")),
    }
}

fn count(outcomes: &[(&str, Outcome)], is: fn(&Outcome) -> bool) -> usize {
    outcomes.iter().filter(|(_, outcome)| is(outcome)).count()
}

fn numbers(outcomes: &[(&str, Outcome)]) -> String {
    format!(
        "{} caught, {} timed out, {} survived, {} broken",
        count(outcomes, |outcome| matches!(outcome, Outcome::Caught(_))),
        count(outcomes, |outcome| matches!(outcome, Outcome::TimedOut(_))),
        count(outcomes, |outcome| matches!(outcome, Outcome::Survived)),
        count(outcomes, |outcome| matches!(outcome, Outcome::Broken(_))),
    )
}

fn summarize(outcomes: &[(&str, Outcome)], took: Duration) -> Result<(), String> {
    println!("{} mutants in {:.0} s: {}", outcomes.len(), took.as_secs_f64(), numbers(outcomes));
    let broken = count(outcomes, |outcome| matches!(outcome, Outcome::Broken(_)));
    if broken > 0 {
        return Err(format!(
            "{broken} mutants are no use: they do not compile, or stop the models from running"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed_out() -> Outcome {
        Outcome::TimedOut("no end of a::b".into())
    }

    #[test]
    fn who_timed_out_in_the_last_round_is_not_called_caught() {
        let detail = format!("\n{:22}no end of a::b", "");
        assert_eq!(verdict(&timed_out(), true, None), ("timed out", detail));
        assert_eq!(verdict(&timed_out(), false, None), ("left", String::new()));
        assert_eq!(verdict(&Outcome::Caught("a::b failed".into()), true, None).0, "caught");
    }

    #[test]
    fn who_timed_out_is_counted_apart() {
        let outcomes = [
            ("a", Outcome::Caught("a model".into())),
            ("b", timed_out()),
            ("c", Outcome::Caught("a model".into())),
            ("d", Outcome::Survived),
        ];
        assert_eq!(numbers(&outcomes), "2 caught, 1 timed out, 1 survived, 0 broken");
    }
}
