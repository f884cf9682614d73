//! What is purged is never found again: in memory, on disk, untouched, as a watermark, at the fallback.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::client::{Answer, Pending};
use crate::pictures::{decoded, original, plain};
use crate::server::{Place, Server};
use crate::upstream::{Gate, Reply, Upstream};

const TOKEN: (&str, &str) = ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!");
const SHOWN: (&str, &str) = ("Authorization", "Bearer sixteen-letters!");
const CACHED: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");
const OLD: [u8; 3] = [10, 20, 200];
const NEW: [u8; 3] = [200, 20, 10];

fn purge(server: &Server, path: &str) {
    let answer = server.ask("DELETE", &format!("/_/cache{path}"), &[SHOWN]);
    assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{path}");
}

fn status(server: &Server, target: &str) -> String {
    let answer = server.get(target);
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.cache_status().unwrap_or_default()
}

/// Those of the targets that are made anew. They are kept before and after.
fn made_anew<'a>(server: &Server, targets: &[&'a str], act: impl FnOnce()) -> Vec<&'a str> {
    for target in targets {
        status(server, target);
        assert_eq!(status(server, target), "HIT", "{target}");
    }
    act();
    let anew = targets.iter().copied().filter(|target| status(server, target) == "MISS").collect();
    assert!(targets.iter().all(|target| status(server, target) == "HIT"));
    anew
}

fn colour(answer: &Answer) -> [u8; 3] {
    let [red, green, blue, _] = decoded(&answer.body).get_pixel(0, 0).0;
    [red, green, blue]
}

#[test]
fn only_who_shows_the_token_may_purge() {
    let server = Place::with(&[("a.png", original("cat.png"))]).serve(&[TOKEN]);
    let bearer = |token: &'static str| vec![("Authorization", token)];
    for (method, target, headers, expected) in [
        ("DELETE", "/_/cache/a.png", vec![SHOWN], 204),
        ("PURGE", "/_/cache/a.png", vec![SHOWN], 204),
        ("DELETE", "/_/cache/never/asked/for.png", vec![SHOWN], 204),
        ("PURGE", "/_/cache/", vec![SHOWN], 204),
        ("DELETE", "/_/cache/a.png", vec![], 401),
        ("DELETE", "/_/cache/a.png?token=sixteen-letters!", vec![], 401),
        ("PURGE", "/_/cache/", bearer("Basic c2l4dGVlbi1sZXR0ZXJzIQ=="), 401),
        ("PURGE", "/_/cache/", bearer("Bearer"), 401),
        ("DELETE", "/_/cache/..", vec![], 401),
        ("DELETE", "/_/cache/a.png", bearer("Bearer sixteen-letters?"), 403),
        ("DELETE", "/_/cache/a.png", bearer("Bearer sixteen"), 403),
        ("GET", "/_/cache/a.png", vec![SHOWN], 405),
        ("HEAD", "/_/cache/a.png", vec![SHOWN], 405),
        ("POST", "/_/cache/", vec![], 405),
        ("DELETE", "/_/cache", vec![SHOWN], 400),
        ("DELETE", "/_/cache?tag=", vec![SHOWN], 400),
        ("DELETE", "/_/cache?tag=a.png", vec![SHOWN], 400),
        ("DELETE", "/_/cache?tag=0123456789abcdef0123456789abcdef", vec![SHOWN], 204),
        ("DELETE", "/_/cache/../a.png", vec![SHOWN], 400),
        ("DELETE", "/_/cache/%zz", vec![SHOWN], 400),
        ("DELETE", "/_/cache/.hidden", vec![SHOWN], 404),
        ("DELETE", "/_/cached/a.png", vec![SHOWN], 405),
    ] {
        let answer = server.ask(method, target, &headers);
        assert_eq!(answer.status, expected, "{method} {target}: {}", answer.text());
        let is_ours = !target.contains("cached");
        assert_eq!(answer.header("www-authenticate").as_deref(), (expected == 401).then_some("Bearer"), "{target}");
        let allowed = (expected == 405 && is_ours).then_some("DELETE, PURGE");
        assert_eq!(answer.header("allow").as_deref().filter(|_| is_ours), allowed, "{method} {target}");
        assert!(expected == 204 || !is_ours || answer.header("cache-control").as_deref() == Some("no-store"));
    }
    assert!(server.metric("image_proxy_http_requests_total", &["route=\"purge\"", "status=\"2xx\""]) >= 5.0);
}

