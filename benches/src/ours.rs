//! dogpile's own ways to share a value.

use crate::contender::{Contender, HOUR, Reads, Replacing, Shared, Sharing, Suite, Thing, VALUE, kept};
use crate::read::Read;
use dogpile::clock::{Clock, CoarseClock, ManualClock, PreciseClock, TickClock};
use dogpile::{Demand, DogpileCell, DogpileLazy, Reader, Settings};
use std::cell::RefCell;
use std::future::Ready;
use std::hint::black_box;
use std::mem::forget;
use std::sync::LazyLock;
use std::time::Duration;

type Ticking = DogpileCell<u64, &'static TickClock>;

/// One clock for all cells that go by it, as it is meant to be used.
pub(crate) static TICKS: LazyLock<&'static TickClock> = LazyLock::new(|| {
    let clock = kept(TickClock::new(Duration::from_millis(1)));
    clock.start().expect("there is a thread to be had");
    clock
});

pub(crate) mod name {
    pub const FRESH: &str = "`get_or_regen`, fresh";
    pub const FRESH_MANUAL: &str = "`get_or_regen`, fresh, a clock that is one load";
    pub const DEMANDED: &str = "`with(demand).get_or_regen`, fresh, met";
    pub const DEMANDED_MANUAL: &str = "`with(demand).get_or_regen`, fresh, met, a clock that is one load";
    pub const ASYNC: &str = "`get_or_regen_async`, fresh";
    pub const ASYNC_MANUAL: &str = "`get_or_regen_async`, fresh, a clock that is one load";
    pub const STALE: &str = "`get_or_regen`, stale, a leader at work";
    pub const STALE_MANUAL: &str = "`get_or_regen`, stale, a leader at work, a clock that is one load";
    pub const THROTTLED: &str = "`get_or_regen`, stale, a failure throttled";
    pub const THROTTLED_MANUAL: &str = "`get_or_regen`, stale, a failure throttled, a clock that is one load";
    pub const READER: &str = "`Reader`, fresh";
    pub const READER_MANUAL: &str = "`Reader`, fresh, a clock that is one load";
    pub const READER_STALE_MANUAL: &str = "`Reader`, stale, a leader at work, a clock that is one load";
    pub const READER_TICK: &str = "`Reader`, fresh, `TickClock`";
    pub const CELL: &str = "`DogpileCell`";
    pub const CELL_READER: &str = "`DogpileCell`, a `Reader` per thread";
}

pub struct Dogpile;

impl Contender for Dogpile {
    fn reads(&self) -> Vec<Read> {
        let (cell, ticking) = (fresh(CoarseClock), fresh(*TICKS));
        let (led, led_ticking) = (led(CoarseClock), led(*TICKS));
        vec![
            by_thread(name::FRESH, cell),
            Read::new("`get`, fresh", || *cell.get().unwrap()),
            lazy("`DogpileLazy::get_or_regen`, fresh"),
            by_demand(name::DEMANDED, cell),
            by_task(name::ASYNC, cell),
            try_by_task("`try_get_or_regen_async`, fresh", cell),
            by_thread(name::STALE, led),
            by_thread(name::THROTTLED, throttled(CoarseClock)),
            by_thread("`get_or_regen`, fresh, `TickClock`", ticking),
            by_thread("`get_or_regen`, fresh, `PreciseClock`", fresh(PreciseClock)),
            by_reader(name::READER, cell),
            by_reader("`Reader`, stale, a leader at work", led),
            by_reader(name::READER_TICK, ticking),
            by_reader("`Reader`, stale, a leader at work, `TickClock`", led_ticking),
            thread_local("`Reader` in a `thread_local!` `RefCell`, fresh, `TickClock`"),
        ]
    }

    fn sharings(&self) -> Vec<Sharing> {
        use Suite::{First, Latency, Stampede};
        vec![
            Sharing::new(name::CELL, &[Stampede, First, Latency], || Box::new(Cell(never_expires()))),
            Sharing::new(name::CELL_READER, &[Stampede, Latency], || Box::new(Handles(never_expires()))),
            Sharing::new("`DogpileCell`, invalidated", &[Stampede], || Box::new(Strict(never_expires()))),
        ]
    }

    fn replacing(&self) -> Option<Replacing> {
        let cell = kept(never_expires());
        cell.set(0);
        let read = || {
            let _ = *cell.get().unwrap();
        };
        Some(Replacing::new("`DogpileCell::set`", read, |value| _ = cell.set(value)))
    }

