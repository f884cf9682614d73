//! What a request means is decided before work begins: one meaning is one entry, and no change is no work.

use crate::pictures::{original, photo};
use crate::server::{Place, shipped};

const CACHED: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

#[test]
fn requests_that_mean_the_same_are_one_entry() {
    let place = Place::new();
    let server = place.serve(&[CACHED, ("IMAGE_PROXY_ROOT_PATH", shipped().to_str().unwrap())]);
    let first = server.get("/space/rocket.png?size=400&format=webp");
    assert_eq!((first.status, first.cache_status().as_deref()), (200, Some("MISS")));
    for (target, hint) in [
        ("/space/rocket.png?size=400&format=webp", None),
        ("/space/rocket.png?format=webp&size=400", None),
        ("/space/rocket.png?size=200&dpr=2&format=webp", None),
        ("/space/rocket.png?dpr=2.000&size=200&format=webp", None),
        ("/space/rocket.png?size=200&format=webp", Some("2")),
        ("/space/rocket.png?size=0400&format=WEBP", None),
        ("/space/rocket.png?SIZE=%34%30%30&Format=WebP", None),
        ("/space/rocket.png?size=7&size=400&format=png&format=webp", None),
        ("/space/rocket.png?size=400&format=webp&bw=0&v=3", None),
        ("/space/rocket.png?size=400&format=webp&resize_algorithm=auto", None),
        ("//space/./rocket%2Epng?size=400&format=webp", None),
    ] {
        let headers: Vec<_> = hint.map(|ratio| ("Sec-CH-DPR", ratio)).into_iter().collect();
        let answer = server.get_with(target, &headers);
        assert_eq!(answer.cache_status().as_deref(), Some("HIT"), "{target}");
        assert!(answer.body == first.body, "{target}");
    }
}

#[test]
fn a_format_that_goes_without_saying_may_be_said() {
    let server = Place::with(&[("a.jpg", photo("summer trip/café.jpg"))]).serve(&[CACHED]);
    assert_eq!(server.get("/a.jpg?size=50").cache_status().as_deref(), Some("MISS"));
    for query in ["size=50&format=jpg", "size=50&format=JPEG"] {
        assert_eq!(server.get(&format!("/a.jpg?{query}")).cache_status().as_deref(), Some("HIT"), "{query}");
    }
}

#[test]
fn a_box_around_the_picture_is_the_same_whatever_its_size() {
    let server = Place::with(&[("a.png", original("cat.png"))]).serve(&[CACHED]);
    assert_eq!(server.get("/a.png?format=webp").cache_status().as_deref(), Some("MISS"));
    for query in ["size=90&format=webp", "size=91&format=webp", "size=9000&dpr=3&format=webp", "dpr=4&format=webp"] {
        assert_eq!(server.get(&format!("/a.png?{query}")).cache_status().as_deref(), Some("HIT"), "{query}");
    }
}

#[test]
fn requests_that_mean_something_else_are_other_entries() {
    let server = Place::with(&[("a.png", original("cat.png")), ("b.png", original("cat.png"))]).serve(&[CACHED]);
    for target in [
        "/a.png?size=50",
        "/b.png?size=50",
        "/a.png?size=51",
        "/a.png?size=50&format=webp",
        "/a.png?size=50&bw=1",
        "/a.png?size=50&resize_algorithm=gaussian",
        "/a.png?bw=1",
        "/a.png?size=50&dpr=1.01",
    ] {
        // 50 times 1.01 is 50.5 and so the size 51, which was asked for before.
        let expected = if target.ends_with("dpr=1.01") { "HIT" } else { "MISS" };
        assert_eq!(server.get(target).cache_status().as_deref(), Some(expected), "{target}");
    }
}

#[test]
fn a_request_that_changes_nothing_is_answered_with_the_file_itself() {
    let place = Place::new();
    let server = place.serve(&[CACHED, ("IMAGE_PROXY_ROOT_PATH", shipped().to_str().unwrap())]);
    for (name, queries) in [
        ("summer trip/café.jpg", &["size=600", "size=601&format=jpeg", "format=JPG", "dpr=2", "bw=0"][..]),
        ("people/photographer.jpg", &["size=512", "size=256&dpr=2", "format=jpeg"]),
        ("icons/camera.png", &["size=512&resize_algorithm=gaussian", "resize_algorithm=thumbnail", "format=png"]),
        ("animals/cat.webp", &["format=webp&size=16384"]),
        ("nature/dandelion-close-up.avif", &["format=avif", "size=1200"]),
        ("animals/cat-zoom.gif", &["size=240", "size=999&dpr=2"]),
        ("science/retina.tiff", &["size=400"]),
    ] {
        let bytes = photo(name);
        for query in queries {
            let path = name.replace(' ', "%20").replace('é', "%C3%A9");
            let answer = server.get(&format!("/{path}?{query}"));
            assert_eq!(answer.status, 200, "{name}?{query}: {}", answer.text());
            assert!(answer.body == bytes, "{name}?{query}");
            assert_eq!(answer.cache_status(), None, "{name}?{query}");
        }
    }
}
