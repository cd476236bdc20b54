//! Futures that are dropped, or left alone, at any point: a leader lets go of its lease, and nobody else is disturbed.

use crate::hands::{Call, Wakes, hanging_leader, poll, ready};
use crate::support::{
    LEASE, Shared, TICK, TTL, Task, cell, cell_that, counted_waiters, not_due, not_due_for_tasks, spawn,
    watched_cell,
};
use crate::tasks::each_executor;
use crate::ways::Way;
use dogpile::clock::ManualClock;
use dogpile::{Demand, Guard, OwnedLease, RegenError, Stats};
use smol::future::yield_now;
use std::error::Error;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

type Cell = Shared<u32>;

/// The counters of a cell where nothing happened but that.
fn given_up(times: u64) -> Stats {
    let mut stats = Stats::default();
    stats.given_up = times;
    stats
}

/// Pending so often, and then for ever.
async fn hang(awaits: usize) -> u32 {
    for _ in 0..awaits {
        yield_now().await;
    }
    pending().await
}

/// A call that leads by each of the verbs that run a creation future.
fn leaders(cell: &Cell) -> [Call<'_, ()>; 3] {
    [
        Box::pin(async { drop(cell.get_or_regen_async(|| hang(1)).await) }),
        Box::pin(async {
            let regen = || async { Ok::<_, String>(hang(1).await) };
            drop(cell.try_get_or_regen_async(regen).await);
        }),
        Box::pin(async {
            let regen = || async { Ok::<_, String>(hang(1).await) };
            drop(cell.with(Demand::new().patience(TTL)).try_get_or_regen_async(regen).await);
        }),
    ]
}

