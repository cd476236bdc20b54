//! Wakers that poll their task on the spot. Whoever wakes it, that task is not inside of the creation function which may
//! be running, or ending, on the waking thread.

use crate::support::{Shared, TTL, WINDOW, cell, cell_that, crash, crashes, not_due, not_due_either, spawn};
use crate::ways::{By, each_way};
use dogpile::clock::ManualClock;
use dogpile::{Demand, DogpileCell, Guard, Lease, RegenError};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

type Cell = Shared<u32>;
type Got = Result<u32, RegenError>;
type Waiting = Pin<Box<dyn Future<Output = Got> + Send>>;

/// An executor that polls where it is woken, as `async_task` does with a schedule of `runnable.run()`.
struct Inline {
    waiting: Mutex<Option<Waiting>>,
    got: Mutex<Option<std::thread::Result<Got>>>,
}

impl Inline {
    /// A task that waits, first polled by another thread: that one is not inside.
    fn start(waiting: Waiting) -> Arc<Self> {
        let task = Arc::new(Self { waiting: Mutex::new(Some(waiting)), got: Mutex::new(None) });
        let polled = Arc::clone(&task);
        spawn(move || polled.poll()).join();
        assert!(task.got.lock().unwrap().is_none(), "it waits");
        task
    }

    fn poll(self: &Arc<Self>) {
        let waker = Waker::from(Arc::clone(self));
        // Woken where it is polled: it is about to look by itself.
        let Ok(mut waiting) = self.waiting.try_lock() else { return };
        let Some(future) = waiting.as_mut() else { return };
        let poll = || future.as_mut().poll(&mut Context::from_waker(&waker));
        let got = match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(got)) => Ok(got),
            Err(thrown) => Err(thrown),
        };
        *waiting = None;
        *self.got.lock().unwrap() = Some(got);
    }

    /// What it came to where it was woken.
    fn got(&self) -> Got {
        let got = self.got.lock().unwrap().take().expect("it was woken, and polled");
        got.unwrap_or_else(|_| panic!("it was to end without a panic"))
    }
}

impl Wake for Inline {
    fn wake(self: Arc<Self>) {
        self.poll();
    }
}

/// All verbs that wait; elected, they make 7.
const WAITS: [fn(Cell) -> Waiting; 4] = [
    |cell| Box::pin(async move { Ok(*cell.get_or_regen_async(async || 7).await) }),
    |cell| Box::pin(async move { cell.try_get_or_regen_async(seven).await.map(|value| *value) }),
    |cell| {
        Box::pin(async move {
            cell.with(Demand::new().patience(Duration::MAX))
                .try_get_or_regen_async(seven)
                .await
                .map(|value| *value)
        })
    },
    |cell| {
        let publish = |lease: Lease<&DogpileCell<u32, ManualClock>>| drop(lease.publish(7));
        Box::pin(async move { cell.get_or_hand_off_async(publish).await.map(|value| *value) })
    },
];

async fn seven() -> Result<u32, &'static str> {
    Ok(7)
}

/// An empty cell, and one whose value is expired.
fn with_nothing_to_serve() -> [Cell; 2] {
    let unthrottled =
        || cell_that::<u32>(|cell| cell.stale_if_error(WINDOW).retry_backoff(Duration::ZERO, Duration::ZERO));
    let (empty, _clock) = unthrottled();
    let (expired, clock) = unthrottled();
    expired.set(1);
    clock.advance(TTL + WINDOW);
    [empty, expired]
}

fn each_case(case: impl Fn(Cell, fn(Cell) -> Waiting)) {
    for wait in WAITS {
        for cell in with_nothing_to_serve() {
            case(cell, wait);
        }
    }
}

#[test]
fn one_that_a_panicking_leader_wakes_leads() {
    each_way(|way| {
        each_case(|cell, wait| {
            let mut task = None;
            assert!(crashes(|| cell.by(way).get_or_regen(|| {
                task = Some(Inline::start(wait(Arc::clone(&cell))));
                crash()
            })));
            assert_eq!(task.unwrap().got().unwrap(), 7);
            assert_eq!(*cell.by(way).get_or_regen(not_due), 7);
        });
    });
}

#[test]
fn one_that_is_woken_where_a_lease_is_handed_out_is_told_what_all_are() {
    each_way(|way| {
        each_case(|cell, wait| {
            let mut task = None;
            let made = cell.by(way).get_or_hand_off(|lease| {
                task = Some(Inline::start(wait(Arc::clone(&cell))));
                drop(lease);
            });
            assert_eq!((task.unwrap().got().unwrap(), *made.unwrap()), (7, 7));
        });
        each_case(|cell, wait| {
            let (mut task, was_fallible) = (None, wait as usize != WAITS[0] as usize);
            let ended = cell.by(way).get_or_hand_off(|lease| {
                task = Some(Inline::start(wait(Arc::clone(&cell))));
                lease.fail("the origin is down");
            });
            match task.unwrap().got() {
                Ok(made) => assert_eq!((made, was_fallible, *ended.unwrap()), (7, false, 7)),
                Err(error) => {
                    assert!(was_fallible && matches!(error, RegenError::Failed(_)), "{error:?}");
                    assert!(matches!(ended, Err(RegenError::Failed(_))));
                }
            }
        });
        each_case(|cell, wait| {
            let mut task = None;
            assert!(crashes(|| cell.by(way).get_or_hand_off(|_lease| {
                task = Some(Inline::start(wait(Arc::clone(&cell))));
                crash::<()>();
            })));
            assert_eq!(task.unwrap().got().unwrap(), 7, "though the thread unwinds");
        });
    });
}

