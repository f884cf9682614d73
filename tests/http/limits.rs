//! An original that asks for too much is refused by its header, in few milliseconds, and the text says what the limit is.

use std::io::Cursor;

use image::{GrayImage, ImageFormat};

use crate::client::Pending;
use crate::pictures::{original, photo};
use crate::server::{Place, Server};

fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(kind);
    checksum.update(payload);
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length, kind.as_slice(), payload, &checksum.finalize().to_be_bytes()].concat()
}

/// A PNG with other chunks after its header chunk.
fn png_with(chunks: &[u8]) -> Vec<u8> {
    let whole = original("cat.png");
    let (start, rest) = whole.split_at(33);
    [start, chunks, rest].concat()
}

/// A PNG of few bytes that says it is this large.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", b"x"), &chunk(b"IEND", b"")].concat()
}

/// A progressive JPEG with its last scan so many times.
fn jpeg_of_scans(count: usize) -> Vec<u8> {
    let whole = photo("space/hubble-deep-field.jpg");
    let start = whole.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
    let end = whole.len() - 2;
    [&whole[..start], &whole[start..end].repeat(count), &whole[end..]].concat()
}

fn refusal(server: &Server, target: &str) -> (u16, String) {
    let answer = server.get(target);
    (answer.status, answer.text().trim_end().to_owned())
}

#[test]
fn each_limit_is_a_variable_and_refuses_what_exceeds_it() {
    let cat = original("cat.png");
    let place = Place::with(&[
        ("cat.png", cat.clone()),
        ("metadata.png", png_with(&chunk(b"zTXt", &[7; 2000]))),
        ("chunks.png", png_with(&chunk(b"abCd", b"").repeat(50))),
        ("scans.jpg", jpeg_of_scans(3)),
    ]);
    let size = cat.len().to_string();
    let cases = [
        ("MAX_SOURCE_SIZE", "100", "/cat.png", format!("100 bytes, got {size}")),
        ("MAX_SOURCE_PIXELS", "5399", "/cat.png", "5399 pixels, got 90x60".into()),
        ("MAX_SOURCE_SIDE", "89", "/cat.png", "89 pixels a side, got 90x60".into()),
        ("MAX_SOURCE_METADATA_SIZE", "1999", "/metadata.png", "1999 bytes of metadata, got 2000".into()),
        ("MAX_SOURCE_CHUNKS", "49", "/chunks.png", "49 chunks, got 50".into()),
        ("MAX_SOURCE_SCANS", "2", "/scans.jpg", "2 scans, got more".into()),
    ];
    for (variable, value, target, text) in cases {
        let server = place.serve(&[(&format!("IMAGE_PROXY_{variable}"), value)]);
        let refused = refusal(&server, &format!("{target}?size=20"));
        assert_eq!(refused, (422, format!("expected an original of at most {text}")), "{variable}");
        assert_eq!(server.get(target).status, 200, "{variable}: untouched, it costs nothing");
    }
}

#[test]
fn a_rendition_has_a_longest_side() {
    let place = Place::with(&[("cat.png", original("cat.png"))]);
    let server = place.serve(&[("IMAGE_PROXY_MAX_OUTPUT_SIDE", "80")]);
    let text = "size: expected one that gives a rendition of at most 80 pixels a side, got 90x60";
    assert_eq!(refusal(&server, "/cat.png?format=webp"), (422, text.into()));
    assert_eq!(server.get("/cat.png?format=webp&size=80").status, 200);
    assert_eq!(server.get("/cat.png?size=90").status, 200);
}

#[test]
fn lying_headers_and_bombs_cost_next_to_nothing() {
    let place = Place::with(&[
        ("huge.png", png_that_claims(60_000, 60_000)),
        ("long.png", png_that_claims(1 << 30, 1)),
        ("scans.jpg", jpeg_of_scans(150)),
        ("chunks.png", png_with(&chunk(b"abCd", b"").repeat(100_000))),
    ]);
    let server = place.serve(&[]);
    let before = server.metric("process_cpu_seconds_total", &[]);
    for target in ["/huge.png?size=9", "/long.png?size=9", "/scans.jpg?size=9", "/chunks.png?size=9"] {
        assert_eq!(server.get(target).status, 422, "{target}");
    }
    let seconds = server.metric("process_cpu_seconds_total", &[]) - before;
    assert!(seconds < 5.0, "{seconds} seconds, even without optimisation");
    assert!(server.metric("process_resident_memory_bytes", &[]) < 150e6);
}

#[test]
fn a_bomb_in_a_compressed_chunk_is_not_unpacked() {
    let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &vec![0; 200_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    let named = |name: &[u8]| [name, b"\0\0", &bomb].concat();
    let place = Place::with(&[
        ("profile.png", png_with(&chunk(b"iCCP", &named(b"icc")))),
        ("text.png", png_with(&chunk(b"zTXt", &named(b"Comment")))),
    ]);
    let server = place.serve(&[]);
    for target in ["/profile.png?size=20", "/text.png?size=20"] {
        assert_eq!(server.get(target).status, 200, "{target}");
    }
    assert!(server.metric("process_resident_memory_bytes", &[]) < 150e6);
}

/// 24 megapixels that take few bytes as a PNG and 24 MB as pixels.
fn large() -> Vec<u8> {
    let picture = GrayImage::from_fn(6000, 4000, |x, y| image::Luma([(x / 24 + y / 16) as u8]));
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

#[test]
fn sixty_four_large_renditions_at_once_stay_within_the_budget() {
    const BUDGET: u64 = 256_000_000;
    let place = Place::with(&[("large.png", large())]);
    let server = place.serve(&[
        ("IMAGE_PROXY_MEMORY_BUDGET", &BUDGET.to_string()),
        ("IMAGE_PROXY_WORKERS", "32"),
        ("IMAGE_PROXY_TIMEOUT", "10m"),
        ("IMAGE_PROXY_QUEUE_TIMEOUT", "10m"),
    ]);
    let pending: Vec<_> = (0..64).map(|number| server.begin(&format!("/large.png?size={}", 200 + number))).collect();
    for answer in pending.into_iter().map(Pending::answer) {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let peak = server.peak_memory();
    assert!(peak <= BUDGET + 150_000_000, "{peak} bytes");
}

#[test]
fn what_can_never_fit_the_budget_is_refused_at_once() {
    let place = Place::with(&[("large.png", png_that_claims(9000, 9000))]);
    let server = place.serve(&[("IMAGE_PROXY_MEMORY_BUDGET", "256MB")]);
    let (status, text) = refusal(&server, "/large.png?size=100");
    assert_eq!(status, 422);
    assert!(text.starts_with("expected work that takes at most 224000000 bytes of memory, got "), "{text}");
    assert!(text.ends_with("; ask for a smaller image"), "{text}");
}
