//! The files of the workspace, and the copy of it in which the mutants live.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Texts of source files by their path from the root, with `/`.
pub(crate) type Sources = BTreeMap<String, String>;

/// The library's source files, those of subfolders included. The pages in `src/docs` are left out.
pub(crate) fn sources(root: &Path) -> Result<Sources, String> {
    let read = || {
        let mut sources = Sources::new();
        for file in files(&root.join("src"), ".rs")? {
            let path = from_root(root, &file);
            if !path.starts_with("src/docs/") {
                sources.insert(path, fs::read_to_string(file)?);
            }
        }
        Ok(sources)
    };
    read().map_err(|error: io::Error| format!("cannot read {}: {error}", root.join("src").display()))
}

pub(crate) fn from_root(root: &Path, file: &Path) -> String {
    let path = file.strip_prefix(root).expect("the file is below the root");
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

/// Replaces `to` by a copy of the workspace `from`, without this tool, which no model needs.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let copy = || {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        for file in files(from, "")? {
            let path = from_root(from, &file);
            if !path.starts_with("loom-tests/src/bin/") {
                let to = to.join(path);
                fs::create_dir_all(to.parent().expect("it is below a folder"))?;
                fs::copy(file, to)?;
            }
        }
        Ok(())
    };
    copy().map_err(|error: io::Error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

/// Writes `files` over those of the tree.
pub(crate) fn write(tree: &Path, files: &Sources) -> Result<(), String> {
    files.iter().try_for_each(|(path, text)| {
        fs::write(tree.join(path), text).map_err(|error| format!("cannot write {path} in the copy: {error}"))
    })
}

/// All files below `folder` whose names end in `ending`, sorted. Build output is left out, and so are names that
/// begin with a dot: cargo finds its configuration in the folders above the copy.
pub(crate) fn files(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == "target" || name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path(), ending)?);
        } else if name.ends_with(ending) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orderings;

    #[test]
    fn an_ordering_in_a_subfolder_is_found() {
        let root = std::env::temp_dir().join(format!("weaken-tree-{}", std::process::id()));
        let text = "fn f() { a.load(Acquire) }\n";
        for path in ["src/sync/deep/a.rs", "src/docs/b.rs", "src/target/c.rs", "src/d.txt"] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        let found = sources(&root).unwrap();
        fs::remove_dir_all(root).unwrap();
        assert_eq!(found, Sources::from([("src/sync/deep/a.rs".into(), text.into())]));
        let mutants = orderings::mutants(&found, "").unwrap();
        assert_eq!(mutants[0].id, "sync/deep/a::f: Acquire -> Relaxed");
    }
}
