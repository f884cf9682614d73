//! Many who want the same at once cause one rendition, whoever of them stays.

use crate::client::Pending;
use crate::pictures::{original, photo};
use crate::server::{Place, Server};

/// Something that keeps the only thread busy for long: a large picture in the format that costs most.
const SLOW: &str = "/large.jpg?format=avif&size=3000";
/// Heavy work too, so that it waits for that thread.
const WANTED: &str = "/b.jpg?size=50&format=webp";

fn serve(variables: &[(&str, &str)]) -> Server {
    let place = Place::with(&[
        ("a.png", original("cat.png")),
        ("broken.jpg", photo("nature/dandelion.jpg")[..60_000].to_vec()),
    ]);
    for name in ["large.jpg", "b.jpg"] {
        place.put(name, photo("nature/dandelion.jpg"));
    }
    let own = [
        ("IMAGE_PROXY_WORKERS", "1"),
        ("IMAGE_PROXY_AVIF_SPEED", "1"),
        ("IMAGE_PROXY_TIMEOUT", "10m"),
        ("IMAGE_PROXY_QUEUE_TIMEOUT", "10m"),
    ];
    place.serve(&[&own, variables].concat())
}

/// Starts the slow rendition, and waits until it has the thread.
fn keep_busy(server: &Server) -> Pending {
    let slow = server.begin(SLOW);
    server.wait_until("the slow rendition to run", |server| server.metric("image_proxy_work_running", &[]) == 1.0);
    slow
}

fn requests(server: &Server, outcome: &str) -> f64 {
    server.metric("image_proxy_http_requests_total", &["route=\"image\"", &format!("outcome=\"{outcome}\"")])
}

#[test]
fn twenty_equal_requests_at_once_are_one_rendition() {
    for cache in ["false", "true"] {
        let server = serve(&[("IMAGE_PROXY_ENABLE_CACHE", cache)]);
        let slow = keep_busy(&server);
        // The same meaning in several spellings.
        let spellings = [
            WANTED,
            "/b.jpg?format=WEBP&size=50",
            "/b.jpg?size=25&dpr=2&format=webp",
            "/b.jpg?size=50&format=webp&v=1",
        ];
        let pending: Vec<_> = (0..20).map(|number| server.begin(spellings[number % spellings.len()])).collect();
        server.wait_until_in_flight(21);
        // One is queued, for all of them.
        server.wait_until("one job in the queue", |server| server.metric("image_proxy_work_queued", &[]) == 1.0);
        // Nobody waits for the slow one any more, so the thread is soon free.
        drop(slow);
        let answers: Vec<_> = pending.into_iter().map(Pending::answer).collect();
        for answer in &answers {
            assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/webp"));
            assert!(answer.body == answers[0].body);
            assert_eq!(answer.cache_status().as_deref(), Some("MISS"));
        }
        assert_eq!((requests(&server, "rendered"), requests(&server, "shared")), (1.0, 19.0));
    }
}

#[test]
fn when_the_first_one_goes_away_the_others_still_get_their_answer() {
    let server = serve(&[]);
    let slow = keep_busy(&server);
    let first = server.begin(WANTED);
    server.wait_until("the first one to queue", |server| server.metric("image_proxy_work_queued", &[]) == 1.0);
    let others: Vec<_> = (0..3).map(|_| server.begin(WANTED)).collect();
    server.wait_until_in_flight(5);
    drop(first);
    server.wait_until_in_flight(4);
    drop(slow);
    for other in others {
        let answer = other.answer();
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/webp"));
    }
    // The one who went away has no outcome, so the others only joined in.
    assert_eq!((requests(&server, "rendered"), requests(&server, "shared")), (0.0, 3.0));
}

#[test]
fn work_that_nobody_waits_for_is_not_done() {
    let server = serve(&[]);
    let slow = keep_busy(&server);
    let waiting = server.begin(WANTED);
    server.wait_until("a job in the queue", |server| server.metric("image_proxy_work_queued", &[]) == 1.0);
    drop(waiting);
    server.wait_until_in_flight(1);
    drop(slow);
    server.wait_until("an idle pool", |server| {
        let [running, queued] =
            ["running", "queued"].map(|name| server.metric(&format!("image_proxy_work_{name}"), &[]));
        running + queued == 0.0
    });
    assert_eq!(
        server.metric("image_proxy_stage_duration_seconds_count", &["stage=\"encode\"", "format=\"webp\""]),
        0.0
    );
}

#[test]
fn an_error_goes_to_all_who_wait() {
    let server = serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let slow = keep_busy(&server);
    let pending: Vec<_> = (0..5).map(|_| server.begin("/broken.jpg?size=10")).collect();
    server.wait_until_in_flight(6);
    drop(slow);
    for answer in pending.into_iter().map(Pending::answer) {
        assert_eq!(answer.status, 422);
        assert_eq!(answer.text(), server.get("/broken.jpg?size=10").text());
    }
}

#[test]
fn a_check_of_health_does_not_wait_for_work() {
    let server = serve(&[]);
    let _slow = keep_busy(&server);
    let answer = server.get("/health");
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok\n"));
    // Nor does a file that is sent as it is.
    assert_eq!(server.get("/a.png").status, 200);
    assert_eq!(server.metric("image_proxy_work_running", &[]), 1.0);
}
