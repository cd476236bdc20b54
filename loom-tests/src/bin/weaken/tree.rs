//! The copy of the workspace in which the mutants live.

use crate::mutant::{Mutant, Source};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub(crate) struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Copies the workspace at `from` to `root`, in the place of whatever is there.
    ///
    /// Left out: build output; names with a dot in front, of which cargo finds its configuration in the
    /// directories above; and this tool, which no model needs.
    pub(crate) fn copy(from: &Path, root: PathBuf) -> Result<Self, String> {
        if root.exists() {
            fs::remove_dir_all(&root)
                .map_err(|error| format!("cannot remove {}: {error}", root.display()))?;
        }
        copy_directory(from, &root)
            .and_then(|()| fs::remove_dir_all(root.join("loom-tests/src/bin")))
            .map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), root.display()))?;
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Puts the mutant into the place of the file that it changes; for `restore` to undo.
    pub(crate) fn apply(&self, mutant: &Mutant) -> Result<(), String> {
        self.write(&mutant.path, &mutant.text)
    }

    pub(crate) fn restore(&self, source: &Source) -> Result<(), String> {
        self.write(&source.path, &source.text)
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        fs::write(self.root.join(path), text)
            .map_err(|error| format!("cannot write {path} in the copy: {error}"))
    }
}

/// The library's files in the workspace at `root`, by name.
pub(crate) fn sources(root: &Path) -> Result<Vec<Source>, String> {
    read_sources(&root.join("src"))
        .map_err(|error| format!("cannot read {}: {error}", root.join("src").display()))
}

fn read_sources(directory: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.path().extension() == Some(OsStr::new("rs")) {
            let path = format!("src/{}", entry.file_name().to_string_lossy());
            sources.push(Source { path, text: fs::read_to_string(entry.path())? });
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}
