//! As many connections as may be, or as many open files: the server says so, and recovers by itself.

use crate::client::Pending;
use crate::pictures::{long, plain};
use crate::server::{Place, Server};

const REQUEST: &[u8] = b"GET /a.png HTTP/1.1\r\nHost: a\r\n\r\n";

fn place() -> Place {
    Place::with(&[("a.png", plain([1, 2, 3])), ("long.png", long())])
}

/// A connection on which much is sent and nothing is read.
fn busy(server: &Server) -> Pending {
    let mut client = server.begin("/long.png");
    client.bytes(100).unwrap();
    client
}

#[test]
fn beyond_the_limit_the_server_tells_how_it_is_and_refuses_the_rest() {
    let server = place().serve(&[("IMAGE_PROXY_MAX_CONNECTIONS", "2")]);
    let held = [busy(&server), busy(&server)];
    for target in ["/health", "/ready", "/metrics"] {
        assert_eq!(server.get(target).status, 200, "{target}");
    }
    let mut refused = Pending::send_bytes(server.address(), REQUEST, true);
    let answer = refused.read().unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (503, "too many connections, try again\n"));
    assert_eq!(answer.header("connection").as_deref(), Some("close"));
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(refused.rest(), b"");
    drop(held);
    server.wait_until("a free place", |server| server.get("/a.png").status == 200);
    let lines: Vec<_> = server.stop().into_iter().filter(|line| line.contains("as many connections")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn connections_that_pause_make_room() {
    let server = place().serve(&[("IMAGE_PROXY_MAX_CONNECTIONS", "2")]);
    let mut answered = Pending::send_bytes(server.address(), REQUEST, true);
    assert_eq!(answered.read().unwrap().status, 200);
    let mut silent = Pending::connect(server.address());
    server.wait_until("room", |server| server.get("/a.png").status == 200);
    // One of them is enough; which one, is open.
    drop(server);
    assert_eq!((answered.rest(), silent.rest()), (Vec::new(), Vec::new()));
}

#[test]
fn many_silent_connections_do_not_keep_others_out() {
    let server = place().serve(&[("IMAGE_PROXY_MAX_CONNECTIONS", "10")]);
    let silent: Vec<_> = (0..200).map(|_| Pending::connect(server.address())).collect();
    assert_eq!(server.get("/health").status, 200);
    server.wait_until("room", |server| server.get("/a.png").status == 200);
    drop(silent);
}

#[test]
fn a_lack_of_file_descriptors_is_survived() {
    let server = place().serve_with_descriptors(60, &[("IMAGE_PROXY_HEADER_TIMEOUT", "1h")]);
    let silent: Vec<_> = (0..100).map(|_| Pending::connect(server.address())).collect();
    server.log_line("cannot accept connections");
    // Those that wait longest make room for those that ask.
    assert_eq!(server.get("/a.png").status, 200);
    drop(silent);
    let lines: Vec<_> = server.stop().into_iter().filter(|line| line.contains("cannot accept")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[test]
fn an_image_that_cannot_be_opened_for_want_of_descriptors_may_be_asked_for_again() {
    let place = place();
    let server = place.serve_with_descriptors(60, &[("IMAGE_PROXY_HEADER_TIMEOUT", "1h")]);
    let mut client = Pending::connect(server.address());
    let mut ask = || {
        // A file that is open already would need no other descriptor.
        place.put("a.png", plain([1, 2, 3]));
        client.say(REQUEST).unwrap();
        client.read().unwrap()
    };
    assert_eq!(ask().status, 200);
    let mut held = Vec::new();
    let refused = loop {
        assert!(held.len() < 60, "there are descriptors without end");
        held.push(Pending::connect(server.address()));
        let answer = ask();
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(refused.text(), "the server has too many files open, try again\n");
    assert_eq!((refused.status, refused.header("cache-control").as_deref()), (503, Some("no-store")));
    assert!(refused.header("retry-after").is_some());
    drop(held);
    server.wait_until("free descriptors", |server| server.get("/a.png").status == 200);
}
