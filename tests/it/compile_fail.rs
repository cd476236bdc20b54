//! What must not compile, and the nearest thing that does.
//!
//! A case is a file in `compile_fail`. Its first line says which error it is, and how the compiler's message begins or
//! goes on. As it stands it is part of this program: it compiles, and `case` runs. The compiler that is told
//! `--cfg faulty` has to refuse it, for that one reason. So nothing but what `cfg(faulty)` changes can be what it is refused
//! for. The rest of what compilers say is not compared: it changes from one to the next.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

macro_rules! cases {
    ($($name:ident)*) => {
        $(mod $name;)*

        const CASES: &[(&str, fn())] = &[$((stringify!($name), $name::case)),*];
    };
}

cases! {
    another_clock
    cell_across_a_panic
    cell_moved_to_another_thread
    clock_unshared
    demanded_lease_outlives_its_cell
    error_unshared
    guard_after_into_arc
    guard_sent
    home_opened
    home_of_another_kind
    handed_off_lease_outlives_its_cell
    ignored_demand
    ignored_lease
    ignored_reader
    lease_after_it_failed
    lease_offers_after_it_deferred
    lease_outlives_its_cell
    lease_published_twice
    lease_sent
    owned_lease_without_an_owner
    published_value_changed
    reader_in_its_own_creation_function
    reader_outlives_its_cell
    reader_shared_by_threads
    reference_after_its_guard
    reference_without_its_guard
    shared_value
    task_outlives_its_cell
    lifetime_of_borrows
    lifetime_of_unshared
    unsent_capture
    unsent_creation_future
    unsent_value_in_a_sent_cell
    value_borrows_for_less_long
    value_sent_not_shared
    what_a_demanding_reader_returned_after_the_next_call
    what_a_reader_returned_after_the_next_call
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/compile_fail")
}

/// An error that the compiler is to report, as the first line of a case says it.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    /// As `E0277`; none where the compiler has no number for it.
    code: Option<String>,
    /// A part of the message.
    message: String,
}

impl Refusal {
    fn of_case(text: &str) -> Option<Self> {
        let (kind, message) = text.lines().next()?.strip_prefix("//! ")?.split_once(": ")?;
        let code = (kind != "error").then(|| kind.to_owned());
        Some(Self { code, message: message.to_owned() })
    }

    /// One of the lines that `--error-format=short` prints: `FILE:LINE:COLUMN: error[CODE]: MESSAGE`. None for the last
    /// line, which tells how many they were, and for what is no error.
    fn reported(line: &str) -> Option<Self> {
        let (place, rest) = line.split_once(": error")?;
        if !place.contains(".rs:") {
            return None;
        }
        let (code, message) = match rest.strip_prefix('[') {
            Some(rest) => rest.split_once("]: ").map(|(code, message)| (Some(code.to_owned()), message))?,
            None => (None, rest.strip_prefix(": ")?),
        };
        Some(Self { code, message: message.to_owned() })
    }

    fn is_met_by(&self, reported: &Self) -> bool {
        self.code == reported.code && reported.message.contains(&self.message)
    }
}

/// What is wrong with what the compiler said of a case, of which `text` is the first line.
fn complaint(text: &str, compiles: bool, said: &str) -> Option<String> {
    let Some(expected) = Refusal::of_case(text) else {
        return Some("the first line does not say which error is expected".to_owned());
    };
    let reported: Vec<_> = said.lines().filter_map(Refusal::reported).collect();
    if compiles {
        Some("compiles".to_owned())
    } else if !reported.is_empty() && reported.iter().all(|reported| expected.is_met_by(reported)) {
        None
    } else {
        Some(format!("is not refused for {expected:?} alone, but for {reported:?}:\n{said}"))
    }
}

/// The compiler that made this program.
struct Compiler {
    program: PathBuf,
    /// Where the dependencies are.
    deps: PathBuf,
    dogpile: PathBuf,
    out: PathBuf,
}

