//! A clock of the user's that panics, once or from then on, beside all else of the user's that may panic at the same time:
//! the call panics; the process goes on, and so does the cell, which nobody leads after that.

use crate::hands::{Call, poll};
use crate::support::{Crash, Shared, TTL, crash, crashes};
use dogpile::clock::{Clock, Instant};
use dogpile::{Demand, DogpileCell, Lifetime, OwnedLease};
use std::error::Error;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// More than any of these calls looks at the clock.
const LOOKS: u32 = 12;

/// A clock that panics at the n-th look of one thread, and perhaps at all that come after it.
#[derive(Default)]
struct Fuse {
    nanos: AtomicU64,
    armed: Mutex<Option<ThreadId>>,
    looks: AtomicU32,
    at: AtomicU32,
    goes_on: AtomicBool,
}

impl Clock for Fuse {
    fn now(&self) -> Instant {
        if *self.armed.lock().unwrap() == Some(thread::current().id()) {
            let (look, at) = (self.looks.fetch_add(1, SeqCst) + 1, self.at.load(SeqCst));
            if look == at || look > at && self.goes_on.load(SeqCst) {
                crash::<()>();
            }
        }
        Instant::from_nanos(self.nanos.load(SeqCst))
    }
}

impl Fuse {
    /// For the calls of this thread.
    fn arm(&self, at: u32, goes_on: bool) {
        self.looks.store(0, SeqCst);
        self.at.store(at, SeqCst);
        self.goes_on.store(goes_on, SeqCst);
        *self.armed.lock().unwrap() = Some(thread::current().id());
    }

    fn disarm(&self) {
        *self.armed.lock().unwrap() = None;
    }

    fn advance(&self, time: Duration) {
        self.nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap(), SeqCst);
    }
}

type Cell = Shared<u32, Arc<Fuse>>;
type Owned = OwnedLease<u32, Arc<Fuse>>;

/// Where nothing can be served: empty, or expired. A leader has its lease for ever, or is asked how long it lasts.
fn with_nothing_to_serve() -> Vec<(Cell, Arc<Fuse>)> {
    let mut cells = Vec::new();
    for expired in [false, true] {
        for leased in [false, true] {
            let fuse = Arc::<Fuse>::default();
            let builder = DogpileCell::builder().clock(Arc::clone(&fuse)).time_to_live(TTL);
            let mut builder = builder.stale_while_revalidate(Duration::ZERO).stale_if_error(Duration::ZERO);
            if leased {
                builder = builder.lease_timeout(Duration::from_secs(3600));
            }
            if expired {
                builder = builder.initial(1);
            }
            let cell = Arc::new(builder.build().unwrap());
            fuse.advance(TTL);
            cells.push((cell, fuse));
        }
    }
    cells
}

/// Each point at which the clock may break, for a cell in each state.
fn each_look(case: impl Fn(&Cell, &Fuse, &dyn Fn())) {
    for at in 1..=LOOKS {
        for goes_on in [false, true] {
            for (cell, fuse) in with_nothing_to_serve() {
                case(&cell, &fuse, &|| fuse.arm(at, goes_on));
                fuse.disarm();
                assert_in_order(&cell);
            }
        }
    }
}

fn assert_in_order(cell: &Cell) {
    assert!(!cell.is_regenerating(), "somebody leads for ever");
    cell.invalidate();
    assert_eq!(*cell.get_or_regen(|| 9), 9);
}

/// No other panic than that of the clock, or one that is as good.
fn runs_or_crashes<R>(call: impl FnOnce() -> R) {
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(call)) {
        assert!(thrown.is::<Crash>(), "another panic");
    }
}

/// What calls do, as elected ones too.
type Verb = fn(&Cell);

const VERBS: [Verb; 6] = [
    |cell| drop(cell.get_or_regen(|| 7)),
    |cell| drop(cell.get_or_regen(crash)),
    |cell| drop(cell.try_get_or_regen(|| Err("the origin is down"))),
    |cell| {
        drop(
            cell.with(Demand::new().patience(Duration::from_secs(3600)))
                .try_get_or_regen(|| Ok::<_, String>(7)),
        );
    },
    |cell| drop(cell.get_or_hand_off(|lease| drop(lease.publish(7)))),
    |cell| drop(cell.get_or_hand_off_owned(|lease: Owned| lease.fail("the origin is down"))),
];

