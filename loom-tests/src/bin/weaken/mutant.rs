//! One change to one file of the library.

/// A file of the library, as it is in the tree.
pub(crate) struct Source {
    /// Relative to the tree, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What is wrong in one copy of the library.
pub(crate) struct Mutant {
    /// Names it in `survivors.rs` and on the command line; without a line number, which would go stale
    /// with every edit above it.
    pub(crate) id: String,
    /// The file and line.
    pub(crate) place: String,
    /// What it is, or which rule it breaks.
    pub(crate) what: String,
    /// The file, relative to the tree.
    pub(crate) path: String,
    /// The whole of that file with the change made.
    pub(crate) text: String,
}

/// Puts `replace` into the place of the only `find` in `text`, and returns where that begins.
pub(crate) fn replace_once(text: &mut String, find: &str, replace: &str) -> Result<usize, String> {
    let places: Vec<_> = text.match_indices(find).map(|(at, _)| at).collect();
    match places[..] {
        [] => Err(format!("it does not contain\n{find}")),
        [at] if find == replace => Err(format!("nothing would change at byte {at}")),
        [at] => {
            text.replace_range(at..at + find.len(), replace);
            Ok(at)
        }
        _ => Err(format!("it contains {} times\n{find}", places.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str, find: &str, replace: &str) -> Result<(usize, String), String> {
        let mut text = text.to_owned();
        replace_once(&mut text, find, replace).map(|at| (at, text))
    }

    #[test]
    fn the_only_occurrence_is_replaced() {
        assert_eq!(replaced("a b c", "b", "long"), Ok((2, "a long c".into())));
        assert_eq!(replaced("a\n  b\nc", "  b\n", ""), Ok((2, "a\nc".into())));
    }

    #[test]
    fn a_stale_text_is_an_error() {
        assert!(replaced("a b c", "d", "e").unwrap_err().starts_with("it does not contain\nd"));
        assert!(replaced("a b a", "a", "c").unwrap_err().starts_with("it contains 2 times\na"));
        assert!(replaced("a b c", "b", "b").is_err());
    }
}
