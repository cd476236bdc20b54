//! What one read costs, beside its parts and its rivals, in one run: `cargo bench --bench read`.
//!
//! Absolute times drift from run to run on a shared machine; what counts is the ratio of two rows of the
//! same run. `floor` is what a read cannot do without: a load of an `ArcSwapOption`, a look at the coarse
//! clock, a dereference and the drop.

use arc_swap::{ArcSwapOption, Cache};
use criterion::{Criterion, criterion_group, criterion_main};
use dogpile::{Clock, CoarseClock, DogpileCell, PreciseClock};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, RwLock, mpsc};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

fn parts(c: &mut Criterion) {
    let mut group = c.benchmark_group("parts");
    group.bench_function("coarse clock", |b| b.iter(coarsetime::Instant::now_without_cache_update));
    group.bench_function("CoarseClock", |b| b.iter(|| CoarseClock.now()));
    group.bench_function("PreciseClock", |b| b.iter(|| PreciseClock.now()));
    let slot = ArcSwapOption::from_pointee(42_u64);
    group.bench_function("ArcSwapOption load", |b| b.iter(|| **slot.load().as_ref().unwrap()));
    group.finish();
}

fn fresh(c: &mut Criterion) {
    let mut group = c.benchmark_group("fresh");
    let slot = ArcSwapOption::from_pointee(42_u64);
    let floor = || {
        let value = slot.load();
        black_box(coarsetime::Instant::now_without_cache_update());
        **value.as_ref().unwrap()
    };
    group.bench_function("floor", |b| b.iter(floor));
    let cell = DogpileCell::new(HOUR);
    cell.set(42_u64);
    group.bench_function("get_or_regen", |b| b.iter(|| *cell.get_or_regen(|| unreachable!())));
    group.bench_function("get", |b| b.iter(|| *cell.get().unwrap()));
    group.finish();
}

/// What a read of a `Reader` cannot do without, and the reader: with the coarse clock, and with one that costs a
/// load.
fn reader(c: &mut Criterion) {
    let mut group = c.benchmark_group("reader");
    let once = OnceLock::from(42_u64);
    group.bench_function("OnceLock get", |b| b.iter(|| *black_box(&once).get().unwrap()));
    let slot = ArcSwapOption::from_pointee(42_u64);
    let mut cache = Cache::new(&slot);
    group.bench_function("arc_swap Cache load", |b| b.iter(|| **cache.load().as_ref().unwrap()));
    group.bench_function("coarse clock", |b| b.iter(|| CoarseClock.now()));
    let cell = DogpileCell::new(HOUR);
    cell.set(42_u64);
    let mut reader = cell.reader();
    group.bench_function("get_or_regen", |b| b.iter(|| *reader.get_or_regen(|| unreachable!())));
    group.bench_function("get", |b| b.iter(|| *reader.get().unwrap()));
    let cell = DogpileCell::builder().time_to_live(HOUR).clock(Tick).initial(42_u64).build().unwrap();
    let mut reader = cell.reader();
    group.bench_function("get_or_regen, time is a load", |b| {
        b.iter(|| *reader.get_or_regen(|| unreachable!()));
    });
    group.bench_function("get, time is a load", |b| b.iter(|| *reader.get().unwrap()));
    let cell = Arc::new(cell);
    let mut reader = cell.reader_owned();
    group.bench_function("owned get_or_regen, time is a load", |b| {
        b.iter(|| *reader.get_or_regen(|| unreachable!()));
    });
    group.finish();
}

/// A clock that costs a load, and stands still.
struct Tick;

static TICK: AtomicU64 = AtomicU64::new(0);

impl Clock for Tick {
    fn now(&self) -> dogpile::Instant {
        dogpile::Instant::from_nanos(TICK.load(Relaxed))
    }
}

fn stale(c: &mut Criterion) {
    let mut group = c.benchmark_group("stale, a leader at work");
    let cell = DogpileCell::new(Duration::ZERO);
    cell.set(42_u64);
    std::thread::scope(|scope| {
        let (started, wait_for_start) = mpsc::channel();
        let (end, wait_for_end) = mpsc::channel::<()>();
        let cell = &cell;
        scope.spawn(move || {
            let _ = cell.get_or_regen(|| {
                started.send(()).unwrap();
                let _ = wait_for_end.recv();
                43
            });
        });
        wait_for_start.recv().unwrap();
        group.bench_function("get_or_regen", |b| b.iter(|| *cell.get_or_regen(|| unreachable!())));
        drop(end);
    });
    group.finish();
}

fn rivals(c: &mut Criterion) {
    let mut group = c.benchmark_group("rivals");
    let once = OnceLock::from(42_u64);
    group.bench_function("OnceLock get", |b| b.iter(|| *black_box(&once).get().unwrap()));
    let lock = RwLock::new((Instant::now(), 42_u64));
    let locked = || {
        let read = lock.read().unwrap();
        assert!(read.0.elapsed() < HOUR);
        read.1
    };
    group.bench_function("RwLock and Instant", |b| b.iter(locked));
    let moka = moka::sync::Cache::builder().time_to_live(HOUR).build();
    moka.insert((), Arc::new(42_u64));
    group.bench_function("moka get", |b| b.iter(|| *moka.get(&()).unwrap()));
    group.bench_function("moka get_with", |b| b.iter(|| *moka.get_with((), || unreachable!())));
    group.finish();
}

criterion_group!(benches, parts, fresh, reader, stale, rivals);
criterion_main!(benches);
