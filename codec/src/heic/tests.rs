//! What libheif wrote, and what it makes of that: samples/README.md tells how they were made.

mod bombs;
mod damage;

use std::io::Cursor;

use super::*;
use crate::heif::sequence;
use crate::{BrokenOriginals, Dimensions, Excerpt, Orientation, PixelLayout};

/// The files, each with its pixels as libheif shows them.
pub const SAMPLES: [(&str, &[u8], &[u8]); 6] = [
    ("photo", include_bytes!("samples/photo.heic"), include_bytes!("samples/photo.png")),
    ("alpha", include_bytes!("samples/alpha.heic"), include_bytes!("samples/alpha.png")),
    ("deep", include_bytes!("samples/deep.heic"), include_bytes!("samples/deep.png")),
    ("gray", include_bytes!("samples/gray.heic"), include_bytes!("samples/gray.png")),
    ("grid", include_bytes!("samples/grid.heic"), include_bytes!("samples/grid.png")),
    ("profile", include_bytes!("samples/profile.heic"), include_bytes!("samples/profile.png")),
];
/// In decibels: levels differ by one where the arithmetic of colours is rounded elsewhere, and by more where chroma is
/// widened otherwise.
const MIN_PSNR: f64 = 40.0;

fn sample(name: &str) -> &'static [u8] {
    SAMPLES.iter().find(|(known, ..)| *known == name).unwrap().1
}

/// What a sample tells the decoder before its first picture.
pub(super) fn record(name: &str) -> Vec<u8> {
    coded(sample(name)).0[8..].to_vec()
}

fn heic() -> Heic {
    Heic::new(Limits { max_pixels: 1_000_000, ..Limits::default() })
}

fn probe(file: &[u8]) -> Result<Facts, CodecError> {
    heic().probe(&mut Cursor::new(file))
}

fn decode(file: &[u8]) -> Result<Picture, CodecError> {
    heic().decode(file, None)
}

fn malformed(reason: &str) -> CodecError {
    CodecError::malformed(FORMAT, reason)
}

/// Replaces the first `from` in a file by as many bytes.
fn patched(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = file.windows(from.len()).position(|window| window == from).unwrap();
    [&file[..at], to, &file[at + from.len()..]].concat()
}

/// Channels as a viewer shows them.
fn shown(picture: &Picture, orientation: Orientation) -> (Dimensions, Vec<u8>) {
    let (stored, channels) = (picture.dimensions(), picture.layout().channels());
    let upright = orientation.applied_to(stored);
    let places = (0..upright.height).flat_map(|y| (0..upright.width).map(move |x| (x, y)));
    let pixels = places.flat_map(|place| {
        let (x, y) = orientation.stored_at(place, stored);
        let start = (y * stored.width + x) as usize * channels;
        picture.pixels()[start..start + channels].to_vec()
    });
    (upright, pixels.collect())
}

fn expected(png: &[u8]) -> (Dimensions, usize, Vec<u8>) {
    let picture = ::image::load_from_memory(png).unwrap();
    let dimensions = Dimensions::new(picture.width(), picture.height());
    (dimensions, picture.color().channel_count().into(), picture.into_bytes())
}

fn psnr(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let sum: f64 = one.iter().zip(other).map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2)).sum();
    10.0 * (255.0f64.powi(2) / (sum / one.len() as f64).max(1e-9)).log10()
}

#[test]
fn pixels_are_those_of_libheif() {
    for (name, file, png) in SAMPLES {
        let (facts, picture) = (probe(file).unwrap(), decode(file).unwrap());
        let (dimensions, channels, levels) = expected(png);
        let (upright, got) = shown(&picture, facts.orientation);
        assert_eq!((facts.displayed(), upright), (dimensions, dimensions), "{name}");
        assert_eq!(picture.layout().channels(), channels, "{name}");
        let psnr = psnr(&got, &levels);
        assert!(psnr >= MIN_PSNR, "{name}: {psnr}");
    }
}

#[test]
fn the_container_tells_dimensions_orientation_and_channels() {
    let told = |name| {
        let facts = probe(sample(name)).unwrap();
        (facts.stored, facts.orientation, facts.decoding.pixel_bytes)
    };
    assert_eq!(told("photo"), (Dimensions::new(65, 43), Orientation::Upright, 3));
    assert_eq!(told("alpha"), (Dimensions::new(48, 48), Orientation::Upright, 4));
    assert_eq!(told("grid"), (Dimensions::new(110, 74), Orientation::Rotated90, 3));
    let mirrored = patched(sample("grid"), b"\0\0\0\x09irot\x03", b"\0\0\0\x09imir\x01");
    assert_eq!(probe(&mirrored).unwrap().orientation, Orientation::MirroredHorizontally);
    assert_eq!(decode(&mirrored), decode(sample("grid")), "it is for others to turn");
}

