//! The operator may have an address of their own: what is for them is there and nowhere else.

use std::net::SocketAddr;

use crate::client::{Answer, Pending};
use crate::pictures::original;
use crate::server::{Place, Server};

const OWN: (&str, &str) = ("IMAGE_PROXY_ADMIN_ADDRESS", "127.0.0.1:0");
const TOKEN: (&str, &str) = ("IMAGE_PROXY_ADMIN_TOKEN", "sixteen-letters!");
const SHOWN: (&str, &str) = ("Authorization", "Bearer sixteen-letters!");
const CACHED: (&str, &str) = ("IMAGE_PROXY_ENABLE_CACHE", "true");

/// The operator's own address of a server.
fn own_address(server: &Server) -> SocketAddr {
    let line = server.log_line("the operator's own address is ");
    let after = line.split("address is ").nth(1).unwrap();
    let end = after.find(|symbol: char| !(symbol.is_ascii_digit() || symbol == '.' || symbol == ':'));
    after[..end.unwrap_or(after.len())].parse().unwrap()
}

fn ask(address: SocketAddr, method: &str, target: &str) -> Answer {
    Pending::send(address, method, target, &[SHOWN]).answer()
}

#[test]
fn what_is_for_the_operator_is_at_their_own_address_alone() {
    let place = Place::with(&[("a.png", original("cat.png")), ("metrics", original("cat.png"))]);
    let server = place.serve(&[OWN, TOKEN]);
    let (public, own) = (server.address(), own_address(&server));
    for (method, target, at_public, at_own) in [
        ("GET", "/health", 200, 200),
        ("GET", "/ready", 200, 200),
        ("GET", "/a.png", 200, 404),
        ("GET", "/a.png?size=20", 200, 404),
        ("POST", "/a.png", 405, 404),
        ("GET", "/", 404, 404),
        ("GET", "/metrics", 404, 200),
        ("POST", "/metrics", 404, 405),
        ("DELETE", "/_/cache/a.png", 404, 204),
        ("PURGE", "/_/cache/", 404, 204),
        ("GET", "/_/cache/a.png", 404, 405),
        ("DELETE", "/_/cache", 404, 400),
    ] {
        let statuses = [public, own].map(|address| ask(address, method, target).status);
        assert_eq!(statuses, [at_public, at_own], "{method} {target}");
    }
    let [unknown, hidden] = ["/b.png", "/_/cache/a.png"].map(|target| ask(public, "GET", target));
    assert_eq!((unknown.text(), unknown.header("cache-control")), (hidden.text(), hidden.header("cache-control")));
}

#[test]
fn a_purge_there_is_one_of_what_is_served_here() {
    let server = Place::with(&[("a.png", original("cat.png"))]).serve(&[OWN, TOKEN, CACHED]);
    let status = || server.get("/a.png?size=20").cache_status().unwrap();
    assert_eq!([status(), status()], ["MISS", "HIT"]);
    assert_eq!(ask(own_address(&server), "DELETE", "/_/cache/a.png").status, 204);
    assert_eq!([status(), status()], ["MISS", "HIT"]);
    let metrics = ask(own_address(&server), "GET", "/metrics").text();
    let line = metrics.lines().find(|line| line.contains("result=\"hit\"") && line.contains("cache_lookups"));
    assert!(line.is_some_and(|line| line.ends_with(" 2")), "{line:?}");
}

#[test]
fn without_a_token_the_address_has_the_metrics_alone() {
    let server = Place::new().serve(&[OWN]);
    let own = own_address(&server);
    assert_eq!(
        [("GET", "/metrics"), ("DELETE", "/_/cache/")].map(|(method, target)| ask(own, method, target).status),
        [200, 404]
    );
}

#[test]
fn a_crowd_at_the_public_address_keeps_nobody_from_purging() {
    let server = Place::new().serve(&[OWN, TOKEN, ("IMAGE_PROXY_MAX_CONNECTIONS", "1")]);
    // As many as are served, the reserve, and some that wait in the kernel.
    let crowd: Vec<_> = (0..80).map(|_| Pending::connect(server.address())).collect();
    assert_eq!(ask(own_address(&server), "DELETE", "/_/cache/").status, 204);
    drop(crowd);
}

#[test]
fn an_address_that_is_taken_is_told_with_its_variable() {
    let server = Place::new().serve(&[]);
    let address = server.address().to_string();
    let output = Place::new().command(&[("IMAGE_PROXY_ADMIN_ADDRESS", &address)]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("IMAGE_PROXY_ADMIN_ADDRESS: cannot listen on "), "{text}");
}

#[test]
fn both_addresses_end_in_order() {
    let server = Place::new().serve(&[OWN]);
    let mut idle = Pending::connect(own_address(&server));
    let log = server.stop();
    assert_eq!(idle.rest(), b"");
    assert!(log.iter().any(|line| line.contains("ended")), "{log:?}");
}
