//! For people who come from dogpile.core: each of its concepts, and its counterpart in this crate.
//!
//! On this page, dogpile.core is the old Python package of that name (`Dogpile`, `SyncReaderDogpile`) and what became
//! of it in dogpile.cache 0.6 and later: `dogpile.Lock`. *There* means in dogpile.core, *here* in this crate. The crate
//! has the same idea as dogpile.core and shares no code with it. It takes the place of the lock, not of dogpile.cache
//! with its regions and backends.
//!
//! | dogpile.core | here |
//! |---|---|
//! | `Dogpile(expiretime)`, `.acquire(creator)`; later `Lock(mutex, creator, value_and_created_fn, expiretime)` | [`DogpileCell::new`] and [`get_or_regen`](#the-lock) |
//! | `expiretime=None` | [`DogpileCell::never_expires`] |
//! | `mutex` | [built in](#the-mutex); none across processes |
//! | `creator` | [the argument of `get_or_regen` or `try_get_or_regen`](#the-creator) |
//! | `value_and_created_fn`, `value_fn` | [none: the cell is the store](#value_and_created_fn) |
//! | `NeedRegenerationException` | [`invalidate`, `invalidate_if`, `mark_stale`](#needregenerationexception) |
//! | `async_creator` | [`get_or_hand_off`](#async_creator) |
//! | the mutex's timeouts, `lock_timeout` of a backend | [`Settings::lease_timeout`, `Settings::wait_timeout`](#lock-timeouts) |
//! | `SyncReaderDogpile`, `ReadWriteMutex` | [not needed](#syncreaderdogpile): a guard keeps its value |
//! | `NameRegistry` | [does not exist yet](#nameregistry); by hand |
//! | `expiration_time` of one call of dogpile.cache's `get_or_create` | [`Demand::max_age`](#one-call-that-needs-a-younger-value) |
//! | dogpile.cache's `invalidate(hard=True)`, `invalidate(hard=False)` | [`invalidate`, `mark_stale`](#needregenerationexception) |
//! | `Dogpile(init=True)` | [`CellBuilder::initial`] |
//! | `is_expired`, `has_value`, `createdtime` | [`Guard::is_stale`], [`get`](crate::DogpileCell::get)`().is_some()`, [`Guard::age`] |
//!
//! # The lock
//!
//! ```python
//! dogpile = Dogpile(3600)
//!
//! with dogpile.acquire(some_creation_function):
//!     use_the_resource()
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::time::Duration;
//!
//! static RESOURCE: DogpileCell<String> = DogpileCell::new(Duration::from_secs(3600));
//!
//! fn some_creation_function() -> String {
//!     "the resource".to_owned()
//! }
//!
//! {
//!     let resource = RESOURCE.get_or_regen(some_creation_function);
//!     assert_eq!(resource.len(), 12); // use it
//! }
//! ```
//!
//! In both, callers wait only if there is no value at all, until one of them has made it. Once there is a value, one
//! caller makes the next one in its own thread, and the others keep the old one. Nothing is locked inside the block.
//!
//! What is different:
//!
//! - The cell *holds* the value. There the resource is wherever your functions put it.
//! - The age of a value counts from its publication, by the cell's [`Clock`]. There the creator returns the time, from
//!   `time.time()`.
//! - A value whose age is exactly its time to live is stale. There it is expired once it is older.
//! - You can limit how long the old value is served, with [`Settings::stale_while_revalidate`]. There it is served for
//!   as long as the value function returns it.
//! - The callers that wait for a first value are all woken with it. There they take the mutex one after the other, and
//!   each looks for the value again.
//!
//! # `expiretime`
//!
//! `None` is [`DogpileCell::never_expires`]: the value stays until it is marked, invalidated or replaced.
//!
//! # The mutex
//!
//! You pass no mutex. A cell elects the leader by an atomic compare-and-swap, and has its own list of waiters.
//!
//! So there is no counterpart of a mutex that other processes can see, such as a file or memcached lock: a cell lives
//! in one process. If several processes have a common store, give each process a cell, whose creation function takes
//! the common lock, looks into the store, and makes the value only if it is not there.
//!
//! # The creator
//!
//! The creation function is an argument of each call, as with `Dogpile.acquire`, and returns the value alone. There an
//! exception goes on in the caller that ran the creator, and each caller that waits for the mutex then runs the creator
//! once more: eight callers of a failing origin make eight calls, one after the other. Here [`try_get_or_regen`] takes
//! a creation function that returns a `Result`:
//!
//! ```
//! use dogpile::{DogpileCell, Guard, RegenError};
//! use std::fs;
//!
//! static CONFIG: DogpileCell<String> = DogpileCell::never_expires();
//!
//! let result = CONFIG.try_get_or_regen(|| fs::read_to_string("/no/such/file"));
//! let Err(RegenError::Failed(error)) = result else { unreachable!() };
//! assert!(error.is::<std::io::Error>());
//!
//! CONFIG.set("color = blue".to_owned());
//! CONFIG.mark_stale();
//! let old = CONFIG.try_get_or_regen(|| fs::read_to_string("/no/such/file"))?; // not an error: there is a value
//! assert_eq!((old.as_str(), Guard::is_stale(&old)), ("color = blue", true));
//! # Ok::<(), RegenError>(())
//! ```
//!
//! If a regeneration fails, all callers that waited for it get its error at once, and none of them runs its own
//! creation function. While there is an old value, all of them get that instead. The next regeneration comes after
//! [`Settings::retry_backoff`]. The page [when the origin is down](crate::docs::origin_down) shows it over time.
//!
//! A panic goes on in the caller that ran the creation function, and poisons nothing. While there is an old value, the
//! next regeneration is throttled, as after an error. Without an old value, the waiters try one after the other, as
//! they do there.
//!
//! # `value_and_created_fn`
//!
//! This function fetches the value from a cache on every use, with the time at which it was made. A cell needs no such
//! function: it holds the value, so a read has nothing to fetch.
//!
//! A value that already has an age when it is published, such as one from a file or a shared store, says so in its
//! [`Lifetime`]. What the lifetime leaves out is as the settings of the cell say:
//!
//! ```
//! use dogpile::{DogpileCell, Guard, Lifetime};
//! use std::time::{Duration, SystemTime};
//!
//! struct Stored { value: u32, created: SystemTime }
//!
//! let cell = DogpileCell::builder()
//!     .time_to_live(Duration::from_secs(3600))
//!     .lifetime_of(|stored: &Stored| Lifetime::new().age(stored.created.elapsed().unwrap_or_default()))
//!     .build()?;
//!
//! let half_an_hour_ago = SystemTime::now() - Duration::from_secs(1800);
//! let stored = cell.get_or_regen(|| Stored { value: 7, created: half_an_hour_ago });
//! assert_eq!(stored.value, 7);
//! assert!(Guard::fresh_for(&stored) <= Duration::from_secs(1800)); // for another half
//! # Ok::<(), dogpile::BuildError>(())
//! ```
//!
//! # `NeedRegenerationException`
//!
//! The value function raises this exception if there is no value. Here you tell the cell, wherever you find out:
//!
//! ```
//! use dogpile::{DogpileCell, Guard};
//!
//! let token = DogpileCell::never_expires();
//! let guard = token.get_or_regen(|| "t1");
//!
//! // This value is bad: not to be served again. If it was replaced meanwhile, nothing happens.
//! assert!(token.invalidate_if(Guard::version(&guard)));
//! assert_eq!(*token.get_or_regen(|| "t2"), "t2");
//!
//! // Whatever is there is bad.
//! token.invalidate();
//! assert_eq!(*token.get_or_regen(|| "t3"), "t3");
//!
//! // There is something newer; the old one will do until it is made.
//! token.mark_stale();
//! assert_eq!(*token.get().unwrap(), "t3");
//! assert_eq!(*token.get_or_regen(|| "t4"), "t4");
//! ```
//!
//! A creation function that is under way at `invalidate` began with old data, so its result is returned to its own
//! caller and never stored. In dogpile.core it is stored.
//!
//! A caller for which the value will not do, but which wants to take it from nobody else, says so with its own call:
//! see the next section.
//!
//! # One call that needs a younger value
//!
//! A call of dogpile.cache's `get_or_create` can have an `expiration_time` of its own, shorter than that of the region.
//! While another caller makes the next value, such a call is still served the old one. Here a [`Demand`] is met or not:
//! the call leads, or waits, until there is a value that meets it, and all other callers are served the old one.
//!
//! ```
//! use dogpile::{Demand, DogpileCell, Guard, clock::ManualClock};
//! use std::time::Duration;
//!
//! let clock = ManualClock::new();
//! let cell = DogpileCell::builder().time_to_live(Duration::from_secs(3600)).clock(clock.clone()).build()?;
//! let first = cell.get_or_regen(|| 1);
//! clock.advance(Duration::from_secs(60));
//!
//! let at_most_30_s = Demand::new().max_age(Duration::from_secs(30));
//! assert_eq!(*cell.with(at_most_30_s).get_or_regen(|| 2), 2);
//! // There the value function knows the time of creation. Here the caller can also name the value that it has seen.
//! let another = Demand::new().newer_than(Guard::version(&first));
//! assert_eq!(*cell.with(another).get_or_regen(|| unreachable!("2 is newer than 1")), 2);
//! # Ok::<(), dogpile::BuildError>(())
//! ```
//!
//! # `async_creator`
//!
//! If there is an old value, this function gets the locked mutex and has the next value made elsewhere, while *every*
//! caller is served the old one. The function has to release the mutex itself:
//!
//! ```python
//! def async_creator(cache, somekey, creator, mutex):
//!     def runner():
//!         try:
//!             value = creator()
//!             cache.set(somekey, value)
//!         finally:
//!             mutex.release()
//!     thread = threading.Thread(target=runner)
//!     thread.start()
//! ```
//!
//! Without the `finally`, or if the thread cannot be started, nobody ever makes that value again. Here the mutex is a
//! [`Lease`], which is given up when it is dropped, for whatever reason:
//!
//! ```
//! use dogpile::{DogpileCell, Guard, RegenError};
//! use std::thread;
//! use std::time::Duration;
//!
//! static REPORT: DogpileCell<u32> = DogpileCell::new(Duration::from_secs(60));
//!
//! fn make() -> Result<u32, std::num::ParseIntError> {
//!     "42".parse()
//! }
//!
//! fn report() -> Result<Guard<u32>, RegenError> {
//!     REPORT.get_or_hand_off(|lease| {
//!         let runner = move || match make() {
//!             Ok(value) => drop(lease.publish(value)),
//!             Err(error) => lease.fail(error),
//!         };
//!         // If no thread can be started, the closure is dropped, and with it the lease.
//!         let _ = thread::Builder::new().spawn(runner);
//!     })
//! }
//! # assert_eq!(*report()?, 42);
//! # Ok::<(), RegenError>(())
//! ```
//!
//! Without an old value `async_creator` is not used: the caller makes the value itself. Here the caller hands its lease
//! off in this case too, and waits like the others. For a cell in an `Arc` there is [`get_or_hand_off_owned`]; the
//! example `background` hands off to a thread pool.
//!
//! # Lock timeouts
//!
//! A mutex of a dogpile.cache backend can have a timeout (`lock_timeout`, with memcached and Redis), so that a process
//! that dies does not hold it for ever. When the timeout is over, a second creator starts. If the first one is only
//! slow, it stores its value over that of the second. Memcached's mutex is released by deleting its key, no matter
//! which process holds it by then.
//!
//! [`Settings::lease_timeout`] is the same limit: when it is over, another caller takes over. What the first leader
//! makes after that is returned to its own caller and never stored, and the lease of the second one is not affected. A
//! leader that knows that it needs longer calls [`Lease::extend`]. If each creation takes longer than the lease, one is
//! published all the same: each take over in a row makes the next lease twice as long.
//!
//! [`Settings::wait_timeout`] limits how long callers with nothing to read wait. In dogpile.core they wait in
//! `mutex.acquire()`, without a limit.
//!
//! # `SyncReaderDogpile`
//!
//! With this class, each reader holds a read lock inside its `with` block, so that a creator that changes the resource
//! in place can wait, under `acquire_write_lock`, until nobody uses it. (It was deprecated in 0.4 in favour of
//! `ReadWriteMutex`, and is gone from dogpile.cache 0.6.)
//!
//! Here there is no counterpart, and none is needed if the creation function makes a *new* value: a [`Guard`] keeps the
//! value that was read for as long as it is held, and publishing never waits for readers. Do not use a cell for a
//! resource that can exist only once, and must be closed before the next one is opened.
//!
//! # `NameRegistry`
//!
//! This is a map from names to locks, which forgets the locks that nobody holds. This crate has no map of cells by key
//! yet. For a limited number of keys you can write one, which forgets nothing:
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::collections::HashMap;
//! use std::sync::{Arc, PoisonError, RwLock};
//! use std::time::Duration;
//!
//! #[derive(Default)]
//! struct Registry {
//!     cells: RwLock<HashMap<String, Arc<DogpileCell<String>>>>,
//! }
//!
//! impl Registry {
//!     fn get(&self, name: &str) -> Arc<DogpileCell<String>> {
//!         let known = self.cells.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
//!         known.unwrap_or_else(|| {
//!             let mut cells = self.cells.write().unwrap_or_else(PoisonError::into_inner);
//!             let new = || Arc::new(DogpileCell::new(Duration::from_secs(3600)));
//!             Arc::clone(cells.entry(name.to_owned()).or_insert_with(new))
//!         })
//!     }
//! }
//!
//! let registry = Registry::default();
//! let page = registry.get("front"); // the lock of the map has been released
//! assert_eq!(*page.get_or_regen(|| "<html>".to_owned()), "<html>");
//! assert!(Arc::ptr_eq(&page, &registry.get("front")));
//! ```
//!
//! For an unlimited number of keys, use a cache that evicts; [`comparison`](crate::docs::comparison) has some.
//!
//! [`CellBuilder::initial`]: crate::CellBuilder::initial
//! [`Settings::stale_while_revalidate`]: crate::Settings::stale_while_revalidate
//! [`CellBuilder::lifetime_of`]: crate::CellBuilder::lifetime_of
//! [`Clock`]: crate::clock::Clock
//! [`Demand`]: crate::Demand
//! [`DogpileCell::new`]: crate::DogpileCell::new
//! [`DogpileCell::never_expires`]: crate::DogpileCell::never_expires
//! [`Guard`]: crate::Guard
//! [`Guard::age`]: crate::Guard::age
//! [`Guard::is_stale`]: crate::Guard::is_stale
//! [`Settings::lease_timeout`]: crate::Settings::lease_timeout
//! [`Settings::retry_backoff`]: crate::Settings::retry_backoff
//! [`Settings::wait_timeout`]: crate::Settings::wait_timeout
//! [`Lease`]: crate::Lease
//! [`Lifetime`]: crate::Lifetime
//! [`Lease::extend`]: crate::Lease::extend
//! [`get_or_hand_off_owned`]: crate::DogpileCell::get_or_hand_off_owned
//! [`try_get_or_regen`]: crate::DogpileCell::try_get_or_regen
