//! Where and when, and of what: figures without that say nothing.

use std::env;
use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

/// A variable with what the first process of a run said: the later parts run in a tree that the earlier ones changed.
const IN_ENVIRONMENT: &str = "DOGPILE_FIGURES_MACHINE";

/// The crates whose versions matter.
const CRATES: [&str; 9] = [
    "arc-swap",
    "cached",
    "cachet",
    "coarsetime",
    "left-right",
    "moka",
    "parking_lot",
    "quick_cache",
    "hdrhistogram",
];

/// In words.
pub(crate) struct Machine(String, String);

impl Machine {
    /// In full, for small print.
    pub(crate) fn in_full(&self) -> &str {
        &self.0
    }

    /// What fits into the head of a table.
    pub(crate) fn in_short(&self) -> &str {
        &self.1
    }

    /// As the process that began has it, so that all parts say the same: its children find it in the environment.
    pub(crate) fn of_this_run() -> Self {
        let words = env::var(IN_ENVIRONMENT).ok();
        words
            .as_deref()
            .and_then(|words| words.split_once('\n'))
            .map_or_else(Self::describe, |(full, short)| Self(full.to_owned(), short.to_owned()))
    }

    /// For the environment of a part's process.
    pub(crate) fn environment(&self) -> (&'static str, String) {
        (IN_ENVIRONMENT, format!("{}\n{}", self.0, self.1))
    }

    fn describe() -> Self {
        let commit =
            said("git", &["describe", "--always", "--dirty", "--exclude=*"]).unwrap_or("no commit".into());
        let rustc = said("rustc", &["--version"]).unwrap_or("a rustc that is gone".into());
        let date = said("date", &["-u", "+%Y-%m-%d"]).unwrap_or("no date".into());
        let processor = processor().unwrap_or("a processor that does not say its name".into());
        let cores = available_parallelism().map_or(1, usize::from);
        let (system, architecture) = (system(), env::consts::ARCH.replace('_', "-"));
        let full = format!(
            "Measured on {date}, commit {commit}, {rustc}, {architecture} {system}, {cores} cores of {processor}{}. Versions: {}.",
            if is_virtual() { ", in a virtual machine" } else { "" },
            versions().join(", "),
        );
        let version = rustc.split(' ').nth(1).and_then(|version| version.rsplit_once('.'));
        let rustc = version.map_or("rustc", |(version, _)| version);
        let short = format!("rustc {rustc}, {architecture} {system}, {cores} cores, commit {commit}");
        Self(full, short)
    }
}

fn system() -> &'static str {
    match env::consts::OS {
        "linux" => "Linux",
        "macos" => "macOS",
        "windows" => "Windows",
        other => other,
    }
}

/// The first line of what a command prints.
fn said(command: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(command).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?.lines().next()?.to_owned();
    output.status.success().then_some(line)
}

fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let (_, name) = info.lines().find(|line| line.starts_with("model name"))?.split_once(": ")?;
    Some(name.to_owned())
}

fn is_virtual() -> bool {
    fs::read_to_string("/proc/cpuinfo").is_ok_and(|info| info.contains(" hypervisor"))
}

/// As the lock file has them; of two versions the newest.
fn versions() -> Vec<String> {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap_or_default();
    let version = |name: &&str| {
        let (_, rest) = lock.rsplit_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split_once('"')?.0))
    };
    CRATES.iter().filter_map(version).collect()
}
