//! One leader at a time, and what everybody else gets meanwhile.

use crate::origin::{Origin, Value};
use crate::rig::{Actor, TERM, callers, empty, in_schedules, join_all, living_for_a_term};
use shuttle::thread;
use shuttle_tests::clock::ManualClock;
use std::sync::Arc;

#[test]
fn twelve_callers_of_an_empty_cell() {
    in_schedules(1_500, || {
        let (cell, origin) = (empty(), Origin::new());
        let got = join_all(callers(12, &cell, &origin));
        assert_eq!((got, origin.runs()), (vec![1; 12], 1));
        origin.settle(&cell);
    });
}

#[test]
fn twelve_callers_for_a_stale_value() {
    in_schedules(1_500, || {
        let clock = ManualClock::new();
        let (cell, origin) = (living_for_a_term(&clock, Value::first()), Origin::new());
        clock.advance(TERM);
        let got = join_all(callers(12, &cell, &origin));
        assert!(got.contains(&1) && got.iter().all(|&number| number <= 1), "{got:?}");
        assert_eq!((origin.runs(), cell.stats().waits), (1, 0), "one creates, and nobody waits");
        origin.settle(&cell);
    });
}

#[test]
fn eight_callers_over_and_over_while_time_passes() {
    const AGES: u64 = 3;
    in_schedules(1_000, || {
        let clock = ManualClock::new();
        let (cell, origin) = (living_for_a_term(&clock, Value::first()), Origin::new());
        let actors = (0..8).map(|index| {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            let (their_cell, their_origin) = (Arc::clone(&cell), Arc::clone(&origin));
            let threads = move || (0..4).for_each(|_| _ = origin.get(&cell));
            Actor::spawn(index, threads, || async move {
                for _ in 0..4 {
                    their_origin.get_async(&their_cell).await;
                }
            })
        });
        let actors = actors.collect();
        let time = thread::spawn({
            let clock = clock.clone();
            move || (0..AGES).for_each(|_| clock.advance(TERM))
        });
        join_all(actors);
        time.join().unwrap();
        assert!(origin.runs() <= AGES, "a value is replaced once, when its time is over");
        assert_eq!(cell.stats().waits, 0);
        origin.settle(&cell);
    });
}
