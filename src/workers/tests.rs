use std::sync::mpsc;

use super::*;

const PATIENT: Duration = Duration::from_secs(60);
const HEAVY: Footprint = Footprint { peak_bytes: 1, is_light: false };

/// Keeps nothing.
struct Nothing;

impl Hoard for Nothing {
    fn forget(&self, _now: Instant) {}

    fn bytes(&self) -> u64 {
        0
    }

    fn give_up_oldest(&self) -> bool {
        false
    }
}

fn workers(queue_timeout: Duration) -> Workers {
    let limits = WorkLimits { threads: 1, memory_budget: 800, queue_length: 2, queue_timeout };
    Workers::start(limits, Arc::new(Nothing)).unwrap()
}

/// Occupies the only thread until the sender is dropped.
async fn busy_workers(queue_timeout: Duration) -> (Workers, mpsc::Sender<()>) {
    let workers = workers(queue_timeout);
    let (release, blocked) = mpsc::channel::<()>();
    workers.shared.push(HEAVY, Box::new(move || _ = blocked.recv())).unwrap();
    while workers.load().running == 0 {
        tokio::task::yield_now().await;
    }
    (workers, release)
}

#[tokio::test]
async fn a_job_gives_its_result() {
    let workers = workers(PATIENT);
    let (answer, _waited) = workers.run(HEAVY, |_| 42).await.unwrap();
    assert_eq!(answer, 42);
}

#[tokio::test]
async fn a_panic_costs_one_job_and_never_the_pool() {
    let workers = workers(PATIENT);
    let lost = workers.run(HEAVY, |_| std::panic::resume_unwind(Box::new("lost"))).await;
    assert_eq!(lost.map(|((), _)| ()), Err(WorkError::Panicked));
    assert_eq!(workers.run(HEAVY, |_| "next").await.unwrap().0, "next");
}

#[tokio::test]
async fn a_queued_job_that_nobody_waits_for_is_skipped() {
    let workers = workers(PATIENT);
    let (release, blocked) = mpsc::channel::<()>();
    let (report, ran) = mpsc::channel();
    let blocker = tokio::spawn({
        let workers = workers.clone();
        async move { workers.run(HEAVY, move |_| blocked.recv().is_ok()).await }
    });
    while workers.load().running == 0 {
        tokio::task::yield_now().await;
    }
    let abandoned = tokio::spawn({
        let workers = workers.clone();
        async move { workers.run(HEAVY, move |_| report.send(())).await }
    });
    while workers.load().queued == 0 {
        tokio::task::yield_now().await;
    }
    abandoned.abort();
    assert!(abandoned.await.is_err());
    release.send(()).unwrap();
    assert!(blocker.await.unwrap().unwrap().0);
    workers.run(HEAVY, |_| ()).await.unwrap();
    assert!(ran.try_recv().is_err());
}

#[tokio::test]
async fn a_running_job_learns_that_nobody_waits() {
    let workers = workers(PATIENT);
    let (started, has_started) = oneshot::channel();
    let (report, saw) = oneshot::channel();
    let task = tokio::spawn({
        let workers = workers.clone();
        async move {
            workers
                .run(HEAVY, move |ticket| {
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
    let (workers, _release) = busy_workers(PATIENT).await;
    for _ in 0..2 {
        workers.shared.push(HEAVY, Box::new(|| ())).unwrap();
    }
    assert_eq!(workers.run(HEAVY, |_| ()).await.map(|_| ()), Err(WorkError::Busy));
}

#[tokio::test]
async fn work_that_waits_too_long_is_refused_and_leaves_the_queue() {
    let (workers, _release) = busy_workers(Duration::from_millis(1)).await;
    assert_eq!(workers.run(HEAVY, |_| ()).await.map(|_| ()), Err(WorkError::Late));
    assert_eq!(workers.load().queued, 0);
}

#[tokio::test]
async fn light_work_is_done_while_heavy_work_takes_every_thread() {
    let (workers, _release) = busy_workers(PATIENT).await;
    let light = Footprint { is_light: true, ..HEAVY };
    assert_eq!(workers.run(light, |_| "done").await.map(|(done, _)| done), Ok("done"));
}

#[tokio::test]
async fn what_takes_more_than_the_budget_is_refused_at_once() {
    let dear = Footprint { peak_bytes: 801, is_light: false };
    let refused = workers(PATIENT).run(dear, |_| ()).await.map(|_| ());
    assert_eq!(refused, Err(WorkError::TooDear { needed: 801, budget: 700 }));
}
