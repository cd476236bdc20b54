//! When the origin is down: what a caller sees over time, for the default settings and for three common ones.
//!
//! The *origin* is whatever a creation function asks: a database, another service, a file. It can fail (an
//! error, a panic) or hang. Each timeline below is a program: it moves a
//! [`ManualClock`](crate::clock::ManualClock) along and asserts what stands in the table. Ages and limits are by the
//! cell's clock, `wait_timeout` by that of the operating system.
//!
//! # In one picture
//!
//! ```text
//!  age  0               time to live           + stale_while_revalidate    + stale_if_error, if longer
//!       |                    |                           |                           |
//!       |------ fresh -------|---------- stale ----------|--- stale, after a failure |---- expired ---->
//!
//!  origin fails              served; one attempt         served, once an attempt     the error of the last
//!                            each retry_after            has failed; one attempt     attempt, or of a new
//!                                                        each retry_after            one each retry_after
//!
//!  origin hangs              served                      served, if an attempt       callers wait: until one
//!                                                        failed before; else         takes over, after
//!                                                        callers wait                lease_timeout, or until
//!                                                                                    their wait_timeout
//! ```
//!
//! Both windows count from the end of the time to live; the second one counts once an attempt has failed, and cannot be
//! the shorter one. What is served says its true age, [`Guard::age`](crate::Guard::age), and that it is stale;
//! [`last_error`](crate::DogpileCell::last_error) says why. To serve an old value during an outage is what
//! RFC 5861 section 4 calls *stale-if-error*.
//!
//! # The default settings
//!
//! A time to live, and nothing else: a value is served for as long as it takes to make another one, attempts
//! come within 100 ms of the first failure and then ever more rarely, to one in 15 to 30 s, and nobody is deposed.
//! So an outage, however long, is seen by those callers only who find no value at all.
//!
//! | age of the value | what happens | what a caller of `try_get_or_regen` gets |
//! |---|---|---|
//! | 0 | published | the value, fresh |
//! | 60 s | the first attempt fails | the value, stale, 60 s old |
//! | up to 50 ms later | nothing: throttled | the same |
//! | 100 ms later | the second attempt fails | the same; no further attempt for 100 to 200 ms |
//! | an hour | an attempt fails | the value, stale, an hour old |
//! | up to 15 s later | nothing: throttled | the same |
//! | 30 s later | the origin is back, the attempt succeeds | the new value, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, RegenError};
//! use std::{io, time::Duration};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let report = DogpileCell::builder()
//!     .time_to_live(Duration::from_secs(60))
//!     .clock(clock.clone())
//!     .build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//! let not_asked = || -> io::Result<&str> { unreachable!("the next attempt is throttled") };
//! assert_eq!(*report.try_get_or_regen(|| Ok::<_, io::Error>("monday"))?, "monday");
//!
//! clock.advance(Duration::from_secs(60));
//! let old = report.try_get_or_regen(down)?;
//! assert_eq!((*old, old.is_stale(), old.age().as_secs()), ("monday", true, 60));
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
//! assert_eq!((report.get().map(|old| old.age().as_secs()), report.stats().failures), (Some(3600), 120));
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
//! On an *empty* cell there is nothing to serve. The leader, and all who wait for it, get its error at once;
//! so do those who come during the throttle, without an attempt of their own:
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
//! let not_asked = || -> io::Result<&str> { unreachable!("the next attempt is throttled") };
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
//! An origin that *hangs* holds its leader for as long as it likes; all others are served the old value.
//! On an empty cell all others wait. Give the creation function a timeout of its own, and where that
//! cannot be had, the cell a [`lease_timeout`](crate::Builder::lease_timeout).
//!
//! # A token with a hard expiry
//!
//! After its expiry a token is refused, so an error is better. It is renewed a minute before that, and served
//! for 50 s of this minute: the other ten are for the way, and for clocks that differ. Whoever waits for a
//! token waits 2 s at most; a call to the token service that hangs is given up for lost after 5 s.
//!
//! | age of a token that lasts an hour | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the token, fresh |
//! | 59 min | an attempt hangs | its own caller hangs with it; all others get the token, stale |
//! | 59 min 5 s | the next caller takes over; its attempt fails | the token, stale |
//! | 59 min 6 s | another attempt fails | the token, stale |
//! | 59 min 50 s | the next attempt fails | the error: better than a token that is refused on arrival |
//! | during the throttle | nothing | the same error, at once |
//! | 60 min | an attempt hangs | `WaitTimeout`, after 2 s |
//! | 60 min 5 s | a caller takes over, and the service answers | the new token, fresh |
//! | later | the attempt that hung comes back | its own caller the token that it got; nobody else |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, RegenError};
//! use std::{io, time::Duration};
//!
//! const MARGIN: Duration = Duration::from_secs(60);
//!
//! #[derive(Debug, PartialEq)]
//! struct Token { secret: &'static str, expires_in: Duration }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let tokens = DogpileCell::builder()
//!     .time_to_live_of(|token: &Token| token.expires_in.saturating_sub(MARGIN))
//!     .stale_while_revalidate(MARGIN - Duration::from_secs(10))
//!     .lease_timeout(Duration::from_secs(5))
//!     .wait_timeout(Duration::from_secs(2))
//!     .clock(clock.clone())
//!     .build()?;
//! let hour = Duration::from_secs(3600);
//! let issue = |secret| Ok::<_, io::Error>(Token { secret, expires_in: hour });
//! let down = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//! let not_asked = || -> io::Result<Token> { unreachable!("no attempt is made now") };
//! assert_eq!(tokens.try_get_or_regen(|| issue("a"))?.secret, "a");
//!
//! clock.advance(hour - MARGIN);
//! let hangs = tokens.try_lead().expect("the token is stale");
//! assert!(tokens.try_get_or_regen(not_asked)?.is_stale());
//!
//! clock.advance(Duration::from_secs(5));
//! assert_eq!(tokens.try_get_or_regen(down)?.secret, "a");
//! assert_eq!((tokens.stats().takeovers, tokens.stats().failures), (1, 1));
//! clock.advance(Duration::from_secs(1));
//! assert_eq!(tokens.try_get_or_regen(down)?.secret, "a");
//!
//! clock.advance(Duration::from_secs(44)); // 59 min 50 s
//! assert!(matches!(tokens.try_get_or_regen(down), Err(RegenError::Failed(_))));
//! assert!(matches!(tokens.try_get_or_regen(not_asked), Err(RegenError::Failed(_))));
//!
//! clock.advance(Duration::from_secs(10));
//! let hangs_too = tokens.try_lead().expect("nobody is at work");
//! // A caller that has less than the cell's 2 s, so that this program need not wait as long.
//! let waited = tokens.try_get_or_regen_for(Duration::from_millis(20), not_asked);
//! assert!(matches!(waited, Err(RegenError::WaitTimeout)));
//!
//! clock.advance(Duration::from_secs(5));
//! assert_eq!(tokens.try_get_or_regen(|| issue("b"))?.secret, "b");
//! let late = hangs_too.publish(issue("too late")?).unwrap_err();
//! assert_eq!(late.0.secret, "too late");
//! assert!(hangs.publish(issue("much too late")?).is_err());
//! assert_eq!(tokens.get().map(|token| token.secret), Some("b"));
//! # Ok(())
//! # }
//! ```
//!
//! A token that is refused before its time is reported with
//! [`invalidate_if`](crate::DogpileCell::invalidate_if) and the version of its guard.
//!
//! # Configuration that may be old for a day
//!
//! It is read again each minute; as long as the origin works, nobody gets one that is older than two minutes, and
//! while it does not, one of yesterday is better than none. Retries come every second to every minute, since
//! nobody is in a hurry. What hangs is taken over after 10 s, and nobody waits for longer than 3 s.
//!
//! | age of the configuration | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the configuration, fresh |
//! | 1 min | an attempt fails | the configuration, stale |
//! | 2 min | an attempt fails | the configuration, stale: after a failure, the longer window counts |
//! | 24 h 1 min, less a moment | an attempt fails | the configuration, stale, a day old |
//! | 24 h 1 min | throttled | the error |
//! | one more minute | the origin is back | the new configuration, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, RegenError};
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
//!     .retry_after(Duration::from_secs(1), MINUTE)
//!     .lease_timeout(Duration::from_secs(10))
//!     .wait_timeout(Duration::from_secs(3))
//!     .clock(clock.clone())
//!     .build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::NotFound));
//! let not_asked = || -> io::Result<&str> { unreachable!("the next attempt is throttled") };
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
//! assert_eq!((*old, old.age()), ("a", DAY + MINUTE - moment));
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
//! Between two minutes and a day there is a difference between an origin that fails and one that nobody asked: a
//! cell that was not read for an hour has no failure to show for it, so the first caller makes a new value and
//! the others wait for it. If that attempt fails, they are all served the old one.
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
//! # A price that must not be older than 5 s
//!
//! It is renewed each second. For another four the old one will do, whether the origin is slow or down;
//! after that, no price is better than that one. Attempts come quickly, and a wait is short: a caller that
//! cannot be told a price soon wants to know that soon. An attempt that takes a second is taken over.
//!
//! | age of the price | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the price, fresh |
//! | 1 s | an attempt fails | the price, stale |
//! | 2 s | an attempt hangs | its own caller hangs with it; all others get the price, stale |
//! | 3 s | the next caller takes over; its attempt hangs too | the others get the price, stale |
//! | 5 s, less a moment | the next caller takes over; its attempt fails | the price, stale |
//! | 5 s | throttled | the error |
//! | 6 s | an attempt hangs | `WaitTimeout`, after 200 ms |
//! | 7 s | a caller takes over; the origin is back | the new price, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, RegenError};
//! use std::{io, time::Duration};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let second = Duration::from_secs(1);
//! let price = DogpileCell::builder()
//!     .time_to_live(second)
//!     .stale_while_revalidate(4 * second) // and `stale_if_error` is as long, by default
//!     .retry_after(Duration::from_millis(50), second)
//!     .lease_timeout(second)
//!     .wait_timeout(Duration::from_millis(200))
//!     .clock(clock.clone())
//!     .build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::TimedOut));
//! let not_asked = || -> io::Result<u32> { unreachable!("no attempt is made now") };
//! assert_eq!(*price.try_get_or_regen(|| Ok::<_, io::Error>(109))?, 109);
//!
//! clock.advance(second);
//! assert_eq!(*price.try_get_or_regen(down)?, 109);
//! clock.advance(second);
//! let hangs = price.try_lead().expect("it is stale, and the throttle is over");
//! assert_eq!(*price.try_get_or_regen(not_asked)?, 109);
//! clock.advance(second);
//! let hangs_too = price.try_lead().expect("the first attempt overran its lease");
//! assert_eq!(*price.try_get_or_regen(not_asked)?, 109);
//!
//! let moment = Duration::from_millis(1);
//! clock.advance(2 * second - moment);
//! let old = price.try_get_or_regen(down)?;
//! assert_eq!((*old, old.age()), (109, 5 * second - moment));
//! clock.advance(moment);
//! assert!(matches!(price.try_get_or_regen(not_asked), Err(RegenError::Failed(_))));
//!
//! clock.advance(second);
//! let hangs_again = price.try_lead().expect("the throttle is over");
//! assert!(matches!(price.try_get_or_regen(not_asked), Err(RegenError::WaitTimeout)));
//! clock.advance(second);
//! assert_eq!(*price.try_get_or_regen(|| Ok::<_, io::Error>(110))?, 110);
//! assert_eq!(price.stats().takeovers, 3);
//! assert!(hangs.publish(1).is_err() && hangs_too.publish(2).is_err() && hangs_again.publish(3).is_err());
//! assert_eq!(price.get().map(|price| *price), Some(110));
//! # Ok(())
//! # }
//! ```
//!
//! A guard does not age while it is held: who keeps one, or computes for long before the price is used, adds
//! that time to [`age`](crate::Guard::age).
//!
//! # Infallible callers
//!
//! [`get_or_regen`](crate::DogpileCell::get_or_regen) has no error to return. Beside `try_` callers on the same
//! cell it is served like them while there is something to serve, and the throttle holds for it as well;
//! with nothing to serve it neither fails nor is it throttled: it leads, or waits without limit.
//!
//! # Two cells that need each other
//!
//! If the creation function of cell *A* asks cell *B*, and that of *B* asks *A*, two threads can each lead one
//! and wait for the other, on empty or expired cells. The cells do not see this: each only knows that its leader
//! is at work. (On *one* thread it is seen, as [`Reentrant`](crate::RegenError::Reentrant).) Have no such circle:
//! put what both need into a third cell, or let one of them take what the other has at the moment, by
//! [`get`](crate::DogpileCell::get), which never waits. Where it cannot be ruled out, a `wait_timeout` ends it
//! with errors that name the cause, and the throttle's random part lets the two come apart:
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
//! assert!(timed_out(&of_a) || timed_out(&of_b)); // the other one may have got it as the error of that
//! # Ok(())
//! # }
//! ```
//!
//! # Why the defaults are what they are
//!
//! - **[`retry_after`](crate::Builder::retry_after): 100 ms, doubling to 30 s.** The first is long beside the
//!   interval of reads on a hot path, so that a hiccup costs one attempt and not one for each read, and short
//!   beside any outage, so that it costs nothing to speak of. The last keeps a long outage at two to four
//!   attempts a minute and cell, which no origin minds while it comes up, and the value late by half a
//!   minute at most when it has. The tenth failure in a row is the first that is followed by the longest delay,
//!   26 to 51 s after the first one. The random part, up to half, keeps the cells of many processes that saw the
//!   same outage begin from asking at the same moment.
//! - **[`lease_timeout`](crate::Builder::lease_timeout): none.** How long a creation function may take, nobody
//!   knows but you. One that is merely slow, and is taken over for it, runs twice at once, on an origin that is
//!   slow already: that would be the stampede which the cell is to prevent. With a value to serve, a hanging
//!   leader harms nobody else.
//! - **[`wait_timeout`](crate::Builder::wait_timeout): none.** How long a caller can wait is the caller's affair:
//!   a request has a deadline, a program that starts may have none. With a default, the first slow start would
//!   be an error that nobody asked for. For one call it is given with
//!   [`try_get_or_regen_for`](crate::DogpileCell::try_get_or_regen_for).
//! - **`stale_while_revalidate` and `stale_if_error`: without limit.** An old value that says its age, or an
//!   error: only the user of the value knows which is worse. With an old value the service goes on.
