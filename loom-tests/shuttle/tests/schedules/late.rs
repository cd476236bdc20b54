//! F2: a caller that looked at a version is elected after the next one was published.

use crate::origin::{Origin, Value};
use crate::rig::{Actor, builder, in_schedules, join_all};
use shuttle::thread;
use shuttle_tests::clock::{Clock, Instant};
use shuttle_tests::{DogpileCell, Lifetime};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

shuttle::thread_local! {
    /// The highest version that anybody had seen when this thread last asked for the time.
    static KNOWN: Cell<u64> = Cell::new(0);
}

/// Time stands still. A call asks for it after it has looked, and before it is elected.
struct Watching(Arc<Origin>);

impl Clock for Watching {
    fn now(&self) -> Instant {
        self.0.pause();
        let known = self.0.version();
        KNOWN.with(|it| it.set(known));
        Instant::from_nanos(0)
    }
}

#[test]
fn four_callers_beside_two_sets_and_three_reads() {
    in_schedules(6_000, || {
        let origin = Origin::new();
        let cell = builder()
            .lifetime_of(|value| {
                Lifetime::fresh_for(if value.number == 0 { Duration::ZERO } else { Duration::MAX })
            })
            .initial(Value::first())
            .clock(Watching(Arc::clone(&origin)));
        let cell: Arc<DogpileCell<_, _>> = Arc::new(cell.build().expect("consistent"));
        let actors = (0..9).map(|index| {
            let (cell, origin) = (Arc::clone(&cell), Arc::clone(&origin));
            Actor::Thread(thread::spawn(move || match index {
                0..4 => {
                    let call = origin.call();
                    let guard = cell.get_or_hand_off(|lease| {
                        let known = KNOWN.with(Cell::get);
                        let led = lease.previous().and_then(|value| value.seen_as());
                        assert!(
                            led.is_none_or(|led| led >= known),
                            "elected on {led:?}, when {known} was known"
                        );
                        // Superseded by a `set`, or published.
                        let _ = lease.publish(origin.begin(call).create());
                    });
                    origin.heard(call, guard);
                }
                4 | 5 => origin.set(&cell),
                _ => {
                    let call = origin.call();
                    cell.get().iter().for_each(|guard| origin.saw(call, guard));
                }
            }))
        });
        join_all(actors.collect());
    });
}
