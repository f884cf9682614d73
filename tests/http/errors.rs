//! Errors are short, of the right status and kind, and not kept for long; HEAD is GET without a body.

use crate::client::Answer;
use crate::pictures::plain;
use crate::server::{Place, Server};

fn serve() -> Server {
    let place = Place::with(&[("a.png", plain([1, 2, 3])), ("text.jpg", b"no picture".to_vec())]);
    place.put("a.jp2", b"\0\0\0\x0cjP  \r\n\x87\n");
    place.put("broken.png", &plain([1, 2, 3])[..40]);
    place.age();
    place.serve(&[])
}

/// A target for each kind of error that a client can cause, and its status.
const ERRORS: [(&str, u16); 6] = [
    ("/missing.png", 404),
    ("/a.png?size=0", 400),
    ("/%2e%2e/a.png", 400),
    ("/text.jpg", 415),
    ("/a.jp2?size=10", 415),
    ("/broken.png?size=10", 422),
];

#[test]
fn an_error_is_one_line_of_plain_text() {
    let server = serve();
    for accept in
        [None, Some("*/*"), Some("text/html,application/xhtml+xml,image/avif,*/*;q=0.8"), Some("application/json;q=0")]
    {
        let headers: Vec<_> = accept.map(|value| ("Accept", value)).into_iter().collect();
        for (target, status) in ERRORS {
            let answer = server.get_with(target, &headers);
            assert_eq!(answer.status, status, "{target}: {}", answer.text());
            assert_eq!(answer.content_type(), "text/plain; charset=utf-8", "{target}");
            let text = answer.text();
            assert!(text.len() < 200 && text.ends_with('\n') && text.lines().count() == 1, "{target}: {text:?}");
        }
    }
}

#[test]
fn an_error_is_json_where_that_is_asked_for() {
    let server = serve();
    for accept in ["application/json", "application/json, text/plain;q=0.5", "Application/JSON;q=0.9"] {
        for (target, status) in ERRORS {
            let answer = server.get_with(target, &[("Accept", accept)]);
            assert_eq!((answer.status, answer.content_type().as_str()), (status, "application/json"), "{target}");
            let text = server.get(target).text();
            let expected = serde_json::json!({ "status": status, "message": text.trim_end() });
            assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(), expected, "{target}");
        }
    }
}

#[test]
fn an_error_is_not_kept_for_long_and_says_what_it_depends_on() {
    let server = serve();
    for (target, _) in ERRORS {
        let answer = server.get(target);
        assert_eq!(answer.header("cache-control").as_deref(), Some("max-age=60"), "{target}");
        assert_eq!(answer.header("vary").is_some(), target.contains("size=") && !target.contains("dpr="), "{target}");
        assert_eq!(answer.cache_status(), None, "{target}");
        let json = server.get_with(target, &[("Accept", "application/json")]);
        assert_eq!(json.header("cache-control").as_deref(), Some("no-store"), "{target}");
        assert!(json.header("vary").unwrap().to_ascii_lowercase().contains("accept"), "{target}");
    }
}

#[test]
fn text_from_the_client_is_repeated_in_part_and_harmlessly() {
    let server = serve();
    let text = server.get(&format!("/a.png?size={}", "9".repeat(5000))).text();
    assert_eq!(text, format!("size: expected a whole number from 1 to 16384, got \"{}\"\n", "9".repeat(64)));
    let text = server.get("/a.png?format=%0d%0aSet-Cookie:%20a%1b[31m").text();
    assert_eq!(
        text,
        "format: expected one of avif, gif, jpeg, jpg, png, webp, blurhash, thumbhash, lqip, json, auto, origin, got \"\\r\\nSet-Cookie: a\\u{1b}[31m\"\n"
    );
    assert_eq!(server.get("/a.png").header("x-content-type-options").as_deref(), Some("nosniff"));
    assert_eq!(server.get("/a.png?size=0").header("x-content-type-options").as_deref(), Some("nosniff"));
}

/// Status and headers, without those that differ from request to request.
fn lasting(answer: &Answer) -> (u16, Vec<(String, String)>) {
    let passing = ["date", "x-request-id", "server-timing"];
    let headers = answer.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str())).cloned().collect();
    (answer.status, headers)
}

#[test]
fn head_answers_like_get_without_a_body() {
    let server = serve();
    let images = ["/a.png", "/a.png?v=1", "/a.png?size=10", "/a.png?format=webp", "/health"];
    for target in images.into_iter().chain(ERRORS.map(|(target, _)| target)) {
        let [get, head] = ["GET", "HEAD"].map(|method| server.ask(method, target, &[]));
        assert_eq!(lasting(&head), lasting(&get), "{target}");
        assert!(head.body.is_empty(), "{target}");
        assert_eq!(get.header("content-length"), Some(get.body.len().to_string()), "{target}");
    }
}

#[test]
fn other_methods_are_told_which_are_allowed() {
    let server = serve();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        for target in ["/a.png", "/a.png?size=0", "/missing.png", "/health", "/metrics", "/"] {
            let answer = server.ask(method, target, &[("Content-Length", "0")]);
            assert_eq!(answer.status, 405, "{method} {target}");
            let mut allowed: Vec<_> =
                answer.header("allow").unwrap().split(',').map(|name| name.trim().to_owned()).collect();
            allowed.sort();
            assert_eq!(allowed, ["GET", "HEAD"], "{method} {target}");
            assert_eq!(answer.text(), "expected the method GET or HEAD\n", "{method} {target}");
        }
    }
}

#[test]
fn a_missing_root_is_told_and_nothing_is_found() {
    let place = Place::new();
    let server = place.serve(&[("IMAGE_PROXY_ROOT_PATH", "/nowhere/at/all")]);
    server.log_line("IMAGE_PROXY_ROOT_PATH");
    assert_eq!(server.get("/a.png").status, 404);
}
