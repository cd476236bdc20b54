//! A token of two seconds is never served at two seconds or later, whatever happened and whoever asks: random histories,
//! with the origin up, down, slow and hanging. The callers that a value is made for are the only ones that can get it
//! dead: who leads, and, if it was dead when it was published, who waited.

use crate::hands::{Call, poll};
use crate::sizes::TOKEN_CASES;
use crate::support::{Crash, STUCK, TICK, crash, not_due, not_due_either, spawn};
use crate::ways::{By, Way};
use dogpile::clock::{Clock, ManualClock};
use dogpile::{Demand, DogpileCell, Guard, Lifetime, OwnedLease, OwnedReader, RegenError};
use proptest::collection::vec;
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

const LIFE: Duration = Duration::from_secs(2);
const LIFE_NANOS: u64 = 2_000_000_000;

#[derive(Debug, Clone, Copy)]
struct Token {
    id: u64,
    born: u64,
    /// Its age when it came.
    age: u64,
}

impl Token {
    fn lifetime(&self, shape: Shape) -> Lifetime {
        let windows = Lifetime::fresh_for(shape.fresh).usable_for(LIFE).age(Duration::from_nanos(self.age));
        match shape.windows {
            Some(window) => windows.stale_while_revalidate(window).stale_if_error(window),
            None => windows,
        }
    }
}

/// How tokens say that they live, beside their hard end.
#[derive(Debug, Clone, Copy)]
struct Shape {
    fresh: Duration,
    windows: Option<Duration>,
    lease: Option<Duration>,
    retry: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Origin {
    Up,
    Down,
    /// Up, after so long.
    Slow(u64),
    /// Panics.
    Broken,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Publish,
    Fail,
    FailFor(u64),
    Defer(u64),
    Drop,
    Extend(u64),
    Offer,
}

#[derive(Debug, Clone, Copy)]
enum Read {
    Get,
    Call,
    TryCall,
    HandOff,
    Reader,
    TryReader,
    GetOfReader,
    Newer(u64),
    /// A task that waits, if it has to.
    Task,
    TryTask,
    NewerTask(u64),
}

#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    /// To the end of the newest token, or a nanosecond beside it.
    ToEnd(i64),
    Read(Read, Demand, Origin, Way),
    Lead(Demand),
    /// A leader that hangs, as a task.
    Hang(Demand),
    End(usize, Ending),
    /// Drops, or looks after, what waits or hangs.
    Cancel(usize),
    Poll(usize),
    Set(u64),
    SetIfNewer(u64),
    Mark,
    Report,
    Invalidate,
    Resume,
    Purge,
    Release,
}

fn nanos() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![
        Just(0),
        1..5_u64,
        (0..LIFE_NANOS),
        Just(LIFE_NANOS - 1),
        Just(LIFE_NANOS),
        Just(LIFE_NANOS / 2),
    ]
}

fn duration() -> impl Strategy<Value = Duration> + Clone {
    prop_oneof![4 => nanos().prop_map(Duration::from_nanos), 1 => Just(Duration::MAX)]
}

fn shape() -> impl Strategy<Value = Shape> {
    let (windows, lease) = (prop::option::of(duration()), prop::option::of(duration()));
    (duration(), windows, lease, duration()).prop_map(|(fresh, windows, lease, retry)| Shape {
        fresh,
        windows,
        lease,
        retry,
    })
}

