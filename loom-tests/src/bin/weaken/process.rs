//! A child process with a time limit, and with no children of its own left behind.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure,
    /// Killed by this tool, since the output said enough.
    Decided,
    TimedOut,
}

/// Runs `command` until it ends, `is_decided` by its output, or `timeout` has passed. Returns what it
/// printed, which is in the file `log` as well.
pub(crate) fn run(
    command: &mut Command,
    log: &Path,
    timeout: Duration,
    is_decided: fn(&str) -> bool,
) -> io::Result<(End, String)> {
    let output = File::create(log)?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    // A log that is still being written may end within a character.
    let read = || fs::read(log).map(|log| String::from_utf8_lossy(&log).into_owned());
    let started = Instant::now();
    let mut child = command.spawn()?;
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break if status.success() { End::Success } else { End::Failure };
        }
        let decided = is_decided(&read()?);
        if decided || started.elapsed() >= timeout {
            kill(&mut child)?;
            break if decided { End::Decided } else { End::TimedOut };
        }
        thread::sleep(Duration::from_millis(50));
    };
    Ok((end, read()?))
}

/// The standard library can kill the child alone, which is cargo, and the models would go on.
fn kill(child: &mut Child) -> io::Result<()> {
    // In the one form that every shell takes: dash knows no `--` after `-KILL`.
    #[cfg(unix)]
    Command::new("sh").args(["-c", &format!("kill -s KILL -- -{}", child.id())]).status()?;
    let _ = child.kill();
    child.wait().map(drop)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(name: &str, script: &str, timeout: Duration) -> (End, String) {
        let log = std::env::temp_dir().join(format!("weaken-{}-{name}", std::process::id()));
        let mut command = Command::new("sh");
        let ran = run(command.args(["-c", script]), &log, timeout, |log| log.contains("FAILED")).unwrap();
        fs::remove_file(log).unwrap();
        ran
    }

    #[test]
    fn the_end_and_the_output_are_those_of_the_child() {
        let long = Duration::from_secs(59);
        assert_eq!(shell("ok", "echo out; echo err >&2", long), (End::Success, "out\nerr\n".into()));
        assert_eq!(shell("exit", "exit 3", long).0, End::Failure);
        assert_eq!(shell("signal", "kill -ABRT $$", long).0, End::Failure);
        assert_eq!(shell("decided", "echo FAILED; sleep 59", long), (End::Decided, "FAILED\n".into()));
    }

    #[test]
    fn the_children_of_the_child_are_killed_with_it() {
        let survived = std::env::temp_dir().join(format!("weaken-{}-grandchild", std::process::id()));
        let script = format!("(sleep 1; touch '{}') & wait", survived.display());
        assert_eq!(shell("timeout", &script, Duration::from_millis(200)).0, End::TimedOut);
        thread::sleep(Duration::from_millis(1500));
        assert!(!survived.exists());
    }
}
