//! Ways to read one `u64`.

use crate::left_right;
use arc_swap::{ArcSwap, ArcSwapOption};
use cached::{CachedPeek, TtlCache};
use dogpile::clock::{Clock, CoarseClock, ManualClock, PreciseClock, TickClock};
use dogpile::{CellBuilder, DogpileCell, DogpileLazy, Reader};
use std::cell::RefCell;
use std::future::{Future, Ready};
use std::hint::black_box;
use std::mem::forget;
use std::pin::pin;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Relaxed},
};
use std::sync::{Arc, LazyLock, OnceLock, RwLock};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_hours(1);
const VALUE: u64 = 42;

type Ticking = DogpileCell<u64, &'static TickClock>;

/// One clock for all cells that go by it, as it is meant to be used.
static TICKS: LazyLock<&'static TickClock> = LazyLock::new(|| {
    let clock = kept(TickClock::new(Duration::from_millis(1)));
    clock.start().expect("there is a thread to be had");
    clock
});

/// The names of rows that others are measured against.
pub mod name {
    pub const FLOOR: &str = "the floor: `ArcSwapOption::load`, the coarse clock, dereference, drop";
    pub const COARSE: &str = "`CoarseClock` alone";
    pub const COARSE_ITSELF: &str = "`coarsetime` alone";
    pub const TICK: &str = "`TickClock` alone";
    pub const ONCE: &str = "`OnceLock::get` (no expiry)";
    pub const MOKA_GET_WITH: &str = "moka `get_with`";
    pub const FRESH: &str = "`get_or_regen`, fresh";
    pub const FRESH_MANUAL: &str = "`get_or_regen`, fresh, a clock that is one load";
    pub const ASYNC: &str = "`get_or_regen_async`, fresh";
    pub const ASYNC_MANUAL: &str = "`get_or_regen_async`, fresh, a clock that is one load";
    pub const TRY_ASYNC: &str = "`try_get_or_regen_async`, fresh";
    pub const STALE: &str = "`get_or_regen`, stale, a leader at work";
    pub const STALE_MANUAL: &str = "`get_or_regen`, stale, a leader at work, a clock that is one load";
    pub const THROTTLED: &str = "`get_or_regen`, stale, a failure throttled";
    pub const THROTTLED_MANUAL: &str = "`get_or_regen`, stale, a failure throttled, a clock that is one load";
    pub const READER: &str = "`Reader`, fresh";
    pub const READER_MANUAL: &str = "`Reader`, fresh, a clock that is one load";
    pub const READER_STALE: &str = "`Reader`, stale, a leader at work";
    pub const READER_STALE_MANUAL: &str = "`Reader`, stale, a leader at work, a clock that is one load";
    pub const READER_TICK: &str = "`Reader`, fresh, `TickClock`";
    pub const READER_STALE_TICK: &str = "`Reader`, stale, a leader at work, `TickClock`";
    pub const READER_THREAD_LOCAL: &str = "`Reader` in a `thread_local!` `RefCell`, fresh, `TickClock`";
}

/// Reads, any number of times.
pub type Calls = Box<dyn FnMut(u64)>;

/// A way to read.
pub struct Read {
    pub name: &'static str,
    reader: Box<dyn Fn() -> Calls + Send + Sync>,
}

impl Read {
    fn new(name: &'static str, read: impl Fn() -> u64 + Copy + Send + Sync + 'static) -> Self {
        Self::per_thread(name, move || read)
    }

    /// With something that each thread has for itself.
    fn per_thread<R: FnMut() -> u64 + 'static>(
        name: &'static str,
        make: impl Fn() -> R + Send + Sync + 'static,
    ) -> Self {
        let reader = move || {
            let mut read = make();
            let reads = move |times: u64| {
                for _ in 0..times {
                    black_box(read());
                }
            };
            Box::new(reads) as Calls
        };
        Self { name, reader: Box::new(reader) }
    }

    /// By a task: one block awaits them all, so that no more than a read is in the loop.
    fn awaited<F: Future + 'static>(
        name: &'static str,
        read: impl Fn() -> F + Copy + Send + Sync + 'static,
        value: impl Fn(F::Output) -> u64 + Copy + Send + Sync + 'static,
    ) -> Self {
        let reader = move || {
            let reads = move |times: u64| {
                let all = pin!(async {
                    for _ in 0..times {
                        black_box(value(read().await));
                    }
                });
                assert!(all.poll(&mut Context::from_waker(Waker::noop())).is_ready(), "none has to wait");
            };
            Box::new(reads) as Calls
        };
        Self { name, reader: Box::new(reader) }
    }

    /// To be called on the thread that is going to read.
    pub fn reader(&self) -> Calls {
        (self.reader)()
    }
}

