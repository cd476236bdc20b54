//! Writers that change the origin and then read with `anew` see their own write, always: however many lead, publish late,
//! set something old, take over or give up at the same time. Real time: it is about what threads do to each other.

use crate::sizes::OWN_WRITES;
use crate::support::{Shared, spawn};
use crate::ways::{By, Way};
use dogpile::clock::PreciseClock;
use dogpile::{Demand, DogpileCell, OwnedLease, RegenError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_micros(50);
const ANEW: Demand = Demand::new().anew();

type Cell = Shared<u64, PreciseClock>;
type Lease = OwnedLease<u64, PreciseClock>;

/// What everybody works on.
#[derive(Clone)]
struct Site {
    cell: Cell,
    /// Each writer makes it grow. Relaxed: what it is read with by a creation function, the cell has to see to.
    origin: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    /// How many times a writer read what it wrote.
    read: Arc<AtomicU64>,
}

impl Site {
    fn fetch(&self) -> u64 {
        let found = self.origin.load(Relaxed);
        if found % 4 == 0 {
            thread::yield_now(); // slow ones publish what is old by then
        }
        found
    }

    fn until_over(&self, mut work: impl FnMut()) {
        while !self.over.load(SeqCst) {
            work();
        }
    }
}

fn write_and_read(site: &Site, verb: u64, way: Way, pool: &Sender<Lease>) {
    let mine = site.origin.fetch_add(1, Relaxed) + 1;
    let calls = || site.cell.by(way).with(ANEW);
    let seen = match verb {
        0 => *calls().get_or_regen(|| site.fetch()),
        1 => *calls().try_get_or_regen(|| Ok::<_, String>(site.fetch())).unwrap(),
        2 => {
            let handed_off = calls().get_or_hand_off_owned(|lease| {
                // Whoever gets it begins after this.
                pool.send(lease).expect("it stays as long as we do");
            });
            match handed_off {
                Ok(seen) => *seen,
                // Taken over or superseded; this caller has nothing left to lead with.
                Err(RegenError::GivenUp | RegenError::WaitTimeout) => return,
                Err(error) => panic!("{error:?}"),
            }
        }
        _ => *site.cell.reader().with(ANEW).get_or_regen(|| site.fetch()),
    };
    assert!(seen >= mine, "wrote {mine} and read {seen}");
    site.read.fetch_add(1, SeqCst);
}

fn writer(site: &Site, thread: u64, pool: &Sender<Lease>) {
    let mut round = thread;
    site.until_over(|| {
        round += 1;
        let way = if thread % 2 == 0 { Way::Thread } else { Way::Bare };
        write_and_read(site, round % 4, way, pool);
    });
}

/// Ends leases that were handed off, each by a look at the origin.
fn pool(site: &Site, leases: &Receiver<Lease>) {
    for lease in leases {
        let found = site.fetch();
        drop(lease.publish(found));
    }
}

/// Leaders that nobody asked for, and values that are old.
fn disturb(site: &Site, replaces: bool) {
    let mut round = 0_u64;
    site.until_over(|| {
        round += 1;
        match round % 8 {
            0 => site.cell.mark_stale(),
            1 => drop(site.cell.get_or_regen(|| site.fetch())),
            2 => drop(site.cell.with(ANEW).try_lead()),
            3 => {
                if let Some(lease) = site.cell.with(ANEW).try_lead() {
                    let old = site.fetch();
                    thread::yield_now();
                    drop(lease.publish(old));
                }
            }
            4 => {
                if let Some(mut lease) = site.cell.with(ANEW).try_lead() {
                    let _ = lease.offer_stale(0, dogpile::Lifetime::new());
                }
            }
            5 if replaces => {
                site.cell.set(0);
            }
            6 if replaces => site.cell.invalidate(),
            _ => thread::yield_now(),
        }
    });
}

fn storm(lease: Option<Duration>, replaces: bool) {
    let mut builder = DogpileCell::builder().time_to_live(SHORT * 20).clock(PreciseClock);
    if let Some(lease) = lease {
        builder = builder.lease_timeout(lease);
    }
    let site = Site {
        cell: Arc::new(builder.build().unwrap()),
        origin: Arc::default(),
        over: Arc::default(),
        read: Arc::default(),
    };
    let (sender, leases) = channel();
    let pooled = site.clone();
    let pool = spawn(move || pool(&pooled, &leases));
    let writers: Vec<_> = (0..4)
        .map(|thread| {
            let (site, sender) = (site.clone(), sender.clone());
            spawn(move || writer(&site, thread, &sender))
        })
        .collect();
    drop(sender);
    let disturbing: Vec<_> = (0..2)
        .map(|_| {
            let site = site.clone();
            spawn(move || disturb(&site, replaces))
        })
        .collect();
    let began = Instant::now();
    while began.elapsed() < OWN_WRITES / 3 {
        thread::sleep(SHORT);
    }
    site.over.store(true, SeqCst);
    writers.into_iter().chain(disturbing).for_each(crate::support::Task::join);
    pool.join();
    assert!(site.read.load(SeqCst) > 20, "{:?}", site.read);
}

#[test]
fn writers_read_their_own_writes() {
    storm(None, false);
}

#[test]
fn writers_read_their_own_writes_while_others_set_and_invalidate() {
    storm(None, true);
}

#[test]
fn writers_read_their_own_writes_while_leaders_are_deposed() {
    storm(Some(SHORT), true);
}
