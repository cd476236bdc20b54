//! What a part of the suite has to show.

use crate::Effort;
use std::fs;
use std::path::PathBuf;

pub(crate) struct Report {
    pub(crate) title: &'static str,
    /// Tables and notes.
    pub(crate) markdown: String,
    /// An SVG.
    pub(crate) picture: Option<String>,
}

impl Report {
    /// Prints it, and writes it to `NAME.md` and `NAME.svg`.
    pub(crate) fn publish(&self, name: &str, machine: &str, effort: Effort) {
        println!("## {}\n\n{}", self.title, self.markdown);
        let directory = directory(effort);
        let picture =
            self.picture.as_ref().map_or(String::new(), |_| format!("![{}]({name}.svg)\n\n", self.title));
        let page = format!("# {}\n\n{picture}{}\n{machine}\n", self.title, self.markdown);
        let write = || {
            fs::create_dir_all(&directory)?;
            fs::write(directory.join(name).with_extension("md"), page)?;
            self.picture
                .as_ref()
                .map_or(Ok(()), |svg| fs::write(directory.join(name).with_extension("svg"), svg))
        };
        match write() {
            Ok(()) => println!("-> {}", directory.join(name).with_extension("md").display()),
            Err(error) => eprintln!("{}: {error}", directory.display()),
        }
    }
}

/// What was only tried out does not take the place of what was measured.
fn directory(effort: Effort) -> PathBuf {
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/results");
    effort.of(results, concat!(env!("CARGO_TARGET_TMPDIR"), "/results")).into()
}

/// A table in Markdown, from the cells of its head and of its rows.
pub(crate) fn table<'a>(head: &[&str], rows: impl IntoIterator<Item = &'a Vec<String>>) -> String {
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut table = line(head) + &line(&vec!["---"; head.len()]).replace(' ', "");
    for row in rows {
        table += &line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    table
}

/// In the middle of them.
pub(crate) fn median<N: Copy + PartialOrd>(numbers: impl IntoIterator<Item = N>) -> N {
    let mut numbers: Vec<N> = numbers.into_iter().collect();
    numbers.sort_by(|one, other| one.partial_cmp(other).expect("no times are not numbers"));
    numbers[numbers.len() / 2]
}
