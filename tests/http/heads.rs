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

#[test]
fn requests_in_a_row_are_answered_in_order() {
    let server = serve();
    let request = |target: &str, more: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n{more}\r\n");
    let row = request("/a.png", "") + &request("/missing.png", "") + &request("/health", "Connection: close\r\n");
    let mut pending = Pending::send_bytes(server.address(), row.as_bytes(), true);
    let statuses: Vec<_> = (0..3).map(|_| pending.read().unwrap().status).collect();
    assert_eq!(statuses, [200, 404, 200]);
}
