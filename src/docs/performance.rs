//! What a read costs and why, which clock and which handle for whom, and what grows with what.
//!
//! The figures are those of `benches/README.md`, made by `cargo figures` in one run: take the ratios, not the nanoseconds. Instructions are counted by `cargo bench -p dogpile-benches --bench instructions`, and checked on each
//! run of CI.
//!
//! # A read, part by part
//!
//! [`get_or_regen`](crate::DogpileCell::get_or_regen) on a fresh value does this, and nothing else:
//!
//! | part | what it does | what it costs |
//! |---|---|---|
//! | load the slot | arc-swap notes in a record of this thread what is about to be read (an atomic swap, on a cache line of the thread's own), and looks whether it is still there | with the drop, two fifths of a read |
//! | look at the clock | the operating system's coarse clock: a call, but no system call | three fifths |
//! | compare | one load, of the time at which the value becomes due, from the generation that the value's pointer is in | next to nothing |
//! | dereference, drop | the record is cleared: an atomic compare-and-swap, on the thread's own line | see above |
//!
//! No lock, no allocation, no counter; the slow path is a call to a function of its own. Nothing is written that another
//! reader reads: so two threads pay what one pays, each.
//!
//! A *stale* read, while a leader works or a failure is throttled, is the same, and a look at who works and until when:
//! some ten instructions more, on the generation's second cache line. With a [`Reader`](crate::Reader), whose fresh read is
//! next to nothing, it is some thirty more, in a function of their own: a quarter more time with the coarse clock, three
//! times as much with a [`TickClock`](crate::clock::TickClock). The election itself is one compare-and-swap, by those
//! few callers that come between the moment the value is due and the moment it has a leader.
//!
//! A read of a task, [`get_or_regen_async`](crate::DogpileCell::get_or_regen_async), is that read too, made at the first
//! poll; the future of the slow path is put into a box, so that one that is served carries nothing of it.
//!
//! What the compiler makes of it was looked at (`objdump -d` on the program of `--bench instructions`, rustc 1.95,
//! x86-64). A fresh read of the cell has no call but arc-swap's and the clock's; one of a [`Reader`](crate::Reader) with a
//! [`TickClock`](crate::clock::TickClock) none at all, and of the stack it uses nothing: two loads that others may have changed,
//! the time and the assurance, the loads of the pointers on the way there, one store of when it was, and four branches
//! that are not taken. One of these is a check that there is a value, which safe Rust needs and which never fails.
//!
//! # Which handle
//!
//! | who reads | handle | why |
//! |---|---|---|
//! | everybody else | the cell itself | no set-up; wait-free; threads do not disturb each other |
//! | a thread that reads a million times a second | [`Reader`](crate::Reader), [`OwnedReader`](crate::OwnedReader) | no atomic read-modify-write: one comparison with the clock says whether what it read last is still there, and fresh. What is left is the clock. It keeps the last value alive until it reads again. In a `thread_local!` with a `RefCell` it costs two to three nanoseconds more: pass it on as an argument where a nanosecond counts |
//! | code that keeps the value for longer | [`Guard::to_arc`](crate::Guard::to_arc) | one shared reference count, once |
//!
//! # Which clock
//!
//! | clock | a look at it | resolution | for whom |
//! |---|---|---|---|
//! | [`CoarseClock`](crate::clock::CoarseClock) | three fifths of a read | 1 to 16 ms | everybody without a reason for another |
//! | [`TickClock`](crate::clock::TickClock) | one load | the interval, and that of the coarse clock | readers for which the coarse clock is the greater part: a [`Reader`](crate::Reader) with it costs three to four times what `OnceLock::get` does: a nanosecond. A thread runs for it |
//! | [`PreciseClock`](crate::clock::PreciseClock) | more than a read otherwise costs | nanoseconds | times to live below some 50 ms, exact ages |
//! | [`ManualClock`](crate::clock::ManualClock) | one load | exact | tests |
//!
//! # What grows with what
//!
//! | with | what |
//! |---|---|
//! | the number of threads that read | nothing of a read. A `set`, a publication and an invalidation: arc-swap looks through the records of all threads that ever read anything through it, some 15 ns each; with 512 threads that is 8 µs |
//! | the number of threads that sleep for a first value | the time until the last one runs: the publisher wakes all at once, and each then takes a lock for a moment: a thousand take tens of milliseconds, about as long as with `OnceLock`. Most of that is the scheduler's. Only on an empty or expired cell: nobody sleeps for a value that can be served |
//! | the number of cells | 384 bytes each, and 216 for the value's generation, which begins on a cache line; no thread, no timer, nothing that looks for them. One [`TickClock`](crate::clock::TickClock) does for all |
//! | the size of the value | nothing: it is moved once into an `Arc`, and shared from there. Two are alive during a regeneration |
//! | the number of guards that a thread holds | beyond the eighth, a shared reference count each |
//!
//! # What a regeneration does to readers
//!
//! A generation is laid out by cache line. On the first are the times and the pointer to the value, all that a fresh read
//! needs: it is not written before the generation is about to be replaced, or is marked stale. On the second
//! are who leads and until when, which a stale read looks at too: the election writes there, and the replacement. So a reader
//! of the old value fetches the second line anew when there is a leader, and both when there is a new value, however long
//! the work takes. The slot is written once, so each reader fetches the new generation once; beside it are only the clock and the cell's
//! settings. The reference count is on a line of its own, before them, and so are the waiters' lock and the counters of [`stats`](crate::DogpileCell::stats), which no read looks
//! at. The tail of the latency, while regenerations go on all the time, is what the scheduler gives to any thread that
//! reads: see the histogram in `benches/README.md`.
//!
//! # How far from the limit
//!
//! A read that says how old its value is cannot do with less than one load of what others may have changed, and one of the
//! time: a [`Reader`](crate::Reader) with a [`TickClock`](crate::clock::TickClock) does these two, a comparison, and a note of when
//! it read, in some twenty instructions, the loop that reads included; `OnceLock::get`, which has no time to look at, takes
//! seven. With the coarse clock it costs a twentieth more than that clock. What the shared read pays on top of that is the protection of the value against being
//! dropped under the reader's eyes, which arc-swap does with two atomic operations on a line of the thread's own; a
//! protection without them (epochs, hazard eras) needs unsafe code, or a handle per thread, which is what a reader is.
