//! Every interleaving of a few threads at a time, and every value that the memory model lets them read.
//!
//! One file per stage of the protocol, one model per race. Two threads run without a bound on
//! preemptions where that ends within a minute, three threads with a bound of 2. `LOOM_MAX_PREEMPTIONS`
//! in the environment overrides every bound.

mod alone;
mod defer;
mod demand;
mod drops;
mod elect;
mod fail;
mod follow;
mod invalidate;
mod lease;
mod lifetime;
mod limits;
mod litmus;
mod mark;
mod programs;
mod publish;
mod reader;
mod rig;
mod sleepers;
mod take_over;
mod task;
mod truth;
mod wait;
