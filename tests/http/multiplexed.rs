//! HTTP/2 with prior knowledge on the same port, and its own limits.

use std::io;
use std::time::{Duration, Instant};

use crate::client::Pending;
use crate::pictures::{long, plain};
use crate::server::{Place, Server};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// Far above the limits that these tests set, and below those that hold by default.
const SOON: Duration = Duration::from_secs(20);

/// A client that grants no more than HTTP/2 does by itself: 65,535 bytes.
struct Client(Pending);

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Client {
    fn connect(server: &Server) -> Self {
        let mut client = Self(Pending::send_bytes(server.address(), PREFACE, true));
        client.send(SETTINGS, 0, 0, &[]).unwrap();
        client
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        let length = &(payload.len() as u32).to_be_bytes()[1..];
        let frame = [length, &[kind, flags], &stream.to_be_bytes(), payload].concat();
        self.0.say(&frame)
    }

    /// RFC 7541: indexed `:method: GET` and `:scheme: http`, then `:authority` and `:path` as literals.
    fn get(&mut self, stream: u32, path: &str) -> io::Result<()> {
        let mut block = vec![0x82, 0x86, 0x01, 1, b'a', 0x04, path.len() as u8];
        block.extend(path.as_bytes());
        self.send(HEADERS, END_STREAM | END_HEADERS, stream, &block)
    }

    fn frame(&mut self) -> io::Result<Frame> {
        let head = self.0.bytes(9)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Ok(Frame { kind: head[3], flags: head[4], stream, payload: self.0.bytes(length as usize)? })
    }

    /// The next frame of one of these kinds.
    fn next(&mut self, kinds: &[u8]) -> Frame {
        loop {
            let frame = self.frame().unwrap();
            if kinds.contains(&frame.kind) {
                return frame;
            }
        }
    }
}

fn serve(variables: &[(&str, &str)]) -> Server {
    Place::with(&[("a.png", plain([1, 2, 3])), ("long.png", long())]).serve(variables)
}

/// The indexed field `:status: 200`.
const OK: u8 = 0x88;

#[test]
fn a_client_that_begins_with_it_is_answered() {
    let server = serve(&[]);
    let mut client = Client::connect(&server);
    for stream in [1, 3, 5] {
        client.get(stream, "/a.png").unwrap();
        let head = client.next(&[HEADERS]);
        assert_eq!((head.stream, head.payload[0]), (stream, OK));
        let mut body = Vec::new();
        loop {
            let data = client.next(&[DATA]);
            body.extend(data.payload);
            if data.flags & END_STREAM != 0 {
                break;
            }
        }
        assert!(body == plain([1, 2, 3]));
    }
}

#[test]
fn a_request_whose_client_takes_nothing_is_dropped_and_the_others_go_on() {
    let server = serve(&[("IMAGE_PROXY_WRITE_TIMEOUT", "500ms")]);
    let started = Instant::now();
    let mut client = Client::connect(&server);
    client.get(1, "/long.png").unwrap();
    let reset = client.next(&[RESET]);
    assert_eq!(reset.stream, 1);
    assert!(started.elapsed() < SOON);
    client.get(3, "/missing.png").unwrap();
    assert_eq!(client.next(&[HEADERS]).stream, 3);
}

#[test]
fn a_connection_without_a_request_is_closed() {
    let server = serve(&[("IMAGE_PROXY_IDLE_TIMEOUT", "300ms"), ("IMAGE_PROXY_HEADER_TIMEOUT", "300ms")]);
    let started = Instant::now();
    let mut client = Client::connect(&server);
    client.get(1, "/a.png").unwrap();
    client.next(&[GOAWAY]);
    client.0.rest();
    // And one that never asks.
    Client::connect(&server).0.rest();
    assert!(started.elapsed() < SOON);
}

#[test]
fn the_end_finishes_what_is_running() {
    let place = Place::with(&[("large.jpg", crate::pictures::photo("nature/dandelion.jpg"))]);
    let mut server = place.serve(&[]);
    let mut client = Client::connect(&server);
    // Long in the making, and short enough for what the client grants.
    client.get(1, "/large.jpg?format=avif&size=700").unwrap();
    server.wait_until("the rendition to run", |server| server.metric("image_proxy_work_running", &[]) == 1.0);
    server.signal("TERM");
    client.next(&[GOAWAY]);
    // The client has to show that it has heard of it, as every one does.
    let mut has_status = false;
    while let Ok(frame) = client.frame() {
        match frame.kind {
            6 if frame.flags == 0 => client.send(6, 1, 0, &frame.payload).unwrap(),
            HEADERS => has_status = frame.payload[0] == OK,
            DATA if frame.flags & END_STREAM != 0 => break,
            _ => {}
        }
    }
    assert!(has_status);
    assert_eq!(server.ended().code(), Some(0));
}
