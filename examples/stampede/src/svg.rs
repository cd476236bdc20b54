//! What every picture has: a page, its type, and the labels of a scale of latencies. `benches` draws with it, too.

use std::fmt::Write;

const STYLE: &str = "text { font-family: 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif; \
    font-size: 13px; fill: #24292f } .title { font-size: 23px; font-weight: bold } \
    .idea { fill: #57606a } .name { font-size: 16px; font-weight: bold } .tick { font-size: 11px; fill: #57606a } \
    .end { text-anchor: end } .middle { text-anchor: middle } .grid { stroke: #e3e6ea; stroke-width: 1 } \
    .frame { fill: #fbfcfd; stroke: #c9ced4 } .expiry { stroke: #57606a; stroke-dasharray: 3 3 }";

/// The head of a picture, which `</svg>` ends.
pub(crate) fn begin(width: f64, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n<style>{STYLE}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    )
}

/// What is drawn is ours: there is nothing in it to escape.
pub(crate) fn text(svg: &mut String, x: f64, y: f64, class: &str, content: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{content}</text>");
}

pub(crate) fn swatch(svg: &mut String, x: f64, y: f64, colour: &str) {
    let _ =
        writeln!(svg, "<rect x=\"{x}\" y=\"{}\" width=\"14\" height=\"11\" fill=\"{colour}\"/>", y - 10.0);
}

/// A power of ten, in seconds.
pub(crate) fn latency(seconds: f64) -> String {
    match seconds {
        ..1e-9 => format!("{:.1} ns", seconds * 1e9),
        ..1e-6 => format!("{:.0} ns", seconds * 1e9),
        ..1e-3 => format!("{:.0} µs", seconds * 1e6),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.0} s"),
    }
}
