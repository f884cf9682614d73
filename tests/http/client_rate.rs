//! A client may have so many renditions made in a time; what is there already is free.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::client::Answer;
use crate::pictures::photo;
use crate::server::{Place, Server};

const RATE: (&str, &str) = ("IMAGE_PROXY_CLIENT_RATE", "2/h");
const PROXY: (&str, &str) = ("IMAGE_PROXY_TRUSTED_PROXY_HEADER", "X-Forwarded-For");
const CACHE: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

fn serve(settings: &[(&str, &str)]) -> Server {
    Place::with(&[("a.jpg", photo("people/astronaut.jpg"))]).serve(settings)
}

fn is_refused(answer: &Answer) -> bool {
    if answer.status != 429 {
        assert_eq!(answer.status, 200, "{}", answer.text());
        return false;
    }
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1700..=1800).contains(&seconds), "{seconds}");
    assert!(answer.text().contains("too many renditions"), "{}", answer.text());
    true
}

#[test]
fn renditions_are_counted_and_what_is_there_is_free() {
    let server = serve(&[RATE, CACHE]);
    let asked = ["w=40", "w=41", "w=42"].map(|query| is_refused(&server.get(&format!("/a.jpg?{query}"))));
    assert_eq!(asked, [false, false, true]);
    let hit = server.get("/a.jpg?w=40");
    assert_eq!((hit.status, hit.cache_status().as_deref()), (200, Some("HIT")));
    assert_eq!(server.get("/a.jpg").status, 200);
    let etag = server.get("/a.jpg?w=41").header("etag").unwrap();
    assert_eq!(server.get_with("/a.jpg?w=41", &[("if-none-match", &etag)]).status, 304);
    assert_eq!(server.ask("HEAD", "/a.jpg?w=43", &[]).status, 200);
    assert_eq!(server.get("/none.jpg?w=43").status, 404);
    assert!(is_refused(&server.get("/a.jpg?w=42")));
}

#[test]
fn a_client_is_whoever_the_trusted_proxy_says() {
    let server = serve(&[RATE, PROXY]);
    let asked = |header: &str| is_refused(&server.get_with("/a.jpg?w=40", &[("x-forwarded-for", header)]));
    let one = ["192.0.2.1", "203.0.113.7, 192.0.2.1", "192.0.2.1"];
    assert_eq!(one.map(asked), [false, false, true]);
    assert_eq!(
        ["192.0.2.1, 192.0.2.2", "2001:db8::1", "2001:db8::ffff", "2001:db8::2"].map(asked),
        [false, false, false, true]
    );
    // What is no address is the peer.
    assert_eq!(["unknown", "", "secret, unix:"].map(asked), [false, false, true]);
    assert!(is_refused(&server.get("/a.jpg?w=40")));
}

#[test]
fn nobody_is_believed_where_no_proxy_is_trusted() {
    let server = serve(&[RATE]);
    let asked = |header: &str| is_refused(&server.get_with("/a.jpg?w=40", &[("x-forwarded-for", header)]));
    assert_eq!(["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(asked), [false, false, true]);
}

#[test]
fn a_picture_that_is_brought_is_counted_too() {
    let server = serve(&[RATE, ("IMAGE_PROXY_DIALECTS", "imaginary=/im")]);
    let body = photo("people/astronaut.jpg");
    let post = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head = format!(
            "POST /im/resize?width=40 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..12]).into_owned()
    };
    assert_eq!([(); 3].map(|()| post()), ["HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 429"]);
}
