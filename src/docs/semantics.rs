//! What each method does in each state of a cell: reads, demands, lifetimes, leases, changes from outside, failures,
//! async code.
//!
//! The tables are complete: if a case is not in them, that is a mistake in this page. The page
//! [`protocol`](crate::docs::protocol) says why they hold, and the page [`origin_down`](crate::docs::origin_down) shows
//! an outage over time.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | origin | what a creation function asks for the value: a database, a service, a file |
//! | creation function | the closure or future that makes a value; the argument `regen` |
//! | regeneration | one run of a creation function. The first one, for an empty cell, is also called a creation |
//! | version | the number of a value in its cell. It grows with each publication |
//! | origin version | the number of a value where it came from, for instance in another process; see [`Lifetime::origin_version`](crate::Lifetime::origin_version) |
//! | age | the time since a value's birth. It is born when it is published, or before that by the [`age`](crate::Lifetime::age) that it came with |
//! | lifetime | how long a value may live, as it says itself: a [`Lifetime`](crate::Lifetime). What it leaves out is as the settings of the cell say |
//! | fresh | younger than the time to live, and not marked stale |
//! | stale | as old as the time to live or older, or marked stale; and still within the stale-while-revalidate window |
//! | expired | past that window, and, if a regeneration failed, past the stale-if-error window as well; or past its hard end |
//! | hard end | the age from which on a value is served by no method, whatever its windows say: [`usable_for`](crate::Lifetime::usable_for) |
//! | empty | without a value: never filled, or invalidated |
//! | servable | fresh or stale |
//! | demand | what one call asks of a value, beyond that it is servable: a [`Demand`](crate::Demand). A value *meets* it or not |
//! | due | stale, expired or empty: it is time for a regeneration |
//! | leader | the one caller that is elected to regenerate the value |
//! | nobody at work | there is no leader at the moment |
//! | waiter | a caller that sleeps until the leader is done, because there is nothing to serve |
//! | lease | the right of the leader to publish. A lease that is dropped is *given up* |
//! | hand off | to pass the lease on to a thread pool, a channel or a task, which makes the value |
//! | throttled | a regeneration failed, and its [`retry_backoff`](crate::Settings::retry_backoff), or the delay of [`fail_for`](crate::Lease::fail_for), has not passed yet |
//! | deferred | a leader ended its lease with [`defer`](crate::Lease::defer), and the *pause* that it asked for has not passed yet |
//! | overrun | the leader's lease has ended: its [`lease_timeout`](crate::Settings::lease_timeout) has passed, or what came in its place by a take over or by [`extend`](crate::Lease::extend) |
//! | take over | to become the leader in the place of one that has overrun. Each take over in a row makes the next lease twice as long, up to 64 times `lease_timeout`; a publication or a `set` starts over |
//! | superseded | a result that comes too late, since something newer is in the cell. It is returned to its caller and never stored |
//!
//! Both windows are unlimited unless they are set. All ends are half-open: a value whose age equals its time to live is
//! stale, and one whose age equals its `usable_for` is gone. Times are those of the cell's clock, except for
//! `wait_timeout` and [`patience`](crate::Demand::patience), which go by the operating system's clock.
//!
//! Some names begin with `try_`. In `try_get_or_regen` and its forms it means that the creation function can fail: the
//! call returns a `Result`. In [`try_lead`](crate::DogpileCell::try_lead) it means, as in
//! [`Mutex::try_lock`](std::sync::Mutex::try_lock), that the call does not wait: it returns an `Option`. On these
//! pages, *a `try_` caller* is a caller of the first kind, and *an infallible caller* one of `get_or_regen` or its
//! async form.
//!
//! # Reads
//!
//! *Served* means that the call returns the value at once, without waiting.
//!
//! | the cell is | [`get_or_regen`](crate::DogpileCell::get_or_regen), [`try_get_or_regen`](crate::DogpileCell::try_get_or_regen) | [`get`](crate::DogpileCell::get) |
//! |---|---|---|
//! | fresh | served | served |
//! | stale, nobody at work | one caller leads: it runs its creation function and returns the new value. All others are served the stale value | served the stale value |
//! | stale, a leader at work | served the stale value. Once the leader has overrun, the next caller takes over and leads | served the stale value |
//! | stale, throttled or deferred | served the stale value | served the stale value |
//! | empty or expired, nobody at work | one caller leads, the others wait | `None` |
//! | empty or expired, a leader at work | waits. Once the leader has overrun, one of the waiters takes over. A `try_` caller waits at most for its [`wait_timeout`](crate::Settings::wait_timeout) and then gets [`WaitTimeout`](crate::RegenError::WaitTimeout) | `None` |
//! | empty or expired, throttled | `try_` callers get the error of the last failure at once. Of the infallible callers, one leads and the others wait | `None` |
//! | empty or expired, deferred | waits, until the pause is over or something is published: all callers do. A `try_` caller waits at most for its `wait_timeout` | `None` |
//!
//! A [`DogpileLazy`](crate::DogpileLazy) has the same methods without the closure, and its `get` does not make a value
//! either. A [`Reader`](crate::Reader) has the three methods of the table, for one thread; they return a reference in
//! place of a guard. A reader keeps the value that it read last, so reading the same value again costs a look at the
//! clock and one plain load to compare it with.
//!
//! # Demands
//!
//! [`cell.with(demand)`](crate::DogpileCell::with) has the methods of the cell, for one call with a
//! [`Demand`](crate::Demand). A value that does not meet the demand is, *for this call only*, as if it were not there.
//! All other callers are served it. So one call can make the cell regenerate a fresh value, and disturbs nobody.
//!
//! | a demand for | is met by |
//! |---|---|
//! | [`max_age(d)`](crate::Demand::max_age) | a value that is not older than `d` when it is read; for a call that waited, also one that was published since the call began and was not older than `d` then, and one whose leader was elected after the call began |
//! | [`newer_than(n)`](crate::Demand::newer_than) | a value whose version is greater than `n` |
//! | [`anew()`](crate::Demand::anew) | a value whose leader was elected after the call began. Never one that was [`set`](crate::DogpileCell::set) or [offered](crate::Lease::offer_stale): nobody knows what that was made from |
//! | several of these | a value that meets all of them |
//! | [`at_most_every(d)`](crate::Demand::at_most_every) beside these | also any servable value that was published less than `d` ago |
//!
//! What a call makes itself, or by a lease that it handed off, is returned to it in any case.
//!
//! | there is no value that meets the demand, and | the call | with [`or_stale`](crate::Demand::or_stale), if something is servable |
//! |---|---|---|
//! | nobody is at work | one such caller leads, the others wait | the same |
//! | a leader is at work | waits for the outcome, and looks again. Once the leader has overrun, it takes over | the same |
//! | the regeneration that it led or waited for failed | a `try_` caller gets the error. Of the infallible callers, one leads and the others wait | served that |
//! | regeneration is throttled | the same, at once. With [`despite_throttle`](crate::Demand::despite_throttle) one caller leads. (A panic leaves no error to return, so then one caller leads as well) | served that, unless it leads |
//! | regeneration is deferred | waits until the pause is over, also with `despite_throttle` | the same |
//! | its [`patience`](crate::Demand::patience), or without one the `wait_timeout`, is over | a `try_` caller gets [`WaitTimeout`](crate::RegenError::WaitTimeout); an infallible caller waits on | served that; an infallible caller only at the end of a patience of its own, or as soon after it as there is something |
//! | it is made inside the cell's own creation function | [`Reentrant`](crate::RegenError::Reentrant), or a panic that says so | served that |
//!
//! `get` with a demand returns `None` if no servable value meets it, and with `or_stale` any servable value.
//! `try_lead` elects its caller also on a fresh value that does not meet the demand. A call of `get_or_hand_off` that
//! handed its lease off waits for the outcome, since the old value will not do.
//!
//! # Lifetimes
//!
//! A value's [`Lifetime`](crate::Lifetime) comes from the first of these that says something:
//!
//! 1. the call that publishes it: [`publish_with`](crate::Lease::publish_with),
//!    [`renew_with`](crate::Lease::renew_with), [`offer_stale`](crate::Lease::offer_stale),
//!    [`set_with`](crate::DogpileCell::set_with), [`set_if_newer`](crate::DogpileCell::set_if_newer). It takes the
//!    place of `lifetime_of`, which is not asked;
//! 2. [`lifetime_of`](crate::CellBuilder::lifetime_of), for everything else that is published, and for `renew`;
//! 3. the [`Settings`](crate::Settings) of the cell, for each part that is left out.
//!
//! | age of the value | it is |
//! |---|---|
//! | less than `fresh_for`, shortened by the cell's `jitter` | fresh |
//! | less than that and `stale_while_revalidate` | stale |
//! | less than that time and `stale_if_error`, if that is longer | stale, once a regeneration failed; before, expired |
//! | `usable_for` or more | expired, whatever the rows above say |
//!
//! From its hard end on, only the callers that a value was made for can get it: the leader, and, if the value was past
//! its hard end when it was published, those that waited for it. A guard, or a reader's [`last`](crate::Reader::last),
//! from before that time keeps its value. `renew` does not move the hard end of a value; `renew_with` can.
//!
//! # Leases
//!
//! Two methods give the lease to the caller instead of running a creation function:
//!
//! | call | elected | not elected |
//! |---|---|---|
//! | [`get_or_hand_off(f)`](crate::DogpileCell::get_or_hand_off) | `f` gets the [`Lease`](crate::Lease) and passes it on. The caller is served whatever is servable. If nothing is, it waits for the outcome of that lease | as `try_get_or_regen` |
//! | [`try_lead()`](crate::DogpileCell::try_lead) | returns the [`Lease`](crate::Lease) | returns `None` at once |
//!
//! A call that handed its lease off has used up its closure, so it is not elected again. It ends with a value, with the
//! error of a failed regeneration, with [`GivenUp`](crate::RegenError::GivenUp) if the lease was dropped, or deferred
//! and the pause is over, and nobody else leads, or with [`WaitTimeout`](crate::RegenError::WaitTimeout) if the leader
//! has overrun or the call's own wait timeout has passed.
//!
//! | what the holder of a lease can do | effect, if nothing newer is in the cell | if something newer is |
//! |---|---|---|
//! | [`publish(v)`](crate::Lease::publish), [`publish_with(v, lifetime)`](crate::Lease::publish_with) | `v` is the value, and fresh. All waiters wake with it | [`Superseded`](crate::Superseded), with `v` in it |
//! | [`renew()`](crate::Lease::renew), [`renew_with(lifetime)`](crate::Lease::renew_with) | the [previous](crate::Lease::previous) value is fresh for another time to live | [`RenewError::Superseded`](crate::RenewError::Superseded) |
//! | [`offer_stale(v, lifetime)`](crate::Lease::offer_stale) | `v` is the value, and stale. All waiters wake with it. The leader goes on | [`Superseded`](crate::Superseded), with `v` in it |
//! | [`fail(error)`](crate::Lease::fail), [`fail_for(error, delay)`](crate::Lease::fail_for) | as if a creation function had returned `error`; with `delay` in the place of `retry_backoff` | nothing |
//! | [`defer(time)`](crate::Lease::defer) | all is as before the election, but nobody is elected for `time`. A throttle is replaced by that | nothing |
//! | [`extend(time)`](crate::Lease::extend) | the lease ends `time` from now, and `true`: it still holds | `false` |
//! | drop | the lease is given up, without a throttle. All waiters wake, and one caller becomes the next leader | nothing |
//!
//! # Changes from outside
//!
//! | call | nobody at work | a leader at work |
//! |---|---|---|
//! | [`set(v)`](crate::DogpileCell::set), [`set_with(v, lifetime)`](crate::DogpileCell::set_with) | `v` is published and replaces whatever was there | the same. The leader's result will be superseded, and waiters wake with `v` |
//! | [`set_if_newer(v, n, lifetime)`](crate::DogpileCell::set_if_newer) | as `set_with`, if `n` is greater than the origin version of every value that the cell ever had. Otherwise nothing, and `None` | the same |
//! | [`mark_stale()`](crate::DogpileCell::mark_stale) | the value is stale from now on, so the next `get_or_regen` regenerates it. On an empty cell: nothing | the value is stale from now on. The leader's result will be published, but stale from the start |
//! | [`mark_stale_if(n)`](crate::DogpileCell::mark_stale_if) | as `mark_stale`, if the value of version `n` is there and not marked yet. Otherwise nothing, and `false` | nothing, and `false`: the value is being replaced |
//! | [`invalidate()`](crate::DogpileCell::invalidate) | the cell is empty | the same. The leader's result will be superseded, and the waiters elect a new leader |
//! | [`invalidate_if(n)`](crate::DogpileCell::invalidate_if) | as `invalidate`, if the value of version `n` is there. Otherwise nothing, and `false` | the same |
//! | [`purge()`](crate::DogpileCell::purge) | a value that can be served to nobody any more, even after a failure, is let go of, unless regeneration is deferred. Otherwise nothing, and `false` | nothing, and `false` |
//! | [`resume()`](crate::DogpileCell::resume) | ends the pause of a `defer`; waiters look again. Without a pause nothing, and `false` | nothing, and `false` |
//! | [`wait_newer(n)`](crate::DogpileCell::wait_newer) | returns a servable value of a later version than `n`. Sleeps until there is one, and never elects | the same |
//! | [`wait_idle()`](crate::DogpileCell::wait_idle) | returns at once | sleeps until nobody is at work |
//! | [`is_regenerating()`](crate::DogpileCell::is_regenerating) | `false` | `true` |
//! | [`retry_at()`](crate::DogpileCell::retry_at) | when the throttle ends, while there is one | the same |
//! | [`last_error()`](crate::DogpileCell::last_error) | why the last regeneration failed, if it did and nothing was published since | the same |
//! | [`stats()`](crate::DogpileCell::stats) | counts and times of everything but served reads | the same |
//!
//! The version grows by one with each publication, offer, renewal, `set` and `invalidate`. A superseded result was
//! never published, so its version is 0. No value in a cell has this version: reporting it with `invalidate_if` or
//! `mark_stale_if` changes nothing, and every value is `newer_than` it.
//!
//! Three calls report that a value will not do. Which one is right depends on who may still use it:
//!
//! | call | all other callers | the caller that reports |
//! |---|---|---|
//! | [`with(Demand::new().newer_than(n))`](crate::Demand::newer_than) | are served the old value until there is another | leads or waits, and gets the next value |
//! | [`mark_stale_if(n)`](crate::DogpileCell::mark_stale_if) | the same; the next one that finds nobody at work leads | is served like them |
//! | [`invalidate_if(n)`](crate::DogpileCell::invalidate_if) | wait for another value, or get an error | the same |
//!
//! However many callers report the same version, they cause one regeneration at a time, and none after a success.
//!
//! # How a regeneration ends
//!
//! | the creation function | effect |
//! |---|---|
//! | returns a value | the value is published and fresh for its time to live, the version grows by one, and all waiters wake with it |
//! | returns an error, and there is a value within [`stale_if_error`](crate::Settings::stale_if_error) | its caller gets that value, with its true age. The error is in `last_error()`. The next regeneration is tried when [`retry_backoff`](crate::Settings::retry_backoff) has passed: by default within 100 ms, then ever more rarely, down to one in 15 to 30 s |
//! | returns an error, and nothing is servable | its caller and all that waited for it get that error at once. None of them runs its own creation function. Later `try_` callers get the same error until `retry_backoff` has passed |
//! | panics | the panic goes on in the thread of its caller, and the cell is not poisoned. With a stale value the next regeneration is throttled, as after an error. On an empty cell all waiters wake and elect one of themselves |
//! | is a future, and is dropped | first whatever the future holds is dropped, then the lease is given up, without a throttle. All waiters wake, and one caller becomes the next leader |
//! | overruns [`lease_timeout`](crate::Settings::lease_timeout) | another caller takes over: a waiter by itself, or the next caller that finds the value due or demands another one. From then on the late result is superseded. The next lease is twice as long, up to 64 times `lease_timeout`, until something is published |
//! | calls its own cell | served, if something is servable. If not, a `try_` caller gets [`Reentrant`](crate::RegenError::Reentrant), and `get_or_regen` panics with a message that names the cause. Never a deadlock. `try_lead` and the methods that do not elect work as usual |
//! | waits for a second thread that calls the cell | a deadlock, if nothing is servable: re-entrance is detected on one thread only. A `wait_timeout` ends it, as it ends the deadlock of [two cells that need each other](crate::docs::origin_down#two-cells-that-need-each-other) |
//!
//! # Waiters
//!
//! A waiter is answered by any value that is published after its call began and meets its demand, even if that value is
//! stale or expired by the time the waiter wakes: [`Guard::age`](crate::Guard::age) says so. Only if the value has
//! reached its hard end since it was published, the waiter looks for another. A `try_` waiter is also answered by the
//! error of any regeneration that failed after its call began. So one creation function answers all callers that waited
//! for it.
//!
//! Waiters sleep, and do not poll. If a `lease_timeout` is set, they wake each time that the leader's lease has ended,
//! and look again. During a pause they wake at its end.
//!
//! # Async code
//!
//! Each method that can wait has an `_async` form with the same meaning, on the same cell: threads and tasks wait for
//! one another. The futures work on any runtime, or on none. They are `Send` if the closure, its future and the value
//! allow it. A value that can be served is ready at the first poll. In a task, do not use the blocking methods: they
//! hold up the thread that the leader's task may need.
//!
//! - **In a server, hand off.** All futures are cancel safe, and a leader that is cancelled gives its lease up. What
//!   its creation function did so far is lost. If the requests have a timeout that is shorter than a regeneration, then
//!   each request that leads is cancelled, and *the value is never renewed*: in a test with a request timeout of 100 ms
//!   and a creation function of 200 ms, 30 requests renewed nothing. [`Stats::given_up`](crate::Stats::given_up) counts
//!   the leases that were lost that way. A spawned task outlives the request: use
//!   [`get_or_hand_off_async`](crate::DogpileCell::get_or_hand_off_async) with the runtime's `spawn`.
//! - A task that waits and is not polled holds nobody up. A task that leads and is not polled does, until its
//!   `lease_timeout`: set one where a future may be left unpolled.
//! - Do not keep a [`Guard`](crate::Guard) across an `await`. A guard is made for the few lines after the read. On
//!   another thread it costs a shared reference count, and so does each guard beyond the eighth that a thread holds.
//!   Copy what you need out of it, or keep the value with [`Guard::to_arc`](crate::Guard::to_arc).
//! - Time limits are real time, even if the runtime's clock is paused. A task that waits with a limit is woken by a
//!   thread of this crate, `dogpile-timer`, which exists while there are such tasks and for a second longer.
//! - Wakers are called one after the other, by the caller that publishes or gives a lease up, with nothing locked. A
//!   waker that panics, or that polls or drops its task on the spot, disturbs nobody. A waker that blocks holds up the
//!   wakers after it; if it was called because of a time limit, those of all cells.
//! - A [`Reader`](crate::Reader) has no `_async` forms. In a task, use its [`get`](crate::Reader::get), which never
//!   waits and never elects. If it returns `None`, or if [`freshness`](crate::Reader::freshness) says that the value is
//!   stale, ask the cell: `reader.home().get_or_regen_async(f)`.
//! - Re-entrance is detected by thread. A task that a creation function polls on its own thread, for instance in a
//!   `block_on`, or a job that it steals while it waits for a thread pool such as rayon's, counts as inside it. If
//!   there is nothing to serve, such a caller gets [`Reentrant`](crate::RegenError::Reentrant), although it could have
//!   waited.
//!
//! # Progress
//!
//! These calls are wait-free when they are served, as arc-swap's loads are: [`get`](crate::DogpileCell::get),
//! [`get_or_regen`](crate::DogpileCell::get_or_regen), [`try_get_or_regen`](crate::DogpileCell::try_get_or_regen),
//! [`get_or_hand_off`](crate::DogpileCell::get_or_hand_off), their `_async` forms, and the calls of a
//! [`Reader`](crate::Reader). They take no lock. They allocate nothing, except for a record that arc-swap makes once
//! for each thread.
//!
//! A caller that loses the election for a stale value is served that value. It does not wait for the winner, and it
//! does not try again if the value was replaced meanwhile. The caller that publishes or removes a value wakes the
//! waiters, and takes the lock of their list for a moment. A call that is served does not take that lock.
