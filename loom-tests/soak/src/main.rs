//! Does a read of one cell ever return what was set into another?
//!
//! `cargo run --release -p dogpile-soak -- [SECONDS]` (60 by default) runs one round for each allocator. A round has one
//! thread that sets values into two cells, and readers of the first one. A timer preempts each reader every 100 µs,
//! wherever it is, also between two instructions of arc-swap; the allocator gives the block that was freed last out first
//! (as those of jemalloc, mimalloc and glibc do for each thread), so that the address of a value that one cell let go of
//! is soon that of a value of the other. It ends with exit code 1 if a reader got a foreign value, or an older version than
//! before.
//!
//! With arc-swap 1.9.3 and 1.9.4 that is found within seconds; the models cannot see it, since they replace arc-swap.

#[cfg(target_os = "linux")]
mod allocator;
#[cfg(target_os = "linux")]
mod preempt;
#[cfg(target_os = "linux")]
mod round;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;
    use std::time::Duration;

    let argument = std::env::args().nth(1);
    let Ok(seconds) = argument.as_deref().unwrap_or("60").parse() else {
        eprintln!("usage: dogpile-soak [SECONDS]");
        return ExitCode::from(2);
    };
    preempt::install();
    let each = Duration::from_secs(seconds) / 2;
    let mut is_sound = true;
    for last_in_first_out in [true, false] {
        allocator::reuse_last_freed(last_in_first_out);
        let name = if last_in_first_out { "last in, first out" } else { "the system's" };
        let seen = round::run(each);
        println!("allocator {name}: {seen}");
        is_sound &= seen.is_sound();
    }
    if is_sound { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("dogpile-soak: needs timers that signal one thread, which Linux has");
    std::process::exit(2);
}
