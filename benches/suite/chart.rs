//! Pictures on a logarithmic scale of time: bars, and lines. Each says where it was measured, in small print.

use crate::numbers::nanos;
use crate::svg::{begin, latency, swatch, text};
use std::fmt::Write;

const WIDTH: f64 = 1000.0;
const COLOURS: [&str; 10] = [
    "#d9480f", "#2563ab", "#2b8a3e", "#7a1f5c", "#57606a", "#b08800", "#0b7285", "#e64980", "#74b816",
    "#22b8cf",
];
const TOP: f64 = 78.0;

const MARGIN: f64 = 24.0;

/// What is drawn, without the small print.
pub(crate) struct Picture {
    title: &'static str,
    idea: &'static str,
    height: f64,
    drawn: String,
}

impl Picture {
    pub(crate) fn svg(&self, small_print: &str) -> String {
        const LINE: f64 = 14.0;
        // On average in a wide font, at the size of a tick.
        const CHARACTER: f64 = 6.2;
        let lines = wrapped(small_print, ((WIDTH - 2.0 * MARGIN) / CHARACTER) as usize);
        let mut svg = begin(WIDTH, self.height + LINE * lines.len() as f64 + MARGIN / 2.0);
        text(&mut svg, MARGIN, 34.0, "title", self.title);
        text(&mut svg, MARGIN, 58.0, "idea", self.idea);
        svg += &self.drawn;
        for (index, line) in lines.iter().enumerate() {
            text(&mut svg, MARGIN, self.height + LINE * (index as f64 + 0.5), "tick", &escaped(line));
        }
        svg + "</svg>\n"
    }
}

/// At spaces, into lines of so many characters at most.
fn wrapped(words: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let line = lines.last_mut().expect("there is always one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= most {
            *line += " ";
            *line += word;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// What other programs print can have anything in it.
fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;")
}

/// Powers of ten, in seconds, around what is drawn.
struct Scale {
    lowest: i32,
    decades: i32,
}

impl Scale {
    fn around(seconds: impl Iterator<Item = f64> + Clone) -> Self {
        let seconds = seconds.filter(|&seconds| seconds > 0.0);
        let lowest = seconds.clone().fold(f64::INFINITY, f64::min).log10().floor() as i32;
        let highest = seconds.fold(0.0, f64::max).log10().ceil() as i32;
        Self { lowest, decades: (highest - lowest).max(1) }
    }

    /// From 0 to 1.
    fn at(&self, seconds: f64) -> f64 {
        (seconds.log10() - f64::from(self.lowest)) / f64::from(self.decades)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.lowest..=self.lowest + self.decades).map(|power| 10_f64.powi(power))
    }
}

/// One for each name. `ours` are drawn in another colour.
pub(crate) fn bars(
    title: &'static str,
    idea: &'static str,
    bars: &[(&str, f64)],
    ours: impl Fn(&str) -> bool,
) -> Picture {
    const LEFT: f64 = 470.0;
    const BAR: f64 = 22.0;
    let plot = WIDTH - LEFT - 90.0;
    let scale = Scale::around(bars.iter().map(|&(_, seconds)| seconds));
    let bottom = TOP + BAR * bars.len() as f64;
    let mut svg = String::new();
    for tick in scale.ticks() {
        let x = LEFT + plot * scale.at(tick);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom:.1}\"/>");
        text(&mut svg, x, bottom + 18.0, "tick middle", &latency(tick));
    }
    for (index, &(name, seconds)) in bars.iter().enumerate() {
        let y = TOP + BAR * index as f64;
        let colour = COLOURS[usize::from(!ours(name))];
        let width = (plot * scale.at(seconds)).max(1.0);
        text(&mut svg, LEFT - 8.0, y + 15.0, "end", &name.replace('`', ""));
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"16\" fill=\"{colour}\"/>",
            y + 3.0
        );
        text(&mut svg, LEFT + width + 6.0, y + 15.0, "tick", &nanos(seconds * 1e9));
    }
    Picture { title, idea, height: bottom + 40.0, drawn: svg }
}

/// One for each name, over the same labels; without the points that are zero.
pub(crate) fn lines(
    title: &'static str,
    idea: &'static str,
    labels: &[String],
    lines: &[(&str, Vec<f64>)],
) -> Picture {
    const LEFT: f64 = 86.0;
    const RIGHT: f64 = 390.0;
    const HEIGHT: f64 = 340.0;
    let plot = WIDTH - LEFT - RIGHT;
    let scale = Scale::around(lines.iter().flat_map(|(_, points)| points.iter().copied()));
    let y_of = |seconds: f64| TOP + HEIGHT * (1.0 - scale.at(seconds));
    let x_of = |index: usize| LEFT + plot * (index as f64 + 0.5) / labels.len() as f64;
    let mut svg = String::new();
    for tick in scale.ticks() {
        let y = y_of(tick);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}h{plot:.1}\"/>");
        text(&mut svg, LEFT - 8.0, y + 4.0, "tick end", &latency(tick));
    }
    for (index, label) in labels.iter().enumerate() {
        text(&mut svg, x_of(index), TOP + HEIGHT + 20.0, "tick middle", label);
    }
    let drawn = lines.iter().filter(|(_, points)| points.iter().any(|&seconds| seconds > 0.0));
    for (index, (name, points)) in drawn.enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let mut path = String::new();
        for (at, &seconds) in points.iter().enumerate().filter(|&(_, &seconds)| seconds > 0.0) {
            let (x, y) = (x_of(at), y_of(seconds));
            let _ = write!(path, "{}{x:.1} {y:.1}", if path.is_empty() { 'M' } else { 'L' });
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
        }
        let _ = writeln!(svg, "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" d=\"{path}\"/>");
        let y = TOP + 16.0 + 22.0 * index as f64;
        swatch(&mut svg, WIDTH - RIGHT + 20.0, y, colour);
        text(&mut svg, WIDTH - RIGHT + 40.0, y, "", &name.replace('`', ""));
    }
    Picture { title, idea, height: TOP + HEIGHT + 44.0, drawn: svg }
}
