//! Renditions in a store that servers share: each is made once in all, whatever is wrong with the store is a miss, and
//! clients are sent there where that is asked for.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::pictures::{original, photo, plain};
use crate::server::{Place, Server};
use crate::upstream::{Asked, Reply, Upstream};

const TOKEN: (&str, &str) = ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!");
const SHOWN: (&str, &str) = ("Authorization", "Bearer sixteen-letters!");
const REDIRECT: (&str, &str) = ("IMAGE_PROXY_RESULTS_REDIRECT", "true");
const PUBLIC: (&str, &str) = ("IMAGE_PROXY_RESULTS_PUBLIC_URL", "https://pictures.example/made/");

/// The folder of results, and the URL that names it.
fn folder(place: &Place) -> (PathBuf, String) {
    let folder = place.outside().join("results");
    let url = format!("file://{}", folder.display());
    (folder, url)
}

/// The names of all objects: neither what lies beside them nor what is half written.
fn stored(folder: &Path) -> Vec<String> {
    let Ok(pictures) = fs::read_dir(folder) else { return Vec::new() };
    // Beside the folders of pictures lies what was purged.
    let pictures = pictures.map(|picture| picture.unwrap().path()).filter(|picture| picture.is_dir());
    let files = pictures.flat_map(|picture| fs::read_dir(picture).unwrap());
    let names = files.map(|file| {
        let path = file.unwrap().path();
        path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()
    });
    let mut names: Vec<_> = names.filter(|name| !name.contains("/.")).collect();
    names.sort();
    names
}

fn puts(server: &Server, outcome: &str) -> f64 {
    let labels = ["store=\"results\"", "operation=\"put\"", &format!("outcome=\"{outcome}\"")];
    server.metric("image_proxy_store_requests_total", &labels)
}

fn rendered(server: &Server) -> f64 {
    server.metric("image_proxy_http_requests_total", &["outcome=\"rendered\""])
}

#[test]
fn two_servers_render_each_picture_once_in_all() {
    let pictures: Vec<_> =
        (0..20).map(|number| (format!("in here/{number}.png"), plain([number * 9, 40, 90]))).collect();
    let pictures: Vec<_> = pictures.iter().map(|(name, bytes)| (name.as_str(), bytes)).collect();
    let place = Place::with(&pictures);
    let (folder, url) = folder(&place);
    let [one, other] = [(); 2].map(|()| place.serve(&[("IMAGE_PROXY_RESULTS_URL", &url)]));
    let target = |number| format!("/in%20here/{number}.png?size=20&format=webp");
    let made: Vec<_> = (0..20).map(|number| one.get(&target(number))).collect();
    one.wait_until("all are stored", |server| puts(server, "ok") == 20.0);
    for (number, made) in made.iter().enumerate() {
        let shared = other.get(&target(number));
        assert_eq!((made.cache_status().as_deref(), shared.cache_status().as_deref()), (Some("MISS"), Some("HIT")));
        assert_eq!((&made.body, made.content_type()), (&shared.body, shared.content_type()));
        assert_eq!(made.header("etag"), shared.header("etag"));
    }
    assert_eq!((rendered(&one), rendered(&other)), (20.0, 0.0));
    let names = stored(&folder);
    assert_eq!(names.len(), 20);
    for name in &names {
        let (picture, rendition) = name.split_once('/').unwrap();
        let is_digest = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_digest(picture) && is_digest(rendition.strip_suffix(".webp").unwrap()), "{name}");
    }
}

#[test]
fn renditions_of_one_picture_lie_together_and_a_changed_picture_has_others() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let (folder, url) = folder(&place);
    let server = place.serve(&[("IMAGE_PROXY_RESULTS_URL", &url)]);
    for size in [20, 30] {
        server.get(&format!("/a.png?size={size}"));
    }
    server.wait_until("both are stored", |server| puts(server, "ok") == 2.0);
    place.put("a.png", plain([1, 2, 3]));
    assert_eq!(server.get("/a.png?size=20").cache_status().as_deref(), Some("MISS"));
    server.wait_until("the new one is stored", |server| puts(server, "ok") == 3.0);
    let pictures = fs::read_dir(&folder).unwrap().count();
    assert_eq!((pictures, stored(&folder).len()), (1, 3));
}