#[test]
fn without_a_token_there_is_nothing_to_purge_with() {
    let server = Place::with(&[("_/cache/a.png", original("cat.png"))]).serve(&[]);
    for method in ["DELETE", "PURGE", "GET", "POST"] {
        assert_eq!(server.ask(method, "/_/cache/a.png", &[SHOWN]).status, 404, "{method}");
    }
}

#[test]
fn the_token_is_nowhere_in_the_log() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let server = place.serve(&[TOKEN, ("RUST_LOG", "trace")]);
    for (token, query) in [("sixteen-letters!", ""), ("sixteen-letters?", ""), ("x", "?token=sixteen-letters!")] {
        server.ask("DELETE", &format!("/_/cache/a.png{query}"), &[("Authorization", &format!("Bearer {token}"))]);
    }
    server.log_line("purged");
    let log = server.stop();
    assert!(!log.iter().any(|line| line.contains("sixteen-letters")), "{log:#?}");
}

#[test]
fn all_renditions_of_a_picture_are_gone_at_once_and_no_others() {
    let names = ["a.png", "ab.png", "a/b.png", "a/c.png", "a/d/e.png", "f/a.png"];
    let place = Place::with(&names.map(|name| (name, original("cat.png"))));
    let server = place.serve(&[TOKEN, CACHED]);
    let [all, a, below, deep] = [
        &["/a.png?size=9", "/a.png?w=8&format=webp", "/ab.png?size=9", "/f/a.png?size=9"][..],
        &["/a/b.png?size=9", "/a/c.png?size=9"],
        &["/a/d/e.png?size=9"],
        &["/a/b.png?size=7"],
    ];
    let all = [all, a, below, deep].concat();
    for (purged, expected) in [
        ("/a.png", &all[..2]),
        ("/a", &[]),
        ("/a/d/", &all[6..7]),
        ("/a/", &all[4..]),
        ("//a/./", &all[4..]),
        ("/a%2F", &all[4..]),
        ("/", &all[..]),
        ("/f/", &all[3..4]),
    ] {
        assert_eq!(made_anew(&server, &all, || purge(&server, purged)), expected, "{purged}");
    }
}

#[test]
fn an_untouched_picture_has_another_tag_after_a_purge() {
    let place = Place::with(&[("a.png", original("cat.png")), ("b.png", original("cat.png"))]);
    place.age();
    let server = place.serve(&[TOKEN]);
    let [a, b] = ["/a.png", "/b.png"].map(|target| server.get(target).header("etag").unwrap());
    let ask = |target, tag: &str| server.get_with(target, &[("If-None-Match", tag)]).status;
    assert_eq!([ask("/a.png", &a), ask("/b.png", &b)], [304, 304]);
    let mut tags = vec![a, b.clone()];
    for _ in 0..3 {
        purge(&server, "/a.png");
        assert!(tags.iter().all(|tag| ask("/a.png", tag) == 200));
        tags.push(server.get("/a.png").header("etag").unwrap());
        assert_eq!([ask("/a.png", tags.last().unwrap()), ask("/b.png", &b)], [304, 304]);
    }
}

