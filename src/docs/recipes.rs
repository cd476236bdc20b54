//! Recipes, for five kinds of values: an access token, public keys, a page that shows what was just written, a price,
//! and a page from a cache.
//!
//! Each recipe says what its callers get over time: while the origin is up, and while it is down, slow, or hangs. The
//! tables are programs: they move a [`ManualClock`](crate::clock::ManualClock) forward and assert what the table says.
//! The page [`semantics`](crate::docs::semantics#words) explains the words, the page
//! [`origin_down`](crate::docs::origin_down) the default settings and a configuration that may be old for a day.
//!
//! Two questions decide how to write such a cell:
//!
//! | question | answer |
//! |---|---|
//! | Who knows how long a value lives? | The value itself: a [`Lifetime`](crate::Lifetime), from [`lifetime_of`](crate::CellBuilder::lifetime_of), [`publish_with`](crate::Lease::publish_with) or [`set_with`](crate::DogpileCell::set_with). You: [`Settings`](crate::Settings) |
//! | Who knows that a value will not do? | One caller: a [`Demand`](crate::Demand), which disturbs no other. Everybody: [`mark_stale`](crate::DogpileCell::mark_stale) if the value is better than none, [`invalidate`](crate::DogpileCell::invalidate) if it is not |
//!
//! # An access token (OAuth)
//!
//! A token says how long it lives: its `expires_in`. From its end on it is refused, so no token is better than an old
//! one. Before its end an old token is as good as a new one. So it is *fresh* for nine tenths of its life. Then one
//! caller asks for the next token, and all others go on with this one. At its *hard end*,
//! [`usable_for`](crate::Lifetime::usable_for), it is gone, whether the origin is up or down. This is right for each
//! token, whether it lasts two seconds or a day.
//!
//! The server counts `expires_in` from the moment at which it issued the token, and the cell from its publication. How
//! long the request took is therefore the token's [`age`](crate::Lifetime::age).
//!
//! | age of a token that lasts an hour | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the token, fresh |
//! | 54 min | a regeneration hangs | its leader hangs with it; all others get the token, stale |
//! | 54 min 5 s | the next caller takes over; its regeneration fails | the token, stale |
//! | 60 min, less a moment | a regeneration fails | the token, stale |
//! | 60 min | throttled | the error, at once |
//! | 60 min 1 s | a regeneration hangs | `WaitTimeout`, after 2 s |
//! | 60 min 11 s | the next caller takes over: the second lease is twice as long. The server answers: a token for two seconds | that token, fresh |
//! | 1.8 s later | the server answers | its leader gets the next token, and then everybody |
//! | later | the regenerations that hung come back | their own callers get their tokens; nobody else does |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{Demand, DogpileCell, Guard, Lifetime, RegenError};
//! use std::{io, time::Duration};
//!
//! #[derive(Debug)]
//! struct Token { secret: &'static str, expires_in: Duration, took: Duration }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let tokens = DogpileCell::builder()
//!     .lifetime_of(|token: &Token| {
//!         Lifetime::fresh_for(token.expires_in / 10 * 9).usable_for(token.expires_in).age(token.took)
//!     })
//!     .lease_timeout(Duration::from_secs(5))
//!     .wait_timeout(Duration::from_secs(2))
//!     .clock(clock.clone())
//!     .build()?;
//! let (hour, second, moment) = (Duration::from_secs(3600), Duration::from_secs(1), Duration::from_millis(1));
//! let issue = |secret, expires_in| Token { secret, expires_in, took: Duration::ZERO };
//! let answer = |secret, expires_in| Ok::<_, io::Error>(issue(secret, expires_in));
//! let down = || Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//! let not_asked = || -> io::Result<Token> { unreachable!("nobody regenerates now") };
//! assert_eq!(tokens.try_get_or_regen(|| answer("a", hour))?.secret, "a");
//!
//! clock.advance(hour / 10 * 9);
//! let hangs = tokens.try_lead().expect("the token is stale");
//! assert!(Guard::is_stale(&tokens.try_get_or_regen(not_asked)?));
//! clock.advance(5 * second);
//! assert_eq!(tokens.try_get_or_regen(down)?.secret, "a");
//! assert_eq!((tokens.stats().takeovers, tokens.stats().failures), (1, 1));
//!
//! clock.advance(hour / 10 - 5 * second - moment);
//! assert_eq!(tokens.try_get_or_regen(down)?.secret, "a");
//! clock.advance(moment);
//! assert!(tokens.get().is_none());
//! assert!(matches!(tokens.try_get_or_regen(not_asked), Err(RegenError::Failed(_))));
//!
//! clock.advance(second);
//! let hangs_too = tokens.try_lead().expect("the throttle is over");
//! // A caller that has less than the cell's 2 s, so that this program need not wait as long.
//! let hurried = Demand::new().patience(Duration::from_millis(20));
//! assert!(matches!(tokens.with(hurried).try_get_or_regen(not_asked), Err(RegenError::WaitTimeout)));
//! clock.advance(10 * second);
//! assert_eq!(tokens.try_get_or_regen(|| answer("b", 2 * second))?.secret, "b");
//!
//! clock.advance(Duration::from_millis(1800));
//! assert_eq!(tokens.get().map(|token| token.secret), Some("b"));
//! assert_eq!(tokens.try_get_or_regen(|| answer("c", hour))?.secret, "c");
//! assert!(hangs.publish(issue("late", hour)).is_err() && hangs_too.publish(issue("late", hour)).is_err());
//! assert_eq!(tokens.get().map(|token| token.secret), Some("c"));
//!
//! // The request for this one took a second.
//! tokens.set(Token { secret: "d", expires_in: hour, took: second });
//! clock.advance(hour - second);
//! assert!(tokens.get().is_none());
//! # Ok(())
//! # }
//! ```
//!
//! **A token that is refused before its end** was revoked. The caller that finds out demands one that is [newer
//! than](crate::Demand::newer_than) the one that it used. However many callers report the same token, one of them asks
//! for the next one, and all of them get it. Callers that have not been refused yet use the old token meanwhile.
//!
//! If the server refuses *every* token, for instance because the account is locked, each request would ask for another
//! one. [`at_most_every`](crate::Demand::at_most_every) limits that: a token that is younger than 10 s is returned to
//! the caller once more, which then reports that access was denied.
//!
//! | event | what the callers with the demand get | what all others get |
//! |---|---|---|
//! | the token was issued less than 10 s ago | the same token | the same token |
//! | later | the next token: one of them makes it, the others wait | the refused token, until the next one is there |
//! | the origin is down | its error; during the throttle at once | the refused token, until its hard end |
//! | the origin hangs | `WaitTimeout`, after 2 s | the refused token, until its hard end |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{Demand, DogpileCell, Guard, RegenError};
//! use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
//! use std::{thread, time::Duration};
//!
//! const LIMIT: Demand = Demand::new().at_most_every(Duration::from_secs(10));
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let tokens = DogpileCell::builder().clock(clock.clone()).build()?;
//! let issued = AtomicU32::new(0);
//! let issue = || Ok::<_, RegenError>(format!("token {}", issued.fetch_add(1, Relaxed) + 1));
//!
//! let used = tokens.try_get_or_regen(issue)?;
//! let refused = LIMIT.newer_than(Guard::version(&used));
//! assert_eq!(*tokens.with(refused).try_get_or_regen(issue)?, "token 1"); // it is new: access is denied
//!
//! clock.advance(Duration::from_secs(10));
//! assert!(tokens.with(refused).try_get_or_regen(|| Err("no answer")).is_err());
//! assert_eq!(*tokens.try_get_or_regen(issue)?, "token 1"); // the others are not disturbed
//!
//! clock.advance(Duration::from_secs(1));
//! thread::scope(|scope| {
//!     for _ in 0..8 {
//!         scope.spawn(|| assert_eq!(*tokens.with(refused).try_get_or_regen(issue).unwrap(), "token 2"));
//!     }
//! });
//! assert_eq!(issued.load(Relaxed), 2);
//! # Ok(())
//! # }
//! ```
//!
//! Where nobody may use a refused token again, because the server counts the attempts, report it with
//! [`invalidate_if`](crate::DogpileCell::invalidate_if) instead: it removes the token, and all callers wait for the
//! next one. A guard does not age while it is held, so read the token anew for each request.
//!
//! # Public keys (JWKS)
//!
//! Keys are valid for a long time, and a set that is a day old is better than none: tokens that were signed with a
//! known key can be checked while the origin is down. So the windows are wide. A key id that is not in the set means
//! that the set *may* be too old. But anybody can send a token with a key id that does not exist. So the caller demands
//! a set that is [newer than](crate::Demand::newer_than) the one that it saw, and [at most one each half
//! minute](crate::Demand::at_most_every). All callers with a known key id are served as always. With
//! [`or_stale`](crate::Demand::or_stale) the caller is served the old set if there is no other, and with
//! [`patience`](crate::Demand::patience) it waits half a second for it at most.
//!
//! | event | callers with a known key id | callers with an unknown key id |
//! |---|---|---|
//! | the set is younger than 30 s | served | served the same set: the id is unknown |
//! | later | served the old set, until the next one is there | one asks the origin, the others wait; all get the next set |
//! | the origin is down | served for a day | the old set; the origin is asked once for each `retry_backoff` |
//! | the origin is slow, or hangs | served, but for the one that asks once the set is stale | the one that asks waits for the answer; the others get the old set after half a second |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{Demand, DogpileCell, Guard, RegenError};
//! use std::{cell::Cell, collections::HashMap, io, time::Duration};
//!
//! type Keys = HashMap<&'static str, &'static str>;
//!
//! const HOUR: Duration = Duration::from_secs(3600);
//! const NEWER: Demand = Demand::new()
//!     .at_most_every(Duration::from_secs(30))
//!     .patience(Duration::from_millis(500))
//!     .or_stale();
//!
//! fn key(
//!     keys: &DogpileCell<Keys, ManualClock>,
//!     id: &str,
//!     fetch: impl Fn() -> io::Result<Keys>,
//! ) -> Result<Option<&'static str>, RegenError> {
//!     let mut set = keys.try_get_or_regen(&fetch)?;
//!     if !set.contains_key(id) {
//!         set = keys.with(NEWER.newer_than(Guard::version(&set))).try_get_or_regen(&fetch)?;
//!     }
//!     Ok(set.get(id).copied())
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let keys = DogpileCell::builder()
//!     .time_to_live(HOUR)
//!     .stale_while_revalidate(HOUR)
//!     .stale_if_error(24 * HOUR)
//!     .clock(clock.clone())
//!     .build()?;
//! let fetches = Cell::new(0);
//! let count = || fetches.set(fetches.get() + 1);
//! let fetch = |keys: &[(&'static str, &'static str)]| {
//!     count();
//!     Ok(keys.iter().copied().collect::<Keys>())
//! };
//! let old = || fetch(&[("k1", "pub 1")]);
//! let rotated = || fetch(&[("k1", "pub 1"), ("k2", "pub 2")]);
//! let down = || {
//!     count();
//!     Err(io::Error::from(io::ErrorKind::TimedOut))
//! };
//!
//! assert_eq!(key(&keys, "k1", old)?, Some("pub 1"));
//! for _ in 0..1000 {
//!     assert_eq!(key(&keys, "none", old)?, None); // an attack, within the half minute
//! }
//! assert_eq!(fetches.get(), 1);
//! clock.advance(Duration::from_secs(30));
//! for _ in 0..1000 {
//!     assert_eq!(key(&keys, "none", old)?, None);
//! }
//! assert_eq!(fetches.get(), 2);
//!
//! clock.advance(Duration::from_secs(30));
//! assert_eq!(key(&keys, "k2", rotated)?, Some("pub 2")); // the keys were rotated: known at once
//!
//! fetches.set(0);
//! for _ in 0..24 {
//!     clock.advance(HOUR); // of an outage
//!     for _ in 0..1000 {
//!         assert_eq!(key(&keys, "k1", down)?, Some("pub 1"));
//!         assert_eq!(key(&keys, "none", down)?, None);
//!     }
//! }
//! assert_eq!(fetches.get(), 24);
//! clock.advance(HOUR);
//! assert!(key(&keys, "k1", down).is_err()); // a day after the end of its time to live
//! # Ok(())
//! # }
//! ```
//!
//! Do not use `invalidate` for an unknown key id: while the origin is down, one bad token would then have every good
//! token refused. [`mark_stale_if`](crate::DogpileCell::mark_stale_if) disturbs nobody either, but the caller that
//! reports gets no newer set: of many callers only the one that is elected next does.
//!
//! # A page that shows what was just written
//!
//! Somebody writes a comment, and is shown the page. It must contain the comment, although the page may be a minute old
//! for everybody else. The call after the write demands a page that is made [anew](crate::Demand::anew): one whose
//! creation began after this call did. The page that it makes is published, so everybody else reads it as well.
//!
//! | event | the writer gets | all others get |
//! |---|---|---|
//! | nobody at work | the page that it makes itself | the old page, until the next one is there |
//! | a leader at work, which began before the write | waits for it, and then makes the page, or waits for another caller that came after the write and does | the old page, then that leader's, then the writer's |
//! | many write at the same time | one makes its page; those that come meanwhile wait for it, and then one of them makes the next page for all of them | the old page, until the next one is there |
//! | the database is down | the error; with `or_stale` the old page | the old page |
//!
//! ```
//! use dogpile::{Demand, DogpileCell, RegenError};
//! use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
//! use std::thread;
//!
//! static COMMENTS: AtomicU32 = AtomicU32::new(0); // the database
//! static PAGE: DogpileCell<String> = DogpileCell::never_expires();
//! const ANEW: Demand = Demand::new().anew();
//!
//! fn render() -> String {
//!     format!("comments: {}", COMMENTS.load(SeqCst))
//! }
//! fn not_rendered() -> String {
//!     unreachable!("there is a page to serve")
//! }
//!
//! assert_eq!(*PAGE.get_or_regen(render), "comments: 0");
//! COMMENTS.fetch_add(1, SeqCst);
//! assert_eq!(*PAGE.get_or_regen(not_rendered), "comments: 0"); // for everybody else it is fresh
//! assert_eq!(*PAGE.with(ANEW).get_or_regen(render), "comments: 1");
//!
//! // Somebody else is just making the page, and has read the database already.
//! let lease = PAGE.with(ANEW).try_lead().expect("nobody is at work");
//! let read_before = render();
//! COMMENTS.fetch_add(1, SeqCst);
//! thread::scope(|scope| {
//!     let writer = scope.spawn(|| PAGE.with(ANEW).get_or_regen(render).clone());
//!     assert_eq!(*PAGE.get_or_regen(not_rendered), "comments: 1");
//!     lease.publish(read_before).unwrap();
//!     assert_eq!(writer.join().unwrap(), "comments: 2");
//! });
//!
//! let down = || Err("no database");
//! assert!(PAGE.with(ANEW).try_get_or_regen(down).is_err());
//! assert_eq!(*PAGE.with(ANEW.or_stale()).try_get_or_regen(down)?, "comments: 2");
//! # Ok::<(), RegenError>(())
//! ```
//!
//! A writer that does not show the page itself has a simpler way: [`mark_stale`](crate::DogpileCell::mark_stale) after
//! the write. Then the next caller regenerates, and no caller waits.
//!
//! # A price that is at most 5 s old
//!
//! The price is renewed each second, for a chart and for an order. The chart shows an old price rather than none, and
//! says how old it is. The order has a limit: [`max_age`](crate::Demand::max_age). After a failure the next
//! regeneration comes soon. Waits are short, since a caller that cannot get a price wants to know that soon. After a
//! second, another caller takes over from a leader.
//!
//! | age of the price | what happens | the chart gets | the order gets |
//! |---|---|---|---|
//! | 0 | published | the price, fresh | the price, fresh |
//! | 1 s | a regeneration fails | the price, stale | the price, stale |
//! | 2 s | a regeneration hangs | the price, stale | the price, stale |
//! | 3 s | the next caller takes over; its regeneration fails | the price, stale | the price, stale |
//! | 5 s | a regeneration fails | the price, stale | the price, stale: not older than 5 s |
//! | a moment later | throttled | the price, stale | the error, at once |
//! | 6 s | a regeneration hangs | the price, stale | `WaitTimeout`, after 200 ms |
//! | 8 s | the order takes over: the second lease is twice as long. The origin is back | the new price, fresh | the new price, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{Demand, DogpileCell, Guard, RegenError};
//! use std::{io, time::Duration};
//!
//! const ORDER: Demand = Demand::new().max_age(Duration::from_secs(5));
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let (second, moment) = (Duration::from_secs(1), Duration::from_millis(1));
//! let price = DogpileCell::builder()
//!     .time_to_live(second)
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
//! assert_eq!(*price.with(ORDER).try_get_or_regen(down)?, 109);
//! clock.advance(second);
//! let hangs = price.try_lead().expect("it is stale, and the throttle is over");
//! assert_eq!(*price.with(ORDER).try_get_or_regen(not_asked)?, 109);
//! clock.advance(second);
//! assert_eq!(*price.with(ORDER).try_get_or_regen(down)?, 109);
//! assert_eq!(price.stats().takeovers, 1);
//!
//! clock.advance(2 * second);
//! assert_eq!(*price.with(ORDER).try_get_or_regen(down)?, 109);
//! clock.advance(moment);
//! assert!(matches!(price.with(ORDER).try_get_or_regen(not_asked), Err(RegenError::Failed(_))));
//! let on_the_chart = price.try_get_or_regen(not_asked)?;
//! assert_eq!((*on_the_chart, Guard::age(&on_the_chart)), (109, 5 * second + moment));
//!
//! clock.advance(second - moment);
//! let hangs_too = price.try_lead().expect("the throttle is over");
//! assert_eq!(*price.try_get_or_regen(not_asked)?, 109);
//! assert!(matches!(price.with(ORDER).try_get_or_regen(not_asked), Err(RegenError::WaitTimeout)));
//! clock.advance(2 * second);
//! assert_eq!(*price.with(ORDER).try_get_or_regen(|| Ok::<_, io::Error>(110))?, 110);
//! assert_eq!(*price.try_get_or_regen(not_asked)?, 110);
//! assert!(hangs.publish(1).is_err() && hangs_too.publish(2).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! A call that makes the price itself, or waits for one that was asked for after it began, gets that price in any case,
//! however long the origin took: nothing younger is to be had. A guard does not age while it is held. If you keep a
//! guard, or if it takes a while until you use the price, add that time to its [`age`](crate::Guard::age).
//!
//! Where *no* caller may get a price that is older than 5 s, make that its hard end, with
//! `lifetime_of(|_| Lifetime::new().usable_for(Duration::from_secs(5)))`, or end its windows there.
//!
//! # A page from a cache, with `Age` and `Cache-Control`
//!
//! An HTTP response says how long it may be served, and how old it is already. `max-age` is the time to live, which
//! counts from the response's birth; the `Age` header says how long ago that was. `stale-while-revalidate` and
//! `stale-if-error` are the windows of RFC 5861. A response that does not name a window has none, so a directive that
//! is missing is zero here, and not the default of the cell.
//!
//! | time since a page with `max-age=60, stale-while-revalidate=30, stale-if-error=600` and `Age: 45` came | what happens | what a caller gets |
//! |---|---|---|
//! | 0 | published | the page, fresh, 45 s old |
//! | 15 s | a regeneration is slow, or hangs | its leader waits for it; all others get the page, stale |
//! | 45 s | the same regeneration still hangs | callers wait, until their `wait_timeout` |
//! | a moment later | it fails | the page, stale: after a failure, the longer window counts |
//! | 615 s | throttled | the error |
//! | later | the origin is back | the next page, fresh |
//!
//! ```
//! use dogpile::clock::ManualClock;
//! use dogpile::{Demand, DogpileCell, Guard, Lifetime, RegenError};
//! use std::time::Duration;
//!
//! /// What a cache may do with a response.
//! fn lifetime(cache_control: &str, age: Duration) -> Lifetime {
//!     let seconds = |name: &str| {
//!         let mut directives = cache_control.split(',').filter_map(|directive| directive.trim().split_once('='));
//!         let value = directives.find(|(found, _)| found.eq_ignore_ascii_case(name));
//!         Duration::from_secs(value.and_then(|(_, seconds)| seconds.parse().ok()).unwrap_or(0))
//!     };
//!     Lifetime::fresh_for(seconds("max-age"))
//!         .stale_while_revalidate(seconds("stale-while-revalidate"))
//!         .stale_if_error(seconds("stale-if-error"))
//!         .age(age)
//! }
//!
//! struct Page { body: &'static str, cache_control: &'static str, age: Duration }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new();
//! let page = DogpileCell::builder()
//!     .lifetime_of(|page: &Page| lifetime(page.cache_control, page.age))
//!     .clock(clock.clone())
//!     .build()?;
//! let second = Duration::from_secs(1);
//! let cache_control = "max-age=60, stale-while-revalidate=30, stale-if-error=600";
//! let first = || Ok::<_, RegenError>(Page { body: "<html>1", cache_control, age: 45 * second });
//! let not_asked = || -> Result<_, RegenError> { unreachable!("nobody regenerates now") };
//!
//! let served = page.try_get_or_regen(first)?;
//! // What this program says to its own clients.
//! assert_eq!((Guard::age(&served), Guard::fresh_for(&served)), (45 * second, 15 * second));
//!
//! clock.advance(15 * second);
//! let hangs = page.try_lead().expect("the page is stale");
//! assert!(Guard::is_stale(&page.try_get_or_regen(not_asked)?));
//! clock.advance(30 * second);
//! let hurried = Demand::new().patience(Duration::from_millis(20));
//! assert!(matches!(page.with(hurried).try_get_or_regen(not_asked), Err(RegenError::WaitTimeout)));
//! hangs.fail("the origin does not answer");
//! let old = page.try_get_or_regen(not_asked)?;
//! assert_eq!((old.body, Guard::age(&old)), ("<html>1", 90 * second));
//!
//! clock.advance(569 * second);
//! assert!(page.try_get_or_regen(|| Err("no answer")).is_ok());
//! clock.advance(Duration::from_millis(999));
//! assert!(page.try_get_or_regen(|| Err("no answer")).is_ok());
//! clock.advance(Duration::from_millis(1));
//! assert!(matches!(page.try_get_or_regen(not_asked), Err(RegenError::Failed(_))));
//!
//! clock.advance(60 * second);
//! let second_edition = || Ok::<_, RegenError>(Page { body: "<html>2", cache_control, age: Duration::ZERO });
//! assert_eq!(page.try_get_or_regen(second_edition)?.body, "<html>2");
//!
//! // "304 Not Modified": the same page, with what the answer says of it.
//! clock.advance(60 * second);
//! let lease = page.try_lead().expect("the page is stale");
//! let renewed = lease.renew_with(lifetime("max-age=10", 4 * second))?;
//! assert_eq!((renewed.body, Guard::fresh_for(&renewed)), ("<html>2", 6 * second));
//! # Ok(())
//! # }
//! ```
//!
//! `no-cache` is `max-age=0`: each caller that finds nobody at work asks the origin. A response with `no-store` is not
//! for a cell. `must-revalidate` is a hard end: add `usable_for(seconds("max-age"))`. A response with a `Retry-After`
//! header ends its lease with [`fail_for`](crate::Lease::fail_for). The example `conditional` is a whole program.
