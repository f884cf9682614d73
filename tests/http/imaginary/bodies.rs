//! Pictures that come with the request: raw or in a form, kept nowhere.

use super::{bare, denial, serve, shape};
use crate::client::{Answer, Pending};
use crate::pictures::original;
use crate::server::Server;

const BOUNDARY: &str = "a-boundary-of-a-form";

fn post(server: &Server, target: &str, kind: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\nContent-Type: {kind}\r\n\r\n",
        server.address(),
        body.len()
    );
    Pending::send_bytes(server.address(), &[head.as_bytes(), body].concat(), true).answer()
}

fn form(field: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.bin\"\r\n\r\n");
    [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

fn post_form(server: &Server, target: &str, field: &str, bytes: &[u8]) -> Answer {
    post(server, target, &format!("multipart/form-data; boundary={BOUNDARY}"), &form(field, bytes))
}

#[test]
fn a_body_is_the_picture_or_a_form_with_it() {
    let server = bare("");
    let cat = original("cat.png");
    let expected = ("image/png".to_owned(), (45, 30));
    for kind in ["image/png", "application/octet-stream", "text/plain"] {
        assert_eq!(shape(&post(&server, "/resize?width=45", kind, &cat)), expected, "{kind}");
    }
    let answer = post_form(&server, "/resize?width=45", "file", &cat);
    assert_eq!(shape(&answer), expected);
    assert_eq!((answer.header("cache-control").as_deref(), answer.header("etag")), (Some("no-store"), None));
    let told = post(&server, "/info", "image/png", &cat);
    assert_eq!((told.status, told.text().contains("\"width\":90")), (200, true), "{}", told.text());
    let operations = super::escaped(r#"[{"operation":"fit","params":{"width":30,"height":30}}]"#);
    let answer = post_form(&server, &format!("/pipeline?operations={operations}"), "file", &cat);
    assert_eq!(shape(&answer), ("image/png".to_owned(), (30, 20)));
}

#[test]
fn a_body_that_brings_no_picture_is_denied() {
    let server = bare("");
    let cat = original("cat.png");
    let denied = |answer: Answer| denial(&answer);
    let bad = |message: &str| (400, message.to_owned());
    assert_eq!(denied(post(&server, "/crop?width=9", "image/png", b"")), bad("Empty or unreadable image"));
    assert_eq!(denied(post_form(&server, "/crop?width=9", "file", b"")), bad("Empty or unreadable image"));
    assert_eq!(denied(post_form(&server, "/crop?width=9&field=image", "image", &cat)), bad("http: no such file"));
    let unsupported = (406, "Unsupported media type".to_owned());
    assert_eq!(denied(post(&server, "/crop?width=9", "image/png", b"no picture at all")), unsupported);
    // The media type comes first, and then the parameters.
    assert_eq!(denied(post(&server, "/crop?width=abc", "image/png", b"no picture at all")), unsupported);
    let (status, message) = denied(post(&server, "/crop?width=abc", "image/png", &cat));
    assert_eq!((status, message.starts_with("Error while processing parameters, ")), (400, true), "{message}");
    let (status, message) = denied(post(&server, "/crop", "image/png", &cat));
    assert_eq!((status, &*message), (400, "Error while processing the image: Missing required param: height or width"));
    // What there is of a picture is shown, but something there must be.
    assert_eq!(post(&server, "/crop?width=9", "image/png", &cat[..cat.len() / 2]).status, 200);
    let broken = &cat[..40];
    let (status, message) = denied(post(&server, "/crop?width=9", "image/png", broken));
    assert_eq!((status, message.starts_with("Error while processing the image: ")), (400, true), "{message}");
}

#[test]
fn a_body_is_bounded() {
    let server = serve("-max-allowed-size 1000");
    let cat = original("cat.png");
    assert!(cat.len() > 1000);
    assert_eq!(denial(&post(&server, "/crop?width=9", "image/png", &cat)), (413, "Entity is too large".to_owned()));
    assert_eq!(denial(&post_form(&server, "/crop?width=9", "file", &cat)).0, 413);
    let (status, message) = denial(&server.get("/crop?width=9&file=city.jpg"));
    assert_eq!((status, message.contains("at most 1000 bytes")), (400, true), "{message}");
    assert_eq!(server.get("/flip?file=logo.png").status, 200);
}

#[test]
fn what_a_body_is_for_counts_by_its_method_alone() {
    let server = serve("");
    let cat = original("cat.png");
    assert_eq!(shape(&post(&server, "/flip?file=city.jpg", "image/png", &cat)).1, (90, 60));
    assert_eq!(server.ask("PUT", "/flip", &[]).status, 405);
}
