//! Waiting without leading: for those who follow a value, and for those who close down.

use crate::cell::{DogpileCell, impossible};
use crate::clock::Clock;
use crate::protocol::call::{Call, Role};
use crate::protocol::demand::Demand;
use crate::protocol::flight::{follow, follow_async, wait_idle, wait_idle_async};
use crate::protocol::guard::Guard;

impl<T, C: Clock> DogpileCell<T, C> {
    /// Waits until there is a servable value of a later version than `than`, and returns it. Never elects a leader.
    ///
    /// For code that follows a value which others make, as with tokio's `watch`: a thread that pushes each new
    /// configuration to a device, or a stream of prices. If values are published faster than this method is called,
    /// some are skipped: it returns the newest. `wait_newer(0)` waits for the first value.
    ///
    /// The thread sleeps, without limit. For a limit, use [`Demanding::wait_newer`](crate::Demanding::wait_newer) with
    /// [`patience`](crate::Demand::patience). Since it never elects a leader, somebody else has to call a method that
    /// does, or [`set`](Self::set).
    ///
    /// # Panics
    ///
    /// If this call is made inside a creation function of its own cell and there is no such value: it would wait for
    /// itself.
    ///
    /// # Complexity
    ///
    /// If there is such a value, a load of the slot, a look at the clock, and a reference count. A wait enlists in the
    /// list of sleeping callers, whose lock it takes for a moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    /// use std::thread;
    ///
    /// static CONFIG: DogpileCell<&str> = DogpileCell::never_expires();
    ///
    /// let follower = thread::spawn(|| {
    ///     let first = CONFIG.wait_newer(0);
    ///     let second = CONFIG.wait_newer(Guard::version(&first));
    ///     *second
    /// });
    /// CONFIG.set("a");
    /// while !follower.is_finished() {
    ///     CONFIG.set("b");
    ///     thread::yield_now();
    /// }
    /// assert_eq!(follower.join().unwrap(), "b");
    /// ```
    #[track_caller]
    pub fn wait_newer(&self, than: u64) -> Guard<T> {
        match follow(Call::new(&self, Role::Follower(than), Demand::new())) {
            Ok(guard) => guard,
            Err(error) => impossible(&error),
        }
    }

    /// Waits, in async code, until there is a servable value of a later version than `than`, and returns it, as
    /// [`wait_newer`](Self::wait_newer) does in a thread.
    ///
    /// Works on any runtime and on none.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing in the cell, whether it is polled, left alone or dropped.
    ///
    /// # Panics
    ///
    /// If it is polled inside a creation function of its own cell and there is no such value.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::{DogpileCell, Guard};
    ///
    /// async fn push_to_device(config: &DogpileCell<String>, mut push: impl FnMut(&str) -> bool) {
    ///     let mut seen = 0;
    ///     loop {
    ///         let newest = config.wait_newer_async(seen).await;
    ///         seen = Guard::version(&newest);
    ///         if !push(&newest) {
    ///             return;
    ///         }
    ///     }
    /// }
    /// # let config = DogpileCell::never_expires();
    /// # config.set("a".to_owned());
    /// # pollster::block_on(push_to_device(&config, |pushed| { assert_eq!(pushed, "a"); false }));
    /// ```
    pub async fn wait_newer_async(&self, than: u64) -> Guard<T> {
        match follow_async(Call::new(&self, Role::Follower(than), Demand::new())).await {
            Ok(guard) => guard,
            Err(error) => impossible(&error),
        }
    }

    /// Waits until no leader is at work, for instance before a connection is closed that creation functions use.
    ///
    /// The thread sleeps, without limit, also if the leader overruns its
    /// [`lease_timeout`](crate::CellBuilder::lease_timeout): for a limit, see
    /// [`Demanding::wait_idle`](crate::Demanding::wait_idle). It does not keep other callers from being elected: first
    /// stop whatever calls the cell. A creation function that was superseded, by an `invalidate` or by a caller that
    /// took over, is not waited for.
    ///
    /// # Panics
    ///
    /// If this call is made inside a creation function of its own cell: it would wait for itself.
    ///
    /// # Complexity
    ///
    /// With nobody at work, one load of the slot.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    /// use std::thread;
    ///
    /// static PAGE: DogpileCell<&str> = DogpileCell::never_expires();
    ///
    /// let lease = PAGE.try_lead().expect("nobody is at work");
    /// thread::spawn(move || lease.publish("rendered"));
    /// PAGE.wait_idle();
    /// assert!(!PAGE.is_regenerating());
    /// ```
    #[track_caller]
    pub fn wait_idle(&self) {
        if let Err(error) = wait_idle(&self, None) {
            impossible(&error);
        }
    }

    /// Waits, in async code, until no leader is at work, as [`wait_idle`](Self::wait_idle) does in a thread.
    ///
    /// For a limit, use the timeout of your runtime, or
    /// [`Demanding::wait_idle_async`](crate::Demanding::wait_idle_async).
    ///
    /// # Panics
    ///
    /// If it is polled inside a creation function of its own cell: it would wait for itself.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: it changes nothing in the cell, whether it is polled, left alone or dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// static PAGE: DogpileCell<&str> = DogpileCell::never_expires();
    ///
    /// async fn shut_down() {
    ///     PAGE.wait_idle_async().await;
    ///     // Now close what the creation function uses.
    /// }
    /// # let lease = PAGE.try_lead().expect("nobody is at work");
    /// # std::thread::spawn(move || lease.publish("rendered"));
    /// # pollster::block_on(shut_down());
    /// # assert!(PAGE.get().is_some());
    /// ```
    pub async fn wait_idle_async(&self) {
        if let Err(error) = wait_idle_async(&self, None).await {
            impossible(&error);
        }
    }
}
