//! Who may name whom inside of the library: each folder of `src` only those below it, so that what the models check
//! knows nothing of what is built upon it. The compiler does not mind a path that goes up; this test does.

mod source;

use source::{Named, Source};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The folders of `src` and its files without one, from the ground up, each with those that it may name. `lib.rs`, the
/// front door, names whom it likes.
const ROOMS: &[(&str, &[&str])] = &[
    ("sync", &[]),
    ("clock", &["sync"]),
    ("observe", &["sync", "clock"]),
    ("error", &["sync"]),
    ("protocol", &["sync", "clock", "observe", "error"]),
    ("cell", &["sync", "clock", "observe", "error", "protocol"]),
    // Its sister: neither names the other.
    ("map", &["sync", "clock", "observe", "error", "protocol"]),
    ("docs", &[]),
];

/// Where the observers are that exist by feature only: the protocol has to do without.
const OBSERVERS_BY_FEATURE: &[&[&str]] =
    &[&["crate", "observe", "tracing"], &["crate", "observe", "metrics"]];

/// Whose primitives only `sync` names, so that the checkers can put theirs in their place.
const PRIMITIVES: &[&[&str]] = &[
    &["std", "sync"],
    &["std", "thread"],
    &["std", "thread_local"],
    &["core", "sync"],
    &["alloc", "sync"],
    &["arc_swap"],
    &["event_listener"],
    &["crossbeam_utils"],
    &["crossbeam_channel"],
    &["crossbeam_epoch"],
    &["crossbeam"],
    &["parking_lot"],
];

const ORDERINGS: &[&str] = &["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

/// Where a memory ordering may stand, each with its partner beside it.
const ORDERED: &[&str] = &["src/protocol/phase.rs", "src/protocol/generation/", "src/sync/", "src/clock/"];

const CHECKERS: &[&str] = &["loom", "loom_tests", "shuttle", "shuttle_tests"];

/// A file and what it names against the rules, and why it may.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/clock/mod.rs", "std::sync::Arc", "`Clock` is implemented for the `Arc` that users have"),
    (
        "src/clock/precise.rs",
        "std::sync::OnceLock",
        "the origin of `PreciseClock`, which no checker includes in a model",
    ),
    ("src/clock/tick/mod.rs", "std::sync::mpsc", "in its unit tests, which no checker runs"),
];

/// A path or a word in a file, and the rule that forbids it.
#[derive(Debug, PartialEq, Eq)]
struct Offence {
    file: String,
    line: usize,
    what: String,
    rule: String,
}

impl Offence {
    fn new(source: &Source, line: usize, what: String, rule: impl Into<String>) -> Self {
        Self { file: source.file.clone(), line, what, rule: rule.into() }
    }

    fn told(&self) -> String {
        format!("{}:{}: {}: {}", self.file, self.line, self.what, self.rule)
    }
}

fn begins_with(path: &[String], prefix: &[&str]) -> bool {
    path.iter().map(String::as_str).take(prefix.len()).eq(prefix.iter().copied())
}

/// All that `source`, a file of the library, names against the rules.
fn offences(source: &Source) -> Vec<Offence> {
    let roots: BTreeSet<_> = PRIMITIVES.iter().map(|path| path[0]).collect();
    let paths = source.paths(&Vec::from_iter(roots));
    let mut found: Vec<_> = paths
        .iter()
        .filter_map(|named| {
            let rule = broken(source, named)?;
            Some(Offence::new(source, named.line, named.path.join("::"), rule))
        })
        .collect();
    let imports_thread_local = paths.iter().any(|named| named.path.join("::") == "crate::sync::thread_local");
    for (token, next) in source.tokens.iter().zip(source.tokens.iter().skip(1)) {
        let word = token.text.as_str();
        let rule = if ORDERINGS.contains(&word) && !ORDERED.iter().any(|place| source.file.starts_with(place))
        {
            "a memory ordering outside of the files that are about them"
        } else if CHECKERS.contains(&word) || word.starts_with('"') && word.contains("loom-tests") {
            "the library does not know its checkers"
        } else if word == "thread_local"
            && next.text == "!"
            && source.room() != "sync"
            && !imports_thread_local
        {
            "a primitive that is not from `crate::sync`"
        } else if source.room() == "docs" && ["fn", "struct", "enum", "trait", "use", "impl"].contains(&word)
        {
            "`docs` holds pages only"
        } else {
            continue;
        };
        found.push(Offence::new(source, token.line, word.to_owned(), rule));
    }
    found
}

