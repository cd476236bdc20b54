//! How many instructions a read executes, counted by valgrind's callgrind, with limits:
//! `cargo bench -p dogpile-benches --bench instructions`.
//!
//! A count does not depend on how busy the machine is, so this can be a check. It runs itself under valgrind twice for
//! each read, with different numbers of calls; the difference is what the calls cost, and nothing else. The limits
//! leave room for other compilers. Without valgrind it fails, unless `-- --if-there` says that this will do.
//!
//! In the row with a `TickClock` are the ticker's own instructions as well, some hundredths per read.

use dogpile_benches::{name, read_by_name};
use std::env;
use std::process::{Command, ExitCode};

/// A read, and the instructions it may take, the loop of the bench included: about 30 % more than with rustc 1.95 on
/// x86-64.
const LIMITS: [(&str, u64); 8] = [
    (name::FRESH_MANUAL, 121),
    (name::DEMANDED_MANUAL, 140),
    // What the blocking one may take, and 30 % more.
    (name::ASYNC_MANUAL, 157),
    (name::STALE_MANUAL, 133),
    (name::THROTTLED_MANUAL, 134),
    (name::READER_MANUAL, 22),
    (name::READER_STALE_MANUAL, 59),
    (name::READER_TICK, 25),
];

/// For comparison.
const OTHERS: [&str; 3] = [name::ONCE, name::TICK, name::MOKA_GET_WITH];

const FEW: u64 = 1_000;
const MANY: u64 = 11_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [child, name, times] = &arguments[..]
        && child == "--child"
    {
        let times = times.parse().expect("a number");
        read_by_name(name).expect("a read of that name").reader()(times);
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        let skip = arguments.iter().any(|argument| argument == "--if-there");
        println!("{}: no valgrind, nothing was counted", if skip { "SKIPPED" } else { "FAILED" });
        return if skip { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut too_many = 0;
    println!("instructions per read");
    for (name, limit) in LIMITS {
        let count = per_call(name);
        let verdict = if count <= limit as f64 { "" } else { "  TOO MANY" };
        too_many += u32::from(!verdict.is_empty());
        println!("{count:>7.1} of {limit:>3}  {name}{verdict}");
    }
    for name in OTHERS {
        println!("{:>7.1}         {name}", per_call(name));
    }
    if too_many > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn per_call(name: &str) -> f64 {
    (count(name, MANY) - count(name, FEW)) as f64 / (MANY - FEW) as f64
}

/// Of the whole process, by callgrind's own last word.
fn count(name: &str, times: u64) -> i64 {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program has a path"))
        .args(["--child", name, &times.to_string()])
        .output()
        .expect("valgrind was there a moment ago");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "valgrind: {said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = collected.unwrap_or_else(|| panic!("no count in what valgrind says: {said}"));
    count.trim().parse().expect("valgrind counts in numbers")
}
