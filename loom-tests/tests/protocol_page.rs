//! The page `docs::protocol` of the library says which models rule out each forbidden outcome. Here it is held
//! to that: each outcome has models, each of them is a test in `tests/loom`, and the head of its file names
//! the outcome. And the other way about: each model is named there, but for those of the stand-ins.
//!
//! Its table of rooms names the files of the library that take part, all of them and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const OUTCOMES: [&str; 16] =
    ["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "F13", "F14", "F15", "F16"];

/// The folders whose files the table of rooms names.
const ROOMS: [&str; 5] = ["cell", "protocol", "observe", "clock", "sync"];

struct Model {
    file: PathBuf,
    head: String,
}

/// All tests below `dir`, by name.
fn models(dir: &Path, found: &mut BTreeMap<String, Model>) {
    for entry in dir.read_dir().expect("the folder of the models") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            models(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            models_of(&path, found);
        }
    }
}

fn models_of(file: &Path, found: &mut BTreeMap<String, Model>) {
    let text = std::fs::read_to_string(file).expect("a file of models");
    let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line == "#[test]" {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            if is_test {
                let name = rest.split('(').next().expect("a name").to_owned();
                found.insert(name, Model { file: file.to_owned(), head: head.clone() });
            }
            is_test = false;
        }
    }
}

/// The files below `dir`, a folder of `src`, by their paths from there.
fn files(dir: &Path, found: &mut BTreeSet<String>) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    for entry in source.join(dir).read_dir().expect("a folder of the library") {
        let entry = entry.expect("an entry of it");
        let path = dir.join(entry.file_name());
        if entry.path().is_dir() {
            files(&path, found);
        } else {
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            found.insert(parts.join("/"));
        }
    }
}

/// The files that the table of rooms names.
fn rooms() -> Vec<String> {
    let text = include_str!("../../src/docs/protocol.rs");
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    let first_cells = rows.filter_map(|row| row.split(" | ").next());
    let names = first_cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches('`').to_owned());
    names.filter(|name| name.contains('/')).collect()
}

/// The outcomes with what their paragraphs say after "Models:".
fn page() -> BTreeMap<String, Vec<String>> {
    let text = include_str!("../../src/docs/protocol.rs");
    let text: Vec<_> = text.lines().map(|line| line.trim_start_matches("//!").trim()).collect();
    let paragraphs = text.split(|line| line.is_empty()).map(|lines| lines.join(" "));
    let of_outcomes = paragraphs.filter_map(|paragraph| {
        let (outcome, rest) = paragraph.strip_prefix("**")?.split_once(':')?;
        let (_, models) = rest.split_once("Models: ").unwrap_or_default();
        let models = models.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((outcome.to_owned(), models))
    });
    of_outcomes.collect()
}

/// Whether the word, and not merely a longer one that begins with it, is in the text.
fn names(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|found| found == word)
}

fn known() -> BTreeMap<String, Model> {
    let mut known = BTreeMap::new();
    models(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/loom"), &mut known);
    known
}

#[test]
fn each_outcome_has_models_that_exist_and_say_so() {
    let (known, page) = (known(), page());
    for outcome in OUTCOMES {
        let named = page.get(outcome).unwrap_or_else(|| panic!("the page has no paragraph on {outcome}"));
        assert!(!named.is_empty(), "the page names no model for {outcome}");
    }
    for (outcome, named) in &page {
        for name in named {
            let model = known.get(name).unwrap_or_else(|| panic!("{outcome}: there is no model {name}"));
            assert!(
                names(&model.head, outcome),
                "{}: the head of the file of {name} does not name {outcome}",
                model.file.display()
            );
        }
    }
}

#[test]
fn each_model_is_named() {
    let named: BTreeSet<_> = page().into_values().flatten().collect();
    let of_the_protocol = known().into_iter().filter(|(_, model)| !model.file.ends_with("litmus.rs"));
    let forgotten: Vec<_> =
        of_the_protocol.map(|(name, _)| name).filter(|name| !named.contains(name)).collect();
    assert!(forgotten.is_empty(), "the page does not name {forgotten:#?}");
}

#[test]
fn the_rooms_are_the_files_that_there_are() {
    let rooms = rooms();
    let named: BTreeSet<_> = rooms.iter().cloned().collect();
    assert_eq!(rooms.len(), named.len(), "the table names a file twice: {rooms:#?}");
    let mut there = BTreeSet::new();
    for room in ROOMS {
        files(Path::new(room), &mut there);
    }
    let forgotten: Vec<_> = there.difference(&named).collect();
    assert!(forgotten.is_empty(), "the table of rooms does not name {forgotten:#?}");
    let gone: Vec<_> = named.difference(&there).collect();
    assert!(gone.is_empty(), "the table of rooms names what is not there: {gone:#?}");
}