impl Compiler {
    fn found() -> Self {
        // The one that built this test lies beside the cargo that runs it.
        let beside_cargo = || {
            let cargo = PathBuf::from(env::var_os("CARGO")?);
            Some(cargo.with_file_name(format!("rustc{}", env::consts::EXE_SUFFIX)))
                .filter(|rustc| rustc.exists())
        };
        let program = env::var_os("RUSTC").map(PathBuf::from).or_else(beside_cargo);
        let program = program.unwrap_or_else(|| "rustc".into());
        let own = env::current_exe().expect("a test is a program");
        let deps = own.parent().expect("in a folder").to_owned();
        // There may be more, of other compilers and with other flags. What was built last is not older than this program,
        // nor than the sources.
        let mut dogpiles: Vec<_> = fs::read_dir(&deps)
            .expect("this program's folder")
            .map(|entry| entry.expect("an entry of it").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rlib"))
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("libdogpile-"))
            .collect();
        dogpiles.sort_by_key(|path| fs::metadata(path).and_then(|file| file.modified()).expect("its time"));
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
        fs::create_dir_all(&out).expect("a folder for what is compiled");
        let with = |dogpile| Self { program: program.clone(), deps: deps.clone(), dogpile, out: out.clone() };
        let mut said = String::new();
        for dogpile in dogpiles.into_iter().rev() {
            let compiler = with(dogpile);
            // Each of them compiles if it is not told to be faulty.
            let (works, why) = compiler.compile(CASES[0].0, false);
            if works {
                return compiler;
            }
            said.push_str(&why);
        }
        panic!("no library in {} is one that {} can use:\n{said}", deps.display(), program.to_string_lossy());
    }

    /// Whether the case compiles, and what the compiler said.
    fn compile(&self, case: &str, faulty: bool) -> (bool, String) {
        let mut command = Command::new(&self.program);
        command
            .args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=short"])
            .args(["--crate-name", case])
            .arg("--extern")
            .arg(prefixed("dogpile=", &self.dogpile))
            .arg("-L")
            .arg(prefixed("dependency=", &self.deps))
            .arg("--out-dir")
            .arg(&self.out)
            .arg(folder().join(case).with_extension("rs"));
        if faulty {
            command.args(["--cfg", "faulty"]);
        }
        let output = command.output().expect("the compiler runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn prefixed(prefix: &str, path: &Path) -> OsString {
    let mut all = OsString::from(prefix);
    all.push(path);
    all
}

#[test]
fn all_of_them_compile_without_the_fault_and_run() {
    for (name, case) in CASES {
        eprintln!("{name}"); // shown if it fails
        case();
    }
}

#[test]
fn none_of_them_compiles_with_its_fault() {
    let compiler = Compiler::found();
    let next = AtomicUsize::new(0);
    let some = || {
        let mut complaints = Vec::new();
        while let Some((name, _)) = CASES.get(next.fetch_add(1, Relaxed)) {
            let text = fs::read_to_string(folder().join(name).with_extension("rs")).expect("a case");
            let (accepted, said) = compiler.compile(name, true);
            complaints
                .extend(complaint(&text, accepted, &said).map(|complaint| format!("{name} {complaint}")));
        }
        complaints
    };
    let complaints = thread::scope(|scope| {
        let processors = thread::available_parallelism().map_or(1, Into::into);
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(some)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn each_file_is_a_case() {
    let files = fs::read_dir(folder()).expect("the cases").map(|entry| entry.expect("a case").path());
    let files: BTreeSet<_> =
        files.map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let cases: BTreeSet<_> = CASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, cases);
}

#[test]
fn one_that_fails_for_another_reason_is_found_out() {
    let text = "//! E0382: use of moved value\n//!\n";
    let said = "a.rs:1:2: error[E0382]: use of moved value: `lease`: value used here after move\n";
    let of_another = "a.rs:1:2: error[E0425]: cannot find value `lease` in this scope\n";
    let last = "error: aborting due to 1 previous error\n";
    let complaint = |text: &str, said: &str| complaint(text, false, &format!("{said}{last}"));
    assert_eq!(complaint(text, said), None);
    assert!(complaint(text, of_another).is_some(), "another error");
    assert!(complaint(text, &format!("{said}{of_another}")).is_some(), "another error, too");
    assert!(complaint(text, "a.rs:1:2: error[E0382]: borrow of moved value\n").is_some(), "another message");
    assert!(complaint(text, "a.rs:1:2: error: use of moved value\n").is_some(), "without its number");
    assert!(complaint(text, "").is_some(), "no place");
    assert!(complaint("use dogpile;\n", said).is_some(), "nothing is expected");
    assert!(self::complaint(text, true, "").is_some(), "it compiles");
    let unnumbered = "//! error: future cannot be sent\n";
    assert_eq!(
        complaint(unnumbered, "a.rs:1:2: error: future cannot be sent between threads safely\n"),
        None
    );
}
