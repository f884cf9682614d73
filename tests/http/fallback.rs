//! A missing file is fetched from elsewhere: what is asked of the other server, and what is made of its answer.

use std::sync::Mutex;

use crate::pictures::{decoded, photo, plain};
use crate::server::{Place, Server};
use crate::upstream::{Reply, Upstream};

const PINK: [u8; 3] = [250, 100, 150];

fn serve(upstream: &Upstream, base: &str) -> Server {
    Place::with(&[("local.png", plain([1, 2, 3]))]).serve(&[("IMAGE_PROXY_FALLBACK_IMAGE_URL", &upstream.url(base))])
}

#[test]
fn base_and_path_are_joined_with_one_slash() {
    for (base, target, expected) in [
        ("", "/a.png", "/a.png"),
        ("/", "/a.png", "/a.png"),
        ("/images", "/a.png", "/images/a.png"),
        ("/images/", "/a.png", "/images/a.png"),
        ("/images/v1/", "//b//a.png", "/images/v1/b/a.png"),
    ] {
        let upstream = Upstream::of(plain(PINK));
        let server = serve(&upstream, base);
        assert_eq!(server.get(target).status, 200, "{base} {target}");
        assert_eq!(upstream.targets(), [expected], "{base} {target}");
    }
}

#[test]
fn a_plus_is_asked_for_as_one_and_not_as_a_space() {
    let upstream = Upstream::of(plain(PINK));
    let server = serve(&upstream, "/in+out");
    // Object stores read a plus in a path as a space.
    for target in ["/a+b.png", "/a%2Bb.png", "/a%2bb.png?size=10"] {
        assert_eq!(server.get(target).status, 200, "{target}");
    }
    assert_eq!(server.get("/a%20b/%252B.png").status, 200);
    let (plus, other) = ("/in+out/a%2Bb.png", "/in+out/a%20b/%252B.png");
    let targets = upstream.targets();
    assert_eq!(
        (&targets[..2], &targets[targets.len() - 1]),
        (&[plus.to_owned(), plus.to_owned()][..], &other.to_owned())
    );
}

#[test]
fn the_path_is_encoded_again_and_the_query_stays_here() {
    let upstream = Upstream::of(plain(PINK));
    let server = serve(&upstream, "/in");
    assert_eq!(server.get("/a%20b/%C3%A9%3F%23%25.png?v=3&token=secret").status, 200);
    assert_eq!(server.get("/c.png?size=10").status, 200);
    assert_eq!(upstream.targets(), ["/in/a%20b/%C3%A9%3F%23%25.png", "/in/c.png"]);
}

#[test]
fn no_path_leads_to_another_host_or_out_of_the_base() {
    let other = Upstream::of(plain(PINK));
    let upstream = Upstream::of(plain(PINK));
    let server = serve(&upstream, "/in");
    for target in [
        format!("//{}/x.png", other.address()),
        format!("/%2f%2f{}/x.png", other.address()),
        format!("/http://{}/x.png", other.address()),
        format!("/@{}/x.png", other.address()),
        "/../x.png".to_owned(),
        "/%2e%2e/x.png".to_owned(),
        "/.hidden.png".to_owned(),
        "/..%5cx.png".to_owned(),
    ] {
        server.get(&target);
    }
    assert_eq!(other.targets(), [""; 0]);
    let asked = upstream.targets();
    assert!(asked.iter().all(|target| target.starts_with("/in/") && !target.contains("..")), "{asked:?}");
    // What is wrong or hidden here is not asked for there.
    assert_eq!(asked.len(), 4, "{asked:?}");
}

