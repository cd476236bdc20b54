//! A way to read one `u64`, in a loop that the compiler sees as a whole.

use pollster::block_on;
use std::future::Future;
use std::hint::black_box;

/// Does something, any number of times. The loop is inside: nothing that is measured is called through this pointer.
pub type Calls = Box<dyn FnMut(u64)>;

/// A way to read, a row in the table of reads.
pub struct Read {
    pub name: &'static str,
    reader: Box<dyn Fn() -> Calls + Send + Sync>,
}

impl Read {
    pub(crate) fn new(name: &'static str, read: impl Fn() -> u64 + Copy + Send + Sync + 'static) -> Self {
        Self::per_thread(name, move || read)
    }

    /// With something that each thread has for itself.
    pub(crate) fn per_thread<R: FnMut() -> u64 + 'static>(
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
    pub(crate) fn awaited<F: Future + 'static>(
        name: &'static str,
        read: impl Fn() -> F + Copy + Send + Sync + 'static,
        value: impl Fn(F::Output) -> u64 + Copy + Send + Sync + 'static,
    ) -> Self {
        let reader = move || {
            let reads = move |times: u64| {
                block_on(async {
                    for _ in 0..times {
                        black_box(value(read().await));
                    }
                });
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
