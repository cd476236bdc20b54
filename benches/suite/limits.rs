//! What the design allows, beside what was measured.

use crate::numbers::short;
use crate::report::table;

/// A ratio of two measurements, and the most that it may be.
pub(crate) struct Limit {
    pub(crate) what: String,
    pub(crate) is: f64,
    at_most: f64,
    /// Whether the front page of the repository shows it.
    in_summary: bool,
}

impl Limit {
    pub(crate) fn new(what: impl Into<String>, is: f64, at_most: f64) -> Self {
        Self { what: what.into(), is, at_most, in_summary: false }
    }

    pub(crate) fn in_summary(self) -> Self {
        Self { in_summary: true, ..self }
    }

    fn row(&self) -> Vec<String> {
        let verdict = if self.is <= self.at_most { "met" } else { "**not met**" };
        vec![self.what.clone(), format!("{:.3}", self.is), format!("{:.3}", self.at_most), verdict.to_owned()]
    }
}

pub(crate) fn all(limits: &[Limit]) -> String {
    table(&["limit of the design", "is", "at most", ""], &limits.iter().map(Limit::row).collect::<Vec<_>>())
}

/// Those of the front page, under a head that says where and when; nothing if there are none.
pub(crate) fn summary(limits: &[Limit], place: &str) -> Option<String> {
    let row = |limit: &Limit| vec![limit.what.clone(), short(limit.is)];
    let rows: Vec<_> = limits.iter().filter(|limit| limit.in_summary).map(row).collect();
    let head = format!("one `u64`, {place}");
    (!rows.is_empty()).then(|| table(&[&head, "ratio"], &rows))
}
