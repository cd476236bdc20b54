//! The protocol: the states of a cell, who may change what, and why each forbidden outcome cannot happen.
//!
//! For readers who want to change the code, or to trust it. The words are those of the page
//! [`semantics`](crate::docs::semantics#words). *Before* and *after* mean happens-before and happens-after wherever two
//! threads are concerned.
//!
//! # A generation
//!
//! The cell holds one pointer, the *slot*, to a *generation*. A generation is one state of the cell, complete before
//! anybody sees it: a version, a value (or none: the cell is empty), the times at which that value ceases to be fresh
//! and to be servable, and the failure that it was born of, if there was one. Nothing of that ever changes. What
//! changes are a few atomics:
//!
//! - `phase`: who may lead, and whether the generation was marked;
//! - `due`: from when on the value is not fresh any more. It only ever falls, and only to 0;
//! - `lease_until`: from when on its leader may be deposed. Never, until the leader says otherwise;
//! - `assured_until` and a flag beside it: whether readers that remember the generation may still take it for what is
//!   in the slot.
//!
//! *Every change of hands is a new generation.* Nobody updates a value, and no leader becomes a caller that does not
//! lead. A leader with another value, with an error, or without a result puts another generation into the slot. So a
//! generation has at most one leader in its life.
//!
//! ```text
//!               elect                               elect
//!      EMPTY ----------> CREATING          READY ----------> REGENERATING
//!     nobody            one leads         nobody            one leads
//!    at work                              at work
//!                           ^                                    ^
//!                           |                                    |
//!                           +-- born so: taking over, offering --+
//!
//!    no value: callers lead or wait       a value: callers are served; if it is stale, one
//!                                         of them leads; if it is expired, they lead or wait
//!        |                 |                 |                    |
//!        +--------+--------+--------+--------+---------+----------+
//!                                   |  another generation is in the slot
//!                                   v
//!                                RETIRED      for ever; callers that still hold it look at the slot again
//! ```
//!
//! The bit `MARKED` can join each of them. The bit `ANSWERING` can join those with a leader: that leader was elected
//! after a mark, and what it publishes answers the mark. The bit `INHERITED` can join each: a mark was put away together
//! with the value that it was made on, and does not concern this one. One level up is the slot. What puts the next generation there:
//!
//! | by | version | value | due | born |
//! |---|---|---|---|---|
//! | publishing, `set` | + 1 | the new one | at the end of its time to live | not led |
//! | renewing | + 1 | the same | at the end of another time to live | not led |
//! | `invalidate`, `invalidate_if` | + 1 | none | at once | not led |
//! | failing: an error, or a panic where there is a value | the same | the same, at its true age, servable for `stale_if_error` | as before, or at once if it was marked; throttled until `retry_at` | not led |
//! | giving up: a dropped lease, or a panic where there is no value | the same | the same | as before, or at once if it was marked | not led |
//! | deferring | the same | the same | as when given up, but nobody is elected until the pause is over | not led |
//! | ending a pause | the same | the same | as when given up | not led |
//! | letting go of a dead value | the same | none | at once | not led |
//! | offering a stale value | + 1 | what is offered | at once | led on by the same leader |
//! | taking over | the same | the same | as when given up | led by the caller that took over |
//!
//! A superseded result is a generation as well, but never in a slot: it is withdrawn from birth, and its version is 0.
//!
//! ```text
//!   version       1              1               1            2            3
//!               READY  ---->   READY   ---->   READY ---->  EMPTY ---->  READY ---->  ...
//!                       fail  throttled take    led   invalidate  publish or set
//!                                       over
//! ```
//!
//! # The rules
//!
//! The rules of the protocol are numbered. They stand in one place, at the head of `src/protocol/mod.rs`, beside the
//! code that they bind. "Rule 2" on this page is the second of that list: *a generation is replaced by one
//! compare-and-swap of the slot, from the very generation that the replacing thread read or led*.
//!
//! # A value's way
//!
//! Each file is a room, and calls go one way, down:
//!
//! | room | what happens there |
//! |---|---|
//! | `cell/lazy.rs` | a cell with its creation function; it calls the cell, and no more |
//! | `cell/mod.rs`, `cell/hand_off.rs`, `cell/tasks.rs` | the verbs. A read is one load of the slot and one comparison of the clock with `due`. Only calls that are not served go on; in `tasks.rs`, as a task |
//! | `cell/reader.rs` | a read by a thread that remembers the last one: one comparison with the clock says whether that generation is still trusted, in the slot, and fresh |
//! | `cell/demanding/mod.rs`, `cell/demanding/lazy.rs`, `cell/demanding/reader.rs` | the verbs again, for a call that asks for more than what there is |
//! | `cell/replacing.rs` | what replaces or marks a value without making one: `set`, `invalidate`, marks, the end of a pause, letting go of what is dead |
//! | `cell/follow.rs` | waiting without leading: for a later version, or until nobody is at work |
//! | `cell/builder.rs` | the settings that need a closure, an initial value or a clock |
//! | `protocol/mod.rs` | the rules |
//! | `protocol/home.rs` | what can be a home for a slot: a cell, or an `Arc` of one |
//! | `protocol/call.rs` | one call's way: it looks, steps, sleeps and looks again |
//! | `protocol/demand.rs` | what a call asks of a value, and whether a generation meets it |
//! | `protocol/flight.rs` | one call leads, waits, or hands off; for threads and for tasks, side by side |
//! | `protocol/lease.rs` | the creation function runs. Its result is published, or the lease fails or is given up; or another leader's lease is taken over |
//! | `protocol/patience.rs` | how long a call waits |
//! | `protocol/served_or.rs` | a future that is ready at once where a value is served, and a box otherwise |
//! | `protocol/inside.rs` | which creation functions the present thread is inside of, and what of the user's may run while it unwinds |
//! | `protocol/setup.rs` | what slots share: clock, settings, waiters and counters; sleeping callers are woken |
//! | `protocol/slot.rs` | one generation takes the place of another, which is retired |
//! | `protocol/generation/mod.rs` | everything that is in a generation |
//! | `protocol/generation/births.rs` | how one generation is born of the one before |
//! | `protocol/phase.rs` | the election: the bits, a method for each transition, and their memory orderings |
//! | `protocol/lifetime.rs`, `protocol/settings.rs` | when a value ceases to be fresh and to be servable; arithmetic on durations |
//! | `protocol/guard.rs` | the value in the hands of the reader |
//! | `observe/mod.rs`, `observe/stats.rs` | what happened, counted on slow paths |
//! | `clock/mod.rs`, `clock/instant.rs` | what time it is, as the protocol asks for it. Clocks know nothing of the protocol |
//! | `clock/coarse.rs`, `clock/precise.rs`, `clock/manual.rs`, `clock/tick/mod.rs`, `clock/tick/word.rs`, `clock/tick/ticker.rs` | the four clocks. The last one is a word in memory, and the thread that advances it |
//! | `sync/mod.rs`, `sync/primitives.rs`, `sync/counter.rs` | what all of this is made of |
//! | `sync/event.rs`, `sync/wake.rs` | the callers that sleep, threads and tasks, and how they are woken |
//! | `sync/unwind.rs` | how code of the user is run whose panic must go no further |
//! | `sync/timer.rs`, `sync/time.rs`, `sync/process.rs` | the thread that wakes tasks whose time is over, and how a forked process notices that it has none |
//!
//! The memory orderings of the protocol are in `protocol/phase.rs` and `protocol/generation/mod.rs`, each beside the name
//! of its partner; the slot's are arc-swap's. (Clocks have orderings of their own, all Relaxed: time orders nothing but
//! itself.) `sync` is the only folder that names a synchronisation primitive, except that `PreciseClock` keeps its
//! origin in a `OnceLock` and that `Clock` is implemented for an `Arc`. The models replace `sync` by types of
//! [loom](https://docs.rs/loom), but for the files of it that say that the models include them. All other files are
//! compiled into the models as they are. No model uses `cell/lazy.rs`, which only calls the cell, nor a clock other
//! than its own.
//!
//! A task goes the same way as a thread. A step of a call, from one sleep to the next, is written once; only the sleep
//! differs: a thread sleeps by its listener, a task awaits it. The future of a leader contains both the lease and the
//! user's future, which is polled as part of it. Dropped before its end, it first drops the user's future and then
//! gives the lease up, so that the next leader begins when everything that the cancelled one held is gone. A sleep that
//! has to end at a certain time, because a lease or a wait timeout does, ends by itself for a thread; for a task
//! `sync/timer.rs` ends it.
//!
//! # What is taken from arc-swap
//!
//! **A thread's reads of the slot never go back.** A load through arc-swap ends in one of three ways, and each returns
//! a pointer that was loaded from the slot *during that load*:
//!
//! - *confirmed*: the thread noted the pointer as a debt, loaded the slot again, and found the same pointer;
//! - *paid debt*: the second load found another pointer, but a writer that replaced the first one has paid the debt, so
//!   the thread owns a reference to it and returns it. It is older than what the second load saw, but it is from the
//!   first load of the same call, and nothing of the second load left that call;
//! - *helped*: no debt could be noted, or it was not confirmed in time, so the thread asked for help, and a writer
//!   handed it a pointer that the writer had loaded itself. That load comes after the request, which the writer
//!   acquired before it, and so after everything that the thread had read until then.
//!
//! Loads of one atomic by one thread never go back (coherence), and the writer's load is one of the thread's own in
//! this sense, because everything that the thread read before happens before it. So a later call returns nothing older
//! than an earlier one. For the same reason a load that happens after a replacement never returns what was replaced.
//!
//! **A caller that finds RETIRED soon finds the newcomer.** The exchange of the slot precedes the retirement, in the
//! same thread (rule 3). The retirement releases nothing, so a caller that finds RETIRED and looks at the slot again
//! may still find the old generation there, for a moment. It looks again, with a growing pause, until the exchange is
//! visible to it; no thread has to do anything for that, since the exchange has taken place. A caller with a stale
//! value in hand does not even look: it is served that value.
//!
//! # What never happens
//!
//! Each outcome has models in `loom-tests/tests/loom`: small programs of two or three threads, of which loom runs the
//! interleavings and the outcomes that the memory model allows. The head of each file names the outcomes that it rules
//! out.
//!
//! **F1: two leaders at work on one version, unless the first overran its lease.** On one generation, both would have
//! to win the compare-and-swap from "nobody at work" to "one leads" on the same `phase`, which never goes back. A
//! version can have several generations, one after the other. But the next one comes into the slot only when the leader
//! of this one fails or gives up, which ends its work, or when the leader is deposed, which needs its lease to have
//! ended. The end of a lease is written only after the election (rule 5), so nobody is deposed by the limit of another
//! leader. If two callers take over, only one of them replaces the generation. A call that handed its lease off is
//! never elected again and never deposes anybody, so it cannot lead beside the holder of its lease. Each leader that
//! deposes another has a lease of twice the length, until something is published: so work that only takes longer than
//! the lease is not begun again and again. A demand is met by
//! election, too, on a fresh value as on any other. A leader that offers something leads the generation with the offer
//! from its birth. Reports of one version are made by one compare-and-swap of `phase`, from "nobody at work, and no
//! mark", so one of them counts. During a pause nobody asks for an election but who ends it, and that is why it does:
//! were a caller elected by whose clock the pause is over, there would be no way to end the pause but to supersede that
//! one. Models: `two_callers_of_an_untouched_cell`, `two_callers_of_an_empty_cell`, `three_callers_of_an_empty_cell`,
//! `two_callers_of_a_stale_value`, `three_callers_of_a_stale_value`, `two_callers_of_an_expired_value`,
//! `nobody_gets_a_lease_beside_one_that_fails`, `the_leader_of_a_stale_value_panics_before_two_others`,
//! `the_leader_of_an_empty_cell_panics_before_two_others`, `a_leader_of_a_stale_value_fails_beside_a_read`,
//! `a_leader_of_an_empty_cell_fails_beside_a_read`, `two_callers_of_a_stale_value_whose_origin_is_down`,
//! `one_of_two_callers_deposes_the_leader_of_a_stale_value`,
//! `one_of_three_callers_deposes_the_leader_of_a_stale_value`,
//! `one_of_two_callers_deposes_the_leader_of_an_empty_cell`, `a_leader_gives_up_beside_its_deposition`,
//! `nobody_deposes_a_leader_that_said_it_needs_longer`, `who_handed_its_lease_off_leaves_it_to_who_got_it`,
//! `a_call_that_handed_its_lease_off_deposes_nobody`, `a_call_that_handed_its_lease_off_does_not_depose_who_got_it`,
//! `a_call_that_handed_its_lease_off_is_never_elected`, `two_readers_of_an_empty_cell`, `two_readers_of_a_stale_value`,
//! `two_tasks_ask_an_empty_cell`, `two_tasks_ask_for_a_stale_value`,
//! `a_task_or_a_thread_leads_after_the_leader_was_cancelled`, `a_lease_begins_with_the_election`,
//! `each_successor_has_twice_as_long`, `the_lease_after_one_that_was_taken_over_and_published_is_as_long_as_the_first`,
//! `the_lease_after_one_that_was_taken_over_and_given_up_is_twice_as_long`,
//! `the_lease_after_one_that_was_taken_over_and_failed_is_twice_as_long`,
//! `the_lease_after_one_that_was_taken_over_and_invalidated_is_twice_as_long`, `two_callers_who_saw_one_version`,
//! `three_callers_who_saw_one_version`, `two_marks_of_one_version`, `two_marks_of_one_version_beside_a_caller`,
//! `two_marks_of_one_version_beside_a_publication`, `a_purge_beside_two_callers`,
//! `a_caller_beside_a_leader_that_defers`, `a_waiter_sleeps_until_the_pause_is_over`,
//! `the_end_of_a_pause_beside_a_caller`, `the_end_of_a_pause_beside_another`, `a_lease_after_two_take_overs`,
//! `a_lease_after_a_take_over_that_is_given_up`, `a_caller_beside_an_offer_that_is_all_there_is`.
//!
//! **F2: a caller that looked at version *v* is elected after *v* + 1 was published.** The caller is elected on the
//! generation that it looked at. If *v* + 1 was published, that generation is retired and cannot be won, or it is in
//! the moment between its replacement and its retirement, and then the second look (rule 1) finds it out of the slot. A
//! caller that takes over needs no second look: its only step is the replacement. Models:
//! `a_caller_learns_of_the_next_value_after_it_looked`,
//! `a_value_set_beside_an_election_is_not_made_again_by_the_next_call`,
//! `a_value_set_beside_the_election_of_a_reader_is_not_made_again`.
//!
//! **F3: a read finds nothing although a value was published and not invalidated.** The slot goes from one complete
//! generation to the next in one step, with no state in between. Electing a leader does not touch the value. Failing,
//! giving up and taking over put a generation there that shares the value, and whose windows are not shorter. Models:
//! `a_reader_never_finds_nothing_while_the_value_is_replaced_twice`, `a_reader_sees_the_whole_of_a_value_that_was_set`.
//!
//! **F4: the versions that one thread sees go backwards.** Versions in the slot never fall: by rule 2, *n* is replaced
//! by *n* or *n* + 1. A thread's loads of the slot never go back: for arc-swap's three ways to load see
//! [below](#what-is-taken-from-arc-swap). A reader does not look at the slot each time. It looks whether what it
//! remembers was withdrawn, and that came before the replacement (rule 10): a thread that found the next generation in
//! the slot knows of it. (To look whether the generation is retired would not do, because the retirement comes a moment
//! after the replacement.) The result of a superseded leader was never in the slot. It is withdrawn from birth, and
//! its version is 0. Models: `a_reader_never_finds_nothing_while_the_value_is_replaced_twice`, `two_sets_both_count`,
//! `a_reader_beside_two_sets`, `two_readers_beside_a_set`, `a_reader_does_not_keep_its_superseded_result`,
//! `a_set_after_a_leader_failed_beside_a_reader`, `a_set_after_a_lease_was_given_up_beside_a_reader`,
//! `a_set_after_a_take_over_beside_a_reader`.
//!
//! **F5: a value is seen before everything its creation function wrote.** The generation is made after the creation
//! function has returned, and goes into the slot by a release; each read acquires it. A leader also comes after the one
//! before it that failed or gave up, in the sense of happens-after: it is elected on a generation that the earlier
//! leader put into the slot. Models: `a_reader_sees_the_whole_of_a_value_that_the_leader_made`,
//! `a_reader_sees_the_whole_of_a_value_that_was_set`, `a_reader_that_knows_nothing_sees_the_whole_of_the_first_value`,
//! `a_reader_beside_two_sets`, `a_task_wakes_with_what_a_thread_made`, `a_thread_wakes_with_what_a_task_made`.
//!
//! **F6: a waiter sleeps on although there is a value, an error, or nobody at work.** By rules 7 and 8: a change from
//! before the caller enlists is seen by the look after that, and a later change wakes it. All waiters are woken and not
//! only one, since that one might be about to return, and then nobody would lead. A waiter knows the generation at
//! which its call began, and takes the error of any regeneration that failed later, even if another regeneration is due
//! by now; so callers do not queue up behind a failing origin. (It gets an error from before its call only while it is
//! too early for another regeneration and nobody makes one.) The end of a lease wakes nobody, but nobody sleeps beyond
//! it: the waiters look then, and one of them takes over if the leader has not said that it needs longer. If the leader
//! says that it needs less, they are woken and look again. Threads and tasks are in one list, behind one lock, which
//! counts how often all were woken. Whoever enlists remembers that number, and does not sleep if it has changed by
//! then, so no wake-up is lost between the two. A waiting task that is cancelled removes its own place in the list, and
//! takes nothing from the others, because a wake-up is for all. Nobody is handed the lead, so a task that is not polled
//! again keeps it from nobody. A creation function that asks its own cell is not put to sleep, because only it could
//! wake itself, nor does it take over from itself: it is served what can be served, or gets an error. A call that handed
//! its lease off never leads again. It ends with a value that can be served, when
//! nobody leads any more, or when the leader has overrun. Who waits for a later version goes the same way, but is never
//! elected. Who waits until nobody is at work goes on only when it finds an idle generation in the slot: what has left
//! the slot does not count, since what is there instead may be led from its birth. A pause ends a sleep as the end of a
//! lease does. Models: `two_waiters_wake_with_the_value`, `a_waiter_wakes_with_what_was_set`,
//! `a_waiter_leads_after_an_invalidate`, `a_waiter_leads_after_a_panic`, `a_waiter_wakes_with_the_error`,
//! `two_waiters_wake_with_the_error`, `a_waiter_gets_the_error_though_the_next_attempt_is_due_by_now`,
//! `an_infallible_waiter_leads_after_an_error`, `a_waiter_leads_after_a_lease_is_given_up`,
//! `one_of_two_waiters_leads_after_a_lease_is_given_up`, `a_waiter_wakes_with_the_error_of_a_lease`,
//! `the_caller_that_handed_off_wakes_with_the_value`, `the_caller_that_handed_off_wakes_with_the_error`,
//! `the_caller_that_handed_off_wakes_when_the_lease_is_given_up`,
//! `a_call_that_handed_its_lease_off_takes_what_can_be_served`, `a_waiter_takes_over`,
//! `a_waiter_takes_over_from_a_leader_that_hangs_at_once`, `a_waiter_or_another_caller_takes_over`,
//! `a_throttled_call_beside_an_infallible_leader`, `a_waiter_gets_the_error_of_its_leaders_successor`,
//! `a_waiter_takes_what_was_made_for_it_though_it_is_expired_by_now`, `an_error_from_before_a_call_does_not_answer_it`,
//! `an_error_from_before_a_call_does_not_answer_it_when_a_lease_is_given_up`,
//! `a_creation_function_that_asks_its_own_cell_does_not_wait_for_itself`,
//! `a_creation_future_that_asks_its_own_cell_does_not_wait_for_itself`,
//! `a_creation_function_that_overran_its_lease_does_not_take_over_from_itself`, `a_task_wakes_with_what_a_thread_made`,
//! `a_thread_wakes_with_what_a_task_made`, `a_task_wakes_with_what_was_set`,
//! `a_task_wakes_with_the_error_of_its_leader`, `a_task_waits_for_whom_it_handed_its_lease`,
//! `a_waiter_is_cancelled_beside_the_publication`, `a_waiter_that_is_never_polled_again_holds_nobody_up`,
//! `a_waiter_goes_to_another_task_between_two_polls`, `a_leader_that_is_never_polled_again_is_taken_over_from`,
//! `a_thread_lies_down_beside_the_call`, `two_threads_lie_down_beside_the_call`,
//! `a_thread_and_a_task_lie_down_beside_the_call`, `a_thread_lies_down_beside_two_calls`,
//! `a_thread_lies_down_while_another_wakes`, `a_task_lies_down_beside_the_call`, `two_tasks_lie_down_beside_the_call`,
//! `a_task_goes_to_another_waker_beside_the_call`, `a_task_is_dropped_beside_the_call`,
//! `nothing_of_a_dropped_task_is_left`, `nothing_of_a_task_that_was_told_is_left`,
//! `a_waker_that_panics_keeps_nobody_asleep`, `a_waker_that_looks_at_the_list_again`,
//! `a_task_is_told_beside_its_alarm`, `a_task_goes_to_another_waker_beside_its_alarm`, `an_alarm_goes_off`,
//! `an_earlier_alarm_goes_off`, `an_alarm_is_dropped_beside_another`, `the_only_alarm_is_dropped`,
//! `an_alarm_is_set_beside_the_thread_that_goes`, `a_thread_that_is_late_is_replaced`,
//! `a_throttled_call_waits_for_an_infallible_leader`, `a_thread_wakes_with_what_is_published`,
//! `a_patient_task_wakes_with_what_is_published`, `a_thread_wakes_with_the_error`,
//! `a_patient_task_wakes_with_the_error`, `a_thread_wakes_when_the_lease_is_given_up`,
//! `a_patient_task_wakes_when_the_lease_is_given_up`, `a_thread_wakes_with_what_is_set`,
//! `a_patient_task_wakes_with_what_is_set`, `a_thread_wakes_after_an_invalidate`,
//! `a_patient_task_wakes_after_an_invalidate`, `two_waiters_wake_when_the_lease_is_given_up`,
//! `a_follower_beside_a_set`, `a_follower_beside_a_publication`, `a_follower_beside_a_first_creation`,
//! `a_follower_beside_an_invalidate_and_a_set`, `a_follower_beside_a_leader_that_fails`, `two_followers_beside_a_set`,
//! `a_follower_beside_two_sets`, `who_waits_until_nobody_is_at_work_beside_a_publication`,
//! `who_waits_until_nobody_is_at_work_beside_a_lease_that_is_given_up`,
//! `who_waits_until_nobody_is_at_work_beside_a_failure`, `who_waits_until_nobody_is_at_work_beside_an_offer`,
//! `who_waits_until_nobody_is_at_work_beside_a_take_over`, `two_wait_until_nobody_is_at_work`,
//! `who_waits_until_nobody_is_at_work_beside_a_caller`, `a_thread_sleeps_until_the_pause_is_ended`,
//! `a_task_sleeps_until_the_pause_is_ended`, `a_thread_sleeps_through_a_pause_until_a_set`,
//! `a_task_sleeps_through_a_pause_until_a_set`, `a_thread_sleeps_through_a_pause_until_an_invalidate`,
//! `two_waiters_sleep_until_the_pause_is_ended`, `a_waiter_sleeps_until_the_pause_is_over`,
//! `the_end_of_a_pause_beside_a_purge`, `a_waiter_takes_the_offer`, `two_waiters_beside_an_offer_and_the_publication`,
//! `a_purge_beside_a_caller`, `a_purge_beside_two_callers`.
//!
//! **F7: a superseded result overwrites something newer.** The result is published from the generation that was led.
//! That one is not in the slot any more (rule 2), whether a `set`, an `invalidate` or a successor replaced it. A
//! renewal and a failure go the same way. So does an offer; the leader whose offer is superseded has nothing left to
//! publish from. Who ends a pause, or lets go of a dead value, is elected first, and so replaces nothing that somebody
//! leads. Models: `a_late_leader_keeps_its_result_to_itself`, `a_set_beside_a_first_creation_wins`,
//! `an_invalidate_beside_a_regeneration`, `a_publication_beside_a_set`, `a_renewal_beside_a_set`,
//! `a_failure_beside_a_set`, `a_leader_publishes_beside_its_deposition`, `a_deposed_leader_publishes`,
//! `a_deposed_leader_renews`, `a_deposed_leader_returns_its_own_result`, `a_task_wakes_with_what_was_set`,
//! `a_purge_beside_a_caller`, `a_purge_beside_a_set`, `a_purge_beside_another`, `the_end_of_a_pause_beside_a_caller`,
//! `an_invalidate_beside_a_leader_that_defers`, `an_offer_beside_a_set`, `an_offer_beside_an_invalidate`,
//! `an_offer_beside_a_set_and_an_invalidate`, `an_offer_beside_a_take_over`, `a_deposed_leader_offers`,
//! `two_messages_beside_a_publication`.
//!
//! **F8: a read that began after `invalidate` returned gets the old value.** "After" means happens-after, here and in
//! the promises to users: a read on another thread is after the `invalidate` if that thread learned of it by something
//! that synchronizes, such as a channel, a lock or an acquire load. The slot was replaced before the call returned, and
//! a result that was under way cannot come in (F7). Nor can the old value come back with a renewal, a failure or a
//! lease that is given up, since these begin at the generation that has gone. What a reader remembers was withdrawn
//! before the call returned, and a thread that knows that it returned knows of the withdrawal. Models:
//! `an_invalidate_beside_a_first_creation`, `an_invalidate_beside_a_regeneration`, `an_invalidate_beside_a_read`,
//! `a_report_of_the_old_version_beside_a_set`, `two_reports_of_one_version_cause_one_regeneration`,
//! `a_renewal_beside_an_invalidate`, `an_invalidate_beside_a_reader`,
//! `an_invalidate_beside_a_reader_that_makes_the_first_value`, `an_invalidate_beside_a_reader_that_regenerates`,
//! `a_report_beside_a_lease_that_is_given_up`, `a_leader_that_is_cancelled_beside_an_invalidate`,
//! `an_offer_beside_an_invalidate`, `an_offer_beside_a_set_and_an_invalidate`,
//! `an_invalidate_beside_a_leader_that_defers`.
//!
//! **F9: a `mark_stale` is lost.** Marking sets a bit in `phase` and looks at what was there, in one step. Then
//! `assured_until` and `due` fall to 0 (rule 12). If nobody is at work, the next caller is elected, and the election
//! turns the bit into `ANSWERING`, because that creation function begins after the mark. If a leader is at work, its
//! own retirement of the old generation, which is a swap, finds the mark and passes it on to the new one; also if the
//! leader failed or gave up. A caller that takes over passes the mark on as well, although its own work has not begun
//! and it knows of the mark: the caller that supersedes it, by taking over in turn or by an `invalidate`, may not know.
//! (A mark that the deposed leader was to answer needs no passing on: the caller that takes over has seen that
//! election, so it and everything that comes after it see what went before the mark.) If the generation is already
//! retired, the mark goes to the one that is in the slot now. `set` and `invalidate` need no leader, so between their
//! replacement and their retirement of the old generation anything can happen on both. On the old one, somebody can
//! mark and be elected: then that caller loses at the second look, or its result is superseded, so `ANSWERING` counts
//! as a mark that nobody answers. On the new one, if it is due at once, a leader can have begun before that mark. So
//! the new one inherits the mark: its leader, if there is one, hands it on in the end. Without a leader the new one is
//! as fresh as it was, and the next leader knows of the mark. That is a bit of its own, `INHERITED`: a report of the new
//! value is not taken for the second one, and a leader of the new value that gives up leaves it as fresh as it was. Apart from that, `set` removes a mark together with the
//! value that it was meant for. (A mark does not lift a throttle: it is answered by the next regeneration.) Both words
//! fall also while a leader is at work, so a thread that marked never reads the value as fresh afterwards, through the
//! cell or through a reader. The write of `due` is a Release, and a thread that finds the value stale passes an Acquire
//! fence: what is stale through the cell is then stale through the thread's reader as well. A leader may have been
//! elected on a fresh value, by a demand. If it leaves without a result, the value is as fresh as it was, unless it was
//! marked: then `phase` says so, as `MARKED` or as `ANSWERING`, and the next generation is due at once. A leader that
//! offers something needs no `ANSWERING` on the generation with the offer: whoever supersedes it there has seen the
//! offer, and so what went before the mark. A report of one version is a mark that is only made if nobody is at work,
//! by an exchange that releases as a mark does. Models: `a_mark_beside_a_first_creation`,
//! `a_mark_beside_a_regeneration`, `a_mark_of_a_fresh_value_beside_a_read`,
//! `a_mark_is_handed_on_by_the_leader_with_all_that_went_before_it`, `a_mark_beside_two_callers`,
//! `two_marks_in_a_flight_cause_no_second_leader`, `two_marks_beside_an_election`, `a_mark_before_a_flight_that_fails`,
//! `a_mark_before_a_flight_that_is_given_up`, `a_mark_in_a_flight_that_fails`, `a_mark_in_a_flight_that_is_given_up`,
//! `a_mark_in_a_flight_that_is_taken_over`, `a_mark_in_a_flight_that_is_taken_over_twice`,
//! `a_mark_beside_an_invalidate_and_a_read`, `a_mark_that_is_answered_beside_an_invalidate_and_a_read`,
//! `a_mark_is_handed_on_by_an_invalidate_with_all_that_went_before_it`,
//! `a_mark_that_is_answered_beside_a_set_and_a_read`, `a_leader_that_was_to_answer_a_mark_is_deposed_twice`,
//! `a_mark_beside_a_reader`, `a_mark_beside_a_reader_that_regenerates`, `two_marks_beside_a_reader`,
//! `a_reader_of_a_marked_value_whose_leader_gives_up`, `a_reader_of_a_marked_value_whose_leader_fails`,
//! `a_set_puts_a_mark_away`, `a_mark_and_then_a_set_beside_a_leader`, `a_mark_and_then_a_set_beside_another_set`,
//! `a_mark_and_then_a_set_beside_a_take_over`, `a_thread_that_marked_reads_the_value_as_stale`,
//! `a_thread_that_marked_reads_the_value_as_stale_through_its_reader`,
//! `what_is_stale_through_the_cell_is_stale_through_the_reader`, `a_reader_regenerates_what_the_cell_said_is_stale`,
//! `a_mark_in_a_flight_that_ends_beside_its_deposition`, `a_mark_beside_a_lease_on_a_fresh_value_that_is_given_up`,
//! `a_mark_beside_a_lease_on_a_fresh_value_that_fails`, `a_mark_beside_a_lease_on_a_fresh_value_that_publishes`,
//! `a_report_beside_a_lease_on_a_fresh_value_that_publishes`,
//! `a_report_beside_a_lease_on_a_fresh_value_that_is_given_up`, `a_report_of_a_fresh_value_beside_a_read`,
//! `a_report_beside_a_regeneration`, `two_reports_that_it_is_stale_cause_one_regeneration`,
//! `a_reader_regenerates_what_was_reported`, `a_mark_beside_a_demanded_lease_that_is_given_up`,
//! `a_mark_beside_a_demanded_lease_that_fails`, `a_mark_beside_a_demanded_lease_that_is_taken_over`,
//! `a_mark_beside_a_demanded_lease_that_offers`, `a_mark_beside_a_demanded_lease_that_offers_and_publishes`,
//! `a_mark_that_a_demanded_lease_was_to_answer`, `a_mark_that_two_demanded_leases_were_to_answer`,
//! `a_purge_beside_a_mark`, `a_mark_of_a_version_beside_a_leader`,
//! `a_mark_of_a_version_beside_a_leader_that_ends_in_vain`, `a_mark_of_a_version_beside_a_leader_that_is_taken_over`,
//! `a_mark_of_a_version_beside_a_set`, `a_mark_of_a_version_beside_an_invalidate`,
//! `a_thread_that_marked_a_version_reads_it_as_stale_through_its_reader`, `a_mark_beside_a_leader_that_defers`,
//! `the_end_of_a_pause_beside_a_mark`, `a_mark_beside_an_offer_and_the_publication`,
//! `a_mark_that_is_answered_by_who_offers_beside_an_invalidate`.
//!
//! **F10: a leader that errs, panics, or is dropped leaves the cell stuck.** Each of these ends in a replacement by a
//! generation that nobody leads, and wakes everybody (rules 4 and 7). If the replacement fails, something newer is
//! there already. A lease that is dropped is given up, so only `mem::forget` gets around it; against that, and against
//! a leader that hangs, there is taking over. The same holds for a leader that is a task: cancelled, it drops its
//! lease; never polled again, it hangs. A panic of other code of the user's on the way, of a waker or of the `Drop` of
//! a value, does not stop the replacement (rule 11). A throttle ends by itself. Giving up loses nothing: the error of
//! the regeneration before it can still be asked for, and a value that was fresh, and too old only for one caller with a
//! demand, stays so. Models: `the_leader_of_a_stale_value_panics`,
//! `the_leader_of_an_empty_cell_panics`, `a_waiter_leads_after_a_panic`,
//! `two_callers_of_an_empty_cell_whose_origin_is_down`, `three_callers_of_an_empty_cell_whose_origin_is_down`,
//! `three_callers_of_a_stale_value_whose_origin_is_down`, `the_panic_of_a_leader_of_a_stale_value_throttles`,
//! `a_waiter_leads_after_a_lease_is_given_up`, `a_lease_of_a_stale_value_is_given_up_beside_a_read`,
//! `a_lease_given_up_beside_a_set`, `somebody_gets_a_lease_beside_an_invalidate`,
//! `a_waiter_leads_after_a_lease_that_was_handed_off_is_given_up`, `a_leader_fails_beside_its_deposition`,
//! `a_deposed_leader_panics`, `a_lease_given_up_keeps_the_error_of_the_attempt_before_it`,
//! `a_lease_given_up_keeps_the_throttle_of_the_attempt_before_it`,
//! `a_lease_given_up_keeps_what_may_be_served_after_an_error`, `a_lease_on_a_fresh_value_is_given_up`,
//! `a_lease_on_a_fresh_value_fails`, `a_task_leads_after_the_leader_was_cancelled`,
//! `a_thread_leads_after_the_leader_was_cancelled`,
//! `a_task_or_a_thread_leads_after_the_leader_was_cancelled`, `a_task_leads_after_a_panic`,
//! `a_leader_that_is_never_polled_again_is_taken_over_from`.
//!
//! **F11: a reader with a servable value waits, spins without bound, or runs somebody else's closure.** A read has
//! neither a loop nor a lock, also while a failure is throttled: `retry_at` is in the generation. A caller that finds
//! the value stale and loses the election is served at once. So is a caller whose election finds the generation
//! retired: it takes the stale value that it found, and does not try again. Creation functions are never stored: each
//! caller runs its own, or none. A demand is a matter of the call that makes it: the value in the slot stays fresh for
//! all others while it is being replaced, and also if nothing comes of that. Models:
//! `a_stale_read_goes_on_while_the_leader_works`, `a_read_goes_on_while_the_value_is_marked_and_set`,
//! `who_loses_the_election_for_a_stale_value_is_served`, `a_stale_reader_goes_on_while_the_leader_works`,
//! `a_reader_takes_over_from_who_took_over`, `a_reader_beside_a_set_of_what_is_stale_at_once`,
//! `a_task_is_served_while_a_task_leads`, `those_without_a_demand_are_served_meanwhile`,
//! `a_demanded_lease_of_a_fresh_value_is_given_up`, `a_demanded_lease_of_a_fresh_value_fails`,
//! `a_demanded_lease_of_a_fresh_value_is_deferred`, `a_demanded_lease_of_a_fresh_value_is_taken_over`,
//! `two_callers_demand_of_an_origin_that_is_down`, `three_callers_demand_of_an_origin_that_is_down`.
//!
//! **F12: a deposed leader releases, extends or resets its successor's lease.** It holds the generation that it led,
//! which is out of the slot. All that it can do begins there: `extend` writes the `lease_until` of that generation,
//! which nobody reads any more. Publishing, failing and giving up compare the slot with that generation, and do
//! nothing. The successor's lease is in the successor's generation. Models: `a_deposed_leader_gives_up`,
//! `a_deposed_leader_fails`, `a_deposed_leader_publishes`, `a_deposed_leader_renews`, `a_deposed_leader_extends`,
//! `a_deposed_leader_panics`, `a_deposed_leader_returns_its_own_result`,
//! `a_leader_that_is_never_polled_again_is_taken_over_from`, `a_deposed_leader_offers`,
//! `a_leader_that_offers_and_hangs`, `an_offer_beside_a_take_over`.
//!
//! **F13: a value is served past its hard end.** None of a value's windows reaches beyond its hard end, so no read
//! serves it from there on: the time of a read is asked for after the load of the slot, and compared with the windows
//! of what was loaded. A failure replaces one window by another, which ends there, too; giving up, deferring and taking
//! over keep them. A call that waited is served what was published since it began even if that is expired by now, but
//! not what has died since its publication: it looks at the hard end once more. (A value that was past its hard end
//! when it was published goes to those who waited for it, and to nobody else.) A reader that remembers a generation
//! compares the time with the end of its freshness, which is not later. What is dead can be let go of, by a caller that
//! is elected for that. Models: `a_waiter_beside_the_hard_end_of_what_was_made_for_it`,
//! `a_caller_with_a_demand_beside_the_hard_end_of_what_was_made_for_it`,
//! `a_follower_beside_the_hard_end_of_what_it_waits_for`, `reads_beside_the_hard_end`,
//! `a_dead_value_and_a_leader_that_ends_in_vain`, `a_dead_value_and_a_leader_that_is_taken_over`,
//! `a_purge_beside_a_reader`.
//!
//! **F14: a caller that demands something is served a value that does not meet it, without having said `or_stale`.**
//! What does not meet the demand is, for this call, as if it were not there: it is neither served as fresh nor as
//! stale, and does not answer the call either, though it was published since. A version and an age can be read off a
//! generation. That a value was made *anew* can not, since a leader may have begun before the call and publish after
//! it. So the call touches the slot: it exchanges the generation that it found for the same one, a read-modify-write
//! that succeeds only if that generation is still there. Whoever replaces it later acquires what went before the touch,
//! and releases it to all that come after. So a leader that was elected on a later generation sees what the caller did
//! before its call. Each value bears the serial number of the generation on which its leader was elected, not of the
//! one that it led last: an offer in between makes nothing new of what was begun before. A later number than that of
//! the touched generation meets the demand. The leader of the touched generation itself may have begun before, and does
//! not count; nor does what was set or offered, of which nobody knows what it was made from, and which bears 0. Models:
//! `a_writer_beside_a_leader`, `a_writer_beside_two_leaders`, `a_writer_beside_a_set`,
//! `a_writer_beside_a_set_and_a_leader`, `a_writer_beside_an_invalidate`, `a_writer_beside_an_invalidate_and_a_leader`,
//! `a_writer_beside_a_take_over`, `a_writer_beside_a_leader_that_is_deposed`, `a_writer_beside_a_leader_that_gives_up`,
//! `a_writer_beside_a_leader_that_is_cancelled`, `a_writer_beside_a_leader_that_offers`, `two_writers_at_once`,
//! `two_writers_and_a_leader`, `a_task_that_writes_beside_a_leader`, `a_writer_with_a_reader_beside_a_leader`,
//! `two_callers_who_saw_one_version`, `those_without_a_demand_are_served_meanwhile`,
//! `a_later_version_is_demanded_beside_a_set`, `a_later_version_is_demanded_beside_an_invalidate`,
//! `a_caller_with_a_demand_beside_the_hard_end_of_what_was_made_for_it`.
//!
//! **F15: what a cancelled creation future holds is still alive when the next leader begins.** The future of a leader
//! holds the lease and the user's future. Dropped before its end, it drops the user's future first and gives the lease
//! up then (rule 11). So a connection or a file that the creation opened is closed before the next leader is elected.
//! (After an overrun it may still be open: the first leader goes on beside its successor.) Models:
//! `what_a_cancelled_creation_holds_is_dropped_before_the_next_one_begins`.
//!
//! **F16: two different values bear one version.** A version is given to a value by the one compare-and-swap that puts
//! it into the slot, from version *n* to *n* + 1 (rule 2), so one version is published once. Failing, giving up and
//! taking over keep version and value together. A result that is superseded never was in the slot, and its version is
//! 0, which no published value has. So a caller that reports its own superseded result by `invalidate_if` cannot hit
//! what superseded it. An offer has a version of its own, and what is published after it the next one. What a value is
//! called where it came from is not this version. The greatest that there was goes from generation to generation, also
//! through those without a value, so a message that comes late, or twice, finds it and changes nothing; and whoever
//! puts its value into the slot does so from the very generation in which it looked. Models:
//! `a_report_of_a_superseded_result_hits_nothing`, `two_messages_in_any_order`, `one_message_twice`,
//! `two_messages_beside_a_publication`, `a_message_beside_an_invalidate`,
//! `a_message_before_a_leader_that_ends_in_vain`, `a_purge_beside_a_set`, `an_offer_beside_a_set`.
//!
//! **Drop: a replaced value is not dropped, or is dropped with something held.** Not an outcome with a number, since it
//! follows from the reference counts. A generation that left the slot is held only by the threads that read it or led
//! it, and by readers that remember it. The last of them to let go drops the value, with the slot consistent and
//! nothing locked (rule 11), so its `Drop` may ask the cell. Models: `a_value_that_is_set_over_is_dropped`,
//! `a_value_that_is_invalidated_is_dropped`, `a_value_that_is_regenerated_is_dropped`,
//! `a_value_whose_leader_publishes_beside_a_set_is_dropped`.
//!
//! **Programs: all of these at once.** Hand-written models find what their authors thought of. Others run every program of three
//! threads with one method call each, of the most telling calls, and programs of two calls each that are drawn at random,
//! on a cell in each state. An oracle knows what they may come to, of F1, F4 to F6, F8 to F10, F14 and F16. Models:
//! `every_program_on_a_fresh_value`, `every_program_on_a_stale_value`, `every_program_on_an_expired_value`,
//! `every_program_on_an_empty_cell`, `every_program_where_leases_end_at_once`, `programs_drawn_at_random`.
//!
//! # How far to trust this
//!
//! A model checks what it does, with as many threads as it has, on a stand-in for arc-swap: an atomic index into a list
//! of generations. Litmus tests check that it has no more ordering than the real one promises. The list of sleeping
//! callers is the library's own, on loom's mutex and condition variable. `phase` is loom's own atomic, behind a device
//! that makes loom 0.7 run executions which it would skip otherwise.
//!
//! What the models do not see: arc-swap itself is not modelled, but its use is soaked
//! (`cargo run --release -p dogpile-soak`). Time is a number that the models move on. Loom knows no timed sleep, so in
//! most models of a cell a sleep with a limit merely yields, and in those of `limits.rs` only a wake-up ends it. The
//! list of sleeping callers and the thread that wakes tasks in time have models of their own, in `sleepers.rs`. That a
//! limit and a wake-up both end one sleep of a thread is checked in real time. Except in the models of `drops.rs`, the
//! stand-in for arc-swap keeps all that it ever held, so that a thread can load what was replaced long ago.
//!
//! More threads than loom can go through are run by shuttle, with six to a dozen threads and tasks in some thousands of
//! random schedules, but without the outcomes of weak memory: `cargo test -p shuttle-tests`. Whether the models notice
//! anything is checked by planting bugs: `cargo run -p loom-tests --bin weaken` weakens each memory ordering and breaks
//! each step of the protocol, one at a time, and prints which of those the models caught.
