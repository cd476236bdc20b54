//! All figures of what dogpile costs, beside its parts and rivals, in one run: `cargo figures`.
//!
//! Each part prints a table and writes it, and a picture, to `benches/results`, with the machine, the versions and
//! the date, and to its place in `benches/README.md`; six ratios go to the front page. `cargo figures -- --quick` tries everything out in less than a minute and writes to the target directory;
//! `cargo figures -- reads set` runs these parts only. What misses a limit of the design is printed as such, and is no
//! failure: times are the machine's.

mod chart;
mod effort;
mod first;
mod latency;
mod limits;
mod machine;
mod numbers;
mod reads;
mod report;
mod set;
mod sizes;
mod stampede;
#[path = "../../examples/stampede/src/svg.rs"]
mod svg;
mod turns;
// The example counts more than we do, has tests, and is held to an older Rust.
#[allow(dead_code, unused_imports, clippy::manual_is_multiple_of)]
#[path = "../../examples/stampede/src/units.rs"]
mod units;

use crate::effort::Effort;
use crate::machine::Machine;
use crate::report::Report;
use std::env;
use std::process::{Command, ExitCode};
use std::time::Instant;

type Part = fn(Effort) -> Report;

const PARTS: [(&str, Part); 6] = [
    ("reads", reads::run),
    ("latency", latency::run),
    ("stampede", stampede::run),
    ("first", first::run),
    ("set", set::run),
    ("sizes", sizes::run),
];

fn main() -> ExitCode {
    // Cargo says `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [child, readers] = &arguments[..]
        && child == set::CHILD
    {
        set::child(readers.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    let (options, names): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|name| name.starts_with("--"));
    let known = |name: &String| PARTS.iter().any(|(part, _)| part == name);
    if let Some(unknown) =
        options.iter().find(|option| *option != "--quick").or(names.iter().find(|name| !known(name)))
    {
        eprintln!("{unknown}: neither `--quick` nor one of {:?}", PARTS.map(|(name, _)| name));
        return ExitCode::FAILURE;
    }
    if let [name] = &names[..] {
        let effort = Effort { quick: !options.is_empty() };
        let (_, part) = PARTS.into_iter().find(|(part, _)| part == name).expect("a known one");
        let began = Instant::now();
        part(effort).publish(name, &Machine::of_this_run(), effort);
        println!("({name}: {})\n", units::seconds(began.elapsed()));
        return ExitCode::SUCCESS;
    }
    let machine = Machine::of_this_run();
    println!("{}\n", machine.in_full());
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let all_well =
        PARTS.iter().filter(|(name, _)| wanted(name)).all(|(name, _)| alone(name, &options, &machine));
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// In a process of its own: arc-swap never forgets a thread, and one part's would be in the way of the next.
fn alone(name: &str, options: &[String], machine: &Machine) -> bool {
    let program = env::current_exe().expect("this program has a path");
    let mut part = Command::new(program);
    part.arg(name).args(options).envs([machine.environment()]).status().is_ok_and(|status| status.success())
}
