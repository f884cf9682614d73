//! Pictures for the tests: read from the project, made on the spot, and looked at when they come back.
//!
//! The small ones in `tests/http/originals` all show the cat of `data/images/animals/cat.webp` (CC0), 90x60.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use image_proxy::codec::{CodecSettings, Codecs, Picture, PixelLayout, jpeg};
use image_proxy::request::{Dimensions, Format, OutputFormat};

use crate::server::shipped;

pub const RED: [u8; 4] = [255, 0, 0, 255];
pub const GREEN: [u8; 4] = [0, 255, 0, 255];
pub const BLUE: [u8; 4] = [0, 0, 255, 255];
pub const WHITE: [u8; 4] = [255, 255, 255, 255];

/// A picture that comes with the project.
pub fn photo(name: &str) -> Vec<u8> {
    fs::read(shipped().join(name)).unwrap()
}

/// A picture that comes with these tests.
pub fn original(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/originals").join(name)).unwrap()
}

/// The cat, as it should look whatever it was stored as.
pub fn cat() -> RgbaImage {
    decoded(&original("cat.png"))
}

/// Four rectangles of one colour each: top left, top right, bottom left, bottom right.
pub fn quarters(width: u32, height: u32, colours: [[u8; 4]; 4]) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let index = usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2);
        Rgba(colours[index])
    })
}

/// The colours in the middle of the four quarters, in the order of [`quarters`].
pub fn quarter_colours(picture: &RgbaImage) -> [[u8; 4]; 4] {
    let (width, height) = picture.dimensions();
    let at = |x: u32, y: u32| picture.get_pixel(width * x / 4, height * y / 4).0;
    [at(1, 1), at(3, 1), at(1, 3), at(3, 3)]
}

/// Tells whether colours are the same but for what lossy formats do to flat ones.
pub fn are_close(one: &[[u8; 4]], other: &[[u8; 4]]) -> bool {
    one.len() == other.len() && one.as_flattened().iter().zip(other.as_flattened()).all(|(a, b)| a.abs_diff(*b) <= 24)
}

/// The mean difference of all channels, from 0 to 255.
pub fn difference(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.as_raw().len() as f64
}

/// A picture in a format that the `image` crate writes, or in one that it is not set up to write: those by the codecs, which
/// have tests of their own.
pub fn written(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
    match format {
        ImageFormat::Jpeg => return encoded(picture, OutputFormat::JPEG),
        ImageFormat::WebP => return encoded(picture, OutputFormat::WEBP),
        _ => {}
    }
    let picture = DynamicImage::ImageRgba8(picture.clone());
    let has_alpha = matches!(format, ImageFormat::Png | ImageFormat::Gif | ImageFormat::Ico);
    let picture = if has_alpha { picture } else { DynamicImage::ImageRgb8(picture.to_rgb8()) };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A fine JPEG.
pub fn jpeg(picture: &RgbaImage) -> Vec<u8> {
    encoded(picture, OutputFormat::JPEG)
}

fn encoded(picture: &RgbaImage, format: OutputFormat) -> Vec<u8> {
    let dimensions = Dimensions::new(picture.width(), picture.height());
    let pixels = DynamicImage::from(picture.clone()).to_rgb8().into_raw();
    let settings = CodecSettings { jpeg: jpeg::Settings { quality: 95 }, ..CodecSettings::default() };
    let codecs = Codecs::new(&settings);
    let picture = Picture::new(dimensions, PixelLayout::Rgb, pixels).unwrap();
    codecs.encoder(format).unwrap().encode(&picture).unwrap()
}

/// The media type that the first bytes say, read apart from the program's own table.
pub fn media_type(bytes: &[u8]) -> &'static str {
    let is_avif =
        bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..32).is_some_and(|b| b.windows(4).any(|b| b == b"avif"));
    match bytes {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'B', b'M', ..] => "image/bmp",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "image/tiff",
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => "image/jxl",
        [0, 0, 1, 0, ..] => "image/x-icon",
        [b'<', ..] => "image/svg+xml",
        [b'q', b'o', b'i', b'f', ..] => "image/qoi",
        [b'f', b'a', b'r', b'b', b'f', b'e', b'l', b'd', ..] => "image/x-farbfeld",
        [b'D', b'D', b'S', b' ', ..] => "image/vnd-ms.dds",
        [b'#', b'?', b'R', ..] => "image/vnd.radiance",
        [0x76, 0x2f, 0x31, 1, ..] => "image/x-exr",
        [b'P', b'1'..=b'7', ..] => "image/x-portable-anymap",
        _ if bytes.ends_with(b"TRUEVISION-XFILE.\0") => "image/x-tga",
        _ if is_avif => "image/avif",
        _ => panic!("unknown bytes: {}", bytes[..bytes.len().min(16)].escape_ascii()),
    }
}

/// The pixels of an answer: PNG by the `image` crate, the rest by the codecs, which have tests of their own.
pub fn decoded(bytes: &[u8]) -> RgbaImage {
    if media_type(bytes) == "image/png" {
        return image::load_from_memory_with_format(bytes, ImageFormat::Png).unwrap().to_rgba8();
    }
    let format = Format::sniff(bytes).unwrap();
    let picture = Codecs::new(&CodecSettings::default()).decoder(format).unwrap().decode(bytes, None).unwrap();
    let (width, height) = (picture.dimensions().width, picture.dimensions().height);
    let layout = picture.layout();
    let pixels = picture.into_pixels();
    match layout {
        PixelLayout::Gray => DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, pixels).unwrap()),
        PixelLayout::Rgb => DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, pixels).unwrap()),
        PixelLayout::Rgba => DynamicImage::ImageRgba8(RgbaImage::from_raw(width, height, pixels).unwrap()),
    }
    .to_rgba8()
}

/// Tells whether every pixel is gray.
pub fn is_gray(picture: &RgbaImage) -> bool {
    let gray = |[red, green, blue, _]: [u8; 4]| red.abs_diff(green) <= 2 && green.abs_diff(blue) <= 2;
    picture.pixels().all(|pixel| gray(pixel.0))
}

/// A picture that is followed by 20 MB, more than all the buffers between the program and a client.
pub fn long() -> Vec<u8> {
    let mut bytes = plain([9, 9, 9]);
    bytes.resize(20_000_000, 9);
    bytes
}

/// A picture of one colour, as PNG: enough where only its identity matters.
pub fn plain(colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(64, 48, Rgb(colour)).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
