//! Statuses, words and headers.

use std::time::{SystemTime, UNIX_EPOCH};

use super::served;
use crate::client::Answer;
use crate::picfit::{gallery, size};
use crate::upstream::{Reply, Upstream};

const PLAIN: &str = "text/plain";

fn told(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.content_type(), PLAIN);
    assert_eq!(answer.header("cache-control"), None);
    (answer.status, answer.text())
}

#[test]
fn what_is_wrong_is_said_in_a_few_words() {
    let place = gallery();
    place.put("empty.png", b"");
    let server = served(&place, &[]);
    for (target, status, words) in [
        ("/_/rs:fit:x/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/g:fp:0.2/w:5/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/rot:30/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/bogus:1/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/q:200/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/exp:1/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/pr:bogus/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/w:64/plain/local:///city.jpg@bogus", 404, "Invalid URL"),
        ("/_/w:64/plain/local:///a@b@png", 404, "Invalid URL"),
        ("/_/fill/300/200/no/0/plain/local:///city.jpg", 404, "Invalid URL"),
        ("/_/w:64", 404, "Invalid URL"),
        ("/nothing", 404, "Invalid URL"),
        ("/_/w:64/plain/local:///missing.png", 404, "Source is unreachable"),
        ("/_/w:64/plain/local:///../secret.jpg", 404, "Source is unreachable"),
        ("/_/w:64/plain/local:///%2e%2e/secret.jpg", 404, "Source is unreachable"),
        ("/_/w:64/plain/ftp://a.example/b.png", 404, "Source is unreachable"),
        ("/_/w:64/plain/http://a.example/b.png", 404, "Invalid source URL"),
        ("/w:64/plain/local:///city.jpg", 403, "Forbidden"),
        ("/_/mrd:30/plain/local:///city.jpg", 403, "Invalid URL"),
        ("/_/w:64/plain/local:///text.jpg", 422, "Invalid source image"),
        ("/_/w:64/plain/local:///empty.png", 422, "Invalid source image"),
        ("/_/w:64/plain/local:///city.jpg@svg", 422, "Invalid URL"),
        ("/favicon.ico", 404, "Not found"),
    ] {
        assert_eq!(told(&server.get(target)), (status, words.to_owned()), "{target}");
    }
    for (method, status) in [("HEAD", 200), ("OPTIONS", 200), ("POST", 404), ("DELETE", 404)] {
        assert_eq!(server.ask(method, "/_/w:9/plain/local:///city.jpg", &[]).status, status, "{method}");
    }
    let health = server.get("/health");
    assert_eq!((health.status, health.text().as_str()), (200, "imgproxy is running"));
    assert!(server.get("/").content_type().starts_with("text/html"));
}

#[test]
fn answers_have_the_headers_of_imgproxy() {
    let place = gallery();
    place.age();
    let server = served(&place, &[]);
    let answer = server.get("/_/w:64/plain/local:///city.jpg@png");
    let header = |name: &str| answer.header(name).unwrap_or_default();
    assert_eq!(header("cache-control"), "max-age=31536000, public");
    assert_eq!(header("content-disposition"), "inline; filename=\"city.png\"");
    assert_eq!(header("server"), "imgproxy");
    assert!(!header("content-security-policy").is_empty() && !header("etag").is_empty());
    assert!(!header("last-modified").is_empty() && !header("x-request-id").is_empty());
    assert_eq!(answer.header("vary"), None);
    let again = server.get_with("/_/w:64/plain/local:///city.jpg@png", &[("if-none-match", &header("etag"))]);
    assert_eq!(again.status, 304);
    let date = header("last-modified");
    let since =
        |date: &str| server.get_with("/_/w:64/plain/local:///city.jpg@png", &[("if-modified-since", date)]).status;
    let dates = [&date, "Sat, 29 Oct 1994 19:43:31 GMT", "Sat, 06 Nov 2094 08:49:37 GMT", "yesterday"];
    assert_eq!(dates.map(since), [304, 200, 304, 200]);
    let saved = server.get("/_/w:64/fn:bXkgZmlsZQ:1/att:1/plain/local:///city.jpg");
    assert_eq!(saved.header("content-disposition").as_deref(), Some("attachment; filename=\"my file.jpg\""));
    for (name, expected) in [("a@2x", "a@2x"), ("a%20b", "a b"), ("YSAiYiI:1", "a %22b%22"), ("YQpi:1", "a b")] {
        let named = server.get(&format!("/_/w:9/fn:{name}/plain/local:///city.jpg"));
        let expected = format!("inline; filename=\"{expected}.jpg\"");
        assert_eq!(named.header("content-disposition"), Some(expected), "{name}");
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let brief =
        server.get(&format!("/_/w:64/exp:{}/plain/local:///city.jpg", now + 100)).header("cache-control").unwrap();
    let seconds: u64 = brief.split("max-age=").nth(1).unwrap().split(',').next().unwrap().trim().parse().unwrap();
    assert!((1..=100).contains(&seconds), "{brief}");
}

#[test]
fn a_picture_is_fetched_where_the_operator_lets_it_be() {
    let upstream = Upstream::start(|asked| match asked.target.as_str() {
        "/a.png" | "/a%20b.png?c=d" => Reply::image(&crate::pictures::original("cat.png"), &[]),
        "/denied" => Reply::status("403 Forbidden"),
        "/broken" => Reply::status("500 Internal Server Error"),
        _ => Reply::status("404 Not Found"),
    });
    let base = upstream.base().trim_end_matches('/');
    let pattern = format!("{base}/");
    let variables =
        [("IMGPROXY_ALLOWED_SOURCES", pattern.as_str()), ("IMGPROXY_ALLOW_LOOPBACK_SOURCE_ADDRESSES", "true")];
    let server = served(&gallery(), &variables);
    for (path, expected) in [("/a.png", (45, 30)), ("/a%2520b.png%3Fc=d", (45, 30))] {
        let answer = server.get(&format!("/_/w:45/plain/{base}{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(size(&answer), expected, "{path}");
    }
    for (path, status) in [("/denied", 403), ("/broken", 502), ("/other", 404)] {
        let answer = server.get(&format!("/_/w:45/plain/{base}{path}"));
        assert_eq!(told(&answer), (status, "Source is unreachable".to_owned()), "{path}");
    }
    let elsewhere = server.get("/_/w:45/plain/local:///city.jpg");
    assert_eq!(told(&elsewhere), (404, "Invalid source URL".to_owned()));
}

#[test]
fn an_original_that_is_cut_off_is_shown_as_far_as_it_goes() {
    let place = gallery();
    let whole = std::fs::read(place.root().join("city.jpg")).unwrap();
    place.put("half.jpg", whole.get(..whole.len() / 2).unwrap());
    let answer = served(&place, &[]).get("/_/w:64/plain/local:///half.jpg");
    assert_eq!((answer.status, size(&answer)), (200, (64, 43)));
}
