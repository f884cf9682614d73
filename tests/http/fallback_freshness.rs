//! Results from the fallback are cached like others, and not forever: the other server decides, or a time to live.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::client::Answer;
use crate::pictures::{decoded, original, plain};
use crate::server::{Place, Server};
use crate::upstream::{Reply, Upstream};

const OLD: [u8; 3] = [10, 20, 200];
const NEW: [u8; 3] = [200, 20, 10];

/// An upstream whose only picture can be changed, and which answers with 304 where the client has it already.
struct Changing {
    upstream: Upstream,
    colour: Arc<Mutex<[u8; 3]>>,
}

impl Changing {
    fn start(cache_control: &'static str, validator: Option<&'static str>) -> Self {
        let colour = Arc::new(Mutex::new(OLD));
        let current = Arc::clone(&colour);
        let upstream = Upstream::start(move |asked| {
            let colour = *current.lock().unwrap();
            let day = if colour == OLD { 1 } else { 2 };
            let tag = format!("\"{day}\"");
            let date = format!("Tue, 0{day} Jul 2025 10:00:00 GMT");
            let is_known = asked.header("if-none-match").map_or_else(
                || asked.header("if-modified-since").is_some_and(|known| known == date),
                |known| known == tag,
            );
            let mut headers = vec![("Cache-Control", cache_control)];
            match validator {
                Some("ETag") => headers.push(("ETag", &tag)),
                Some(name) => headers.push((name, &date)),
                None => {}
            }
            if is_known {
                Reply::with("304 Not Modified", &headers, b"")
            } else {
                Reply::image(&plain(colour), &headers)
            }
        });
        Self { upstream, colour }
    }

    fn change(&self) {
        *self.colour.lock().unwrap() = NEW;
    }

    fn serve(&self, variables: &[(&str, &str)]) -> Server {
        let url = self.upstream.url("");
        let own = [("IMAGE_PROXY_ENABLE_CACHE", "true"), ("IMAGE_PROXY_FALLBACK_IMAGE_URL", &url)];
        Place::new().serve(&[&own, variables].concat())
    }
}

fn colour(answer: &Answer) -> [u8; 3] {
    let [red, green, blue, _] = decoded(&answer.body).get_pixel(0, 0).0;
    [red, green, blue]
}

fn seen(server: &Server) -> (Option<String>, [u8; 3]) {
    let answer = server.get("/a.png?size=10");
    assert_eq!(answer.status, 200, "{}", answer.text());
    (answer.cache_status(), colour(&answer))
}

fn miss(colour: [u8; 3]) -> (Option<String>, [u8; 3]) {
    (Some("MISS".to_owned()), colour)
}

fn hit(colour: [u8; 3]) -> (Option<String>, [u8; 3]) {
    (Some("HIT".to_owned()), colour)
}

#[test]
fn a_fresh_answer_is_not_asked_for_again() {
    for validator in [None, Some("ETag"), Some("Last-Modified")] {
        let changing = Changing::start("max-age=600", validator);
        let server = changing.serve(&[]);
        assert_eq!(seen(&server), miss(OLD), "{validator:?}");
        changing.change();
        assert_eq!(seen(&server), hit(OLD), "{validator:?}");
        assert_eq!(changing.upstream.targets(), ["/a.png"], "{validator:?}");
    }
}

#[test]
fn a_stale_answer_is_asked_for_with_its_validator_and_kept_while_it_is_the_same() {
    for (validator, name, value) in
        [("ETag", "if-none-match", "\"1\""), ("Last-Modified", "if-modified-since", "Tue, 01 Jul 2025 10:00:00 GMT")]
    {
        let changing = Changing::start("max-age=0", Some(validator));
        let server = changing.serve(&[]);
        assert_eq!([seen(&server), seen(&server)], [miss(OLD), hit(OLD)], "{validator}");
        let asked = changing.upstream.asked();
        assert_eq!(
            asked.iter().map(|asked| asked.header(name)).collect::<Vec<_>>(),
            [None, Some(value)],
            "{validator}"
        );
    }
}

#[test]
fn a_changed_original_is_a_new_entry_as_soon_as_it_is_stale() {
    for cache_control in ["max-age=0", "no-cache", "no-store", "public, max-age=0, must-revalidate"] {
        for validator in [None, Some("ETag"), Some("Last-Modified")] {
            let changing = Changing::start(cache_control, validator);
            let server = changing.serve(&[]);
            assert_eq!([seen(&server), seen(&server)], [miss(OLD), hit(OLD)], "{cache_control} {validator:?}");
            changing.change();
            assert_eq!([seen(&server), seen(&server)], [miss(NEW), hit(NEW)], "{cache_control} {validator:?}");
        }
    }
}

#[test]
fn without_a_word_from_the_server_the_time_to_live_decides() {
    let changing = Changing::start("public", None);
    let server = changing.serve(&[("IMAGE_PROXY_FALLBACK_IMAGE_TTL", "1h")]);
    assert_eq!(seen(&server), miss(OLD));
    changing.change();
    assert_eq!(seen(&server), hit(OLD));
    let server = changing.serve(&[("IMAGE_PROXY_FALLBACK_IMAGE_TTL", "0s")]);
    assert_eq!(seen(&server), miss(NEW));
    *changing.colour.lock().unwrap() = OLD;
    assert_eq!(seen(&server), miss(OLD));
}

#[test]
fn an_untouched_answer_is_as_fresh_as_the_server_has_it() {
    let changing = Changing::start("max-age=0", Some("ETag"));
    let server = changing.serve(&[]);
    assert_eq!(colour(&server.get("/a.png")), OLD);
    changing.change();
    assert_eq!(colour(&server.get("/a.png")), NEW);
}

