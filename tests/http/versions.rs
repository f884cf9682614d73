//! URLs that name a version of their original: kept for a year where it is the present one, and briefly where it is not.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::client::Answer;
use crate::pictures::photo;
use crate::server::{Place, Server};

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const BRIEFLY: &str = "public, max-age=60";
const USUAL: &str = "public, max-age=31536000, no-transform";

fn version(server: &Server, path: &str) -> String {
    let told: Value = serde_json::from_slice(&server.get(&format!("{path}?info")).body).unwrap();
    told["version"].as_str().unwrap().to_owned()
}

fn kept(answer: &Answer) -> (u16, Option<String>) {
    (answer.status, answer.header("cache-control"))
}

fn kept_so(status: u16, life: &str) -> (u16, Option<String>) {
    (status, Some(life.to_owned()))
}

#[test]
fn a_url_of_the_present_version_is_kept_for_ever_whatever_it_asks_for() {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    let server = place.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    let version = version(&server, "/a.jpg");
    for query in ["", "w=90&", "format=avif&w=40&", "info&", "format=blurhash&", "format=thumbhash&", "format=lqip&"] {
        let plain = server.get(&format!("/a.jpg?{}", query.trim_end_matches('&')));
        assert_eq!(kept(&plain), kept_so(200, USUAL), "{query}");
        for stamp in [version.as_str(), &version[..8], &version[..15]] {
            let target = format!("/a.jpg?{query}v={stamp}");
            let answer = server.get(&target);
            assert_eq!(kept(&answer), kept_so(200, FOR_EVER), "{target}");
            assert_eq!((&answer.body, answer.header("etag")), (&plain.body, plain.header("etag")), "{target}");
            assert_eq!(kept(&server.ask("HEAD", &target, &[])), kept_so(200, FOR_EVER), "{target}");
            let known = server.get_with(&target, &[("If-None-Match", &answer.header("etag").unwrap())]);
            assert_eq!(kept(&known), kept_so(304, FOR_EVER), "{target}");
        }
        let longer = format!("{version}0");
        for wrong in ["", "3", &version[..7], &version[1..], longer.as_str(), "%F0%9F%90%88"] {
            let target = format!("/a.jpg?{query}v={wrong}");
            let answer = server.get(&target);
            assert_eq!((kept(&answer), &answer.body), (kept_so(200, BRIEFLY), &plain.body), "{target}");
        }
    }
    let part = server.get_with(&format!("/a.jpg?v={version}"), &[("Range", "bytes=0-9")]);
    assert_eq!((kept(&part), part.body.len()), (kept_so(206, FOR_EVER), 10));
    let beyond = server.get_with(&format!("/a.jpg?v={version}"), &[("Range", "bytes=99999999-")]);
    assert_eq!(kept(&beyond), kept_so(416, BRIEFLY));
    // Of several, the last counts.
    assert_eq!(kept(&server.get(&format!("/a.jpg?v=1&V={version}"))), kept_so(200, FOR_EVER));
}

#[test]
fn a_version_that_is_past_is_served_as_it_is_now_and_briefly() {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    let server = place.serve(&[]);
    let past = version(&server, "/a.jpg");
    let other = photo("people/astronaut.jpg");
    place.put("a.jpg", &other);
    let answer = server.get(&format!("/a.jpg?v={past}"));
    assert_eq!((kept(&answer), answer.body), (kept_so(200, BRIEFLY), other));
    let present = version(&server, "/a.jpg");
    assert_eq!(kept(&server.get(&format!("/a.jpg?w=80&v={present}"))), kept_so(200, FOR_EVER));
    assert_eq!(kept(&server.get(&format!("/a.jpg?w=80&v={past}"))), kept_so(200, BRIEFLY));
}

#[test]
fn what_fails_is_kept_no_longer_for_its_version() {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg")), ("b.jpg", b"\xff\xd8\xff".to_vec())]);
    place.age();
    let server = place.serve(&[]);
    let version = version(&server, "/a.jpg");
    for target in
        [format!("/a.jpg?w=big&v={version}"), "/missing.jpg?v=12345678".to_owned(), "/b.jpg?w=9&v=1".to_owned()]
    {
        let answer = server.get(&target);
        assert_eq!(
            (answer.status >= 400, answer.header("cache-control").as_deref()),
            (true, Some("max-age=60")),
            "{target}"
        );
    }
}

#[test]
fn no_url_outlives_its_expiry_and_a_version_needs_no_signature() {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    let version = version(&place.serve(&[]), "/a.jpg");
    let keys = ("IMAGE_PROXY_SIGNING_KEYS", "docs:a secret of docs");
    let server = place.serve(&[("IMAGE_PROXY_SIGNING", "renditions"), keys]);
    assert_eq!(kept(&server.get(&format!("/a.jpg?v={version}"))), kept_so(200, FOR_EVER));
    for query in ["info", "format=lqip"] {
        assert_eq!(server.get(&format!("/a.jpg?{query}&v={version}")).status, 403, "{query}");
    }
    let until = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_secs(100);
    let query = format!("w=40&v={version}&exp={}", until.as_secs());
    let signed = place.command(&[keys]).args(["sign", &format!("/a.jpg?{query}")]).output().unwrap();
    let url = String::from_utf8(signed.stdout).unwrap();
    let life = server.get(url.trim()).header("cache-control").unwrap();
    let seconds: u64 = life.strip_prefix("public, max-age=").unwrap().parse().unwrap();
    assert!((60..=100).contains(&seconds), "{life}");
}
