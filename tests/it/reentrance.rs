//! A creation function that uses a cell: its own, or another.

use crate::support::{ASKED_AGAIN, Shared, TTL, WINDOW, cell, cell_with, not_due, not_due_either, spawn};
use crate::ways::{By, Way, each_way};
use dogpile::{Demand, Guard, RegenError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Runs `regen` as the creation function of `cell`, on a thread that can be seen to be stuck.
fn lead<T: Clone + Send + Sync + 'static>(
    cell: &Shared<T>,
    way: Way,
    regen: impl FnOnce(&Shared<T>) -> T + Send + 'static,
) -> T {
    let cell = Arc::clone(cell);
    spawn(move || (*cell.by(way).get_or_regen(|| regen(&cell))).clone()).join()
}

fn message(call: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(call)).expect_err("it was to panic");
    payload
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| (*payload.downcast_ref::<&str>().unwrap()).into())
}

#[test]
fn inside_its_own_regeneration_a_caller_is_served_the_stale_value() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let made = lead(&cell, way, move |cell| {
            assert!(cell.is_regenerating());
            assert!(Guard::is_stale(&cell.get().unwrap()));
            *cell.by(way).get_or_regen(not_due) + 10
        });
        assert_eq!(made, 11);
        assert_eq!(Guard::version(&cell.get().unwrap()), 2);
    });
}

#[test]
fn on_an_empty_cell_the_message_names_the_cause_and_the_cell_works_after_it() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let message = {
            let cell = Arc::clone(&cell);
            spawn(move || message(|| drop(cell.by(way).get_or_regen(|| *cell.by(way).get_or_regen(|| 1)))))
                .join()
        };
        assert!(message.contains(ASKED_AGAIN), "{message}");
        assert!(!cell.is_regenerating());
        assert_eq!(Guard::version(&cell.by(way).get_or_regen(|| 2)), 1);
    });
}

#[test]
fn the_same_where_the_old_value_is_expired() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL + WINDOW);
        let made = lead(&cell, way, move |cell| {
            assert!(cell.get().is_none());
            u32::try_from(message(|| drop(cell.by(way).get_or_regen(|| 2))).len()).unwrap()
        });
        assert!(made > 0, "who catches the panic goes on as if nothing had been");
        assert_eq!(*cell.by(way).get_or_regen(not_due), made);
    });
}

#[test]
fn after_a_set_the_inner_caller_gets_what_was_set() {
    each_way(|way| {
        let (cell, _clock) = cell();
        let made = lead(&cell, way, move |cell| {
            assert_eq!(cell.set(5), 1);
            *cell.by(way).get_or_regen(not_due) + 1
        });
        assert_eq!(made, 6);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 5, "the leader superseded itself");
    });
}

/// It could be elected a second time. But then a function that invalidates, and asks, would do so for
/// ever.
#[test]
fn after_an_invalidation_the_inner_caller_is_told() {
    each_way(|way| {
        let (cell, _clock) = cell();
        cell.set(1);
        cell.mark_stale();
        let made = lead(&cell, way, move |cell| {
            cell.invalidate();
            assert!(message(|| drop(cell.by(way).get_or_regen(|| 2))).contains(ASKED_AGAIN));
            3
        });
        assert_eq!(made, 3);
        assert!(cell.get().is_none());
        assert_eq!(Guard::version(&cell.by(way).get_or_regen(|| 4)), 3);
    });
}

#[test]
fn with_time_to_live_zero_the_inner_caller_gets_what_was_set_stale() {
    each_way(|way| {
        let (cell, _clock) = cell_with(Duration::ZERO, WINDOW);
        let made = lead(&cell, way, move |cell| {
            cell.set(5);
            let inner = cell.by(way).get_or_regen(not_due);
            assert!(Guard::is_stale(&inner));
            *inner + 1
        });
        assert_eq!((made, *cell.get().unwrap()), (6, 5));
    });
}

#[test]
fn without_any_window_even_that_is_expired() {
    each_way(|way| {
        let (cell, _clock) = cell_with(Duration::ZERO, Duration::ZERO);
        lead(&cell, way, move |cell| {
            cell.set(5);
            assert!(message(|| drop(cell.by(way).get_or_regen(|| 6))).contains(ASKED_AGAIN));
            7
        });
        assert_eq!(*cell.by(way).get_or_regen(|| 8), 8);
    });
}

#[test]
fn a_mark_from_inside_makes_the_result_stale() {
    each_way(|way| {
        let (cell, _clock) = cell();
        assert_eq!(
            lead(&cell, way, move |cell| {
                cell.mark_stale();
                1
            }),
            1
        );
        assert!(Guard::is_stale(&cell.get().unwrap()));
        assert_eq!(*cell.by(way).get_or_regen(|| 2), 2);
        assert_eq!(*cell.by(way).get_or_regen(not_due), 2);
    });
}

#[test]
fn other_cells_can_be_used_from_inside_also_if_they_are_empty() {
    each_way(|way| {
        let (outer, _clock) = cell();
        let (inner, _clock) = cell();
        let (innermost, _clock) = cell();
        let made = {
            let inner = Arc::clone(&inner);
            let innermost = Arc::clone(&innermost);
            lead(&outer, way, move |_| {
                *inner.by(way).get_or_regen(|| *innermost.by(way).get_or_regen(|| 1) + 1) + 1
            })
        };
        assert_eq!((made, *inner.get().unwrap(), *innermost.get().unwrap()), (3, 2, 1));
    });
}

