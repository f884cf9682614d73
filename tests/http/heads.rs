//! Requests that are no proper HTTP are refused, and their bytes are never taken for another request.

use crate::client::{Answer, Pending};
use crate::pictures::plain;
use crate::server::{Place, Server};

fn serve() -> Server {
    Place::with(&[("a.png", plain([1, 2, 3]))]).serve(&[])
}

fn answer(server: &Server, request: &str) -> Answer {
    Pending::send_bytes(server.address(), request.as_bytes(), true).answer()
}

#[test]
fn a_malformed_head_is_told_its_status() {
    let server = serve();
    let get = "GET /a.png HTTP/1.1\r\n";
    let long = "a".repeat(100_000);
    for (request, status) in [
        (format!("{get}\r\n"), 400),
        (format!("{get}Host: a\r\nHost: b\r\n\r\n"), 400),
        (format!("{get}Host: a\r\nContent-Length: x\r\n\r\n"), 400),
        (format!("{get}Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), 400),
        (format!("{get}Host: a\r\nX-Folded: b\r\n c\r\n\r\n"), 400),
        (format!("{get}Host: a\r\nX-Long: {long}\r\n\r\n"), 431),
        (format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 431),
        (format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(8000)), 400),
        (format!("{get}Host: a b\r\n\r\n"), 400),
        (format!("{get}Host : a\r\n\r\n"), 400),
        (format!("{get}Host: a\r\nContent-Length: -1\r\n\r\n"), 400),
        (format!("{get}Host: a\r\nContent-Length: 5, 5\r\n\r\nhello"), 400),
        (format!("{get}Host: a\r\nContent-Length: 99999999999999999999\r\n\r\n"), 400),
        (format!("{get}Host: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), 400),
        (format!("{get}Host: a\r\nX: a\0b\r\n\r\n"), 400),
        (format!("{get}Host: a\rX: b\r\n\r\n"), 400),
        (format!("{get}Host: a\r\n{}\r\n", "X: a\r\n".repeat(200)), 431),
        ("GET /a\0b.png HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("GET /a.png\r\n\r\n".to_owned(), 400),
        ("GET /a.png HTTP/2.0\r\nHost: a\r\n\r\n".to_owned(), 400),
        ("\x16\x03\x01\x00\x05hello".to_owned(), 400),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 405),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 405),
        ("GET http://a/a.png HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 200),
        ("GET /a.png HTTP/1.0\r\n\r\n".to_owned(), 200),
    ] {
        let shown: String = request.chars().take(80).collect();
        assert_eq!(answer(&server, &request).status, status, "{shown}");
    }
    assert_eq!(server.get("/a.png").status, 200);
}

#[test]
fn a_body_is_never_taken_for_a_request() {
    let server = serve();
    let hidden = "GET /hidden.png HTTP/1.1\r\nHost: a\r\n\r\n";
    for head in [
        format!("GET /a.png HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", hidden.len()),
        format!("POST /a.png HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", hidden.len()),
    ] {
        answer(&server, &format!("{head}{hidden}"));
    }
    assert_eq!(server.metric("image_proxy_http_requests_total", &["outcome=\"not_found\""]), 0.0);
}

/// Where the end of a request cannot be known, or its body does not come, nothing more is read from the connection.
#[test]
fn what_cannot_be_told_from_the_next_request_ends_the_connection() {
    let server = serve();
    let hidden = "GET /hidden.png HTTP/1.1\r\nHost: a\r\n\r\n";
    let get = "GET /a.png HTTP/1.1\r\nHost: a\r\n";
    for request in [
        format!("{get}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{get}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n{hidden}"),
        format!("{get}Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n{hidden}"),
        format!("{get}Transfer-Encoding: chunked\r\n\r\n-1\r\n{hidden}"),
        format!("{get}Content-Length: 1000000000000\r\n\r\n"),
        format!("{get}Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"),
        format!("POST /a.png HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n{}", "a".repeat(3_000_000)),
    ] {
        let mut client = Pending::send_bytes(server.address(), request.as_bytes(), true);
        let shown: String = request.chars().take(120).collect();
        // Closing does not take the answer with it, even where much was sent that nobody read.
        assert!([200, 405].contains(&client.read().unwrap().status), "{shown}");
        assert_eq!(client.rest(), b"", "{shown}");
    }
    assert_eq!(server.metric("image_proxy_http_requests_total", &["outcome=\"not_found\""]), 0.0);
}

#[test]
fn a_connection_is_kept_as_the_version_and_the_client_have_it() {
    let server = serve();
    for (request, is_kept) in [
        ("GET /a.png HTTP/1.1\r\nHost: a\r\n\r\n", true),
        ("GET /a.png HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", true),
        ("GET /a.png HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET /a.png HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
        ("GET /a.png HTTP/1.0\r\n\r\n", false),
    ] {
        let mut client = Pending::send_bytes(server.address(), request.as_bytes(), true);
        assert_eq!(client.read().unwrap().status, 200, "{request}");
        let again = client.say(request.as_bytes()).and_then(|()| client.read());
        assert_eq!(again.is_ok(), is_kept, "{request}");
    }
}

#[test]
fn a_hundred_requests_in_a_row_are_all_answered() {
    let server = serve();
    let row = "GET /a.png HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    let mut client = Pending::send_bytes(server.address(), row.as_bytes(), true);
    assert!((0..100).all(|_| client.read().unwrap().status == 200));
}

#[test]
fn requests_in_a_row_are_answered_in_order() {
    let server = serve();
    let request = |target: &str, more: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n{more}\r\n");
    let row = request("/a.png", "") + &request("/missing.png", "") + &request("/health", "Connection: close\r\n");
    let mut pending = Pending::send_bytes(server.address(), row.as_bytes(), true);
    let statuses: Vec<_> = (0..3).map(|_| pending.read().unwrap().status).collect();
    assert_eq!(statuses, [200, 404, 200]);
}
