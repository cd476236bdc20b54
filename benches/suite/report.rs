//! What a part of the suite has to show, and where it is shown.

use crate::chart::Picture;
use crate::effort::Effort;
use crate::limits::{self, Limit};
use crate::machine::Machine;
use std::fs;
use std::io;
use std::path::PathBuf;

pub(crate) struct Report {
    pub(crate) title: &'static str,
    /// Tables and notes.
    pub(crate) markdown: String,
    pub(crate) limits: Vec<Limit>,
    pub(crate) picture: Option<Picture>,
}

const OUR_README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const FRONT_PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

impl Report {
    /// Prints it, and writes it to `NAME.md` and `NAME.svg`. What was not only tried out goes to its place in
    /// `benches/README.md`, too, and its summary to the front page of the repository.
    pub(crate) fn publish(&self, name: &str, machine: &Machine, effort: Effort) {
        let figures = self.figures();
        println!("## {}\n\n{figures}", self.title);
        match self.write(name, &figures, machine, effort) {
            Ok(page) => println!("-> {}", page.display()),
            Err(error) => eprintln!("the figures of `{name}` were not written: {error}"),
        }
    }

    fn figures(&self) -> String {
        if self.limits.is_empty() {
            return self.markdown.clone();
        }
        format!("{}\n{}", self.markdown, limits::all(&self.limits))
    }

    fn write(&self, name: &str, figures: &str, machine: &Machine, effort: Effort) -> io::Result<PathBuf> {
        let directory = directory(effort);
        let page = directory.join(name).with_extension("md");
        let small_print = machine.in_full();
        let picture =
            self.picture.as_ref().map_or(String::new(), |_| format!("![{}]({name}.svg)\n\n", self.title));
        fs::create_dir_all(&directory)?;
        fs::write(&page, format!("# {}\n\n{picture}{figures}\n{small_print}\n", self.title))?;
        if let Some(picture) = &self.picture {
            fs::write(directory.join(name).with_extension("svg"), picture.svg(small_print))?;
        }
        if !effort.quick {
            between_marks(OUR_README, name, &format!("{figures}\n{small_print}\n"))?;
            if let Some(summary) = limits::summary(&self.limits, machine.in_short()) {
                between_marks(FRONT_PAGE, "summary", &summary)?;
            }
        }
        Ok(page)
    }
}

/// Puts `figures` between the two marks of a page that bear the name.
fn between_marks(page: &str, name: &str, figures: &str) -> io::Result<()> {
    let text = fs::read_to_string(page)?;
    let (begin, end) = (format!("<!-- figures: {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let parts = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let Some((before, after)) = parts else {
        return Err(io::Error::other(format!("{page} has no marks for `{name}`")));
    };
    fs::write(page, format!("{before}{begin}\n{figures}\n{end}{after}"))
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
