//! What is handed out as it is, whatever it is.

use super::served;
use crate::client::Answer;
use crate::picfit::gallery;
use crate::upstream::{Reply, Upstream};

const STILL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

fn told(answer: &Answer, name: &str) -> String {
    answer.header(name).unwrap_or_default()
}

#[test]
fn what_is_no_picture_goes_out_by_raw_and_by_nothing_else() {
    let place = gallery();
    let page = b"<!doctype html><script>a()</script>";
    let binary = [&b"a\0"[..], &[7; 300_000]].concat();
    place.put("page.html", page);
    place.put("notes", b"a few words\n");
    place.put("data.bin", &binary);
    place.put("empty.png", b"");
    place.put("text.jpg", b"no picture");
    place.age();
    let server = place.serve(&[("IMAGE_PROXY_DIALECTS", "imgproxy=/,native=/own")]);
    for (name, bytes, kind, saved) in [
        ("page.html", &page[..], "text/html; charset=utf-8", "page.html"),
        ("notes", b"a few words\n", "text/plain; charset=utf-8", "notes"),
        ("data.bin", &binary, "application/octet-stream", "data.bin"),
        ("empty.png", b"", "image/png", "empty.png"),
        ("text.jpg", b"no picture", "image/jpeg", "text.jpg"),
    ] {
        let target = format!("/_/raw:1/w:64/plain/local:///{name}@png");
        let answer = server.get(&target);
        assert_eq!((answer.status, &answer.body[..]), (200, bytes), "{name}: {}", answer.text());
        let header = |header: &str| told(&answer, header);
        assert_eq!(header("content-type"), kind, "{name}");
        assert_eq!(header("content-disposition"), format!("inline; filename=\"{saved}\""));
        assert_eq!(header("content-length"), bytes.len().to_string(), "{name}");
        assert_eq!(header("cache-control"), "max-age=31536000, public");
        // Nothing in it runs, whatever it is called.
        assert_eq!(
            (header("content-security-policy").as_str(), header("x-content-type-options").as_str()),
            (STILL, "nosniff")
        );
        assert!(!header("etag").is_empty() && !header("last-modified").is_empty(), "{name}");
        let head = server.ask("HEAD", &target, &[]);
        assert_eq!((head.status, head.body.len(), told(&head, "content-length")), (200, 0, bytes.len().to_string()));
        assert_eq!(server.get_with(&target, &[("if-none-match", &header("etag"))]).status, 304, "{name}");
        assert_eq!(server.get(&format!("/_/plain/local:///{name}")).status, 422, "{name}");
        assert_eq!(server.get(&format!("/_/raw:0/plain/local:///{name}")).status, 422, "{name}");
        assert_eq!(server.get(&format!("/own/{name}")).status, 415, "{name}");
    }
    let part = server.get_with("/_/raw:1/plain/local:///data.bin", &[("range", "bytes=299999-300001")]);
    assert_eq!((part.status, part.body.as_slice()), (206, &[7; 3][..]));
    let saved = server.get("/_/raw:1/fn:mine/att:1/plain/local:///notes");
    assert_eq!(told(&saved, "content-disposition"), "attachment; filename=\"mine\"");
    for missing in ["missing.txt", "../outside.txt"] {
        let answer = server.get(&format!("/_/raw:1/plain/local:///{missing}"));
        assert_eq!((answer.status, answer.text().as_str()), (404, "Source is unreachable"), "{missing}");
    }
}

#[test]
fn a_file_elsewhere_is_handed_out_as_its_server_calls_it() {
    let upstream = Upstream::start(|asked| match asked.target.as_str() {
        "/manual" => Reply::with("200 OK", &[("Content-Type", "application/pdf"), ("ETag", "\"1\"")], b"no manual"),
        "/quiet.css" => Reply::with("200 OK", &[], b"a {}"),
        "/false.html" => Reply::with("200 OK", &[("Content-Type", "image/svg+xml")], b"<html>"),
        "/long" => Reply::with("200 OK", &[("Content-Type", "text/plain")], &[b'a'; 70_000]),
        "/cat" => Reply::with("200 OK", &[("Content-Type", "text/plain")], &crate::pictures::original("cat.png")),
        _ => Reply::status("404 Not Found"),
    });
    let base = upstream.base().trim_end_matches('/');
    let pattern = format!("{base}/");
    let server = served(
        &gallery(),
        &[
            ("IMGPROXY_ALLOWED_SOURCES", pattern.as_str()),
            ("IMGPROXY_ALLOW_LOOPBACK_SOURCE_ADDRESSES", "true"),
            ("IMAGE_PROXY_REMOTE_MAX_SIZE", "64KiB"),
        ],
    );
    let raw = |path: &str| server.get(&format!("/_/raw:1/plain/{base}{path}"));
    for (path, kind, saved) in [
        ("/manual", "application/pdf", "manual"),
        ("/manual", "application/pdf", "manual"),
        ("/quiet.css", "text/css; charset=utf-8", "quiet.css"),
        ("/false.html", "text/html; charset=utf-8", "false.html"),
    ] {
        let answer = raw(path);
        assert_eq!((answer.status, answer.content_type()), (200, kind.to_owned()), "{path}: {}", answer.text());
        assert_eq!(told(&answer, "content-disposition"), format!("inline; filename=\"{saved}\""));
        assert_eq!(told(&answer, "content-security-policy"), STILL);
    }
    // What a picture is, its bytes tell.
    let cat = raw("/cat");
    assert_eq!((cat.status, cat.content_type().as_str()), (200, "image/png"));
    assert_eq!(cat.body, crate::pictures::original("cat.png"));
    assert_eq!(told(&cat, "content-security-policy"), "script-src 'none'");
    assert_eq!(raw("/missing").status, 404);
    assert_ne!(raw("/long").status, 200);
    assert_eq!(server.get(&format!("/_/plain/{base}/manual")).status, 422);
}