#[test]
fn a_purged_watermark_takes_all_renditions_along_that_it_lies_over() {
    let place = Place::with(&[("a.png", original("cat.png")), ("marks/logo.png", plain([255, 0, 0]))]);
    let targets = ["/a.png?size=40&wm=marks/logo.png", "/a.png?size=40", "/marks/logo.png?size=4&format=webp"];
    let server = place.serve(&[TOKEN, CACHED]);
    for path in ["/marks/logo.png", "/marks/"] {
        assert_eq!(made_anew(&server, &targets, || purge(&server, path)), [targets[0], targets[2]], "{path}");
    }
    assert_eq!(made_anew(&server, &targets, || purge(&server, "/a.png")), targets[..2]);
    let server = place.serve(&[TOKEN, CACHED, ("IMAGE_PROXY_WATERMARK", "wm=marks/logo.png")]);
    assert_eq!(made_anew(&server, &targets[..2], || purge(&server, "/marks/logo.png")), targets[..2]);
}

#[test]
fn paths_are_read_as_those_of_pictures() {
    let place = Place::with(&[("a b+ü.png", original("cat.png")), ("c/d.png", original("cat.png"))]);
    let server = place.serve(&[
        TOKEN,
        CACHED,
        ("IMAGE_PROXY_STRIP_PATH", "static/images"),
        ("IMAGE_PROXY_DIALECTS", "native=/raw,upload=/upload"),
    ]);
    let targets = ["/raw/static/images/a%20b+%C3%BC.png?size=9", "/raw/c/d.png?size=9"];
    for (path, expected) in [
        ("/raw/a%20b%2B%c3%bc.png", &targets[..1]),
        ("/raw/static/images/a%20b+%C3%BC.png?size=9&format=webp", &targets[..1]),
        ("/raw/static/images/c/", &targets[1..]),
        ("/raw/static/images/", &targets[..]),
        ("/raw/", &targets[..]),
        ("/", &targets[..]),
    ] {
        assert_eq!(made_anew(&server, &targets, || purge(&server, path)), expected, "{path}");
    }
    for path in ["/c/d.png", "/upload", "/upload/"] {
        assert_eq!(server.ask("DELETE", &format!("/_/cache{path}"), &[SHOWN]).status, 404, "{path}");
    }
}

/// A server whose pictures can be changed behind the back of whoever goes by their tag.
struct Deceiver {
    upstream: Upstream,
    colour: Arc<Mutex<Option<[u8; 3]>>>,
}

impl Deceiver {
    fn start() -> Self {
        let colour = Arc::new(Mutex::new(Some(OLD)));
        let current = Arc::clone(&colour);
        let headers = [("ETag", "\"always\""), ("Cache-Control", "max-age=3600")];
        let upstream = Upstream::start(move |asked| match *current.lock().unwrap() {
            None => Reply::status("404 Not Found"),
            Some(_) if asked.header("if-none-match").is_some() => Reply::with("304 Not Modified", &headers, b""),
            Some(colour) => Reply::image(&plain(colour), &headers),
        });
        Self { upstream, colour }
    }

    fn set(&self, colour: Option<[u8; 3]>) {
        *self.colour.lock().unwrap() = colour;
    }

    fn serve(&self) -> Server {
        let url = self.upstream.url("");
        let own = [("IMAGE_PROXY_FALLBACK_IMAGE_URL", &*url), ("IMAGE_PROXY_FALLBACK_MISSING_TTL", "3600s")];
        Place::new().serve(&[&own[..], &[TOKEN, CACHED]].concat())
    }
}

#[test]
fn what_was_remembered_of_the_fallback_is_asked_for_anew() {
    let deceiver = Deceiver::start();
    let server = deceiver.serve();
    let [untouched, rendered] = ["/a.png", "/a.png?size=4"];
    let both = || [untouched, rendered].map(|target| colour(&server.get(target)));
    assert_eq!(both(), [OLD, OLD]);
    deceiver.set(Some(NEW));
    assert_eq!(colour(&server.get(rendered)), OLD);
    purge(&server, "/a.png");
    assert_eq!(both(), [NEW, NEW]);
    // That it is missing is remembered too, and forgotten.
    deceiver.set(None);
    purge(&server, "/");
    let missing = || [untouched, rendered].map(|target| server.get(target).status);
    assert_eq!(missing(), [404, 404]);
    deceiver.set(Some(OLD));
    assert_eq!(missing(), [404, 404]);
    purge(&server, "/a.png");
    assert_eq!(both(), [OLD, OLD]);
}

