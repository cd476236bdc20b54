//! What one read costs, beside what its parts and its rivals cost, in one run:
//! `cargo bench --bench read`.

use arc_swap::ArcSwapOption;
use criterion::{Criterion, criterion_group, criterion_main};
use dogpile::{Clock, CoarseClock, DogpileCell};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

fn b(c: &mut Criterion) {
    let hour = Duration::from_secs(3600);
    let slot = ArcSwapOption::new(Some(Arc::new(42u64)));
    c.bench_function("coarse", |b| b.iter(|| black_box(coarsetime::Instant::now_without_cache_update())));
    c.bench_function("coarse upd", |b| b.iter(|| black_box(coarsetime::Instant::now())));
    c.bench_function("CoarseClock", |b| b.iter(|| black_box(CoarseClock.now())));
    c.bench_function("floor: arcswap + coarse", |b| {
        b.iter(|| {
            let v = slot.load();
            let t = coarsetime::Instant::now_without_cache_update();
            black_box(t);
            **v.as_ref().unwrap()
        })
    });
    let cell: DogpileCell<u64> = DogpileCell::new(hour);
    cell.set(42);
    c.bench_function("fresh", |b| b.iter(|| *cell.get_or_regen(|| unreachable!())));
    c.bench_function("fresh_get", |b| b.iter(|| *cell.get().unwrap()));
}
criterion_group!(benches, b);
criterion_main!(benches);