/// The rule that the path breaks.
fn broken(source: &Source, named: &Named) -> Option<String> {
    let room = source.room();
    if named.path[0] != "crate" {
        let is_primitive = PRIMITIVES.iter().any(|primitive| begins_with(&named.path, primitive));
        return (is_primitive && room != "sync").then(|| "only `sync` names primitives".to_owned());
    }
    if room == "lib" {
        return None;
    }
    let Some((_, below)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return Some(format!("`{room}` has no place among the rooms of this test"));
    };
    let Some(target) = named.path.get(1) else { return Some("all of the library".to_owned()) };
    if !ROOMS.iter().any(|(name, _)| name == target) {
        return Some("goes out by the front door, and in again".to_owned());
    }
    if room == "protocol" && OBSERVERS_BY_FEATURE.iter().any(|observer| begins_with(&named.path, observer)) {
        return Some("the protocol knows no observer by feature".to_owned());
    }
    (target != room && !below.contains(&target.as_str()))
        .then(|| format!("`{room}` must not know `{target}`"))
}

/// The offences without those that are `excepted`; and the exceptions that nothing needs.
fn told(offences: &[Offence], excepted: &[(&str, &str, &str)]) -> Vec<String> {
    let is_meant = |offence: &Offence, (file, what, _): &(&str, &str, &str)| {
        let rest = offence.what.strip_prefix(what);
        offence.file == *file && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let told =
        offences.iter().filter(|offence| !excepted.iter().any(|exception| is_meant(offence, exception)));
    let idle =
        excepted.iter().filter(|exception| !offences.iter().any(|offence| is_meant(offence, exception)));
    told.map(Offence::told)
        .chain(idle.map(|(file, what, _)| format!("{file}: {what}: no exception is needed any more")))
        .collect()
}

/// All Rust files below `folder` of the package, if there is one.
fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.expect("an entry of it").path()) {
            if path.is_dir() {
                if !path.ends_with("target") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("it is below").to_str().expect("it is plain");
                let text = fs::read_to_string(&path).expect("a source");
                found.push(Source::new(&name.replace('\\', "/"), &text));
            }
        }
    }
    found.sort_by(|one, other| one.file.cmp(&other.file));
    found
}

/// What the library gives to all: what `lib.rs` says `pub use` and `pub mod` of.
fn public_names(lib: &Source) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in lib.tokens.split(|token| token.text == ";") {
        let words: Vec<_> = statement.iter().map(|token| token.text.as_str()).collect();
        let Some(start) =
            words.windows(2).position(|pair| ["use", "mod"].contains(&pair[1]) && pair[0] == "pub")
        else {
            continue;
        };
        // In `a::{B, c::D as E}` the last name of each branch.
        let is_last = |(word, next): (&&str, &str)| {
            let ends = [",", "}", ""].contains(&next);
            (ends && word.starts_with(char::is_alphabetic)).then(|| (*word).to_owned())
        };
        let words = &words[start + 2..];
        names.extend(words.iter().zip(words.iter().copied().skip(1).chain([""])).filter_map(is_last));
    }
    names
}