#[test]
fn a_thread_that_is_elected_leaves_its_lease() {
    each_look(|cell, _fuse, arm| {
        for verb in VERBS {
            arm();
            runs_or_crashes(|| verb(cell));
            assert!(!cell.is_regenerating());
        }
    });
}

/// It sleeps, and is elected when it wakes.
#[test]
fn a_thread_that_waits_leaves_its_lease() {
    for verb in VERBS {
        each_look(|cell, fuse, arm| {
            let lease = cell.try_lead().unwrap();
            thread::scope(|scope| {
                let (is_armed, told) = std::sync::mpsc::channel();
                let waiter = scope.spawn(move || {
                    told.recv().unwrap();
                    runs_or_crashes(|| verb(cell));
                });
                arm();
                *fuse.armed.lock().unwrap() = Some(waiter.thread().id());
                is_armed.send(()).unwrap();
                // To be served, before it is in the list of those who sleep, and after that.
                while fuse.looks.load(SeqCst) < 3 && !waiter.is_finished() {
                    thread::yield_now();
                }
                drop(lease);
                waiter.join().unwrap();
            });
        });
    }
}

/// The calls of tasks: each makes a future for the call.
type TaskVerb = fn(&Cell) -> Call<'_, ()>;

const TASK_VERBS: [TaskVerb; 6] = [
    |cell| Box::pin(async move { drop(cell.get_or_regen_async(later).await) }),
    |cell| Box::pin(async move { drop(cell.get_or_regen_async(async || crash()).await) }),
    |cell| Box::pin(async move { drop(cell.try_get_or_regen_async(async || Err("down")).await) }),
    |cell| {
        let hour = Duration::from_secs(3600);
        Box::pin(async move {
            drop(cell.with(Demand::new().patience(hour)).try_get_or_regen_async(fallibly).await);
        })
    },
    |cell| Box::pin(async move { drop(cell.get_or_hand_off_async(|lease| drop(lease.publish(7))).await) }),
    |cell| {
        Box::pin(
            async move { drop(cell.get_or_hand_off_owned_async(|lease: Owned| lease.fail("down")).await) },
        )
    },
];

async fn later() -> u32 {
    smol::future::yield_now().await;
    7
}

async fn fallibly() -> Result<u32, &'static str> {
    Ok(later().await)
}

#[test]
fn a_task_leaves_its_lease() {
    for verb in TASK_VERBS {
        for waits in [false, true] {
            each_look(|cell, _fuse, arm| {
                let mut lease = waits.then(|| cell.try_lead().unwrap());
                arm();
                let mut future = verb(cell);
                runs_or_crashes(|| {
                    for _ in 0..4 {
                        if poll(&mut future).is_ready() {
                            return;
                        }
                        drop(lease.take());
                    }
                });
                drop(lease);
                runs_or_crashes(|| drop(future));
            });
        }
    }
}

/// One that is dropped while it waits, or leads, by itself or because its thread unwinds.
#[test]
fn a_task_that_is_cancelled_leaves_nothing_behind() {
    for verb in TASK_VERBS {
        for waits in [false, true] {
            for unwinds in [false, true] {
                each_look(|cell, _fuse, arm| {
                    let lease = waits.then(|| cell.try_lead().unwrap());
                    let mut future = verb(cell);
                    runs_or_crashes(|| poll(&mut future).is_ready());
                    arm();
                    runs_or_crashes(|| {
                        let _call = future;
                        if unwinds {
                            crash::<()>();
                        }
                    });
                    drop(lease);
                });
            }
        }
    }
}

