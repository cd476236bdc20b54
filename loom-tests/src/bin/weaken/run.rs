//! Runs the models on the copy, and tells what became of them.

use crate::process::{End, run};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What the models say of a tree.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Which model failed, and how.
    Caught(String),
    /// How many models passed.
    Survived(usize),
    /// No model failed while there was time, and which ones had not ended.
    TimedOut(String),
    /// Nothing was found out, and why.
    Broken(String),
}

/// How far the models search, and for how long they may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    pub(crate) bounds: Bounds,
    pub(crate) timeout: Duration,
}

/// How far. None: as far as each model says itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) preemptions: Option<u32>,
    /// Of each model, the first ones.
    pub(crate) executions: Option<u32>,
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said =
            |bound: Option<u32>| bound.map_or("as the models say".to_owned(), |bound| bound.to_string());
        write!(f, "preemptions: {}, executions: {}", said(self.preemptions), said(self.executions))
    }
}

/// A folder with the copy in `tree`, its build output in `target`, and the log of the last run.
pub(crate) struct Models {
    pub(crate) folder: PathBuf,
    /// None: those of all files.
    pub(crate) only: Option<String>,
}

impl Models {
    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// Builds the models and runs them, two at a time, until one fails or the time is over.
    ///
    /// Building is a step by itself, so that a mutant that does not compile cannot pass for one that was caught.
    /// The models of the file `first` run before the others, if there is such a file.
    pub(crate) fn check(&self, search: Search, first: Option<&str>) -> Result<Outcome, String> {
        // Seconds. It takes minutes only before the dependencies are there.
        let build = Search { timeout: Duration::from_secs(15 * 60), ..search };
        let (end, log) = self.run(build, &["--no-run", "--quiet"], |_| false)?;
        if end != End::Success {
            return Ok(Outcome::Broken(format!("the models cannot be built:\n{log}")));
        }
        let started = Instant::now();
        let first = self.only.as_deref().or(first);
        let first =
            first.filter(|file| self.tree().join(format!("loom-tests/tests/loom/{file}.rs")).exists());
        let first = first.map(|file| format!("{file}::"));
        let parts = match &first {
            Some(only) if self.only.is_some() => vec![vec![only.as_str()]],
            Some(first) => vec![vec![first.as_str()], vec!["--skip", first]],
            None => vec![vec![]],
        };
        let mut passed = 0;
        for part in parts {
            let timeout = search.timeout.saturating_sub(started.elapsed());
            let arguments = [&["--", "--test-threads=2", "--nocapture"], &part[..]].concat();
            let is_decided = |log: &str| Progress::of(log).failed.is_some();
            let (end, log) = self.run(Search { timeout, ..search }, &arguments, is_decided)?;
            match judge(end, &log) {
                Outcome::Survived(models) => passed += models,
                outcome => return Ok(outcome),
            }
        }
        Ok(Outcome::Survived(passed))
    }

    fn run(
        &self,
        search: Search,
        arguments: &[&str],
        is_decided: fn(&str) -> bool,
    ) -> Result<(End, String), String> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(self.tree());
        command.args(["test", "-p", "loom-tests", "--test", "loom", "--config", "profile.dev.debug=0"]);
        // A mutant has unused imports and the like: no flags of the caller shall make errors of them.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        // Loom takes its limits from the environment: only those of `search` are to hold.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"LOOM_"))
        {
            command.env_remove(name);
        }
        let Bounds { preemptions, executions } = search.bounds;
        if let Some(preemptions) = preemptions {
            command.env("LOOM_MAX_PREEMPTIONS", preemptions.to_string());
        }
        if let Some(executions) = executions {
            // Loom looks at its limits at each checkpoint only.
            for name in ["LOOM_MAX_PERMUTATIONS", "LOOM_CHECKPOINT_INTERVAL"] {
                command.env(name, executions.to_string());
            }
        }
        if preemptions == Some(1) {
            // A short search: building without optimisation saves more than running costs.
            command.args(["--config", "profile.dev.package.loom-tests.opt-level=0"]);
        }
        // If this tool is interrupted, this limit ends the models. Before that, the tool does so itself.
        command.env("LOOM_MAX_DURATION", search.timeout.as_secs().max(1).to_string());
        command.arg("--target-dir").arg(self.folder.join("target")).args(arguments);
        run(&mut command, &self.log(), search.timeout, is_decided)
            .map_err(|error| format!("cannot run {command:?}: {error}"))
    }

    pub(crate) fn log(&self) -> PathBuf {
        Path::new(&self.folder).join("last-run.log")
    }
}