#[test]
fn what_began_before_a_purge_is_not_found_after_it() {
    let (is_new, gate) = (Arc::new(AtomicBool::new(false)), Arc::new(Gate::default()));
    let (newer, held) = (Arc::clone(&is_new), Arc::clone(&gate));
    let upstream = Upstream::start(move |_| {
        let headers = [("ETag", "\"always\""), ("Cache-Control", "max-age=3600")];
        if newer.load(Ordering::SeqCst) {
            Reply::image(&plain(NEW), &headers)
        } else {
            Reply::image(&plain(OLD), &headers).held_after(100, &held)
        }
    });
    let server = Place::new().serve(&[TOKEN, CACHED, ("IMAGE_PROXY_FALLBACK_IMAGE_URL", &upstream.url(""))]);
    let target = "/a.png?size=4";
    let early = server.begin(target);
    server.wait_until_in_flight(1);
    server.wait_until("the question", |_| upstream.asked().len() == 1);
    is_new.store(true, Ordering::SeqCst);
    purge(&server, "/a.png");
    // While the first is still waiting, and after it.
    assert_eq!(colour(&server.get(target)), NEW);
    gate.open();
    assert_eq!(colour(&early.answer()), OLD);
    for target in [target, "/a.png", "/a.png?size=3"] {
        assert_eq!(colour(&server.get(target)), NEW, "{target}");
    }
    assert_eq!(status(&server, target), "HIT");
}

#[test]
fn a_purge_outlives_the_program_with_what_is_on_disk() {
    let place = Place::with(&[("a.png", original("cat.png")), ("b.png", original("cat.png"))]);
    place.age();
    let settings = [TOKEN, CACHED, ("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MiB")];
    let targets = ["/a.png?size=50", "/b.png?size=50"];
    let server = place.serve(&settings);
    assert_eq!(targets.map(|target| status(&server, target)), ["MISS", "MISS"]);
    let tag = server.get("/a.png").header("etag").unwrap();
    server.stop();
    let server = place.serve(&settings);
    purge(&server, "/a.png");
    let mut server = server;
    // No warning, and no time for anything.
    server.signal("KILL");
    server.ended();
    let server = place.serve(&settings);
    assert_eq!(targets.map(|target| status(&server, target)), ["MISS", "HIT"]);
    assert_eq!(server.get_with("/a.png", &[("If-None-Match", &tag)]).status, 200);
}

#[test]
fn a_crowd_of_purges_is_answered_and_kept() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let settings = [TOKEN, CACHED, ("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MiB")];
    let server = place.serve(&settings);
    let ask = |number| Pending::send(server.address(), "PURGE", &format!("/_/cache/{number}.png"), &[SHOWN]);
    let crowd: Vec<_> = (0..50).map(ask).collect();
    assert!(crowd.into_iter().all(|pending| pending.answer().status == 204));
    let written = std::fs::read_to_string(place.cache().join("image-proxy.generations")).unwrap();
    assert_eq!(written.lines().count(), 51);
}

#[test]
fn a_purge_that_cannot_be_written_down_counts_and_says_so() {
    let place = Place::with(&[("a.png", original("cat.png"))]);
    let settings = [TOKEN, CACHED, ("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"), ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MiB")];
    let server = place.serve(&settings);
    let targets = ["/a.png?size=50"];
    // A folder in the way of the file.
    std::fs::create_dir(place.cache().join("image-proxy.generations.new")).unwrap();
    let refused = || {
        let answer = server.ask("DELETE", "/_/cache/a.png", &[SHOWN]);
        assert_eq!((answer.status, answer.text().as_str()), (500, "internal error\n"));
    };
    assert_eq!(made_anew(&server, &targets, refused), targets);
    server.log_line("cannot keep what was purged in ");
    std::fs::remove_dir(place.cache().join("image-proxy.generations.new")).unwrap();
    purge(&server, "/a.png");
}
