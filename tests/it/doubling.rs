//! Each take over in a row doubles the next lease, so that a creation which merely takes longer than the lease is
//! published in the end.

use crate::sizes::SLOW_CALLERS;
use crate::support::{Shared, TICK, Task, cell_that, not_due, spawn};
use crate::ways::{By, Way, each_way};
use dogpile::clock::{Clock, Instant, ManualClock, PreciseClock};
use dogpile::{Demand, DogpileCell, Guard, OwnedLease};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(10);

/// An empty cell, or one that is stale for ever.
fn cell(is_empty: bool) -> (Shared<u32>, ManualClock) {
    let (cell, clock) =
        cell_that(|cell| cell.lease_timeout(LEASE).stale_while_revalidate(Duration::MAX).time_to_live(TICK));
    if !is_empty {
        cell.set(0);
    }
    clock.advance(TICK);
    (cell, clock)
}

/// After how many leases the first creation is published, of callers that come all the time and take so many tenths of a
/// lease; and how many were begun until then.
fn published_after(cell: &Shared<u32>, clock: &ManualClock, tenths: u32, most: u32) -> Option<(f64, usize)> {
    let (mut at_work, mut begun) = (Vec::<(Instant, OwnedLease<u32, ManualClock>)>::new(), 0);
    for step in 0..most * 10 {
        for _ in 0..24 {
            if let Some(lease) = cell.try_lead_owned() {
                at_work.push((clock.now(), lease));
                begun += 1;
            }
        }
        clock.advance(LEASE / 10);
        let due = at_work.extract_due(clock.now(), LEASE / 10 * tenths);
        if due.into_iter().any(|lease| lease.publish(1).is_ok()) {
            return Some((f64::from(step + 1) / 10.0, begun));
        }
    }
    None
}

/// Those whose time is over.
trait ExtractDue {
    fn extract_due(&mut self, now: Instant, time: Duration) -> Vec<OwnedLease<u32, ManualClock>>;
}

impl ExtractDue for Vec<(Instant, OwnedLease<u32, ManualClock>)> {
    fn extract_due(&mut self, now: Instant, time: Duration) -> Vec<OwnedLease<u32, ManualClock>> {
        let (due, rest): (Vec<_>, _) =
            self.drain(..).partition(|(began, _)| now.saturating_duration_since(*began) >= time);
        *self = rest;
        due.into_iter().map(|(_, lease)| lease).collect()
    }
}

#[test]
fn a_creation_that_takes_a_tenth_longer_than_the_lease_is_published_by_the_second() {
    for is_empty in [true, false] {
        let (cell, clock) = cell(is_empty);
        assert_eq!(published_after(&cell, &clock, 10, 9), Some((1.0, 1)), "in time, if only just");
        let (cell, clock) = self::cell(is_empty);
        assert_eq!(published_after(&cell, &clock, 11, 9), Some((2.1, 2)));
        let stats = cell.stats();
        assert_eq!((stats.takeovers, stats.superseded), (1, 1));
    }
}

#[test]
fn a_creation_of_ten_leases_is_published_by_the_fifth() {
    for is_empty in [true, false] {
        let (cell, clock) = cell(is_empty);
        // They begin after 0, 1, 3, 7 and 15 leases, and the fifth has sixteen.
        assert_eq!(published_after(&cell, &clock, 100, 99), Some((25.0, 5)));
    }
}

#[test]
fn a_creation_of_more_than_64_leases_never_is() {
    for is_empty in [true, false] {
        let (cell, clock) = cell(is_empty);
        let (at, _) = published_after(&cell, &clock, 640, 300).expect("the longest lease is as long");
        assert!(at <= 128.0 + 64.0);
        let (cell, clock) = self::cell(is_empty);
        assert_eq!(published_after(&cell, &clock, 641, 500), None);
    }
}

/// The lengths of leases in a row, each of which is overrun.
fn overrun(cell: &Shared<u32>, clock: &ManualClock, times: usize) -> Vec<u32> {
    let mut lengths = Vec::new();
    let mut last = cell.with_owned(Demand::new().anew()).try_lead().expect("nobody is at work in time");
    for _ in 0..times {
        let mut length = 0;
        let next = loop {
            clock.advance(LEASE - TICK);
            assert!(cell.with(Demand::new().anew()).try_lead().is_none(), "not a nanosecond early");
            clock.advance(TICK);
            length += 1;
            if let Some(next) = cell.with_owned(Demand::new().anew()).try_lead() {
                break next;
            }
        };
        lengths.push(length);
        assert!(last.publish(9).is_err());
        last = next;
    }
    drop(last);
    lengths
}