    fn things(&self) -> Vec<Thing> {
        let cell = kept(DogpileCell::new(HOUR));
        cell.set(VALUE);
        let make = || {
            let cell = DogpileCell::new(HOUR);
            cell.set(VALUE);
            cell
        };
        vec![
            Thing::new(name::CELL, make),
            Thing::on_the_heap("- each generation of it, the value included", || {
                forget(cell.get());
                cell.set(VALUE);
            }),
            Thing::new("- a `Reader` of it", || cell.reader()),
        ]
    }
}

fn cell<C: Clock>(settings: Settings, clock: C) -> &'static DogpileCell<u64, C> {
    let cell = DogpileCell::with_clock(settings, clock);
    cell.set(VALUE);
    kept(cell)
}

fn fresh<C: Clock>(clock: C) -> &'static DogpileCell<u64, C> {
    cell(Settings::new().time_to_live(HOUR), clock)
}

/// The leader never ends.
fn led<C: Clock>(clock: C) -> &'static DogpileCell<u64, C> {
    let cell = cell(Settings::new().time_to_live(Duration::ZERO), clock);
    forget(cell.try_lead().expect("it is stale"));
    cell
}

/// For half an hour at least.
fn throttled<C: Clock>(clock: C) -> &'static DogpileCell<u64, C> {
    let cell = cell(Settings::new().time_to_live(Duration::ZERO).retry_backoff(HOUR, HOUR), clock);
    cell.try_lead().expect("it is stale").fail("the origin is down");
    cell
}

fn by_thread<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
    Read::new(name, move || *cell.get_or_regen(|| unreachable!()))
}

/// A value that is not too old and not the one seen last, as far as the compiler knows at the time of the call.
fn by_demand<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
    let demand = black_box(Demand::new().max_age(HOUR).newer_than(0));
    Read::new(name, move || *cell.with(demand).get_or_regen(|| unreachable!()))
}

fn by_reader<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
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

fn lazy(name: &'static str) -> Read {
    let lazy = kept(DogpileLazy::new(HOUR, || VALUE));
    Read::new(name, || *lazy.get_or_regen())
}

fn by_task<C: Clock + 'static>(name: &'static str, cell: &'static DogpileCell<u64, C>) -> Read {
    Read::awaited(name, move || cell.get_or_regen_async(|| -> Ready<u64> { unreachable!() }), |guard| *guard)
}

fn try_by_task(name: &'static str, cell: &'static DogpileCell<u64>) -> Read {
    let read = move || cell.try_get_or_regen_async(|| -> Ready<Result<u64, String>> { unreachable!() });
    Read::awaited(name, read, |guard| *guard.unwrap())
}

/// Those whose instructions are counted, with a clock that is one load: the system's is a matter of the C library.
pub(crate) fn counted(name: &str) -> Option<Read> {
    let clock = ManualClock::new;
    Some(match name {
        name::FRESH_MANUAL => by_thread(name::FRESH_MANUAL, fresh(clock())),
        name::DEMANDED_MANUAL => by_demand(name::DEMANDED_MANUAL, fresh(clock())),
        name::ASYNC_MANUAL => by_task(name::ASYNC_MANUAL, fresh(clock())),
        name::STALE_MANUAL => by_thread(name::STALE_MANUAL, led(clock())),
        name::THROTTLED_MANUAL => by_thread(name::THROTTLED_MANUAL, throttled(clock())),
        name::READER_MANUAL => by_reader(name::READER_MANUAL, fresh(clock())),
        name::READER_STALE_MANUAL => by_reader(name::READER_STALE_MANUAL, led(clock())),
        _ => return None,
    })
}

fn never_expires() -> DogpileCell<u64> {
    DogpileCell::never_expires()
}

/// The old value is served.
struct Cell(DogpileCell<u64>);

impl Shared for Cell {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| *self.0.get_or_regen(make))
    }

    fn watcher(&self) -> Reads<'_> {
        Box::new(|_| *self.0.get().expect("the old value is served"))
    }

    fn expire(&self) {
        self.0.mark_stale();
    }
}

/// The old value is served, through a handle per thread.
struct Handles(DogpileCell<u64>);

impl Shared for Handles {
    fn reader(&self) -> Reads<'_> {
        let mut reader = self.0.reader();
        Box::new(move |make| *reader.get_or_regen(make))
    }

    fn watcher(&self) -> Reads<'_> {
        let mut reader = self.0.reader();
        Box::new(move |_| *reader.get().expect("the old value is served"))
    }

    fn expire(&self) {
        self.0.mark_stale();
    }
}

/// The old value is not served.
struct Strict(DogpileCell<u64>);

impl Shared for Strict {
    fn reader(&self) -> Reads<'_> {
        Box::new(|make| *self.0.get_or_regen(make))
    }

    fn expire(&self) {
        self.0.invalidate();
    }
}
