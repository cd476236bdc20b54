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

impl Models {
    /// Compiles the models and runs them one by one, until one fails or `timeout` has passed.
    pub(crate) fn check(&self, timeout: Duration) -> Result<Outcome, String> {
        // By itself, so that a mutant that does not compile cannot pass for one that was caught.
        let (end, log) = self.run(
            self.cargo().args(["--no-run", "--quiet"]),
            Duration::from_secs(BUILD_TIMEOUT),
            &|_| false,
        )?;
        if end != End::Success {
            return Ok(Outcome::Broken(format!("the models cannot be built:\n{log}")));
        }
        let mut command = self.cargo();
        command.args(["--", "--test-threads=1", "--nocapture"]);
        command.env("LOOM_MAX_DURATION", timeout.as_secs().to_string());
        let (end, log) = self.run(&mut command, timeout, &|log| Progress::of(log).failed.is_some())?;
        Ok(judge(end, &log))
    }

    fn cargo(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.tree);
        command.args(["test", "-p", "loom-tests", "--test", "loom", "--target-dir"]).arg(&self.target);
        // A mutant has unused imports and the like: no flags of the caller shall make errors of them.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        // Loom takes its limits from the environment; less than a whole search proves nothing. If this
        // tool is interrupted, the limit that `check` sets ends the models; before that, `timeout` does.
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

/// Which models libtest has started and seen the end of.
#[derive(Default)]
struct Progress<'a> {
    passed: usize,
    failed: Option<&'a str>,
    /// The one that has neither passed nor failed.
    running: Option<&'a str>,
    /// What the first panic of `failed` or `running` says.
    message: Option<&'a str>,
}

impl<'a> Progress<'a> {
    /// From its output with one thread: `test NAME ... ` when it starts, `ok` or `FAILED` at the end, and
    /// whatever the model prints in between.
    fn of(log: &'a str) -> Self {
        let mut progress = Self::default();
        let mut lines = log.lines();
        while let Some(line) = lines.next() {
            let mut text = line;
            if let Some((name, rest)) = line.strip_prefix("test ").and_then(|test| test.split_once(" ... ")) {
                progress.running = Some(name);
                progress.message = None;
                text = rest;
            }
            match (text, progress.running) {
                ("FAILED", Some(name)) => {
                    progress.failed = Some(name);
                    break;
                }
                ("ok", Some(_)) => {
                    progress.passed += 1;
                    progress.running = None;
                }
                (_, Some(_)) if text.contains("panicked at ") && progress.message.is_none() => {
                    progress.message = lines.next();
                }
                _ => {}
            }
        }
        progress
    }
}

fn judge(end: End, log: &str) -> Outcome {
    let progress = Progress::of(log);
    let message = progress.message.map(|message| format!(": {message}")).unwrap_or_default();
    match (end, progress.failed, progress.running) {
        (End::Success, ..) if progress.passed > 0 => Outcome::Survived,
        (End::Success, ..) => Outcome::Broken(format!("no model was run:\n{log}")),
        (_, Some(name), _) => Outcome::Caught(format!("{name} failed{message}")),
        (End::TimedOut, None, Some(name)) => Outcome::Caught(format!("{name} did not end in time{message}")),
        (End::Failure, None, Some(name)) => Outcome::Caught(format!("{name} aborted{message}")),
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

    fn caught_by(end: End, log: &str) -> String {
        match judge(end, log) {
            Outcome::Caught(by) => by,
            Outcome::Survived => "survived".into(),
            Outcome::Broken(why) => format!("broken: {}", why.lines().next().unwrap_or_default()),
        }
    }

    #[test]
    fn a_failed_model_is_named_with_its_first_panic() {
        let log = "\nrunning 3 tests\ntest a::b ... ok\ntest a::c ... FAILED\ntest a::d ... ";
        assert_eq!(caught_by(End::Decided, log), "a::c failed");
        let log = "test a::c ... \nthread 'a::c' panicked at f.rs:1:2:\na second leader\nnote: more\nFAILED\n\nfailures:\n";
        assert_eq!(caught_by(End::Failure, log), "a::c failed: a second leader");
    }

    #[test]
    fn a_model_that_never_ended_is_named() {
        let log = "test a::b ... ok\ntest a::c ... thread 'a::c' panicked at f.rs:\nfirst\nthread 'a::c' panicked at f.rs:\nsecond\n";
        assert_eq!(caught_by(End::Failure, log), "a::c aborted: first");
        assert_eq!(caught_by(End::TimedOut, "test a::c ... not\nok yet"), "a::c did not end in time");
    }

    #[test]
    fn only_a_run_that_ran_a_model_survives() {
        let passed =
            "test a ... something printed\nok\ntest b ... ignored, slow\n\ntest result: ok. 1 passed";
        assert_eq!(caught_by(End::Success, passed), "survived");
        assert_eq!(Progress::of(passed).passed, 1);
        assert_eq!(
            caught_by(End::Success, "running 0 tests\n\ntest result: ok."),
            "broken: no model was run:"
        );
        assert_eq!(
            caught_by(End::Failure, "error: no such target"),
            "broken: the run failed, but no model did:"
        );
    }
}