#[test]
fn nothing_of_the_request_but_its_path_goes_on() {
    let upstream = Upstream::of(plain(PINK));
    let server = serve(&upstream, "");
    server.get_with(
        "/a.png?x=1",
        &[("Cookie", "secret=1"), ("Authorization", "Basic x"), ("X-Forwarded-For", "1.2.3.4")],
    );
    let asked = upstream.asked().remove(0);
    assert_eq!(asked.header("user-agent"), Some(concat!("image-proxy/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(asked.header("host"), Some(upstream.address().to_string().as_str()));
    for name in ["cookie", "authorization", "x-forwarded-for", "referer"] {
        assert_eq!(asked.header(name), None, "{name}");
    }
}

#[test]
fn the_user_agent_can_be_set() {
    let upstream = Upstream::of(plain(PINK));
    let variables =
        [("IMAGE_PROXY_FALLBACK_IMAGE_URL", upstream.url("")), ("IMAGE_PROXY_USER_AGENT", "gallery/7 (+x)".to_owned())];
    let server = Place::new().serve(&variables.each_ref().map(|(name, value)| (*name, value.as_str())));
    server.get("/a.png");
    assert_eq!(upstream.asked()[0].header("user-agent"), Some("gallery/7 (+x)"));
}

#[test]
fn what_is_here_is_not_fetched() {
    let upstream = Upstream::of(plain(PINK));
    let server = serve(&upstream, "");
    assert!(server.get("/local.png").body == plain([1, 2, 3]));
    assert_eq!(server.get("/local.png?size=9").status, 200);
    assert_eq!(upstream.targets(), [""; 0]);
}

#[test]
fn the_answer_is_passed_on_untouched_under_the_type_of_its_bytes() {
    let jpeg = photo("space/hubble-deep-field.jpg");
    let sent = jpeg.clone();
    let upstream = Upstream::start(move |asked| match asked.target.as_str() {
        "/chunked" => Reply::chunked(&sent),
        "/unmeasured" => Reply::unmeasured(&sent),
        _ => Reply::image(&sent, &[("Content-Type", "text/html"), ("Set-Cookie", "a=b"), ("X-Secret", "c")]),
    });
    let server = serve(&upstream, "");
    for target in ["/a.png", "/chunked", "/unmeasured", "/a.png?v=3", "/again.jpg?size=9999"] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/jpeg"), "{target}");
        assert!(answer.body == jpeg, "{target}");
        assert_eq!(answer.header("content-length"), Some(jpeg.len().to_string()), "{target}");
        assert_eq!((answer.header("set-cookie"), answer.header("x-secret")), (None, None), "{target}");
    }
}

#[test]
fn the_answer_is_sent_in_parts_or_as_a_head_like_a_local_file() {
    let picture = plain(PINK);
    let sent = picture.clone();
    let upstream = Upstream::start(move |_| Reply::image(&sent, &[("ETag", "\"1\"")]));
    let server = serve(&upstream, "");
    let part = server.get_with("/a.png", &[("Range", "bytes=10-19")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &picture[10..20]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 10-19/{}", picture.len())));
    let head = server.ask("HEAD", "/a.png", &[]);
    assert_eq!((head.status, head.header("accept-ranges").as_deref()), (200, Some("bytes")));
    assert_eq!((head.header("content-length"), head.body), (Some(picture.len().to_string()), Vec::new()));
}

#[test]
fn the_answer_is_transformed_like_a_local_file() {
    let cat = photo("animals/cat.webp");
    let upstream = Upstream::of(cat.clone());
    let remote = serve(&upstream, "");
    let local = Place::with(&[("cat.webp", cat)]).serve(&[]);
    for query in ["size=100", "size=100&format=avif", "bw=1&format=jpeg", "format=png"] {
        let [remote, local] = [&remote, &local].map(|server| server.get(&format!("/cat.webp?{query}")));
        assert_eq!((remote.status, remote.content_type()), (200, local.content_type()), "{query}");
        assert!(remote.body == local.body, "{query}");
    }
    assert_eq!(decoded(&remote.get("/cat.webp?size=100").body).dimensions(), (100, 67));
}

#[test]
fn redirects_within_the_origin_are_followed_three_times() {
    let picture = plain(PINK);
    let upstream = Upstream::start(move |asked| match asked.target.as_str() {
        "/four.png" => Reply::redirect("/three.png"),
        "/three.png" => Reply::redirect("two.png"),
        "/two.png" => Reply::redirect("/other/one.png"),
        "/other/one.png" => Reply::redirect("/zero.png?signed=1"),
        "/round.png" => Reply::redirect("/round.png"),
        _ => Reply::image(&picture, &[]),
    });
    let server = serve(&upstream, "");
    assert!(server.get("/three.png").body == plain(PINK));
    assert_eq!(upstream.targets(), ["/three.png", "/two.png", "/other/one.png", "/zero.png?signed=1"]);
    assert_eq!(server.get("/four.png").status, 502);
    assert_eq!(server.get("/round.png?size=10").status, 502);
}

#[test]
fn redirects_to_another_origin_are_refused() {
    let other = Upstream::of(plain(PINK));
    let locations = Mutex::new(vec![
        other.url("/a.png"),
        format!("//{}/a.png", other.address()),
        "https://127.0.0.1/a.png".to_owned(),
        "file:///etc/passwd".to_owned(),
    ]);
    let upstream = Upstream::start(move |_| Reply::redirect(&locations.lock().unwrap().pop().unwrap()));
    let server = serve(&upstream, "");
    for target in ["/1.png", "/2.png?size=10", "/3.png", "/4.png"] {
        let answer = server.get(target);
        assert_eq!(answer.status, 502, "{target}");
        assert!(!answer.text().contains("127.0.0.1") && !answer.text().contains("passwd"), "{}", answer.text());
    }
    assert_eq!(other.targets(), [""; 0]);
}
