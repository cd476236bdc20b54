//! Runs each model in a process of its own.
//!
//! Loom maps fresh stacks for each execution. Two models in one process contend for its memory map, and take four times
//! as long as in two (measured: 18 models one after another 55 s, two at a time 111 s). And a model that fails often
//! aborts: so it takes no other one with it.

use std::env;
use std::process::Command;
use std::thread;

/// Set in the process of a model, to its name.
const MODEL: &str = "DOGPILE_MODEL";

/// Runs the calling test once more, in a child process, and fails if it does. False: this is the child, or it has to do
/// without one, since the harness runs all tests on one thread, which does not know their names.
pub fn in_a_process_of_its_own() -> bool {
    let current = thread::current();
    let name = current.name().filter(|&name| name != "main");
    let Some(name) = name.filter(|_| env::var_os(MODEL).is_none()) else { return false };
    let mut child = Command::new(env::current_exe().expect("the test is a program"));
    // Two threads, lest the harness run the model on its main thread, and its panic message name that.
    child.args([name, "--exact", "--test-threads=2", "--nocapture"]).env(MODEL, name);
    let output = child.output().expect("a test can be run twice");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("running 1 test"), "there is no model {name}:\n{said}{complained}");
    if !output.status.success() {
        eprint!("{complained}");
        panic!("the model {name} failed: {}\n{said}", output.status);
    }
    true
}
