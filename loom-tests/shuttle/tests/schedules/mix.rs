//! Everything at once, at random: the books of the origin say whether that went well.

use crate::origin::{Call, Origin, Value};
use crate::rig::{Actor, Cell, TERM, boom, empty, empty_with_lease, in_schedules, join_all, poll, survive};
use shuttle::future::spawn;
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{self, JoinHandle};
use shuttle_tests::clock::ManualClock;
use shuttle_tests::{Guard, OwnedLease};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

type Parked = Pin<Box<dyn Future<Output = Guard<Value>> + Send>>;

/// A cell, and all that goes on around it.
struct World {
    cell: Arc<Cell>,
    origin: Arc<Origin>,
    /// Those whom a lease was handed off to.
    workers: Mutex<Vec<JoinHandle<()>>>,
    /// Those that are not polled again.
    parked: Mutex<Vec<Parked>>,
}

fn roll(sides: u32) -> u32 {
    thread_rng().gen_range(0..sides)
}

impl World {
    fn new(cell: Arc<Cell>) -> Arc<Self> {
        Arc::new(Self { cell, origin: Origin::new(), workers: Mutex::default(), parked: Mutex::default() })
    }

    /// `count` threads and tasks, each of which does something at random a few times.
    fn actors(self: &Arc<Self>, count: usize) -> Vec<Actor<()>> {
        let act = |index| {
            let (mine, theirs) = (Arc::clone(self), Arc::clone(self));
            let threads = move || (0..4).for_each(|_| mine.act());
            Actor::spawn(index, threads, || async move {
                for _ in 0..4 {
                    theirs.act_async().await;
                }
            })
        };
        (0..count).map(act).collect()
    }

    fn end(&self) {
        while let Some(worker) = { self.workers.lock().unwrap().pop() } {
            worker.join().unwrap();
        }
        let parked = std::mem::take(&mut *self.parked.lock().unwrap());
        drop(parked);
        self.origin.settle(&self.cell);
    }

    fn act(self: &Arc<Self>) {
        let Self { cell, origin, .. } = &**self;
        let call = origin.call();
        match roll(12) {
            0 | 1 => _ = origin.get(cell),
            2 => self.try_get(call),
            3 => self.panic(call),
            4 => origin.heard(call, cell.get_or_hand_off_owned(|lease| self.hand_off(call, lease))),
            5 => cell.try_lead_owned().into_iter().for_each(|lease| self.work(call, lease)),
            _ => self.change(call),
        }
    }

    async fn act_async(self: &Arc<Self>) {
        let Self { cell, origin, .. } = &**self;
        let call = origin.call();
        match roll(12) {
            0 | 1 => _ = origin.get_async(cell).await,
            2 => self.try_get_async(call).await,
            3 => self.abort().await,
            4 => self.cancel(),
            5 => {
                let handed_off = cell.get_or_hand_off_owned_async(|lease| self.hand_off(call, lease));
                origin.heard(call, handed_off.await);
            }
            _ => self.change(call),
        }
    }

    /// What threads and tasks do alike.
    fn change(&self, call: Call) {
        let Self { cell, origin, .. } = self;
        match roll(6) {
            0 => cell.get().iter().for_each(|guard| origin.saw(call, guard)),
            1 => origin.set(cell),
            2 => origin.invalidate(cell),
            3 => {
                if let Some(guard) = cell.get() {
                    origin.saw(call, &guard);
                    origin.invalidate_if(cell, Guard::version(&guard));
                }
            }
            _ => origin.mark_stale(cell),
        }
    }

    fn try_get(&self, call: Call) {
        let mut down = None;
        let result = self.cell.try_get_or_regen(|| {
            let desk = self.origin.begin(call);
            if roll(2) == 0 { Ok(desk.create()) } else { Err(down.insert(desk.fail()).clone()) }
        });
        self.origin.heard(call, result);
        down.inspect(|down| down.was_told(&self.origin));
    }

    async fn try_get_async(&self, call: Call) {
        let mut down = None;
        let result = self.cell.try_get_or_regen_async(|| async {
            let desk = self.origin.begin(call);
            if roll(2) == 0 { Ok(desk.create_async().await) } else { Err(down.insert(desk.fail()).clone()) }
        });
        self.origin.heard(call, result.await);
        down.inspect(|down| down.was_told(&self.origin));
    }

    fn panic(&self, call: Call) {
        let survived = survive(|| {
            self.cell.get_or_regen(|| {
                let _desk = self.origin.begin(call);
                self.origin.pause();
                boom()
            })
        });
        survived.inspect(|guard| self.origin.saw(call, guard));
    }

    fn hand_off(self: &Arc<Self>, call: Call, lease: OwnedLease<Value, ManualClock>) {
        let world = Arc::clone(self);
        let worker = thread::spawn(move || world.work(call, lease));
        self.workers.lock().unwrap().push(worker);
    }

    fn work(&self, call: Call, lease: OwnedLease<Value, ManualClock>) {
        let desk = self.origin.begin(call);
        match roll(4) {
            0 => {
                let down = desk.fail();
                lease.fail(down.clone());
                down.was_told(&self.origin);
            }
            1 => drop(desk),
            _ => drop(lease.publish(desk.create())),
        }
    }

    /// A call that is dropped after a poll or two.
    fn cancel(&self) {
        let call = self.origin.call();
        let mut future =
            Box::pin(self.cell.get_or_regen_async(|| async { self.origin.begin(call).create_async().await }));
        for _ in 0..=roll(2) {
            if let std::task::Poll::Ready(guard) = poll(future.as_mut()) {
                self.origin.saw(call, &guard);
                return;
            }
            self.origin.pause();
        }
        self.origin.excused(|| drop(future));
    }

    /// A call in a task of its own, which is aborted.
    async fn abort(self: &Arc<Self>) {
        let world = Arc::clone(self);
        let task = spawn(async move { world.origin.get_async(&world.cell).await });
        self.origin.pause();
        let mut task = pin!(task);
        let excuse = self.origin.excuse();
        task.abort();
        let _ = task.as_mut().await;
        self.origin.end_excuse(excuse);
    }

    /// A call that leads, perhaps, and is never polled again.
    fn park(&self) {
        let cell = Arc::clone(&self.cell);
        let mut parked: Parked = Box::pin(async move { cell.get_or_regen_async(pending).await });
        if poll(parked.as_mut()).is_pending() {
            self.parked.lock().unwrap().push(parked);
        }
    }
}

#[test]
fn eight_actors_do_all_there_is() {
    in_schedules(2_500, || {
        let world = World::new(empty());
        join_all(world.actors(8));
        world.end();
    });
}

#[test]
fn six_actors_on_a_cell_with_a_value() {
    in_schedules(2_500, || {
        let world = World::new(empty());
        world.origin.set(&world.cell);
        join_all(world.actors(6));
        world.end();
    });
}

#[test]
fn six_actors_and_leaders_that_hang() {
    in_schedules(1_500, || {
        let clock = ManualClock::new();
        let world = World::new(empty_with_lease(&clock));
        world.park();
        let actors = world.actors(6);
        let are_done = Arc::new(AtomicBool::new(false));
        let time = thread::spawn({
            let (world, are_done) = (Arc::clone(&world), Arc::clone(&are_done));
            move || {
                while !are_done.load(Relaxed) {
                    world.origin.excused(|| clock.advance(TERM));
                    if roll(4) == 0 {
                        world.park();
                    }
                    thread::yield_now();
                }
            }
        });
        join_all(actors);
        are_done.store(true, Relaxed);
        time.join().unwrap();
        world.end();
    });
}
