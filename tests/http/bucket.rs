//! Originals in an object store: what is promised of files is kept, and the store is asked no more than that takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::pictures::{long, photo, plain};
use crate::server::Place;
use crate::shelf::Shelf;
use crate::upstream::{Gate, Reply, Upstream};

const PHOTO: &str = "nature/dandelion.jpg";

#[test]
fn an_object_is_sent_as_a_file_would_be() {
    let bytes = photo(PHOTO);
    let shelf = Shelf::with(&[("a.jpg", &bytes)]);
    let server = shelf.serve(&[]);
    let folder = Place::with(&[("a.jpg", &bytes)]).serve(&[]);
    for headers in [&[][..], &[("Range", "bytes=70000-70009")], &[("Range", "bytes=0-9")], &[("Range", "bytes=-5")]] {
        let (stored, filed) = (server.get_with("/a.jpg", headers), folder.get_with("/a.jpg", headers));
        assert_eq!((stored.status, stored.body == filed.body), (filed.status, true), "{headers:?}");
        for name in ["content-type", "content-length", "content-range", "accept-ranges", "content-disposition"] {
            assert_eq!(stored.header(name), filed.header(name), "{headers:?}: {name}");
        }
    }
    let several = server.get_with("/a.jpg", &[("Range", "bytes=5-9,70000-70004")]);
    assert_eq!(several.status, 206);
    for part in [&bytes[5..10], &bytes[70000..70005]] {
        assert!(several.body.windows(5).any(|window| window == part));
    }
    let beyond = server.get_with("/a.jpg", &[("Range", "bytes=99999999-")]);
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some(format!("bytes */{}", bytes.len()))));
}

#[test]
fn validators_spare_every_transfer() {
    let shelf = Shelf::with(&[("a.jpg", photo(PHOTO))]);
    let server = shelf.serve(&[]);
    let whole = server.get("/a.jpg");
    let (tag, date) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    assert_eq!(date, "Tue, 14 Nov 2023 22:13:20 GMT");
    let asked = shelf.asked();
    assert_eq!(asked, ["0-65535".to_owned(), format!("if-match 65536-{}", whole.body.len() - 1)]);
    assert_eq!(server.get_with("/a.jpg", &[("If-None-Match", &tag)]).status, 304);
    assert_eq!(server.get_with("/a.jpg", &[("If-Modified-Since", &date)]).status, 304);
    assert_eq!(server.get_with("/a.jpg", &[("If-Match", "\"other\"")]).status, 412);
    let head = server.ask("HEAD", "/a.jpg", &[]);
    assert_eq!((head.status, head.header("content-length")), (200, whole.header("content-length")));
    assert_eq!(shelf.asked(), asked, "none of this takes a byte");
    assert!(server.get("/a.jpg").body == whole.body);
    assert_eq!(server.get_with("/a.jpg", &[("Range", "bytes=5-9")]).body, whole.body[5..10]);
    assert_eq!(shelf.asked()[2..], ["if-match whole", "if-match 5-9"]);
}

#[test]
fn what_is_replaced_or_deleted_is_seen_after_the_time_to_live() {
    let shelf = Shelf::with(&[("a.png", plain([1, 2, 3]))]);
    let server = shelf.serve(&[("IMAGE_PROXY_BUCKET_TTL", "0s"), ("IMAGE_PROXY_BUCKET_MISSING_TTL", "0s")]);
    let first = server.get("/a.png?size=10");
    assert_eq!(server.get("/a.png?size=10").body, first.body);
    assert_eq!(shelf.asked()[..2], ["0-65535", "if-none-match 0-65535"]);
    shelf.put("a.png", &plain([200, 2, 3]));
    let second = server.get("/a.png?size=10");
    assert!(second.body != first.body && second.header("etag") != first.header("etag"));
    assert!(server.get("/a.png").body == plain([200, 2, 3]));
    shelf.remove("a.png");
    assert_eq!(server.get("/a.png").status, 404);
    shelf.put("a.png", &plain([1, 2, 3]));
    assert_eq!(server.get("/a.png").status, 200);
}