/// What a crate of its own, which may also be a macro that writes paths, names of the library and cannot.
fn outside_offences(source: &Source, public: &BTreeSet<String>) -> Vec<Offence> {
    let named = source.paths(&["dogpile"]).into_iter().filter(|named| named.path[0] == "dogpile");
    let private = named.filter(|named| {
        named
            .path
            .get(1)
            .is_some_and(|name| !["self", "*"].contains(&name.as_str()) && !public.contains(name))
    });
    let private = private.map(|named| Offence::new(source, named.line, named.path.join("::"), "not public"));
    let included =
        source.tokens.iter().filter(|token| token.text.starts_with('"') && token.text.contains("../src/"));
    let included =
        included.map(|token| Offence::new(source, token.line, token.text.clone(), "a file of the library"));
    private.chain(included).collect()
}

#[test]
fn nobody_names_what_is_above_him() {
    let sources = sources("src");
    assert!(sources.len() > 20, "they were found");
    let offences: Vec<_> = sources.iter().flat_map(offences).collect();
    let told = told(&offences, EXCEPTIONS);
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}

#[test]
fn tiers_and_macros_name_nothing_private() {
    let lib = sources("src").into_iter().find(|source| source.file == "src/lib.rs").expect("the front door");
    let public = public_names(&lib);
    assert!(public.contains("DogpileCell") && public.contains("Guard"), "{public:?}");
    let sources: Vec<_> = ["tiers", "macros"].into_iter().flat_map(sources).collect();
    let offences = sources.iter().flat_map(|source| outside_offences(source, &public));
    let told: Vec<_> = offences.map(|offence| offence.told()).collect();
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}

/// Each room names only those that stand before it: so no two name each other, not even by way of a third.
#[test]
fn the_rooms_stand_upon_each_other() {
    for (at, (room, below)) in ROOMS.iter().enumerate() {
        for named in *below {
            assert!(ROOMS[..at].iter().any(|(earlier, _)| earlier == named), "{room} stands on {named}");
        }
    }
}

/// What the check says of a file with this text.
fn of(file: &str, text: &str) -> Vec<String> {
    told(&offences(&Source::new(file, text)), &[])
}

#[test]
fn a_path_that_goes_up_is_reported_with_file_and_line() {
    let up = "\n\nuse crate::cell::DogpileCell;\n";
    assert_eq!(
        of("src/protocol/slot.rs", up),
        ["src/protocol/slot.rs:3: crate::cell::DogpileCell: `protocol` must not know `cell`"]
    );
    for (file, text) in [
        ("src/protocol/slot.rs", "use crate::{sync::Arc, map::Map};"),
        ("src/protocol/slot.rs", "fn f() { super::super::cell::f() }"),
        ("src/protocol/mod.rs", "use super::cell;"),
        ("src/protocol/slot.rs", "use crate::observe::tracing::span;"),
        ("src/map/mod.rs", "use crate::cell::builder::Builder;"),
        ("src/cell/mod.rs", "use crate::map::Map;"),
        ("src/clock/mod.rs", "use crate::protocol::slot::Slot;"),
        ("src/sync/mod.rs", "fn f() -> crate::protocol::slot::Slot {}"),
        ("src/observe/stats.rs", "use crate::protocol::slot::Slot;"),
        ("src/error.rs", "use crate::clock::Instant;"),
        ("src/cell/mod.rs", "use crate::Guard;"),
        ("src/cell/mod.rs", "use crate::*;"),
        ("src/attic/mod.rs", "use crate::sync::Arc;"),
    ] {
        assert_eq!(of(file, text).len(), 1, "{file}: {text}");
    }
}

