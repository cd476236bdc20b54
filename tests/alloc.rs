//! A read that is served, also stale, allocates nothing, and frees nothing but the guard's own last hold on a value.
//!
//! A binary of its own: the allocator is one for the whole process. It counts by thread, so tests may
//! run side by side.

#[path = "it/not_due.rs"]
mod not_due;

use dogpile::clock::{ManualClock, PreciseClock};
use dogpile::{Demand, DogpileCell, Guard};
use not_due::{not_due, not_due_either, not_due_for_tasks};
use std::alloc::{GlobalAlloc, Layout, System};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

struct Counting;

thread_local! {
    /// Calls of the allocator by this thread. Const and without `Drop`: using it allocates nothing.
    static CALLS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

fn count() {
    CALLS.with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: every method passes its arguments on to `System` unchanged, and returns what that returns.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as the caller promised for this method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count();
        // SAFETY: as the caller promised for this method.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as the caller promised for this method.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TTL: Duration = Duration::from_secs(10);

/// How often `work` calls the allocator.
fn calls<R>(work: impl FnOnce() -> R) -> u64 {
    let before = CALLS.get();
    work();
    CALLS.get() - before
}

type Cell = DogpileCell<String, ManualClock>;

fn cell() -> (Cell, ManualClock) {
    let clock = ManualClock::new();
    let cell = DogpileCell::builder().time_to_live(TTL).clock(clock.clone()).build().unwrap();
    cell.set("a value on the heap".to_owned());
    // The first read of a thread enlists it with arc-swap, for all cells and for good.
    assert!(cell.get().is_some());
    (cell, clock)
}

#[test]
fn the_counter_counts() {
    assert_eq!(calls(|| Box::new(1)), 2, "one allocation and one release");
}

#[test]
fn a_fresh_read_allocates_nothing() {
    let (cell, _clock) = cell();
    assert_eq!(calls(|| (0..1000).for_each(|_| drop(cell.get_or_regen(not_due)))), 0);
    assert_eq!(calls(|| (0..1000).for_each(|_| drop(cell.get()))), 0);
}

/// What a value that is there and eight seconds to be fresh meets.
fn met() -> [Demand; 5] {
    let all = Demand::new();
    [
        all.max_age(TTL),
        all.newer_than(0),
        all.anew().at_most_every(TTL),
        all.newer_than(0).max_age(TTL).patience(TTL).or_stale().despite_throttle(),
        all,
    ]
}

#[test]
fn a_call_whose_demand_is_met_allocates_nothing() {
    let (cell, _clock) = cell();
    let cell = Arc::new(cell);
    let mut reader = cell.reader();
    assert!(reader.get().is_some());
    let reads = || {
        for demand in met().repeat(200) {
            drop(cell.with(demand).get_or_regen(not_due));
            drop(cell.with(demand).try_get_or_regen(not_due_either).unwrap());
            drop(cell.with(demand).get_or_hand_off(|_| not_due()).unwrap());
            drop(cell.with_owned(demand).get_or_hand_off(|_| not_due()).unwrap());
            drop(cell.with(demand).get().unwrap());
            drop(cell.with(demand).wait_newer(0).unwrap());
            drop(at_once(cell.with(demand).get_or_regen_async(|| async { not_due() })));
            drop(at_once(cell.with(demand).try_get_or_regen_async(not_due_for_tasks)).unwrap());
            drop(at_once(cell.with(demand).get_or_hand_off_async(|_| not_due())).unwrap());
            assert!(cell.with(demand).try_lead().is_none());
            assert_eq!(reader.with(demand).get_or_regen(not_due).len(), 19);
            assert_eq!(reader.with(demand).try_get_or_regen(not_due_either).unwrap().len(), 19);
        }
    };
    let list = calls(|| met().repeat(200));
    assert_eq!(calls(reads), list, "only for the list of demands");
}

/// Others are at work for a caller that demands more.
#[test]
fn a_fresh_read_while_somebody_regenerates_on_demand_allocates_nothing() {
    let (cell, _clock) = cell();
    let mut reader = cell.reader();
    let lease = cell.with(Demand::new().anew()).try_lead().unwrap();
    let mut reads = || {
        for _ in 0..1000 {
            assert!(!Guard::is_stale(&cell.get_or_regen(not_due)));
            assert!(!reader.get_or_regen(not_due).is_empty());
        }
    };
    assert_eq!(calls(&mut reads), 0);
    lease.fail("the origin is down");
    reads(); // the first one lets go of the generation before
    assert_eq!(calls(reads), 0, "throttled");
}

/// Neither being made, nor reading, nor looking back.
#[test]
fn a_reader_allocates_nothing() {
    let (cell, _clock) = cell();
    let first = Guard::into_arc(cell.get().unwrap());
    let mut reader = None;
    assert_eq!(calls(|| reader = Some(cell.reader())), 0);
    let mut reader = reader.unwrap();
    let mut reads =
        || (0..1000).map(|_| reader.get_or_regen(not_due).len() + reader.get().unwrap().len()).sum();
    assert_eq!(calls(|| -> usize { reads() }), 0);
    assert_eq!(calls(|| Guard::version(&reader.last().unwrap())), 0);
    cell.set("another".to_owned());
    assert_eq!(calls(|| reader.get().is_some()), 1, "the end of the generation before");
    drop(first);
}

#[test]
fn a_fresh_read_by_the_real_clocks_allocates_nothing() {
    let coarse = DogpileCell::never_expires();
    let precise = DogpileCell::builder().time_to_live(TTL * 9).clock(PreciseClock).build().unwrap();
    coarse.set(1);
    precise.set(2);
    let read = || *coarse.get_or_regen(not_due) + *precise.get_or_regen(not_due);
    assert_eq!(read(), 3);
    assert_eq!(calls(|| (0..1000).map(|_| read()).sum::<i32>()), 0);
}

#[test]
fn a_stale_read_while_a_leader_works_allocates_nothing() {
    let (cell, clock) = cell();
    clock.advance(TTL);
    let (started, has_started) = mpsc::channel();
    let (order, told) = mpsc::channel();
    std::thread::scope(|scope| {
        let cell = &cell;
        scope.spawn(move || {
            cell.get_or_regen(|| {
                started.send(()).unwrap();
                told.recv().unwrap()
            })
            .len()
        });
        has_started.recv().unwrap();
        let mut reader = cell.reader();
        let reads = || {
            for _ in 0..1000 {
                assert!(Guard::is_stale(&cell.get_or_regen(not_due)));
                assert!(Guard::is_stale(&cell.get().unwrap()));
                assert_eq!(reader.get_or_regen(not_due).len(), reader.get().unwrap().len());
            }
        };
        let counted = calls(reads);
        order.send("the next".to_owned()).unwrap();
        assert_eq!(counted, 0);
    });
    assert_eq!(*cell.get_or_regen(not_due), "the next");
}

/// The origin is down: every read is served the stale value, and none of them makes an attempt.
#[test]
fn a_throttled_stale_read_allocates_nothing() {
    let (cell, clock) = cell();
    clock.advance(TTL);
    let served = cell.try_get_or_regen(|| Err("the origin is down")).unwrap();
    assert!(Guard::is_stale(&served));
    let mut reader = cell.reader();
    let reads = || {
        for _ in 0..1000 {
            assert!(Guard::is_stale(&cell.get_or_regen(not_due)));
            assert!(Guard::is_stale(&cell.try_get_or_regen(not_due_either).unwrap()));
            assert!(Guard::is_stale(
                &cell.with(Demand::new().patience(TTL)).try_get_or_regen(not_due_either).unwrap()
            ));
            assert!(Guard::is_stale(&cell.get_or_hand_off(|_| not_due()).unwrap()));
            assert!(Guard::is_stale(&cell.get().unwrap()));
            assert_eq!(reader.try_get_or_regen(not_due_either).unwrap().len(), served.len());
        }
    };
    assert_eq!(calls(reads), 0);
    assert_eq!(cell.stats().failures, 1);
}

/// What the one poll returned that a call of this kind needs.
fn at_once<R>(call: impl Future<Output = R>) -> R {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(read) => read,
        Poll::Pending => panic!("a read that is served waits"),
    }
}

/// Each verb for tasks a thousand times; served, it is ready at once.
fn async_reads(cell: &Arc<Cell>, stale: bool) {
    for _ in 0..1000 {
        let reads = [
            at_once(cell.get_or_regen_async(|| async { not_due() })),
            at_once(cell.try_get_or_regen_async(not_due_for_tasks)).unwrap(),
            at_once(cell.with(Demand::new().patience(TTL)).try_get_or_regen_async(not_due_for_tasks))
                .unwrap(),
            at_once(cell.get_or_hand_off_async(|_| not_due())).unwrap(),
            at_once(cell.get_or_hand_off_owned_async(|_| not_due())).unwrap(),
        ];
        assert!(reads.iter().all(|read| Guard::is_stale(read) == stale));
    }
}

#[test]
fn an_async_read_that_is_served_is_ready_and_allocates_nothing() {
    let (cell, clock) = cell();
    let cell = Arc::new(cell);
    assert_eq!(calls(|| async_reads(&cell, false)), 0, "fresh");
    clock.advance(TTL);
    let lease = cell.try_lead().unwrap();
    assert_eq!(calls(|| async_reads(&cell, true)), 0, "stale, with a leader at work");
    lease.fail("the origin is down");
    assert_eq!(calls(|| async_reads(&cell, true)), 0, "stale, and throttled");
    clock.advance(TTL);
    let leader = cell.get_or_regen_async(std::future::pending);
    let mut leader = pin!(leader);
    assert!(leader.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(calls(|| async_reads(&cell, true)), 0, "stale, and a task leads");
}

/// More than arc-swap keeps without counting references.
#[test]
fn any_number_of_guards_allocates_nothing() {
    let (cell, _clock) = cell();
    let mut guards = Vec::with_capacity(100);
    assert_eq!(calls(|| (0..100).for_each(|_| guards.push(cell.get_or_regen(not_due)))), 0);
    assert_eq!(
        calls(|| guards.iter().map(|guard| guard.len() + Guard::to_arc(guard).len()).sum::<usize>()),
        0
    );
    assert_eq!(calls(|| guards.clear()), 0);
}

#[test]
fn verbs_that_change_no_value_allocate_nothing() {
    let (cell, _clock) = cell();
    assert_eq!(calls(|| cell.is_regenerating()), 0);
    assert_eq!(calls(|| cell.invalidate_if(99)), 0);
    assert_eq!(calls(|| cell.mark_stale_if(99)), 0);
    assert_eq!(calls(|| cell.mark_stale()), 0);
    assert_eq!(calls(|| cell.mark_stale_if(1)), 0);
    assert_eq!(calls(|| cell.purge() || cell.resume() || cell.retry_at().is_some()), 0);
    assert_eq!(calls(|| cell.wait_idle()), 0);
}
