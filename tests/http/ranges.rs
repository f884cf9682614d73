//! Untouched files are sent in parts where a client asks for parts; renditions are sent whole.

use crate::client::Answer;
use crate::pictures::photo;
use crate::server::{Place, Server};

/// Larger than one chunk of a streamed file.
const PHOTO: &str = "nature/dandelion.jpg";

fn serve() -> (Server, Vec<u8>) {
    let jpeg = photo(PHOTO);
    let place = Place::with(&[("a.jpg", &jpeg)]);
    place.age();
    (place.serve(&[]), jpeg)
}

fn range(server: &Server, range: &str) -> Answer {
    server.ask("GET", "/a.jpg", &[("Range", range)])
}

#[test]
fn a_part_is_the_bytes_that_were_asked_for() {
    let (server, jpeg) = serve();
    let length = jpeg.len();
    let last = length - 1;
    for (header, start, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=100-299999".to_owned(), 100, 300_000),
        (format!("bytes={}-", length - 10), length - 10, length),
        ("bytes=-200000".to_owned(), length - 200_000, length),
        (format!("bytes=0-{}", length * 2), 0, length),
    ] {
        let answer = range(&server, &header);
        assert_eq!(answer.status, 206, "{header}");
        let expected = format!("bytes {start}-{}/{length}", end - 1);
        assert_eq!(answer.header("content-range"), Some(expected), "{header}");
        assert_eq!(answer.header("content-length"), Some((end - start).to_string()), "{header}");
        assert_eq!(answer.header("accept-ranges").as_deref(), Some("bytes"), "{header}");
        assert!(answer.body == jpeg[start..end], "{header}");
    }
    assert!(range(&server, &format!("bytes=0-{last}")).body == jpeg);
}

#[test]
fn what_lies_outside_the_file_is_416() {
    let (server, jpeg) = serve();
    let answer = range(&server, &format!("bytes={}-", jpeg.len()));
    assert_eq!((answer.status, answer.body.len()), (416, 0));
    assert_eq!(answer.header("content-range"), Some(format!("bytes */{}", jpeg.len())));
}

#[test]
fn several_parts_come_as_a_multipart() {
    let (server, jpeg) = serve();
    let answer = range(&server, "bytes=0-9, 500000-500009");
    assert_eq!(answer.status, 206);
    let kind = answer.content_type();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let mut expected = Vec::new();
    for (start, end) in [(0, 10), (500_000, 500_010)] {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Type: image/jpeg\r\nContent-Range: bytes {start}-{}/{}\r\n\r\n",
            end - 1,
            jpeg.len()
        );
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(&jpeg[start..end]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert!(answer.body == expected);
}

#[test]
fn ranges_that_make_no_sense_or_cost_too_much_are_the_whole_file() {
    let (server, jpeg) = serve();
    let overlapping = format!("bytes={}", ["0-"; 10].join(","));
    let tiny = format!("bytes={}", (0..1000).map(|at| format!("{at}-{at}")).collect::<Vec<_>>().join(","));
    for header in ["bytes=9-1", "bytes=x", "lines=0-1", overlapping.as_str(), tiny.as_str()] {
        let answer = range(&server, header);
        assert_eq!(answer.status, 200, "{header}");
        assert!(answer.body == jpeg, "{header}");
    }
}

#[test]
fn a_part_of_another_version_is_not_sent() {
    let (server, jpeg) = serve();
    let full = server.get("/a.jpg");
    let status = |if_range: &str| {
        let answer = server.ask("GET", "/a.jpg", &[("Range", "bytes=0-9"), ("If-Range", if_range)]);
        (answer.status, answer.body.len())
    };
    let tag = full.header("etag").unwrap();
    assert_eq!(status(&tag), (206, 10));
    assert_eq!(status(&full.header("last-modified").unwrap()), (206, 10));
    assert_eq!(status(&format!("W/{tag}")), (200, jpeg.len()));
    assert_eq!(status("\"other\""), (200, jpeg.len()));
    assert_eq!(status("Sun, 06 Nov 1994 08:49:37 GMT"), (200, jpeg.len()));
}

#[test]
fn a_rendition_is_sent_whole_and_says_so() {
    let (server, _) = serve();
    let whole = server.get("/a.jpg?size=40");
    let answer = server.ask("GET", "/a.jpg?size=40", &[("Range", "bytes=0-9")]);
    assert_eq!((answer.status, answer.header("accept-ranges").as_deref()), (200, Some("none")));
    assert!(answer.body == whole.body);
}

#[test]
fn an_svg_may_show_itself_and_nothing_else() {
    let place = Place::with(&[("a.svg", photo("icons/monkey.svg"))]);
    let answer = place.serve(&[]).get("/a.svg");
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";
    assert_eq!(answer.header("content-security-policy").as_deref(), Some(policy));
}
