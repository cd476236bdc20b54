//! The picture: for each strategy a heat map of read latency over time, and below it how many
//! recomputations ran at once.

use crate::race::{self, Outcome, READERS, Span};
use crate::record::{COLUMNS, DECADES, LOWEST_DECADE, ROWS_PER_DECADE, SHOWN};
use crate::strategies::TIME_TO_LIVE;
use crate::svg::{self, swatch, text};
use crate::units;
use std::fmt::Write;
use std::time::Duration;

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 86.0;
const RIGHT: f64 = 24.0;
const PLOT: f64 = WIDTH - LEFT - RIGHT;
/// Where the first panel begins, and how far it is from one to the next.
const TOP: f64 = 124.0;
const PANEL: f64 = 268.0;
/// The parts of a panel: two lines of text, the heat map, a gap, the recomputations.
const HEADING: f64 = 46.0;
const MAP: f64 = 138.0;
const GAP: f64 = 8.0;
const LANE: f64 = 40.0;
const BOTTOM: f64 = 20.0;

/// Reads are drawn in another colour from here on.
const SLOW: Duration = Duration::from_millis(1);
const FAST_COLOUR: &str = "#2563ab";
const SLOW_COLOUR: &str = "#d9480f";
const LANE_COLOUR: &str = "#7a1f5c";
/// How many shades tell few reads from many.
const SHADES: usize = 6;

pub(crate) fn draw(outcomes: &[Outcome], report: Duration) -> String {
    let height = TOP + PANEL * outcomes.len() as f64 + BOTTOM;
    let longest = outcomes.iter().map(|outcome| outcome.record.longest()).max().unwrap_or_default();
    let scale = Scale::up_to(longest.max(Duration::from_secs(1)));
    let mut svg = svg::begin(WIDTH, height);
    header(&mut svg, report);
    for (index, outcome) in outcomes.iter().enumerate() {
        panel(&mut svg, TOP + PANEL * index as f64, outcome, scale);
    }
    text(&mut svg, LEFT + PLOT / 2.0, height - 12.0, "middle", "seconds since the start of the run");
    svg + "</svg>\n"
}

fn header(svg: &mut String, report: Duration) {
    text(svg, LEFT, 38.0, "title", &format!("What {READERS} readers go through when their value expires"));
    let about = format!(
        "Latency of each read, as its caller saw it. The value: a report by SQL queries that take {}, good for {}. \
         The first {} of each run.",
        units::time(report),
        units::seconds(TIME_TO_LIVE),
        units::seconds(SHOWN),
    );
    text(svg, LEFT, 62.0, "", &about);
    let y = 92.0;
    swatch(svg, LEFT, y, FAST_COLOUR);
    text(svg, LEFT + 20.0, y, "", "reads below 1 ms");
    swatch(svg, LEFT + 150.0, y, SLOW_COLOUR);
    text(svg, LEFT + 170.0, y, "", "slower reads, and those that came due meanwhile (darker: more)");
    swatch(svg, LEFT + 640.0, y, LANE_COLOUR);
    text(svg, LEFT + 660.0, y, "", &format!("recomputations at work, 0 to {READERS}"));
    let _ = writeln!(svg, "<path class=\"expiry\" d=\"M{} {}v16\"/>", LEFT + 912.0, y - 13.0);
    text(svg, LEFT + 922.0, y, "", "the value expires");
}

fn panel(svg: &mut String, top: f64, outcome: &Outcome, scale: Scale) {
    let heading = format!(
        "<tspan class=\"name\">{}</tspan><tspan class=\"idea\" dx=\"12\">{}</tspan>",
        outcome.name, outcome.idea
    );
    text(svg, LEFT, top + 16.0, "", &heading);
    text(svg, LEFT, top + 36.0, "", &outcome.in_one_line());
    let map = top + HEADING;
    let lane = map + MAP + GAP;
    for (y, height) in [(map, MAP), (lane, LANE)] {
        let _ = writeln!(
            svg,
            "<rect class=\"frame\" x=\"{LEFT}\" y=\"{y}\" width=\"{PLOT}\" height=\"{height}\"/>"
        );
    }
    latency_axis(svg, map, scale);
    time_axis(svg, lane + LANE);
    for expiry in outcome.expiries().into_iter().filter(|&expiry| expiry < SHOWN) {
        let _ = writeln!(svg, "<path class=\"expiry\" d=\"M{:.1} {map}V{}\"/>", x_of(expiry), lane + LANE);
    }
    heat(svg, map, &outcome.record.heat, scale);
    recomputations(svg, lane, &outcome.recomputations);
    text(svg, LEFT - 8.0, lane + 17.0, "tick end", "at work:");
    text(svg, LEFT - 8.0, lane + 31.0, "tick end", &format!("at most {}", outcome.most_at_once()));
}

