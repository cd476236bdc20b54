//! When the origin is down: what callers see over time, with the default settings, and with those of a configuration
//! that may be old for a day.
//!
//! The *origin* is whatever a creation function asks: a database, another service, a file. It can fail (an error, a
//! panic) or hang. The page [`semantics`](crate::docs::semantics#words) explains the other words. Each timeline below
//! is a program: it moves a [`ManualClock`](crate::clock::ManualClock) forward and asserts what the table says. Ages
//! and limits are by the cell's clock, `wait_timeout` by that of the operating system. The page
//! [`recipes`](crate::docs::recipes) has timelines for a token, public keys, a price, and other values.
//!
//! # In one picture
//!
//! ```text
//!  age  0               time to live           + stale_while_revalidate    + stale_if_error, if longer
//!       |                    |                           |                           |
//!       |------ fresh -------|---------- stale ----------|--- stale, after a failure |---- expired ---->
//!
//!  origin fails              served; one regeneration    served, once one has        the error of the last
//!                            each retry_backoff          failed; one each            regeneration, or of a new
//!                                                        retry_backoff               one each retry_backoff
//!
//!  origin hangs              served                      served, if one failed       callers wait: until one
//!                                                        before; else callers        takes over, after
//!                                                        wait                        lease_timeout, or until
//!                                                                                    their wait_timeout
//! ```
//!
//! Both windows begin at the end of the time to live. `stale_if_error` takes effect once a regeneration has failed, and
//! cannot be the shorter one. If the value has a hard end ([`usable_for`](crate::Lifetime::usable_for)), both windows
//! stop there. A guard says how old its value is ([`Guard::age`](crate::Guard::age)), and whether it is stale;
//! [`last_error`](crate::DogpileCell::last_error) says why. Serving an old value during an outage is what RFC 5861,
//! section 4, calls *stale-if-error*.
//!
//! # The default settings
//!
//! With a time to live and no other setting, a value is served for as long as it takes to make another one. The next
//! regeneration comes within 100 ms of the first failure, further ones ever more rarely, down to one in 15 to 30 s. No
//! caller takes over from a leader. So an outage, however long, is seen only by callers of a cell that has no value at
//! all.
//!
//! | age of the value | what happens | what a caller of `try_get_or_regen` gets |
//! |---|---|---|
//! | 0 | published | the value, fresh |
//! | 60 s | the first regeneration fails | the value, stale, 60 s old |
//! | up to 50 ms later | nothing: throttled | the same |
//! | 100 ms later | the second regeneration fails | the same; no further regeneration for 100 to 200 ms |
//! | an hour | a regeneration fails | the value, stale, an hour old |
//! | up to 15 s later | nothing: throttled | the same |
//! | 30 s later | the origin is back, the regeneration succeeds | the new value, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, Guard, RegenError};
//! use std::{io, time::Duration};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let report = DogpileCell::builder()
//!     .time_to_live(Duration::from_secs(60))
//!     .clock(clock.clone())
//!     .build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//! let not_asked = || -> io::Result<&str> { unreachable!("the next regeneration is throttled") };
//! assert_eq!(*report.try_get_or_regen(|| Ok::<_, io::Error>("monday"))?, "monday");
//!
//! clock.advance(Duration::from_secs(60));
//! let old = report.try_get_or_regen(down)?;
//! assert_eq!((*old, Guard::is_stale(&old), Guard::age(&old).as_secs()), ("monday", true, 60));
//! assert!(matches!(report.last_error(), Some(RegenError::Failed(_))));
//!
//! clock.advance(Duration::from_millis(49)); // 100 ms, less up to half at random: 50 at least
//! assert_eq!(*report.try_get_or_regen(not_asked)?, "monday");
//! clock.advance(Duration::from_millis(51));
//! assert_eq!(*report.try_get_or_regen(down)?, "monday");
//! assert_eq!(report.stats().failures, 2);
//! clock.advance(Duration::from_millis(99)); // twice as long
//! assert_eq!(*report.try_get_or_regen(not_asked)?, "monday");
//!
//! for _ in 0..118 {
//!     clock.advance(Duration::from_secs(30)); // never more than that
//!     assert_eq!(*report.try_get_or_regen(down)?, "monday");
//! }
//! assert_eq!((report.get().map(|old| Guard::age(&old).as_secs()), report.stats().failures), (Some(3600), 120));
//! clock.advance(Duration::from_millis(14_900));
//! assert_eq!(*report.try_get_or_regen(not_asked)?, "monday");
//!
//! clock.advance(Duration::from_secs(30));
//! assert_eq!(*report.try_get_or_regen(|| Ok::<_, io::Error>("tuesday"))?, "tuesday");
//! assert!(report.last_error().is_none());
//! # Ok(())
//! # }
//! ```
//!
//! An *empty* cell has nothing to serve. The leader and all callers that wait for it get its error at once. Callers
//! that come while regeneration is throttled get the same error, without a regeneration of their own:
//!
//! ```
//! use dogpile::DogpileCell;
//! use dogpile::clock::ManualClock;
//! use std::{io, time::Duration};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let report = DogpileCell::builder().clock(clock.clone()).build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//! let not_asked = || -> io::Result<&str> { unreachable!("the next regeneration is throttled") };
//!
//! let error = report.try_get_or_regen(down).unwrap_err();
//! assert_eq!(error.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::ConnectionRefused);
//! assert!(report.try_get_or_regen(not_asked).is_err()); // the same error
//! clock.advance(Duration::from_millis(100));
//! assert_eq!(*report.try_get_or_regen(|| Ok::<_, io::Error>("monday"))?, "monday");
//! # Ok(())
//! # }
//! ```
//!
//! An origin that *hangs* holds the leader up for as long as it hangs. All other callers are served the old value, or
//! wait if the cell is empty. Give the creation function a timeout of its own. Where that is not possible, give the
//! cell a [`lease_timeout`](crate::Settings::lease_timeout): when it has passed, another caller takes over.
//!
//! An origin that is merely *slow*, so that each regeneration takes longer than `lease_timeout`, does not leave the
//! cell without a value. Each take over in a row makes the next lease twice as long, up to 64 times the
//! `lease_timeout`, until there is one that the regeneration does not overrun. A publication starts over:
//!
//! ```
//! use dogpile::DogpileCell;
//! use dogpile::clock::ManualClock;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let second = Duration::from_secs(1);
//! let report = DogpileCell::builder().lease_timeout(10 * second).clock(clock.clone()).build()?;
//! let takes_11_s = report.try_lead().expect("the cell is empty");
//! clock.advance(10 * second);
//! let takes_11_s_too = report.try_lead().expect("the first lease is over");
//! clock.advance(second);
//! assert!(takes_11_s.publish("too late").is_err());
//! clock.advance(10 * second);
//! assert!(report.try_lead().is_none()); // the second lease lasts for 20 s
//! assert!(takes_11_s_too.publish("in time").is_ok());
//! # Ok(())
//! # }
//! ```
//!
//! An origin that says *when* to ask again, by `Retry-After` for instance, is not asked before: end the lease with
//! [`fail_for`](crate::Lease::fail_for). [`retry_at`](crate::DogpileCell::retry_at) tells when the throttle ends.
//!
//! # Configuration that may be old for a day
//!
//! The configuration is read again each minute. While the origin works, nobody gets one that is older than two minutes.
//! While it does not, yesterday's is better than none. After a failure the next regeneration comes within a second,
//! later ones within a minute, since there is no hurry. After 10 s another caller takes over from a regeneration that
//! hangs. No caller waits for longer than 3 s.
//!
//! | age of the configuration | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the configuration, fresh |
//! | 1 min | a regeneration fails | the configuration, stale |
//! | 2 min | a regeneration fails | the configuration, stale: after a failure, the longer window counts |
//! | 24 h 1 min, less a moment | a regeneration fails | the configuration, stale, a day old |
//! | 24 h 1 min | throttled | the error |
//! | one more minute | the origin is back | the new configuration, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, Guard, RegenError};
//! use std::{io, time::Duration};
//!
//! const MINUTE: Duration = Duration::from_secs(60);
//! const DAY: Duration = Duration::from_secs(24 * 3600);
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let config = DogpileCell::builder()
//!     .time_to_live(MINUTE)
//!     .stale_while_revalidate(MINUTE)
//!     .stale_if_error(DAY)
//!     .retry_backoff(Duration::from_secs(1), MINUTE)
//!     .lease_timeout(Duration::from_secs(10))
//!     .wait_timeout(Duration::from_secs(3))
//!     .clock(clock.clone())
//!     .build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::NotFound));
//! let not_asked = || -> io::Result<&str> { unreachable!("the next regeneration is throttled") };
//! assert_eq!(*config.try_get_or_regen(|| Ok::<_, io::Error>("a"))?, "a");
//!
//! clock.advance(MINUTE);
//! assert_eq!(*config.try_get_or_regen(down)?, "a");
//! assert_eq!(*config.try_get_or_regen(not_asked)?, "a");
//! clock.advance(MINUTE);
//! assert_eq!(*config.try_get_or_regen(down)?, "a");
//!
//! let moment = Duration::from_millis(1);
//! clock.advance(DAY - MINUTE - moment);
//! let old = config.try_get_or_regen(down)?;
//! assert_eq!((*old, Guard::age(&old)), ("a", DAY + MINUTE - moment));
//!
//! clock.advance(moment);
//! assert!(matches!(config.try_get_or_regen(not_asked), Err(RegenError::Failed(_))));
//! assert!(config.get().is_none());
//!
//! clock.advance(MINUTE);
//! assert_eq!(*config.try_get_or_regen(|| Ok::<_, io::Error>("b"))?, "b");
//! # Ok(())
//! # }
//! ```
//!
//! Between two minutes and a day, the old value is served only after a failure. A cell that was not read for an hour
//! has seen no failure, so the first caller makes a new value and the others wait for it. If that regeneration fails,
//! all of them are served the old value.
//!
//! ```
//! # use dogpile::DogpileCell;
//! # use dogpile::clock::ManualClock;
//! # use std::{io, time::Duration};
//! # const MINUTE: Duration = Duration::from_secs(60);
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let clock = ManualClock::new();
//! # let config = DogpileCell::builder()
//! #     .time_to_live(MINUTE)
//! #     .stale_while_revalidate(MINUTE)
//! #     .stale_if_error(24 * 60 * MINUTE)
//! #     .clock(clock.clone())
//! #     .build()?;
//! # let down = || Err(io::Error::from(io::ErrorKind::NotFound));
//! config.set("a");
//! clock.advance(60 * MINUTE);
//! assert!(config.get().is_none()); // nobody has asked the origin: it may well be up
//! assert_eq!(*config.try_get_or_regen(down)?, "a"); // it is not
//! assert_eq!(config.get().map(|old| *old), Some("a"));
//! # Ok(())
//! # }
//! ```
//!
//! # Infallible callers
//!
//! [`get_or_regen`](crate::DogpileCell::get_or_regen) has no error to return. While there is something to serve, its
//! callers are served and throttled like the `try_` callers of the same cell. While there is nothing, they are not
//! throttled: one of them leads, and the others wait without a limit.
//!
//! # Two cells that need each other
//!
//! If the creation function of cell *A* asks cell *B*, and that of *B* asks *A*, two threads can each lead one cell and
//! wait for the other, if both cells are empty or expired. The cells do not detect this: each knows only that its
//! leader is at work. (On *one* thread it is detected, and the inner call ends with
//! [`Reentrant`](crate::RegenError::Reentrant).) Avoid such cycles: put what both cells need into a third one, or let
//! one creation function take what the other cell has at the moment, with [`get`](crate::DogpileCell::get), which never
//! waits. Where a cycle cannot be ruled out, a `wait_timeout` ends the wait with an error. The delay until the next
//! regeneration is partly random, so the two cells are unlikely to meet in the same way again:
//!
//! ```
//! use dogpile::{DogpileCell, Guard, RegenError};
//! use std::{sync::Barrier, thread, time::Duration};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cell = || DogpileCell::<u32>::builder().wait_timeout(Duration::from_millis(20)).build();
//! let (a, b) = (cell()?, cell()?);
//! let both_lead = Barrier::new(2);
//! let needs = |other: &DogpileCell<u32>| -> Result<u32, RegenError> {
//!     both_lead.wait();
//!     Ok(*other.try_get_or_regen(|| Err("its leader is gone"))? + 1)
//! };
//! let (of_a, of_b) = thread::scope(|scope| {
//!     let of_b = scope.spawn(|| b.try_get_or_regen(|| needs(&a)).map(Guard::into_arc));
//!     (a.try_get_or_regen(|| needs(&b)).map(Guard::into_arc), of_b.join().unwrap())
//! });
//! let timed_out = |result: &Result<_, RegenError>| match result {
//!     Err(error) => matches!(error.downcast_ref(), Some(RegenError::WaitTimeout)),
//!     Ok(_) => false,
//! };
//! assert!(of_a.is_err() && of_b.is_err());
//! assert!(timed_out(&of_a) || timed_out(&of_b)); // the other one may have got this as the error of its peer
//! # Ok(())
//! # }
//! ```
//!
//! # Why the defaults are what they are
//!
//! - **[`retry_backoff`](crate::Settings::retry_backoff): 100 ms, doubling to 30 s.** 100 ms is long compared with the
//!   time between two reads on a hot path, so a hiccup costs one regeneration and not one for each read. It is short
//!   compared with an outage. With 30 s, a long outage costs two to four regenerations a minute for each cell, and the
//!   value is late by half a minute at most when the origin is back. The longest delay is first reached with the tenth
//!   failure in a row, 26 to 51 s after the first one. Up to half of each delay is left out at random, which keeps many
//!   processes that saw the same outage from asking at the same moment.
//! - **[`lease_timeout`](crate::Settings::lease_timeout): none.** Only you know how long a creation function may take.
//!   If another caller takes over from one that is merely slow, two run at once, on an origin that is slow already:
//!   that is the stampede which the cell is to prevent. While there is a value to serve, a leader that hangs harms
//!   nobody else, unless somebody [demands](crate::Demand) a newer one.
//! - **[`wait_timeout`](crate::Settings::wait_timeout): none.** Only the caller knows how long it can wait: a request
//!   has a deadline, a program that starts may have none. With a default, the first slow start would be an error that
//!   nobody expected. [`Demand::patience`](crate::Demand::patience) sets a limit for one call.
//! - **`stale_while_revalidate` and `stale_if_error`: without limit.** Only you know whether an old value is worse than
//!   an error. With an old value the service stays up, and [`Guard::age`](crate::Guard::age) says how old it is. Where
//!   the value itself knows its end, it says so: see [`Lifetime`](crate::Lifetime).
