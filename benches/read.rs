//! What one read costs, by criterion: `cargo bench -p dogpile-benches --bench read`.
//!
//! For comparing a change with what was before it: criterion keeps the last run. Absolute times drift on a shared
//! machine; ratios that were measured in turns are what `suite` shows.

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use dogpile_benches::{Contender, Dogpile, Parts, RIVALS, Read};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// In one thread, and in two at once.
fn both(c: &mut Criterion, name: &str, reads: &[Read]) {
    for threads in [1, 2] {
        let mut group = c.benchmark_group(format!("{name}, threads: {threads}"));
        for read in reads {
            time(&mut group, read, threads);
        }
        group.finish();
    }
}

fn time(group: &mut BenchmarkGroup<WallTime>, read: &Read, threads: u32) {
    group.bench_function(read.name, |b| {
        b.iter_custom(|times| {
            let start = Barrier::new(threads as usize);
            let run = || {
                let mut reader = read.reader();
                start.wait();
                let began = Instant::now();
                reader(times);
                began.elapsed()
            };
            let took: Duration = thread::scope(|scope| {
                let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
                run() + others.into_iter().map(|other| other.join().unwrap()).sum::<Duration>()
            });
            took / threads
        });
    });
}

fn all(c: &mut Criterion) {
    both(c, "parts", &Parts.reads());
    both(c, "dogpile", &Dogpile.reads());
    both(c, "rivals", &RIVALS.into_iter().flat_map(Contender::reads).collect::<Vec<_>>());
}

criterion_group!(benches, all);
criterion_main!(benches);
