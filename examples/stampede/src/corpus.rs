//! Real text files to load.

use crate::{REPOSITORY, Result};
use std::ffi::OsStr;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Longer files are data or generated, and one of them could be the whole corpus.
const SIZES: RangeInclusive<u64> = 1..=1 << 20;

/// A text file, relative to the root it was found under.
pub(crate) struct TextFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn extension(&self) -> String {
        self.path.extension().map_or_else(|| "(none)".into(), |extension| extension.to_string_lossy().into())
    }

    /// What the report calls a package: the first directory below the root.
    pub(crate) fn package(&self) -> String {
        let mut parts = self.path.iter();
        match (parts.next(), parts.next()) {
            (Some(directory), Some(_)) => directory.to_string_lossy().into(),
            _ => ".".into(),
        }
    }
}

/// The source trees that cargo has unpacked on this machine; failing that, this repository.
pub(crate) fn default_root() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    #[allow(deprecated)] // was wrong on Windows only, and is right again since 1.85
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    home.and_then(|home| only_child(home.join("registry/src"))).unwrap_or_else(|| REPOSITORY.into())
}

/// With one registry its directory is the better root: the packages are right below it.
fn only_child(sources: PathBuf) -> Option<PathBuf> {
    let children: Vec<_> = fs::read_dir(&sources).ok()?.flatten().collect();
    match &children[..] {
        [] => None,
        [one] => Some(one.path()),
        _ => Some(sources),
    }
}

/// The text files under `root`, in the order of their names. What cannot be read is passed over, but
/// for the root itself.
pub(crate) fn text_files(root: &Path) -> Result<impl Iterator<Item = TextFile>> {
    let cannot = |error| format!("cannot read {}: {error}; give another PATH", root.display());
    if fs::metadata(root).map_err(cannot)?.is_dir() {
        fs::read_dir(root).map_err(cannot)?;
    } else {
        fs::File::open(root).map_err(cannot)?;
    }
    let root = root.to_owned();
    let entries = WalkDir::new(&root).sort_by_file_name().into_iter();
    Ok(entries
        .filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry))
        .flatten()
        .filter(|entry| entry.metadata().is_ok_and(|about| about.is_file() && SIZES.contains(&about.len())))
        .filter_map(move |entry| read(&root, entry.path())))
}

/// Hidden (also a repository's `.git`), or what cargo builds.
fn is_left_out(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    name.as_encoded_bytes().starts_with(b".") || (name == OsStr::new("target") && entry.file_type().is_dir())
}

fn read(root: &Path, path: &Path) -> Option<TextFile> {
    let text = fs::read_to_string(path).ok()?;
    if text.trim().is_empty() || text.contains('\0') {
        return None;
    }
    let below = path.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let path = below.or_else(|| path.file_name().map(Path::new))?.to_owned();
    Some(TextFile { path, text })
}
