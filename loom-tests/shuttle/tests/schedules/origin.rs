//! Where the values come from, and the books that are kept on who did what when: each creation function, read and
//! change of the cell is entered, and what contradicts the promises ends the model.
//!
//! The books are hidden from shuttle: they order nothing, and are no place to switch threads at.

use crate::rig::Cell;
use shuttle::future::yield_now;
use shuttle_tests::clock::Clock;
use shuttle_tests::{DogpileCell, Guard, RegenError};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the next event's number is until it happens.
const NOT_YET: u64 = u64::MAX;

#[derive(Clone)]
pub struct Value {
    pub number: u64,
    /// When its creation function began; or when the `set` returned that brought it.
    made: Arc<AtomicU64>,
    /// As which version anybody has seen it. 0: nobody has, yet.
    version: Arc<AtomicU64>,
}

impl Value {
    pub fn first() -> Self {
        Self { number: 0, made: Arc::default(), version: Arc::new(AtomicU64::new(1)) }
    }

    /// None: nobody has seen it, so nobody can know of a later one by it.
    pub fn seen_as(&self) -> Option<u64> {
        Some(self.version.load(Relaxed)).filter(|version| *version > 0)
    }

    fn made(&self) -> u64 {
        self.made.load(Relaxed)
    }
}

/// The error of a creation function, with the time at which the call of its leader returned.
#[derive(Clone, Debug)]
pub struct Down(Arc<AtomicU64>);

impl fmt::Display for Down {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the origin is down")
    }
}

impl Error for Down {}

#[derive(Default)]
pub struct Origin {
    books: Mutex<Books>,
    /// Shuttle's, for a point at which somebody else may go on.
    door: shuttle::sync::atomic::AtomicUsize,
}

#[derive(Default)]
struct Books {
    /// How much has happened: the time.
    events: u64,
    runs: u64,
    at_work: Vec<Leader>,
    /// When the call began that made the value of each number, from 1.
    makers: Vec<u64>,
    /// When began and ended what makes it right that somebody leads beside a leader.
    excuses: Vec<(u64, u64)>,
    /// The highest version that anybody has seen.
    version: u64,
    /// When the last `set` or `invalidate` that has returned began: what was made before that is gone.
    replaced: u64,
    /// When the last `mark_stale` that has returned began: what was made before that is stale.
    marked: u64,
}

struct Leader {
    number: u64,
    /// When the call began that was elected.
    called: u64,
}

impl Books {
    fn tick(&mut self) -> u64 {
        self.events += 1;
        self.events
    }
}

/// What a call may rely on when it begins.
#[derive(Clone, Copy)]
pub struct Call {
    began: u64,
    version: u64,
    replaced: u64,
}

/// What makes it right that somebody leads beside a leader.
#[must_use]
#[derive(Clone, Copy)]
pub struct Excuse {
    began: u64,
    place: usize,
}

/// Where a creation function works. Dropped when it is done, in whatever way.
pub struct Desk<'o> {
    origin: &'o Origin,
    number: u64,
    began: u64,
}

impl Origin {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many creation functions have begun.
    pub fn runs(&self) -> u64 {
        self.books().runs
    }

    /// The highest version that anybody has seen.
    pub fn version(&self) -> u64 {
        self.books().version
    }

    /// Lets somebody else go on.
    pub fn pause(&self) {
        self.door.fetch_add(1, Relaxed);
    }

    pub fn call(&self) -> Call {
        let mut books = self.books();
        Call { began: books.tick(), version: books.version, replaced: books.replaced }
    }

