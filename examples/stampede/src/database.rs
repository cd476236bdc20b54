//! The expensive resource: a report by aggregate queries over a database of lines.

use crate::Result;
use crate::corpus::{self, TextFile};
use crate::units;
use indicatif::ProgressBar;
use rusqlite::{Connection, OpenFlags, Transaction};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What the report is to cost. It decides how many lines are loaded.
const WANTED: Duration = Duration::from_millis(150);
/// Lines that are loaded before the report is timed for the first time.
const FIRST_BATCH: i64 = 10_000;
/// The bounds of the load: beyond them the report costs what it costs.
const MOST_LINES: i64 = 2_000_000;
const MOST_ROUNDS: u32 = 500;
const LONGEST_LOAD: Duration = Duration::from_secs(8);

const SCHEMA: &str = "
    PRAGMA journal_mode = OFF; -- nothing to save: it is made anew on each run
    PRAGMA synchronous = OFF;
    CREATE TABLE file (id INTEGER PRIMARY KEY, path TEXT, package TEXT, extension TEXT);
    CREATE TABLE line (file INTEGER, text TEXT);";

const BY_EXTENSION: &str = "
    SELECT extension, count(DISTINCT file), count(*), sum(length(text))
    FROM line JOIN file ON file.id = line.file GROUP BY extension ORDER BY 3 DESC";
const LARGEST_PACKAGE: &str = "
    SELECT package, count(*) FROM line JOIN file ON file.id = line.file
    GROUP BY package ORDER BY 2 DESC LIMIT 1";
const MOST_REPEATED: &str = "
    SELECT trim(text), count(*) FROM line WHERE length(trim(text)) BETWEEN 12 AND 60
    GROUP BY 1 ORDER BY 2 DESC LIMIT 1";
const UNFINISHED: &str = "SELECT count(*) FROM line WHERE text LIKE '%todo%' OR text LIKE '%fixme%'";

pub(crate) struct Database {
    file: PathBuf,
    lines: i64,
    files: u32,
    rounds: u32,
    report_takes: Duration,
}

/// What the readers read.
pub(crate) struct Report {
    pub(crate) lines: i64,
    extensions: Vec<Extension>,
    largest_package: (String, i64),
    most_repeated: Option<(String, i64)>,
    unfinished: i64,
}

struct Extension {
    name: String,
    files: i64,
    lines: i64,
    characters: i64,
}

impl Database {
    /// Loads the text files under `root` until a report costs what it should; over again, if they are few.
    pub(crate) fn load(root: &Path, directory: &Path) -> Result<Self> {
        let file = directory.join(format!("stampede-{}.sqlite", std::process::id()));
        let mut database = Self { file, lines: 0, files: 0, rounds: 1, report_takes: Duration::ZERO };
        let mut connection = Connection::open(&database.file)
            .map_err(|error| format!("cannot create {}: {error}", database.file.display()))?;
        connection.execute_batch(SCHEMA)?;
        let bar = ProgressBar::new_spinner();
        let began = Instant::now();
        let mut source = corpus::text_files(root)?;
        let mut wanted = FIRST_BATCH;
        while database.lines < wanted && began.elapsed() < LONGEST_LOAD {
            let transaction = connection.transaction()?;
            while database.lines < wanted && began.elapsed() < LONGEST_LOAD {
                match source.next() {
                    Some(text) => database.add(&transaction, &text)?,
                    None if database.lines == 0 || database.rounds == MOST_ROUNDS => break,
                    None => {
                        database.rounds += 1;
                        source = corpus::text_files(root)?;
                    }
                }
                bar.set_message(format!(
                    "loading {}: {} lines",
                    root.display(),
                    units::count(database.lines as u64)
                ));
                bar.tick();
            }
            transaction.commit()?;
            if database.lines == 0 {
                return Err(no_text(root).into());
            }
            database.report_takes = database.time_report()?;
            wanted = database.next_goal();
        }
        bar.finish_and_clear();
        Ok(database)
    }

