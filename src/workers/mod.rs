//! WORKERS: the bounded pool of threads for long work: who is next, and how much memory all of it may hold.
//! This room must not know what is worked on.

mod heap;
mod idle;
mod queue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::process::{getpriority_process, setpriority_process};
use tokio::sync::oneshot;

pub use heap::keep_heap;
pub use idle::give_way;
use queue::{Admitted, Queue, SeatKind};

/// Below that of the threads that serve, so that what needs no work is answered at once (setpriority(2)).
const NICENESS: i32 = 10;

/// For how long what is kept for later work is kept, and how long an idle pool waits until it gives memory back.
pub const LINGER: Duration = Duration::from_secs(1);

/// What one piece of work takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// The most memory that it holds at any time, in bytes; never less than in truth (tests/memory.rs).
    pub peak_bytes: u64,
    /// Short work, which need not wait behind long work.
    pub is_light: bool,
}

/// What is kept beside the work, for work to come. It counts towards the budget, and gives way to work.
pub trait Hoard: Send + Sync {
    /// Gives up what is no longer of use.
    fn forget(&self, now: Instant);

    /// Bytes of all that is kept.
    fn bytes(&self) -> u64;

    /// Gives up what was not of use for the longest time; tells whether there was anything.
    fn give_up_oldest(&self) -> bool;
}

/// The pool as work sees it that is done there. Unlike [`Workers`] it does not keep the threads alive.
#[derive(Clone)]
pub struct Floor(Arc<Pool>);

/// How much work there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLimits {
    /// Threads, one for each piece of work. One more does light work alone, so that it does not wait for heavy work.
    pub threads: usize,
    /// Bytes that all work underway may hold together.
    pub memory_budget: u64,
    /// Pieces of work that may wait. More are refused at once.
    pub queue_length: usize,
    /// How long work may wait before it is refused.
    pub queue_timeout: Duration,
}

/// A pool of threads that do one job each at a time. Clones share the pool; the threads end with the last clone.
#[derive(Clone)]
pub struct Workers {
    shared: Arc<Pool>,
    /// Dropped with the last clone, which tells the threads to end.
    _door: Arc<Closing>,
}

/// How busy the pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Threads that take any work.
    pub threads: usize,
    /// Pieces of work underway.
    pub running: usize,
    /// Pieces of work that wait.
    pub queued: usize,
    /// Bytes of the budget that are taken.
    pub reserved_bytes: u64,
    /// Bytes of the budget.
    pub memory_budget: u64,
}

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// The queue is full.
    #[error("too much work is waiting, try again later")]
    Busy,
    /// It waited too long.
    #[error("the work waited too long for its turn, try again later")]
    Late,
    /// It could never begin.
    #[error("expected work that takes at most {budget} bytes of memory, got {needed}; ask for a smaller image")]
    TooDear {
        /// In bytes.
        needed: u64,
        /// In bytes.
        budget: u64,
    },
    /// Whoever wanted it has gone.
    #[error("nobody waits for the result any more")]
    Abandoned,
    /// There is a fault in our code.
    #[error("a panic ended the work")]
    Panicked,
}

/// Tells a running job whether anybody still waits for its result.
pub struct Ticket {
    is_abandoned: Box<dyn Fn() -> bool>,
}

type Job = Box<dyn FnOnce() + Send>;

/// What all threads share. Where the hoard has a lock, that of `state` is taken first.
struct Pool {
    state: Mutex<PoolState>,
    hoard: Arc<dyn Hoard>,
    /// Work came, bytes came back, or the end.
    has_news: Condvar,
    running: AtomicUsize,
    limits: WorkLimits,
}

struct PoolState {
    queue: Queue<Job>,
    /// There was work since memory was given back.
    has_worked: bool,
    is_closed: bool,
}

struct Closing(Arc<Pool>);

/// A place in the queue, given up when nobody waits any more.
struct QueuePlace<'a> {
    shared: &'a Pool,
    number: u64,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(limits: WorkLimits, hoard: Arc<dyn Hoard>) -> io::Result<Self> {
        let queue = Queue::new(limits.queue_length, limits.memory_budget);
        let state = Mutex::new(PoolState { queue, has_worked: false, is_closed: false });
        let shared = Arc::new(Pool { state, hoard, has_news: Condvar::new(), running: AtomicUsize::new(0), limits });
        let door = Arc::new(Closing(Arc::clone(&shared)));
        let seats = (0..limits.threads).map(|number| (number.to_string(), SeatKind::Any));
        for (name, seat) in seats.chain([("light".into(), SeatKind::Light)]) {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("worker-{name}")).spawn(move || shared.work(seat))?;
        }
        Ok(Self { shared, _door: door })
    }

    /// Runs a job on the pool and waits for its result; also says how long the job waited for its turn.
    ///
    /// When this future is dropped, a job that has not begun is dropped, and a running one is told by its ticket. SeatKind
    /// and bytes are held by the work, not by who waits for it.
    ///
    /// # Errors
    /// The job takes more than the whole budget, the queue is full, the job waited too long, or it panicked: then this
    /// job alone is lost.
    pub async fn run<T: Send + 'static>(
        &self,
        footprint: Footprint,
        job: impl FnOnce(&Ticket) -> T + Send + 'static,
    ) -> Result<(T, Duration), WorkError> {
        let (sender, mut receiver) = oneshot::channel();
        let queued_at = Instant::now();
        let number = self.shared.push(
            footprint,
            Box::new(move || {
                if sender.is_closed() {
                    return;
                }
                let waited = queued_at.elapsed();
                let sender = Arc::new(Mutex::new(Some(sender)));
                let ticket = Ticket::new(&sender);
                let result = catch_unwind(AssertUnwindSafe(|| job(&ticket)));
                if let Some(sender) = lock(&sender).take() {
                    // Nobody may be waiting any more, and then the result is of no use.
                    let _ = sender.send(result.map(|value| (value, waited)).map_err(|_| WorkError::Panicked));
                }
            }),
        )?;
        let place = QueuePlace { shared: &self.shared, number };
        let received = match tokio::time::timeout(self.shared.limits.queue_timeout, &mut receiver).await {
            Ok(received) => received,
            Err(_) if place.leave() => return Err(WorkError::Late),
            Err(_) => receiver.await,
        };
        received.unwrap_or(Err(WorkError::Abandoned))
    }

    /// Tells whether work would not be refused for the memory that it takes.
    pub fn has_room_for(&self, footprint: Footprint) -> bool {
        lock(&self.shared.state).queue.has_room_for(footprint)
    }

    /// The pool for those who work on it.
    pub fn floor(&self) -> Floor {
        Floor(Arc::clone(&self.shared))
    }

    /// How busy the pool is now.
    pub fn load(&self) -> Load {
        let WorkLimits { threads, memory_budget, .. } = self.shared.limits;
        let running = self.shared.running.load(Ordering::Relaxed);
        let state = &mut lock(&self.shared.state);
        let queue = &mut state.queue;
        queue.set_kept_bytes(self.shared.hoard.bytes());
        Load { threads, running, queued: queue.len(), reserved_bytes: queue.reserved_bytes(), memory_budget }
    }
}

