//! What one answer of the fallback, and all that are fetched at once, may cost.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::client::{Answer, Pending};
use crate::pictures::plain;
use crate::server::{Place, Server};
use crate::upstream::{Gate, Reply, Upstream};

const TOTAL: &str = "IMAGE_PROXY_FALLBACK_IMAGE_TIMEOUT";
const READ: &str = "IMAGE_PROXY_FALLBACK_READ_TIMEOUT";
const CONNECT: &str = "IMAGE_PROXY_FALLBACK_CONNECT_TIMEOUT";

fn serve_url(url: &str, variables: &[(&str, &str)]) -> Server {
    Place::new().serve(&[variables, &[("IMAGE_PROXY_FALLBACK_IMAGE_URL", url)]].concat())
}

fn serve(upstream: &Upstream, variables: &[(&str, &str)]) -> Server {
    serve_url(&upstream.url(""), variables)
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn outcome(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text())
}

#[test]
fn what_is_asked_for_is_the_image_as_it_is_stored() {
    let upstream = Upstream::of(plain([1, 2, 3]));
    serve(&upstream, &[]).get("/a.png");
    assert_eq!(upstream.asked()[0].header("accept-encoding"), Some("identity"));
}

#[test]
fn what_comes_zipped_all_the_same_is_unzipped() {
    let picture = plain([1, 2, 3]);
    let sent = zipped(&picture);
    for headers in [
        &[("Content-Encoding", "gzip")][..],
        &[("Content-Encoding", "gzip"), ("ETag", "\"1\"")],
        &[("Content-Encoding", "X-Gzip")],
        &[("Content-Encoding", "GZIP, aws-chunked")],
    ] {
        let sent = sent.clone();
        let upstream = Upstream::start(move |_| Reply::image(&sent, headers));
        let server = serve(&upstream, &[]);
        let answer = server.get("/a.png");
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/png"));
        assert!(answer.body == picture && answer.header("content-encoding").is_none());
        assert_eq!(server.get("/a.png?size=10").status, 200);
    }
}

#[test]
fn what_is_too_large_when_it_is_unzipped_is_a_bad_gateway() {
    let mut picture = plain([1, 2, 3]);
    picture.resize(300_000_000, 0);
    let bomb = zipped(&picture);
    assert!(bomb.len() < 1_000_000);
    let upstream = Upstream::start(move |_| Reply::image(&bomb, &[("Content-Encoding", "gzip")]));
    let server = serve(&upstream, &[("IMAGE_PROXY_FALLBACK_IMAGE_MAX_SIZE", "1MB")]);
    let before = server.metric("process_resident_memory_bytes", &[]);
    for target in ["/a.png", "/a.png?size=10"] {
        let expected = (502, "upstream sent more than 1000000 bytes\n".to_owned());
        assert_eq!(outcome(&server.get(target)), expected, "{target}");
    }
    let grown = server.metric("process_resident_memory_bytes", &[]) - before;
    assert!(grown < 50e6, "{grown} bytes more");
}

#[test]
fn other_encodings_are_a_bad_gateway_and_never_passed_on() {
    for (encoding, times) in [("br", 1), ("deflate", 1), ("zstd", 1), ("gzip, gzip", 2), ("compress", 1)] {
        let sent = (0..times).fold(plain([1, 2, 3]), |bytes, _| zipped(&bytes));
        let upstream = Upstream::start(move |_| Reply::image(&sent, &[("Content-Encoding", encoding)]));
        let server = serve(&upstream, &[]);
        let expected = (502, "upstream sent the image in an encoding that was not asked for\n".to_owned());
        assert_eq!(outcome(&server.get("/a.png")), expected, "{encoding}");
        assert!(server.log_line("in an encoding").contains(encoding));
    }
}

#[test]
fn an_encoding_that_the_bytes_do_not_have_is_ignored() {
    let picture = plain([1, 2, 3]);
    for encoding in ["identity", "Identity", "aws-chunked", "gzip", "utf-8", "gzip,aws-chunked"] {
        for tag in [&[][..], &[("ETag", "\"1\"")]] {
            let (sent, headers) = (picture.clone(), [&[("Content-Encoding", encoding)], tag].concat());
            let upstream = Upstream::start(move |_| Reply::image(&sent, &headers));
            let server = serve(&upstream, &[]);
            let answer = server.get("/a.png");
            assert_eq!((answer.status, answer.header("content-encoding")), (200, None), "{encoding}");
            assert!(answer.body == picture, "{encoding}");
            assert_eq!(server.get("/a.png?size=10").status, 200, "{encoding}");
        }
    }
}

