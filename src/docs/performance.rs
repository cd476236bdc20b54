//! What a read costs and why, which clock and which handle to choose, and which cost grows with what.
//!
//! The figures are those of `benches/README.md`, made by `cargo figures` in one run: take the ratios, not the
//! nanoseconds. `cargo bench -p dogpile-benches --bench instructions` counts instructions; CI checks them on each run.
//!
//! The cell keeps its current *generation* in a slot: the value with its version, its times, and who leads.
//!
//! # A read, part by part
//!
//! [`get_or_regen`](crate::DogpileCell::get_or_regen) on a fresh value does this, and nothing else:
//!
//! | part | what it does | what it costs |
//! |---|---|---|
//! | load the slot | arc-swap writes down in a record of this thread what is about to be read (an atomic swap, on a cache line of the thread's own), and checks that it is still there | with the drop, two fifths of a read |
//! | look at the clock | reads the operating system's coarse clock: a call, but no system call | three fifths of a read |
//! | compare | loads the time at which the value becomes due, from the generation, which has been loaded anyway | next to nothing |
//! | dereference, drop | arc-swap clears the record: an atomic compare-and-swap, on the thread's own line | see above |
//!
//! There is no lock, no allocation and no counter, and the slow path is a call to a separate function. A read writes
//! nothing that other readers read, so each of two threads pays what one would pay alone.
//!
//! A *stale* read, while a leader works or regeneration is throttled, does the same, and also looks up who works and
//! until when: some ten more instructions, on the generation's second cache line. With a [`Reader`](crate::Reader),
//! whose fresh read costs next to nothing, it takes some thirty more instructions, in a separate function: a quarter
//! more time with the coarse clock, and nearly three times the time with a [`TickClock`](crate::clock::TickClock). An
//! election is one compare-and-swap, by those few callers that come between the moment the value is due and the moment
//! it has a leader.
//!
//! A call with a [`Demand`](crate::Demand) that the value meets does the same read, and also compares the version and
//! the age of the value with the demand: a few instructions more, and no load from elsewhere than the generation.
//!
//! In async code, [`get_or_regen_async`](crate::DogpileCell::get_or_regen_async) does the same read at its first poll.
//! The future of the slow path is allocated only when it is needed, so a read that is served does not carry it along.
//!
//! The machine code was checked (`objdump -d` on the program of `--bench instructions`, rustc 1.95, x86-64). A fresh
//! read of the cell makes no calls but those of arc-swap and the clock. A fresh read of a [`Reader`](crate::Reader)
//! with a [`TickClock`](crate::clock::TickClock) makes no calls at all and does not use the stack. It consists of two
//! loads of what other threads may have changed (the time now, and the time until which the value is fresh), the loads
//! of the pointers to them, one store of the time of the read, and four branches that are not taken. One of these
//! checks that there is a value: safe Rust needs that check, and it never fails.
//!
//! # Which handle
//!
//! | who reads | handle | why |
//! |---|---|---|
//! | most code | the cell itself | no set-up; wait-free; threads do not disturb each other |
//! | a thread that reads a million times a second | [`Reader`](crate::Reader), [`OwnedReader`](crate::OwnedReader) | no atomic read-modify-write: one comparison with the clock tells whether the value that it read last is still the cell's, and fresh. The cost that is left is that of the clock. A reader keeps the last value alive until it reads again. In a `thread_local!` with a `RefCell` it costs two to three nanoseconds more: where a nanosecond counts, pass the reader on as an argument |
//! | code that keeps the value for longer | [`Guard::to_arc`](crate::Guard::to_arc) | one shared reference count, once |
//!
//! # Which clock
//!
//! | clock | to read it costs | resolution | for whom |
//! |---|---|---|---|
//! | [`CoarseClock`](crate::clock::CoarseClock) | three fifths of a read | 1 to 16 ms | everybody without a reason for another |
//! | [`TickClock`](crate::clock::TickClock) | one load | the interval, and that of the coarse clock | readers for which the coarse clock is most of the cost: with it a [`Reader`](crate::Reader) takes a nanosecond, three to four times as long as `OnceLock::get`. It needs a thread |
//! | [`PreciseClock`](crate::clock::PreciseClock) | more than a read otherwise costs | nanoseconds | times to live below some 50 ms, exact ages |
//! | [`ManualClock`](crate::clock::ManualClock) | one load | exact | tests |
//!
//! # What grows with what
//!
//! | with | what |
//! |---|---|
//! | the number of threads that read | nothing for reads. For a `set`, a publication and an invalidation: arc-swap looks through the records of all threads that ever read anything through it, some 15 ns each; with 512 threads that is 8 µs |
//! | the number of threads that wait for a first value | the time until the last one runs. The publisher wakes all of them at once, and each then takes a lock for a moment: a thousand take tens of milliseconds, about as long as with `OnceLock`. Callers wait only on an empty or expired cell |
//! | the number of cells | memory: 384 bytes each, and 216 for the value's generation, which begins on a cache line. Cells need no thread and no timer, and nothing keeps a list of them. One [`TickClock`](crate::clock::TickClock) is enough for all |
//! | the size of the value | nothing: it is moved once into an `Arc`, and shared from there. Two values are alive during a regeneration |
//! | the number of guards that a thread holds | beyond the eighth, a shared reference count each |
//!
//! # What a regeneration does to readers
//!
//! A generation is laid out by cache line. The first line has the times and the pointer to the value, which is all that
//! a fresh read needs. It is written only when the generation is about to be replaced, or is marked stale. The second
//! line has who leads and until when, which a stale read looks at too. It is written by an election and by a
//! replacement. So a reader of the old value fetches the second line again when a leader is elected, and both lines
//! when there is a new value, however long the work takes.
//!
//! The slot is written once for each new value, so each reader fetches the new generation once. Beside the slot are
//! only the clock and the cell's settings. The reference count, the waiters' lock and the counters of
//! [`stats`](crate::DogpileCell::stats), which no read looks at, are on other lines. While regenerations go on all the
//! time, the tail of the latency is that of the scheduler, as for any thread that reads: see the histogram in
//! `benches/README.md`.
//!
//! # How far from the limit
//!
//! A read that knows how old its value is needs at least one load of what other threads may have changed, and one of
//! the time. A [`Reader`](crate::Reader) with a [`TickClock`](crate::clock::TickClock) does these two, a comparison,
//! and a store of the time of the read, in some twenty instructions, including the loop around it. `OnceLock::get`,
//! which looks at no time, takes seven. With the coarse clock, a `Reader` costs a twentieth more than that clock alone.
//!
//! A read through the cell also has to keep the value from being dropped while it is read. For that, arc-swap uses two
//! atomic operations on a line of the thread's own. To do without them takes unsafe code (epochs, hazard eras), or a
//! handle for each thread, which is what a `Reader` is.
