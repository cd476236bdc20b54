//! What the futures of the verbs add to what they carry: whoever spawns or embeds one pays for it.

use crate::support::{TTL, cell};
use dogpile::Demand;
use std::hint::black_box;

/// The cell, the box for the slow path, whether there is one.
const OWN: usize = 48;

#[test]
fn what_the_closure_captures_is_kept_once() {
    let (cell, _clock) = cell::<u32>();
    let captured = [7_u8; 2000];
    let made = move || u32::from(black_box(captured)[0]);
    let futures = [
        size_of_val(&cell.get_or_regen_async(move || async move { made() })),
        size_of_val(&cell.try_get_or_regen_async(move || async move { Ok::<_, String>(made()) })),
        size_of_val(&cell.get_or_hand_off_async(move |lease| drop(lease.publish(made())))),
        size_of_val(&cell.get_or_hand_off_owned_async(move |lease| drop(lease.publish(made())))),
    ];
    let bound = size_of_val(&captured) + OWN;
    assert!(futures.into_iter().all(|size| size <= bound), "{futures:?}, more than {bound}");

    // The demand is kept for the read and for the slow path.
    let bound = bound + 2 * size_of::<Demand>();
    let demanding = cell.with(Demand::new().patience(TTL)).get_or_regen_async(move || async move { made() });
    assert!(size_of_val(&demanding) <= bound, "{}, more than {bound}", size_of_val(&demanding));
}

/// It is made when there is nothing to serve, and lives in the box.
#[test]
fn the_creation_future_is_no_part_of_it() {
    async fn large() -> u32 {
        let bytes = black_box([0_u8; 2000]);
        smol::future::yield_now().await;
        u32::from(black_box(bytes)[0])
    }
    let (cell, _clock) = cell::<u32>();
    assert!(size_of_val(&large()) > 2000);
    assert!(size_of_val(&cell.get_or_regen_async(large)) <= OWN);
}