/// Calls that wait, and create if they are elected, which takes a while.
fn polled_waiters<'a, const N: usize>(
    cell: &'a Cell,
    creations: &'a AtomicU32,
) -> [(Arc<Wakes>, Call<'a, Guard<u32>>); N] {
    std::array::from_fn(|_| {
        let wakes = Arc::<Wakes>::default();
        let regen = move || async {
            creations.fetch_add(1, SeqCst);
            yield_now().await;
            2
        };
        let mut waiter: Call<_> = Box::pin(cell.get_or_regen_async(regen));
        assert!(wakes.poll(&mut waiter).is_pending());
        (wakes, waiter)
    })
}

#[test]
fn a_leader_that_is_dropped_at_any_await_gives_its_lease_up_and_nothing_else() {
    for stale in [false, true] {
        for verb in 0..3 {
            for polls in 1..=3 {
                let (cell, clock) = cell();
                if stale {
                    cell.set(1);
                    clock.advance(TTL);
                }
                let mut leader = leaders(&cell).into_iter().nth(verb).unwrap();
                for _ in 0..polls {
                    assert!(poll(&mut leader).is_pending());
                    assert!(cell.is_regenerating());
                }
                drop(leader);
                assert!(!cell.is_regenerating() && cell.last_error().is_none());
                assert_eq!(cell.get().is_some(), stale);
                assert_eq!(cell.stats(), given_up(1));
                let next = cell.try_get_or_regen(|| Ok::<_, String>(2)).unwrap();
                assert_eq!((*next, Guard::version(&next)), (2, 1 + u64::from(stale)), "not throttled");
            }
        }
    }
}

/// An attempt in vain before it is neither repeated nor forgotten.
#[test]
fn a_leader_that_is_dropped_leaves_the_last_error_as_it_was() {
    let (cell, clock) = cell();
    cell.set(1);
    cell.mark_stale();
    cell.try_lead().unwrap().fail("the origin is down");
    clock.advance(TTL);
    drop(hanging_leader(&cell));
    assert_eq!(cell.last_error().unwrap().source().unwrap().to_string(), "the origin is down");
    assert_eq!(cell.stats().failures, 1);
    assert_eq!(*cell.get_or_regen(|| 2), 2, "nor is it throttled anew");
}

#[test]
fn when_the_leader_is_dropped_all_waiters_wake_and_one_of_them_leads() {
    let (cell, _clock) = cell();
    let creations = AtomicU32::new(0);
    let leader = hanging_leader(&cell);
    let mut waiters = polled_waiters::<3>(&cell, &creations);
    assert!(waiters.iter().all(|(wakes, _)| wakes.count() == 0));
    drop(leader);
    assert!(waiters.iter().all(|(wakes, _)| wakes.count() == 1));
    for (wakes, waiter) in &mut waiters {
        assert!(wakes.poll(waiter).is_pending());
    }
    assert_eq!(creations.load(SeqCst), 1, "the first to be polled");
    assert_eq!(*ready(poll(&mut waiters[0].1)), 2);
    assert!(waiters[1..].iter().all(|(wakes, _)| wakes.count() == 2));
    assert!(waiters[1..].iter_mut().all(|(_, waiter)| *ready(poll(waiter)) == 2));
}

#[test]
fn however_many_leaders_are_dropped_one_by_one_the_next_waiter_goes_on() {
    let (cell, _clock) = cell();
    let creations = AtomicU32::new(0);
    let mut leader = hanging_leader(&cell);
    for (wakes, mut waiter) in polled_waiters::<5>(&cell, &creations) {
        drop(leader);
        assert!(wakes.count() > 0);
        assert!(poll(&mut waiter).is_pending(), "it leads");
        leader = waiter;
    }
    assert_eq!(*ready(poll(&mut leader)), 2);
    assert_eq!((creations.load(SeqCst), Guard::version(&cell.get().unwrap())), (5, 1));
}

#[test]
fn threads_and_tasks_that_wait_elect_one_in_the_place_of_a_dropped_leader() {
    for way in crate::ways::WAYS {
        let (cell, clock) = watched_cell(|cell| cell);
        let mut leader: Call<_> = Box::pin(cell.get_or_regen_async(|| hang(0)));
        assert!(poll(&mut leader).is_pending());
        let creations = Arc::<AtomicU32>::default();
        let waiters = counted_waiters(&cell, &clock, 4, way, 2, &creations);
        drop(leader);
        assert!(waiters.into_iter().all(|waiter| *waiter.join() == 2));
        assert_eq!(creations.load(SeqCst), 1);
    }
}

#[test]
fn a_waiter_that_is_dropped_takes_no_wake_up_with_it() {
    let (cell, _clock) = cell();
    let creations = AtomicU32::new(0);
    let lease = cell.try_lead().unwrap();
    let [first, mut second, third] = polled_waiters::<3>(&cell, &creations);
    drop(first);
    assert_eq!(cell.stats().waits, 1, "it has waited");
    drop(lease);
    assert_eq!(third.0.count(), 1);
    drop(third);
    assert!(poll(&mut second.1).is_pending(), "it leads");
    assert_eq!(*ready(poll(&mut second.1)), 2);
    assert_eq!(creations.load(SeqCst), 1);
}

#[test]
fn a_waiter_that_is_never_polled_again_holds_nobody_up() {
    let (cell, clock) = watched_cell(|cell| cell);
    let lease = cell.try_lead().unwrap();
    let mut parked: Call<_> = Box::pin(cell.get_or_regen_async(|| async { not_due() }));
    assert!(poll(&mut parked).is_pending());
    let creations = Arc::default();
    let waiters = counted_waiters(&cell, &clock, 4, Way::Bare, 2, &creations);
    drop(lease);
    assert!(waiters.into_iter().all(|waiter| *waiter.join() == 2));
    assert_eq!(creations.load(SeqCst), 1);
    assert_eq!(*ready(poll(&mut parked)), 2, "much later it is served as all others were");
}

#[test]
fn a_leader_that_is_never_polled_again_is_taken_over_from() {
    for way in [Way::Thread, Way::Tokio] {
        let (cell, clock) = watched_cell(|cell| cell.lease_timeout(LEASE));
        let mut parked: Call<_> = Box::pin(cell.get_or_regen_async(|| async {
            yield_now().await;
            9
        }));
        assert!(poll(&mut parked).is_pending());
        let creations = Arc::default();
        let waiters = counted_waiters(&cell, &clock, 4, way, 2, &creations);
        clock.time.advance(LEASE);
        assert!(waiters.into_iter().all(|waiter| *waiter.join() == 2));
        assert_eq!((creations.load(SeqCst), cell.stats().takeovers), (1, 1));
        let late = ready(poll(&mut parked));
        assert_eq!((*late, Guard::version(&late), *cell.get().unwrap()), (9, 0, 2), "its own caller gets it");
    }
}

#[test]
fn a_deposed_leader_that_is_dropped_changes_nothing() {
    let (cell, clock) = cell_that(|cell| cell.lease_timeout(LEASE));
    let parked = hanging_leader(&cell);
    clock.advance(LEASE);
    let successor = cell.try_lead().unwrap();
    drop(parked);
    assert!(cell.is_regenerating() && cell.try_lead().is_none());
    assert_eq!(*successor.publish(2).unwrap(), 2);
}

#[test]
fn a_future_that_is_never_polled_does_nothing() {
    let (cell, clock) = watched_cell(|cell| cell);
    for led in [false, true] {
        let lease = led.then(|| cell.try_lead());
        clock.forget();
        drop(cell.get_or_regen_async(|| async { not_due() }));
        drop(cell.try_get_or_regen_async(not_due_for_tasks));
        drop(cell.with(Demand::new().patience(TICK)).try_get_or_regen_async(not_due_for_tasks));
        drop(cell.get_or_hand_off_async(|_| not_due()));
        drop(cell.get_or_hand_off_owned_async(|_| not_due()));
        assert_eq!((clock.looks(), cell.is_regenerating(), cell.stats()), (0, led, Stats::default()));
        drop(lease);
    }
    assert_eq!(Arc::strong_count(&cell), 1);
}

#[test]
fn who_goes_to_another_task_is_woken_there() {
    for limit in [None, Some(Duration::from_secs(3600))] {
        let (cell, _clock) = cell_that(|cell| match limit {
            Some(limit) => cell.wait_timeout(limit).lease_timeout(limit),
            None => cell,
        });
        let lease = cell.try_lead().unwrap();
        let mut waiter: Call<_> = Box::pin(cell.try_get_or_regen_async(not_due_for_tasks));
        let [before, after] = [Arc::<Wakes>::default(), Arc::default()];
        assert!(before.poll(&mut waiter).is_pending());
        assert!(after.poll(&mut waiter).is_pending());
        assert!(after.poll(&mut waiter).is_pending(), "a poll that nothing called for");
        let _ = lease.publish(1).unwrap();
        assert_eq!((before.count(), after.count()), (0, 1));
        assert_eq!(*ready(after.poll(&mut waiter)).unwrap(), 1);
    }
}

#[test]
fn the_creation_future_is_woken_where_its_leader_is() {
    let (cell, _clock) = cell();
    let (order, told) = tokio::sync::oneshot::channel();
    let mut leader: Call<_> = Box::pin(cell.get_or_regen_async(|| async { told.await.unwrap() }));
    let [before, after] = [Arc::<Wakes>::default(), Arc::default()];
    assert!(before.poll(&mut leader).is_pending());
    assert!(after.poll(&mut leader).is_pending());
    order.send(1).unwrap();
    assert_eq!((before.count(), after.count()), (0, 1));
    assert_eq!(*ready(after.poll(&mut leader)), 1);
}

type Owned = OwnedLease<u32, ManualClock>;

#[test]
fn a_lease_that_was_handed_off_goes_on_without_its_caller() {
    let (cell, _clock) = cell();
    let mut handed_off: Option<Owned> = None;
    let mut caller: Call<_> = Box::pin(cell.get_or_hand_off_owned_async(|lease| handed_off = Some(lease)));
    assert!(poll(&mut caller).is_pending());
    drop(caller);
    assert!(cell.is_regenerating());
    let mut other: Call<_> = Box::pin(cell.get_or_hand_off_async(|_| not_due()));
    assert!(poll(&mut other).is_pending());
    let made = handed_off.unwrap().publish(1).unwrap();
    assert_eq!((*made, Guard::version(&made), *ready(poll(&mut other)).unwrap()), (1, 1, 1));
    assert_eq!(cell.stats().waits, 2);
}

/// It came back after its caller had left: whoever waits hands it off anew.
#[test]
fn a_lease_that_is_dropped_after_its_caller_goes_to_another() {
    let (cell, _clock) = cell();
    let mut leases = Vec::new();
    let mut caller: Call<_> = Box::pin(cell.get_or_hand_off_async(|lease| leases.push(lease)));
    assert!(poll(&mut caller).is_pending());
    drop(caller);
    let mut other: Call<_> = Box::pin(cell.get_or_hand_off_async(|lease| drop(lease.publish(2))));
    assert!(poll(&mut other).is_pending());
    drop(leases);
    assert_eq!(*ready(poll(&mut other)).unwrap(), 2);
}

/// It polls its own cell as part of itself, and would wait for itself.
#[test]
fn a_creation_future_that_awaits_its_own_cell_is_told() {
    let (cell, clock) = cell::<u32>();
    let inner = || async { cell.try_get_or_regen_async(not_due_for_tasks).await };
    let regen = || async { inner().await.map(|made| *made) };
    let mut leader: Call<_> = Box::pin(cell.try_get_or_regen_async(regen));
    let error = ready(poll(&mut leader)).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(RegenError::Reentrant)), "{error:?}");

    cell.set(1);
    clock.advance(TTL);
    let regen = || async { *cell.get_or_regen_async(|| async { not_due() }).await + 1 };
    let mut leader: Call<_> = Box::pin(cell.get_or_regen_async(regen));
    assert_eq!(*ready(poll(&mut leader)), 2, "served what is stale");
}

