//! The bounded pool of threads on which pixels are worked.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use tokio::sync::oneshot;

/// Jobs that may wait, for each thread. Beyond it, work is refused at once.
const QUEUE_PER_THREAD: usize = 256;

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
}

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    #[error("too much work is waiting, try again later")]
    Busy,
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

struct Shared {
    queue: Mutex<Queue>,
    has_work: Condvar,
    running: AtomicUsize,
    threads: usize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

struct Door(Arc<Shared>);

impl Workers {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(threads: usize) -> io::Result<Self> {
        let queue = Mutex::new(Queue::default());
        let shared = Arc::new(Shared { queue, has_work: Condvar::new(), running: AtomicUsize::new(0), threads });
        let door = Arc::new(Door(Arc::clone(&shared)));
        for number in 0..threads {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("worker-{number}")).spawn(move || shared.work())?;
        }
        Ok(Self { shared, _door: door })
    }

    /// Runs a job on the pool and waits for its result; also says how long the job waited for a thread.
    ///
    /// When this future is dropped, a job that is still queued is skipped, and a running one is told by its ticket.
    /// The seat is held by the work, not by who waits for it.
    ///
    /// # Errors
    /// The queue is full, or the job panicked: then this job alone is lost.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Ticket) -> T + Send + 'static,
    ) -> Result<(T, Duration), WorkError> {
        let (sender, receiver) = oneshot::channel();
        let queued_at = Instant::now();
        self.shared.push(Box::new(move || {
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
        }))?;
        receiver.await.unwrap_or(Err(WorkError::Abandoned))
    }

    pub fn load(&self) -> Load {
        let queued = lock(&self.shared.queue).jobs.len();
        Load { threads: self.shared.threads, running: self.shared.running.load(Ordering::Relaxed), queued }
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

impl Shared {
    fn push(&self, job: Job) -> Result<(), WorkError> {
        let mut queue = lock(&self.queue);
        if queue.jobs.len() >= self.threads * QUEUE_PER_THREAD {
            return Err(WorkError::Busy);
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.has_work.notify_one();
        Ok(())
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            self.running.fetch_add(1, Ordering::Relaxed);
            job();
            self.running.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.is_closed {
                return None;
            }
            queue = self.has_work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        lock(&self.0.queue).is_closed = true;
        self.0.has_work.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_job_gives_its_result() {
        let workers = Workers::start(1).unwrap();
        let (answer, _waited) = workers.run(|_| 42).await.unwrap();
        assert_eq!(answer, 42);
    }

    #[tokio::test]
    async fn a_panic_costs_one_job_and_never_the_pool() {
        let workers = Workers::start(1).unwrap();
        let lost = workers.run(|_| std::panic::resume_unwind(Box::new("lost"))).await;
        assert_eq!(lost.map(|((), _)| ()), Err(WorkError::Panicked));
        assert_eq!(workers.run(|_| "next").await.unwrap().0, "next");
    }

    #[tokio::test]
    async fn a_queued_job_that_nobody_waits_for_is_skipped() {
        let workers = Workers::start(1).unwrap();
        let (release, blocked) = mpsc::channel::<()>();
        let (report, ran) = mpsc::channel();
        let blocker = tokio::spawn({
            let workers = workers.clone();
            async move { workers.run(move |_| blocked.recv().is_ok()).await }
        });
        while workers.load().running == 0 {
            tokio::task::yield_now().await;
        }
        let abandoned = tokio::spawn({
            let workers = workers.clone();
            async move { workers.run(move |_| report.send(())).await }
        });
        while workers.load().queued == 0 {
            tokio::task::yield_now().await;
        }
        abandoned.abort();
        assert!(abandoned.await.is_err());
        release.send(()).unwrap();
        assert!(blocker.await.unwrap().unwrap().0);
        workers.run(|_| ()).await.unwrap();
        assert!(ran.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_running_job_learns_that_nobody_waits() {
        let workers = Workers::start(1).unwrap();
        let (started, has_started) = oneshot::channel();
        let (report, saw) = oneshot::channel();
        let task = tokio::spawn({
            let workers = workers.clone();
            async move {
                workers
                    .run(move |ticket| {
                        let was_wanted = !ticket.is_abandoned();
                        let _ = started.send(());
                        while !ticket.is_abandoned() {
                            thread::yield_now();
                        }
                        let _ = report.send(was_wanted);
                    })
                    .await
            }
        });
        has_started.await.unwrap();
        task.abort();
        assert!(saw.await.unwrap());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let workers = Workers::start(1).unwrap();
        let (release, blocked) = mpsc::channel::<()>();
        workers.shared.push(Box::new(move || blocked.recv().unwrap())).unwrap();
        while workers.load().running == 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..QUEUE_PER_THREAD {
            workers.shared.push(Box::new(|| ())).unwrap();
        }
        assert_eq!(workers.run(|_| ()).await.map(|_| ()), Err(WorkError::Busy));
        release.send(()).unwrap();
    }
}