fn demand() -> impl Strategy<Value = Demand> + Clone {
    let parts = (prop::option::of(duration()), prop::option::of(0..12_u64), prop::option::of(duration()));
    (parts, any::<[bool; 3]>()).prop_map(|((age, newer, every), [anew, stale, despite])| {
        let mut demand = Demand::new().patience(Duration::ZERO);
        if let Some(age) = age {
            demand = demand.max_age(age);
        }
        if let Some(version) = newer {
            demand = demand.newer_than(version);
        }
        if let Some(every) = every {
            demand = demand.at_most_every(every);
        }
        if anew {
            demand = demand.anew();
        }
        if stale {
            demand = demand.or_stale();
        }
        if despite { demand.despite_throttle() } else { demand }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let demand = prop_oneof![1 => Just(Demand::new().patience(Duration::ZERO)), 2 => demand()];
    let origin = prop_oneof![
        2 => Just(Origin::Up),
        2 => Just(Origin::Down),
        1 => nanos().prop_map(Origin::Slow),
        1 => Just(Origin::Broken),
    ];
    let read = prop_oneof![
        Just(Read::Get),
        Just(Read::Call),
        Just(Read::TryCall),
        Just(Read::HandOff),
        Just(Read::Reader),
        Just(Read::TryReader),
        Just(Read::GetOfReader),
        (0..12_u64).prop_map(Read::Newer),
        Just(Read::Task),
        Just(Read::TryTask),
        (0..12_u64).prop_map(Read::NewerTask),
    ];
    let ending = prop_oneof![
        3 => Just(Ending::Publish),
        2 => Just(Ending::Fail),
        1 => nanos().prop_map(Ending::FailFor),
        1 => nanos().prop_map(Ending::Defer),
        1 => Just(Ending::Drop),
        1 => nanos().prop_map(Ending::Extend),
        1 => Just(Ending::Offer),
    ];
    let way = prop_oneof![Just(Way::Thread), Just(Way::Bare)];
    prop_oneof![
        4 => nanos().prop_map(Step::Pass),
        5 => (-1..=1_i64).prop_map(Step::ToEnd),
        14 => (read, demand.clone(), origin, way).prop_map(|(read, demand, origin, way)| {
            Step::Read(read, demand, origin, way)
        }),
        2 => demand.clone().prop_map(Step::Lead),
        1 => demand.prop_map(Step::Hang),
        3 => (any::<usize>(), ending).prop_map(|(which, ending)| Step::End(which, ending)),
        1 => any::<usize>().prop_map(Step::Cancel),
        3 => any::<usize>().prop_map(Step::Poll),
        1 => nanos().prop_map(Step::Set),
        1 => nanos().prop_map(Step::SetIfNewer),
        1 => Just(Step::Mark),
        1 => Just(Step::Report),
        1 => Just(Step::Invalidate),
        1 => Just(Step::Resume),
        1 => Just(Step::Purge),
        1 => Just(Step::Release),
    ]
}

/// What tasks and threads make tokens with.
#[derive(Clone)]
struct Maker {
    clock: ManualClock,
    made: Arc<AtomicU64>,
}

impl Maker {
    fn token(&self, age: u64) -> Token {
        let id = self.made.fetch_add(1, SeqCst) + 1;
        Token { id, born: self.clock.now().as_nanos() - age, age }
    }

    fn make(&self, origin: Origin) -> Result<Token, &'static str> {
        match origin {
            Origin::Up => Ok(self.token(0)),
            Origin::Down => Err("down"),
            Origin::Slow(nanos) => {
                self.clock.advance(Duration::from_nanos(nanos));
                Ok(self.token(0))
            }
            Origin::Broken => crash(),
        }
    }
}

type Cell = Arc<DogpileCell<Token, ManualClock>>;

struct World {
    cell: Cell,
    clock: ManualClock,
    maker: Maker,
    shape: Shape,
    reader: OwnedReader<Token, ManualClock>,
    leases: Vec<OwnedLease<Token, ManualClock>>,
    /// With how many tokens there were when it began.
    tasks: Vec<(Call<'static, Option<Token>>, u64)>,
    newest: u64,
}

impl World {
    fn new(shape: Shape) -> Self {
        let clock = ManualClock::new();
        clock.advance(LIFE * 10); // so that births are not before the origin of the clock
        let mut builder = DogpileCell::builder()
            .lifetime_of(move |token: &Token| token.lifetime(shape))
            .retry_backoff(shape.retry, Duration::MAX)
            .wait_timeout(Duration::ZERO)
            .clock(clock.clone());
        if let Some(lease) = shape.lease {
            builder = builder.lease_timeout(lease);
        }
        let cell = Arc::new(builder.build().unwrap());
        let maker = Maker { clock: clock.clone(), made: Arc::default() };
        let (reader, newest) = (cell.reader_owned(), clock.now().as_nanos());
        Self { cell, clock, maker, shape, reader, leases: Vec::new(), tasks: Vec::new(), newest }
    }

    fn made(&self) -> u64 {
        self.maker.made.load(SeqCst)
    }

    /// A call that began when there were so many tokens was served this one.
    fn served(&self, token: Token, tokens_before: u64) {
        let age = self.clock.now().as_nanos() - token.born;
        let is_for_it = token.id > tokens_before && token.age >= LIFE_NANOS;
        assert!(age < LIFE_NANOS || is_for_it, "{token:?} is served at the age of {age} ns");
    }

    /// A call that began when there were so many tokens, and that may have made one itself, was answered with this one.
    fn answered(&self, answer: Option<Token>, tokens_before: u64, own: Option<u64>) {
        if let Some(token) = answer {
            if Some(token.id) != own {
                self.served(token, tokens_before);
            }
        }
    }

    fn read(&mut self, read: Read, demand: Demand, origin: Origin, way: Way) {
        let (before, maker, cell) = (self.made(), self.maker.clone(), Arc::clone(&self.cell));
        let mut own = None;
        let make = |own: &mut Option<u64>| {
            let made = maker.make(origin);
            *own = made.ok().map(|token| token.id);
            made
        };
        // An infallible call would wait for leaders that this thread holds.
        let may_wait = matches!(read, Read::Call | Read::Reader)
            && cell.with(Demand::new().anew().despite_throttle()).try_lead().is_none();
        let mut answer = None;
        let reader = &mut self.reader;
        let crashed = crashed(|| {
            answer = match read {
                Read::Get => cell.with(demand).get().or(cell.get()).map(|token| *token),
                Read::Call | Read::Reader if may_wait || origin == Origin::Down => None,
                Read::Call => Some(*cell.by(way).with(demand).get_or_regen(|| make(&mut own).unwrap())),
                Read::TryCall => token(cell.by(way).with(demand).try_get_or_regen(|| make(&mut own))),
                Read::HandOff => {
                    token(cell.by(way).with(demand).get_or_hand_off(|lease| match make(&mut own) {
                        Ok(value) => drop(lease.publish(value)),
                        Err(error) => lease.fail(error),
                    }))
                }
                Read::Reader => Some(*reader.with(demand).get_or_regen(|| make(&mut own).unwrap())),
                Read::TryReader => reader.with(demand).try_get_or_regen(|| make(&mut own)).ok().copied(),
                Read::GetOfReader => reader.get().copied(),
                Read::Newer(than) => token(cell.by(way).with(demand).wait_newer(than)),
                Read::Task | Read::TryTask | Read::NewerTask(_) => None,
            };
        });
        assert!(!crashed || origin == Origin::Broken);
        self.answered(answer, before, own);
        if let Some(task) = self.task(read, demand, origin) {
            self.tasks.push((task, before));
            self.poll(self.tasks.len() - 1);
        }
    }

    /// A call that waits if it has to; what it made itself is not for the test to judge.
    fn task(&self, read: Read, demand: Demand, origin: Origin) -> Option<Call<'static, Option<Token>>> {
        let (maker, cell) = (self.maker.clone(), Arc::clone(&self.cell));
        let demand = demand.patience(Duration::MAX);
        Some(match read {
            Read::Task => Box::pin(async move {
                let mut own = None;
                let origin = if origin == Origin::Down { Origin::Up } else { origin };
                let served = cell.with(demand).get_or_regen_async(async || {
                    let made = maker.make(origin).unwrap();
                    own = Some(made.id);
                    made
                });
                let token = *served.await;
                (own != Some(token.id)).then_some(token)
            }),
            Read::TryTask => Box::pin(async move {
                let mut own = None;
                let served = cell.with(demand).try_get_or_regen_async(async || {
                    let made = maker.make(origin);
                    own = made.ok().map(|token| token.id);
                    made
                });
                let token = *served.await.ok()?;
                (own != Some(token.id)).then_some(token)
            }),
            Read::NewerTask(than) => {
                Box::pin(
                    async move { cell.with(demand).wait_newer_async(than).await.ok().map(|token| *token) },
                )
            }
            _ => return None,
        })
    }

    fn poll(&mut self, which: usize) {
        if self.tasks.is_empty() {
            return;
        }
        let which = which % self.tasks.len();
        let mut polled = Poll::Pending;
        let task = &mut self.tasks[which].0;
        let crashed = crashed(|| polled = poll(task));
        if crashed {
            drop(self.tasks.swap_remove(which));
        } else if let Poll::Ready(answer) = polled {
            let (_, before) = self.tasks.swap_remove(which);
            self.answered(answer, before, None);
        }
    }

    fn end(&mut self, which: usize, ending: Ending) {
        if self.leases.is_empty() {
            return;
        }
        let mut lease = self.leases.swap_remove(which % self.leases.len());
        match ending {
            Ending::Publish => drop(lease.publish(self.maker.token(0))),
            Ending::Fail => lease.fail("down"),
            Ending::FailFor(nanos) => lease.fail_for("down", Duration::from_nanos(nanos)),
            Ending::Defer(nanos) => lease.defer(Duration::from_nanos(nanos)),
            Ending::Drop => drop(lease),
            Ending::Extend(nanos) => {
                lease.extend(Duration::from_nanos(nanos));
                self.leases.push(lease);
            }
            Ending::Offer => {
                let token = self.maker.token(0);
                let _ = lease.offer_stale(token, token.lifetime(self.shape));
                self.leases.push(lease);
            }
        }
    }

    fn hang(&mut self, demand: Demand) {
        let (cell, demand) = (Arc::clone(&self.cell), demand.patience(Duration::MAX));
        let leader = async move { Some(*cell.with(demand).get_or_regen_async(std::future::pending).await) };
        let before = self.made();
        self.tasks.push((Box::pin(leader), before));
        self.poll(self.tasks.len() - 1);
    }

    fn step(&mut self, step: &Step) {
        let own = |token: Token| token.lifetime(self.shape);
        match *step {
            Step::Pass(nanos) => self.clock.advance(Duration::from_nanos(nanos)),
            Step::ToEnd(by) => {
                let end = (self.newest + LIFE_NANOS).saturating_add_signed(by);
                let left = end.saturating_sub(self.clock.now().as_nanos());
                self.clock.advance(Duration::from_nanos(left));
            }
            Step::Read(read, demand, origin, way) => self.read(read, demand, origin, way),
            Step::Lead(demand) => self.leases.extend(self.cell.with_owned(demand).try_lead()),
            Step::Hang(demand) => self.hang(demand),
            Step::End(which, ending) => self.end(which, ending),
            Step::Cancel(which) => {
                if !self.tasks.is_empty() {
                    drop(self.tasks.swap_remove(which % self.tasks.len()));
                }
            }
            Step::Poll(which) => self.poll(which),
            Step::Set(age) => {
                let token = self.maker.token(age);
                self.cell.set_with(token, own(token));
            }
            Step::SetIfNewer(age) => {
                let token = self.maker.token(age);
                self.cell.set_if_newer(token, token.id / 2, own(token));
            }
            Step::Mark => self.cell.mark_stale(),
            Step::Report => {
                let version = self.cell.get().map_or(0, |token| Guard::version(&token));
                self.cell.mark_stale_if(version);
            }
            Step::Invalidate => self.cell.invalidate(),
            Step::Resume => {
                self.cell.resume();
            }
            Step::Purge => {
                self.cell.purge();
            }
            Step::Release => self.reader.release(),
        }
        self.check();
    }

    /// Whatever is done, nobody is served a dead token.
    fn check(&mut self) {
        let before = self.made();
        let any = Demand::new().or_stale().anew();
        let all = [self.cell.get(), self.cell.with(any).get()];
        for token in all.into_iter().flatten() {
            self.served(*token, before);
            self.newest = token.born;
        }
        let read = self.reader.get().copied();
        self.answered(read, before, None);
    }
}

/// Whether the call ended as its creation function did, which panics. Other panics go on.
fn crashed(call: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(()) => false,
        Err(payload) if payload.is::<Crash>() => true,
        Err(payload) => resume_unwind(payload),
    }
}