impl Ticket {
    fn new<T: 'static>(sender: &Arc<Mutex<Option<oneshot::Sender<T>>>>) -> Self {
        let sender = Arc::clone(sender);
        Self { is_abandoned: Box::new(move || lock(&sender).as_ref().is_none_or(oneshot::Sender::is_closed)) }
    }

    /// A ticket for work that is done where it is asked for: never abandoned.
    pub fn unconditional() -> Self {
        Self { is_abandoned: Box::new(|| false) }
    }

    /// Tells whether the result would be thrown away.
    pub fn is_abandoned(&self) -> bool {
        (self.is_abandoned)()
    }
}

impl QueuePlace<'_> {
    /// Takes the work out of the queue; tells whether it had not begun.
    fn leave(&self) -> bool {
        lock(&self.shared.state).queue.remove(self.number)
    }
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Pool {
    fn push(&self, footprint: Footprint, job: Job) -> Result<u64, WorkError> {
        let number = lock(&self.state).queue.push(footprint, job)?;
        self.has_news.notify_all();
        Ok(number)
    }

    fn work(&self, seat: SeatKind) {
        // On Linux this is the priority of the calling thread. Without it a worker is merely not so polite. One that gives way
        // to all others already stays so.
        if getpriority_process(None).is_ok_and(|niceness| niceness < NICENESS) {
            let _ = setpriority_process(None, NICENESS);
        }
        while let Some(Admitted { job, reservation }) = self.next(seat) {
            self.running.fetch_add(1, Ordering::Relaxed);
            job();
            self.running.fetch_sub(1, Ordering::Relaxed);
            let mut state = lock(&self.state);
            state.queue.release(reservation);
            state.has_worked = true;
            drop(state);
            self.has_news.notify_all();
        }
    }

    fn next(&self, seat: SeatKind) -> Option<Admitted<Job>> {
        let mut state = lock(&self.state);
        loop {
            let has_kept = self.count_kept(&mut state, seat);
            if let Some(admitted) = state.queue.next(seat) {
                return Some(admitted);
            }
            if state.is_closed && state.queue.len() == 0 {
                return None;
            }
            state = if has_kept || self.is_idle(&state) {
                let waited = self.has_news.wait_timeout(state, LINGER);
                let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
                if waited.timed_out() && !has_kept { self.give_back_if_idle(state) } else { state }
            } else {
                self.has_news.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    /// Tells whether no work is underway, and memory of earlier work is still kept.
    fn is_idle(&self, state: &PoolState) -> bool {
        state.has_worked && self.running.load(Ordering::Relaxed) == 0
    }

    fn give_back_if_idle<'a>(&'a self, mut state: MutexGuard<'a, PoolState>) -> MutexGuard<'a, PoolState> {
        if !self.is_idle(&state) {
            return state;
        }
        state.has_worked = false;
        drop(state);
        heap::give_back();
        lock(&self.state)
    }

    /// Gives up what nobody needs, or what is in the way of work; tells whether any are left.
    fn count_kept(&self, state: &mut PoolState, seat: SeatKind) -> bool {
        self.hoard.forget(Instant::now());
        state.queue.set_kept_bytes(self.hoard.bytes());
        while state.queue.needs_kept_bytes(seat) && self.hoard.give_up_oldest() {
            state.queue.set_kept_bytes(self.hoard.bytes());
        }
        self.hoard.bytes() > 0
    }
}

impl Floor {
    /// How many threads the only work may use; one where it is not the only one.
    pub fn idle_threads(&self) -> usize {
        let shared = &self.0;
        let is_only = shared.running.load(Ordering::Relaxed) <= 1 && lock(&shared.state).queue.len() == 0;
        if is_only { shared.limits.threads } else { 1 }
    }

    /// Lets something be kept: `keep` puts into the hoard what fits into so many bytes.
    pub fn keep(&self, keep: impl FnOnce(u64)) {
        let shared = &self.0;
        let mut state = lock(&shared.state);
        state.queue.set_kept_bytes(shared.hoard.bytes());
        keep(state.queue.free_bytes());
        state.queue.set_kept_bytes(shared.hoard.bytes());
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        lock(&self.0.state).is_closed = true;
        self.0.has_news.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
