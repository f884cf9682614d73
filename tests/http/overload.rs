//! Too much work is refused quickly and clearly, and what needs no work does not wait for it.

use std::time::{Duration, Instant};

use crate::client::Pending;
use crate::pictures::{original, photo};
use crate::server::{Place, Server};

/// Keeps a thread busy for long: a large picture in the format that costs most.
fn slow(number: usize) -> String {
    format!("/large.jpg?format=avif&size={}", 3000 - number)
}

fn serve(variables: &[(&str, &str)]) -> Server {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    place.put("large.jpg", photo("nature/dandelion.jpg"));
    let own = [("IMAGE_PROXY_WORKERS", "1"), ("IMAGE_PROXY_AVIF_SPEED", "1"), ("IMAGE_PROXY_ENABLE_CACHE", "true")];
    place.serve(&[&own, variables].concat())
}

fn wait_for(server: &Server, running: f64, queued: f64) {
    server.wait_until("the work to begin", |server| {
        server.metric("image_proxy_work_running", &[]) == running
            && server.metric("image_proxy_work_queued", &[]) == queued
    });
}

#[test]
fn a_full_queue_is_refused_with_a_time_to_come_back() {
    let server = serve(&[("IMAGE_PROXY_QUEUE_LENGTH", "2")]);
    let _running = server.begin(&slow(0));
    wait_for(&server, 1.0, 0.0);
    let _queued = [1, 2].map(|number| server.begin(&slow(number)));
    wait_for(&server, 1.0, 2.0);
    let answer = server.get(&slow(3));
    assert_eq!((answer.status, answer.text().as_str()), (503, "too much work is waiting, try again later\n"));
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
}

#[test]
fn work_that_waits_too_long_is_refused() {
    let server = serve(&[("IMAGE_PROXY_QUEUE_TIMEOUT", "50ms")]);
    let _running = server.begin(&slow(0));
    wait_for(&server, 1.0, 0.0);
    let answer = server.get(&slow(1));
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.header("retry-after").as_deref(), Some("1"));
    assert_eq!(server.metric("image_proxy_work_queued", &[]), 0.0);
}

#[test]
fn an_answer_that_takes_too_long_is_given_up_and_so_is_its_work() {
    let server = serve(&[("IMAGE_PROXY_TIMEOUT", "300ms")]);
    let answer = server.get(&slow(0));
    assert_eq!(answer.status, 504);
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    wait_for(&server, 0.0, 0.0);
}

#[test]
fn queued_work_that_nobody_waits_for_leaves_the_queue_at_once() {
    let server = serve(&[]);
    let _running = server.begin(&slow(0));
    wait_for(&server, 1.0, 0.0);
    let queued: Vec<_> = (1..=5).map(|number| server.begin(&slow(number))).collect();
    wait_for(&server, 1.0, 5.0);
    drop(queued);
    wait_for(&server, 1.0, 0.0);
}

/// The 99th of a hundred times, in order.
fn slow_times(server: &Server, target: &str, headers: &[(&str, &str)], status: u16) -> Duration {
    let mut times: Vec<_> = (0..100)
        .map(|_| {
            let started = Instant::now();
            let answer = Pending::send(server.address(), "GET", target, headers).answer();
            assert_eq!(answer.status, status, "{target}");
            started.elapsed()
        })
        .collect();
    times.sort();
    times[98]
}

#[test]
fn what_needs_no_work_does_not_wait_for_work() {
    // Far above what docs/performance.md measures on an idle machine; a wait for work would take many seconds.
    const PATIENCE: Duration = Duration::from_secs(2);
    let server = serve(&[("IMAGE_PROXY_WORKERS", "2")]);
    let kept = server.get("/a.png?size=20");
    let tag = kept.header("etag").unwrap();
    let _flood: Vec<_> = (0..64).map(|number| server.begin(&slow(number))).collect();
    wait_for(&server, 2.0, 62.0);
    let revalidation = [("If-None-Match", tag.as_str())];
    for (target, headers, status) in [
        ("/a.png", &[][..], 200),
        ("/a.png?size=20", &[], 200),
        ("/a.png?size=20", &revalidation, 304),
        ("/large.jpg?size=21", &[("If-None-Match", "*")], 304),
        ("/health", &[], 200),
        ("/metrics", &[], 200),
        ("/missing.png", &[], 404),
    ] {
        let took = slow_times(&server, target, headers, status);
        assert!(took < PATIENCE, "{target}: {took:?}");
    }
    // Light work does not wait for heavy work either.
    assert_eq!(server.get("/a.png?size=21").status, 200);
    assert_eq!(server.metric("image_proxy_work_queued", &[]), 62.0);
}
