//! Where and when, and of what: figures without that say nothing.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

/// The crates whose versions matter.
const CRATES: [&str; 9] = [
    "arc-swap",
    "cached",
    "coarsetime",
    "event-listener",
    "left-right",
    "moka",
    "parking_lot",
    "quick_cache",
    "hdrhistogram",
];

pub(crate) fn describe() -> String {
    let commit =
        said("git", &["describe", "--always", "--dirty", "--exclude=*"]).unwrap_or("no commit".into());
    let rustc = said("rustc", &["--version"]).unwrap_or("a rustc that is gone".into());
    let date = said("date", &["-u", "+%Y-%m-%d"]).unwrap_or("no date".into());
    let processor = processor().unwrap_or("a processor that does not say its name".into());
    let cores = available_parallelism().map_or(1, usize::from);
    let (system, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "Measured on {date}, commit {commit}, {rustc}, {architecture} {system}, {cores} cores of {processor}{}. Versions: {}.",
        if is_virtual() { ", in a virtual machine" } else { "" },
        versions().join(", "),
    )
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
