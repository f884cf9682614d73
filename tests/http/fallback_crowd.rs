//! Many who miss the same at once cause one fetch, whoever of them stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::client::Pending;
use crate::pictures::photo;
use crate::server::{Place, Server};
use crate::upstream::{Gate, Reply, Upstream};

/// Bytes of the head of a reply and of the beginning of its body, and not of more.
const HEAD_AND_SOME: usize = 5000;

/// All that may be asked of one original, untouched and not.
const TARGETS: [&str; 4] = ["/a.jpg", "/a.jpg?size=40", "/a.jpg?size=50&format=webp", "/a.jpg?v=1"];

fn serve(upstream: &Upstream, variables: &[(&str, &str)]) -> Server {
    let url = upstream.url("");
    let patient = [("IMAGE_PROXY_FALLBACK_IMAGE_TIMEOUT", "1h"), ("IMAGE_PROXY_FALLBACK_READ_TIMEOUT", "1h")];
    Place::new().serve(&[&patient[..], variables, &[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &url)]].concat())
}

fn wait_until_asked(server: &Server, upstream: &Upstream, times: usize) {
    server.wait_until("the fallback to be asked", |_| upstream.asked().len() == times);
}

fn begin(server: &Server, count: usize) -> Vec<Pending> {
    (0..count).map(|number| server.begin(TARGETS[number % TARGETS.len()])).collect()
}

fn assert_all_good(pending: Vec<Pending>) {
    for answer in pending.into_iter().map(Pending::answer) {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// Answers with a picture, as soon as the gate is open and some of it before.
fn holding(gate: &Arc<Gate>, count: usize, headers: &'static [(&str, &str)]) -> Upstream {
    let (gate, picture) = (Arc::clone(gate), photo("nature/dandelion.jpg"));
    Upstream::start(move |_| Reply::image(&picture, headers).held_after(count, &gate))
}

#[test]
fn twenty_equal_misses_at_once_are_one_fetch() {
    for cache in ["false", "true"] {
        for (count, headers) in [(0, &[][..]), (0, &[("ETag", "\"1\"")]), (HEAD_AND_SOME, &[("ETag", "\"1\"")])] {
            let gate = Arc::new(Gate::default());
            let upstream = holding(&gate, count, headers);
            let server = serve(&upstream, &[("IMAGE_PROXY_ENABLE_CACHE", cache)]);
            let pending = begin(&server, 20);
            server.wait_until_in_flight(20);
            wait_until_asked(&server, &upstream, 1);
            gate.open();
            assert_all_good(pending);
            assert_eq!(upstream.targets(), ["/a.jpg"], "{cache} {count} {headers:?}");
        }
    }
}

#[test]
fn one_who_comes_while_the_body_is_on_its_way_shares_it() {
    let gate = Arc::new(Gate::default());
    let upstream = holding(&gate, HEAD_AND_SOME, &[("ETag", "\"1\""), ("Cache-Control", "max-age=600")]);
    let server = serve(&upstream, &[]);
    let first = begin(&server, 1);
    wait_until_asked(&server, &upstream, 1);
    server.wait_until_in_flight(1);
    let others = begin(&server, 8);
    server.wait_until_in_flight(9);
    gate.open();
    assert_all_good(first);
    assert_all_good(others);
    assert_eq!(upstream.asked().len(), 1);
}

#[test]
fn when_the_first_one_goes_away_the_others_still_get_their_answer() {
    for count in [0, HEAD_AND_SOME] {
        let gate = Arc::new(Gate::default());
        let upstream = holding(&gate, count, &[("ETag", "\"1\"")]);
        let server = serve(&upstream, &[]);
        let first = server.begin("/a.jpg");
        wait_until_asked(&server, &upstream, 1);
        let others = begin(&server, 4);
        server.wait_until_in_flight(5);
        drop(first);
        server.wait_until_in_flight(4);
        gate.open();
        assert_all_good(others);
        assert_eq!(upstream.asked().len(), 1, "{count}");
    }
}

#[test]
fn a_fetch_that_nobody_waits_for_is_dropped() {
    let head = b"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 5000\r\n\r\nGIF8";
    for start in [&b""[..], head] {
        let upstream = Upstream::start(|_| Reply::Stalled(start.to_vec()));
        let server = serve(&upstream, &[]);
        let pending = begin(&server, 3);
        server.wait_until_in_flight(3);
        wait_until_asked(&server, &upstream, 1);
        drop(pending);
        server.wait_until("the fetch to be dropped", |_| upstream.left() == 1);
        // The next one does not join what is over.
        let _next = server.begin("/a.jpg");
        wait_until_asked(&server, &upstream, 2);
    }
}

#[test]
fn a_crowd_that_doubts_asks_once_whether_it_is_still_the_same() {
    let gate = Arc::new(Gate::default());
    let (opened, picture) = (Arc::clone(&gate), photo("nature/dandelion.jpg"));
    let headers = [("ETag", "\"1\""), ("Cache-Control", "no-cache")];
    let upstream = Upstream::start(move |asked| match asked.header("if-none-match") {
        Some(_) => Reply::with("304 Not Modified", &headers, b"").held_after(0, &opened),
        None => Reply::image(&picture, &headers),
    });
    let server = serve(&upstream, &[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let tag = server.get("/a.jpg?size=40").header("etag").unwrap();
    let mut pending: Vec<_> = (0..5).map(|_| server.begin("/a.jpg?size=40")).collect();
    let conditional = [("If-None-Match", tag.as_str())];
    let spared = Pending::send(server.address(), "GET", "/a.jpg?size=40", &conditional);
    let head = Pending::send(server.address(), "HEAD", "/a.jpg?size=40", &[]);
    server.wait_until_in_flight(7);
    wait_until_asked(&server, &upstream, 2);
    gate.open();
    assert_eq!((spared.answer().status, head.answer().status), (304, 200));
    assert!(pending.drain(..).map(Pending::answer).all(|answer| answer.cache_status().as_deref() == Some("HIT")));
    assert_eq!(upstream.asked().len(), 2);
}

#[test]
fn a_failure_goes_to_all_who_wait_and_is_not_remembered() {
    let gate = Arc::new(Gate::default());
    let (opened, picture, asked) = (Arc::clone(&gate), photo("nature/dandelion.jpg"), AtomicUsize::new(0));
    let upstream = Upstream::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::status("500 Internal Server Error").held_after(0, &opened),
        _ => Reply::image(&picture, &[]),
    });
    let server = serve(&upstream, &[]);
    let pending = begin(&server, 8);
    server.wait_until_in_flight(8);
    wait_until_asked(&server, &upstream, 1);
    gate.open();
    assert!(pending.into_iter().map(Pending::answer).all(|answer| answer.status == 502));
    assert_eq!(upstream.asked().len(), 1);
    assert_eq!(server.get("/a.jpg").status, 200);
}
