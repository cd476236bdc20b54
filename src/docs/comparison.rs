//! How this crate compares with others that share an expensive value, and where it loses.
//!
//! The statements come from the documentation and the source of moka 0.12.16, cached 4.1.0, cachet 0.16.0, arc-swap 1.9
//! and dogpile.cache's main branch, and from the documentation of FusionCache (.NET). What the table says about expiry,
//! failures and invalidation in moka, cached and cachet was also tried out, except where it says "not tried"; what it
//! says about lifetimes and newer values comes from their documentation alone. FusionCache was not tried. **Bold marks
//! the better ones in a row.** The figures are in `benches/results`.
//!
//! # Caches with keys
//!
//! | | `DogpileCell` | moka | cached | cachet | FusionCache (.NET) | dogpile.cache (Python) |
//! |---|---|---|---|---|---|---|
//! | the value expires: its readers | **keep the old one; one caller makes the next** | wait for the one that makes it (`get_with`) | wait (`sync_writes`), or all make it (the default) | after the time to refresh they **keep the old one**; after the time to live all wait for one (`stampede_protection`), or all make it (the default) | wait for the one that makes it, at most for the soft timeout; with eager refresh they **keep the old one** | **keep the old one** |
//! | no value yet | **one makes it, the others sleep** | **the same** | the same with `sync_writes` | the same with `stampede_protection` | **the same** | one makes it, the others wait for the mutex |
//! | who makes the next value | the caller that finds it due, or the task or thread that it hands its lease to | a caller | a caller | a spawned task, from the next tier: the creation function has to be written as one | a caller, or a task of the cache | a caller, or `async_creator` |
//! | a regeneration fails: readers get | **the old value, for as long as you say** | the error (`try_get_with`) | an error each, or the old value (`result_fallback`) | the old value until its time to live ends, then the error | **the old value, for as long as you say** (fail-safe) | an exception |
//! | the next regeneration after that | **after 50 ms to 30 s, growing and random** | with the next call | with the next call | with the next read: 77 of them in 86 reads | after a fixed time (fail-safe throttle) | with the next call |
//! | a regeneration hangs | another caller takes over (`lease_timeout`), later ones ever more rarely; the late result is not stored | all wait | all wait | the old value until its time to live ends, then all wait; that key is not refreshed in the background again | **callers go on after the soft or hard timeout; it completes in the background** | the lock's timeout, with some backends; the late result is stored |
//! | `invalidate` during a regeneration | **the late result is not stored** | the late result is stored | not tried | the late result is stored | not tried | the late result is stored |
//! | a regeneration panics or throws | **the next caller or a waiter tries** | a waiter tries; after 200 panics in a row it panics too | not tried | a refresh: the old value until its time to live ends; otherwise all waiters get an error | an exception, or fail-safe | the next caller tries |
//! | a read costs | **an arc-swap load and a look at the clock; through a `Reader` less** | a lookup, the policy's bookkeeping, a clone | a lock, a lookup, a clone | a lookup in moka, a clone, allocations: 460 to 780 ns in an informal run | a lookup | a function of yours |
//! | a value says itself how long it lives | **yes** (`Lifetime`) | **yes** (`Expiry`) | **yes** (`Expires`) | **yes** (`CacheEntry::expires_after`) | **yes** (adaptive caching) | no: an `expiration_time` for each call |
//! | an end after which it is served to nobody, also while the origin is down | **yes** (`usable_for`), beside the stale windows | **yes**: it never serves an expired value | **yes** (`Expires`; with `result_fallback` not tried) | **yes**: the time to live | **yes** (the fail-safe duration) | by the backend's own expiry |
//! | one caller needs a newer value, the others do not | **a demand of that call; the others keep the old one** | **`entry().or_insert_with_if`** (not tried) | remove it: all wait | `invalidate`: all wait | `Expire`: all callers refresh | a shorter `expiration_time` for that call; it gets the old one while another caller is at work |
//! | soft invalidation: readers keep the old value until there is another | **yes** (`mark_stale`) | no | no | no | `Expire`, if the factory then fails or takes longer than the soft timeout | **yes** (`invalidate(hard=False)`) |
//! | conditional renewal ("304") | **yes** (`Lease::renew`) | no | no | no | **yes** | no |
//! | threads and tasks | **both, on one value** | both, on separate types | both, on separate functions | tasks only | **both** | threads |
//! | many keys, bounds, eviction | no | **yes** | **yes** | **yes** | **yes** | **by the backend** |
//! | several machines, tiers | no | no | Redis, disk | **tiers of your own** | **second level and backplane** | **memcached, Redis and others** |
//! | logs, traces, metrics | counters | listeners | counters | **logs and metrics** | **OpenTelemetry** | a logger |
//! | unsafe code of its own | **none** | some | some | **none** | — | — |
//! | crates it brings along (Linux) | **8** | 15 | 37 | 51, and 10 more at compile time | — | — |
//! | oldest Rust | 1.85 | **1.71.1** | 1.92 | 1.95 | — | — |
//! | maturity | new | **years, many users** | **years, many users** | new | **years, many users** | **since 2012** |
//!
//! With moka, you can replace an old value without readers waiting, by `insert`, or by `entry().and_upsert_with`,
//! during which `get_with` returns the old value. But then you have to elect the caller that does it, and to keep the
//! time, yourself. That is what this crate does.
//!
//! cachet is the nearest of these in Rust. Between its time to refresh and its time to live, readers get the old value
//! while a task asks the next tier: when it was tried with 32 readers, the tier was asked once, and no read took longer
//! than 0.3 ms. It is a cache of tiers with keys, for tasks: it needs a spawner, and closures (`get_or_insert`) make
//! values only on a miss, never for a refresh. This crate is one value without a key, for threads and tasks, and any
//! closure or future regenerates it. It has a backoff after failures and a `lease_timeout` for a creation function that
//! hangs, and it does not store what was made from data from before an `invalidate`. cachet has many keys, size bounds,
//! tiers, middleware and telemetry.
//!
//! # Cells without keys
//!
//! | | `DogpileCell` | `OnceLock`, `LazyLock` | arc-swap | left-right |
//! |---|---|---|---|---|
//! | the value expires | **yes** | no | no | no |
//! | one caller makes the first value | **yes** | **yes** | your business | your business |
//! | the creation fails | **all callers that waited get the error** | not on stable Rust | — | — |
//! | the creation panics | **the next caller tries** | `OnceLock`: **the next caller tries**; `LazyLock`: poisoned | — | — |
//! | a read of a `u64` | 10 ns; 0.95 ns through a `Reader` with a `TickClock` | **0.28 ns** | 4.4 ns; 0.40 ns through its `Cache` | 6.9 ns |
//! | to replace the value | 160 ns; more with the number of threads that read | not possible | 33 ns; more with the number of threads that read | **15 ns**; waits for readers |
//! | bytes of the thing itself | 384 | **16** | **8** | 144 |
//! | without `std` | no | no | **on nightly Rust** | no |
//! | maturity | new | **in `std`** | **years, many users** | **years, many users** |
//!
//! # Where this crate loses
//!
//! - **Keys.** There are none. A map of cells is a few lines of your own, and evicts nothing.
//! - **Bytes.** A cell takes 384 bytes, and 216 more for its value, since it keeps things on separate cache lines.
//! - **Replacing the value** costs five times what `ArcSwap::store` does with few readers, and the same with many.
//! - **A value that never changes** is read thirty times as fast from a `OnceLock`.
//! - **Several machines**: a cell lives in one process.
//! - **Maturity.** Most of the others have been used by many people for years. This crate is new.