#[test]
fn a_cycle_through_another_cell_on_one_thread_is_found_out() {
    each_way(|way| {
        let (first, _clock) = cell::<u32>();
        let (second, _clock) = cell::<u32>();
        let message = {
            let (first, second) = (Arc::clone(&first), Arc::clone(&second));
            spawn(move || {
                let again = || *first.by(way).get_or_regen(|| 1);
                message(|| drop(first.by(way).get_or_regen(|| *second.by(way).get_or_regen(again))))
            })
            .join()
        };
        assert!(message.contains(ASKED_AGAIN));
        assert_eq!((*first.by(way).get_or_regen(|| 1), *second.by(way).get_or_regen(|| 2)), (1, 2));
    });
}

/// What can return an error does, where an infallible call would panic; and both go on as they like.
#[test]
fn a_fallible_call_from_inside_gets_an_error() {
    each_way(|way| {
        let (cell, clock) = cell();
        for made in [1, 2] {
            let got = lead(&cell, way, move |cell| {
                let inner = cell.by(way).try_get_or_regen(not_due_either);
                assert!(matches!(inner, Err(RegenError::Reentrant)));
                let inner =
                    cell.by(way).with(Demand::new().patience(Duration::MAX)).try_get_or_regen(not_due_either);
                assert!(matches!(inner, Err(RegenError::Reentrant)));
                assert!(matches!(cell.by(way).get_or_hand_off(|_| not_due()), Err(RegenError::Reentrant)));
                assert!(cell.try_lead().is_none(), "somebody leads: this very thread");
                made
            });
            assert_eq!(got, made);
            clock.advance(TTL + WINDOW);
        }
    });
}

#[test]
fn a_fallible_call_from_inside_is_served_what_is_stale() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(1);
        clock.advance(TTL);
        let made = lead(&cell, way, move |cell| *cell.by(way).try_get_or_regen(not_due_either).unwrap() + 1);
        assert_eq!(made, 2);
    });
}

/// The error of the inner call is the result of the outer one, if its function uses `?`.
#[test]
fn the_error_can_be_passed_on() {
    each_way(|way| {
        let (cell, _clock) = cell::<u32>();
        let ended = cell
            .by(way)
            .try_get_or_regen(|| cell.by(way).try_get_or_regen(|| Ok::<_, String>(1)).map(|value| *value));
        let error = ended.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(RegenError::Reentrant)), "{error:?}");
    });
}

/// After a call inside another cell's function the outer one is still known to be under way.
#[test]
fn a_nested_call_does_not_end_the_outer_one() {
    each_way(|way| {
        let (outer, _clock) = cell();
        let (inner, _clock) = cell();
        let made = lead(&outer, way, move |outer| {
            let _ = inner.by(way).get_or_regen(|| 1);
            u32::from(message(|| drop(outer.by(way).get_or_regen(|| 2))).contains(ASKED_AGAIN))
        });
        assert_eq!(made, 1);
    });
}

/// A cell at the address of another is not taken for it once that one's call is over.
#[test]
fn a_thread_that_made_a_value_may_make_the_next() {
    each_way(|way| {
        let (cell, clock) = cell();
        for round in 1..=3 {
            assert_eq!(lead(&cell, way, move |_| round), round);
            clock.advance(TTL);
            assert_eq!(*cell.by(way).get_or_regen(|| round + 100), round + 100);
            clock.advance(TTL);
        }
    });
}

/// What a value's `Drop` does when it is replaced happens after the replacement.
struct Asks(Option<Shared<Asks>>);

impl Drop for Asks {
    fn drop(&mut self) {
        if let Some(cell) = &self.0 {
            assert!(cell.get_or_regen(not_due).0.is_none());
        }
    }
}

#[test]
fn a_drop_may_ask_the_cell_that_it_left() {
    each_way(|way| {
        let (cell, clock) = cell();
        cell.set(Asks(Some(Arc::clone(&cell))));
        cell.set(Asks(None));
        cell.set(Asks(Some(Arc::clone(&cell))));
        clock.advance(TTL);
        let leader = Arc::clone(&cell);
        spawn(move || drop(leader.by(way).get_or_regen(|| Asks(None)))).join();
        assert_eq!(Guard::version(&cell.get().unwrap()), 4);
    });
}

/// An old value of one cell asks another one when it is dropped, whose creation function is on this very stack: to wait
/// for that would be to wait for ever, though the `Drop` is not the creation function's code.
#[test]
fn what_is_dropped_beneath_a_creation_function_does_not_wait_for_it() {
    struct Asks(Option<Shared<u32>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            if let Some(cell) = &self.0 {
                let asked = cell.try_get_or_regen(|| Ok::<_, String>(1));
                assert!(matches!(asked, Err(RegenError::Reentrant)), "{:?}", asked.map(|value| *value));
            }
        }
    }
    spawn(|| {
        let (outer, _clock) = cell::<u32>();
        let (inner, _clock) = cell::<Asks>();
        inner.set(Asks(Some(Arc::clone(&outer))));
        let made = outer.get_or_regen(|| {
            inner.set(Asks(None));
            7
        });
        assert_eq!(*made, 7);
    })
    .join();
}