#[test]
fn what_was_found_of_the_quality_is_told_of_a_shared_rendition_as_well() {
    let place = Place::with(&[("a.jpg", photo("people/astronaut.jpg"))]);
    let (_, url) = folder(&place);
    let [one, other] = [(); 2].map(|()| place.serve(&[("IMAGE_PROXY_RESULTS_URL", &url)]));
    let made = one.get("/a.jpg?size=100&max_bytes=3k");
    one.wait_until("it is stored", |server| puts(server, "ok") == 1.0);
    let shared = other.get("/a.jpg?size=100&max_bytes=3k");
    assert_eq!(shared.cache_status().as_deref(), Some("HIT"));
    assert!(made.header("x-image-proxy-quality").is_some());
    assert_eq!(made.header("x-image-proxy-quality"), shared.header("x-image-proxy-quality"));
}

#[test]
fn a_spoilt_object_is_a_miss_and_is_replaced() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let (folder, url) = folder(&place);
    let serve = || place.serve(&[("IMAGE_PROXY_RESULTS_URL", &url)]);
    let server = serve();
    let made = server.get("/a.png?size=30").body;
    server.wait_until("it is stored", |server| puts(server, "ok") == 1.0);
    let path = folder.join(&stored(&folder)[0]);
    let shorter = &made[..made.len() / 2];
    let mut other = made.clone();
    other[made.len() / 2] ^= 1;
    for spoilt in [shorter, &other, b""] {
        fs::write(&path, spoilt).unwrap();
        let server = serve();
        let answer = server.get("/a.png?size=30");
        assert_eq!((answer.cache_status().as_deref(), &answer.body), (Some("MISS"), &made));
        server.wait_until("it is replaced", |server| puts(server, "ok") == 1.0);
        assert_eq!(fs::read(&path).unwrap(), made);
    }
}

#[test]
fn a_dead_or_failing_store_is_a_miss_and_is_counted() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failing = Upstream::start(|_: &Asked| Reply::status("500 Internal Server Error"));
    for endpoint in [format!("http://{dead}"), failing.base().to_owned()] {
        let server = place.serve(&[
            ("IMAGE_PROXY_RESULTS_URL", "s3://results"),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "eu-central-1"),
            REDIRECT,
        ]);
        let answer = server.get("/a.png?size=30");
        assert_eq!((answer.status, answer.cache_status().as_deref()), (200, Some("MISS")), "{endpoint}");
        let failed = |operation: &str| {
            let all = server.metric("image_proxy_store_requests_total", &["results", operation]);
            all - server.metric("image_proxy_store_requests_total", &["results", operation, "outcome=\"ok\""])
        };
        server.wait_until("the write has failed", |_| failed("operation=\"put\"") == 1.0);
        assert_eq!(failed("operation=\"head\""), 1.0, "{endpoint}");
        // One for the rendition, and others for what was purged.
        assert!(failed("operation=\"get\"") >= 2.0, "{endpoint}");
    }
}

#[test]
fn clients_are_sent_to_the_store_once_it_has_the_rendition() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let (folder, url) = folder(&place);
    let variables = [("IMAGE_PROXY_RESULTS_URL", url.as_str()), REDIRECT, PUBLIC];
    let server = place.serve(&[&variables[..], &[("IMAGE_PROXY_RESULTS_REDIRECT_TTL", "600s")]].concat());
    let made = server.get("/a.png?size=30&format=webp&dpr=2");
    assert_eq!((made.status, made.cache_status().as_deref()), (200, Some("MISS")));
    server.wait_until("it is stored", |server| puts(server, "ok") == 1.0);
    let location = format!("https://pictures.example/made/{}", stored(&folder)[0]);
    for method in ["GET", "HEAD"] {
        let sent = server.ask(method, "/a.png?size=30&format=webp&dpr=2", &[]);
        assert_eq!((sent.status, sent.header("location")), (307, Some(location.clone())));
        assert_eq!(sent.header("cache-control").as_deref(), Some("max-age=300"));
        assert!(sent.body.is_empty());
    }
    assert_eq!(server.get("/a.png").status, 200, "an original is not sent elsewhere");
    let tag = made.header("etag").unwrap();
    assert_eq!(server.get_with("/a.png?size=30&format=webp&dpr=2", &[("If-None-Match", &tag)]).status, 304);
    // What the hint changes is another rendition, and the redirect says that it was read.
    server.get("/a.png?size=40");
    server.wait_until("it is stored", |server| puts(server, "ok") == 2.0);
    assert_eq!(server.get("/a.png?size=40").header("vary").as_deref(), Some("sec-ch-dpr"));
    // Another server finds it there.
    assert_eq!(place.serve(&variables).get("/a.png?size=30&format=webp&dpr=2").header("location"), Some(location));
}