fn assert_times_out(server: &Server, setting: &str) {
    for target in ["/a.png", "/a.png?size=10"] {
        assert_eq!(outcome(&server.get(target)), (504, "upstream did not answer in time\n".to_owned()), "{target}");
    }
    assert!(server.log_line("did not answer in time").contains(setting));
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let picture = plain([1, 2, 3]);
    let Reply::Bytes(reply) = Reply::image(&picture, &[("ETag", "\"1\"")]) else { unreachable!() };
    for count in [0, 10, reply.len() - 1] {
        let start = reply[..count].to_vec();
        let upstream = Upstream::start(move |_| Reply::Stalled(start.clone()));
        assert_times_out(&serve(&upstream, &[(READ, "200ms"), (TOTAL, "1h")]), READ);
    }
}

#[test]
fn a_server_that_drips_is_given_up() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n";
    for start in [&b"HTTP/1.1 200 OK\r\nX: "[..], head] {
        let upstream = Upstream::start(|_| Reply::Dripping(start.to_vec()));
        assert_times_out(&serve(&upstream, &[(READ, "1h"), (TOTAL, "300ms")]), TOTAL);
    }
}

#[test]
fn a_connection_that_is_not_set_up_is_given_up() {
    // It accepts and does not shake hands.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    assert_times_out(&serve_url(&url, &[(CONNECT, "200ms"), (READ, "1h"), (TOTAL, "1h")]), CONNECT);
}

#[test]
fn more_fetches_than_allowed_are_put_off_and_the_client_is_told() {
    let gate = Arc::new(Gate::default());
    let (opened, picture) = (Arc::clone(&gate), plain([1, 2, 3]));
    let upstream = Upstream::start(move |asked| match asked.target.as_str() {
        "/held.png" => Reply::image(&picture, &[]).held_after(100, &opened),
        _ => Reply::image(&picture, &[]),
    });
    let url = upstream.url("");
    let one = [("IMAGE_PROXY_FALLBACK_MAX_FETCHES", "1"), ("IMAGE_PROXY_FALLBACK_IMAGE_URL", &url)];
    let place = Place::with(&[("here.png", plain([1, 2, 3]))]);
    let server = place.serve(&[&one[..], &[(TOTAL, "1h"), (READ, "1h")]].concat());
    let held = server.begin("/held.png");
    server.wait_until("the first to be asked for", |_| upstream.asked().len() == 1);
    let refused = server.get("/a.png");
    assert_eq!(outcome(&refused), (503, "too many images are being fetched, try again later\n".to_owned()));
    assert_eq!(refused.header("retry-after").as_deref(), Some("1"));
    assert_eq!(refused.header("cache-control").as_deref(), Some("no-store"));
    // Files that are here wait for nothing, and those who want what is being fetched share it.
    assert_eq!(["/here.png", "/here.png?size=10"].map(|target| server.get(target).status), [200, 200]);
    let shared = server.begin("/held.png?size=10");
    server.wait_until_in_flight(2);
    gate.open();
    assert_eq!([held, shared].map(|pending| Pending::answer(pending).status), [200, 200]);
    assert_eq!(server.get("/a.png").status, 200);
    assert_eq!(upstream.targets(), ["/held.png", "/a.png"]);
}

#[test]
fn one_more_fetch_than_allowed_waits_for_its_turn() {
    let gate = Arc::new(Gate::default());
    let (opened, picture) = (Arc::clone(&gate), plain([1, 2, 3]));
    let upstream = Upstream::start(move |_| Reply::image(&picture, &[]).held_after(0, &opened));
    let server = serve(&upstream, &[("IMAGE_PROXY_FALLBACK_MAX_FETCHES", "1")]);
    let pending = ["/a.png", "/b.png"].map(|target| server.begin(target));
    server.wait_until_in_flight(2);
    gate.open();
    assert_eq!(pending.map(|pending| pending.answer().status), [200, 200]);
}

#[test]
fn clients_that_take_nothing_hold_no_more_than_the_room_for_fetches() {
    // More than the system buffers for a connection.
    let mut picture = plain([1, 2, 3]);
    picture.resize(32_000_000, 0);
    let upstream = Upstream::start(move |asked| match asked.target.as_str() {
        "/small.png" => Reply::image(&picture[..1000], &[]),
        _ => Reply::image(&picture, &[]),
    });
    let two = [("IMAGE_PROXY_FALLBACK_MAX_FETCHES", "2"), ("IMAGE_PROXY_FALLBACK_IMAGE_MAX_SIZE", "32MB")];
    let server = serve(&upstream, &two);
    let stalled = ["/a.png", "/b.png"].map(|target| server.begin(target));
    server.wait_until("both to be asked for", |_| upstream.asked().len() == 2);
    assert_eq!(server.get("/small.png").status, 503);
    drop(stalled);
    server.wait_until("room again", |server| server.get("/small.png").status == 200);
    assert_eq!(upstream.asked().len(), 3);
}
