//! A child process with a time limit, and with no children of its own left behind.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

const POLL: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure,
    /// Ended by this tool, since the output said enough.
    Decided,
    TimedOut,
}

/// Runs `command` until it ends, `is_decided` by its output, or `timeout` has passed. Returns what it
/// printed, which is in the file `log` as well.
pub(crate) fn run(
    command: &mut Command,
    log: &Path,
    timeout: Duration,
    is_decided: &dyn Fn(&str) -> bool,
) -> io::Result<(End, String)> {
    let output = File::create(log)?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let started = Instant::now();
    let mut group = Group::start(command)?;
    let end = loop {
        if let Some(status) = group.0.try_wait()? {
            break if status.success() { End::Success } else { End::Failure };
        }
        if is_decided(&read(log)?) {
            break End::Decided;
        }
        if started.elapsed() >= timeout {
            break End::TimedOut;
        }
        thread::sleep(POLL);
    };
    drop(group);
    Ok((end, read(log)?))
}

/// A log that is still being written may end within a character.
fn read(log: &Path) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(log)?).into_owned())
}

/// A child and all that it started; dropped, they are killed.
struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        command.spawn().map(Self)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Once the child was waited for, its number may belong to somebody else.
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        #[cfg(unix)]
        kill_group(self.0.id());
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The standard library can kill the child alone, which is cargo, and the models would go on.
#[cfg(unix)]
fn kill_group(id: u32) {
    // In the one form that every shell takes: dash knows no `--` after `-KILL`.
    let killed = Command::new("sh").args(["-c", &format!("kill -s KILL -- -{id}")]).status();
    if !killed.is_ok_and(|status| status.success()) {
        eprintln!("weaken: cannot kill the process group {id}; its models may still be running");
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    const LONG: Duration = Duration::from_secs(59);

    fn shell(name: &str, script: &str, timeout: Duration, decided_by: &str) -> (End, String, Duration) {
        let log = std::env::temp_dir().join(format!("weaken-{}-{name}", std::process::id()));
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let started = Instant::now();
        let is_decided = |log: &str| !decided_by.is_empty() && log.contains(decided_by);
        let (end, output) = run(&mut command, &log, timeout, &is_decided).unwrap();
        fs::remove_file(log).unwrap();
        (end, output, started.elapsed())
    }

    #[test]
    fn the_end_and_the_output_are_those_of_the_child() {
        let (end, output, _) = shell("success", "echo out; echo err >&2", LONG, "");
        assert_eq!((end, output.as_str()), (End::Success, "out\nerr\n"));
        assert_eq!(shell("failure", "exit 3", LONG, "").0, End::Failure);
        assert_eq!(shell("signal", "kill -ABRT $$", LONG, "").0, End::Failure);
    }

    #[test]
    fn time_runs_out() {
        let (end, output, took) = shell("timeout", "sleep 59; echo late", Duration::from_millis(100), "");
        assert_eq!((end, output.as_str()), (End::TimedOut, ""));
        assert!(took < LONG);
    }

    #[test]
    fn the_children_of_the_child_are_killed_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 59 & echo started; wait"]).stdout(Stdio::piped());
        let started = Instant::now();
        let mut group = Group::start(&mut command).unwrap();
        let mut output = BufReader::new(group.0.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "started\n");
        drop(group);
        // The pipe ends when the last process that could write to it does.
        output.read_line(&mut line).unwrap();
        assert!(started.elapsed() < LONG, "the grandchild was left to end by itself");
    }

    #[test]
    fn output_can_decide() {
        let (end, output, took) = shell("decided", "echo FAILED; sleep 59", LONG, "FAILED");
        assert_eq!((end, output.as_str()), (End::Decided, "FAILED\n"));
        assert!(took < LONG);
    }
}