#[test]
fn a_primitive_an_ordering_or_a_checker_in_the_wrong_place_is_reported() {
    for (file, text) in [
        ("src/cell/mod.rs", "use std::{fmt, sync::Mutex};"),
        ("src/cell/mod.rs", "fn f() { ::std::thread::yield_now() }"),
        ("src/protocol/slot.rs", "use core::sync::atomic::AtomicU8;"),
        ("src/protocol/slot.rs", "use arc_swap::ArcSwap;"),
        ("src/lib.rs", "use event_listener::Event;"),
        ("src/error.rs", "static X: crossbeam_utils::CachePadded<u8>;"),
        ("src/protocol/inside.rs", "thread_local! { static X: u8 = 1; }"),
        ("src/protocol/slot.rs", "fn f() { x.load(Acquire); }"),
        ("src/cell/mod.rs", "fn f() { x.load(Ordering::SeqCst); }"),
        ("src/sync/mod.rs", "#[cfg(loom)] fn f() {}"),
        ("src/sync/mod.rs", "#[path = \"../../loom-tests/src/sync/mod.rs\"] mod loomed;"),
        ("src/docs/protocol.rs", "//! A page.\nfn f() {}"),
    ] {
        assert_eq!(of(file, text).len(), 1, "{file}: {text}");
    }
}

#[test]
fn what_keeps_to_the_rules_is_not_reported() {
    for (file, text) in [
        (
            "src/cell/mod.rs",
            "use crate::protocol::slot::Slot;\nuse crate::cell::builder::Builder;\nuse super::sync::Arc;",
        ),
        ("src/cell/mod.rs", "//! crate::map, std::sync, Acquire, loom\nuse std::{fmt, time::Duration};"),
        ("src/protocol/inside.rs", "use crate::sync::thread_local;\nthread_local! { static X: u8 = 1; }"),
        ("src/protocol/generation/mod.rs", "fn f() { x.load(Acquire); \"crate::cell, loom\"; }"),
        ("src/protocol/slot.rs", "use crate::observe::stats::Counters;"),
        ("src/clock/tick.rs", "mod tests { use super::*; use super::super::Instant; }"),
        (
            "src/sync/mod.rs",
            "use std::sync::Mutex;\nuse arc_swap::ArcSwap;\nuse std::sync::atomic::Ordering::SeqCst;",
        ),
        ("src/lib.rs", "pub use cell::DogpileCell;\npub use crate::map::DogpileMap;"),
        ("src/docs/mod.rs", "//! Pages.\npub mod protocol;"),
    ] {
        assert_eq!(of(file, text), [""; 0], "{file}: {text}");
    }
}

#[test]
fn an_exception_is_for_one_file_and_one_path_and_goes_when_it_is_not_needed() {
    let source = Source::new("src/cell/mod.rs", "use std::sync::Mutex;\nuse std::sync::MutexGuard;");
    let excepted = [("src/cell/mod.rs", "std::sync::Mutex", "")];
    let said = told(&offences(&source), &excepted);
    assert_eq!(said, ["src/cell/mod.rs:2: std::sync::MutexGuard: only `sync` names primitives"]);
    assert_eq!(told(&offences(&source), &[("src/cell/mod.rs", "std::sync", "")]), [""; 0]);
    let idle = told(&[], &excepted);
    assert_eq!(idle, ["src/cell/mod.rs: std::sync::Mutex: no exception is needed any more"]);
}

#[test]
fn what_a_tier_or_a_macro_names_of_the_library_has_to_be_public() {
    let lib = Source::new(
        "src/lib.rs",
        "mod cell;\npub mod clock;\n#[cfg(doc)]\npub mod docs;\npub use cell::DogpileCell;\n\
         pub use a::{Guard, b::{Lease, Reader as Looker}};\nuse private::Thing;",
    );
    let public = public_names(&lib);
    assert_eq!(Vec::from_iter(&public), ["DogpileCell", "Guard", "Lease", "Looker", "clock", "docs"]);
    let of = |text: &str| outside_offences(&Source::new("macros/src/lib.rs", text), &public);
    assert!(of("use dogpile::{DogpileCell, clock::Clock};\nquote! { ::dogpile::Guard::age(&x) }").is_empty());
    let said: Vec<_> = of("\nquote! { ::dogpile::protocol::slot::Slot }").iter().map(Offence::told).collect();
    assert_eq!(said, ["macros/src/lib.rs:2: dogpile::protocol::slot::Slot: not public"]);
    assert_eq!(of("#[path = \"../../src/sync/mod.rs\"] mod sync;").len(), 1);
}
