//! An allocator that gives the block that was freed last out first, if it is told to.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

struct Reusing;

#[global_allocator]
static ALLOCATOR: Reusing = Reusing;

static REUSES: AtomicBool = AtomicBool::new(false);

/// Blocks aligned to a cache line are those of the cells, and of nothing else here.
const ALIGN: usize = 64;

const KEPT: usize = 64;

thread_local! {
    /// How many blocks this thread keeps, and which, of one size each.
    static FREED: Cell<(usize, [(usize, usize); KEPT])> = const { Cell::new((0, [(0, 0); KEPT])) };
}

pub(crate) fn reuse_last_freed(yes: bool) {
    REUSES.store(yes, Relaxed);
}

fn take(layout: Layout) -> Option<usize> {
    FREED
        .try_with(|freed| {
            let (count, blocks) = freed.get();
            let (address, size) = *blocks.get(count.checked_sub(1)?)?;
            (size == layout.size()).then(|| {
                freed.set((count - 1, blocks));
                address
            })
        })
        .ok()
        .flatten()
}

fn keep(block: *mut u8, layout: Layout) -> bool {
    FREED
        .try_with(|freed| {
            let (count, mut blocks) = freed.get();
            let Some(place) = blocks.get_mut(count) else { return false };
            *place = (block.expose_provenance(), layout.size());
            freed.set((count + 1, blocks));
            true
        })
        .unwrap_or(false)
}

// SAFETY: each block comes from `System`, and is given out again only after it was freed, for the same size and
// alignment.
unsafe impl GlobalAlloc for Reusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() == ALIGN && REUSES.load(Relaxed) {
            if let Some(address) = take(layout) {
                return std::ptr::with_exposed_provenance_mut(address);
            }
        }
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.align() == ALIGN && REUSES.load(Relaxed) && keep(block, layout) {
            return;
        }
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }
}