    /// A creation function begins, in a call that was elected.
    pub fn begin(&self, call: Call) -> Desk<'_> {
        let mut books = self.books();
        let began = books.tick();
        // Whoever was elected before an excuse may begin after it.
        let since = books.at_work.iter().map(|leader| leader.called).fold(call.began, u64::min);
        let excuses = books.excuses.iter().filter(|(_, ended)| *ended >= since).count();
        assert!(books.at_work.len() <= excuses, "a leader beside another one, without an excuse");
        books.runs += 1;
        let number = books.runs;
        books.at_work.push(Leader { number, called: call.began });
        books.makers.push(call.began);
        Desk { origin: self, number, began }
    }

    /// A call returned a value.
    pub fn saw(&self, call: Call, guard: &Guard<Value>) {
        let mut books = self.books();
        let version = Guard::version(guard);
        if version == 0 {
            // It was superseded. Nobody gets it but the call that made it.
            let maker = guard.number.checked_sub(1).map(|at| books.makers[usize::try_from(at).unwrap()]);
            assert_eq!(maker, Some(call.began), "a superseded result of another call");
        } else {
            assert!(version >= call.version, "the versions went backwards");
            guard.version.store(version, Relaxed);
        }
        assert!(guard.made() >= call.replaced, "a value from before a set or an invalidate");
        books.version = books.version.max(version);
    }

    /// A call that may fail returned.
    pub fn heard(&self, call: Call, result: Result<Guard<Value>, RegenError>) {
        match result {
            Ok(guard) => self.saw(call, &guard),
            Err(RegenError::Failed(error)) => {
                let ended =
                    error.downcast_ref::<Down>().expect("what the creation functions return").0.load(Relaxed);
                assert!(ended >= call.began, "an error from before the call");
            }
            Err(RegenError::GivenUp | RegenError::WaitTimeout) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// From now on a leader may be elected beside one that is at work.
    pub fn excuse(&self) -> Excuse {
        let mut books = self.books();
        let began = books.tick();
        books.excuses.push((began, NOT_YET));
        Excuse { began, place: books.excuses.len() - 1 }
    }

    pub fn end_excuse(&self, excuse: Excuse) {
        let mut books = self.books();
        books.excuses[excuse.place].1 = books.tick();
    }

    /// An excuse for as long as `change` goes on, and when it began.
    pub fn excused(&self, change: impl FnOnce()) -> u64 {
        let excuse = self.excuse();
        let began = excuse.began;
        change();
        self.end_excuse(excuse);
        began
    }

    pub fn get(&self, cell: &Cell) -> u64 {
        let call = self.call();
        let guard = cell.get_or_regen(|| self.begin(call).create());
        self.saw(call, &guard);
        guard.number
    }

    pub async fn get_async(&self, cell: &Cell) -> u64 {
        let call = self.call();
        let guard = cell.get_or_regen_async(|| async { self.begin(call).create_async().await }).await;
        self.saw(call, &guard);
        guard.number
    }

    pub fn set<C: Clock>(&self, cell: &DogpileCell<Value, C>) {
        let value = Value { number: 0, made: Arc::new(AtomicU64::new(NOT_YET)), version: Arc::default() };
        let (made, seen_as) = (Arc::clone(&value.made), Arc::clone(&value.version));
        let mut version = 0;
        let began = self.excused(|| version = cell.set(value));
        let mut books = self.books();
        made.store(books.events, Relaxed);
        seen_as.store(version, Relaxed);
        books.version = books.version.max(version);
        books.replaced = books.replaced.max(began);
    }

    pub fn invalidate(&self, cell: &Cell) {
        let began = self.excused(|| cell.invalidate());
        let mut books = self.books();
        books.replaced = books.replaced.max(began);
    }

    pub fn invalidate_if(&self, cell: &Cell, version: u64) {
        let mut done = false;
        let began = self.excused(|| done = cell.invalidate_if(version));
        if done {
            let mut books = self.books();
            books.replaced = books.replaced.max(began);
            books.version = books.version.max(version + 1);
        }
    }

    pub fn mark_stale(&self, cell: &Cell) {
        let began = self.books().tick();
        cell.mark_stale();
        let mut books = self.books();
        books.marked = books.marked.max(began);
    }

    /// Everybody has gone: nothing is stuck, and no mark was lost.
    pub fn settle(&self, cell: &Cell) {
        assert!(self.books().at_work.is_empty() && !cell.is_regenerating(), "a leader is left");
        let call = self.call();
        let guard = cell.get_or_regen(|| self.begin(call).create());
        self.saw(call, &guard);
        assert!(guard.made() >= self.books().marked, "a mark was lost");
        let again = cell.get_or_regen(|| unreachable!("it was just made"));
        assert_eq!(Guard::version(&again), Guard::version(&guard), "nobody is left who would change it");
    }
}

impl Desk<'_> {
    pub fn create(self) -> Value {
        self.origin.pause();
        Value { number: self.number, made: Arc::new(AtomicU64::new(self.began)), version: Arc::default() }
    }

    pub async fn create_async(self) -> Value {
        yield_now().await;
        self.create()
    }

    /// The error, which its leader must tell when its call returned.
    pub fn fail(self) -> Down {
        self.origin.pause();
        Down(Arc::new(AtomicU64::new(NOT_YET)))
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        let mut books = self.origin.books();
        books.tick();
        books.at_work.retain(|leader| leader.number != self.number);
    }
}

impl Down {
    pub fn was_told(&self, origin: &Origin) {
        self.0.store(origin.books().tick(), Relaxed);
    }
}
