//! The bounded pool of threads on which pixels are worked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::process::setpriority_process;
use tokio::sync::oneshot;

use super::Footprint;
use super::heap;
use super::pixels::{Key, LINGER, Pixels};
use super::queue::{Admitted, Queue, Seat};
use codec::Picture;

/// Below that of the threads that serve, so that what needs no work is answered at once (setpriority(2)).
const NICENESS: i32 = 10;

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
    shared: Arc<Shared>,
    /// Dropped with the last clone, which tells the threads to end.
    _door: Arc<Door>,
}

/// How busy the pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    pub threads: usize,
    pub running: usize,
    pub queued: usize,
    /// Bytes of the budget that are taken.
    pub reserved_bytes: u64,
    /// Bytes of the budget.
    pub memory_budget: u64,
}

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    #[error("too much work is waiting, try again later")]
    Busy,
    #[error("the work waited too long for its turn, try again later")]
    Late,
    #[error("expected work that takes at most {budget} bytes of memory, got {needed}; ask for a smaller image")]
    TooDear { needed: u64, budget: u64 },
    #[error("nobody waits for the result any more")]
    Abandoned,
    #[error("a panic ended the work")]
    Panicked,
}

/// Tells a running job whether anybody still waits for its result.
pub struct Ticket {
    is_abandoned: Box<dyn Fn() -> bool>,
}

type Job = Box<dyn FnOnce() + Send>;

/// What all threads share. Where both locks are taken, that of `state` comes first.
pub(super) struct Shared {
    state: Mutex<State>,
    pixels: Mutex<Pixels>,
    /// Work came, bytes came back, or the end.
    has_news: Condvar,
    running: AtomicUsize,
    limits: WorkLimits,
}

struct State {
    queue: Queue<Job>,
    /// There was work since memory was given back.
    has_worked: bool,
    is_closed: bool,
}

struct Door(Arc<Shared>);

/// A place in the queue, given up when nobody waits any more.
struct Place<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(limits: WorkLimits) -> io::Result<Self> {
        let queue = Queue::new(limits.queue_length, limits.memory_budget);
        let state = Mutex::new(State { queue, has_worked: false, is_closed: false });
        let pixels = Mutex::new(Pixels::new(limits.memory_budget));
        let shared = Arc::new(Shared { state, pixels, has_news: Condvar::new(), running: AtomicUsize::new(0), limits });
        let door = Arc::new(Door(Arc::clone(&shared)));
        let seats = (0..limits.threads).map(|number| (number.to_string(), Seat::Any));
        for (name, seat) in seats.chain([("light".into(), Seat::Light)]) {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("worker-{name}")).spawn(move || shared.work(seat))?;
        }
        Ok(Self { shared, _door: door })
    }

    /// Runs a job on the pool and waits for its result; also says how long the job waited for its turn.
    ///
    /// When this future is dropped, a job that has not begun is dropped, and a running one is told by its ticket. Seat
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
        let place = Place { shared: &self.shared, number };
        let received = match tokio::time::timeout(self.shared.limits.queue_timeout, &mut receiver).await {
            Ok(received) => received,
            Err(_) if place.leave() => return Err(WorkError::Late),
            Err(_) => receiver.await,
        };
        received.unwrap_or(Err(WorkError::Abandoned))
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub fn load(&self) -> Load {
        let WorkLimits { threads, memory_budget, .. } = self.shared.limits;
        let running = self.shared.running.load(Ordering::Relaxed);
        let state = &mut lock(&self.shared.state);
        let queue = &mut state.queue;
        queue.set_kept_bytes(self.shared.pixels().kept_bytes());
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

impl Place<'_> {
    /// Takes the work out of the queue; tells whether it had not begun.
    fn leave(&self) -> bool {
        lock(&self.shared.state).queue.remove(self.number)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Shared {
    fn push(&self, footprint: Footprint, job: Job) -> Result<u64, WorkError> {
        let number = lock(&self.state).queue.push(footprint, job)?;
        self.has_news.notify_all();
        Ok(number)
    }

    fn work(&self, seat: Seat) {
        // On Linux this is the priority of the calling thread. Without it a worker is merely not so polite.
        let _ = setpriority_process(None, NICENESS);
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

    fn next(&self, seat: Seat) -> Option<Admitted<Job>> {
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
    fn is_idle(&self, state: &State) -> bool {
        state.has_worked && self.running.load(Ordering::Relaxed) == 0
    }

    fn give_back_if_idle<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if !self.is_idle(&state) {
            return state;
        }
        state.has_worked = false;
        drop(state);
        heap::give_back();
        lock(&self.state)
    }

    /// Gives up pixels that nobody needs, or that are in the way of work; tells whether any are left.
    fn count_kept(&self, state: &mut State, seat: Seat) -> bool {
        let mut pixels = self.pixels();
        pixels.forget(Instant::now());
        state.queue.set_kept_bytes(pixels.kept_bytes());
        while state.queue.needs_kept_bytes(seat) && pixels.drop_oldest() {
            state.queue.set_kept_bytes(pixels.kept_bytes());
        }
        pixels.kept_bytes() > 0
    }

    pub(super) fn pixels(&self) -> MutexGuard<'_, Pixels> {
        lock(&self.pixels)
    }

    /// How many threads the only work may use; one where it is not the only one.
    pub(super) fn idle_threads(&self) -> usize {
        let is_only = self.running.load(Ordering::Relaxed) <= 1 && lock(&self.state).queue.len() == 0;
        if is_only { self.limits.threads } else { 1 }
    }

    /// Keeps pixels for others, where the budget has room for them.
    pub(super) fn keep(&self, key: &Key, picture: &Picture) {
        let mut state = lock(&self.state);
        let mut pixels = self.pixels();
        state.queue.set_kept_bytes(pixels.kept_bytes());
        pixels.keep(key.clone(), picture.clone(), state.queue.free_bytes(), Instant::now());
        state.queue.set_kept_bytes(pixels.kept_bytes());
    }
}

impl Drop for Door {
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
