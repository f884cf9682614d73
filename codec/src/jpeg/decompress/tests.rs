use std::io::Cursor;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::super::header;
use super::super::samples::Sample;
use super::*;
use crate::Limits;

/// 16x8 pixels of `x * 12 + y * 4`, gray, made by `jpegtran -arithmetic`.
const ARITHMETIC: &[u8] =
    b"\xff\xd8\xff\xdb\x00\x43\x00\x08\x06\x06\x07\x06\x05\x08\x07\x07\x07\x09\x09\x08\x0a\x0c\x14\x0d\
    \x0c\x0b\x0b\x0c\x19\x12\x13\x0f\x14\x1d\x1a\x1f\x1e\x1d\x1a\x1c\x1c\x20\x24\x2e\x27\x20\x22\x2c\
    \x23\x1c\x1c\x28\x37\x29\x2c\x30\x31\x34\x34\x34\x1f\x27\x39\x3d\x38\x32\x3c\x2e\x33\x34\x32\xff\
    \xc9\x00\x0b\x08\x00\x08\x00\x10\x01\x01\x11\x00\xff\xcc\x00\x06\x00\x10\x10\x05\xff\xda\x00\x08\
    \x01\x01\x00\x00\x3f\x00\xff\x00\xb2\xf1\x2f\xda\xb8\x27\x65\xe6\x50\xeb\x64\x48\xff\xd9";

fn decode(bytes: &[u8], scale: Scale) -> Result<Picture, CodecError> {
    decode_part(bytes, scale, None)
}

fn decode_part(bytes: &[u8], scale: Scale, excerpt: Option<Excerpt>) -> Result<Picture, CodecError> {
    let preamble = header::read(&mut Cursor::new(bytes), &Limits::default())?;
    let broken = BrokenOriginals::Refuse;
    decompress(&Order {
        original: bytes,
        preamble: &preamble,
        scale,
        excerpt,
        max_scans: 100,
        broken,
        is_abandoned: &|| false,
    })
}

fn assert_all_near(picture: &Picture, expected: &[u8]) {
    for pixel in picture.pixels().chunks_exact(expected.len()) {
        let is_near = pixel.iter().zip(expected).all(|(got, wanted)| got.abs_diff(*wanted) <= 3);
        assert!(is_near, "expected about {expected:?}, got {pixel:?}");
    }
}

#[test]
fn gray_stays_one_channel() {
    let picture = decode(&Sample::plain(c::JCS_GRAYSCALE, &[90]).encode(), Scale::Full).unwrap();
    assert_eq!((picture.layout(), picture.dimensions()), (PixelLayout::Gray, Dimensions::new(37, 21)));
    assert_all_near(&picture, &[90]);
}

#[test]
fn the_stored_colour_space_does_not_matter() {
    for stored in [c::JCS_YCbCr, c::JCS_RGB] {
        let sample = Sample { stored, ..Sample::plain(c::JCS_RGB, &[200, 100, 50]) };
        assert_all_near(&decode(&sample.encode(), Scale::Full).unwrap(), &[200, 100, 50]);
    }
}

#[test]
fn inks_become_light_as_adobe_writes_them_with_its_marker_and_without() {
    let adobe = Sample::plain(c::JCS_CMYK, &[200, 100, 51, 128]);
    let plain = Sample { has_adobe_marker: false, ..Sample::plain(c::JCS_CMYK, &[200, 100, 51, 128]) };
    let ycck = Sample { stored: c::JCS_YCCK, ..Sample::plain(c::JCS_CMYK, &[200, 100, 51, 128]) };
    for sample in [adobe, plain, ycck] {
        let picture = decode(&sample.encode(), Scale::Full).unwrap();
        assert_eq!((picture.layout(), picture.dimensions()), (PixelLayout::Rgb, Dimensions::new(37, 21)));
        assert_all_near(&picture, &[100, 50, 26]);
    }
}

#[test]
fn a_progressive_file_is_the_same_picture() {
    let baseline = Sample::scene();
    let progressive = Sample { is_progressive: true, ..Sample::scene() };
    for scale in [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth] {
        let expected = decode(&baseline.encode(), scale).unwrap();
        assert_eq!(expected.dimensions(), scale.applied_to(Dimensions::new(37, 21)));
        assert_eq!(decode(&progressive.encode(), scale), Ok(expected));
    }
}

#[test]
fn an_arithmetic_coded_file_is_read_whole_or_not_at_all() {
    let picture = decode(ARITHMETIC, Scale::Full).unwrap();
    for (index, pixel) in picture.pixels().iter().enumerate() {
        assert!(pixel.abs_diff((index % 16 * 12 + index / 16 * 4) as u8) <= 4, "{index}: {pixel}");
    }
    let early = CodecError::malformed(Format::Jpeg, "data ends early");
    for length in 0..ARITHMETIC.len() - 2 {
        assert_eq!(decode(&ARITHMETIC[..length], Scale::Full), Err(early.clone()), "{length}");
    }
}

#[test]
fn a_scan_bomb_is_refused() {
    let bytes = Sample { is_progressive: true, ..Sample::scene() }.encode();
    let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let end = scan + 2 + bytes[scan + 2..].windows(2).position(|pair| pair[0] == 0xff && pair[1] > 0xbf).unwrap();
    let bomb = [&bytes[..scan], &bytes[scan..end].repeat(300), b"\xff\xd9"].concat();
    assert_eq!(
        decode(&bomb, Scale::Full),
        Err(CodecError::OverLimit { what: "scans", limit: 100, got: "more".into() })
    );
}

