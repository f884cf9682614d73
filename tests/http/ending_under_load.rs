//! The end comes while clients ask: every request that reached a connection of ours is answered.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Pending;
use crate::pictures::photo;
use crate::server::{Place, Server};

/// How long after its last answer a client may still expect another one when the end has begun.
const PROMISED: Duration = Duration::from_millis(500);

fn serve() -> Server {
    let place = Place::with(&[("a.jpg", photo("nature/dandelion.jpg"))]);
    place.serve(&[("RUST_LOG", "info,image_proxy::http::serve=trace")])
}

/// What a client saw, one at a time.
enum Seen {
    Connected(u16),
    Answered {
        is_last: bool,
    },
    /// A request that was sent and not answered on the connection from this port, the first one there or a later one.
    Lost {
        port: u16,
        since_last_answer: Option<Duration>,
        error: io::Error,
    },
}

/// Asks again and again until it is refused, on one connection for as long as that is kept, or on a new one each time.
fn ask_on(address: SocketAddr, is_kept: bool, seen: &Sender<Seen>) {
    let connection = if is_kept { "keep-alive" } else { "close" };
    let request = format!("GET /a.jpg?size=64&bw=1 HTTP/1.1\r\nHost: a\r\nConnection: {connection}\r\n\r\n");
    while let Ok(mut client) = Pending::try_connect(address) {
        let port = client.local_port();
        seen.send(Seen::Connected(port)).unwrap();
        let mut last_answer: Option<Instant> = None;
        loop {
            let answer = client.say(request.as_bytes()).map(|()| Instant::now());
            let since_last_answer = last_answer.map(|last| last.elapsed());
            match answer.and_then(|_| client.read()) {
                Ok(answer) => {
                    assert_eq!(answer.status, 200);
                    let is_last = answer.header("connection").is_some_and(|value| value == "close");
                    seen.send(Seen::Answered { is_last: is_last && is_kept }).unwrap();
                    if is_last || !is_kept {
                        break;
                    }
                    last_answer = Some(Instant::now());
                }
                Err(error) => {
                    seen.send(Seen::Lost { port, since_last_answer, error }).unwrap();
                    break;
                }
            }
        }
    }
}

#[test]
fn no_request_is_lost_when_the_end_comes_under_load() {
    let server = serve();
    let (sender, seen) = channel();
    let clients: Vec<_> = (0..8)
        .map(|number| {
            let (address, sender) = (server.address(), sender.clone());
            thread::spawn(move || ask_on(address, number % 2 == 0, &sender))
        })
        .collect();
    drop(sender);
    let mut all = Vec::new();
    while all.iter().filter(|seen| matches!(seen, Seen::Answered { .. })).count() < 300 {
        all.push(seen.recv().unwrap());
    }
    let log = server.stop();
    clients.into_iter().for_each(|client| client.join().unwrap());
    all.extend(seen);
    for one in &all {
        let Seen::Lost { port, since_last_answer, error } = one else { continue };
        // The kernel resets what it accepted and we never saw: that is a refusal too.
        let made = all.iter().filter(|seen| matches!(seen, Seen::Connected(known) if known == port)).count();
        let accepted = log.iter().filter(|line| line.contains(&format!("127.0.0.1:{port})"))).count();
        let was_accepted = accepted >= made;
        let is_promised = since_last_answer.is_none_or(|pause| pause < PROMISED);
        assert!(!(was_accepted && is_promised), "lost {error}, {since_last_answer:?} after an answer, port {port}");
    }
    let last = all.iter().filter(|seen| matches!(seen, Seen::Answered { is_last: true })).count();
    assert!(last > 0, "nobody was told that the connection ends");
}

#[test]
fn what_waits_in_the_kernel_is_answered() {
    let mut server = serve();
    let request = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut clients: Vec<_> = (0..20).map(|_| Pending::send_bytes(server.address(), request, true)).collect();
    clients.iter_mut().for_each(|client| assert_eq!(client.read().unwrap().status, 200));
    server.signal("STOP");
    // On connections that are kept, and on new ones that nobody has accepted.
    clients.iter_mut().for_each(|client| client.say(request).unwrap());
    clients.extend((0..20).map(|_| Pending::send_bytes(server.address(), request, true)));
    server.signal("TERM");
    server.signal("CONT");
    for client in &mut clients {
        assert_eq!(client.read().unwrap().status, 200);
        assert_eq!(client.rest(), b"");
    }
    assert_eq!(server.ended().code(), Some(0));
}