    fn add(&mut self, transaction: &Transaction<'_>, text: &TextFile) -> Result<()> {
        transaction
            .prepare_cached("INSERT INTO file (path, package, extension) VALUES (?1, ?2, ?3)")?
            .execute((text.path.to_string_lossy(), text.package(), text.extension()))?;
        let file = transaction.last_insert_rowid();
        let mut insert = transaction.prepare_cached("INSERT INTO line VALUES (?1, ?2)")?;
        for line in text.text.lines() {
            insert.execute((file, line))?;
            self.lines += 1;
        }
        self.files += u32::from(self.rounds == 1);
        Ok(())
    }

    /// How many lines there should be, after what the report just cost; as many as there are if that
    /// is about right.
    fn next_goal(&self) -> i64 {
        let factor = WANTED.as_secs_f64() / self.report_takes.as_secs_f64();
        if factor < 1.1 || self.rounds == MOST_ROUNDS {
            return self.lines;
        }
        // In small steps, since what is loaded cannot be taken back.
        (self.lines as f64 * factor.min(4.0)).min(MOST_LINES as f64) as i64
    }

    /// The best of three: on a busy machine only the best says what the queries cost.
    fn time_report(&self) -> Result<Duration> {
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let began = Instant::now();
            self.report()?;
            best = best.min(began.elapsed());
        }
        Ok(best)
    }

    /// What one report costs while nobody else asks.
    pub(crate) fn report_takes(&self) -> Duration {
        self.report_takes
    }

    pub(crate) fn lines(&self) -> i64 {
        self.lines
    }

    /// Asks the database, on a connection of its own: any number of threads can do so at once.
    pub(crate) fn report(&self) -> rusqlite::Result<Report> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        let extensions = connection
            .prepare(BY_EXTENSION)?
            .query_map((), |row| {
                Ok(Extension {
                    name: row.get(0)?,
                    files: row.get(1)?,
                    lines: row.get(2)?,
                    characters: row.get(3)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(Report {
            lines: extensions.iter().map(|extension| extension.lines).sum(),
            extensions,
            largest_package: connection.query_row(LARGEST_PACKAGE, (), pair)?,
            most_repeated: connection.query_row(MOST_REPEATED, (), pair).map(Some).or_else(none_if_empty)?,
            unfinished: connection.query_row(UNFINISHED, (), |row| row.get(0))?,
        })
    }

    pub(crate) fn describe(&self, root: &Path) -> String {
        let files = units::count(self.files.into());
        let over = match self.rounds {
            1 => String::new(),
            rounds => format!(", over again until it had gone round {rounds} times"),
        };
        let size = std::fs::metadata(&self.file).map_or(0, |about| about.len());
        format!(
            "Loaded {files} text files of {}{over}:\n{} lines, a database of {:.1} MB. One report takes {}, alone.",
            root.display(),
            units::count(self.lines as u64),
            size as f64 / 1e6,
            units::time(self.report_takes),
        )
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // If it is gone already, so much the better.
        let _ = std::fs::remove_file(&self.file);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: i64| units::count(count as u64);
        write!(f, "The report: most lines in {}, {}", self.largest_package.0, count(self.largest_package.1))?;
        if let Some((line, times)) = &self.most_repeated {
            write!(f, "; the most frequent line, {} times: {line}", count(*times))?;
        }
        write!(f, "; todo or fixme: {}", count(self.unfinished))?;
        for Extension { name, files, lines, characters } in self.extensions.iter().take(3) {
            let width = characters / lines;
            write!(
                f,
                "\n  {name:<8}{:>10} lines in {:>5} files, {width} characters each",
                count(*lines),
                count(*files)
            )?;
        }
        Ok(())
    }
}

fn none_if_empty<T>(error: rusqlite::Error) -> rusqlite::Result<Option<T>> {
    match error {
        rusqlite::Error::QueryReturnedNoRows => Ok(None),
        error => Err(error),
    }
}

fn no_text(root: &Path) -> String {
    format!(
        "no text file to load in {} (hidden files, target directories and files above 1 MB are left out); \
         give a PATH with some source code or other text",
        root.display()
    )
}
