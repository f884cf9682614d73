//! Every image carries validators, and a client that has it already is spared the body and us the work.

use std::fs::{self, File};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::client::Answer;
use crate::pictures::plain;
use crate::server::{Place, Server};

const TARGETS: [&str; 3] = ["/a.png", "/a.png?size=20", "/a.png?format=webp"];

fn place() -> Place {
    let place = Place::with(&[("a.png", plain([1, 2, 3]))]);
    place.age();
    place
}

/// Puts another picture in place of the first one, with the time that is given.
fn replace(place: &Place, colour: [u8; 3], modified: SystemTime) {
    let beside = place.put("b.png", plain(colour));
    File::options().write(true).open(&beside).unwrap().set_modified(modified).unwrap();
    fs::rename(beside, place.root().join("a.png")).unwrap();
}

fn tag(server: &Server, target: &str) -> String {
    server.get(target).header("etag").unwrap()
}

fn conditional(server: &Server, target: &str, name: &str, value: &str) -> Answer {
    server.ask("GET", target, &[(name, value)])
}

#[test]
fn every_image_carries_a_strong_tag_and_a_file_a_date() {
    let server = place().serve(&[]);
    let mut tags: Vec<_> = TARGETS.iter().map(|target| tag(&server, target)).collect();
    assert!(tags.iter().all(|tag| tag.starts_with('"') && tag.ends_with('"')), "{tags:?}");
    tags.dedup();
    assert_eq!(tags.len(), TARGETS.len(), "one tag for different bytes");
    for target in TARGETS {
        let [get, head] = ["GET", "HEAD"].map(|method| server.ask(method, target, &[]));
        let dates =
            [&get, &head].map(|answer| answer.header("last-modified").is_some_and(|date| date.ends_with(" GMT")));
        // Other settings make another rendition of the same file.
        assert_eq!(dates, [target == "/a.png"; 2], "{target}");
        assert_eq!(get.header("etag"), head.header("etag"), "{target}");
    }
}

#[test]
fn requests_that_mean_the_same_have_the_same_tag() {
    let server = place().serve(&[]);
    assert_eq!(tag(&server, "/a.png?size=20"), tag(&server, "/a.png?dpr=2&size=10&v=3"));
    assert_eq!(tag(&server, "/a.png"), tag(&server, "/a.png?size=9000"));
}

#[test]
fn a_client_that_has_the_image_gets_304_without_a_body_and_without_work() {
    let server = place().serve(&[]);
    for target in TARGETS {
        let full = server.get(target);
        let tag = full.header("etag").unwrap();
        let list = format!("\"other\", W/{tag}");
        let date = full.header("last-modified").map(|date| ("if-modified-since", date));
        for (name, value) in [("if-none-match", tag), ("if-none-match", list)].into_iter().chain(date) {
            let value = value.as_str();
            let spared = conditional(&server, target, name, value);
            assert_eq!((spared.status, spared.body.len()), (304, 0), "{target} {name}");
            for kept in ["etag", "cache-control", "vary", "last-modified"] {
                assert_eq!(spared.header(kept), full.header(kept), "{target} {kept}");
            }
            assert_eq!(spared.header("content-type"), None);
        }
        assert_eq!(conditional(&server, target, "if-none-match", "\"other\"").body, full.body, "{target}");
    }
    // Each rendition was made for the plain request and for the one with another tag, and for none of the others.
    assert_eq!(server.metric("image_proxy_http_requests_total", &["outcome=\"rendered\""]), 4.0);
    assert_eq!(server.metric("image_proxy_http_requests_total", &["outcome=\"spared\""]), 7.0);
}

#[test]
fn another_version_than_asked_for_is_412() {
    let server = place().serve(&[]);
    for target in TARGETS {
        let tag = tag(&server, target);
        assert_eq!(conditional(&server, target, "if-match", &tag).status, 200, "{target}");
        assert_eq!(conditional(&server, target, "if-match", "\"other\"").status, 412, "{target}");
    }
    let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(conditional(&server, "/a.png", "if-unmodified-since", long_ago).status, 412);
}