#[test]
fn a_fleet_hears_of_a_purge_and_what_was_stored_of_the_picture_is_deleted() {
    let place = Place::with(&[("a.png", original("cat.png")), ("b.png", plain([9, 9, 9]))]);
    let (folder, url) = folder(&place);
    let variables = [("IMAGE_PROXY_RESULTS_URL", url.as_str()), ("IMAGE_PROXY_ENABLE_CACHE", "true"), TOKEN];
    let [one, other] = [(); 2].map(|()| place.serve(&variables));
    for target in ["/a.png?size=20", "/b.png?size=20"] {
        assert_eq!(one.get(target).cache_status().as_deref(), Some("MISS"));
    }
    one.wait_until("both are stored", |server| puts(server, "ok") == 2.0);
    for target in ["/a.png?size=20", "/b.png?size=20"] {
        assert_eq!(other.get(target).cache_status().as_deref(), Some("HIT"));
    }
    let old = (one.get("/a.png").header("etag").unwrap(), stored(&folder));
    assert_eq!(one.ask("DELETE", "/_/cache/a.png", &[SHOWN]).status, 204);
    let purged = Instant::now();
    assert_eq!(one.get("/b.png?size=20").cache_status().as_deref(), Some("HIT"));
    other.wait_until("the other knows", |server| server.get("/a.png").header("etag").unwrap() != old.0);
    assert!(purged.elapsed() < Duration::from_secs(10));
    one.wait_until("what was stored of it is deleted", |_| stored(&folder).len() == 1);
    assert!(purged.elapsed() < Duration::from_secs(10));
    let made = [&one, &other].map(|server| {
        let answer = server.get("/a.png?size=20");
        server.wait_until("it is stored", |_| stored(&folder).len() == 2);
        answer.cache_status().unwrap()
    });
    assert_eq!(made, ["MISS", "HIT"]);
    // Nobody has to have heard of it: the store remembers.
    drop((one, other));
    let again = place.serve(&variables);
    assert_ne!(again.get("/a.png").header("etag").unwrap(), old.0);
    assert_eq!(again.ask("PURGE", "/_/cache/", &[SHOWN]).status, 204);
    again.wait_until("everything is deleted", |_| stored(&folder).is_empty());
}

#[test]
fn with_the_store_down_a_purge_holds_here_and_says_that_others_do_not_know() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let dead = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let server = place.serve(&[
        ("IMAGE_PROXY_RESULTS_URL", "s3://results"),
        ("AWS_ENDPOINT_URL", &dead),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("IMAGE_PROXY_ENABLE_CACHE", "true"),
        TOKEN,
    ]);
    for expected in ["MISS", "HIT"] {
        assert_eq!(server.get("/a.png?size=20").cache_status().as_deref(), Some(expected));
    }
    assert_eq!(server.ask("DELETE", "/_/cache/a.png", &[SHOWN]).status, 502);
    assert_eq!(server.get("/a.png?size=20").cache_status().as_deref(), Some("MISS"));
}

#[test]
fn settings_that_cannot_be_meant_keep_the_server_from_starting() {
    let place = Place::new();
    for (name, value) in [
        ("IMAGE_PROXY_RESULTS_URL", "ftp://results"),
        ("IMAGE_PROXY_RESULTS_URL", "s3://key:s3cret@results"),
        ("IMAGE_PROXY_RESULTS_PUBLIC_URL", "pictures.example"),
    ] {
        let refused = place.command(&[(name, value)]).output().unwrap();
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(78), "{told}");
        assert!(told.contains(name) && !told.contains("s3cret"), "{told}");
    }
}
