//! What is done with measured numbers, and how they are printed.

/// In the middle of them.
pub(crate) fn median<N: Copy + PartialOrd>(numbers: impl IntoIterator<Item = N>) -> N {
    let mut numbers: Vec<N> = numbers.into_iter().collect();
    numbers.sort_by(|one, other| one.partial_cmp(other).expect("no times are not numbers"));
    numbers[numbers.len() / 2]
}

/// The median, over the rounds, of the ratio of two measurements of one round: the speed of a shared machine drifts.
pub(crate) fn ratio(of: &[f64], to: &[f64]) -> f64 {
    median(of.iter().zip(to).map(|(of, to)| of / to))
}

/// Three digits.
pub(crate) fn nanos(nanos: f64) -> String {
    match nanos {
        ..10.0 => format!("{nanos:.2} ns"),
        ..100.0 => format!("{nanos:.1} ns"),
        ..1000.0 => format!("{nanos:.0} ns"),
        _ => format!("{:.2} µs", nanos / 1e3),
    }
}

/// Two digits, or three above one.
pub(crate) fn short(ratio: f64) -> String {
    match ratio {
        ..0.1 => format!("{ratio:.3}"),
        ..2.0 => format!("{ratio:.2}"),
        _ => format!("{ratio:.1}"),
    }
}
