//! What the other server does wrong becomes an answer that is right, and that names no address.

use std::net::TcpListener;

use crate::client::Answer;
use crate::pictures::plain;
use crate::server::{Place, Server};
use crate::upstream::{Reply, Upstream};

fn serve(upstream: &Upstream, variables: &[(&str, &str)]) -> Server {
    let url = upstream.url("/");
    Place::new().serve(&[variables, &[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &url)]].concat())
}

/// The status and the text, which must not tell where the other server is.
fn failure(answer: &Answer) -> (u16, String) {
    let text = answer.text();
    assert!(!text.contains("127.0.0.1") && !text.contains("http"), "{text}");
    assert_eq!(
        answer.header("cache-control").as_deref(),
        Some(if answer.status < 500 { "max-age=60" } else { "no-store" })
    );
    (answer.status, text)
}

#[test]
fn a_status_is_told_as_ours_or_as_that_of_a_bad_gateway() {
    let upstream = Upstream::start(|asked| {
        let status = asked.target.trim_start_matches('/');
        Reply::with(&format!("{status} Reason"), &[], b"http://127.0.0.1/internal")
    });
    let server = serve(&upstream, &[]);
    for (status, expected, text) in [
        (404, 404, "no such image\n"),
        (410, 404, "no such image\n"),
        (400, 502, "upstream answered with status 400\n"),
        (401, 502, "upstream answered with status 401\n"),
        (403, 502, "upstream answered with status 403\n"),
        (418, 502, "upstream answered with status 418\n"),
        (429, 502, "upstream answered with status 429\n"),
        (204, 502, "upstream answered with status 204\n"),
        (301, 502, "upstream answered with status 301\n"),
        (304, 502, "upstream answered with status 304\n"),
        (500, 502, "upstream answered with status 500\n"),
        (503, 502, "upstream answered with status 503\n"),
    ] {
        for target in [format!("/{status}"), format!("/{status}?size=10")] {
            assert_eq!(failure(&server.get(&target)), (expected, text.to_owned()), "{target}");
        }
    }
}

#[test]
fn a_server_that_says_nothing_is_a_gateway_timeout() {
    let upstream = Upstream::start(|_| Reply::Silence);
    let server = serve(&upstream, &[("IMAGE_PROXY_FALLBACK_IMAGE_TIMEOUT", "300ms")]);
    for target in ["/a.png", "/a.png?size=10"] {
        assert_eq!(failure(&server.get(target)), (504, "upstream did not answer in time\n".to_owned()), "{target}");
    }
}

#[test]
fn a_server_that_is_not_there_is_a_bad_gateway() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Place::new().serve(&[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &format!("http://{address}/"))]);
    for target in ["/a.png", "/a.png?size=10"] {
        assert_eq!(failure(&server.get(target)), (502, "upstream could not be reached\n".to_owned()), "{target}");
    }
    // The operator is told what the client is not.
    assert!(server.log_line("upstream could not be reached").contains("Connection refused"));
}

#[test]
fn what_is_too_large_is_a_bad_gateway_however_its_length_is_told() {
    let upstream = Upstream::start(|asked| {
        let mut picture = plain([1, 2, 3]);
        picture.resize(if asked.target.ends_with("fits") { 20_000 } else { 20_001 }, 0);
        match asked.target.as_bytes()[1] {
            b'd' => Reply::image(&picture, &[]),
            b'e' => Reply::image(&picture, &[("ETag", "\"1\"")]),
            b'c' => Reply::chunked(&picture),
            _ => Reply::unmeasured(&picture),
        }
    });
    let server = serve(&upstream, &[("IMAGE_PROXY_FALLBACK_IMAGE_MAX_SIZE", "20KB")]);
    for kind in ["declared", "etagged", "chunked", "unmeasured"] {
        for query in ["", "?size=10", "?v=1"] {
            let expected = (502, "upstream sent more than 20000 bytes\n".to_owned());
            assert_eq!(failure(&server.get(&format!("/{kind}-exceeds{query}"))), expected, "{kind}{query}");
            assert_eq!(server.get(&format!("/{kind}-fits{query}")).status, 200, "{kind}{query}");
        }
    }
}

#[test]
fn what_is_no_image_by_its_bytes_is_a_bad_gateway() {
    let upstream = Upstream::start(|asked| match asked.target.as_str() {
        "/empty" => Reply::image(b"", &[]),
        "/chunked" => Reply::chunked(b"<!DOCTYPE html>"),
        "/etagged" => Reply::image(b"<!DOCTYPE html>", &[("ETag", "\"1\"")]),
        _ => Reply::image(b"<!DOCTYPE html><title>Sign in</title>", &[("Content-Type", "image/png")]),
    });
    let server = serve(&upstream, &[("IMAGE_PROXY_FALLBACK_IMAGE_TTL", "0s")]);
    for target in [
        "/page.png",
        "/page.png?size=10",
        "/empty",
        "/empty?size=10",
        "/chunked",
        "/chunked?bw=1",
        "/etagged",
        "/etagged?bw=1",
    ] {
        let expected = (502, "upstream sent something that is no image by its bytes\n".to_owned());
        assert_eq!(failure(&server.get(target)), expected, "{target}");
    }
}

#[test]
fn an_image_that_ends_too_early_is_never_passed_off_as_whole() {
    let upstream = Upstream::start(|_| Reply::cut_short(&plain([1, 2, 3])));
    let server = serve(&upstream, &[]);
    for target in ["/a.png", "/a.png?size=10"] {
        assert_eq!(failure(&server.get(target)), (502, "upstream could not be reached\n".to_owned()), "{target}");
    }
}

#[test]
fn a_refused_format_is_refused_for_the_fallback_as_well() {
    let upstream = Upstream::of(b"\0\0\0\x0cjP  \r\n\x87\n".to_vec());
    let server = serve(&upstream, &[]);
    assert_eq!(server.get("/a.jp2").content_type(), "image/jp2");
    assert_eq!(server.get("/a.jp2?size=10").status, 415);
}

#[test]
fn a_failure_is_not_remembered() {
    let picture = plain([1, 2, 3]);
    let is_first = std::sync::atomic::AtomicBool::new(true);
    let upstream = Upstream::start(move |_| match is_first.swap(false, std::sync::atomic::Ordering::SeqCst) {
        true => Reply::status("500 Internal Server Error"),
        false => Reply::image(&picture, &[]),
    });
    let server = serve(&upstream, &[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    assert_eq!(server.get("/a.png?size=10").status, 502);
    assert_eq!(server.get("/a.png?size=10").status, 200);
}