#[test]
fn within_the_time_to_live_nothing_is_asked_for_what_is_in_the_cache_or_missing() {
    let shelf = Shelf::with(&[("a.png", plain([1, 2, 3]))]);
    let server = shelf.serve(&[("IMAGE_PROXY_ENABLE_CACHE", "true")]);
    for expected in ["MISS", "HIT", "HIT"] {
        assert_eq!(server.get("/a.png?size=10").cache_status().as_deref(), Some(expected));
        assert_eq!(server.get("/b.png?size=10").status, 404);
    }
    assert_eq!(shelf.asked(), ["0-65535", "0-65535"]);
}

#[test]
fn a_crowd_asks_once_for_the_beginning_and_once_for_the_whole() {
    let gate = Arc::new(Gate::default());
    let (held, count) = (Arc::clone(&gate), AtomicUsize::new(0));
    let shelf = Shelf::faulty(&[("a.jpg", photo("nature/dandelion.jpg"))], move |_, reply| {
        // The whole, once the beginning is known.
        if count.fetch_add(1, Ordering::Relaxed) == 1 { reply.held_after(100, &held) } else { reply }
    });
    let patience = [
        "IMAGE_PROXY_BUCKET_TIMEOUT",
        "IMAGE_PROXY_BUCKET_READ_TIMEOUT",
        "IMAGE_PROXY_QUEUE_TIMEOUT",
        "IMAGE_PROXY_TIMEOUT",
    ];
    let server = shelf.serve(&patience.map(|name| (name, "120s")));
    thread::scope(|scope| {
        let ask = |size: usize| server.get(&format!("/a.jpg?size={size}")).status;
        let asking: Vec<_> = (1..=20).map(|number| scope.spawn(move || ask(number * 5))).collect();
        server.wait_until_in_flight(20);
        gate.open();
        for asked in asking {
            assert_eq!(asked.join().unwrap(), 200);
        }
    });
    assert_eq!(shelf.asked(), ["0-65535", "if-match whole"]);
}

#[test]
fn facts_are_read_from_the_beginning_alone() {
    let shelf = Shelf::with(&[("a.jpg", photo(PHOTO))]);
    let server = shelf.serve(&[]);
    let head = server.ask("HEAD", "/a.jpg?size=100", &[]);
    assert_eq!((head.status, head.content_type()), (200, "image/jpeg".to_owned()));
    let tag = head.header("etag").unwrap();
    assert_eq!(server.get_with("/a.jpg?size=100", &[("If-None-Match", &tag)]).status, 304);
    assert_eq!(shelf.asked(), ["0-65535"]);
    let rendition = server.get("/a.jpg?size=100");
    assert_eq!((rendition.status, rendition.header("etag")), (200, Some(tag)));
    let filed = Place::with(&[("a.jpg", photo(PHOTO))]).serve(&[]).get("/a.jpg?size=100");
    assert!(filed.body == rendition.body);
}

#[test]
fn names_of_any_kind_are_found_as_they_are() {
    let names =
        ["a b.png", "100%.png", "ü/é.png", "a#b.png", "a+b.png", "a%20b.png", "a&b=c?.png", "日本.png", "~x.png"];
    let objects: Vec<_> = (0..).zip(names).map(|(number, name)| (name, plain([number, 2, 3]))).collect();
    let shelf = Shelf::with(&objects);
    let server = shelf.serve(&[]);
    for (name, bytes) in &objects {
        let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string();
        let answer = server.get(&format!("/{}", encoded.replace("%2F", "/")));
        assert_eq!((answer.status, answer.body == *bytes), (200, true), "{name}");
    }
    assert_eq!(server.get("/ü/é.png").status, 200);
}

