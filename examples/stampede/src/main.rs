//! What happens to 64 readers of one expensive value when it expires, under four strategies.
//!
//! `cargo run --release -p stampede [-- PATH]` loads real files into a real `SQLite` database and
//! takes a report over it, by aggregate queries, as the expensive value. Then 64 threads read the report
//! several times a millisecond each, over several expiries, once per strategy. It ends with a table, and
//! with a picture of the read latency over time.

mod arguments;
mod corpus;
mod database;
mod picture;
mod race;
mod record;
mod strategies;
mod svg;
mod table;
mod units;

use crate::arguments::Arguments;
use crate::database::Database;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let result = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(Arguments::Help) => {
            print!("{}", arguments::USAGE);
            Ok(())
        }
        Ok(Arguments::Run(path)) => run(path),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stampede: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: Option<PathBuf>) -> Result<()> {
    let began = Instant::now();
    let root = match path {
        Some(path) => path,
        None => corpus::default_root(),
    };
    let target = target_directory();
    std::fs::create_dir_all(&target)
        .map_err(|error| format!("cannot create {}: {error}; set CARGO_TARGET_DIR", target.display()))?;
    let database = Database::load(&root, &target)?;
    println!("{}", database.describe(&root));
    println!("{}\n", database.report()?);
    println!("{}", race::describe());

    let mut outcomes = Vec::new();
    for strategy in strategies::all() {
        let outcome = race::run(strategy.as_ref(), &database)?;
        println!("{:>12}: {}", outcome.name, outcome.in_one_line());
        outcomes.push(outcome);
    }
    println!("\n{}", table::render(&outcomes));

    let file = target.join("stampede.svg");
    std::fs::write(&file, picture::draw(&outcomes, database.report_takes()))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    println!("Picture: {}", file.display());
    println!("Time: {}", units::seconds(began.elapsed()));
    Ok(())
}

/// The root of the workspace, two directories up.
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Where cargo puts what it builds.
fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(REPOSITORY).join("target"), PathBuf::from)
}
