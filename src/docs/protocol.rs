//! The protocol: the states of a cell, who may change what, and why each forbidden outcome cannot happen.
//!
//! For who wants to change the code, or to trust it. The words are those of the [crate page](crate).
//!
//! # A generation
//!
//! The cell holds one pointer, the *slot*, to a *generation*. A generation is one state of the cell, made
//! whole before anybody sees it: a version, a value (or none: the cell is empty), when that value ceases
//! to be fresh and to be servable, and the failure that it was born of, if it was. Of all this, nothing ever
//! changes. What does change are three atomics:
//!
//! - `phase`: who may lead, and whether the generation was marked;
//! - `due`: from when on the value is not fresh any more. It only ever falls, and only to 0;
//! - `lease_until`: from when on its leader may be deposed. Never, until the leader says otherwise.
//!
//! *Every change of hands is a new generation.* Nobody updates a value, and nobody who led becomes one who does
//! not: whoever has another value, an error, or had enough, puts another generation into the slot. So a
//! generation has at most one leader in its life.
//!
//! ```text
//!               elect                               elect
//!      EMPTY ----------> CREATING          READY ----------> REGENERATING
//!     nobody            one leads         nobody            one leads
//!    at work                              at work
//!                           ^                                    ^
//!                           |                                    |
//!                           +---- born so: by taking over -------+
//!
//!    no value: callers lead or wait       a value: callers are served; who finds it
//!                                         stale leads; who finds it expired leads or waits
//!        |                 |                 |                    |
//!        +--------+--------+--------+--------+---------+----------+
//!                                   |  another generation is in the slot
//!                                   v
//!                                RETIRED      for ever; who still holds it looks at the slot again
//! ```
//!
//! A bit `MARKED` can join each of them, and a bit `ANSWERING` those with a leader: it was elected after a mark, and
//! what it publishes answers that. And one level up, the slot. What puts the next generation there:
//!
//! | by | version | value | due | born |
//! |---|---|---|---|---|
//! | publishing, `set` | + 1 | the new one | at the end of its time to live | not led |
//! | renewing | + 1 | the same | at the end of another time to live | not led |
//! | `invalidate`, `invalidate_if` | + 1 | none | at once | not led |
//! | failing: an error, or a panic where there is a value | the same | the same, at its true age, servable for `stale_if_error` | at once, but throttled until `retry_at` | not led |
//! | giving up: a dropped lease, or a panic where there is no value | the same | the same | at once | not led |
//! | taking over | the same | the same | at once | led by whoever took over |
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
//! 1. A caller is elected by one compare-and-swap, on the `phase` of *the very generation that it read*; then
//!    it looks at the slot a second time, and gives up if that generation has been replaced.
//! 2. Whatever replaces a generation does it by one compare-and-swap of the slot, *from the very generation
//!    that it read or led*. Pointers are compared, and whoever compares holds the old one alive, so an
//!    address cannot come back as another generation.
//! 3. Only who replaced a generation retires it, once, afterwards.
//! 4. A leader ends its lease by replacing the generation that it led: it publishes, fails or gives up. A panic
//!    unwinds through the lease, which fails or gives up. If something newer is in the slot, nothing happens.
//! 5. Only the leader of a generation writes its `lease_until`, and only when it leads already: its time does not run
//!    while it is held up before that.
//! 6. Who takes over replaces a generation whose lease has ended by one that it leads from birth.
//! 7. All waiters are woken after each replacement, but for taking over: what they wait for is still to come. And
//!    after a leader said that its lease ends earlier than it had said before.
//! 8. Who wants to sleep enlists first, looks again, and only then sleeps: until it is woken, the lease ends, or
//!    its patience does.
//! 9. Nothing in a generation is written on behalf of a reader that is served.
//! 10. Whoever is about to replace a generation withdraws it first. Until then those who remember it may take it for what
//!     is in the slot.
//! 11. Code of the user (creation functions, `time_to_live_of`, the `Drop` of a value, of an error or of a future, a
//!     waker) runs with nothing locked and with the cell consistent.
//!
//! # A value's way
//!
//! One file for each room, and calls go one way, down:
//!
//! | room | what happens there |
//! |---|---|
//! | `lazy` | a cell with its creation function; calls the cell, and no more |
//! | `cell`, `hand_off`, `future` | a read: one load of the slot, one comparison of the clock with `due`. Only who is not served goes on; in `future`, as a task |
//! | `reader` | a read by a thread that remembers the last one: is that generation still assured, in the slot and fresh? That is one comparison with the clock |
//! | `turn` | a call looks, is elected, gets an error, or sleeps and looks again |
//! | `lease` | the creation function runs; its result is published, or the lease fails or is given up; another leader's is taken over |
//! | `slot` | one generation takes the place of another, which is retired |
//! | `generation` | the election, and all that is in a generation |
//! | `waiters` | who sleeps is woken |
//! | `guard` | the value in the hands of the reader |
//! | `clock`, `tick` | what time it is; asked from all over, and knows nothing of the protocol |
//! | `sync`, `sync/event`, `sync/timer` | what all of this is made of; those who sleep; the thread that wakes tasks whose time is over |
//!
//! All memory orderings of the protocol stand in `generation`, each with the name of its partner; the slot's
//! are arc-swap's. (A clock that keeps its time in a word, in `clock` and in `tick`, has orderings of its own, all
//! Relaxed: time orders nothing but itself, nor does the number of the process that `tick` keeps beside it, and the
//! protocol asks for no more.) `sync`, with what is below it, is the only
//! file that names a synchronisation primitive; but for `clock`, which keeps its origin in a `OnceLock`, and
//! implements `Clock` for an `Arc`. The models
//! replace `sync`, and of the other rooms leave out only `lazy` and `tick`. Theirs is made of
//! [loom](https://docs.rs/loom)'s types.
//!
//! A task goes the same way as a thread. A step of a call, from one sleep to the next, is written once, in `turn`; only
//! the sleep differs: a thread waits for its listener, a task awaits it. The future of a leader has in it both the lease
//! and the user's future, which is polled as part of it. Dropped before its end, it gives the lease up first, so that
//! those who wait go on, and only then drops the user's future. A sleep that is to end at a time,
//! because a lease or patience does, ends by itself for a thread; for a task `sync/timer` ends it.
//!
//! # What never happens
//!
//! Each outcome has models in `loom-tests/tests/loom`: small programs of two or three threads of which loom
//! runs the interleavings, and the outcomes that the memory model allows. The head of each file names the
//! outcomes that it rules out.
//!
//! **F1: two leaders at work on one version, unless the first overran its lease.** On one generation both would
//! have to win the compare-and-swap from "nobody at work" to "one leads" on the same `phase`, which never goes
//! back. A version can have several generations, one after the other: but the next one comes into the slot when
//! the leader of this one fails or gives up, which ends its work, or when it is deposed, which needs its lease to
//! have ended. An end is written only after the election, so that nobody is deposed by the limit of another.
//! And of two who take over, one replaces the generation. Models:
//! `two_callers_of_an_untouched_cell`, `two_callers_of_an_empty_cell`, `three_callers_of_an_empty_cell`,
//! `two_callers_of_a_stale_value`, `three_callers_of_a_stale_value`, `two_callers_of_an_expired_value`,
//! `nobody_gets_a_lease_beside_one_that_fails`,
//! `the_leader_of_a_stale_value_panics_before_two_others`,
//! `the_leader_of_an_empty_cell_panics_before_two_others`, `a_leader_of_a_stale_value_fails_beside_a_read`,
//! `a_leader_of_an_empty_cell_fails_beside_a_read`, `two_callers_of_a_stale_value_whose_origin_is_down`,
//! `one_of_two_callers_deposes_the_leader_of_a_stale_value`,
//! `one_of_three_callers_deposes_the_leader_of_a_stale_value`,
//! `one_of_two_callers_deposes_the_leader_of_an_empty_cell`, `a_leader_gives_up_beside_its_deposition`,
//! `nobody_deposes_a_leader_that_said_it_needs_longer`, `who_handed_its_lease_off_leaves_it_to_who_got_it`,
//! `two_readers_of_an_empty_cell`, `two_readers_of_a_stale_value`, `two_tasks_ask_an_empty_cell`,
//! `two_tasks_ask_for_a_stale_value`, `a_task_or_a_thread_leads_after_the_leader_was_cancelled`.
//!
//! **F2: a caller that looked at version *v* is elected after *v* + 1 was published.** It is elected on the
//! generation that it looked at. That one is retired by then, and cannot be won; or it is just between the
//! replacement and its retirement, and the second look finds it out of the slot. Who takes over has no need of a
//! second look: its one step is the replacement. Models:
//! `a_caller_learns_of_the_next_value_after_it_looked`,
//! `a_value_set_beside_an_election_is_not_made_again_by_the_next_call`,
//! `a_value_set_beside_the_election_of_a_reader_is_not_made_again`.
//!
//! **F3: a read finds nothing although a value was published and not invalidated.** The slot goes from one
//! whole generation to the next in one step; there is no state in between. Electing a leader does not touch the
//! value; failing, giving up and taking over put a generation there that shares it, and whose windows are not
//! shorter. Models: `a_reader_never_finds_nothing_while_the_value_is_replaced_twice`,
//! `a_reader_sees_the_whole_of_a_value_that_was_set`.
//!
//! **F4: the versions that one thread sees go backwards.** Versions in the slot never fall (rule 2: *n* is
//! replaced by *n* or *n* + 1), and a thread's loads of one atomic never go back. A reader does not look at the slot each
//! time, but whether what it remembers was withdrawn, and that came before the replacement (rule 10): a thread that found
//! the next generation in the slot knows of it. (To look whether it is retired would not do: that comes a moment after
//! the replacement.) The result of a superseded leader never was in the slot, and is withdrawn from birth; its caller gets
//! it with the version that it set out to replace. Models:
//! `a_reader_never_finds_nothing_while_the_value_is_replaced_twice`, `two_sets_both_count`,
//! `a_reader_beside_two_sets`, `two_readers_beside_a_set`, `a_reader_does_not_keep_its_superseded_result`,
//! `a_set_after_a_leader_failed_beside_a_reader`, `a_set_after_a_lease_was_given_up_beside_a_reader`,
//! `a_set_after_a_take_over_beside_a_reader`.
//!
//! **F5: a value is seen before everything its creation function wrote.** The generation is made after the
//! creation function has returned, and goes into the slot by a release; each read acquires it. One leader is
//! also ordered after the one before it that failed or gave up: it is elected on a generation that this one put
//! into the slot. Models: `a_reader_sees_the_whole_of_a_value_that_the_leader_made`,
//! `a_reader_sees_the_whole_of_a_value_that_was_set`,
//! `a_reader_that_knows_nothing_sees_the_whole_of_the_first_value`, `a_reader_beside_two_sets`,
//! `a_task_wakes_with_what_a_thread_made`, `a_thread_wakes_with_what_a_task_made`.
//!
//! **F6: a waiter sleeps on although there is a value, an error, or nobody at work.** By rules 7 and 8: what
//! changes before it enlists is seen by the look after that, and what changes later wakes it. All are woken, not
//! one: the one might be about to return, and then nobody would take the lead. A waiter knows the generation
//! at which its call began, and takes the error of any attempt that failed later, also if it is time for another
//! one by now; so nobody queues up behind a failing origin. (One from before its call it gets only while it is
//! too early for another attempt and nobody makes one.) The end of a lease wakes nobody, but nobody sleeps
//! beyond it: who waits looks then, and one of them takes over, if the leader has not said that it needs longer. If
//! it says that it needs less, they are woken to look anew. Tasks have a list of their own beside that of the threads,
//! and the same rules hold for it. One that is cancelled takes its place in it away, and nothing from the others, since a wake-up is for all; and since
//! nobody is handed the lead, one that is not polled again keeps it from nobody. And a creation function that asks its
//! own cell is not put to sleep, since only itself could wake it.
//! Models: `two_waiters_wake_with_the_value`, `a_waiter_wakes_with_what_was_set`,
//! `a_waiter_leads_after_an_invalidate`, `a_waiter_leads_after_a_panic`, `a_waiter_wakes_with_the_error`,
//! `two_waiters_wake_with_the_error`, `a_waiter_gets_the_error_though_the_next_attempt_is_due_by_now`,
//! `an_infallible_waiter_leads_after_an_error`, `a_waiter_leads_after_a_lease_is_given_up`,
//! `one_of_two_waiters_leads_after_a_lease_is_given_up`, `a_waiter_wakes_with_the_error_of_a_lease`,
//! `the_caller_that_handed_off_wakes_with_the_value`, `the_caller_that_handed_off_wakes_with_the_error`,
//! `the_caller_that_handed_off_wakes_when_the_lease_is_given_up`, `a_waiter_takes_over`,
//! `a_waiter_takes_over_from_a_leader_that_hangs_at_once`,
//! `a_waiter_or_another_caller_takes_over`, `a_throttled_call_beside_an_infallible_leader`,
//! `a_waiter_gets_the_error_of_its_leaders_successor`,
//! `a_waiter_takes_what_was_made_for_it_though_it_is_expired_by_now`,
//! `an_error_from_before_a_call_does_not_answer_it`,
//! `an_error_from_before_a_call_does_not_answer_it_when_a_lease_is_given_up`,
//! `a_creation_function_that_asks_its_own_cell_does_not_wait_for_itself`,
//! `a_task_wakes_with_what_a_thread_made`, `a_thread_wakes_with_what_a_task_made`,
//! `a_task_wakes_with_what_was_set`, `a_task_wakes_with_the_error_of_its_leader`,
//! `a_task_waits_for_whom_it_handed_its_lease`, `a_waiter_is_cancelled_beside_the_publication`,
//! `a_waiter_that_is_never_polled_again_holds_nobody_up`, `a_waiter_goes_to_another_task_between_two_polls`,
//! `a_leader_that_is_never_polled_again_is_taken_over_from`.
//!
//! **F7: a superseded result overwrites something newer.** It is published from the generation that was led,
//! and that is not in the slot any more (rule 2), whether a `set`, an `invalidate` or a successor replaced it.
//! A renewal and a failure go the same way. Models:
//! `a_late_leader_keeps_its_result_to_itself`, `a_set_beside_a_first_creation_wins`,
//! `an_invalidate_beside_a_regeneration`, `a_publication_beside_a_set`, `a_renewal_beside_a_set`,
//! `a_failure_beside_a_set`, `a_leader_publishes_beside_its_deposition`, `a_deposed_leader_publishes`,
//! `a_deposed_leader_renews`, `a_deposed_leader_returns_its_own_result`, `a_task_wakes_with_what_was_set`.
//!
//! **F8: a read that began after `invalidate` returned gets the old value.** The slot was replaced before the
//! call returned, and a result that was under way cannot come in (F7); nor can the old value with a renewal, a
//! failure or a lease that is given up, since these begin at the generation that has gone. What a reader remembers
//! was withdrawn before the call returned, and who knows that it returned knows of that. Models:
//! `an_invalidate_beside_a_first_creation`, `an_invalidate_beside_a_regeneration`,
//! `an_invalidate_beside_a_read`, `a_report_of_the_old_version_beside_a_set`,
//! `two_reports_of_one_version_cause_one_regeneration`, `a_renewal_beside_an_invalidate`,
//! `an_invalidate_beside_a_reader`, `an_invalidate_beside_a_reader_that_makes_the_first_value`,
//! `an_invalidate_beside_a_reader_that_regenerates`, `a_report_beside_a_lease_that_is_given_up`,
//! `a_leader_that_is_cancelled_beside_an_invalidate`.
//!
//! **F9: a `mark_stale` is lost.** Marking sets a bit in `phase` and looks at what was there, in one step.
//! Nobody at work: `due` falls to 0, and the next caller is elected; the election turns the bit into
//! `ANSWERING`, since that creation function begins after the mark. A leader at work: its own retirement of the old
//! generation, a swap, finds the mark and passes it on to the new one, also if the leader failed or gave up. Who takes
//! over passes it on, too, although its own work has not begun, and it knows of the mark: whoever supersedes it, by
//! taking over in its turn or by an `invalidate`, need not know. (A mark that the
//! deposed leader was to answer needs no passing on: who takes over has seen that election, so it and all that come
//! after it see what went before the mark.) Already retired: the mark goes to the generation that is in the slot now.
//! `set` and `invalidate` need no leader, so between their replacement and their retirement of the old generation
//! anything can happen on both. On the old one somebody can mark, and be elected: either that loses at the
//! second look, or what it makes is superseded, so `ANSWERING` counts as a mark that nobody answers. On the new one, if
//! it is due at once, a leader can have begun before that mark. So the new one inherits the mark: its leader, if
//! it has one, hands it on in the end; without one it is as fresh as it was, and a leader to come knows of the mark.
//! Apart from that `set` puts a mark away, with the value that it was meant for. (A mark does not lift a throttle: it
//! is answered by the next attempt.) With `due` falls `assured_until`, which readers look at who remember the value. Models:
//! `a_mark_beside_a_first_creation`, `a_mark_beside_a_regeneration`,
//! `a_mark_of_a_fresh_value_beside_a_read`, `a_mark_is_handed_on_by_the_leader_with_all_that_went_before_it`,
//! `a_mark_beside_two_callers`, `two_marks_in_a_flight_cause_no_second_leader`,
//! `two_marks_beside_an_election`,
//! `a_mark_before_a_flight_that_fails`, `a_mark_before_a_flight_that_is_given_up`,
//! `a_mark_in_a_flight_that_fails`, `a_mark_in_a_flight_that_is_given_up`,
//! `a_mark_in_a_flight_that_is_taken_over`, `a_mark_in_a_flight_that_is_taken_over_twice`,
//! `a_mark_beside_an_invalidate_and_a_read`, `a_mark_that_is_answered_beside_an_invalidate_and_a_read`,
//! `a_mark_is_handed_on_by_an_invalidate_with_all_that_went_before_it`,
//! `a_mark_that_is_answered_beside_a_set_and_a_read`, `a_leader_that_was_to_answer_a_mark_is_deposed_twice`,
//! `a_mark_beside_a_reader`, `a_mark_beside_a_reader_that_regenerates`,
//! `two_marks_beside_a_reader`, `a_reader_of_a_marked_value_whose_leader_gives_up`, `a_reader_of_a_marked_value_whose_leader_fails`, `a_set_puts_a_mark_away`.
//!
//! **F10: a leader that errs, panics, or is dropped leaves the cell stuck.** Each of these ends in a replacement
//! by a generation that nobody leads, and wakes everybody (rules 4 and 7); or fails to replace, and then
//! something newer is there already. The lease does it as it is dropped, so there is no way past it but
//! `mem::forget`, and against that and a leader that hangs there is taking over. The same goes for a leader that is a
//! task: cancelled, it drops its lease; never polled again, it hangs. A throttle ends by itself. And giving up loses
//! nothing: the error of the attempt before it is still there to be asked for.
//! Models: `the_leader_of_a_stale_value_panics`, `the_leader_of_an_empty_cell_panics`,
//! `a_waiter_leads_after_a_panic`, `two_callers_of_an_empty_cell_whose_origin_is_down`,
//! `three_callers_of_an_empty_cell_whose_origin_is_down`, `three_callers_of_a_stale_value_whose_origin_is_down`,
//! `the_panic_of_a_leader_of_a_stale_value_throttles`, `a_waiter_leads_after_a_lease_is_given_up`,
//! `a_lease_of_a_stale_value_is_given_up_beside_a_read`, `a_lease_given_up_beside_a_set`,
//! `somebody_gets_a_lease_beside_an_invalidate`,
//! `a_waiter_leads_after_a_lease_that_was_handed_off_is_given_up`, `a_leader_fails_beside_its_deposition`,
//! `a_deposed_leader_panics`, `a_lease_given_up_keeps_the_error_of_the_attempt_before_it`,
//! `a_task_leads_after_the_leader_was_cancelled`, `a_thread_leads_after_the_leader_was_cancelled`,
//! `a_task_or_a_thread_leads_after_the_leader_was_cancelled`, `a_task_leads_after_a_panic`,
//! `a_leader_that_is_never_polled_again_is_taken_over_from`.
//!
//! **F11: a reader with a servable value waits, spins without bound, or runs somebody else's closure.** A
//! read has neither a loop nor a lock, also while a failure is throttled: `retry_at` is in the generation. A
//! caller that finds the value stale and loses the election is served
//! at once; it looks again only when somebody else has replaced the generation, which is progress. Creation
//! functions are never stored: each caller runs its own, or none. Models:
//! `a_stale_read_goes_on_while_the_leader_works`, `a_read_goes_on_while_the_value_is_marked_and_set`,
//! `who_loses_the_election_for_a_stale_value_is_served`, `a_stale_reader_goes_on_while_the_leader_works`,
//! `a_reader_takes_over_from_who_took_over`, `a_reader_beside_a_set_of_what_is_stale_at_once`,
//! `a_task_is_served_while_a_task_leads`.
//!
//! **F12: a deposed leader releases, extends or resets its successor's lease.** It holds the generation that it
//! led, which is out of the slot. All that it can do begins there: `extend` writes the `lease_until` of that one,
//! which nobody reads any more; publishing, failing and giving up compare the slot with that one, and do
//! nothing. The successor's lease is in the successor's generation. Models: `a_deposed_leader_gives_up`,
//! `a_deposed_leader_fails`, `a_deposed_leader_publishes`, `a_deposed_leader_renews`,
//! `a_deposed_leader_extends`, `a_deposed_leader_panics`, `a_deposed_leader_returns_its_own_result`,
//! `a_leader_that_is_never_polled_again_is_taken_over_from`.
//!
//! # How far to trust this
//!
//! A model checks what it does, with as many threads as it has, on stand-ins for arc-swap and
//! event-listener: an atomic index into a list of generations, and a list of sleepers, neither with more
//! ordering than the real one promises, which litmus tests of their own check. `cargo loom-real` runs the
//! same models on the real event-listener, which is for the threads that sleep, but for three in which a waiter shares
//! loom's one thread of the operating system with a leader that unwinds. The list of the tasks that sleep is a map behind a
//! lock; in all models it is the stand-in, and the real one is checked by the tests of tasks, `tests/it/wakers.rs` above
//! all. `phase` is loom's own atomic, behind a device that makes loom 0.7
//! run executions which it would skip otherwise. arc-swap itself is not modelled. The time is a number that the
//! models move on, and who sleeps until a lease ends merely yields there, since loom knows no timed sleep: that
//! such a sleep ends by a wake-up too is checked by tests in real time only. A task's sleep with a limit is a single
//! yield there, and so may end at once; the thread that ends the real one is in no model, and is checked by
//! `tests/it/timers.rs` and `tests/timer.rs`, in real time, too. What needs more threads than loom can go through is
//! run by shuttle, with six to a dozen threads and tasks in some thousands of random schedules, but without the
//! outcomes of weak memory: `loom-tests/shuttle`, by `cargo test -p shuttle-tests`. Whether the models notice
//! anything is checked by planting bugs: `cargo run -p loom-tests --bin weaken` weakens each memory ordering
//! and breaks each step of the protocol, one at a time, and prints which of those the models caught.
