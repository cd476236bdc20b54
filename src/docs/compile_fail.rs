//! What does not compile, and the nearest thing that does. Each pair differs in the one point that it is
//! about. Only the documentation tests see this module; a nightly toolchain checks the error codes too.
//!
//! A value that threads cannot share: no cell of it is shared either.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::rc::Rc;
//!
//! static CELL: DogpileCell<Rc<u8>> = DogpileCell::never_expires();
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! static CELL: DogpileCell<Arc<u8>> = DogpileCell::never_expires();
//! assert_eq!(**CELL.get_or_regen(|| Arc::new(1)), 1);
//! ```
//!
//! A value that may be sent but not shared: readers share it.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::cell::Cell;
//!
//! static CELL: DogpileCell<Cell<u8>> = DogpileCell::never_expires();
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
//!
//! static CELL: DogpileCell<AtomicU8> = DogpileCell::never_expires();
//! assert_eq!(CELL.get_or_regen(|| AtomicU8::new(1)).load(Relaxed), 1);
//! ```
//!
//! Moving such a cell to another thread is no better: a guard may have stayed behind.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::cell::Cell;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| Cell::new(1));
//! std::thread::spawn(move || cell.get().map(|value| value.set(2)));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Mutex;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| Mutex::new(1));
//! let other = std::thread::spawn(move || cell.get().map(|value| *value.lock().unwrap() = 2));
//! other.join().unwrap();
//! assert_eq!(*guard.lock().unwrap(), 2);
//! ```
//!
//! A guard is as free to move as what it guards.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::rc::Rc;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| Rc::new(1));
//! std::thread::spawn(move || **guard);
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| Arc::new(1));
//! assert_eq!(std::thread::spawn(move || **guard).join().unwrap(), 1);
//! ```
//!
//! A reference into the value lives as long as the guard, not longer.
//!
//! ```compile_fail,E0716
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let name: &str = cell.get_or_regen(|| String::from("kept")).as_str();
//! cell.invalidate();
//! assert_eq!(name, "kept");
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| String::from("kept"));
//! let name: &str = guard.as_str();
//! cell.invalidate();
//! assert_eq!(name, "kept");
//! ```
//!
//! The guard itself outlives the cell; a reference to it does not outlive the guard.
//!
//! ```compile_fail,E0505
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| String::from("kept"));
//! let name: &str = &guard;
//! drop(guard);
//! assert_eq!(name, "kept");
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| String::from("kept"));
//! drop(cell);
//! let name: &str = &guard;
//! assert_eq!(name, "kept");
//! ```
//!
//! `into_arc` ends the guard, `to_arc` does not.
//!
//! ```compile_fail,E0382
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| 1);
//! let kept = guard.into_arc();
//! assert_eq!(*guard, *kept);
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| 1);
//! let kept = guard.to_arc();
//! assert_eq!(*guard, *kept);
//! ```
//!
//! A value that was published cannot be changed: others read it. A new one takes its place.
//!
//! ```compile_fail,E0594
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let mut guard = cell.get_or_regen(|| 1);
//! *guard = 2;
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let guard = cell.get_or_regen(|| 1);
//! cell.set(*guard + 1);
//! assert_eq!(*cell.get().unwrap(), 2);
//! ```
//!
//! What a value borrows must outlive the cell.
//!
//! ```compile_fail,E0597
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! {
//!     let text = String::from("short");
//!     cell.set(text.as_str());
//! }
//! assert_eq!(*cell.get().unwrap(), "short");
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let text = String::from("long enough");
//! let cell = DogpileCell::never_expires();
//! cell.set(text.as_str());
//! assert_eq!(*cell.get().unwrap(), "long enough");
//! ```
//!
//! The creation function may borrow, since it runs within the call; `time_to_live_of` stays, so it may not.
//!
//! ```compile_fail,E0373
//! use dogpile::DogpileCell;
//! use std::time::Duration;
//!
//! let build = || {
//!     let limit = Duration::from_secs(60);
//!     DogpileCell::builder().time_to_live_of(|age: &Duration| limit.min(*age)).build()
//! };
//! build().unwrap().set(Duration::from_secs(1));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::time::Duration;
//!
//! let build = || {
//!     let limit = Duration::from_secs(60);
//!     DogpileCell::builder().time_to_live_of(move |age: &Duration| limit.min(*age)).build()
//! };
//! let cell = build().unwrap();
//! let age = Duration::from_secs(1);
//! assert_eq!(*cell.get_or_regen(|| *&age), age);
//! ```
//!
//! All threads that publish run `time_to_live_of`, so they share what it holds.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::{cell::Cell, time::Duration};
//!
//! let calls = Cell::new(0);
//! let builder = DogpileCell::builder().time_to_live_of(move |_: &u8| {
//!     calls.set(calls.get() + 1);
//!     Duration::from_secs(1)
//! });
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::{sync::atomic::{AtomicU32, Ordering::Relaxed}, time::Duration};
//!
//! let calls = AtomicU32::new(0);
//! let builder = DogpileCell::builder().time_to_live_of(move |_: &u8| {
//!     calls.fetch_add(1, Relaxed);
//!     Duration::from_secs(1)
//! });
//! builder.build().unwrap().set(1);
//! ```
//!
//! A clock is asked by all threads.
//!
//! ```compile_fail,E0277
//! use dogpile::clock::{Clock, Instant};
//! use std::cell::Cell;
//!
//! struct Steps(Cell<u64>);
//!
//! impl Clock for Steps {
//!     fn now(&self) -> Instant {
//!         self.0.set(self.0.get() + 1);
//!         Instant::from_nanos(self.0.get())
//!     }
//! }
//! ```
//!
//! ```
//! use dogpile::clock::{Clock, Instant};
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! struct Steps(AtomicU64);
//!
//! impl Clock for Steps {
//!     fn now(&self) -> Instant {
//!         Instant::from_nanos(self.0.fetch_add(1, Relaxed) + 1)
//!     }
//! }
//! assert_eq!(Steps(AtomicU64::new(0)).now().as_nanos(), 1);
//! ```
//!
//! Not every value is as it was before after a panic.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::{cell::Cell, panic::catch_unwind};
//!
//! let cell = DogpileCell::never_expires();
//! cell.set(Cell::new(1));
//! let _ = catch_unwind(|| cell.get().map(|value| value.replace(2)));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::panic::catch_unwind;
//!
//! let cell = DogpileCell::never_expires();
//! cell.set(1);
//! assert!(catch_unwind(|| cell.get().map(|value| *value)).is_ok());
//! ```
//!
//! What only one thread may hold cannot be in a cell that others share: any of them may be the last to hold
//! it.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::sync::MutexGuard;
//!
//! fn send<T: Send>(_: T) {}
//! send(DogpileCell::<MutexGuard<'static, u8>>::never_expires());
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Mutex;
//!
//! fn send<T: Send>(_: T) {}
//! send(DogpileCell::<Mutex<u8>>::never_expires());
//! ```
//!
//! A cell with another clock is of another type.
//!
//! ```compile_fail,E0308
//! use dogpile::DogpileCell;
//! use dogpile::clock::PreciseClock;
//!
//! let cell: DogpileCell<u8> = DogpileCell::builder().clock(PreciseClock).build().unwrap();
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use dogpile::clock::PreciseClock;
//!
//! let cell: DogpileCell<u8, PreciseClock> = DogpileCell::builder().clock(PreciseClock).build().unwrap();
//! ```
//!
//! A lease ends with its result; there is no second one.
//!
//! ```compile_fail,E0382
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let lease = cell.try_lead().unwrap();
//! let _ = lease.publish(1);
//! let _ = lease.publish(2);
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let lease = cell.try_lead().unwrap();
//! assert!(lease.extend(std::time::Duration::MAX));
//! assert!(lease.publish(2).is_ok());
//! ```
//!
//! Nor does a lease that has failed know the previous value.
//!
//! ```compile_fail,E0382
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::<u8>::never_expires();
//! let lease = cell.try_lead().unwrap();
//! lease.fail("no answer");
//! let previous = lease.previous();
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::<u8>::never_expires();
//! let lease = cell.try_lead().unwrap();
//! let previous = lease.previous();
//! lease.fail("no answer");
//! assert!(previous.is_none());
//! ```
//!
//! A lease borrows its cell: one of a local cell cannot go where the cell may be gone.
//!
//! ```compile_fail,E0597
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let lease = cell.try_lead().unwrap();
//! std::thread::spawn(move || drop(lease.publish(1)));
//! ```
//!
//! A cell that lives for ever may lend it, and a scope ends before the cell does.
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! static CELL: DogpileCell<u8> = DogpileCell::never_expires();
//! let lease = CELL.try_lead().unwrap();
//! std::thread::spawn(move || drop(lease.publish(1))).join().unwrap();
//!
//! let cell = DogpileCell::never_expires();
//! let lease = cell.try_lead().unwrap();
//! std::thread::scope(|scope| {
//!     scope.spawn(move || drop(lease.publish(1)));
//! });
//! assert_eq!(*cell.get().unwrap(), *CELL.get().unwrap());
//! ```
//!
//! And an owned lease keeps the cell of an `Arc` alive.
//!
//! ```
//! use dogpile::{DogpileCell, OwnedLease};
//! use std::sync::Arc;
//!
//! fn sent<T: Send + 'static>(value: T) -> T {
//!     value
//! }
//!
//! let cell = Arc::new(DogpileCell::never_expires());
//! let lease: OwnedLease<u8> = sent(cell.try_lead_owned().unwrap());
//! drop(cell);
//! let published = std::thread::spawn(move || *lease.publish(1).unwrap()).join().unwrap();
//! assert_eq!(published, 1);
//! ```
//!
//! The same for a lease that is handed off.
//!
//! ```compile_fail,E0597
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let value = cell.get_or_hand_off(|lease| {
//!     std::thread::spawn(move || drop(lease.publish(1)));
//! });
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! let cell = Arc::new(DogpileCell::never_expires());
//! let value = cell.get_or_hand_off_owned(|lease| {
//!     std::thread::spawn(move || drop(lease.publish(1)));
//! });
//! assert_eq!(*value.unwrap(), 1);
//! ```
//!
//! An owned lease needs an owner.
//!
//! ```compile_fail,E0599
//! use dogpile::DogpileCell;
//!
//! static CELL: DogpileCell<u8> = DogpileCell::never_expires();
//! let lease = CELL.try_lead_owned();
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::{Arc, LazyLock};
//!
//! static CELL: LazyLock<Arc<DogpileCell<u8>>> = LazyLock::new(|| Arc::new(DogpileCell::never_expires()));
//! assert!(CELL.try_lead_owned().is_some());
//! ```
//!
//! A lease is as free to move as what it publishes, and what it replaces.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::{rc::Rc, sync::Arc};
//!
//! fn send<T: Send>(_: T) {}
//! let cell = Arc::new(DogpileCell::<Rc<u8>>::never_expires());
//! send(cell.try_lead_owned());
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! fn send<T: Send>(_: T) {}
//! let cell = Arc::new(DogpileCell::<Arc<u8>>::never_expires());
//! send(cell.try_lead_owned());
//! ```
//!
//! An error is kept, and shared by all who waited for it.
//!
//! ```compile_fail,E0277
//! use dogpile::DogpileCell;
//! use std::rc::Rc;
//!
//! #[derive(Debug)]
//! struct Bad(Rc<str>);
//! impl std::fmt::Display for Bad {
//!     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
//!         f.write_str(&self.0)
//!     }
//! }
//! impl std::error::Error for Bad {}
//!
//! let cell = DogpileCell::<u8>::never_expires();
//! let result = cell.try_get_or_regen(|| Err(Bad("no answer".into())));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! #[derive(Debug)]
//! struct Bad(Arc<str>);
//! impl std::fmt::Display for Bad {
//!     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
//!         f.write_str(&self.0)
//!     }
//! }
//! impl std::error::Error for Bad {}
//!
//! let cell = DogpileCell::<u8>::never_expires();
//! let result = cell.try_get_or_regen(|| Err(Bad("no answer".into())));
//! assert_eq!(&*result.unwrap_err().downcast_ref::<Bad>().unwrap().0, "no answer");
//! ```
//!
//! What a reader returned is borrowed from it until the next call; a guard of it is not.
//!
//! ```compile_fail,E0499
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let mut reader = cell.reader();
//! let old = reader.get_or_regen(|| 1);
//! let new = reader.get_or_regen(|| 2);
//! assert_eq!(*old, *new);
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let mut reader = cell.reader();
//! assert_eq!(*reader.get_or_regen(|| 1), 1);
//! let old = reader.last().unwrap();
//! let new = reader.get_or_regen(|| 2);
//! assert_eq!(*old, *new);
//! ```
//!
//! A creation function cannot use the reader that it runs in; it can use the cell.
//!
//! ```compile_fail,E0499
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let mut reader = cell.reader();
//! reader.get_or_regen(|| reader.get().copied().unwrap_or(1));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//!
//! let cell = DogpileCell::never_expires();
//! let mut reader = cell.reader();
//! reader.get_or_regen(|| cell.get().map_or(1, |old| *old));
//! ```
//!
//! A reader does not outlive the cell that it borrows; one of a cell in an `Arc` keeps it alive.
//!
//! ```compile_fail,E0597
//! use dogpile::DogpileCell;
//!
//! let mut reader = {
//!     let cell = DogpileCell::never_expires();
//!     cell.reader()
//! };
//! assert_eq!(*reader.get_or_regen(|| 1), 1);
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! let mut reader = {
//!     let cell = Arc::new(DogpileCell::never_expires());
//!     cell.reader_owned()
//! };
//! assert_eq!(*reader.get_or_regen(|| 1), 1);
//! ```
//!
//! Two threads read with a reader each.
//!
//! ```compile_fail,E0499
//! use dogpile::DogpileCell;
//! use std::thread;
//!
//! let cell = DogpileCell::never_expires();
//! let mut reader = cell.reader();
//! thread::scope(|scope| {
//!     scope.spawn(|| *reader.get_or_regen(|| 1));
//!     scope.spawn(|| *reader.get_or_regen(|| 1));
//! });
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::thread;
//!
//! let cell = DogpileCell::never_expires();
//! thread::scope(|scope| {
//!     scope.spawn(|| *cell.reader().get_or_regen(|| 1));
//!     scope.spawn(|| *cell.reader().get_or_regen(|| 1));
//! });
//! ```
//!
//! The future of a call can be sent if the creation future can: one that keeps an `Rc` across an `await` cannot.
//!
//! ```compile_fail
//! use dogpile::DogpileCell;
//! use std::rc::Rc;
//!
//! fn send(_: impl Future + Send) {}
//! static CELL: DogpileCell<u8> = DogpileCell::never_expires();
//! send(CELL.get_or_regen_async(|| async {
//!     let kept = Rc::new(1);
//!     std::future::ready(()).await;
//!     *kept
//! }));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! fn send(_: impl Future + Send) {}
//! static CELL: DogpileCell<u8> = DogpileCell::never_expires();
//! send(CELL.get_or_regen_async(|| async {
//!     let kept = Arc::new(1);
//!     std::future::ready(()).await;
//!     *kept
//! }));
//! ```
//!
//! On one thread such a creation future is as good as any.
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::rc::Rc;
//!
//! static CELL: DogpileCell<u8> = DogpileCell::never_expires();
//! let made = pollster::block_on(CELL.get_or_regen_async(|| async {
//!     let kept = Rc::new(1);
//!     std::future::ready(()).await;
//!     *kept
//! }));
//! assert_eq!(*made, 1);
//! ```
//!
//! The same for what the closure captures, which waits with its caller.
//!
//! ```compile_fail
//! use dogpile::DogpileCell;
//! use std::rc::Rc;
//!
//! fn send(_: impl Future + Send) {}
//! static CELL: DogpileCell<u8> = DogpileCell::never_expires();
//! let captured = Rc::new(1);
//! send(CELL.get_or_regen_async(move || std::future::ready(*captured)));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! fn send(_: impl Future + Send) {}
//! static CELL: DogpileCell<u8> = DogpileCell::never_expires();
//! let captured = Arc::new(1);
//! send(CELL.get_or_regen_async(move || std::future::ready(*captured)));
//! ```
//!
//! A task that outlives its maker cannot borrow the maker's cell.
//!
//! ```compile_fail,E0597
//! use dogpile::DogpileCell;
//!
//! fn spawn(_: impl Future + Send + 'static) {}
//! let cell = DogpileCell::<u8>::never_expires();
//! spawn(cell.get_or_regen_async(async || 1));
//! ```
//!
//! ```
//! use dogpile::DogpileCell;
//! use std::sync::Arc;
//!
//! fn spawn(_: impl Future + Send + 'static) {}
//! let cell = Arc::new(DogpileCell::<u8>::never_expires());
//! spawn(async move { *cell.get_or_regen_async(async || 1).await });
//! ```
