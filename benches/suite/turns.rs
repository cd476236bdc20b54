//! Contenders that take turns, and who of their callers makes the value.

use dogpile_benches::{Make, Reads, Shared, Sharing};
use std::cell::Cell;

thread_local! {
    static MADE: Cell<bool> = const { Cell::new(false) };
}

/// Reads. Says, too, whether the creation function ran inside the call, on this thread.
pub(crate) fn led(read: &mut Reads<'_>, make: Make<'_>) -> (u64, bool) {
    MADE.set(false);
    let noted = || {
        MADE.set(true);
        make()
    };
    (read(&noted), MADE.get())
}

/// What was measured of each, in rounds of one measurement each. Of something new each time; not always after the same
/// neighbour's threads.
pub(crate) fn in_turns<N>(
    contenders: &[Sharing],
    rounds: usize,
    measure: impl Fn(&dyn Shared) -> N,
) -> Vec<Vec<N>> {
    let count = contenders.len();
    let mut measured: Vec<Vec<N>> = (0..count).map(|_| Vec::with_capacity(rounds)).collect();
    for round in 0..rounds {
        for turn in 0..count {
            let turn = if round % 2 == 0 { turn } else { count - 1 - turn };
            let which = (turn + round) % count;
            measured[which].push(measure(&*contenders[which].make()));
        }
    }
    measured
}
