//! Clients that are slow, silent or gone hold little, and not for long; those that merely take their time are served.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::Pending;
use crate::pictures::{long, plain};
use crate::server::{Place, Server};

const REQUEST: &[u8] = b"GET /a.png HTTP/1.1\r\nHost: a\r\n\r\n";
/// Far above the limits that these tests set, and below those that hold by default.
const SOON: Duration = Duration::from_secs(20);

fn serve(variables: &[(&str, &str)]) -> Server {
    Place::with(&[("a.png", plain([1, 2, 3])), ("long.png", long())]).serve(variables)
}

#[test]
fn a_head_that_does_not_arrive_is_not_waited_for() {
    let server = serve(&[("IMAGE_PROXY_HEADER_TIMEOUT", "300ms")]);
    let started = Instant::now();
    for begun in [&b""[..], b"G", b"GET /a.png HTTP/1.1\r\nHost: a\r\n", b"PRI * HTTP/2.0\r\n"] {
        let mut client = Pending::connect(server.address());
        client.say(begun).unwrap();
        assert_eq!(client.rest(), b"");
    }
    // One more byte does not win more time.
    let mut slow = Pending::send_bytes(server.address(), REQUEST, true);
    assert_eq!(slow.read().unwrap().status, 200);
    while slow.say(b"X").is_ok() {
        assert!(started.elapsed() < SOON);
        thread::sleep(Duration::from_millis(10));
    }
    assert!(started.elapsed() < SOON);
}

#[test]
fn a_pause_between_requests_may_last_longer_than_a_head() {
    let server = serve(&[("IMAGE_PROXY_HEADER_TIMEOUT", "100ms"), ("IMAGE_PROXY_IDLE_TIMEOUT", "3s")]);
    let started = Instant::now();
    let mut client = Pending::send_bytes(server.address(), REQUEST, true);
    assert_eq!(client.read().unwrap().status, 200);
    thread::sleep(Duration::from_millis(500));
    client.say(REQUEST).unwrap();
    assert_eq!(client.read().unwrap().status, 200);
    assert_eq!(client.rest(), b"");
    assert!(started.elapsed() > Duration::from_secs(3), "closed before its time");
    assert!(started.elapsed() < SOON);
}

#[test]
fn a_client_that_takes_nothing_is_cut() {
    let variables = [("IMAGE_PROXY_WRITE_TIMEOUT", "500ms"), ("RUST_LOG", "info,image_proxy::http=debug")];
    let server = serve(&variables);
    let started = Instant::now();
    let mut stalled = server.begin("/long.png");
    stalled.bytes(100).unwrap();
    server.log_line("a connection ended early");
    assert!(started.elapsed() < SOON);
    assert!(stalled.rest().len() < 20_000_000);
}

#[test]
fn a_client_that_takes_its_time_gets_everything() {
    let server = serve(&[("IMAGE_PROXY_WRITE_TIMEOUT", "400ms")]);
    let started = Instant::now();
    let mut slow = server.begin("/long.png");
    let mut count = 0;
    while started.elapsed() < Duration::from_secs(2) {
        count += slow.bytes(50_000).unwrap().len();
        thread::sleep(Duration::from_millis(10));
    }
    count += slow.rest().len();
    assert!(count > long().len(), "{count} bytes");
}

#[test]
fn a_request_that_is_long_in_the_making_is_no_slow_client() {
    let limits = ["HEADER", "IDLE", "WRITE"].map(|name| format!("IMAGE_PROXY_{name}_TIMEOUT"));
    let mut variables: Vec<_> = limits.iter().map(|name| (name.as_str(), "1ms")).collect();
    variables[0].1 = "200ms";
    let place = Place::with(&[("large.jpg", crate::pictures::photo("nature/dandelion.jpg"))]);
    assert_eq!(place.serve(&variables).get("/large.jpg?format=avif&size=1200").status, 200);
}

#[test]
fn sixty_clients_that_take_nothing_cost_little_memory() {
    let server = serve(&[]);
    let memory = || server.metric("process_resident_memory_bytes", &[]);
    assert_eq!(server.get("/long.png").status, 200);
    let before = memory();
    let mut stalled: Vec<_> = (0..60).map(|_| server.begin("/long.png")).collect();
    for client in &mut stalled {
        client.bytes(1000).unwrap();
    }
    let grown = (memory() - before) / 1e6;
    assert!(grown < 50.0, "{grown} MB");
}