#[test]
fn each_take_over_in_a_row_doubles_the_lease_up_to_64() {
    for is_empty in [true, false] {
        let (cell, clock) = cell(is_empty);
        assert_eq!(overrun(&cell, &clock, 9), [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        assert_eq!(cell.stats().takeovers, 9);
    }
}

#[test]
fn a_publication_starts_over_and_nothing_else_does() {
    type Event = fn(&Shared<u32>);
    let anew = Demand::new().anew().despite_throttle();
    let events: [(Event, bool); 7] = [
        (
            |cell| {
                cell.set(1);
            },
            true,
        ),
        (|cell| drop(cell.get_or_regen(|| 1)), true),
        (|cell| drop(cell.with(Demand::new().anew()).try_lead().unwrap().publish(1).unwrap()), true),
        (|cell| drop(cell.with(Demand::new().anew()).try_lead().unwrap()), false),
        (|cell| cell.with(Demand::new().anew()).try_lead().unwrap().fail_for("down", Duration::ZERO), false),
        (|cell| cell.with(Demand::new().anew()).try_lead().unwrap().defer(Duration::ZERO), false),
        (|cell| cell.invalidate(), false),
    ];
    for (event, starts_over) in events {
        for is_empty in [true, false] {
            let (cell, clock) = cell(is_empty);
            assert_eq!(overrun(&cell, &clock, 2), [1, 2]);
            event(&cell);
            assert!(cell.with(anew).try_lead().is_some());
            assert_eq!(overrun(&cell, &clock, 1), [if starts_over { 1 } else { 4 }]);
        }
    }
}

#[test]
fn a_lease_without_end_or_without_length_does_not_overflow() {
    for (timeout, ends) in
        [(Duration::MAX, false), (Duration::from_nanos(u64::MAX / 2), false), (Duration::ZERO, true)]
    {
        let (cell, clock) = cell_that(|cell| cell.lease_timeout(timeout));
        cell.set(1);
        let mut leases = Vec::new();
        for _ in 0..200 {
            let lease = cell.with(Demand::new().anew()).try_lead();
            assert_eq!(lease.is_some(), ends || leases.is_empty());
            leases.extend(lease);
            clock.advance(Duration::from_secs(3600));
        }
        assert!(leases.pop().unwrap().publish(2).is_ok());
    }
}

/// Real time, since callers sleep while they wait: 24 of them, whose creations take a tenth longer than the lease, on an
/// empty cell and on a stale one.
#[test]
fn many_callers_with_slow_creations_have_a_value_soon() {
    const SHORT: Duration = Duration::from_millis(20);
    for is_empty in [true, false] {
        for way in [Way::Thread, Way::Bare] {
            let builder =
                DogpileCell::builder().lease_timeout(SHORT).time_to_live(Duration::MAX).clock(PreciseClock);
            let cell = Arc::new(builder.build().unwrap());
            if !is_empty {
                cell.set(0);
                cell.mark_stale();
            }
            let start = Arc::new(Barrier::new(SLOW_CALLERS));
            let start_one = |_| {
                let (cell, start) = (Arc::clone(&cell), Arc::clone(&start));
                spawn(move || {
                    start.wait();
                    loop {
                        let found = cell.by(way).get_or_regen(|| {
                            thread::sleep(SHORT + SHORT / 10);
                            1
                        });
                        if *found == 1 {
                            return Guard::version(&found);
                        }
                        thread::sleep(SHORT / 20); // it was served the old value
                    }
                })
            };
            let callers: Vec<_> = (0..SLOW_CALLERS).map(start_one).collect();
            let versions: Vec<_> = callers.into_iter().map(Task::join).collect();
            let expected = if is_empty { 1 } else { 2 };
            assert!(versions.iter().all(|&version| version == expected || version == 0), "{versions:?}");
            assert_eq!(*cell.get_or_regen(not_due), 1);
            let stats = cell.stats();
            assert_eq!(stats.creations + stats.regenerations, 1);
            // One, if the machine is not busy: the longest lease is more than a second.
            assert!(stats.takeovers <= 6 && stats.superseded <= 6, "{stats}");
        }
    }
}

#[test]
fn who_waits_takes_over_as_well() {
    each_way(|way| {
        let (cell, clock) = cell(true);
        let slow = cell.try_lead().unwrap();
        clock.advance(LEASE);
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2);
        assert!(slow.publish(1).is_err());
        assert_eq!(cell.stats().takeovers, 1);
    });
}
