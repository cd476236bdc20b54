//! What each method does in each state of a cell: reads, leases, changes from outside, failures, async code.
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
//! | fresh | younger than the time to live, and not marked stale |
//! | stale | as old as the time to live or older, or marked stale; and still within the stale-while-revalidate window |
//! | expired | past that window, and, if a regeneration failed, past the stale-if-error window as well |
//! | empty | without a value: never filled, or invalidated |
//! | servable | fresh or stale |
//! | due | stale, expired or empty: it is time for a regeneration |
//! | leader | the one caller that is elected to regenerate the value |
//! | nobody at work | there is no leader at the moment |
//! | waiter | a caller that sleeps until the leader is done, because there is nothing to serve |
//! | lease | the right of the leader to publish. A lease that is dropped is *given up* |
//! | hand off | to pass the lease on to a thread pool, a channel or a task, which makes the value |
//! | throttled | a regeneration failed, and its [`retry_backoff`](crate::Settings::retry_backoff) has not passed yet |
//! | overrun | the [`lease_timeout`](crate::Settings::lease_timeout) of the leader has passed |
//! | take over | to become the leader in the place of one that has overrun |
//! | superseded | a result that comes too late, since something newer is in the cell. It is returned to its caller and never stored |
//!
//! Both windows are unlimited unless they are set. All ends are half-open: a value whose age equals its time to live is
//! stale. Times are those of the cell's clock, except for `wait_timeout`, which goes by the operating system's clock.
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
//! | stale, throttled | served the stale value | served the stale value |
//! | empty or expired, nobody at work | one caller leads, the others wait | `None` |
//! | empty or expired, a leader at work | waits. Once the leader has overrun, one of the waiters takes over. A `try_` caller waits at most for its [`wait_timeout`](crate::Settings::wait_timeout) and then gets [`WaitTimeout`](crate::RegenError::WaitTimeout) | `None` |
//! | empty or expired, throttled | `try_` callers get the error of the last failure at once. Of the infallible callers, one leads and the others wait | `None` |
//!
//! [`Demand::patience`](crate::Demand::patience) is `try_get_or_regen` with a wait timeout for one
//! call. A [`DogpileLazy`](crate::DogpileLazy) has the same methods without the closure, and its `get` does not make a
//! value either. A [`Reader`](crate::Reader) has the three methods of the table, for one thread; they return a
//! reference in place of a guard. A reader keeps the value that it read last, so reading the same value again costs a
//! look at the clock and one plain load to compare it with.
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
//! error of a failed regeneration, with [`GivenUp`](crate::RegenError::GivenUp) if the lease was dropped and nobody
//! else leads, or with [`WaitTimeout`](crate::RegenError::WaitTimeout) if the leader has overrun or the call's own wait
//! timeout has passed.
//!
//! | what the holder of a lease can do | effect, if nothing newer is in the cell | if something newer is |
//! |---|---|---|
//! | [`publish(v)`](crate::Lease::publish) | `v` is the value, and fresh. All waiters wake with it | [`Superseded`](crate::Superseded), with `v` in it |
//! | [`renew()`](crate::Lease::renew) | the [previous](crate::Lease::previous) value is fresh for another time to live | [`RenewError::Superseded`](crate::RenewError::Superseded) |
//! | [`fail(error)`](crate::Lease::fail) | as if a creation function had returned `error` | nothing |
//! | [`extend(time)`](crate::Lease::extend) | the lease ends `time` from now, and `true`: it still holds | `false` |
//! | drop | the lease is given up, without a throttle. All waiters wake, and one caller becomes the next leader | nothing |
//!
//! # Changes from outside
//!
//! | call | nobody at work | a leader at work |
//! |---|---|---|
//! | [`set(v)`](crate::DogpileCell::set) | `v` is published and replaces whatever was there | the same. The leader's result will be superseded, and waiters wake with `v` |
//! | [`mark_stale()`](crate::DogpileCell::mark_stale) | the value is stale from now on, so the next `get_or_regen` regenerates it. On an empty cell: nothing | the value is stale from now on. The leader's result will be published, but stale from the start |
//! | [`invalidate()`](crate::DogpileCell::invalidate) | the cell is empty | the same. The leader's result will be superseded, and the waiters elect a new leader |
//! | [`invalidate_if(n)`](crate::DogpileCell::invalidate_if) | as `invalidate`, if the value of version `n` is there. Otherwise nothing, and `false` | the same |
//! | [`is_regenerating()`](crate::DogpileCell::is_regenerating) | `false` | `true` |
//! | [`last_error()`](crate::DogpileCell::last_error) | why the last regeneration failed, if it did and nothing was published since | the same |
//! | [`stats()`](crate::DogpileCell::stats) | counts and times of everything but served reads | the same |
//!
//! The version grows by one with each publication, renewal, `set` and `invalidate`. A superseded result was never
//! published, so its version is 0. No value in a cell has this version: reporting it with `invalidate_if` changes
//! nothing.
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
//! | overruns [`lease_timeout`](crate::Settings::lease_timeout) | another caller takes over: a waiter by itself, or the next caller that finds the value due. From then on the late result is superseded |
//! | calls its own cell | served, if something is servable. If not, a `try_` caller gets [`Reentrant`](crate::RegenError::Reentrant), and `get_or_regen` panics with a message that names the cause. Never a deadlock. `try_lead` and the methods that do not elect work as usual |
//! | waits for a second thread that calls the cell | a deadlock, if nothing is servable: re-entrance is detected on one thread only. A `wait_timeout` ends it, as it ends the deadlock of [two cells that need each other](crate::docs::origin_down#two-cells-that-need-each-other) |
//!
//! # Waiters
//!
//! A waiter is answered by any value that is published after its call began, even if that value is stale or expired by
//! the time the waiter wakes: [`Guard::age`](crate::Guard::age) says so. A `try_` waiter is also answered by the error
//! of any regeneration that failed after its call began. So one creation function answers all callers that waited for
//! it.
//!
//! Waiters sleep, and do not poll. If a `lease_timeout` is set, they wake each time that it has passed, and look again.
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
