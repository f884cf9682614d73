//! What a store does wrong becomes an answer that is right or none, in time, and that names neither address nor key.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::client::Answer;
use crate::pictures::{photo, plain};
use crate::shelf::{ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, Shelf};
use crate::upstream::{Asked, Reply};

const TARGETS: [&str; 2] = ["/a.jpg", "/a.jpg?size=100"];
const PHOTO: &str = "nature/dandelion.jpg";

fn failing(fault: impl Fn(&Asked, Reply) -> Reply + Send + Sync + 'static) -> Shelf {
    Shelf::faulty(&[("a.jpg", photo(PHOTO))], fault)
}

/// The status, once it is sure that nobody keeps the answer or learns of the inside.
fn failure(answer: &Answer) -> u16 {
    let text = answer.text();
    for secret in ["127.0.0.1", "http", ACCESS_KEY, SECRET_KEY, SESSION_TOKEN] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"), "{text}");
    answer.status
}

#[test]
fn a_status_is_that_of_a_bad_gateway_and_asked_for_again_where_it_may_pass() {
    for (status, requests) in [
        ("500 Internal Server Error", 3),
        ("503 Slow Down", 3),
        ("400 Bad Request", 1),
        ("403 Forbidden", 1),
        ("301 Moved Permanently", 1),
    ] {
        let shelf = failing(move |_, _| Reply::with(status, &[], b"<Error><Code>Word</Code>AKIA</Error>"));
        let server = shelf.serve(&[]);
        for (number, target) in (1..).zip(TARGETS) {
            assert_eq!(failure(&server.get(target)), 502, "{status} {target}");
            assert_eq!(shelf.asked().len(), requests * number, "{status} {target}");
        }
    }
}

#[test]
fn a_refusal_means_missing_only_where_that_is_said() {
    let shelf = failing(|_, _| Reply::status("403 Forbidden"));
    let server = shelf.serve(&[("IMAGE_PROXY_BUCKET_MISSING_STATUSES", "403,404")]);
    assert_eq!(server.get("/a.jpg").status, 404);
    let shelf = failing(|_, _| Reply::with("404 Not Found", &[], b"<Error><Code>NoSuchBucket</Code></Error>"));
    assert_eq!(failure(&shelf.serve(&[]).get("/a.jpg")), 502);
    let shelf = failing(|_, _| Reply::status("404 Not Found"));
    assert_eq!(failure(&shelf.serve(&[("IMAGE_PROXY_BUCKET_MISSING_STATUSES", "403")]).get("/a.jpg")), 502);
}

#[test]
fn a_silent_store_is_a_gateway_timeout_and_a_dead_one_a_bad_gateway() {
    let shelf = failing(|_, _| Reply::Silence);
    for timeout in ["IMAGE_PROXY_BUCKET_TIMEOUT", "IMAGE_PROXY_BUCKET_READ_TIMEOUT"] {
        let server = shelf.serve(&[(timeout, "300ms")]);
        for target in TARGETS {
            let started = Instant::now();
            assert_eq!(failure(&server.get(target)), 504, "{timeout} {target}");
            assert!(started.elapsed() < Duration::from_secs(20));
        }
    }
    let dead = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let server = shelf.serve(&[("AWS_ENDPOINT_URL", &dead)]);
    for target in TARGETS {
        assert_eq!(failure(&server.get(target)), 502, "{target}");
    }
}

#[test]
fn an_object_whose_head_is_known_may_still_be_silent() {
    let shelf = failing(|asked, reply| if asked.header("if-match").is_some() { Reply::Silence } else { reply });
    let server = shelf.serve(&[("IMAGE_PROXY_BUCKET_TIMEOUT", "300ms")]);
    for target in TARGETS {
        assert_eq!(failure(&server.get(target)), 504, "{target}");
    }
    assert_eq!(server.get_with("/a.jpg", &[("Range", "bytes=5-9")]).status, 504);
}

#[test]
fn an_answer_without_what_tells_versions_and_lengths_is_a_bad_gateway() {
    let without = |reply: Reply, name: &str| {
        let Reply::Bytes(bytes) = reply else { return reply };
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let lines: Vec<_> = head.split("\r\n").filter(|line| !line.starts_with(name)).collect();
        Reply::Bytes([lines.join("\r\n").as_bytes(), &bytes[end..]].concat())
    };
    for name in ["ETag", "Content-Length", "Content-Range"] {
        let server = failing(move |_, reply| without(reply, name)).serve(&[]);
        for target in TARGETS {
            assert_eq!(failure(&server.get(target)), 502, "{name} {target}");
        }
    }
}

/// Promises a thousand bytes more than come.
fn cut(reply: Reply) -> Reply {
    let Reply::Bytes(mut bytes) = reply else { return reply };
    bytes.truncate(bytes.len() - 1000);
    Reply::Bytes(bytes)
}