#[test]
fn an_original_that_changes_before_its_time_is_still_rendered() {
    let is_old = Arc::new(AtomicBool::new(true));
    let current = Arc::clone(&is_old);
    let upstream = Upstream::start(move |_| match current.load(Ordering::SeqCst) {
        true => Reply::image(&plain(OLD), &[("Cache-Control", "max-age=600"), ("ETag", "\"1\"")]),
        false => Reply::image(&original("cat.png"), &[("Cache-Control", "max-age=600"), ("ETag", "\"2\"")]),
    });
    let server = Place::new().serve(&[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &upstream.url(""))]);
    let dimensions = |target: &str| {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        decoded(&answer.body).dimensions()
    };
    assert_eq!(dimensions("/a.png?size=32"), (32, 24));
    // What was remembered of the old picture says nothing about the new one, which has another shape.
    is_old.store(false, Ordering::SeqCst);
    assert_eq!(dimensions("/a.png?size=30"), (30, 20));
}

#[test]
fn a_date_that_cannot_tell_versions_apart_is_not_asked_by() {
    let ahead = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(24 * 60 * 60));
    for date in ["Thu, 01 Jan 1970 00:00:01 GMT".to_owned(), ahead] {
        let colour = Arc::new(Mutex::new(OLD));
        let (current, sent) = (Arc::clone(&colour), date.clone());
        let upstream = Upstream::start(move |asked| {
            let headers = [("Cache-Control", "max-age=0"), ("Last-Modified", &*sent)];
            match asked.header("if-modified-since") {
                Some(_) => Reply::with("304 Not Modified", &headers, b""),
                None => Reply::image(&plain(*current.lock().unwrap()), &headers),
            }
        });
        let variables = [("IMAGE_PROXY_ENABLE_CACHE", "true"), ("IMAGE_PROXY_FALLBACK_IMAGE_URL", &*upstream.url(""))];
        let server = Place::new().serve(&variables);
        assert_eq!([seen(&server), seen(&server)], [miss(OLD), hit(OLD)], "{date}");
        *colour.lock().unwrap() = NEW;
        assert_eq!([seen(&server), seen(&server)], [miss(NEW), hit(NEW)], "{date}");
    }
}

/// As from back ends whose tags hold an inode, or that make them anew.
#[test]
fn an_answer_with_another_tag_each_time_is_the_newest_version_and_is_fetched_once() {
    let count = AtomicUsize::new(0);
    let upstream = Upstream::start(move |_| {
        let tag = format!("\"{}\"", count.fetch_add(1, Ordering::SeqCst));
        Reply::image(&plain(OLD), &[("Cache-Control", "max-age=600"), ("ETag", &tag)])
    });
    for cache in ["true", "false"] {
        let variables = [("IMAGE_PROXY_FALLBACK_IMAGE_URL", &*upstream.url("")), ("IMAGE_PROXY_ENABLE_CACHE", cache)];
        let server = Place::new().serve(&variables);
        for target in ["/a.png", "/a.png", "/a.png?size=10", "/a.png", "/a.png?size=20", "/a.png?size=30", "/a.png"] {
            let before = upstream.asked().len();
            let answer = server.get(target);
            assert_eq!((answer.status, colour(&answer)), (200, OLD), "{target}: {}", answer.text());
            assert_eq!(upstream.asked().len() - before, 1, "{target}");
        }
    }
}

#[test]
fn back_ends_with_versions_of_their_own_are_both_right() {
    let count = AtomicUsize::new(0);
    let pictures = [(plain(OLD), "\"old\""), (original("cat.png"), "\"new\"")];
    let upstream = Upstream::start(move |_| {
        // One after the other, and now and then the same twice.
        let (picture, tag) = &pictures[count.fetch_add(1, Ordering::SeqCst) % 3 % 2];
        Reply::image(picture, &[("Cache-Control", "max-age=600"), ("ETag", tag)])
    });
    let server = Place::new().serve(&[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &upstream.url(""))]);
    thread::scope(|scope| {
        for worker in 0..4 {
            let server = &server;
            scope.spawn(move || {
                for turn in 0..25 {
                    let target = ["/a.png", "/a.png?size=32"][(worker + turn) % 2];
                    let answer = server.get(target);
                    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
                    let shape = decoded(&answer.body).dimensions();
                    assert!([(64, 48), (90, 60), (32, 24), (32, 21)].contains(&shape), "{target}: {shape:?}");
                }
            });
        }
    });
}

#[test]
fn a_rendition_of_one_version_is_never_kept_as_one_of_another() {
    let place = Place::new();
    let changing = Changing::start("max-age=600", Some("ETag"));
    let url = changing.upstream.url("");
    let variables = [
        ("IMAGE_PROXY_ENABLE_DISK_CACHE", "true"),
        ("IMAGE_PROXY_CACHE_DISK_SIZE", "64MiB"),
        ("IMAGE_PROXY_FALLBACK_IMAGE_URL", &url),
    ];
    let server = place.serve(&variables);
    assert_eq!(colour(&server.get("/a.png?size=10")), OLD);
    changing.change();
    // The old version is still fresh, but this needs its bytes, and gets those of the new one.
    server.get("/a.png?size=20");
    server.stop();
    *changing.colour.lock().unwrap() = OLD;
    assert_eq!(colour(&place.serve(&variables).get("/a.png?size=20")), OLD);
}