/// Of the value, of the error, and of the clock: one of them is heard of, none ends the process.
#[test]
fn what_measures_a_value_and_what_boxes_an_error_may_panic_too() {
    struct Unprintable;
    impl From<Unprintable> for Box<dyn Error + Send + Sync> {
        fn from(_: Unprintable) -> Self {
            crash()
        }
    }
    for at in (1..=LOOKS).chain([u32::MAX]) {
        for expired in [false, true] {
            let fuse = Arc::<Fuse>::default();
            let measure = |value: &u32| if *value == 7 { crash() } else { Lifetime::fresh_for(TTL) };
            let builder = DogpileCell::builder().clock(Arc::clone(&fuse)).lifetime_of(measure);
            let cell: Cell = Arc::new(builder.stale_while_revalidate(Duration::ZERO).build().unwrap());
            let calls: [Verb; 5] = [
                |cell| drop(cell.get_or_regen(|| 7)),
                |cell| drop(cell.try_get_or_regen(|| Err(Unprintable))),
                |cell| drop(cell.try_lead().map(|lease| lease.publish(7))),
                |cell| cell.try_lead().unwrap().fail(Unprintable),
                |cell| {
                    let mut future: Call<_> = Box::pin(async {
                        drop(cell.try_get_or_regen_async(async || Err(Unprintable)).await);
                    });
                    assert!(poll(&mut future).is_ready());
                },
            ];
            for call in calls {
                if expired {
                    cell.set(1);
                    fuse.advance(TTL);
                }
                fuse.arm(at, true);
                assert!(crashes(|| call(&cell)));
                fuse.disarm();
                assert_in_order(&cell);
                cell.invalidate();
            }
        }
    }
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        crash::<()>();
    }
}

/// A value whose `Drop` panics, if it is armed.
#[derive(Debug)]
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 {
            crash::<()>();
        }
    }
}

type Bombs = Shared<Bomb, Arc<Fuse>>;
type Unwinds = fn(&Bombs, &mut dyn FnMut());

/// What ends a lease by a panic, once `before` has run: that of a hand-off, one that is held, that of a creation function.
const UNWINDS: [Unwinds; 4] = [
    |cell, before| {
        let f = |_lease| {
            before();
            crash::<()>();
        };
        drop(cell.get_or_hand_off(f));
    },
    |cell, before| {
        let _lease = cell.try_lead().unwrap();
        before();
        crash::<()>();
    },
    |cell, before| {
        let regen = || {
            before();
            crash()
        };
        drop(cell.get_or_regen(regen));
    },
    |cell, before| {
        let f = |_lease| {
            before();
            crash::<()>();
        };
        let _ = std::pin::pin!(cell.get_or_hand_off_async(f)).poll(&mut Context::from_waker(Waker::noop()));
    },
];

fn expired(value: Bomb) -> Bombs {
    let fuse = Arc::<Fuse>::default();
    let builder = DogpileCell::builder().clock(Arc::clone(&fuse)).time_to_live(TTL).initial(value);
    let cell = builder.stale_while_revalidate(Duration::ZERO).build().unwrap();
    fuse.advance(TTL);
    Arc::new(cell)
}

#[test]
fn a_waker_may_panic_while_a_thread_unwinds() {
    for unwind in UNWINDS {
        let cell = expired(Bomb(false));
        let mut waiting: Option<Call<'static, ()>> = None;
        let mut wait = || {
            let cell = Arc::clone(&cell);
            let mut future: Call<_> =
                Box::pin(async move { drop(cell.get_or_regen_async(async || Bomb(false)).await) });
            // Not inside: another thread polls it.
            let waker = Waker::from(Arc::new(Panics));
            let poll = || future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
            assert!(thread::scope(|scope| scope.spawn(poll).join().unwrap()));
            waiting = Some(future);
        };
        assert!(crashes(|| unwind(&cell, &mut wait)));
        assert!(!cell.is_regenerating());
        assert!(poll(&mut waiting.unwrap()).is_ready(), "it leads");
    }
}

/// The lease is the last to hold it.
#[test]
fn the_old_value_may_panic_while_a_thread_unwinds() {
    for unwind in UNWINDS {
        let cell = expired(Bomb(true));
        assert!(crashes(|| unwind(&cell, &mut || cell.invalidate())));
        assert!(!cell.is_regenerating() && cell.get().is_none());
        assert!(!cell.get_or_regen(|| Bomb(false)).0);
    }
}

