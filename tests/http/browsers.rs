//! What browsers go by: the name to save an image under, and which pages may read it.

use crate::pictures::plain;
use crate::server::{Place, Server};

fn place() -> Place {
    Place::with(&[("a.png", plain([1, 2, 3])), ("some folder/été \"x\".tar.png", plain([1, 2, 3]))])
}

fn headers(server: &Server, method: &str, headers: &[(&str, &str)]) -> [Option<String>; 3] {
    let answer = server.ask(method, "/a.png?size=10", headers);
    ["access-control-allow-origin", "access-control-allow-methods", "vary"].map(|name| answer.header(name))
}

#[test]
fn an_image_is_saved_under_its_name_with_the_ending_of_what_is_sent() {
    let server = place().serve(&[]);
    let name = |target: &str| server.get(target).header("content-disposition").unwrap();
    assert_eq!(name("/a.png"), "inline; filename=\"a.png\"");
    assert_eq!(name("/a.png?format=jpeg"), "inline; filename=\"a.jpg\"");
    assert_eq!(
        name("/some%20folder/%C3%A9t%C3%A9%20%22x%22.tar.png?format=webp"),
        "inline; filename=\"_t_ _x_.tar.webp\"; filename*=UTF-8''%C3%A9t%C3%A9%20%22x%22%2Etar.webp"
    );
}

#[test]
fn without_the_setting_other_origins_are_told_nothing() {
    let server = place().serve(&[]);
    let origin = ("Origin", "https://a.example");
    assert_eq!(headers(&server, "GET", &[origin]), [None, None, Some("sec-ch-dpr".into())]);
    assert_eq!(server.ask("OPTIONS", "/a.png", &[origin]).status, 405);
}

#[test]
fn listed_origins_may_read_and_others_may_not() {
    let server = place().serve(&[("IMAGE_PROXY_CORS_ORIGINS", "https://a.example, https://b.example")]);
    let vary = Some("origin".to_owned());
    for (origin, allowed) in [("https://b.example", Some("https://b.example".to_owned())), ("https://c.example", None)]
    {
        let answer = server.ask("GET", "/a.png", &[("Origin", origin)]);
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin}");
        assert_eq!(answer.header("vary"), vary, "{origin}");
    }
    assert_eq!(server.get("/a.png").header("vary"), vary);
}

#[test]
fn one_origin_or_all_need_no_vary() {
    for (setting, allowed) in [("*", "*"), ("https://a.example", "https://a.example")] {
        let server = place().serve(&[("IMAGE_PROXY_CORS_ORIGINS", setting)]);
        for sent in [&[][..], &[("Origin", "https://a.example")]] {
            let expected = [Some(allowed.to_owned()), None, Some("sec-ch-dpr".to_owned())];
            assert_eq!(headers(&server, "GET", sent), expected, "{setting}");
        }
    }
}

#[test]
fn what_other_origins_may_do_with_images_is_said_on_every_answer() {
    let names = ["cross-origin-resource-policy", "timing-allow-origin"];
    let place = place();
    place.age();
    let answers = |server: &Server| {
        let full = server.get("/a.png");
        let known = [("If-None-Match", &*full.header("etag").unwrap())];
        let spared = server.ask("GET", "/a.png", &known);
        assert_eq!(spared.status, 304);
        let others = ["/a.png?size=10", "/a.png?size=0", "/missing.png"].map(|target| server.get(target));
        let part = server.ask("GET", "/a.png", &[("Range", "bytes=0-9")]);
        others.into_iter().chain([full, spared, part, server.ask("HEAD", "/a.png", &[])])
    };
    let server = place.serve(&[]);
    assert!(answers(&server).all(|answer| names.iter().all(|name| answer.header(name).is_none())));
    for (policy, origins, sent) in [
        ("cross-origin", "*", "*"),
        ("Same-Site", "https://a.example,https://b.example:81/", "https://a.example, https://b.example:81"),
        ("same-origin", "https://a.example", "https://a.example"),
    ] {
        let server = place.serve(&[
            ("IMAGE_PROXY_CROSS_ORIGIN_RESOURCE_POLICY", policy),
            ("IMAGE_PROXY_TIMING_ALLOW_ORIGIN", origins),
        ]);
        for answer in answers(&server) {
            let expected = [policy.to_ascii_lowercase(), sent.to_owned()].map(Some);
            assert_eq!(names.map(|name| answer.header(name)), expected, "{} {policy}", answer.status);
        }
        assert_eq!(server.get("/health").header(names[0]), None);
    }
}

#[test]
fn a_preflight_is_answered() {
    let server = place().serve(&[("IMAGE_PROXY_CORS_ORIGINS", "https://a.example")]);
    let preflight = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "GET")];
    let answer = server.ask("OPTIONS", "/a.png", &preflight);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    let header = |name: &str| answer.header(name);
    assert_eq!(header("access-control-allow-origin").as_deref(), Some("https://a.example"));
    assert_eq!(header("access-control-allow-methods").as_deref(), Some("GET,HEAD"));
    assert_eq!(header("access-control-allow-headers").as_deref(), Some("*"));
    assert_eq!(header("access-control-max-age").as_deref(), Some("86400"));
}