/// Only while the leader's future is polled is its thread taken for one that makes a value.
#[test]
fn another_task_on_the_leaders_thread_waits() {
    let (cell, _clock) = cell();
    let leader = hanging_leader(&cell);
    let mut waiter: Call<_> = Box::pin(cell.try_get_or_regen_async(|| async { Ok::<_, String>(2) }));
    assert!(poll(&mut waiter).is_pending());
    drop(leader);
    assert_eq!(*ready(poll(&mut waiter)).unwrap(), 2);
}

/// Whatever is dropped, woken and invalidated at the same moment: all come to an end.
#[test]
fn tasks_that_are_dropped_here_and_there_leave_nobody_stuck() {
    each_executor(|executor| {
        let (cell, _clock) = cell();
        let callers = [1, 2].map(|_| {
            let cell = Arc::clone(&cell);
            spawn(move || (0..300).for_each(|call| drop(cell.get_or_regen(|| call))))
        });
        let task = |task| -> Call<'static, ()> {
            let cell = Arc::clone(&cell);
            Box::pin(async move {
                for call in 0..300 {
                    if call % 3 == task % 3 {
                        cell.invalidate();
                    }
                    polls(1 + (call * 7 + task) % 5, cell.get_or_regen_async(|| create(call))).await;
                }
            })
        };
        let _: Vec<()> = executor.run_all((0..8).map(task).collect());
        callers.into_iter().for_each(Task::join);
        assert_eq!(*cell.get_or_regen(|| 2), *cell.get_or_regen(not_due));
    });
}

/// Ready at the third poll.
async fn create(value: u32) -> u32 {
    yield_now().await;
    yield_now().await;
    value
}

/// Drops `future` when it was polled so often, and is woken once more.
async fn polls<F: Future>(most: u32, future: F) {
    let mut future = pin!(future);
    let mut left = most;
    poll_fn(|context| {
        if left == 0 || future.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}