/// The process ends with the benches.
fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// What a read cannot do without.
pub fn parts() -> Vec<Read> {
    let slot = kept(ArcSwapOption::from_pointee(VALUE));
    let ticks = *TICKS;
    vec![
        Read::new(name::FLOOR, move || {
            let value = slot.load();
            black_box(coarsetime::Instant::now_without_cache_update());
            **value.as_ref().unwrap()
        }),
        Read::new(name::COARSE_ITSELF, || coarsetime::Instant::now_without_cache_update().as_ticks()),
        Read::new(name::COARSE, || CoarseClock.now().as_nanos()),
        Read::new("`PreciseClock` alone", || PreciseClock.now().as_nanos()),
        Read::new(name::TICK, move || ticks.now().as_nanos()),
    ]
}

fn cell<C: Clock>(
    clock: C,
    set: impl FnOnce(CellBuilder<u64, C>) -> CellBuilder<u64, C>,
) -> &'static DogpileCell<u64, C> {
    let builder = DogpileCell::builder().time_to_live(HOUR).clock(clock);
    let cell = set(builder).build().expect("the settings are constants");
    cell.set(VALUE);
    kept(cell)
}

fn fresh<C: Clock>(clock: C) -> &'static DogpileCell<u64, C> {
    cell(clock, |cell| cell)
}

/// The leader never ends.
fn led<C: Clock>(clock: C) -> &'static DogpileCell<u64, C> {
    let cell = cell(clock, |cell| cell.time_to_live(Duration::ZERO));
    forget(cell.try_lead().expect("it is stale"));
    cell
}

/// For half an hour at least.
fn throttled<C: Clock>(clock: C) -> &'static DogpileCell<u64, C> {
    let cell = cell(clock, |cell| cell.time_to_live(Duration::ZERO).retry_backoff(HOUR, HOUR));
    cell.try_lead().expect("it is stale").fail("the origin is down");
    cell
}

fn shared<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
    Read::new(name, move || *cell.get_or_regen(|| unreachable!()))
}

fn own<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
    Read::per_thread(name, move || {
        let mut reader = cell.reader();
        move || *reader.get_or_regen(|| unreachable!())
    })
}

/// Where threads belong to somebody else.
fn thread_local(name: &'static str) -> Read {
    static CELL: LazyLock<&'static Ticking> = LazyLock::new(|| fresh(*TICKS));
    thread_local! {
        static READER: RefCell<Reader<&'static Ticking>> = RefCell::new(CELL.reader());
    }
    Read::new(name, || READER.with_borrow_mut(|reader| *reader.get_or_regen(|| unreachable!())))
}

fn lazy<C: Clock + 'static>(name: &'static str, clock: C) -> Read {
    let cell = DogpileCell::builder().time_to_live(HOUR).clock(clock).build();
    let lazy = kept(DogpileLazy::with_cell(cell.expect("the settings are constants"), || VALUE));
    Read::new(name, move || *lazy.get_or_regen())
}

fn by_task<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
    Read::awaited(name, move || cell.get_or_regen_async(|| -> Ready<u64> { unreachable!() }), |guard| *guard)
}

fn try_by_task<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
    let read = move || cell.try_get_or_regen_async(|| -> Ready<Result<u64, String>> { unreachable!() });
    Read::awaited(name, read, |guard| *guard.unwrap())
}

pub fn dogpile() -> Vec<Read> {
    let cell = fresh(CoarseClock);
    let ticking = fresh(*TICKS);
    let led_ticking = led(*TICKS);
    let led = led(CoarseClock);
    vec![
        shared(name::FRESH, cell),
        Read::new("`get`, fresh", || *cell.get().unwrap()),
        lazy("`DogpileLazy::get_or_regen`, fresh", CoarseClock),
        by_task(name::ASYNC, cell),
        try_by_task(name::TRY_ASYNC, cell),
        shared(name::STALE, led),
        shared(name::THROTTLED, throttled(CoarseClock)),
        shared("`get_or_regen`, fresh, `TickClock`", ticking),
        shared("`get_or_regen`, fresh, `PreciseClock`", fresh(PreciseClock)),
        own(name::READER, cell),
        own(name::READER_STALE, led),
        own(name::READER_TICK, ticking),
        own(name::READER_STALE_TICK, led_ticking),
        thread_local(name::READER_THREAD_LOCAL),
    ]
}

/// A value that is stale at once, and somebody who makes the next one and never ends.
struct ByHand<S> {
    value: S,
    time_to_live: coarsetime::Duration,
    is_led: Alone<AtomicBool>,
}

