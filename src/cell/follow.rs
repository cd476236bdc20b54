//! Waiting without leading: for those who follow a value, and for those who close down.

use crate::cell::{DogpileCell, impossible};
use crate::clock::Clock;
use crate::protocol::call::{Call, Role};
use crate::protocol::demand::Demand;
use crate::protocol::flight::{follow, follow_async, wait_idle, wait_idle_async};
use crate::protocol::guard::Guard;

impl<T, C: Clock> DogpileCell<T, C> {
    /// Sleeps until a servable value is there that has a later version than `than`, and returns it. Never elects a
    /// leader.
    ///
    /// For whoever follows a value that others make, as with tokio's `watch`: a thread that pushes each new
    /// configuration to a device, a stream of prices. Versions can be left out, if they come faster than they are
    /// asked for: what is returned is the newest. 0 waits for the first value.
    ///
    /// It waits without limit. For a limit, see [`Demanding::wait_newer`](crate::Demanding::wait_newer).
    ///
    /// # Panics
    ///
    /// If this call is made inside of a creation function of its own cell and there is no such value: it would wait for
    /// itself.
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
        match follow(Call::new(&self, Role::Follower, Demand::new().newer_than(than))) {
            Ok(guard) => guard,
            Err(error) => impossible(&error),
        }
    }

    /// Sleeps, in async code, until a servable value is there that has a later version than `than`, and returns it, as
    /// [`wait_newer`](Self::wait_newer) does for a thread.
    ///
    /// Works on any runtime and on none.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a future that waits disturbs nobody, dropped or not.
    ///
    /// # Panics
    ///
    /// If it is polled inside of a creation function of its own cell and there is no such value.
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
        match follow_async(Call::new(&self, Role::Follower, Demand::new().newer_than(than))).await {
            Ok(guard) => guard,
            Err(error) => impossible(&error),
        }
    }

    /// Sleeps until no leader is at work: before a process ends, or a connection is closed that creation functions use.
    ///
    /// New leaders are not kept out; see to it that nobody calls the cell any more. A leader that was superseded may
    /// still be running: its result will be returned to its own caller only.
    ///
    /// # Panics
    ///
    /// If this call is made inside of a creation function of its own cell: it would wait for itself.
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
        if let Err(error) = wait_idle(&self) {
            impossible(&error);
        }
    }

    /// Sleeps, in async code, until no leader is at work, as [`wait_idle`](Self::wait_idle) does for a thread.
    ///
    /// For a limit, put this future into the timeout of a runtime.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a future that waits disturbs nobody, dropped or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use dogpile::DogpileCell;
    ///
    /// let cell = DogpileCell::<u32>::never_expires();
    /// pollster::block_on(cell.wait_idle_async()); // at once: nobody is at work
    /// ```
    pub async fn wait_idle_async(&self) {
        wait_idle_async(&self).await;
    }
}