fn token(served: Result<Guard<Token>, RegenError>) -> Option<Token> {
    served.ok().map(|token| *token)
}

#[test]
fn a_token_of_two_seconds_is_never_served_at_two_seconds_or_later() {
    assert_eq!(LIFE, Duration::from_nanos(LIFE_NANOS));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(TOKEN_CASES) };
    proptest!(config, |(shape in shape(), steps in vec(step(), 1..60))| {
        let mut world = World::new(shape);
        for step in &steps {
            world.step(step);
        }
    });
}

/// Nor does any reader get a dead token on a thread of its own, while a leader hangs.
#[test]
fn no_thread_is_served_a_dead_token_while_its_leader_hangs() {
    let clock = ManualClock::new();
    let builder = DogpileCell::builder().time_to_live(LIFE / 2).clock(clock.clone());
    let cell: Cell = Arc::new(builder.wait_timeout(Duration::ZERO).build().unwrap());
    cell.set_with(Token { id: 1, born: 0, age: 0 }, Lifetime::new().usable_for(LIFE));
    clock.advance(LIFE / 2);
    let (ordered, orders) = std::sync::mpsc::channel::<()>();
    let (started, has_started) = std::sync::mpsc::channel();
    let leader = {
        let cell = Arc::clone(&cell);
        spawn(move || {
            cell.get_or_regen(|| {
                started.send(()).unwrap();
                orders.recv().unwrap();
                Token { id: 2, born: LIFE_NANOS, age: 0 }
            })
            .id
        })
    };
    has_started.recv_timeout(STUCK).unwrap();
    let read = |expected: bool| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let cell = Arc::clone(&cell);
                spawn(move || {
                    let mut reader = cell.reader();
                    let never = not_due_either::<Token>;
                    [
                        cell.get().is_some(),
                        reader.get().is_some(),
                        cell.try_get_or_regen(never).is_ok(),
                        reader.try_get_or_regen(never).is_ok(),
                        cell.get_or_hand_off(|_| not_due()).is_ok(),
                        cell.with(Demand::new().or_stale().newer_than(1)).try_get_or_regen(never).is_ok(),
                        cell.with(Demand::new().patience(Duration::ZERO)).wait_newer(0).is_ok(),
                    ]
                })
            })
            .collect();
        readers.into_iter().all(|reader| reader.join() == [expected; 7])
    };
    clock.advance(LIFE / 2 - TICK);
    assert!(read(true));
    clock.advance(TICK);
    assert!(read(false));
    ordered.send(()).unwrap();
    assert_eq!(leader.join(), 2);
    assert!(read(true));
}
