//! What is kept in memory, how an answer says so, and that a changed file is a new entry at once.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::pictures::{decoded, original, plain};
use crate::server::{Place, Server};

const CACHED: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

fn status(server: &Server, target: &str) -> String {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.cache_status().unwrap_or_default()
}

#[test]
fn nothing_is_kept_unless_that_is_asked_for() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server = place.serve(&[]);
    assert_eq!([status(&server, "/a.png?size=50"), status(&server, "/a.png?size=50")], ["MISS", "MISS"]);
    assert!(!place.cache().exists());
    let server = place.serve(&[CACHED]);
    let [first, second] = [(); 2].map(|()| server.get("/a.png?size=50"));
    assert_eq!([first.cache_status(), second.cache_status()].map(Option::unwrap), ["MISS", "HIT"]);
    assert_eq!((first.content_type(), &first.body), (second.content_type(), &second.body));
    assert!(!place.cache().exists());
}

#[test]
fn the_header_has_the_name_that_is_set_or_is_not_sent() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server = place.serve(&[CACHED, ("IMAGE_PROXY_CACHE_STATUS_HEADER", "X-Cache")]);
    let said = ["/a.png?size=50", "/a.png?size=50"].map(|target| server.get(target).header("x-cache").unwrap());
    assert_eq!(said, ["MISS", "HIT"]);
    assert_eq!(status(&server, "/a.png?size=50"), "");
    let server = place.serve(&[CACHED, ("IMAGE_PROXY_CACHE_STATUS_HEADER", "")]);
    let names: Vec<_> = server.get("/a.png?size=50").headers.into_iter().map(|(name, _)| name).collect();
    assert!(!names.iter().any(|name| name.contains("cache") && name != "cache-control"), "{names:?}");
}

#[test]
fn a_rendition_above_the_limit_is_not_kept_in_memory() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server = place.serve(&[CACHED, ("IMAGE_PROXY_CACHE_MAX_ITEM_SIZE", "2KB")]);
    let sizes = [("/a.png?size=80", "MISS"), ("/a.png?size=10", "HIT")];
    for (target, expected) in sizes {
        let is_large = server.get(target).body.len() > 2000;
        assert_eq!(is_large, expected == "MISS", "{target}");
        assert_eq!(status(&server, target), expected, "{target}");
    }
}

#[test]
fn the_size_of_the_memory_counts_bytes() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server =
        place.serve(&[CACHED, ("IMAGE_PROXY_CACHE_MEMORY_SIZE", "100KB"), ("IMAGE_PROXY_CACHE_MAX_ITEM_SIZE", "50KB")]);
    for size in 30..90 {
        status(&server, &format!("/a.png?size={size}"));
        let held = server.metric("image_proxy_cache_memory_bytes", &[]);
        assert!(held <= 100_000.0, "{held}");
    }
    assert!(server.metric("image_proxy_cache_memory_entries", &[]) >= 2.0);
}

#[test]
fn changed_content_is_a_new_entry_at_once() {
    let place = Place::with(&[("a.png", plain([10, 20, 200]))]);
    let server = place.serve(&[CACHED]);
    assert_eq!([status(&server, "/a.png?size=10"), status(&server, "/a.png?size=10")], ["MISS", "HIT"]);
    place.put("a.png", original("cat.png"));
    let answer = server.get("/a.png?size=10");
    assert_eq!(answer.cache_status().as_deref(), Some("MISS"));
    assert_eq!(decoded(&answer.body).dimensions(), (10, 7));
    assert_eq!(status(&server, "/a.png?size=10"), "HIT");
}

#[test]
fn a_changed_time_alone_is_a_new_entry_at_once() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server = place.serve(&[CACHED]);
    assert_eq!([status(&server, "/a.png?size=10"), status(&server, "/a.png?size=10")], ["MISS", "HIT"]);
    let path = place.root().join("a.png");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    // By as little as a file system can tell.
    for change in [Duration::from_nanos(1), Duration::from_secs(3600)] {
        File::options().write(true).open(&path).unwrap().set_modified(before + change).unwrap();
        assert_eq!(
            [status(&server, "/a.png?size=10"), status(&server, "/a.png?size=10")],
            ["MISS", "HIT"],
            "{change:?}"
        );
    }
    // Back in time is a change as well: so is a file written over and given its old time.
    File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
    assert_eq!([status(&server, "/a.png?size=10"), status(&server, "/a.png?size=10")], ["MISS", "HIT"]);
}

#[test]
fn a_file_replaced_by_one_of_the_same_size_and_time_is_a_new_entry_at_once() {
    let [old, new] = [[10, 20, 200], [10, 20, 201]].map(plain);
    assert_eq!(old.len(), new.len());
    let place = Place::with(&[("a.png", &old), ("b.png", &new)]);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let [path, next] = ["a.png", "b.png"].map(|name| place.root().join(name));
    for path in [&path, &next] {
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let server = place.serve(&[CACHED]);
    assert_eq!([status(&server, "/a.png?size=10"), status(&server, "/a.png?size=10")], ["MISS", "HIT"]);
    fs::rename(next, path).unwrap();
    let answer = server.get("/a.png?size=10");
    assert_eq!(answer.cache_status().as_deref(), Some("MISS"));
    assert_eq!(decoded(&answer.body).get_pixel(0, 0).0, [10, 20, 201, 255]);
}

#[test]
fn a_removed_file_is_gone_although_its_renditions_are_kept() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server = place.serve(&[CACHED]);
    status(&server, "/a.png?size=10");
    fs::remove_file(place.root().join("a.png")).unwrap();
    assert_eq!(server.get("/a.png?size=10").status, 404);
}
