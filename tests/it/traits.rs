//! `Send`, `Sync` and unwind safety of the public types, pinned at compile time. That they do *not*
//! hold where they must not is in the cases of `compile_fail`.

use dogpile::clock::{Clock, CoarseClock, Instant, ManualClock, PreciseClock, TickClock};
use dogpile::{
    BuildError, CellBuilder, Demand, Demanding, DogpileCell, DogpileLazy, Freshness, Guard, Lease, Lifetime,
    OwnedLease, OwnedReader, Reader, RegenError, RenewError, Stats, Superseded,
};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::hash::Hash;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

/// Implements all four.
const fn shared<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {}
const fn threads<T: Send + Sync>() {}
const fn sent<T: Send>() {}
const fn for_ever<T: Send + 'static>() {}
const fn error<T: Error + Clone + Send + Sync + 'static>() {}
const fn plain<T: Copy + Eq + Hash + Debug + 'static>() {}
const fn clock<T: Clock + Debug + Clone + Default + 'static>() {}

const _: () = {
    shared::<DogpileCell<u64>>();
    shared::<DogpileCell<String, ManualClock>>();
    shared::<DogpileCell<Vec<u8>, PreciseClock>>();
    shared::<DogpileLazy<u64>>();
    shared::<DogpileLazy<String, fn() -> Result<String, RegenError>, ManualClock>>();
    shared::<Guard<u64>>();
    shared::<Guard<String>>();
    shared::<Reader<&'static DogpileCell<u64>>>();
    shared::<OwnedReader<String, ManualClock>>();
    shared::<CoarseClock>();
    shared::<PreciseClock>();
    shared::<ManualClock>();
    shared::<TickClock>();
    shared::<Instant>();
    shared::<Freshness>();
    shared::<BuildError>();
    threads::<CellBuilder<u64>>();
    threads::<DogpileCell<u64, Box<dyn Fn() + Send + Sync>>>();
    for_ever::<Lease<&'static DogpileCell<u64>>>();
    for_ever::<OwnedLease<Vec<u8>, ManualClock>>();
    for_ever::<Reader<&'static DogpileCell<u64>>>();
    for_ever::<OwnedReader<Vec<u8>, ManualClock>>();
    error::<BuildError>();
    error::<RegenError>();
    error::<RenewError>();
    error::<Superseded<u64>>();
    shared::<Stats>();
    plain::<Instant>();
    plain::<Freshness>();
    plain::<Demand>();
    plain::<Lifetime>();
    shared::<Demand>();
    shared::<Lifetime>();
    shared::<Demanding<&'static DogpileCell<u64>>>();
    shared::<Demanding<&'static DogpileLazy<u64>>>();
    for_ever::<Demanding<Arc<DogpileCell<Vec<u8>, ManualClock>>>>();
    for_ever::<Demanding<&'static mut OwnedReader<Vec<u8>>>>();
    clock::<CoarseClock>();
    clock::<PreciseClock>();
    clock::<ManualClock>();
};

/// For any `T`, not only for those that happen to be listed.
#[allow(dead_code)] // compiling it is the test
fn for_every_type<T: Send + Sync, C: Clock, F: Send + Sync>() {
    threads::<DogpileCell<T, C>>();
    threads::<DogpileLazy<T, F, C>>();
    threads::<Guard<T>>();
    threads::<CellBuilder<T, C>>();
    sent::<Lease<&DogpileCell<T, C>>>();
    sent::<OwnedLease<T, C>>();
    threads::<Reader<&DogpileCell<T, C>>>();
    threads::<OwnedReader<T, C>>();
    threads::<Demanding<&DogpileCell<T, C>>>();
    threads::<Demanding<Arc<DogpileCell<T, C>>>>();
    threads::<Demanding<&DogpileLazy<T, F, C>>>();
    sent::<Demanding<&mut OwnedReader<T, C>>>();
}

/// A demand can be a constant, and so can a lifetime.
const STRICT: Demand =
    Demand::new().max_age(Duration::ZERO).newer_than(1).anew().at_most_every(Duration::ZERO).or_stale();
const HARD: Lifetime = Lifetime::fresh_for(Duration::ZERO)
    .stale_while_revalidate(Duration::ZERO)
    .stale_if_error(Duration::ZERO)
    .usable_for(Duration::MAX)
    .age(Duration::ZERO)
    .origin_version(1);

#[allow(dead_code)] // as above
fn sendable<F: Future + Send>(_: F) {}

