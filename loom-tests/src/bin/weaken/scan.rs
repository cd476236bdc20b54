//! Tells the code of a Rust file from what only looks like code.

use std::ops::Range;

/// The same text, of the same length and with the same lines, in which every comment, string, character
/// literal and `use` declaration is blank.
pub(crate) fn code_only(source: &str) -> String {
    let mut code = source.as_bytes().to_vec();
    let mut at = 0;
    while at < code.len() {
        let piece = piece(&source.as_bytes()[at..]);
        let end = at + piece.length;
        if !piece.is_code {
            blank(&mut code[at..end]);
        }
        at = end;
    }
    blank_use_declarations(&mut code);
    String::from_utf8(code).expect("whole pieces of a str were replaced by spaces")
}

/// The words of a text: identifiers, keywords and numbers.
pub(crate) fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text.as_bytes()[at..];
        let start = at + rest.iter().position(|&byte| is_word(byte))?;
        let end = start + word_length(&text.as_bytes()[start..]);
        at = end;
        Some(start..end)
    })
}

/// The number, from 1, of the line that byte `at` stands on.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

struct Piece {
    length: usize,
    is_code: bool,
}

/// The first piece of a text that begins outside of any literal or comment.
fn piece(text: &[u8]) -> Piece {
    let hidden = |length: usize| Piece { length: length.min(text.len()), is_code: false };
    let code = |length| Piece { length, is_code: true };
    match text[0] {
        b'/' if text.starts_with(b"//") => hidden(line_length(text)),
        b'/' if text.starts_with(b"/*") => hidden(block_comment_length(text)),
        b'"' => hidden(quoted_length(text, b'"')),
        b'\'' => char_length(text).map_or(code(1), hidden),
        byte if is_word(byte) => {
            let length = word_length(text);
            match raw_string_length(&text[..length], &text[length..]) {
                Some(literal) => hidden(length + literal),
                None => code(length),
            }
        }
        _ => code(1),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn word_length(text: &[u8]) -> usize {
    text.iter().position(|&byte| !is_word(byte)).unwrap_or(text.len())
}

fn line_length(text: &[u8]) -> usize {
    text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len())
}

fn block_comment_length(text: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let step = if text[at..].starts_with(b"/*") {
            depth += 1;
            2
        } else if text[at..].starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// A literal that begins and ends with `quote` and knows escapes.
fn quoted_length(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != quote {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// None: the quote begins a lifetime or a label.
fn char_length(text: &[u8]) -> Option<usize> {
    if text.get(1) == Some(&b'\\') {
        return Some(quoted_length(text, b'\''));
    }
    // One character of up to four bytes; a lifetime is not closed.
    let second = 2 + text.get(2..)?.iter().take_while(|&&byte| byte & 0b1100_0000 == 0b1000_0000).count();
    (text.get(second) == Some(&b'\'')).then_some(second + 1)
}

/// The rest of a raw string of which `prefix` is the word that it begins with.
fn raw_string_length(prefix: &[u8], text: &[u8]) -> Option<usize> {
    if !matches!(prefix, b"r" | b"br" | b"cr") {
        return None;
    }
    let hashes = text.iter().take_while(|&&byte| byte == b'#').count();
    if text.get(hashes) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    let body = &text[hashes + 1..];
    let length = body.windows(end.len()).position(|window| window == end).unwrap_or(body.len());
    Some(hashes + 1 + length + end.len())
}

fn blank(text: &mut [u8]) {
    for byte in text {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// `code` has neither comments nor literals any more.
fn blank_use_declarations(code: &mut [u8]) {
    let mut at = 0;
    while at < code.len() {
        let length = if is_word(code[at]) { word_length(&code[at..]) } else { 1 };
        let is_use = &code[at..at + length] == b"use";
        at += length;
        let next = code[at..].iter().find(|byte| !byte.is_ascii_whitespace());
        // `use<'a>` is a bound, not a declaration.
        if is_use && next != Some(&b'<') {
            let end = code[at..].iter().position(|&byte| byte == b';').map_or(code.len(), |end| at + end);
            blank(&mut code[at - length..end]);
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of the words that stand for something to be found.
    fn left(source: &str) -> Vec<&str> {
        let code = code_only(source);
        assert_eq!(code.len(), source.len());
        assert_eq!(code.lines().count(), source.lines().count());
        words(&code).map(|word| &source[word]).filter(|word| word.starts_with("HIT")).collect()
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(left("HIT1 // no HIT\n HIT2 /// HIT\n//! HIT\nHIT3"), ["HIT1", "HIT2", "HIT3"]);
        assert_eq!(left("HIT1 /* HIT /* HIT */ HIT */ HIT2 /**/ HIT3 /* HIT"), ["HIT1", "HIT2", "HIT3"]);
        assert_eq!(left("HIT1 / 2 * HIT2 // HIT"), ["HIT1", "HIT2"]);
    }

    #[test]
    fn strings_are_no_code() {
        assert_eq!(left(r#"f("HIT", HIT1, "\"HIT\\", HIT2, "// ", HIT3)"#), ["HIT1", "HIT2", "HIT3"]);
        assert_eq!(
            left(r###"r"HIT\" HIT1 r#"HIT" HIT"# HIT2 br##"HIT"# "## HIT3"###),
            ["HIT1", "HIT2", "HIT3"]
        );
        assert_eq!(left("b\"HIT\" HIT1 c\"HIT\" HIT2 r#HIT HIT3"), ["HIT1", "HIT2", "HIT", "HIT3"]);
        assert_eq!(left("\"HIT\n  HIT\" HIT1 \"HIT"), ["HIT1"]);
    }

    #[test]
    fn a_quote_may_be_a_character_or_a_lifetime() {
        assert_eq!(left(r#"'"' HIT1 '"' '\'' HIT2 b'"' HIT3 '"'"#), ["HIT1", "HIT2", "HIT3"]);
        assert_eq!(left("<'a, HIT1> &'a HIT2 'HIT: 'x'"), ["HIT1", "HIT2", "HIT"]);
        assert_eq!(left("'ü' HIT1 '\u{1F980}' HIT2 '\\u{48}' HIT3"), ["HIT1", "HIT2", "HIT3"]);
    }

    #[test]
    fn use_declarations_are_no_code() {
        assert_eq!(left("use a::HIT;\nHIT1"), ["HIT1"]);
        assert_eq!(left("pub(crate) use a::{\n    HIT,\n    HIT as HIT,\n};\nfn f() { HIT1 }"), ["HIT1"]);
        assert_eq!(left("fn f<'a>() -> impl HIT1 + use<'a> { HIT2; }"), ["HIT1", "HIT2"]);
        assert_eq!(left("// use\nHIT1; user HIT2; reuse HIT3;"), ["HIT1", "HIT2", "HIT3"]);
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(line_of("a\nb\nc", 0), 1);
        assert_eq!(line_of("a\nb\nc", 2), 2);
        assert_eq!(line_of("a\nb\nc", 4), 3);
    }
}
