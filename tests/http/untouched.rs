//! Nothing asked, nothing done: the file's own bytes, under the type that they say.

use std::fs;
use std::path::PathBuf;

use crate::pictures::{media_type, photo, plain};
use crate::server::{Place, shipped};

fn files_below(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(path) } else { vec![path] }).collect()
}

#[test]
fn every_shipped_picture_is_sent_byte_for_byte() {
    let root = shipped();
    let server = Place::new().serve(&[("IMAGE_PROXY_ROOT_PATH", root.to_str().unwrap())]);
    let pictures: Vec<_> =
        files_below(root.clone()).into_iter().filter(|path| path.extension().is_none_or(|kind| kind != "md")).collect();
    assert!(pictures.len() >= 10, "{pictures:?}");
    for path in pictures {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        let answer = server.get(&format!("/{}", encoded(name)));
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.content_type(), media_type(&bytes), "{name}");
        assert_eq!(answer.header("content-length"), Some(bytes.len().to_string()), "{name}");
        assert!(answer.body == bytes, "{name}");
        assert_eq!(answer.cache_status(), None, "{name}");
    }
}

fn encoded(path: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/.-".contains(byte);
    path.bytes()
        .map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn the_type_is_that_of_the_bytes_and_not_of_the_name() {
    let (png, jpeg) = (plain([1, 2, 3]), photo("summer trip/café.jpg"));
    let place = Place::with(&[("photo.jpg", &png), ("no-extension", &png), ("page.html", &jpeg), ("a.png", &jpeg)]);
    let server = place.serve(&[]);
    for (target, expected) in [
        ("/photo.jpg", "image/png"),
        ("/no-extension", "image/png"),
        ("/page.html", "image/jpeg"),
        ("/a.png", "image/jpeg"),
    ] {
        assert_eq!(server.get(target).content_type(), expected, "{target}");
    }
}

#[test]
fn parameters_that_we_do_not_know_change_nothing() {
    let jpeg = photo("summer trip/café.jpg");
    let server = Place::with(&[("a.jpg", &jpeg)]).serve(&[]);
    for target in
        ["/a.jpg?", "/a.jpg?v=3", "/a.jpg?utm_source=x&utm_medium=%ff", "/a.jpg?widths=10&&=&x", "/a.jpg?sizes=10"]
    {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.content_type().as_str()), (200, "image/jpeg"), "{target}");
        assert!(answer.body == jpeg, "{target}");
    }
}

#[test]
fn a_file_that_is_no_image_by_its_bytes_is_refused() {
    let html = &b"<!DOCTYPE html><title>x</title>"[..];
    let place = Place::with(&[("text.jpg", &b"not a picture"[..]), ("empty.png", b""), ("page.svg", html)]);
    let server = place.serve(&[]);
    for name in ["text.jpg", "empty.png", "page.svg"] {
        for target in [format!("/{name}"), format!("/{name}?size=10"), format!("/{name}?format=webp")] {
            let answer = server.get(&target);
            let expected = "expected an image, got a file that is none by its bytes\n";
            assert_eq!((answer.status, answer.text().as_str()), (415, expected), "{target}");
        }
    }
}

#[test]
fn a_file_of_many_chunks_arrives_whole() {
    // Any bytes may follow the end of a picture.
    let mut large = plain([9, 9, 9]);
    large.extend((0..3_000_000_u32).flat_map(|number| number.to_le_bytes()));
    let answer = Place::with(&[("large.png", &large)]).serve(&[]).get("/large.png");
    assert!(answer.body == large);
}

#[test]
fn images_carry_the_cache_control_that_is_set() {
    let place = Place::with(&[("a.png", plain([1, 2, 3]))]);
    let sent = |variables: &[(&str, &str)]| {
        let server = place.serve(variables);
        ["/a.png", "/a.png?size=10"].map(|target| server.get(target).header("cache-control"))
    };
    let by_default = Some("public, max-age=31536000, no-transform".to_owned());
    assert_eq!(sent(&[]), [by_default.clone(), by_default]);
    let short = Some("max-age=5".to_owned());
    assert_eq!(sent(&[("IMAGE_PROXY_CACHE_CONTROL_HEADER", "max-age=5")]), [short.clone(), short]);
    assert_eq!(sent(&[("IMAGE_PROXY_CACHE_CONTROL_HEADER", "")]), [None, None]);
}
