//! Pictures that come in a form go back as upright JPEG, and leave nothing behind.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use image::ImageFormat;

use crate::client::{Answer, Pending};
use crate::pictures::{decoded, original, photo, quarters, written};
use crate::server::{Place, Server, shipped};

const MOUNTED: [(&str, &str); 1] = [("IMAGE_PROXY_DIALECTS", "upload=/upload")];
const MAX_BYTES: usize = 10 * 1024 * 1024;
const BOUNDARY: &str = "a-boundary-of-a-form";

fn form(field: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--{BOUNDARY}\r\n\
         Content-Disposition: form-data; name=\"{field}\"; filename=\"a.bin\"\r\nContent-Type: image/png\r\n\r\n"
    );
    [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
}

fn request(server: &Server, body_length: usize, more: &str) -> Vec<u8> {
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {body_length}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{more}\r\n",
        server.address()
    );
    head.into_bytes()
}

fn post(server: &Server, body: &[u8]) -> Answer {
    Pending::send_bytes(server.address(), &[&request(server, body.len(), ""), body].concat(), true).answer()
}

fn files_below(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[test]
fn a_picture_comes_back_as_an_upright_jpeg_of_its_own_size() {
    let server = Place::new().serve(&MOUNTED);
    let alpha =
        written(&quarters(64, 48, [[255, 0, 0, 0], [0, 0, 255, 255], [0; 4], [0, 255, 0, 255]]), ImageFormat::Png);
    for (bytes, dimensions) in [
        (photo("people/astronaut.jpg"), (384, 512)),
        (original("cat.png"), decoded(&original("cat.png")).dimensions()),
        (photo("animals/cat.webp"), (451, 300)),
        (alpha, (64, 48)),
    ] {
        let answer = post(&server, &form("photo", &bytes));
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/jpeg"), "{}", answer.text());
        assert_eq!(decoded(&answer.body).dimensions(), dimensions);
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
        assert_eq!((answer.header("etag"), answer.header("last-modified")), (None, None));
    }
}

#[test]
fn the_watermark_of_the_operator_lies_on_uploads_too() {
    let red = written(&quarters(8, 8, [[255, 0, 0, 255]; 4]), ImageFormat::Png);
    let watermark = ("IMAGE_PROXY_WATERMARK", "wm=red.png&wm_size=100&wm_margin=0");
    let server = Place::with(&[("red.png", red)]).serve(&[MOUNTED[0], watermark]);
    let answer = post(&server, &form("photo", &original("cat.png")));
    let [red, green, _, _] = decoded(&answer.body).get_pixel(60, 50).0;
    assert!(red > 240 && green < 20, "{red} {green}");
}

#[test]
fn what_is_no_picture_or_no_form_is_a_bad_request() {
    let server = Place::new().serve(&MOUNTED);
    for (body, text) in [
        (form("photo", b"not a picture"), "decode failed"),
        (form("photo", b""), "decode failed"),
        (form("photo", &photo("people/astronaut.jpg")[..200]), "decode failed"),
        (form("picture", &original("cat.png")), "upload failed"),
        (b"no form at all".to_vec(), "upload failed"),
        (Vec::new(), "upload failed"),
    ] {
        let answer = post(&server, &body);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.text().starts_with(text), "{text}: {}", answer.text());
    }
    let plain = "POST /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody";
    assert_eq!(Pending::send_bytes(server.address(), plain.as_bytes(), true).answer().status, 400);
}

#[test]
fn too_large_a_body_is_refused_whether_it_says_so_or_not() {
    let server = Place::new().serve(&MOUNTED);
    let announced = Pending::send_bytes(server.address(), &request(&server, MAX_BYTES + 1, ""), true).answer();
    assert_eq!(announced.status, 413, "{}", announced.text());
    let body = form("photo", &vec![0; MAX_BYTES + 1]);
    let head = String::from_utf8(request(&server, 0, "Transfer-Encoding: chunked\r\n")).unwrap();
    let head = head.replace("Content-Length: 0\r\n", "");
    let mut pending = Pending::send_bytes(server.address(), head.as_bytes(), true);
    for chunk in body.chunks(1 << 20) {
        let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        // It may be refused before all of it is sent.
        if pending.say(&framed).is_err() {
            break;
        }
    }
    assert_eq!(pending.answer().status, 413);
    assert!(server.peak_memory() < 150 << 20, "{}", server.peak_memory());
}

#[test]
fn only_a_post_to_the_prefix_itself_uploads() {
    let server = Place::new().serve(&MOUNTED);
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = server.ask(method, "/upload", &[]);
        assert_eq!((answer.status, answer.header("allow").as_deref()), (405, Some("POST")), "{method}");
        assert!(answer.text().starts_with("POST required"), "{}", answer.text());
    }
    assert_eq!(server.ask("POST", "/upload/deeper", &[]).status, 404);
    assert_eq!(server.ask("POST", "/uploads", &[]).status, 405);
}

#[test]
fn nothing_is_mounted_unless_it_is_named() {
    let server = Place::new().serve(&[]);
    let answer = post(&server, &form("photo", &original("cat.png")));
    assert_eq!((answer.status, answer.header("allow").as_deref()), (405, Some("GET, HEAD")));
}

#[test]
fn nothing_is_ever_written() {
    let place = Place::new();
    let cached = [MOUNTED[0], ("IMAGE_PROXY_ENABLE_CACHE", "true")];
    let server = place.serve(&cached);
    let before = files_below(place.root().parent().unwrap());
    for _ in 0..3 {
        assert_eq!(post(&server, &form("photo", &original("cat.png"))).status, 200);
    }
    assert_eq!(files_below(place.root().parent().unwrap()), before);
    assert!(server.metric("image_proxy_cache_memory_entries", &[]) == 0.0);
}

#[test]
fn a_body_that_stops_coming_is_given_up() {
    let timeout = [MOUNTED[0], ("IMAGE_PROXY_TIMEOUT", "300ms")];
    let server = Place::new().serve(&timeout);
    let begun = SystemTime::now();
    let mut stalled = Pending::send_bytes(server.address(), &request(&server, 5000, ""), true);
    stalled.say(format!("--{BOUNDARY}\r\n").as_bytes()).unwrap();
    assert_eq!(stalled.answer().status, 408);
    assert!(begun.elapsed().unwrap() < Duration::from_secs(60));
}

#[test]
fn a_dialect_has_its_prefix_alone_and_the_rest_is_as_ever() {
    let place = Place::new();
    let variables =
        [("IMAGE_PROXY_DIALECTS", "native=/raw,upload=/"), ("IMAGE_PROXY_ROOT_PATH", shipped().to_str().unwrap())]
            .map(|(name, value)| (name, value.to_owned()));
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = place.serve(&variables);
    assert_eq!(server.get("/raw/animals/cat.webp?size=100").status, 200);
    assert_eq!(server.get("/animals/cat.webp").status, 405);
    assert_eq!(server.get("/health").status, 200);
}
