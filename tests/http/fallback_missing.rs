//! What the fallback does not have is asked for once, and then not for a while.

use crate::pictures::plain;
use crate::server::{Place, Server};
use crate::upstream::{Reply, Upstream};

fn serve(upstream: &Upstream, variables: &[(&str, &str)]) -> Server {
    let url = upstream.url("");
    Place::new().serve(&[variables, &[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &url)]].concat())
}

/// The statuses of three requests for the same, and how often the fallback was asked.
fn ask_thrice(upstream: &Upstream, variables: &[(&str, &str)]) -> ([u16; 3], usize) {
    let server = serve(upstream, variables);
    let before = upstream.asked().len();
    let statuses = ["/a.png", "/a.png?size=10", "/a.png?v=2"].map(|target| server.get(target).status);
    (statuses, upstream.asked().len() - before)
}

#[test]
fn what_is_missing_is_asked_for_once() {
    for status in ["404 Not Found", "410 Gone"] {
        let upstream = Upstream::start(move |_| Reply::status(status));
        assert_eq!(ask_thrice(&upstream, &[]), ([404; 3], 1), "{status}");
    }
}

#[test]
fn the_statuses_that_mean_missing_can_be_set() {
    let upstream = Upstream::start(|asked| match asked.target.as_str() {
        "/a.png" => Reply::status("403 Forbidden"),
        _ => Reply::status("404 Not Found"),
    });
    let listed = [("IMAGE_PROXY_FALLBACK_MISSING_STATUSES", "403, 404")];
    assert_eq!(ask_thrice(&upstream, &listed), ([404; 3], 1));
    let server = serve(&upstream, &[("IMAGE_PROXY_FALLBACK_MISSING_STATUSES", "403")]);
    assert_eq!(["/a.png", "/b.png"].map(|target| server.get(target).status), [404, 502]);
    // Whoever sees the failure is told of the setting.
    assert!(server.log_line("status 404").contains("IMAGE_PROXY_FALLBACK_MISSING_STATUSES"));
}

#[test]
fn how_long_it_is_missing_can_be_set() {
    let upstream = Upstream::start(|_| Reply::status("404 Not Found"));
    assert_eq!(ask_thrice(&upstream, &[("IMAGE_PROXY_FALLBACK_MISSING_TTL", "1h")]), ([404; 3], 1));
    assert_eq!(ask_thrice(&upstream, &[("IMAGE_PROXY_FALLBACK_MISSING_TTL", "0s")]), ([404; 3], 3));
}

#[test]
fn the_fallback_may_shorten_the_time_and_not_lengthen_it() {
    for (cache_control, missing_ttl, expected) in
        [("no-store", "1h", 3), ("max-age=0", "1h", 3), ("max-age=60", "1h", 1), ("max-age=60", "0s", 3)]
    {
        let headers = [("Cache-Control", cache_control)];
        let upstream = Upstream::start(move |_| Reply::with("404 Not Found", &headers, b""));
        let asked = ask_thrice(&upstream, &[("IMAGE_PROXY_FALLBACK_MISSING_TTL", missing_ttl)]);
        assert_eq!(asked, ([404; 3], expected), "{cache_control} {missing_ttl}");
    }
}

#[test]
fn other_failures_are_not_remembered() {
    for status in ["403 Forbidden", "429 Too Many Requests", "500 Internal Server Error", "503 Service Unavailable"] {
        let upstream = Upstream::start(move |_| Reply::status(status));
        assert_eq!(ask_thrice(&upstream, &[]), ([502; 3], 3), "{status}");
    }
}

#[test]
fn a_file_that_comes_into_the_folder_is_there_at_once() {
    let upstream = Upstream::start(|_| Reply::status("404 Not Found"));
    let place = Place::new();
    let server = place.serve(&[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &upstream.url(""))]);
    assert_eq!(server.get("/a.png").status, 404);
    place.put("a.png", plain([1, 2, 3]));
    assert_eq!(server.get("/a.png").status, 200);
}

#[test]
fn one_that_is_gone_is_missing_although_it_was_known() {
    let picture = plain([1, 2, 3]);
    let has_been_asked = std::sync::atomic::AtomicUsize::new(0);
    let upstream = Upstream::start(move |_| match has_been_asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => Reply::image(&picture, &[("Cache-Control", "max-age=600"), ("ETag", "\"1\"")]),
        _ => Reply::status("404 Not Found"),
    });
    let server = serve(&upstream, &[]);
    let statuses = [0; 4].map(|_| server.get("/a.png").status);
    assert_eq!((statuses, upstream.asked().len()), ([200, 404, 404, 404], 2));
}
