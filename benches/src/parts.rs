//! What a shared read of a cell cannot do without: an arc-swap load, and a look at a clock.

use crate::contender::{Contender, Make, Reads, Shared, Sharing, Suite, VALUE, kept};
use crate::ours::TICKS;
use crate::read::Read;
use arc_swap::ArcSwapOption;
use dogpile::clock::{Clock, CoarseClock, PreciseClock};
use std::hint::black_box;

pub(crate) mod name {
    pub const FLOOR: &str = "the floor: `ArcSwapOption::load`, the coarse clock, dereference, drop";
    pub const FLOOR_SHARED: &str = "`ArcSwapOption` and the coarse clock, never renewed";
    pub const COARSE_ITSELF: &str = "`coarsetime` alone";
    pub const TICK: &str = "`TickClock` alone";
}

pub struct Parts;

impl Contender for Parts {
    fn reads(&self) -> Vec<Read> {
        let slot = kept(ArcSwapOption::from_pointee(VALUE));
        let ticks = *TICKS;
        vec![
            Read::new(name::FLOOR, move || floor(slot)),
            Read::new(name::COARSE_ITSELF, || coarsetime::Instant::now_without_cache_update().as_ticks()),
            Read::new("`CoarseClock` alone", || CoarseClock.now().as_nanos()),
            Read::new("`PreciseClock` alone", || PreciseClock.now().as_nanos()),
            Read::new(name::TICK, move || ticks.now().as_nanos()),
        ]
    }

    fn sharings(&self) -> Vec<Sharing> {
        let make = || Box::new(Floor(ArcSwapOption::from_pointee(VALUE))) as Box<dyn Shared>;
        vec![Sharing::new(name::FLOOR_SHARED, &[Suite::Latency], make)]
    }
}

fn floor(slot: &ArcSwapOption<u64>) -> u64 {
    let value = slot.load();
    black_box(coarsetime::Instant::now_without_cache_update());
    **value.as_ref().expect("it is never empty")
}

struct Floor(ArcSwapOption<u64>);

impl Shared for Floor {
    fn reader(&self) -> Reads<'_> {
        Box::new(|_: Make<'_>| floor(&self.0))
    }

    fn expire(&self) {}
}
