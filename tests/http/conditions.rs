//! Every image carries validators, and a client that has it already is spared the body and us the work.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::client::Answer;
use crate::pictures::plain;
use crate::server::{Place, Server};

const TARGETS: [&str; 3] = ["/a.png", "/a.png?size=20", "/a.png?format=webp"];

fn place() -> Place {
    Place::with(&[("a.png", plain([1, 2, 3]))])
}

fn tag(server: &Server, target: &str) -> String {
    server.get(target).header("etag").unwrap()
}

fn conditional(server: &Server, target: &str, name: &str, value: &str) -> Answer {
    server.ask("GET", target, &[(name, value)])
}

#[test]
fn every_image_carries_a_strong_tag_and_a_date() {
    let server = place().serve(&[]);
    let mut tags: Vec<_> = TARGETS.iter().map(|target| tag(&server, target)).collect();
    assert!(tags.iter().all(|tag| tag.starts_with('"') && tag.ends_with('"')), "{tags:?}");
    tags.dedup();
    assert_eq!(tags.len(), TARGETS.len(), "one tag for different bytes");
    for target in TARGETS {
        let [get, head] = ["GET", "HEAD"].map(|method| server.ask(method, target, &[]));
        assert!(get.header("last-modified").is_some_and(|date| date.ends_with(" GMT")), "{target}");
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
        let date = full.header("last-modified").unwrap();
        let list = format!("\"other\", W/{tag}");
        for (name, value) in [("if-none-match", &tag), ("if-none-match", &list), ("if-modified-since", &date)] {
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
    assert_eq!(server.metric("image_proxy_http_requests_total", &["outcome=\"spared\""]), 9.0);
}

#[test]
fn another_version_than_asked_for_is_412() {
    let server = place().serve(&[]);
    for target in TARGETS {
        let tag = tag(&server, target);
        assert_eq!(conditional(&server, target, "if-match", &tag).status, 200, "{target}");
        assert_eq!(conditional(&server, target, "if-match", "\"other\"").status, 412, "{target}");
        let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(conditional(&server, target, "if-unmodified-since", long_ago).status, 412, "{target}");
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
