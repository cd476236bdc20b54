//! How this crate compares with others that share an expensive value, and where it loses.
//!
//! The statements are from the documentation and the source of moka 0.12.16, cached 4.1.0, cachet 0.16.0, arc-swap 1.9,
//! dogpile.cache's main branch, and the documentation of FusionCache (.NET). What the moka and cached columns say about
//! expiry and invalidation was tried as well; the cachet and FusionCache columns were read, not measured.
//! **Bold marks the better one in a row**; several can share that. The figures behind the word "read" are in
//! `benches/results`.
//!
//! # Caches with keys
//!
//! | | `DogpileCell` | moka | cached | cachet | FusionCache (.NET) | dogpile.cache (Python) |
//! |---|---|---|---|---|---|---|
//! | the value expires: its readers | **go on with the old one; one makes the next** | wait for the one that makes it (`get_with`) | wait (`sync_writes`), or all make it (the default) | after the time to live: wait (`stampede_protection`), or all make it. After the time to refresh: **go on with the old one** | wait for the one that makes it, at most for the soft timeout; with eager refresh they **go on with the old one** | **go on with the old one** |
//! | no value yet | **one makes it, the others sleep** | **the same** | the same with `sync_writes` | the same with `stampede_protection` | **the same** | one makes it, the others wait for the mutex |
//! | who makes the next value | the caller that finds it due, or the task or thread that it hands its lease to | a caller | a caller | a spawned task, from the next tier | a caller, or a task of the cache | a caller, or `async_creator` |
//! | it cannot be made: readers get | **the old value, for as long as you say** | the error (`try_get_with`) | an error each, or the old value (`result_fallback`) | a refresh that failed: the old value until its time to live ends | **the old value, for as long as you say** (fail-safe) | an exception |
//! | the next attempt | **after 50 ms to 30 s, growing and random** | with the next call | with the next call | with the next call after the time to refresh | after a fixed time (fail-safe throttle) | with the next call |
//! | it hangs | a successor takes over (`lease_timeout`), the late result is kept out | all wait | all wait | all wait for a first value | **callers go on after the soft or hard timeout; the attempt completes in the background** | the lock's timeout, with some backends; the late result is stored |
//! | `invalidate` while it is being made | **the late result is kept out** | the late result is stored | not tried | not tried | not tried | the late result is stored |
//! | its creation panics or throws | **the next caller or a waiter tries** | a waiter tries; after 200 panics in a row it panics too | not tried | waiters get an error | an exception, or fail-safe | the next caller tries |
//! | a read costs | **an arc-swap load and a look at the clock; through a `Reader` less** | a lookup, the policy's bookkeeping, a clone | a lock, a lookup, a clone | a lookup in moka, a clone, a future | a lookup | a function of yours |
//! | conditional renewal ("304") | **yes** (`Lease::renew`) | no | no | no | **yes** | no |
//! | threads and tasks | **both, on one value** | both, on separate types | both, on separate functions | tasks only | **both** | threads |
//! | many keys, bounds, eviction | no | **yes** | **yes** | **yes** | **yes** | **by the backend** |
//! | several machines, tiers | no | no | Redis, disk | **tiers of your own** | **second level and backplane** | **memcached, Redis and others** |
//! | logs, traces, metrics | counters | listeners | counters | **logs and metrics** | **OpenTelemetry** | a logger |
//! | unsafe code of its own | **none** | some | some | **none** | — | — |
//! | crates it brings along (Linux) | **8** | 15 | 37 | more than moka, which is one of them | — | — |
//! | oldest Rust | 1.85 | **1.71.1** | 1.92 | 1.95 | — | — |
//! | maturity | new | **years, many users** | **years, many users** | new | **years, many users** | **since 2012** |
//!
//! moka can replace an old value without readers waiting, by `insert`, or by `entry().and_upsert_with`, during which
//! `get_with` returns the old one. But then you elect the caller that does it, and keep the time, yourself: that is
//! what this crate is.
//!
//! cachet is the nearest of these in Rust: it serves the old value while a task refreshes it. It is a cache of tiers
//! with keys, for tasks, and what refreshes a value is the next tier. This crate is one value, for threads and tasks,
//! and what regenerates it is any closure or future; it says what happens when that fails, hangs, panics, is cancelled
//! or comes too late.
//!
//! # Cells without keys
//!
//! | | `DogpileCell` | `OnceLock`, `LazyLock` | arc-swap | left-right |
//! |---|---|---|---|---|
//! | the value expires | **yes** | no | no | no |
//! | one caller makes the first value | **yes** | **yes** | your business | your business |
//! | the creation fails | **the error goes to all that waited** | not on stable Rust | — | — |
//! | the creation panics | **the next caller tries** | `OnceLock`: **the next caller tries**; `LazyLock`: poisoned | — | — |
//! | a read of a `u64` | 10 ns; 0.95 ns through a `Reader` with a `TickClock` | **0.28 ns** | 4.4 ns; 0.40 ns through its `Cache` | 6.9 ns |
//! | to replace the value | 160 ns; more with the number of threads that read | not possible | 33 ns; more with the number of threads that read | **15 ns**; waits for readers |
//! | bytes of the thing itself | 384 | **16** | **8** | 144 |
//! | without `std` | no | no | **on nightly Rust** | no |
//! | maturity | new | **in `std`** | **years, many users** | **years, many users** |
//!
//! # Where this crate loses
//!
//! - **Keys.** There are none. A map of cells by hand is a few lines, and evicts nothing.
//! - **Bytes.** A cell takes 384 bytes and 216 for its value, because it keeps cache lines apart.
//! - **Replacing the value** costs five times what `ArcSwap::store` does with few readers, and the same with many.
//! - **Waking a thousand sleepers** for a first value takes two to three times as long as with `OnceLock`.
//! - **A value that never changes** is read thirty times as fast from a `OnceLock`.
//! - **Several machines**: a cell lives in one process.
//! - **Age.** All others are used by many, and this crate is new.
