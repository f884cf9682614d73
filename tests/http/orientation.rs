//! The orientation that an original carries is applied to every rendition.

use std::borrow::Cow;
use std::io::Cursor;

use image::RgbaImage;

use crate::pictures::{BLUE, GREEN, RED, WHITE, are_close, decoded, quarter_colours, quarters};
use crate::server::Place;

/// What is stored, in the order top left, top right, bottom left, bottom right.
const STORED: [[u8; 4]; 4] = [RED, GREEN, BLUE, WHITE];
/// What is to be seen, by EXIF value (Exif 2.32, section 4.6.4), from 1.
const SHOWN: [[[u8; 4]; 4]; 8] = [
    [RED, GREEN, BLUE, WHITE],
    [GREEN, RED, WHITE, BLUE],
    [WHITE, BLUE, GREEN, RED],
    [BLUE, WHITE, RED, GREEN],
    [RED, BLUE, GREEN, WHITE],
    [BLUE, RED, WHITE, GREEN],
    [WHITE, GREEN, BLUE, RED],
    [GREEN, WHITE, RED, BLUE],
];

fn stored() -> RgbaImage {
    quarters(64, 32, STORED)
}

/// A TIFF header and a directory with nothing but the orientation, in big-endian order.
fn exif(orientation: u8) -> Vec<u8> {
    [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], b"\0\0\0\0\0\0"].concat()
}

fn png(exif: Option<&[u8]>) -> Vec<u8> {
    let mut info = png::Info::with_size(64, 32);
    (info.color_type, info.bit_depth) = (png::ColorType::Rgba, png::BitDepth::Eight);
    info.exif_metadata = exif.map(Cow::Borrowed);
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(stored().as_raw()).unwrap();
    writer.finish().unwrap();
    bytes.into_inner()
}

/// An upright JPEG or WebP made by the program itself.
fn made(format: &str) -> Vec<u8> {
    Place::with(&[("a.png", png(None))]).serve(&[]).get(&format!("/a.png?format={format}")).body
}

fn jpeg(upright: &[u8], exif: &[u8]) -> Vec<u8> {
    let length = u16::try_from(2 + 6 + exif.len()).unwrap().to_be_bytes();
    let (start, rest) = upright.split_at(2);
    [start, b"\xff\xe1", &length, b"Exif\0\0", exif, rest].concat()
}

/// The extended layout: a header with the flag for EXIF, the picture, then the EXIF chunk.
fn webp(upright: &[u8], exif: &[u8]) -> Vec<u8> {
    let picture = match &upright[12..16] {
        b"VP8X" => panic!("expected a plain picture"),
        _ => &upright[12..],
    };
    let header = b"VP8X\x0a\0\0\0\x08\0\0\0\x3f\0\0\x1f\0\0";
    let padding = &[0][..exif.len() % 2];
    let length = u32::try_from(exif.len()).unwrap().to_le_bytes();
    let payload = [b"WEBP", &header[..], picture, b"EXIF", &length, exif, padding].concat();
    [b"RIFF", &u32::try_from(payload.len()).unwrap().to_le_bytes()[..], &payload].concat()
}

/// A TIFF without compression: pixels, then the directory.
fn tiff(orientation: u8) -> Vec<u8> {
    let pixels: Vec<u8> = stored().pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
    let length = u32::try_from(pixels.len()).unwrap();
    let short = |tag: u16, value: u32| (tag, 3_u16, value);
    let long = |tag: u16, value: u32| (tag, 4_u16, value);
    let entries = [
        short(256, 64),
        short(257, 32),
        short(258, 8),
        short(259, 1),
        short(262, 2),
        long(273, 8),
        short(274, orientation.into()),
        short(277, 3),
        short(278, 32),
        long(279, length),
    ];
    let mut bytes = [b"II*\0", &(8 + length).to_le_bytes()[..], &pixels].concat();
    bytes.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, kind, value) in entries {
        bytes
            .extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes
}

/// Asks for renditions of one original for each orientation, and looks at them.
fn look_at(kind: &str, original: impl Fn(u8) -> Vec<u8>, queries: &[&str]) {
    let originals: Vec<_> = (1..=8).map(|value| (format!("{value}.{kind}"), original(value))).collect();
    let originals: Vec<_> = originals.iter().map(|(name, bytes)| (name.as_str(), bytes)).collect();
    let server = Place::with(&originals).serve(&[]);
    for ((name, bytes), shown) in originals.into_iter().zip(SHOWN) {
        assert!(server.get(&format!("/{name}")).body == *bytes, "{name}");
        for query in queries {
            let answer = server.get(&format!("/{name}?{query}"));
            assert_eq!(answer.status, 200, "{name}?{query}: {}", answer.text());
            let picture = decoded(&answer.body);
            let (long, short) = if query.contains("size=32") { (32, 16) } else { (64, 32) };
            let turned = SHOWN[4..].contains(&shown);
            assert_eq!(picture.dimensions(), if turned { (short, long) } else { (long, short) }, "{name}?{query}");
            let colours = quarter_colours(&picture);
            assert!(are_close(&colours, &shown), "{name}?{query}: expected {shown:?}, got {colours:?}");
        }
    }
}

#[test]
fn a_jpeg_is_turned_upright_in_every_output() {
    let upright = made("jpeg");
    let queries = ["format=png", "format=webp", "format=avif", "size=32", "size=32&format=png"];
    look_at("jpg", |value| jpeg(&upright, &exif(value)), &queries);
}

#[test]
fn a_png_is_turned_upright() {
    look_at("png", |value| png(Some(&exif(value))), &["size=32", "format=jpeg"]);
}

#[test]
fn a_webp_is_turned_upright() {
    let upright = made("webp");
    look_at("webp", |value| webp(&upright, &exif(value)), &["size=32", "format=png"]);
}

#[test]
fn a_tiff_is_turned_upright() {
    look_at("tiff", tiff, &["size=32", "format=png"]);
}

#[test]
fn a_rendition_is_not_turned_again() {
    // A rendition that kept the tag as well as being turned would be shown turned twice.
    let server = Place::with(&[("a.jpg", jpeg(&made("jpeg"), &exif(6)))]).serve(&[]);
    let rendition = server.get("/a.jpg?size=32").body;
    let again = Place::with(&[("b.jpg", rendition)]).serve(&[]).get("/b.jpg?format=png").body;
    assert!(are_close(&quarter_colours(&decoded(&again)), &SHOWN[5]));
}

#[test]
fn grayscale_is_turned_as_well() {
    let server = Place::with(&[("a.jpg", jpeg(&made("jpeg"), &exif(8)))]).serve(&[]);
    let gray = |[red, green, blue, _]: [u8; 4]| {
        let luma = (0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)).round() as u8;
        [luma, luma, luma, 255]
    };
    let colours = quarter_colours(&decoded(&server.get("/a.jpg?bw=1&format=png").body));
    assert!(are_close(&colours, &SHOWN[7].map(gray)), "{colours:?}");
}
