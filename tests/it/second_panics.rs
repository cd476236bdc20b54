//! What is the user's may panic while a thread unwinds already: the `Drop` of a value, of an error, of a waker. A panic out
//! of a destructor would end the process then, so it goes no further than to whoever ran it.

use crate::hands::{Call, poll};
use crate::support::{Crash, Shared, TTL, cell, cell_that, crash, crashes};
use crate::ways::{By, each_way};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{DogpileCell, OwnedLease, OwnedReader};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

/// What is done before the panic.
type Before = Box<dyn FnOnce() + Send + Sync>;

/// A value whose `Drop` does something, and then panics, if it is armed.
struct Bomb {
    number: u32,
    armed: bool,
    before: Option<Before>,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            before();
        }
        if self.armed {
            crash::<()>();
        }
    }
}

fn armed(number: u32) -> Bomb {
    Bomb { number, armed: true, before: None }
}

fn harmless(number: u32) -> Bomb {
    Bomb { number, armed: false, before: None }
}

/// One that takes the value out of its cell before it panics: whoever is publishing another one is left with it.
fn takes_along(number: u32, cell: &Shared<Bomb>) -> Bomb {
    let cell = Arc::downgrade(cell);
    let before = move || cell.upgrade().into_iter().for_each(|cell| cell.invalidate());
    Bomb { number, armed: true, before: Some(Box::new(before)) }
}

/// An error that cannot be dropped either.
#[derive(Debug)]
struct Fault;

impl Drop for Fault {
    fn drop(&mut self) {
        crash::<()>();
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault")
    }
}

impl Error for Fault {}

/// A cell whose value, number 1, is stale.
fn stale(first: impl FnOnce(&Shared<Bomb>) -> Bomb) -> (Shared<Bomb>, ManualClock) {
    let (cell, clock) = cell();
    cell.set(first(&cell));
    clock.advance(TTL);
    (cell, clock)
}

/// Nobody leads, there is no value, and the next call makes one.
fn goes_on_empty(cell: &Shared<Bomb>) {
    assert!(!cell.is_regenerating() && cell.get().is_none());
    assert_eq!(cell.get_or_regen(|| harmless(9)).number, 9);
}

/// Both panic: the old value, and the new one, of which the leader is the last owner by then.
#[test]
fn of_the_new_value_while_that_of_the_old_one_unwinds() {
    each_way(|way| {
        let (cell, _clock) = stale(|cell| takes_along(1, cell));
        assert!(crashes(|| cell.by(way).get_or_regen(|| armed(2))));
        goes_on_empty(&cell);

        let (cell, _clock) = stale(|cell| takes_along(1, cell));
        assert!(crashes(|| cell.by(way).try_get_or_regen(|| Ok::<_, String>(armed(2)))));
        goes_on_empty(&cell);

        let (cell, _clock) = stale(|cell| takes_along(1, cell));
        assert!(crashes(|| cell.by(way).get_or_hand_off(|lease| drop(lease.publish(armed(2))))));
        goes_on_empty(&cell);
    });
    let (cell, _clock) = stale(|cell| takes_along(1, cell));
    assert!(crashes(|| cell.set(armed(2))));
    goes_on_empty(&cell);
}

/// What is in the cell is dropped with it, by the lease that is the last to hold it.
#[test]
fn of_the_cells_value_while_an_owned_lease_unwinds() {
    type End = fn(OwnedLease<Bomb, ManualClock>);
    let ends: [End; 5] = [
        |lease| drop(lease),
        |lease| drop(lease.publish(harmless(3))),
        |lease| drop(lease.publish(armed(3))),
        |lease| drop(lease.renew()),
        |lease| lease.fail(Fault),
    ];
    for end in ends {
        let (cell, _clock) = stale(|_| armed(1));
        let lease = cell.try_lead_owned().unwrap();
        cell.set(armed(2));
        drop(cell);
        assert!(crashes(|| end(lease)));
    }
    let (cell, _clock) = stale(|_| armed(1));
    let lease = cell.try_lead_owned().unwrap();
    drop(cell);
    assert!(crashes(|| {
        let _dropped_while_unwinding = lease;
        crash::<()>();
    }));
}

/// A generation that failed holds both.
#[test]
fn of_an_error_while_that_of_its_value_unwinds() {
    each_way(|way| {
        let (cell, _clock) = stale(|_| armed(1));
        assert_eq!(cell.by(way).try_get_or_regen(|| Err(Fault)).unwrap().number, 1);
        assert!(crashes(|| cell.invalidate()));
        goes_on_empty(&cell);

        let (cell, _clock) = stale(|_| armed(1));
        let fail = || {
            cell.invalidate();
            Err(Fault)
        };
        assert!(crashes(|| cell.by(way).try_get_or_regen(fail).map(drop)));
        goes_on_empty(&cell);
    });
    let (cell, _clock) = stale(|_| armed(1));
    let lease = cell.try_lead().unwrap();
    cell.invalidate();
    assert!(crashes(|| lease.fail(Fault)));
    goes_on_empty(&cell);
}