fn latency_axis(svg: &mut String, map: f64, scale: Scale) {
    for decade in 0..=scale.decades {
        let power = i32::try_from(decade).map_or(0, |decade| decade + LOWEST_DECADE);
        let y = map + scale.y_of_row(decade * ROWS_PER_DECADE);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}h{PLOT}\"/>");
        let latency = 10_f64.powi(power);
        if decade % 2 == 1 {
            text(svg, LEFT - 8.0, y + 4.0, "tick end", &svg::latency(latency));
        }
    }
    let (x, y) = (20.0, map + MAP / 2.0);
    let _ = writeln!(
        svg,
        "<text class=\"tick middle\" x=\"{x}\" y=\"{y}\" transform=\"rotate(-90 {x} {y})\">read latency</text>"
    );
}

fn time_axis(svg: &mut String, bottom: f64) {
    for second in 0..=SHOWN.as_secs() {
        let x = x_of(Duration::from_secs(second));
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {bottom}v4\"/>");
        text(svg, x, bottom + 16.0, "tick middle", &second.to_string());
    }
}

/// One path for each colour and shade: the cells in it, those side by side in one piece.
fn heat(svg: &mut String, map: f64, heat: &[u32], scale: Scale) {
    let shade = |column: usize, row: usize| shade(heat[column * DECADES * ROWS_PER_DECADE + row]);
    let mut paths = vec![String::new(); 2 * SHADES];
    for row in 0..scale.decades * ROWS_PER_DECADE {
        let is_slow = latency_of_row(row) >= SLOW.as_secs_f64();
        let (y, height) = (map + scale.y_of_row(row + 1), scale.row_height());
        let mut column = 0;
        while column < COLUMNS {
            let first = column;
            let Some(shade_here) = shade(column, row) else {
                column += 1;
                continue;
            };
            while column < COLUMNS && shade(column, row) == Some(shade_here) {
                column += 1;
            }
            let (x, width) = (LEFT + column_width() * first as f64, column_width() * (column - first) as f64);
            let path = &mut paths[shade_here + SHADES * usize::from(is_slow)];
            let _ = write!(path, "M{x:.1} {y:.1}h{width:.1}v{height:.1}h-{width:.1}z");
        }
    }
    for (index, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
        let colour = if index < SHADES { FAST_COLOUR } else { SLOW_COLOUR };
        let opacity = (index % SHADES + 1) as f64 / SHADES as f64;
        let _ = writeln!(svg, "<path fill=\"{colour}\" fill-opacity=\"{opacity:.2}\" d=\"{path}\"/>");
    }
}

/// On a logarithmic scale from one read to a thousand; a single one can still be seen.
fn shade(reads: u32) -> Option<usize> {
    let decades = f64::from(reads).log10() / 3.0;
    (reads > 0).then(|| 1 + (decades * (SHADES - 1) as f64) as usize).map(|shade| shade.min(SHADES - 1))
}

/// How many run at each moment.
fn recomputations(svg: &mut String, lane: f64, spans: &[Span]) {
    let bottom = lane + LANE;
    let mut path = format!("M{LEFT} {bottom}");
    for (at, running) in race::at_work(spans) {
        // One in 64 would be less than a pixel.
        let up = f64::from(running) / f64::from(READERS) * (LANE - 4.0);
        let height = if running > 0 { up + 3.0 } else { 0.0 };
        let _ = write!(path, "H{:.1}V{:.1}", x_of(at.min(SHOWN)), bottom - height);
    }
    let _ = writeln!(svg, "<path fill=\"{LANE_COLOUR}\" d=\"{path}V{bottom}z\"/>");
}

/// Latencies from the lowest decade up to some decade, bottom to top.
#[derive(Clone, Copy)]
struct Scale {
    decades: usize,
}

impl Scale {
    fn up_to(longest: Duration) -> Self {
        let decades = longest.as_secs_f64().log10().ceil() - f64::from(LOWEST_DECADE);
        Self { decades: (decades as usize).clamp(1, DECADES) }
    }

    fn row_height(self) -> f64 {
        MAP / (self.decades * ROWS_PER_DECADE) as f64
    }

    fn y_of_row(self, row: usize) -> f64 {
        MAP - self.row_height() * row as f64
    }
}

/// The lower bound of a row, in seconds.
fn latency_of_row(row: usize) -> f64 {
    // A little up, so that the row of 1 ms is not below 1 ms by a rounding error.
    10_f64.powf(row as f64 / ROWS_PER_DECADE as f64 + f64::from(LOWEST_DECADE) + 1e-9)
}

fn column_width() -> f64 {
    PLOT / COLUMNS as f64
}

fn x_of(time: Duration) -> f64 {
    LEFT + PLOT * time.as_secs_f64() / SHOWN.as_secs_f64()
}
