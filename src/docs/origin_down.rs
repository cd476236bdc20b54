//! When the origin is down: what callers see over time, with the default settings, and with settings for four kinds of
//! values.
//!
//! The *origin* is whatever a creation function asks: a database, another service, a file. It can fail (an error, a
//! panic) or hang. The page [`semantics`](crate::docs::semantics#words) explains the other words. Each timeline below
//! is a program: it moves a [`ManualClock`](crate::clock::ManualClock) forward and asserts what the table says. Ages
//! and limits are by the cell's clock, `wait_timeout` by that of the operating system.
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
//! cannot be the shorter one. A guard says how old its value is ([`Guard::age`](crate::Guard::age)), and whether it is
//! stale; [`last_error`](crate::DogpileCell::last_error) says why. Serving an old value during an outage is what RFC
//! 5861, section 4, calls *stale-if-error*.
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
//! cell a [`lease_timeout`](crate::Settings::lease_timeout).
//!
//! # A token with a hard end
//!
//! After its end a token is refused, so no token is better than an old one. How long a token lasts is known only from
//! the token itself: its `expires_in`. [`lifetime_of`](crate::CellBuilder::lifetime_of) can compute the time to
//! live from that, but the two windows are the same for all values. So with a window that suits a token that lasts an
//! hour, a token that lasts two seconds would be served long after its end. There are two ways around that. (A hard end
//! for each value is planned.)
//!
//! **No window.** The time to live is eight tenths of `expires_in`, and a token is never served after that: two tenths
//! are a margin for the network, and for clocks that differ. This is right for every token. The price: at each expiry
//! one caller asks for the next token and *all others wait*. If the token service is down at that time, they get its
//! error, although the old token would still be accepted for a while.
//!
//! | age of a token that lasts an hour | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the token, fresh |
//! | 48 min | a regeneration fails | the error |
//! | during the throttle | nothing | the same error, at once |
//! | 48 min 1 s | the service answers: a token for two seconds | that token, fresh |
//! | 1.6 s later | the service answers | the next token; the old one is not served any more |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, RegenError};
//! use std::{io, time::Duration};
//!
//! struct Token { secret: &'static str, expires_in: Duration }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let tokens = DogpileCell::builder()
//!     .lifetime_of(|token: &Token| token.expires_in / 10 * 8)
//!     .stale_while_revalidate(Duration::ZERO) // and `stale_if_error` is as long, by default
//!     .clock(clock.clone())
//!     .build()?;
//! let (hour, second) = (Duration::from_secs(3600), Duration::from_secs(1));
//! let issue = |secret, expires_in| Ok::<_, io::Error>(Token { secret, expires_in });
//! let down = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//! let not_asked = || -> io::Result<Token> { unreachable!("nobody regenerates now") };
//! assert_eq!(tokens.try_get_or_regen(|| issue("a", hour))?.secret, "a");
//!
//! clock.advance(hour / 10 * 8);
//! assert!(matches!(tokens.try_get_or_regen(down), Err(RegenError::Failed(_))));
//! assert!(matches!(tokens.try_get_or_regen(not_asked), Err(RegenError::Failed(_))));
//!
//! clock.advance(second);
//! assert_eq!(tokens.try_get_or_regen(|| issue("b", 2 * second))?.secret, "b");
//! clock.advance(Duration::from_millis(1600));
//! assert!(tokens.get().is_none());
//! assert_eq!(tokens.try_get_or_regen(|| issue("c", hour))?.secret, "c");
//! # Ok(())
//! # }
//! ```
//!
//! **A window, and no token that is shorter.** If the service is known to issue tokens that last for some minutes at
//! least, then a fixed margin at the end of each token can be the window, and nobody waits. The token is renewed a
//! minute before its end and served for 50 s of that minute; ten seconds are a margin for the network. A token that
//! lasts for less than a minute would be served after its end, so the creation function rejects it. Callers with
//! nothing to read wait for 2 s at most, and another caller takes over from a regeneration that hangs for 5 s.
//!
//! | age of a token that lasts an hour | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the token, fresh |
//! | 59 min | a regeneration hangs | the leader hangs with it; all others get the token, stale |
//! | 59 min 5 s | the next caller takes over; its regeneration fails | the token, stale |
//! | 59 min 6 s | another regeneration fails | the token, stale |
//! | 59 min 50 s | the next regeneration fails | the error: better than a token that is refused on arrival |
//! | during the throttle | nothing | the same error, at once |
//! | 60 min | a regeneration hangs | `WaitTimeout`, after 2 s |
//! | 60 min 5 s | a caller takes over; the service answers with a token for two seconds | the error "too short" |
//! | 60 min 6 s | the service answers | the new token, fresh |
//! | later | the regeneration that hung comes back | its own caller gets its token; nobody else does |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, Guard, RegenError};
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
//!     .lifetime_of(|token: &Token| token.expires_in.saturating_sub(MARGIN))
//!     .stale_while_revalidate(MARGIN - Duration::from_secs(10))
//!     .lease_timeout(Duration::from_secs(5))
//!     .wait_timeout(Duration::from_secs(2))
//!     .clock(clock.clone())
//!     .build()?;
//! let hour = Duration::from_secs(3600);
//! let issue = |secret, expires_in| match expires_in {
//!     short if short < MARGIN => Err(io::Error::other("too short")),
//!     expires_in => Ok(Token { secret, expires_in }),
//! };
//! let down = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//! let not_asked = || -> io::Result<Token> { unreachable!("nobody regenerates now") };
//! assert_eq!(tokens.try_get_or_regen(|| issue("a", hour))?.secret, "a");
//!
//! clock.advance(hour - MARGIN);
//! let hangs = tokens.try_lead().expect("the token is stale");
//! assert!(Guard::is_stale(&tokens.try_get_or_regen(not_asked)?));
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
//! let waited = tokens.with(Demand::new().patience(Duration::from_millis(20))).try_get_or_regen(not_asked);
//! assert!(matches!(waited, Err(RegenError::WaitTimeout)));
//!
//! clock.advance(Duration::from_secs(5));
//! let too_short = tokens.try_get_or_regen(|| issue("b", Duration::from_secs(2)));
//! assert!(matches!(too_short, Err(RegenError::Failed(_))));
//! clock.advance(Duration::from_secs(1));
//! assert_eq!(tokens.try_get_or_regen(|| issue("c", hour))?.secret, "c");
//! let late = hangs_too.publish(issue("too late", hour)?).unwrap_err();
//! assert_eq!(late.0.secret, "too late");
//! assert!(hangs.publish(issue("much too late", hour)?).is_err());
//! assert_eq!(tokens.get().map(|token| token.secret), Some("c"));
//! # Ok(())
//! # }
//! ```
//!
//! A token that is refused before its end is reported with
//! [`invalidate_if`](crate::DogpileCell::invalidate_if) and the version of its guard, so a thousand reports of one bad
//! token cause one regeneration. Do not [`renew`](crate::Lease::renew) a token: its end does not move.
//!
//! # A set of public keys (JWKS)
//!
//! Keys are valid for a long time, and a set that is an hour old is better than none: tokens that were signed with an
//! old key can be checked while the origin is down. So the windows are wide. An unknown key id means that the set *may*
//! be too old: [`mark_stale`](crate::DogpileCell::mark_stale) makes the next caller ask for another set, and the others
//! keep the old one. Do not use `invalidate` for that: anybody can send a token with an unknown key id, and while the
//! origin is down every good token would then be refused.
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::DogpileCell;
//! use std::{collections::HashMap, io, time::Duration};
//!
//! type Keys = HashMap<&'static str, &'static str>;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let keys = DogpileCell::<Keys>::builder()
//!     .time_to_live(Duration::from_secs(300))
//!     .stale_while_revalidate(Duration::from_secs(3600))
//!     .stale_if_error(Duration::from_secs(24 * 3600))
//!     .clock(clock.clone())
//!     .build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::TimedOut));
//! let rotated = || Ok::<_, io::Error>(Keys::from([("k1", "pub 1"), ("k2", "pub 2")]));
//! keys.try_get_or_regen(|| Ok::<_, io::Error>(Keys::from([("k1", "pub 1")])))?;
//!
//! // A token of the unknown key "k2" comes by, while the origin is down.
//! keys.mark_stale();
//! let set = keys.try_get_or_regen(down)?;
//! assert!(set.contains_key("k1") && !set.contains_key("k2")); // the good tokens are still good
//!
//! clock.advance(Duration::from_millis(100)); // the origin is back
//! assert!(keys.try_get_or_regen(rotated)?.contains_key("k2"));
//! # Ok(())
//! # }
//! ```
//!
//! While a regeneration is under way, other callers get the old set, and its result is stale from the start if there is
//! another `mark_stale` meanwhile: a flood of unknown key ids causes one regeneration after the other, but never two at
//! once. So limit how often you call `mark_stale`.
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
//! # A price that must not be older than 5 s
//!
//! The price is renewed each second. The old price may be served for another four seconds, whether the origin is slow
//! or down. After that, no price is better than an old one. Regenerations follow each other quickly, and waits are
//! short: a caller that cannot get a price soon wants to know that soon. After a second, another caller takes over from
//! a leader.
//!
//! | age of the price | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the price, fresh |
//! | 1 s | a regeneration fails | the price, stale |
//! | 2 s | a regeneration hangs | the leader hangs with it; all others get the price, stale |
//! | 3 s | the next caller takes over; its regeneration hangs too | the others get the price, stale |
//! | 5 s, less a moment | the next caller takes over; its regeneration fails | the price, stale |
//! | 5 s | throttled | the error |
//! | 6 s | a regeneration hangs | `WaitTimeout`, after 200 ms |
//! | 7 s | a caller takes over; the origin is back | the new price, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{DogpileCell, Guard, RegenError};
//! use std::{io, time::Duration};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let second = Duration::from_secs(1);
//! let price = DogpileCell::builder()
//!     .time_to_live(second)
//!     .stale_while_revalidate(4 * second) // and `stale_if_error` is as long, by default
//!     .retry_backoff(Duration::from_millis(50), second)
//!     .lease_timeout(second)
//!     .wait_timeout(Duration::from_millis(200))
//!     .clock(clock.clone())
//!     .build()?;
//! let down = || Err(io::Error::from(io::ErrorKind::TimedOut));
//! let not_asked = || -> io::Result<u32> { unreachable!("nobody regenerates now") };
//! assert_eq!(*price.try_get_or_regen(|| Ok::<_, io::Error>(109))?, 109);
//!
//! clock.advance(second);
//! assert_eq!(*price.try_get_or_regen(down)?, 109);
//! clock.advance(second);
//! let hangs = price.try_lead().expect("it is stale, and the throttle is over");
//! assert_eq!(*price.try_get_or_regen(not_asked)?, 109);
//! clock.advance(second);
//! let hangs_too = price.try_lead().expect("the first leader overran its lease");
//! assert_eq!(*price.try_get_or_regen(not_asked)?, 109);
//!
//! let moment = Duration::from_millis(1);
//! clock.advance(2 * second - moment);
//! let old = price.try_get_or_regen(down)?;
//! assert_eq!((*old, Guard::age(&old)), (109, 5 * second - moment));
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
//! A guard does not age while it is held. If you keep a guard, or if it takes a while until you use the price, add that
//! time to its [`age`](crate::Guard::age).
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
//!   nobody else.
//! - **[`wait_timeout`](crate::Settings::wait_timeout): none.** Only the caller knows how long it can wait: a request
//!   has a deadline, a program that starts may have none. With a default, the first slow start would be an error that
//!   nobody expected. [`Demand::patience`](crate::Demand::patience) sets a limit for one call.
//! - **`stale_while_revalidate` and `stale_if_error`: without limit.** Only you know whether an old value is worse than
//!   an error. With an old value the service stays up, and [`Guard::age`](crate::Guard::age) says how old it is.
