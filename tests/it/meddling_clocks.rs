//! A clock that does something to the cell whenever it is looked at: what others may do between two steps of a call,
//! each time.

use crate::support::{Shared, TTL, crash};
use crate::ways::{By, each_way};
use dogpile::clock::{Clock, Instant, ManualClock};
use dogpile::{DogpileCell, Guard};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

type Cell = Shared<u32, Arc<Meddles>>;
/// The clock is a part of the cell.
type Away = Weak<DogpileCell<u32, Arc<Meddles>>>;
type Deed = fn(&Cell);
type Read<'a> = &'a dyn Fn(&Cell) -> Guard<u32>;

#[derive(Default)]
struct Meddles {
    time: ManualClock,
    deed: Mutex<Option<(Away, Deed)>>,
    looks: AtomicU32,
}

impl Clock for Meddles {
    fn now(&self) -> Instant {
        let now = self.time.now();
        // The deed's own looks find it locked.
        if let Ok(deed) = self.deed.try_lock() {
            if let Some((cell, deed)) = &*deed {
                assert!(self.looks.fetch_add(1, SeqCst) < 1000, "it starts over and over");
                deed(&cell.upgrade().unwrap());
            }
        }
        now
    }
}

impl Meddles {
    fn begin(&self, cell: &Cell, deed: Deed) {
        self.looks.store(0, SeqCst);
        *self.deed.lock().unwrap() = Some((Arc::downgrade(cell), deed));
    }

    /// Returns how often the call looked.
    fn end(&self) -> u32 {
        *self.deed.lock().unwrap() = None;
        self.looks.load(SeqCst)
    }
}

/// Each puts another generation into the place of the one that was found.
const REPLACES: [Deed; 5] = [
    |cell| assert!(cell.set(2) > 0),
    |cell| drop(cell.try_lead().unwrap().publish(2)),
    |cell| drop(cell.try_lead().unwrap().renew()),
    |cell| drop(cell.try_lead()),
    |cell| cell.try_lead().unwrap().fail("the origin is down"),
];

/// A cell whose value, 1, is always due, and always servable.
fn always_due() -> (Cell, Arc<Meddles>) {
    let clock = Arc::<Meddles>::default();
    let never = Duration::ZERO;
    let builder = DogpileCell::builder().time_to_live(never).retry_backoff(never, never).initial(1);
    (Arc::new(builder.clock(Arc::clone(&clock)).build().unwrap()), clock)
}

/// To look again for as long as that goes on would be to wait.
#[test]
fn a_stale_read_ends_though_the_value_is_replaced_all_the_time() {
    for replace in REPLACES {
        each_way(|way| {
            let reads: [Read; 4] = [
                &|cell| cell.by(way).get_or_regen(|| 7),
                &|cell| cell.by(way).try_get_or_regen(|| Ok::<_, String>(7)).unwrap(),
                &|cell| cell.by(way).get_or_hand_off(|lease| drop(lease.publish(7))).unwrap(),
                &|cell| {
                    let mut reader = cell.reader();
                    let value = *reader.get_or_regen(|| 7);
                    reader.last().filter(|last| **last == value).unwrap()
                },
            ];
            for read in reads {
                let (cell, clock) = always_due();
                assert_eq!(*read(&cell), 7, "but for the clock it leads");
                cell.set(1);
                clock.begin(&cell, replace);
                let served = read(&cell);
                let looks = clock.end();
                assert!([1, 2].contains(&*served) && Guard::is_stale(&served), "{served:?}");
                assert!(looks <= 4, "{looks} looks");
            }
        });
    }
}

/// What was put there meanwhile is fresh, and one look more finds it.
#[test]
fn a_read_of_an_expired_value_finds_what_was_put_there_meanwhile() {
    each_way(|way| {
        let clock = Arc::<Meddles>::default();
        let builder =
            DogpileCell::builder().time_to_live(TTL).stale_while_revalidate(Duration::ZERO).initial(1);
        let cell: Cell = Arc::new(builder.clock(Arc::clone(&clock)).build().unwrap());
        clock.time.advance(TTL);
        clock.begin(&cell, |cell| assert!(cell.set(2) > 0));
        let served = cell.by(way).get_or_regen(crash);
        assert!(clock.end() <= 3);
        assert_eq!((*served, Guard::is_stale(&served)), (2, false));
    });
}

/// It was elected on a value that was just replaced. Nobody was told, so nobody gave anything up.
#[test]
fn an_election_that_came_too_late_counts_for_nothing() {
    each_way(|way| {
        let clock = Arc::<Meddles>::default();
        let builder = DogpileCell::builder().time_to_live(Duration::ZERO).lease_timeout(TTL).initial(1);
        let cell: Cell = Arc::new(builder.clock(Arc::clone(&clock)).build().unwrap());
        // Once to be served, once before it is elected, and once when it is.
        clock.begin(&cell, |cell| {
            if cell.is_regenerating() {
                cell.set(2);
            }
        });
        let served = cell.by(way).get_or_regen(crash);
        assert_eq!(clock.end(), 3);
        assert_eq!((*served, cell.stats().given_up), (1, 0));
    });
}