/// As from builds that give all files one time, and from clocks that run ahead.
#[test]
fn a_date_that_cannot_tell_versions_apart_is_neither_sent_nor_heeded() {
    let ahead = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    let soon = SystemTime::now() + Duration::from_secs(60 * 60);
    for time in [UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(1), ahead, soon] {
        let place = place();
        let server = place.serve(&[]);
        replace(&place, [1, 2, 3], time);
        let date = httpdate::fmt_http_date(time);
        let tags = TARGETS.map(|target| {
            let answer = server.get(target);
            assert_eq!((answer.status, answer.header("last-modified")), (200, None), "{target} {date}");
            answer.header("etag").unwrap()
        });
        replace(&place, [3, 2, 1], time);
        for (target, tag) in TARGETS.into_iter().zip(tags) {
            for (name, expected) in [("if-modified-since", 200), ("if-unmodified-since", 200)] {
                let answer = conditional(&server, target, name, &date);
                assert_eq!(answer.status, expected, "{target} {name} {date}");
                assert_ne!(answer.header("etag").unwrap(), tag, "{target} {name} {date}");
            }
            let part = server.ask("GET", target, &[("range", "bytes=0-9"), ("if-range", &date)]);
            assert_eq!(part.status, 200, "{target} {date}");
        }
    }
}

#[test]
fn a_file_that_was_put_back_to_an_older_one_is_sent() {
    let place = place();
    let server = place.serve(&[]);
    let date = server.get("/a.png").header("last-modified").unwrap();
    assert_eq!(conditional(&server, "/a.png", "if-modified-since", &date).status, 304);
    let older = plain([3, 2, 1]);
    replace(&place, [3, 2, 1], SystemTime::now() - Duration::from_secs(7 * 24 * 60 * 60));
    let answer = conditional(&server, "/a.png", "if-modified-since", &date);
    assert_eq!(answer.status, 200);
    assert!(answer.body == older);
    let part = server.ask("GET", "/a.png", &[("range", "bytes=0-9"), ("if-range", &date)]);
    assert_eq!(part.status, 200);
}

#[test]
fn a_rendition_of_other_settings_is_sent_whatever_the_date() {
    let place = place();
    let date = place.serve(&[]).get("/a.png").header("last-modified").unwrap();
    for quality in ["30", "90"] {
        let server = place.serve(&[("IMAGE_PROXY_WEBP_QUALITY", quality)]);
        let target = "/a.png?format=webp&size=20";
        assert_eq!(conditional(&server, target, "if-modified-since", &date).status, 200, "{quality}");
        assert_eq!(conditional(&server, target, "if-unmodified-since", &date).status, 200, "{quality}");
    }
}

#[test]
fn a_replaced_or_touched_file_has_another_tag_at_once() {
    let place = place();
    let server = place.serve(&[]);
    for target in TARGETS {
        let first = tag(&server, target);
        let touched = SystemTime::now() - Duration::from_secs(3600);
        File::options().write(true).open(place.root().join("a.png")).unwrap().set_modified(touched).unwrap();
        let second = tag(&server, target);
        place.put("b.png", plain([3, 2, 1]));
        fs::rename(place.root().join("b.png"), place.root().join("a.png")).unwrap();
        let third = tag(&server, target);
        assert!(first != second && second != third, "{target}");
        assert_eq!(conditional(&server, target, "if-none-match", &second).status, 200, "{target}");
    }
}

#[test]
fn a_changed_quality_is_another_tag() {
    let place = place();
    let tag_at = |quality: &str| tag(&place.serve(&[("IMAGE_PROXY_WEBP_QUALITY", quality)]), "/a.png?format=webp");
    assert_eq!(tag_at("80"), tag_at("80"));
    assert_ne!(tag_at("80"), tag_at("81"));
}

#[test]
fn how_long_errors_are_kept_is_a_setting() {
    let kept = |variables: &[(&str, &str)]| place().serve(variables).get("/missing.png").header("cache-control");
    assert_eq!(kept(&[]).as_deref(), Some("max-age=60"));
    assert_eq!(kept(&[("IMAGE_PROXY_ERROR_CACHE_CONTROL", "max-age=5")]).as_deref(), Some("max-age=5"));
    assert_eq!(kept(&[("IMAGE_PROXY_ERROR_CACHE_CONTROL", "")]), None);
}