#[test]
fn colours_are_told_by_profile_and_by_code_points() {
    let colours = |file: &[u8]| decode(file).unwrap().colours().clone();
    assert!(colours(sample("photo")).is_srgb() && !colours(sample("profile")).is_srgb());
    // Primaries of Display P3.
    let points = |primaries| [b"nclx\0".as_slice(), &[primaries], b"\0\x0d\0\x06"].concat();
    let wide = |name| patched(sample(name), &points(1), &points(12));
    assert!(!colours(&wide("photo")).is_srgb());
    // What has more than eight bits is converted before it loses them, unless it is to stay.
    assert!(colours(&wide("deep")).is_srgb());
    let preserved = heic().with_colour_rule(ColourRule::Preserve).decode(&wide("deep"), None).unwrap();
    assert!(!preserved.colours().is_srgb());
    assert_ne!(decode(&wide("deep")), decode(sample("deep")));
}

#[test]
fn a_part_of_a_grid_has_the_pixels_of_the_whole() {
    let whole = decode(sample("grid")).unwrap();
    for (left, top, width, height) in [(0, 0, 10, 10), (60, 60, 9, 9), (64, 0, 46, 74), (109, 73, 1, 1)] {
        let excerpt = Excerpt { left, top, dimensions: Dimensions::new(width, height) };
        let options = DecodeOptions { excerpt: Some(excerpt), ..DecodeOptions::default() };
        let part = heic().decode_as(sample("grid"), &options).unwrap();
        assert_eq!(part.pixels(), whole.clone().showing(excerpt).pixels(), "{excerpt:?}");
    }
}

/// The record of a file's first picture, as a box, and the stream.
fn coded(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let payload = image::read_meta(&mut Cursor::new(file)).unwrap();
    let meta = Meta::parse(&payload).unwrap();
    let record = image::record_of(&meta, meta.primary.unwrap()).unwrap();
    let record = [&(record.len() as u32 + 8).to_be_bytes()[..], b"hvcC", record].concat();
    (record, meta.bytes(meta.primary.unwrap(), file).unwrap().to_vec())
}

#[test]
fn a_sequence_without_a_still_shows_its_first_picture() {
    let (record, stream) = coded(sample("profile"));
    let file =
        sequence::tests::file(*b"hevc", *b"hvc1", [64, 64], &[(&record, &stream)], sequence::tests::Tables::Long);
    assert_eq!(Format::sniff(&file), Some(FORMAT));
    let facts = probe(&file).unwrap();
    assert_eq!((facts.stored, facts.frames), (Dimensions::new(64, 64), 1));
    let (still, first) = (decode(sample("profile")).unwrap(), decode(&file).unwrap());
    // The still is cut out of what is coded. Its colours have a range that the stream alone does not tell.
    assert_eq!((first.dimensions(), first.layout()), (Dimensions::new(64, 64), still.layout()));
}

#[test]
fn of_a_broken_grid_the_tiles_that_are_there_are_shown() {
    let file = sample("grid");
    let whole = decode(file).unwrap();
    let cut = &file[..file.len() - 20];
    assert!(matches!(decode(cut), Err(CodecError::Malformed { .. })));
    let shown = heic().decode_as(cut, &DecodeOptions::of_broken(BrokenOriginals::Show)).unwrap();
    let row = |picture: &Picture, row: usize| picture.pixels()[row * 110 * 3..][..110 * 3].to_vec();
    assert_eq!(row(&shown, 63), row(&whole, 63));
    assert_eq!(row(&shown, 64)[..64 * 3], row(&whole, 64)[..64 * 3]);
    assert_eq!(row(&shown, 64)[64 * 3..], [128; 46 * 3]);
}

#[test]
fn whose_a_picture_is_is_read() {
    assert!(heic().notice(sample("photo")).is_empty());
    assert!(heic().notice(include_bytes!("samples/signed.heic")).exif().is_some());
}

#[test]
fn what_is_coded_otherwise_is_named() {
    let whole = decode(include_bytes!("samples/whole-chroma.heic"));
    assert_eq!(whole, Err(CodecError::unsupported(FORMAT, "more samples of chroma than 4:2:0 has")));
    let other = patched(sample("gray"), b"hvc1\0", b"jpeg\0");
    assert_eq!(probe(&other), Err(CodecError::unsupported(FORMAT, "an item of kind jpeg")));
    assert_eq!(decode(sample("alpha")).unwrap().layout(), PixelLayout::Rgba);
}
