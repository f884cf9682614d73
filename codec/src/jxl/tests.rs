//! Two small files by cjxl 0.7: `lossy.jxl` is the cat of data/images (CC0), `lossless-alpha.jxl` its camera (public
//! domain).

use crate::{BrokenOriginals, DecodeOptions};
use std::time::{Duration, Instant};

use super::*;

const LOSSY: &[u8] = include_bytes!("lossy.jxl");
const LOSSLESS_ALPHA: &[u8] = include_bytes!("lossless-alpha.jxl");
const FLIPPED_FILES: u64 = 400;
const LONGEST: Duration = Duration::from_secs(2);

fn jxl() -> Jxl {
    Jxl::new(Limits { max_pixels: 1_000_000, ..Limits::default() })
}

fn probe(bytes: &[u8]) -> Result<Facts, CodecError> {
    jxl().probe(&mut Cursor::new(bytes))
}

#[test]
fn the_header_tells_dimensions_layout_and_memory() {
    let facts = probe(LOSSY).unwrap();
    assert_eq!((facts.stored, facts.decoding.pixel_bytes), (Dimensions::new(64, 43), 3));
    let facts = probe(LOSSLESS_ALPHA).unwrap();
    assert_eq!((facts.stored, facts.decoding.pixel_bytes), (Dimensions::new(48, 48), 4));
    assert!(facts.decoding.working_bytes > LIBRARY_BYTES);
}

#[test]
fn alpha_is_kept_and_invisible_without_it() {
    let picture = jxl().decode(LOSSLESS_ALPHA, None).unwrap();
    assert_eq!(picture.layout(), PixelLayout::Rgba);
    let alpha: Vec<u8> = picture.pixels().iter().skip(3).step_by(4).copied().collect();
    assert!(alpha.contains(&0) && alpha.contains(&255));
    assert_eq!(jxl().decode(LOSSY, None).unwrap().layout(), PixelLayout::Rgb);
}

#[test]
fn premultiplied_colours_are_divided() {
    let mut pixels = [64, 128, 200, 128, 9, 9, 9, 0, 1, 2, 3, 255];
    unpremultiply(&mut pixels);
    assert_eq!(pixels, [128, 255, 255, 128, 0, 0, 0, 0, 1, 2, 3, 255]);
}

#[test]
fn a_picture_beyond_the_limits_is_refused_by_its_header() {
    let limits = Limits { max_pixels: 2000, ..Limits::default() };
    let refused = limits.admit(Format::Jxl, Dimensions::new(64, 43)).unwrap_err();
    assert_eq!(Jxl::new(limits).decode(LOSSY, None), Err(refused));
}

#[test]
fn a_file_that_ends_early_is_broken() {
    for length in [2, 10, LOSSY.len() / 2, LOSSY.len() - 1] {
        assert!(matches!(jxl().decode(&LOSSY[..length], None), Err(CodecError::Malformed { .. })), "{length}");
    }
}

#[test]
fn flipped_bytes_cost_neither_a_panic_nor_much_time() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for (number, file) in (0..FLIPPED_FILES).flat_map(|number| [(number, LOSSY), (number, LOSSLESS_ALPHA)]) {
        let mut flipped = file.to_vec();
        for _ in 0..=number % 8 {
            // The head holds what decides most.
            let reach = if number % 2 == 0 { flipped.len() } else { 64 };
            let position = next() as usize % reach;
            flipped[position] = next() as u8;
        }
        let begin = Instant::now();
        if probe(&flipped).is_ok() {
            let _ = jxl().decode(&flipped, None);
        }
        assert!(begin.elapsed() < LONGEST, "file {number}: {:?}", begin.elapsed());
    }
}

#[test]
fn of_a_file_that_is_cut_details_are_missing() {
    let file: &[u8] = include_bytes!("lossy.jxl");
    let codec = Jxl::new(Limits::default());
    let whole = codec.decode(file, None).unwrap();
    let error = |percent: usize| {
        let shown = codec
            .decode_as(&file[..file.len() * percent / 100], &DecodeOptions::of_broken(BrokenOriginals::Show))
            .unwrap();
        assert_eq!((shown.dimensions(), shown.layout()), (whole.dimensions(), whole.layout()));
        let levels = shown.pixels().iter().zip(whole.pixels());
        levels.map(|(shown, whole)| u64::from(shown.abs_diff(*whole))).sum::<u64>()
    };
    assert!(error(30) > error(60) && error(60) > error(90) && error(90) > 0);
    assert!(error(30) / (whole.pixels().len() as u64) < 40);
}
