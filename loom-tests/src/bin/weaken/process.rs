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
        // The standard library can kill the child alone, which is cargo, and the models would go on. The
        // child is reaped below at the latest, and the group bears its number for as long as it has
        // members: no other process is hit.
        #[cfg(unix)]
        let _ = Command::new("sh")
            .args(["-c", &format!("kill -KILL -- -{}", self.0.id())])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

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
    fn nothing_is_left_after_the_time_is_up() {
        // The grandchild would say more after the time is up. If it lived, it would hold the pipe of
        // `cat`, and the child would not end.
        let (end, output, took) =
            shell("timeout", "(sleep 60; echo late) | cat", Duration::from_millis(100), "");
        assert_eq!((end, output.as_str()), (End::TimedOut, ""));
        assert!(took < LONG);
    }

    #[test]
    fn output_can_decide() {
        let (end, output, took) = shell("decided", "echo FAILED; sleep 60", LONG, "FAILED");
        assert_eq!((end, output.as_str()), (End::Decided, "FAILED\n"));
        assert!(took < LONG);
    }
}