/// It takes over, and its result is the one that counts.
#[test]
fn one_that_is_woken_by_a_shorter_lease_takes_over() {
    each_way(|way| {
        for wait in WAITS {
            let (cell, _clock) = cell_that(|cell| cell.lease_timeout(Duration::from_secs(3600)));
            let mut task = None;
            let made = cell.by(way).get_or_hand_off(|lease| {
                task = Some(Inline::start(wait(Arc::clone(&cell))));
                assert!(!lease.extend(Duration::ZERO));
                assert!(lease.publish(9).is_err());
            });
            assert_eq!((task.unwrap().got().unwrap(), *made.unwrap()), (7, 7));
        }
    });
}

#[test]
fn one_that_is_woken_from_inside_a_creation_function_is_not_inside() {
    each_way(|way| {
        each_case(|cell, wait| {
            let mut task = None;
            let made = cell.by(way).get_or_regen(|| {
                task = Some(Inline::start(wait(Arc::clone(&cell))));
                cell.set(5);
                cell.invalidate();
                let inner = cell.by(way).try_get_or_regen(not_due_either);
                assert!(matches!(inner, Err(RegenError::Reentrant)), "but this one is");
                9
            });
            assert_eq!((*made, Guard::version(&made)), (9, 0));
            assert_eq!(task.unwrap().got().unwrap(), 5);
        });
        each_case(|cell, wait| {
            let mut task = None;
            let made = cell.by(way).get_or_regen(|| {
                task = Some(Inline::start(wait(Arc::clone(&cell))));
                cell.invalidate();
                assert_eq!(*cell.by(way).get_or_regen(not_due), 7, "it led on the spot");
                9
            });
            assert_eq!((*made, Guard::version(&made)), (9, 0));
            assert_eq!((task.unwrap().got().unwrap(), *cell.get().unwrap()), (7, 7));
        });
    });
}

/// An old value that asks its cell, which has nothing to serve, when it is dropped.
struct Asks(Option<Shared<Asks>>);

impl Drop for Asks {
    fn drop(&mut self) {
        if let Some(cell) = &self.0 {
            assert!(cell.get_or_regen(|| Asks(None)).0.is_none());
        }
    }
}

fn asking_cell() -> Shared<Asks> {
    let (cell, clock) = cell();
    cell.set(Asks(Some(Arc::clone(&cell))));
    clock.advance(TTL);
    cell
}

/// The lease is the last to hold the old value, and what ends with it is outside of the creation function.
#[test]
fn an_old_value_that_asks_its_cell_when_its_leader_ends_leads() {
    each_way(|way| {
        let cell = asking_cell();
        let made = cell.by(way).get_or_hand_off(|lease| {
            cell.invalidate();
            assert!(lease.publish(Asks(None)).is_err());
        });
        assert_eq!((cell.stats().creations, Guard::version(&made.unwrap())), (1, 3));

        let cell = asking_cell();
        let mine = cell.by(way).get_or_regen(|| {
            cell.invalidate();
            Asks(None)
        });
        assert_eq!((Guard::version(&mine), Guard::version(&cell.get().unwrap())), (0, 3));

        let cell = asking_cell();
        assert!(crashes(|| cell.by(way).get_or_regen(|| {
            cell.invalidate();
            crash()
        })));
        assert_eq!(Guard::version(&cell.get().unwrap()), 3);
    });
}

#[test]
fn an_old_value_that_is_dropped_inside_of_a_creation_function_is_not_inside() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let mine = cell.by(way).get_or_regen(|| {
            cell.set(Asks(Some(Arc::clone(&cell))));
            cell.invalidate();
            assert_eq!(Guard::version(&cell.get().unwrap()), 3, "it led on the spot");
            Asks(None)
        });
        assert_eq!((Guard::version(&mine), Guard::version(&cell.get().unwrap())), (0, 3));
    });
}

/// An old value that a reader has kept, or that only a guard has, is not inside: whoever lets go of it last, it was in the cell.
#[test]
fn an_old_value_that_its_last_reader_lets_go_of_is_not_inside() {
    type Hold = fn(&Shared<Asks>) -> Box<dyn FnOnce()>;
    let holds: [Hold; 3] = [
        |cell| {
            let mut reader = cell.reader_owned();
            assert!(reader.get().is_some());
            Box::new(move || assert_eq!(reader.get().map(|new| new.0.is_none()), None))
        },
        |cell| {
            let mut reader = cell.reader_owned();
            assert!(reader.get().is_some());
            Box::new(move || drop(reader))
        },
        |cell| {
            let guard = cell.get().unwrap();
            Box::new(move || drop(guard))
        },
    ];
    each_way(|way| {
        for hold in holds {
            let (cell, _clock) = cell();
            let mine = cell.by(way).get_or_regen(|| {
                cell.set(Asks(Some(Arc::clone(&cell))));
                let let_go = hold(&cell);
                cell.invalidate();
                let_go();
                assert_eq!(Guard::version(&cell.get().unwrap()), 3, "it led on the spot");
                Asks(None)
            });
            assert_eq!((Guard::version(&mine), Guard::version(&cell.get().unwrap())), (0, 3));
        }
    });
}

/// What would have taken its place shares the value.
#[test]
fn the_same_if_the_lease_ends_in_vain() {
    each_way(|way| {
        type End = fn(Lease<&DogpileCell<Asks, ManualClock>>);
        let ends: [End; 3] =
            [|lease| drop(lease), |lease| lease.fail("too late"), |lease| assert!(lease.renew().is_err())];
        for end in ends {
            let cell = asking_cell();
            let made = cell.by(way).get_or_hand_off(|lease| {
                cell.invalidate();
                end(lease);
            });
            assert_eq!((cell.stats().creations, Guard::version(&made.unwrap())), (1, 3));
        }
    });
}
