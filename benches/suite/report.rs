//! What a part of the suite has to show.

use crate::Effort;
use crate::chart::Picture;
use std::fs;
use std::io;
use std::path::PathBuf;

pub(crate) struct Report {
    pub(crate) title: &'static str,
    /// Tables and notes.
    pub(crate) markdown: String,
    pub(crate) picture: Option<Picture>,
}

impl Report {
    /// Prints it, and writes it to `NAME.md` and `NAME.svg`, and to the README if that has a place for it.
    pub(crate) fn publish(&self, name: &str, machine: &str, effort: Effort) {
        println!("## {}\n\n{}", self.title, self.markdown);
        let directory = directory(effort);
        let picture =
            self.picture.as_ref().map_or(String::new(), |_| format!("![{}]({name}.svg)\n\n", self.title));
        let page = format!("# {}\n\n{picture}{}\n{machine}\n", self.title, self.markdown);
        let write = || {
            fs::create_dir_all(&directory)?;
            fs::write(directory.join(name).with_extension("md"), page)?;
            self.picture.as_ref().map_or(Ok(()), |picture| {
                fs::write(directory.join(name).with_extension("svg"), picture.svg(machine))
            })
        };
        let readme = || effort.of(in_readme as fn(&str, &str) -> io::Result<()>, |_, _| Ok(()));
        match write().and_then(|()| readme()(name, &format!("{}\n{machine}\n", self.markdown))) {
            Ok(()) => println!("-> {}", directory.join(name).with_extension("md").display()),
            Err(error) => eprintln!("{}: {error}", directory.display()),
        }
    }
}

/// Puts `figures` between the two marks that bear the part's name, if they are there.
fn in_readme(name: &str, figures: &str) -> io::Result<()> {
    const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(README)?;
    let (begin, end) = (format!("<!-- figures: {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let parts = readme.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let Some((before, after)) = parts else { return Ok(()) };
    fs::write(README, format!("{before}{begin}\n{figures}\n{end}{after}"))
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
