//! The end: no more is accepted, what is running is finished, and the status is 0.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::thread;

use crate::pictures::{long, photo};
use crate::server::{Place, Server};

const SLOW: &str = "/large.jpg?format=avif&size=1200";

fn serve(variables: &[(&str, &str)]) -> Server {
    Place::with(&[("large.jpg", photo("nature/dandelion.jpg"))]).serve(variables)
}

#[test]
fn a_running_request_is_finished_before_the_end() {
    for name in ["TERM", "INT"] {
        let mut server = serve(&[]);
        let slow = server.begin(SLOW);
        server.wait_until("the rendition to run", |server| server.metric("image_proxy_work_running", &[]) == 1.0);
        server.signal(name);
        server.log_line("no more connections are accepted");
        let refused = TcpStream::connect(server.address()).map_err(|error| error.kind());
        assert_eq!(refused.map(drop), Err(ErrorKind::ConnectionRefused), "{name}");
        let answer = slow.answer();
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/avif"), "{name}");
        assert_eq!(server.ended().code(), Some(0), "{name}");
    }
}

#[test]
fn an_idle_program_ends_at_once_whatever_connections_are_open() {
    let mut server = serve(&[]);
    // One that never said a word, and one that is kept after an answer.
    let mut silent = TcpStream::connect(server.address()).unwrap();
    let mut kept = TcpStream::connect(server.address()).unwrap();
    std::io::Write::write_all(&mut kept, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut head = [0; 12];
    kept.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    // The system may reset what it closes.
    let closed = thread::spawn(move || silent.read(&mut [0])).join().unwrap();
    assert!(matches!(closed.map_err(|error| error.kind()), Ok(0) | Err(ErrorKind::ConnectionReset)));
    assert!(!server.log().iter().any(|line| line.contains("did not end")));
}

#[test]
fn a_request_that_takes_too_long_does_not_hold_the_end() {
    let mut server = serve(&[("IMAGE_PROXY_SHUTDOWN_TIMEOUT", "100ms"), ("IMAGE_PROXY_AVIF_SPEED", "1")]);
    let _slow = server.begin("/large.jpg?format=avif&size=4000");
    server.wait_until("the rendition to run", |server| server.metric("image_proxy_work_running", &[]) == 1.0);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    server.log_line("some connections did not end within 100ms");
}

#[test]
fn a_client_that_reads_nothing_does_not_hold_the_end() {
    let place = Place::with(&[("large.png", long())]);
    let mut server = place.serve(&[("IMAGE_PROXY_SHUTDOWN_TIMEOUT", "200ms"), ("IMAGE_PROXY_WRITE_TIMEOUT", "1h")]);
    let mut stalled = server.begin("/large.png");
    stalled.bytes(100).unwrap();
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    server.log_line("some connections did not end within 200ms");
}

#[test]
fn a_process_started_with_wrong_settings_listens_to_nothing() {
    let output = Place::new().command(&[("IMAGE_PROXY_AVIF_QUALITY", "0")]).output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("listening on"));
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut server = serve(&[("IMAGE_PROXY_AVIF_SPEED", "1")]);
    let _slow = server.begin("/large.jpg?format=avif&size=4000");
    server.wait_until("the rendition to run", |server| server.metric("image_proxy_work_running", &[]) == 1.0);
    server.signal("TERM");
    server.log_line("no more connections are accepted");
    server.signal("INT");
    assert_eq!(server.ended().code(), Some(130));
}

#[test]
fn the_server_is_ready_while_the_root_is_there() {
    let place = Place::new();
    let server = place.serve(&[]);
    let readiness = || {
        let answer = server.get("/ready");
        (answer.status, answer.text())
    };
    assert_eq!(readiness(), (200, "ready\n".to_owned()));
    let elsewhere = place.outside().join("root");
    std::fs::rename(place.root(), &elsewhere).unwrap();
    assert_eq!(readiness(), (503, "the folder of originals is missing\n".to_owned()));
    assert_eq!(server.get("/health").status, 200);
    std::fs::rename(&elsewhere, place.root()).unwrap();
    assert_eq!(readiness(), (200, "ready\n".to_owned()));
}