#[test]
fn every_early_end_is_an_error() {
    for is_progressive in [false, true] {
        let bytes = Sample { is_progressive, ..Sample::scene() }.encode();
        let whole = decode(&bytes, Scale::Full);
        for length in 0..bytes.len() - 2 {
            let result = decode(&bytes[..length], Scale::Full);
            let is_told = result == Err(CodecError::malformed(Format::Jpeg, "data ends early"));
            // The last byte of data may hold nothing but padding.
            assert!(is_told || (length == bytes.len() - 3 && result == whole), "{length} of {}", bytes.len());
        }
    }
}

#[test]
fn an_early_end_is_noticed_with_restart_markers_too() {
    let bytes = Sample { restart_interval: 1, ..Sample::scene() }.encode();
    for length in 0..bytes.len() - 2 {
        assert!(decode(&bytes[..length], Scale::Full).is_err(), "{length} of {}", bytes.len());
    }
}

#[test]
fn the_end_marker_alone_is_not_missed() {
    for is_progressive in [false, true] {
        let bytes = Sample { is_progressive, ..Sample::scene() }.encode();
        for scale in [Scale::Full, Scale::Half, Scale::Eighth] {
            let whole = decode(&bytes, scale);
            assert_eq!(decode(&bytes[..bytes.len() - 2], scale), whole);
            assert_eq!(decode(&bytes[..bytes.len() - 1], scale), whole);
        }
    }
}

#[test]
fn a_scan_that_is_missing_is_missed_without_an_end_marker() {
    let bytes = Sample { is_progressive: true, ..Sample::scene() }.encode();
    let scans: Vec<usize> =
        bytes.windows(2).enumerate().filter(|(_, pair)| pair == b"\xff\xda").map(|(at, _)| at).collect();
    for scan in &scans[1..] {
        // The tables of the scan stand before it.
        let tables = bytes[..*scan].windows(2).rposition(|pair| pair == b"\xff\xc4").unwrap();
        for length in [tables, *scan] {
            let expected = Err(CodecError::malformed(Format::Jpeg, "data ends early"));
            assert_eq!(decode(&bytes[..length], Scale::Full), expected, "{length} of {}", bytes.len());
        }
    }
}

#[test]
fn broken_data_is_told_in_the_words_of_the_library() {
    let bytes = Sample::scene().encode();
    let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    // No Huffman code consists of ones only; in a scan, 0xff is written with a zero behind it.
    let scribbled = [&bytes[..scan + 14], &b"\xff\0".repeat(40), b"\xff\xd9"].concat();
    let told = |reason: &str| Err(CodecError::malformed(Format::Jpeg, reason));
    assert_eq!(decode(&scribbled, Scale::Full), told("corrupt JPEG data: bad Huffman code"));
    let mut tableless = bytes;
    let table = tableless.windows(2).position(|pair| pair == [0xff, 0xdb]).unwrap();
    tableless[table + 1] = 0xfe;
    assert_eq!(decode(&tableless, Scale::Full), told("quantization table 0x00 was not defined"));
}

#[test]
fn an_error_runs_no_panic_hook() {
    let (calls, this) = (Arc::new(AtomicUsize::new(0)), thread::current().id());
    let (counter, previous) = (Arc::clone(&calls), Arc::new(panic::take_hook()));
    let others = Arc::clone(&previous);
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == this {
            counter.fetch_add(1, Ordering::Relaxed);
        } else {
            others(info);
        }
    }));
    let result = decode(b"\xff\xd8\xff\xc0\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0\xff\xda\0\x03\x01", Scale::Full);
    panic::set_hook(Box::new(move |info| previous(info)));
    assert!(result.is_err());
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}

#[test]
fn a_part_has_the_pixels_of_the_whole_at_every_scale_and_in_every_colour_space() {
    let pixel = |index: u32| [index * 7 % 199, index / 331 * 3 % 180, index % 331 / 2].map(|channel| channel as u8);
    let pixels = (0..331 * 222).flat_map(pixel).collect();
    let large = Picture::new(Dimensions::new(331, 222), PixelLayout::Rgb, pixels).unwrap();
    let large =
        super::super::compress::compress(&large, &crate::Coding::new(Some(crate::Quality::new(90)), 0)).unwrap();
    let inks = Sample {
        pixels: (0..37 * 21 * 4).map(|at| (at * 5 % 251) as u8).collect(),
        ..Sample::plain(c::JCS_CMYK, &[0; 4])
    };
    for file in [large, inks.encode(), ARITHMETIC.to_vec()] {
        let stored = decode(&file, Scale::Full).unwrap().dimensions();
        let Dimensions { width, height } = stored;
        for scale in [Scale::Full, Scale::Half, Scale::Quarter, Scale::Eighth] {
            let whole = decode(&file, scale).unwrap();
            for (left, top) in [(0, 0), (1, 5), (width / 2, height / 2), (width - 1, height - 1)] {
                let dimensions = Dimensions::new((width - left).div_ceil(3), (height - top).div_ceil(2));
                let excerpt = Excerpt { left, top, dimensions };
                let part = decode_part(&file, scale, Some(excerpt)).unwrap();
                let expected = whole.clone().showing(excerpt);
                assert_eq!(part.place(), expected.place());
                assert!(part.pixels() == expected.pixels(), "{stored} {scale:?} {excerpt:?}");
            }
        }
    }
}