/// On cache lines of its own.
#[repr(align(128))]
struct Alone<T>(T);

type Timed = (coarsetime::Instant, u64);

impl<S> ByHand<S> {
    fn kept(value: S) -> &'static Self {
        let is_led = Alone(AtomicBool::new(true));
        kept(Self { value, time_to_live: coarsetime::Duration::from_secs(0), is_led })
    }

    /// What a value is served that was made then, if another makes the next.
    fn serve(&self, (made, value): Timed) -> u64 {
        let age = coarsetime::Instant::now_without_cache_update().duration_since(made);
        let is_led = || self.is_led.0.load(Relaxed) || self.is_led.0.swap(true, AcqRel);
        assert!(age < self.time_to_live || is_led(), "another is at work");
        value
    }
}

/// What a stale read costs who writes it without this crate.
fn by_hand() -> [Read; 2] {
    let made = || (coarsetime::Instant::now_without_cache_update(), VALUE);
    let slot = ByHand::kept(ArcSwap::from_pointee(made()));
    let lock = ByHand::kept(RwLock::new(made()));
    [
        Read::new("`ArcSwap` and a flag, by hand, stale, somebody at work", move || {
            slot.serve(**slot.value.load())
        }),
        Read::new("std `RwLock` and a flag, by hand, stale, somebody at work", move || {
            let read = *lock.value.read().unwrap();
            lock.serve(read)
        }),
    ]
}

pub fn rivals() -> Vec<Read> {
    let once = kept(OnceLock::from(VALUE));
    let slot = kept(ArcSwap::from_pointee(VALUE));
    let lock = kept(RwLock::new((Instant::now(), VALUE)));
    let parking = kept(parking_lot::RwLock::new((Instant::now(), VALUE)));
    let moka = kept(moka::sync::Cache::builder().time_to_live(HOUR).build());
    moka.insert((), Arc::new(VALUE));
    let quick = kept(quick_cache::sync::Cache::new(16));
    quick.insert((), Arc::new(VALUE));
    let mut cached = TtlCache::builder().ttl(HOUR).build().expect("the settings are constants");
    cached::Cached::cache_set(&mut cached, (), VALUE);
    let cached = kept(RwLock::new(cached));
    let [on_slot, on_lock] = by_hand();
    let (writer, readers) = left_right::new(VALUE);
    forget(writer);
    vec![
        Read::new(name::ONCE, move || *once.get().unwrap()),
        Read::per_thread("`arc_swap::Cache` (no expiry)", move || {
            let mut cache = arc_swap::Cache::new(slot);
            move || **cache.load()
        }),
        Read::new("`ArcSwap::load` (no expiry)", move || **slot.load()),
        Read::per_thread("left-right `enter` (no expiry)", move || {
            let reader = readers.handle();
            move || reader.enter().unwrap().0
        }),
        Read::new("std `RwLock` with an `Instant` beside the value", move || {
            let read = lock.read().unwrap();
            assert!(read.0.elapsed() < HOUR);
            read.1
        }),
        Read::new("parking_lot `RwLock` with an `Instant` beside the value", move || {
            let read = parking.read();
            assert!(read.0.elapsed() < HOUR);
            read.1
        }),
        Read::new("quick_cache `get` (no expiry)", move || *quick.get(&()).unwrap()),
        Read::new("cached `TtlCache` in an `RwLock`, `cache_peek`", move || {
            *cached.read().unwrap().cache_peek(&()).unwrap()
        }),
        Read::new("moka `get`", move || *moka.get(&()).unwrap()),
        Read::new(name::MOKA_GET_WITH, move || *moka.get_with((), || unreachable!())),
        on_slot,
        on_lock,
    ]
}

/// Those whose instructions are counted. With a clock that is one load: the system's is a matter of the C library.
pub fn by_name(name: &str) -> Option<Read> {
    let clock = ManualClock::new;
    Some(match name {
        name::FRESH_MANUAL => shared(name::FRESH_MANUAL, fresh(clock())),
        name::ASYNC_MANUAL => by_task(name::ASYNC_MANUAL, fresh(clock())),
        name::STALE_MANUAL => shared(name::STALE_MANUAL, led(clock())),
        name::THROTTLED_MANUAL => shared(name::THROTTLED_MANUAL, throttled(clock())),
        name::READER_MANUAL => own(name::READER_MANUAL, fresh(clock())),
        name::READER_STALE_MANUAL => own(name::READER_STALE_MANUAL, led(clock())),
        _ => return dogpile().into_iter().chain(parts()).chain(rivals()).find(|read| read.name == name),
    })
}