/// What goes wrong beside the clock.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each goes with each
struct Faults {
    /// `lifetime_of` panics.
    measure: bool,
    /// The `Drop` of the value that is there.
    old: bool,
    /// The `Drop` of the one that is made.
    new: bool,
    /// The old value has left the slot before the new one is made, or asked for.
    superseded: bool,
}

/// Ends a lease, or replaces a value, with one that may be armed.
type Replaces = fn(&Bombs, Faults);

const REPLACES: [Replaces; 9] = [
    |cell, faults| drop(cell.get_or_regen(|| made(cell, faults))),
    |cell, faults| drop(cell.try_get_or_regen(|| Ok::<_, String>(made(cell, faults)))),
    |cell, faults| drop(cell.try_get_or_regen(|| Err::<Bomb, _>(made(cell, faults)))),
    |cell, faults| drop(cell.get_or_hand_off(|lease| drop(lease.publish(made(cell, faults))))),
    |cell, faults| {
        if let Some(lease) = cell.try_lead_owned() {
            drop(made(cell, Faults { new: false, ..faults }));
            drop(lease.renew());
        }
    },
    |cell, faults| {
        if let Some(lease) = cell.try_lead() {
            lease.fail(made(cell, faults));
        }
    },
    |cell, faults| _ = cell.set(made(cell, faults)),
    |cell, faults| _ = cell.reader_owned().get_or_regen(|| made(cell, faults)).0,
    |cell, faults| {
        let regen = async || made(cell, faults);
        let mut future: Call<_> = Box::pin(async { drop(cell.get_or_regen_async(regen).await) });
        assert!(poll(&mut future).is_ready());
    },
];

fn made(cell: &Bombs, faults: Faults) -> Bomb {
    if faults.superseded {
        cell.invalidate();
    }
    Bomb(faults.new)
}

/// A bomb can be an error, too.
impl From<Bomb> for Box<dyn Error + Send + Sync> {
    fn from(bomb: Bomb) -> Self {
        #[derive(Debug)]
        struct Armed(#[allow(dead_code)] Bomb);
        impl std::fmt::Display for Armed {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("down")
            }
        }
        impl Error for Armed {}
        Box::new(Armed(bomb))
    }
}

/// Every mixture of a clock, a measure, an old and a new value that panic: none ends the process.
#[test]
fn the_clock_the_measure_the_old_and_the_new_value_may_panic_at_once() {
    let each = [false, true];
    for (measure, old) in each.into_iter().flat_map(|measure| each.map(|old| (measure, old))) {
        for (new, superseded) in each.into_iter().flat_map(|new| each.map(|superseded| (new, superseded))) {
            for at in (1..=LOOKS).chain([u32::MAX]) {
                for (goes_on, leased) in [(false, false), (true, true), (true, false)] {
                    for replace in REPLACES {
                        run_mixture(Faults { measure, old, new, superseded }, at, goes_on, leased, replace);
                    }
                }
            }
        }
    }
}

fn run_mixture(faults: Faults, at: u32, goes_on: bool, leased: bool, replace: Replaces) {
    let fuse = Arc::<Fuse>::default();
    let is_broken = Arc::new(AtomicBool::new(false));
    let breaks = Arc::clone(&is_broken);
    let measure = move |_: &Bomb| if breaks.load(SeqCst) { crash() } else { Lifetime::fresh_for(TTL) };
    let builder = DogpileCell::builder().clock(Arc::clone(&fuse)).lifetime_of(measure);
    let builder = if leased { builder.lease_timeout(Duration::from_secs(3600)) } else { builder };
    let cell: Bombs = Arc::new(builder.initial(Bomb(faults.old)).build().unwrap());
    fuse.advance(TTL);
    is_broken.store(faults.measure, SeqCst);
    fuse.arm(at, goes_on);
    runs_or_crashes(|| replace(&cell, faults));
    fuse.disarm();
    is_broken.store(false, SeqCst);
    assert!(!cell.is_regenerating(), "somebody leads for ever");
    runs_or_crashes(|| cell.invalidate());
    assert!(cell.get().is_none() && !cell.get_or_regen(|| Bomb(false)).0);
}
