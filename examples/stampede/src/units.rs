//! Times and counts as people read them.

use std::time::Duration;

/// Three significant digits and the unit that fits.
pub(crate) fn time(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    let (value, unit) = match nanos {
        ..1e3 => return format!("{nanos:.0} ns"),
        ..1e6 => (nanos / 1e3, "µs"),
        ..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {unit}")
}

pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// A mean of whole numbers: with a decimal only if it has one.
pub(crate) fn mean(mean: f64) -> String {
    let tenths = (mean * 10.0).round() / 10.0;
    format!("{tenths}")
}

/// In groups of three digits.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.char_indices() {
        if position > 0 && (digits.len() - position) % 3 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        assert_eq!(time(Duration::from_nanos(87)), "87 ns");
        assert_eq!(time(Duration::from_nanos(1_234)), "1.23 µs");
        assert_eq!(time(Duration::from_micros(45_678)), "45.7 ms");
        assert_eq!(time(Duration::from_millis(4_800)), "4.80 s");
    }

    #[test]
    fn groups_of_three() {
        assert_eq!(count(7), "7");
        assert_eq!(count(123_456), "123 456");
        assert_eq!(count(1_000_000), "1 000 000");
    }
}
