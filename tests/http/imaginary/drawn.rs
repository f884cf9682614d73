//! Pictures of the sizes that imaginary was measured with.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};
use image_proxy::codec::{CodecSettings, Codecs, Picture, PixelLayout};
use image_proxy::request::{Dimensions, OutputFormat};

use crate::pictures::{BLUE, GREEN, RED, WHITE, quarters, written};
use crate::server::Place;

/// Their names and what they are.
pub fn gallery() -> Place {
    let turned = turned(&coded(450, 300, OutputFormat::JPEG), 6);
    Place::with(&[
        ("city.jpg", coded(640, 427, OutputFormat::JPEG)),
        ("tower.jpg", coded(433, 650, OutputFormat::JPEG)),
        ("logo.png", written(&quarters(200, 80, [RED, [0; 4], [0; 4], BLUE]), ImageFormat::Png)),
        ("turned.jpg", turned),
        ("card.webp", coded(400, 300, OutputFormat::WEBP)),
        ("odd.png", written(&opaque(97, 61), ImageFormat::Png)),
        ("spin.gif", film()),
        ("deep/in side+.png", written(&opaque(20, 10), ImageFormat::Png)),
        ("words.txt", b"no picture at all, but some words".to_vec()),
        ("empty.jpg", Vec::new()),
    ])
}

/// Four quarters in one of the formats that the codecs write, which have tests of their own.
fn coded(width: u32, height: u32, format: OutputFormat) -> Vec<u8> {
    let pixels = DynamicImage::ImageRgba8(quarters(width, height, [RED, GREEN, BLUE, WHITE])).to_rgb8().into_raw();
    let picture = Picture::new(Dimensions::new(width, height), PixelLayout::Rgb, pixels).unwrap();
    Codecs::new(&CodecSettings::default()).encoder(format).unwrap().encode(&picture).unwrap()
}

/// A JPEG with a tag that says how it is to be turned.
pub fn turned(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let exif = [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], b"\0\0\0\0\0\0"].concat();
    let length = u16::try_from(2 + 6 + exif.len()).unwrap().to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, b"\xff\xe1", &length, b"Exif\0\0", &exif, rest].concat()
}

/// A picture whose pixels differ.
fn opaque(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| Rgba([(x * 2) as u8, (y * 3) as u8, 120, 255]))
}

fn film() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let frames = [RED, GREEN, BLUE, WHITE].map(|colour| Frame::new(RgbaImage::from_pixel(90, 70, Rgba(colour))));
    GifEncoder::new(&mut bytes).encode_frames(frames).unwrap();
    bytes.into_inner()
}
