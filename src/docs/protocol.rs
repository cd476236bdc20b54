//! The protocol: the states of a cell, who may change what, and why each forbidden outcome cannot happen.
//!
//! For who wants to change the code, or to trust it. The words are those of the [crate page](crate).
//!
//! # A generation
//!
//! The cell holds one pointer, the *slot*, to a *generation*. A generation is one state of the cell, made
//! whole before anybody sees it: a version, a value (or none: the cell is empty), and when that value ceases
//! to be fresh and to be servable. Of all this, nothing ever changes. What does change are two atomics:
//!
//! - `phase`: who may lead, and whether the generation was marked;
//! - `due`: from when on the value is not fresh any more. It only ever falls, and only to 0.
//!
//! *Every change of hands is a new generation.* Nobody updates a value; whoever has another one puts
//! another generation into the slot.
//!
//! ```text
//!               elect                               elect
//!      EMPTY ----------> CREATING          READY ----------> REGENERATING
//!     nobody   <------- one leads         nobody   <------- one leads
//!    at work   give up                    at work  give up
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
//! A bit `MARKED` can join each of them. And one level up, the slot:
//!
//! ```text
//!   version       1            2            3            4            5
//!               READY  ---->  EMPTY ---->  READY ---->  READY ---->  ...
//!                     invalidate    publish      publish or set
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
//! 4. A leader ends its lease by publishing, or gives it up; a panic unwinds through the lease, which gives
//!    up.
//! 5. All waiters are woken after each replacement, and after a lease was given up. (Unless its generation is
//!    retired: then who replaced that wakes them.)
//! 6. Who wants to sleep enlists first, looks again, and only then sleeps.
//! 7. Nothing in a generation is written on behalf of a reader that is served.
//! 8. Code of the user (creation functions, `time_to_live_of`, the `Drop` of a value) runs with nothing
//!    locked and with the cell consistent.
//!
//! # A value's way
//!
//! One file for each room, and calls go one way, down:
//!
//! | room | what happens there |
//! |---|---|
//! | `cell` | a read: one load of the slot, one comparison of the clock with `due`. Only who is not served goes on |
//! | `generation` | the election |
//! | `lease` | the creation function runs; its result is published, or the lease is given up |
//! | `slot` | one generation takes the place of another, which is retired |
//! | `waiters` | who sleeps is woken |
//! | `guard` | the value in the hands of the reader |
//!
//! All memory orderings of the protocol stand in `generation`, each with the name of its partner; the slot's
//! are arc-swap's. `sync` is the only file that names a synchronisation primitive. The models replace it, and
//! nothing else, by one that is made of [loom](https://docs.rs/loom)'s types.
//!
//! # What never happens
//!
//! Each outcome has models in `loom-tests/tests/loom`: small programs of two or three threads of which loom
//! runs the interleavings, and the outcomes that the memory model allows. The head of each file names the
//! outcomes that it rules out.
//!
//! **F1: two leaders at work on one version.** Both would have to win the compare-and-swap from "nobody at
//! work" to "one leads" on the same `phase`, without a giving up in between. A version has one generation:
//! the slot goes from version *n* to *n* + 1 by one compare-and-swap, which one of them wins. Models:
//! `two_callers_of_an_untouched_cell`, `two_callers_of_an_empty_cell`, `three_callers_of_an_empty_cell`,
//! `two_callers_of_a_stale_value`,
//! `three_callers_of_a_stale_value`, `two_callers_of_an_expired_value`,
//! `the_leader_of_a_stale_value_panics_before_two_others`,
//! `the_leader_of_an_empty_cell_panics_before_two_others`.
//!
//! **F2: a caller that looked at version *v* is elected after *v* + 1 was published.** It is elected on the
//! generation that it looked at. That one is retired by then, and cannot be won; or it is just between the
//! replacement and its retirement, and the second look finds it out of the slot. Models:
//! `a_caller_that_read_the_old_value_learns_of_the_new_one_by_the_clock`,
//! `a_value_set_beside_an_election_is_not_made_again`, `a_fresh_value_elects_nobody`.
//!
//! **F3: a read finds nothing although a value was published and not invalidated.** The slot goes from one
//! whole generation to the next in one step; there is no state in between. Neither electing a leader nor
//! giving up touches the value. Models: `a_reader_never_finds_nothing_while_the_value_is_replaced_twice`,
//! `a_reader_sees_the_whole_of_a_value_that_was_set`.
//!
//! **F4: the versions that one thread sees go backwards.** Versions in the slot only grow (rule 2: *n* is
//! replaced by *n* + 1), and a thread's loads of one atomic never go back. The result of a superseded leader
//! never was in the slot; its caller gets it with the version that it set out to replace. Models:
//! `a_reader_never_finds_nothing_while_the_value_is_replaced_twice`, `two_sets_both_count`.
//!
//! **F5: a value is seen before everything its creation function wrote.** The generation is made after the
//! creation function has returned, and goes into the slot by a release; each read acquires it. One leader is
//! also ordered after the one before it that gave up: giving up releases, and electing acquires. Models:
//! `a_reader_sees_the_whole_of_a_value_that_the_leader_made`,
//! `a_reader_sees_the_whole_of_a_value_that_was_set`.
//!
//! **F6: a waiter sleeps on although there is a value, or nobody at work.** By rules 5 and 6: what changes
//! before it enlists is seen by the look after that, and what changes later wakes it. All are woken, not one:
//! the one might be about to return, and then nobody would take the lead. Models:
//! `two_waiters_wake_with_the_value`, `a_waiter_wakes_with_what_was_set`,
//! `a_waiter_leads_after_an_invalidate`, `a_waiter_leads_after_a_panic`.
//!
//! **F7: a superseded result overwrites something newer.** It is published from the generation that was led,
//! and that is not in the slot any more (rule 2). Of what could supersede a leader, there are `set` and
//! `invalidate`; taking over from a leader that hangs does not exist yet. Models:
//! `a_late_leader_keeps_its_result_to_itself`, `a_set_beside_a_first_creation_wins`,
//! `an_invalidate_beside_a_regeneration`.
//!
//! **F8: a read that began after `invalidate` returned gets the old value.** The slot was replaced before the
//! call returned, and a result that was under way cannot come in (F7). Models:
//! `an_invalidate_beside_a_first_creation`, `an_invalidate_beside_a_regeneration`,
//! `an_invalidate_beside_a_read`, `a_report_of_the_old_version_beside_a_set`.
//!
//! **F9: a `mark_stale` is lost.** Marking sets a bit in `phase` and looks at what was there, in one step.
//! Nobody at work: `due` falls to 0, and the next caller is elected; the election takes the mark away, since
//! that creation function begins after it. A leader at work: its own retirement of the old generation, a
//! swap, finds the mark and passes it on to the new one. Already retired: the mark goes to the generation
//! that is in the slot now. Only `set` and `invalidate` put a mark away, with the value that it was meant
//! for. Models: `a_mark_beside_a_first_creation`, `a_mark_beside_a_regeneration`,
//! `a_mark_of_a_fresh_value_beside_a_read`, `a_mark_is_handed_on_by_the_leader_with_all_that_went_before_it`,
//! `a_mark_beside_two_callers`,
//! `two_marks_in_a_flight_cause_no_second_leader`.
//!
//! **F10: a leader that panics leaves the cell stuck.** The lease is dropped as the panic unwinds, clears the
//! bit of the leader, and wakes everybody. Leaders that return an error or whose future is dropped do not
//! exist yet.
//!
//! **F11: a reader with a servable value waits, spins without bound, or runs somebody else's closure.** A
//! read has neither a loop nor a lock. A caller that finds the value stale and loses the election is served
//! at once; it looks again only when somebody else has replaced the generation, which is progress. Creation
//! functions are never stored: each caller runs its own, or none. Models:
//! `a_stale_read_goes_on_while_the_leader_works`, `a_read_goes_on_while_the_value_is_marked_and_set`.
//!
//! **F12: a deposed leader disturbs its successor** is about taking over, which does not exist yet. What is
//! true today: a superseded leader holds a retired generation that nobody reads any more, and all that it can
//! still do is to clear a bit there.
//!
//! # How far to trust this
//!
//! A model checks what it does, with as many threads as it has, on stand-ins for arc-swap and
//! event-listener: an atomic index into a list of generations, and a list of sleepers, neither with more
//! ordering than the real one promises, which litmus tests of their own check. `cargo loom-real` runs the
//! same models on the real event-listener. `phase` is loom's own atomic, behind a device that makes loom 0.7
//! run executions which it would skip otherwise. arc-swap itself is not modelled. Whether the models notice
//! anything is checked by planting bugs: `cargo run -p loom-tests --bin weaken` weakens each memory ordering
//! and breaks each step of the protocol, one at a time, and prints which of those the models caught.
