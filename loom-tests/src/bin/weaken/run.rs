//! Runs the models on the copy, and tells what became of them.

use crate::process::{End, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Seconds. Compiling the models takes a few once their dependencies are there, and minutes before.
const BUILD_TIMEOUT: u64 = 15 * 60;

/// What the models say of a tree.
pub(crate) enum Outcome {
    /// Which model failed, and how.
    Caught(String),
    Survived,
    /// No model failed while there was time, and which ones had not ended.
    TimedOut(String),
    /// Nothing was found out, and why.
    Broken(String),
}

/// How to run the models.
pub(crate) struct Models {
    pub(crate) tree: PathBuf,
    pub(crate) target: PathBuf,
    /// What cargo and the models print; the last run's only.
    pub(crate) log: PathBuf,
}

/// How far the models search, and for how long they may.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    /// None: as far as each model says itself.
    pub(crate) preemptions: Option<u32>,
    pub(crate) timeout: Duration,
}

impl Models {
    /// Compiles the models. None if that was possible.
    ///
    /// By itself, so that a mutant that does not compile cannot pass for one that was caught.
    pub(crate) fn build(&self) -> Result<Option<Outcome>, String> {
        let (end, log) = self.run(
            self.cargo().args(["--no-run", "--quiet"]),
            Duration::from_secs(BUILD_TIMEOUT),
            &|_| false,
        )?;
        Ok((end != End::Success).then(|| Outcome::Broken(format!("the models cannot be built:\n{log}"))))
    }

    /// Runs the models, two at a time, until one fails or the time is over.
    pub(crate) fn check(&self, search: Search) -> Result<Outcome, String> {
        let mut command = self.cargo();
        command.args(["--", "--test-threads=2", "--nocapture"]);
        // If this tool is interrupted, this limit ends the models; before that, it does so itself.
        command.env("LOOM_MAX_DURATION", search.timeout.as_secs().to_string());
        if let Some(preemptions) = search.preemptions {
            command.env("LOOM_MAX_PREEMPTIONS", preemptions.to_string());
        }
        let (end, log) = self.run(&mut command, search.timeout, &|log| Progress::of(log).failed.is_some())?;
        Ok(judge(end, &log))
    }

    fn cargo(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.tree);
        command.args(["test", "-p", "loom-tests", "--test", "loom", "--target-dir"]).arg(&self.target);
        // A mutant has unused imports and the like: no flags of the caller shall make errors of them.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        // Loom takes its limits from the environment; only those of `check` are to hold.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"LOOM_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn run(
        &self,
        command: &mut Command,
        timeout: Duration,
        is_decided: &dyn Fn(&str) -> bool,
    ) -> Result<(End, String), String> {
        run(command, &self.log, timeout, is_decided)
            .map_err(|error| format!("cannot run {command:?}: {error}"))
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
                let message = lines.next().unwrap_or_default();
                progress.panicked.get_or_insert((name, message));
            } else if let Some((name, verdict)) = verdict(line) {
                progress.slow.retain(|slow| *slow != name);
                match verdict {
                    "ok" => progress.passed += 1,
                    "FAILED" if progress.failed.is_none() => progress.failed = Some(name),
                    _ => {}
                }
            } else if let Some(name) = slow(line) {
                progress.slow.push(name);
            }
        }
        progress
    }
}

fn verdict(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.split_once(" ... ")
}

fn slow(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.split_once(" has been running for over").map(|(name, _)| name)
}

fn panicked(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("thread '")?;
    let (name, rest) = rest.split_once('\'')?;
    rest.contains(" panicked at ").then_some(name)
}

fn judge(end: End, log: &str) -> Outcome {
    let progress = Progress::of(log);
    let said = |model: &str| match progress.panicked {
        Some((name, message)) if name == model => format!(": {message}"),
        _ => String::new(),
    };
    match (end, progress.failed, progress.panicked) {
        (End::Success, ..) if progress.passed > 0 => Outcome::Survived,
        (End::Success, ..) => Outcome::Broken(format!("no model was run:\n{log}")),
        (_, Some(name), _) => Outcome::Caught(format!("{name} failed{}", said(name))),
        (End::Failure, None, Some((name, message))) => Outcome::Caught(format!("{name} aborted: {message}")),
        (End::TimedOut, None, Some((name, message))) => {
            Outcome::Caught(format!("{name} did not end after it panicked: {message}"))
        }
        (End::TimedOut, None, None) => Outcome::TimedOut(format!("no end of {}", progress.slow.join(", "))),
        _ => Outcome::Broken(format!("the run failed, but no model did:\n{log}")),
    }
}

/// The models in the output of a run, in the words of the summary.
pub(crate) fn count_passed(log: &Path) -> usize {
    std::fs::read_to_string(log).map_or(0, |log| Progress::of(&log).passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(end: End, log: &str) -> String {
        match judge(end, log) {
            Outcome::Caught(by) => by,
            Outcome::Survived => "survived".into(),
            Outcome::TimedOut(which) => format!("timed out: {which}"),
            Outcome::Broken(why) => format!("broken: {}", why.lines().next().unwrap_or_default()),
        }
    }

    #[test]
    fn a_failed_model_is_named_with_its_first_panic() {
        let log = "\nrunning 3 tests\ntest a::b ... ok\ntest a::c ... FAILED\n";
        assert_eq!(told(End::Decided, log), "a::c failed");
        let log = "\nthread 'a::c' (17) panicked at f.rs:1:2:\na second leader\nnote: more\ntest a::d ... ok\ntest a::c ... FAILED\n";
        assert_eq!(told(End::Failure, log), "a::c failed: a second leader");
        let log = "thread 'a::d' panicked at f.rs:1:2:\nanother\ntest a::c ... FAILED\n";
        assert_eq!(told(End::Failure, log), "a::c failed");
    }

    #[test]
    fn a_model_that_aborted_is_named() {
        let log = "test a::b ... ok\nthread 'a::c' panicked at f.rs:\nfirst\nthread 'a::c' panicked at f.rs:\nsecond\n";
        assert_eq!(told(End::Failure, log), "a::c aborted: first");
    }

    #[test]
    fn the_models_that_did_not_end_in_time_are_named() {
        let slow = " has been running for over 60 seconds\n";
        let log = format!("test a::b{slow}test a::c{slow}test a::b ... ok\n");
        assert_eq!(told(End::TimedOut, &log), "timed out: no end of a::c");
    }

    #[test]
    fn only_a_run_that_ran_a_model_survives() {
        let passed =
            "something printed\ntest a ... ok\ntest b ... ignored, slow\n\ntest result: ok. 1 passed";
        assert_eq!(told(End::Success, passed), "survived");
        assert_eq!(Progress::of(passed).passed, 1);
        assert_eq!(told(End::Success, "running 0 tests\n\ntest result: ok."), "broken: no model was run:");
        assert_eq!(told(End::Failure, "error: no such target"), "broken: the run failed, but no model did:");
    }
}
