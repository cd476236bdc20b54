//! As much of Rust's grammar as it takes to know which paths a file names: words without comments, and trees of `use`.

/// A word, a string with its quotes, or one sign (`::` counts as one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A file of the library.
pub(super) struct Source {
    /// As `src/protocol/slot.rs`.
    pub(super) file: String,
    pub(super) tokens: Vec<Token>,
}

/// A path from its root on: `crate`, or the name of another crate.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
}

impl Source {
    pub(super) fn new(file: &str, text: &str) -> Self {
        Self { file: file.to_owned(), tokens: tokens(text) }
    }

    /// The folder below `src`, or the name of a file that has none.
    pub(super) fn room(&self) -> &str {
        let below = self.file.strip_prefix("src/").unwrap_or(&self.file);
        below.split('/').next().expect("a name").trim_end_matches(".rs")
    }

    /// The path of the module that the file is, without `crate`.
    fn module(&self) -> Vec<String> {
        let below = self.file.strip_prefix("src/").unwrap_or(&self.file).trim_end_matches(".rs");
        below.split('/').filter(|name| !["mod", "lib"].contains(name)).map(str::to_owned).collect()
    }

    /// All paths that begin with `crate`, with `super`, or with one of the `roots`.
    pub(super) fn paths(&self, roots: &[&str]) -> Vec<Named> {
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.text.as_str());
        let mut found = Vec::new();
        // The modules that are open, each with the number of braces around it.
        let (mut module, mut inner, mut depth) = (self.module(), Vec::new(), 0);
        let mut at = 0;
        while at < self.tokens.len() {
            match text(at) {
                "mod" if text(at + 2) == "{" => {
                    module.push(text(at + 1).to_owned());
                    inner.push(depth);
                    depth += 1;
                    at += 2;
                }
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if inner.last() == Some(&depth) {
                        inner.pop();
                        module.pop();
                    }
                }
                word @ ("crate" | "super") if text(at + 1) == "::" => {
                    let mut path = vec!["crate".to_owned()];
                    if word == "super" {
                        path.extend_from_slice(&module);
                        path.pop();
                    }
                    while text(at + 1) == "::" && text(at + 2) == "super" {
                        path.pop();
                        at += 2;
                    }
                    at = self.tree(at + 1, path, &mut found);
                    continue;
                }
                word if roots.contains(&word) && !["::", "."].contains(&text(at.wrapping_sub(1))) => {
                    at = self.tree(at + 1, vec![word.to_owned()], &mut found);
                    continue;
                }
                // From the root of all crates.
                word if roots.contains(&word)
                    && text(at - 1) == "::"
                    && !is_word(text(at.wrapping_sub(2)))
                    && text(at.wrapping_sub(2)) != ">" =>
                {
                    at = self.tree(at + 1, vec![word.to_owned()], &mut found);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        found
    }

    /// Reads what follows `path` at a `::`, and returns where it ends.
    fn tree(&self, mut at: usize, mut path: Vec<String>, found: &mut Vec<Named>) -> usize {
        let text = |at: usize| self.tokens.get(at).map_or("", |token| token.text.as_str());
        let line = self.tokens[at - 1].line;
        while text(at) == "::" && (is_word(text(at + 1)) || text(at + 1) == "*") {
            path.push(text(at + 1).to_owned());
            at += 2;
        }
        if text(at) != "::" || text(at + 1) != "{" {
            found.push(Named { line, path });
            return at;
        }
        at += 2;
        while !["}", ""].contains(&text(at)) {
            if is_word(text(at)) || text(at) == "*" {
                let mut path = path.clone();
                path.push(text(at).to_owned());
                at = self.tree(at + 1, path, found);
                if text(at) == "as" {
                    at += 2;
                }
            } else {
                at += 1;
            }
        }
        at + 1
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// What a string, a character, a comment or something else at the beginning of `rest` ends with.
fn length(rest: &str) -> usize {
    let up_to =
        |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    let raw = rest.trim_start_matches(['b', 'c']);
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if let Some(raw) = raw.strip_prefix('r').filter(|_| rest.len() - raw.len() <= 1) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let from = rest.len() - raw.len() + hashes + 1;
            return up_to(&format!("\"{}", "#".repeat(hashes)), from);
        }
    }
    if raw.starts_with('"') && rest.len() - raw.len() <= 1 {
        return quoted(rest, rest.len() - raw.len(), '"');
    }
    if let Some(inner) = rest.strip_prefix('\'') {
        let mut inner = inner.chars();
        let is_char = inner.next() == Some('\\') || inner.next() == Some('\'');
        return if is_char { quoted(rest, 0, '\'') } else { 1 };
    }
    if is_word(rest) || rest.starts_with(|first: char| first.is_ascii_digit()) {
        return rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    }
    if rest.starts_with("::") { 2 } else { rest.chars().next().map_or(0, char::len_utf8) }
}

/// The length of what is between two of `quote`, the first of which is at `start`.
fn quoted(rest: &str, start: usize, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().filter(|(at, _)| *at > start) {
        if !escaped && c == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let (step, change) = match rest.get(at..at + 2) {
            Some("/*") => (2, 1),
            Some("*/") => (2, -1),
            _ => (1, 0),
        };
        (depth, at) = (depth + change, at + step);
        if depth == 0 || at >= rest.len() {
            return at.min(rest.len());
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), text, 1);
    while !rest.is_empty() {
        let (token, after) = rest.split_at(length(rest));
        if !token.trim().is_empty() && !token.starts_with("//") && !token.starts_with("/*") {
            tokens.push(Token { line, text: token.to_owned() });
        }
        line += token.matches('\n').count();
        rest = after;
    }
    tokens
}

#[test]
fn comments_and_strings_are_told_from_words() {
    let text = r##"
        //! crate::a
        /* crate::b /* crate::c */ crate::d */
        fn f<'a>(x: &'a str) -> char { r#"crate::e " "#; "crate::f \" "; '\''; '"'; 'x' }
        crate::g
    "##;
    let source = Source::new("src/x.rs", text);
    assert_eq!(source.paths(&[]), [Named { line: 5, path: vec!["crate".into(), "g".into()] }]);
}

#[test]
fn trees_are_unfolded_and_super_is_followed() {
    let paths = |file: &str, text: &str| -> Vec<String> {
        let source = Source::new(file, text);
        source
            .paths(&["std"])
            .iter()
            .map(|named| format!("{}:{}", named.line, named.path.join("::")))
            .collect()
    };
    assert_eq!(
        paths("src/a/b.rs", "use crate::{c::{D, e::F as G}, h::*};\nuse std::{fmt, sync::{self, Arc}};"),
        [
            "1:crate::c::D",
            "1:crate::c::e::F",
            "1:crate::h::*",
            "2:std::fmt",
            "2:std::sync::self",
            "2:std::sync::Arc"
        ]
    );
    assert_eq!(paths("src/a/b.rs", "super::c(); use super::super::d;"), ["1:crate::a::c", "1:crate::d"]);
    assert_eq!(paths("src/a/mod.rs", "use super::{c, d::E};"), ["1:crate::c", "1:crate::d::E"]);
    let inner = "mod tests {\n use super::*; fn f() { super::super::c() }\n}\nuse super::d;";
    assert_eq!(paths("src/a/b.rs", inner), ["2:crate::a::b::*", "2:crate::a::c", "4:crate::a::d"]);
    assert_eq!(paths("src/a/b.rs", "$crate::c::d!(x); pub(crate) struct S;"), ["1:crate::c::d"]);
    assert_eq!(paths("src/a/b.rs", "::std::fmt::f(); x::std::y(); <T>::std::z()"), ["1:std::fmt::f"]);
}