/// The futures too, for whatever the user gives that can be sent.
#[allow(dead_code)] // as above
fn futures<T, C, F, R, G, E>(cell: &Arc<DogpileCell<T, C>>, regen: fn() -> F, try_regen: fn() -> G)
where
    T: Send + Sync,
    C: Clock,
    F: FnOnce() -> R + Send,
    R: Future<Output = T> + Send,
    G: FnOnce() -> E + Send,
    E: Future<Output = Result<T, String>> + Send,
{
    sendable(cell.get_or_regen_async(regen()));
    sendable(cell.try_get_or_regen_async(try_regen()));
    sendable(cell.with(Demand::new().patience(Duration::ZERO)).try_get_or_regen_async(try_regen()));
    sendable(cell.get_or_hand_off_async(drop));
    sendable(cell.get_or_hand_off_owned_async(drop));
    sendable(cell.with(STRICT).get_or_regen_async(regen()));
    sendable(cell.with(STRICT).get_or_hand_off_async(drop));
    sendable(cell.with(STRICT).wait_newer_async(1));
    sendable(cell.with_owned(STRICT).get_or_regen_async(regen()));
    sendable(cell.with_owned(STRICT).try_get_or_regen_async(try_regen()));
    sendable(cell.with_owned(STRICT).get_or_hand_off_async(drop));
    sendable(cell.with_owned(STRICT).wait_newer_async(1));
    sendable(cell.wait_newer_async(1));
    sendable(cell.wait_idle_async());
}

#[allow(dead_code)] // as above
fn futures_of_a_lazy_one<T, C, F, R, G, E>(lazy: &DogpileLazy<T, F, C>, try_lazy: &DogpileLazy<T, G, C>)
where
    T: Send + Sync,
    C: Clock,
    F: Fn() -> R + Sync,
    R: Future<Output = T> + Send,
    G: Fn() -> E + Sync,
    E: Future<Output = Result<T, String>> + Send,
{
    sendable(lazy.get_or_regen_async());
    sendable(try_lazy.try_get_or_regen_async());
    sendable(lazy.with(STRICT).get_or_regen_async());
    sendable(try_lazy.with(STRICT).try_get_or_regen_async());
    sendable(lazy.with(STRICT).get_or_hand_off_async(drop));
    sendable(lazy.with(STRICT).wait_newer_async(1));
    sendable(lazy.wait_newer_async(1));
    sendable(lazy.wait_idle_async());
}

/// A task that outlives its maker has the cell in an `Arc`, or in a `static`.
#[allow(dead_code)] // as above
fn tasks(cell: Arc<DogpileCell<u64>>) {
    static CELL: DogpileCell<u64> = DogpileCell::never_expires();
    fn task<F: Future + Send + 'static>(_: F) {}
    task(CELL.get_or_regen_async(async || 1));
    task(CELL.get_or_hand_off_async(|lease| task(async { drop(lease.publish(1)) })));
    task(CELL.with(STRICT).get_or_regen_async(async || 1));
    task(CELL.with(STRICT).get_or_hand_off_async(|lease| task(async { drop(lease.publish(1)) })));
    task(CELL.wait_newer_async(0));
    task(cell.with_owned(STRICT).get_or_regen_async(async || 1));
    task(cell.with_owned(STRICT).get_or_hand_off_async(|lease| task(async { drop(lease.publish(1)) })));
    task(cell.with_owned(STRICT).wait_newer_async(0));
    task(async move {
        let lent = Guard::into_arc(cell.get_or_regen_async(async || 1).await);
        let handed_off = cell.get_or_hand_off_owned_async(|lease| task(async { drop(lease.publish(1)) }));
        handed_off.await.map(|value| *value + *lent)
    });
}

#[allow(dead_code)] // as above
fn what_can_be_shown<T: Debug + Display, C: Clock>(cell: &DogpileCell<T, C>, guard: &Guard<T>) {
    let _: &dyn Debug = cell;
    let _: (&dyn Debug, &dyn Display) = (guard, guard);
    let _: &dyn Error = &BuildError::JitterWithoutTimeToLive;
}

/// Verbs take `&self`, so that nothing keeps a cell from being a `static` or behind an `Arc`.
#[test]
fn a_shared_reference_is_enough_for_every_verb() {
    let cell = &DogpileCell::never_expires();
    cell.set(1);
    cell.mark_stale();
    assert_eq!(*cell.get_or_regen(|| 2), 2);
    cell.invalidate();
    assert!(!cell.invalidate_if(9) && !cell.is_regenerating() && cell.get().is_none());
    let from = Lifetime::new().origin_version(1);
    assert_eq!((cell.set_with(3, from), cell.set_if_newer(4, 1, HARD)), (4, None));
    assert_eq!(*cell.wait_newer(0), 3);
    assert!(cell.mark_stale_if(4) && !cell.resume() && !cell.purge() && cell.retry_at().is_none());
    cell.wait_idle();
}
