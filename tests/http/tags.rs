//! Answers name what they were made of, so that whoever keeps them can forget them in one call.

use crate::pictures::{original, plain};
use crate::server::{Place, Server};

const SETTINGS: [(&str, &str); 4] = [
    ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!"),
    ("IMAGE_PROXY_ENABLE_CACHE", "true"),
    ("IMAGE_PROXY_CACHE_TAG_HEADER", "Cache-Tag"),
    ("IMAGE_PROXY_SURROGATE_KEY_HEADER", "Surrogate-Key"),
];
const SHOWN: (&str, &str) = ("Authorization", "Bearer sixteen-letters!");

fn place() -> Place {
    let place = Place::with(&[("a/b/c.png", original("cat.png")), ("a/d.png", original("cat.png"))]);
    place.put("marks/logo.png", plain([255, 0, 0]));
    place
}

fn tags_with(server: &Server, target: &str, headers: &[(&str, &str)], status: u16) -> Vec<String> {
    let answer = server.get_with(target, headers);
    assert_eq!(answer.status, status, "{target}: {}", answer.text());
    let [commas, spaces] = ["cache-tag", "surrogate-key"].map(|name| answer.header(name).unwrap());
    assert_eq!(commas.replace(',', " "), spaces, "{target}");
    commas.split(',').map(str::to_owned).collect()
}

fn tags(server: &Server, target: &str) -> Vec<String> {
    tags_with(server, target, &[], 200)
}

#[test]
fn every_answer_names_the_picture_and_its_folders() {
    let server = place().serve(&SETTINGS);
    let untouched = tags(&server, "/a/b/c.png");
    assert_eq!(untouched.len(), 4, "itself, everything, a/ and a/b/");
    assert!(untouched.iter().all(|tag| tag.len() == 32 && !tag.contains("c.png")));
    assert_eq!(tags(&server, "/a/b/c.png?size=9&format=webp"), untouched);
    assert_eq!(tags(&server, "/a/b/c.png?size=9&format=webp"), untouched, "a hit");
    assert_eq!(tags_with(&server, "/a/b/c.png", &[("Range", "bytes=0-9")], 206), untouched);
    for target in ["/a/b/c.png", "/a/b/c.png?size=9"] {
        let tag = server.get(target).header("etag").unwrap();
        assert_eq!(tags_with(&server, target, &[("If-None-Match", &tag)], 304), untouched, "{target}");
        let head = server.ask("HEAD", target, &[]);
        assert_eq!(head.header("cache-tag").unwrap(), untouched.join(","), "{target}");
    }
    let beside = tags(&server, "/a/d.png");
    assert_eq!((beside.len(), &beside[1..]), (3, &untouched[1..3]), "its folders are the same");
    assert_ne!(beside[0], untouched[0]);
    for target in ["/a/e.png", "/a/d.png?size=x"] {
        assert_eq!(server.get(target).header("cache-tag"), None, "{target}");
    }
}

#[test]
fn what_lies_over_a_picture_is_named_too() {
    let server = place().serve(&SETTINGS);
    let [picture, mark] = ["/a/d.png", "/marks/logo.png"].map(|target| tags(&server, target));
    let target = "/a/d.png?size=40&wm=marks/logo.png";
    let both = tags(&server, target);
    assert_eq!(both, [&picture[..1], &mark[..1], &picture[1..], &mark[2..]].concat());
    let tag = server.get(target).header("etag").unwrap();
    assert_eq!(tags_with(&server, target, &[("If-None-Match", &tag)], 304), both);
    assert_eq!(tags(&server, "/a/d.png?size=40"), picture);
    let server = place().serve(&[&SETTINGS[..], &[("IMAGE_PROXY_WATERMARK", "wm=marks/logo.png")]].concat());
    assert_eq!(tags(&server, "/a/d.png?size=40"), both);
    assert_eq!(tags(&server, "/a/d.png"), picture, "nothing lies over what is untouched");
}

#[test]
fn a_purge_takes_exactly_these_tags_and_names_what_it_purged() {
    let server = place().serve(&SETTINGS);
    let status = |target: &str| server.get(target).cache_status().unwrap();
    let targets = ["/a/b/c.png?size=9", "/a/d.png?size=9", "/a/d.png?size=9&wm=marks/logo.png", "/marks/logo.png?bw=1"];
    let [deep, shallow, mark] = ["/a/b/c.png", "/a/d.png", "/marks/logo.png"].map(|target| tags(&server, target));
    for (purged, expected) in [
        (vec![&deep[0]], &targets[..1]),
        (vec![&deep[3]], &targets[..1]),
        (vec![&shallow[2]], &targets[..3]),
        (vec![&mark[0]], &targets[2..]),
        (vec![&deep[0], &mark[2]], &[targets[0], targets[2], targets[3]]),
        (vec![&mark[1]], &targets[..]),
    ] {
        targets.map(&status).into_iter().for_each(drop);
        assert_eq!(targets.map(status), ["HIT"; 4]);
        let list = purged.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(",");
        let answer = server.ask("DELETE", &format!("/_/cache?tag={list}"), &[SHOWN]);
        assert_eq!((answer.status, answer.header("cache-tag").as_deref()), (204, Some(list.as_str())));
        let anew: Vec<_> = targets.into_iter().filter(|target| status(target) == "MISS").collect();
        assert_eq!(anew, expected, "{purged:?}");
    }
    let answer = server.ask("PURGE", "/_/cache/a/", &[SHOWN]);
    assert_eq!(answer.header("surrogate-key").as_ref(), Some(&shallow[2]));
}

#[test]
fn nothing_is_named_unless_a_header_is() {
    let place = place();
    for (settings, expected) in [
        (&SETTINGS[..2], vec![]),
        (&SETTINGS[..3], vec!["cache-tag"]),
        (&[("IMAGE_PROXY_SURROGATE_KEY_HEADER", "xkey")], vec!["xkey"]),
    ] {
        let answer = place.serve(settings).get("/a/d.png");
        let named = answer.headers.iter().map(|(name, _)| name.as_str());
        let named: Vec<_> = named.filter(|name| ["cache-tag", "surrogate-key", "xkey"].contains(name)).collect();
        assert_eq!(named, expected);
    }
}