#[test]
fn a_body_that_is_cut_is_a_bad_gateway_before_the_first_byte_and_an_end_after_it() {
    let server = failing(|_, reply| cut(reply)).serve(&[]);
    for target in TARGETS {
        assert_eq!(failure(&server.get(target)), 502, "{target}");
    }
    let server = failing(|asked, reply| if asked.header("if-match").is_some() { cut(reply) } else { reply }).serve(&[]);
    assert_eq!(failure(&server.get(TARGETS[1])), 502);
    let mut untouched = server.begin(TARGETS[0]);
    let all = untouched.rest();
    let (whole, text) = (photo(PHOTO), String::from_utf8_lossy(&all).into_owned());
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(text.to_ascii_lowercase().contains(&format!("content-length: {}\r\n", whole.len())));
    assert!(all.ends_with(&whole[whole.len() - 1010..whole.len() - 1000]), "as much as came");
}

#[test]
fn a_tag_that_changes_with_each_answer_gives_a_right_picture_or_none() {
    let count = AtomicUsize::new(0);
    let shelf = failing(move |_, reply| {
        let Reply::Bytes(bytes) = reply else { return reply };
        let number = count.fetch_add(1, Ordering::Relaxed);
        let tag = format!("ETag: \"{number}\"\r\nX: \"1\"");
        match bytes.windows(9).position(|window| window == b"ETag: \"1\"") {
            Some(end) => Reply::Bytes([&bytes[..end], tag.as_bytes(), &bytes[end + 9..]].concat()),
            None => Reply::Bytes(bytes),
        }
    });
    let server = shelf.serve(&[]);
    for target in TARGETS {
        assert_eq!(failure(&server.get(target)), 503, "{target}");
    }
    // Nor of a store that heeds no condition.
    let count = AtomicUsize::new(0);
    let shelf = failing(move |asked, _| {
        let tag = format!("\"{}\"", count.fetch_add(1, Ordering::Relaxed));
        let picture = photo(PHOTO);
        match asked.header("range") {
            Some("bytes=0-65535") => {
                let range = format!("bytes 0-65535/{}", picture.len());
                Reply::with("206 Partial Content", &[("ETag", &tag), ("Content-Range", &range)], &picture[..65536])
            }
            _ => Reply::image(&picture, &[("ETag", &tag)]),
        }
    });
    let server = shelf.serve(&[]);
    for target in TARGETS {
        let answer = server.get(target);
        assert!([502, 503].contains(&failure(&answer)), "{target}: {}", answer.status);
    }
}

#[test]
fn one_version_with_two_lengths_is_a_bad_gateway() {
    let shelf = failing(|asked, reply| match asked.header("if-match") {
        Some(tag) => Reply::image(&photo(PHOTO)[..100_000], &[("ETag", tag)]),
        None => reply,
    });
    let server = shelf.serve(&[]);
    assert_eq!(failure(&server.get("/a.jpg?size=100")), 502);
    assert_eq!(failure(&server.get("/a.jpg")), 502);
}

#[test]
fn an_old_tag_never_stands_over_new_bytes() {
    let shelf = Shelf::with(&[("a.jpg", photo(PHOTO))]);
    let server = shelf.serve(&[]);
    let old = server.get("/a.jpg");
    let new = plain([1, 2, 3]);
    shelf.put("a.jpg", &new);
    let answer = server.get("/a.jpg");
    assert_eq!((answer.status, answer.body == new), (200, true));
    assert_ne!(answer.header("etag"), old.header("etag"));
    let asked = shelf.asked();
    assert_eq!(asked[asked.len() - 2..], ["if-match whole", "if-none-match 0-65535"]);
}

#[test]
fn secrets_are_in_no_log_and_no_metric() {
    let shelf = failing(|asked, reply| {
        if asked.target.contains("refused") {
            Reply::with("403 Forbidden", &[], format!("<Code>AccessDenied</Code>{ACCESS_KEY}").as_bytes())
        } else {
            reply
        }
    });
    for (level, secrets) in
        [("debug", &[ACCESS_KEY, SECRET_KEY, SESSION_TOKEN][..]), ("trace", &[SECRET_KEY, SESSION_TOKEN])]
    {
        let server = shelf.serve(&[("RUST_LOG", level)]);
        for target in ["/a.jpg", "/a.jpg?size=50", "/refused.jpg", "/missing.jpg"] {
            server.get(target);
        }
        let metrics = server.get("/metrics").text();
        let log = server.stop().join("\n");
        for secret in secrets {
            assert!(!log.contains(secret) && !metrics.contains(secret), "{level}: {secret}");
        }
        assert!(log.contains("AccessDenied"), "the operator hears the store's own word");
    }
}