#[test]
fn sources_are_asked_in_order_and_only_what_is_missing_is_handed_on() {
    let shelf = Shelf::with(&[("both.png", plain([1, 1, 1])), ("bucket.png", plain([2, 2, 2]))]);
    let fallback = Upstream::of(plain([3, 3, 3]));
    let base = fallback.url("/");
    let place = Place::with(&[("both.png", plain([4, 4, 4])), ("folder.png", plain([5, 5, 5]))]);
    let root = place.root();
    let always = [("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap()), ("IMAGE_PROXY_FALLBACK_IMAGE_URL", base.as_str())];
    let colours = |order: Option<&str>| {
        let order = order.map(|order| ("IMAGE_PROXY_SOURCES", order));
        let variables: Vec<_> = always.into_iter().chain(order).collect();
        let server = place.serve(&shelf.variables(&variables));
        ["/both.png", "/folder.png", "/bucket.png", "/none.png"].map(|path| {
            let answer = server.get(path);
            (1..=5).find(|shade| answer.body == plain([*shade; 3])).unwrap_or_default()
        })
    };
    assert_eq!(colours(None), [4, 5, 2, 3]);
    assert_eq!(colours(Some("bucket,folder")), [1, 5, 2, 0]);
    assert_eq!(colours(Some("fallback")), [3, 3, 3, 3]);
    assert_eq!(colours(Some("folder, bucket")), [4, 5, 2, 0]);
}

#[test]
fn a_file_url_is_a_folder() {
    let place = Place::with(&[("a b.png", plain([1, 2, 3]))]);
    let url = format!("file://{}", place.root().display());
    let server = place.serve(&[("IMAGE_PROXY_ROOT_PATH", ""), ("IMAGE_PROXY_ROOT_URL", &url)]);
    assert!(server.get("/a%20b.png").body == plain([1, 2, 3]));
    assert_eq!(server.get("/ready").status, 200);
}

#[test]
fn a_client_that_takes_its_time_makes_nobody_hold_the_object() {
    let whole = long();
    let shelf = Shelf::with(&[("long.png", &whole)]);
    let server = shelf.serve(&[]);
    assert_eq!(server.get("/health").status, 200);
    let before = server.peak_memory();
    let mut slow: Vec<_> = (0..4).map(|_| server.begin("/long.png")).collect();
    for client in &mut slow {
        client.bytes(1000).unwrap();
    }
    server.wait_until_in_flight(0);
    let grown = server.peak_memory() - before;
    assert!(grown < 16_000_000, "{grown} bytes for four times 20 MB");
    assert!(slow.remove(0).rest().ends_with(&whole[whole.len() - 10_000_000..]));
}

#[test]
fn an_original_longer_than_may_be_worked_on_is_sent_and_not_decoded() {
    let shelf = Shelf::with(&[("a.jpg", photo(PHOTO))]);
    let server = shelf.serve(&[("IMAGE_PROXY_MAX_SOURCE_SIZE", "70000")]);
    assert_eq!(server.get("/a.jpg?size=100").status, 422);
    assert_eq!(server.get("/a.jpg").status, 200);
    assert_eq!(shelf.asked().iter().filter(|asked| asked.contains("whole")).count(), 1);
}

#[test]
fn what_is_no_image_is_not_sent() {
    let shelf = Shelf::with(&[("a.jpg", &b"<html>"[..]), ("b.jpg", b"")]);
    let server = shelf.serve(&[]);
    for target in ["/a.jpg", "/a.jpg?size=10", "/b.jpg", "/b.jpg?size=10"] {
        assert_eq!(server.get(target).status, 415, "{target}");
    }
}

#[test]
fn ready_does_not_depend_on_the_store() {
    let shelf = Shelf::faulty(&[("a.png", plain([1, 2, 3]))], |_, _| Reply::Silence);
    let server = shelf.serve(&[]);
    assert_eq!(server.get("/ready").status, 200);
    assert_eq!(shelf.asked(), [""; 0]);
}

#[test]
fn what_is_asked_is_counted() {
    let shelf = Shelf::faulty(&[("a.png", plain([1, 2, 3]))], {
        let count = AtomicUsize::new(0);
        move |_, reply| if count.fetch_add(1, Ordering::Relaxed) == 0 { Reply::status("503 Slow Down") } else { reply }
    });
    let server = shelf.serve(&[]);
    assert_eq!(server.get("/a.png").status, 200);
    assert_eq!(server.get("/b.png").status, 404);
    let get = "operation=\"get\"";
    let count = |name: &str, labels: &[&str]| server.metric(name, &[labels, &["store=\"source\"", get]].concat());
    assert_eq!(count("image_proxy_store_requests_total", &["outcome=\"ok\""]), 1.0);
    assert_eq!(count("image_proxy_store_requests_total", &["outcome=\"missing\""]), 1.0);
    assert_eq!(count("image_proxy_store_retries_total", &[]), 1.0);
    assert_eq!(count("image_proxy_store_bytes_total", &[]), plain([1, 2, 3]).len() as f64);
    assert_eq!(count("image_proxy_store_request_duration_seconds_count", &[]), 2.0);
    assert_eq!(server.metric("image_proxy_http_requests_total", &["source=\"bucket\""]), 1.0);
}
