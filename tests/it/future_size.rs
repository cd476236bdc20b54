//! What the futures of the verbs add to what they carry: whoever spawns or boxes one pays for it.

use crate::support::{TTL, cell, not_due};
use std::hint::black_box;

/// What a call keeps for itself, its wait included, with some room.
const OWN: usize = 384;

/// More than `N` bytes, by little, made of nothing.
async fn large<const N: usize>() -> Result<u32, String> {
    let bytes = black_box([0_u8; N]);
    smol::future::yield_now().await;
    Ok(u32::from(black_box(bytes)[0]))
}

#[test]
fn the_creation_future_is_kept_once() {
    let (cell, _clock) = cell::<u32>();
    let made = size_of_val(&large::<2000>());
    let infallible = || async { large::<2000>().await.unwrap() };
    let sizes = [
        size_of_val(&cell.get_or_regen_async(infallible)),
        size_of_val(&cell.try_get_or_regen_async(large::<2000>)),
        size_of_val(&cell.try_get_or_regen_for_async(TTL, large::<2000>)),
    ];
    for size in sizes {
        assert!(size <= made + OWN, "{size} bytes for a future of {made}");
    }
}

/// By the call, and by the part of it that is not a read.
#[test]
fn what_the_closure_captures_is_kept_twice_besides() {
    let (cell, _clock) = cell::<u32>();
    let captured = [7_u8; 2000];
    let regen = move || async move {
        smol::future::yield_now().await;
        u32::from(black_box(captured)[0])
    };
    let made = size_of_val(&regen());
    let size = size_of_val(&cell.get_or_regen_async(regen));
    let bound = made + 2 * size_of_val(&captured) + OWN;
    assert!(size <= bound, "{size} bytes, more than {bound}");
}

#[test]
fn a_hand_off_keeps_two_waits() {
    let (cell, _clock) = cell::<u32>();
    let sizes = [
        size_of_val(&cell.get_or_hand_off_async(|_| not_due())),
        size_of_val(&cell.get_or_hand_off_owned_async(|_| not_due())),
    ];
    assert!(sizes.into_iter().all(|size| size <= 2 * OWN), "{sizes:?}");
}