/// What libtest has said of the models so far.
#[derive(Default)]
struct Progress<'a> {
    passed: usize,
    failed: Option<&'a str>,
    /// The model that panicked first, and its message. The panics of creation functions that are part of a
    /// model print nothing.
    panicked: Option<(&'a str, &'a str)>,
    /// Those of which libtest said that they take long, and not that they ended.
    slow: Vec<&'a str>,
}

impl<'a> Progress<'a> {
    /// From its output with two threads: `test NAME ... ok` or `FAILED` in one piece when a model ends, maybe
    /// after the end of a line that something else printed; and `thread 'NAME' (ID) panicked at` from std.
    fn of(log: &'a str) -> Self {
        let mut progress = Self::default();
        let mut lines = log.lines();
        while let Some(line) = lines.next() {
            if let Some(name) = panicked(line) {
                progress.panicked.get_or_insert((name, lines.next().unwrap_or_default()));
            }
            let Some(line) = line.strip_prefix("test ") else { continue };
            if let Some((name, verdict)) = line.split_once(" ... ") {
                progress.slow.retain(|slow| *slow != name);
                progress.passed += usize::from(verdict == "ok");
                if verdict == "FAILED" {
                    progress.failed.get_or_insert(name);
                }
            } else if let Some((name, _)) = line.split_once(" has been running for over") {
                progress.slow.push(name);
            }
        }
        progress
    }
}

fn panicked(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once("thread '")?.1.split_once('\'')?;
    rest.contains(" panicked at ").then_some(name)
}

fn judge(end: End, log: &str) -> Outcome {
    let progress = Progress::of(log);
    match (end, progress.failed, progress.panicked) {
        (End::Success, ..) if progress.passed > 0 => Outcome::Survived(progress.passed),
        (End::Success, ..) => Outcome::Broken(format!("no model was run:\n{log}")),
        (_, Some(name), Some((first, message))) if name == first => {
            Outcome::Caught(format!("{name} failed: {message}"))
        }
        (_, Some(name), _) => Outcome::Caught(format!("{name} failed")),
        (End::Failure, None, Some((name, message))) => Outcome::Caught(format!("{name} aborted: {message}")),
        (End::TimedOut, None, Some((name, message))) => {
            Outcome::Caught(format!("{name} did not end after it panicked: {message}"))
        }
        (End::TimedOut, None, None) => Outcome::TimedOut(format!("no end of {}", progress.slow.join(", "))),
        _ => Outcome::Broken(format!("the run failed, but no model did:\n{log}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(by: &str) -> Outcome {
        Outcome::Caught(by.into())
    }

    #[test]
    fn a_failed_or_aborted_model_is_named_with_its_first_panic() {
        let panic =
            "\nthread 'a::c' (17) panicked at f.rs:1:2:\na second leader\nnote: more\ntest a::d ... ok\n";
        assert_eq!(judge(End::Decided, "test a::b ... ok\ntest a::c ... FAILED\n"), caught("a::c failed"));
        let failed = format!("{panic}test a::c ... FAILED\n");
        assert_eq!(judge(End::Failure, &failed), caught("a::c failed: a second leader"));
        assert_eq!(judge(End::Failure, &format!("{panic}test a::e ... FAILED\n")), caught("a::e failed"));
        assert_eq!(judge(End::Failure, panic), caught("a::c aborted: a second leader"));
    }

    #[test]
    fn the_models_that_did_not_end_in_time_are_named() {
        let slow = " has been running for over 60 seconds\n";
        let log = format!("test a::b{slow}test a::c{slow}test a::b ... ok\n");
        assert_eq!(judge(End::TimedOut, &log), Outcome::TimedOut("no end of a::c".into()));
    }

    #[test]
    fn only_a_run_that_ran_a_model_survives() {
        let passed = "printed\ntest a ... ok\ntest b ... ignored, slow\n\ntest result: ok. 1 passed";
        assert_eq!(judge(End::Success, passed), Outcome::Survived(1));
        for (end, log) in [(End::Success, "test result: ok."), (End::Failure, "error: no such target")] {
            assert!(matches!(judge(end, log), Outcome::Broken(_)), "{log}");
        }
    }
}
