//! Everything about the cell that can be seen from outside, a module per behaviour.
//!
//! Time comes from a `ManualClock`, order from channels. What needs real time says why.

#![allow(clippy::unchecked_time_subtraction)] // of constants, one nanosecond: a mistake fails the test

mod broken_clocks;
mod builder;
mod cancelling;
mod clocks;
#[allow(unexpected_cfgs)] // `faulty`, which only its own compilers are told
mod compile_fail;
mod deferring;
mod demands;
mod dogpile_core;
mod doubling;
mod durations;
mod election;
mod errors;
mod following;
mod freshness;
mod future_size;
mod guard;
mod hand_off;
mod handed_off;
mod hands;
mod hard_end;
mod held;
mod inline_wakers;
mod key_sets;
mod layering;
mod lazy;
mod leases;
mod lifetimes;
mod marking;
mod meddling_clocks;
mod memory;
mod not_due;
mod oracle;
mod own_writes;
mod panics;
mod reader;
mod reentrance;
mod replacing;
mod reports;
mod second_panics;
mod settings;
mod sizes;
mod statics;
mod stats;
mod stress;
mod support;
mod takeover;
mod tasks;
mod throttle;
mod tick;
mod timers;
mod traits;
mod wait_timeout;
mod waiting;
mod wakers;
mod ways;