/// A handle that a panic drops, and that is the last to hold a value.
#[test]
fn of_a_value_while_its_last_reader_unwinds() {
    type Hold = fn(Shared<Bomb>) -> Box<dyn Send>;
    let holders: [Hold; 4] = [
        |cell| Box::new(cell.get()),
        |cell| {
            let mut reader = cell.reader_owned();
            assert_eq!(reader.get().unwrap().number, 1);
            cell.set(armed(2));
            Box::new(reader)
        },
        |cell| {
            let reader: OwnedReader<_, _> = cell.reader_owned();
            Box::new(reader)
        },
        |cell| Box::new(cell),
    ];
    for hold in holders {
        let (cell, _clock) = stale(|_| armed(1));
        let held = hold(cell);
        assert!(crashes(|| {
            let _dropped_while_unwinding = held;
            crash::<()>();
        }));
    }
}

#[test]
fn of_what_a_reader_found_while_what_it_kept_unwinds() {
    let (cell, _clock) = cell();
    let mut reader = cell.reader_owned();
    cell.set(takes_along(1, &cell));
    assert!(reader.get().is_some());
    cell.set(armed(2));
    assert!(crashes(|| reader.get().is_some()));
    assert!(reader.last().is_none());
    goes_on_empty(&cell);
}

/// A clock that takes the value out of the cell that asks it, and panics.
#[derive(Clone, Default)]
struct Meddler {
    looks_left: Arc<AtomicU32>,
    cell: Arc<Mutex<Option<Shared<Bomb, Meddler>>>>,
}

impl Clock for Meddler {
    fn now(&self) -> Instant {
        let looks_left = self.looks_left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        if looks_left == Ok(1) {
            let cell = self.cell.lock().unwrap().clone();
            cell.unwrap().invalidate();
            crash::<()>();
        }
        Instant::from_nanos(0)
    }
}

#[test]
fn of_the_value_that_is_read_while_the_clock_unwinds() {
    type Verb = fn(&Shared<Bomb, Meddler>);
    let verbs: [Verb; 7] = [
        |cell| drop(cell.get()),
        |cell| drop(cell.get_or_regen(|| armed(2))),
        |cell| drop(cell.try_get_or_regen(|| Err(Fault))),
        |cell| drop(cell.get_or_hand_off(|lease| drop(lease.publish(armed(2))))),
        |cell| drop(cell.get_or_hand_off(|lease| drop(lease.renew()))),
        |cell| drop(cell.try_lead_owned()),
        |cell| _ = cell.reader_owned().get().is_some(),
    ];
    for verb in verbs {
        for look in 1..=9 {
            for is_stale in [false, true] {
                let clock = Meddler::default();
                let settings = DogpileCell::builder().time_to_live(TTL).lease_timeout(TTL);
                let cell = Arc::new(settings.clock(clock.clone()).initial(armed(1)).build().unwrap());
                if is_stale {
                    cell.mark_stale();
                }
                *clock.cell.lock().unwrap() = Some(Arc::clone(&cell));
                clock.looks_left.store(look, SeqCst);
                let ended = catch_unwind(AssertUnwindSafe(|| verb(&cell)));
                assert!(ended.err().is_none_or(|thrown| thrown.is::<Crash>()), "another panic");
                clock.looks_left.store(0, SeqCst);
                *clock.cell.lock().unwrap() = None;
                let _ = catch_unwind(AssertUnwindSafe(|| cell.invalidate()));
                assert!(!cell.is_regenerating() && cell.get().is_none());
                assert_eq!(cell.get_or_regen(|| harmless(9)).number, 9);
            }
        }
    }
}

/// A waker that cannot be dropped.
struct Sticky;

impl Wake for Sticky {
    fn wake(self: Arc<Self>) {
        std::mem::forget(self);
    }
}

impl Drop for Sticky {
    fn drop(&mut self) {
        crash::<()>();
    }
}

#[test]
fn of_a_waker_while_the_task_that_waits_unwinds() {
    type Wait = fn(&Shared<u32>) -> Call<'_, ()>;
    for wait_timeout in [Duration::MAX, Duration::from_secs(3600)] {
        let (cell, _clock) = cell_that::<u32>(|cell| cell.wait_timeout(wait_timeout));
        let lease = cell.try_lead().unwrap();
        let waits: [Wait; 3] = [
            |cell| Box::pin(async move { drop(cell.get_or_regen_async(async || 7).await) }),
            |cell| Box::pin(async move { drop(cell.try_get_or_regen_async(async || Err("down")).await) }),
            |cell| Box::pin(async move { drop(cell.get_or_hand_off_async(drop).await) }),
        ];
        for wait in waits {
            let mut waiting = wait(&cell);
            let waker = Waker::from(Arc::new(Sticky));
            assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            // The task's waker is the last.
            assert!(!crashes(|| drop(waker)));
            assert!(crashes(|| {
                let _dropped_while_unwinding = waiting;
                crash::<()>();
            }));
        }
        drop(lease);
        let mut leads: Call<_> = Box::pin(cell.get_or_regen_async(async || 7));
        assert!(poll(&mut leads).is_ready());
    }
}
