//! What there is of a broken original, where that is to be shown.

use super::animation::{scenes, written_animation};
use super::*;
use crate::BrokenOriginals;

fn showing() -> Codecs {
    Codecs::new(&CodecSettings { broken_originals: BrokenOriginals::Show, ..CodecSettings::default() })
}

/// Files that lose their lower half, or upper one, when they are cut: large enough to be coded in pieces.
fn large(codec: &dyn Codec) -> Vec<u8> {
    let dimensions = Dimensions::new(320, 240);
    match codec.encoder() {
        Some(encoder) => encoder.encode(&scene(dimensions, PixelLayout::Rgb)).unwrap(),
        None => foreign(codec.format(), dimensions).unwrap_or_else(|| samples(codec).remove(0)),
    }
}

#[test]
fn what_there_is_of_a_file_that_is_cut_is_shown_and_the_rest_is_gray() {
    let (codecs, showing) = (codecs(), showing());
    for codec in codecs.all() {
        let (format, file) = (codec.format(), large(codec));
        let whole = codecs.decode(format, &file, &DecodeOptions::default()).unwrap();
        assert!(!whole.is_incomplete());
        let cut = &file[..file.len() / 2];
        for target in [None, Some(Dimensions::new(40, 30))] {
            let refused = codecs.decode(format, cut, &DecodeOptions { target, ..DecodeOptions::default() });
            assert!(matches!(refused, Err(CodecError::Malformed { .. })), "{format}: {refused:?}");
            let shown = showing.decode(format, cut, &DecodeOptions { target, ..DecodeOptions::default() });
            // One frame, all of it or nothing; what ends with the directory of what is in it; a text; and what is no
            // such file without its end.
            if matches!(format, Format::Avif | Format::Heic | Format::Svg | Format::Tga | Format::Tiff) {
                assert_eq!(shown, refused, "{format}");
                continue;
            }
            let shown = shown.unwrap_or_else(|error| panic!("{format}: {error}"));
            assert!(shown.is_incomplete(), "{format}");
            if target.is_some() {
                continue;
            }
            assert_eq!(shown.dimensions(), whole.dimensions(), "{format}");
            let (same, gray) = shares(&whole, &shown);
            assert!(format == Format::Jxl || (same > 0.2 && gray > 0.1), "{format}: {same} the same, {gray} gray");
        }
    }
}

/// How many pixels are the same, and how many of the others are gray.
fn shares(whole: &Picture, shown: &Picture) -> (f64, f64) {
    let colours = |picture: &Picture| -> Vec<[u8; 3]> {
        let channels = picture.layout().channels();
        let colour = |pixel: &[u8]| [0, 1, 2].map(|channel| pixel[channel.min(channels - 1)]);
        picture.pixels().chunks_exact(channels).map(colour).collect()
    };
    let (whole, shown) = (colours(whole), colours(shown));
    let same = whole.iter().zip(&shown).filter(|(one, other)| one == other).count();
    let gray = shown.iter().filter(|colour| **colour == [128; 3]).count();
    (same as f64 / whole.len() as f64, gray as f64 / whole.len() as f64)
}

#[test]
fn what_is_whole_is_the_same_whatever_becomes_of_broken_ones() {
    let (codecs, showing) = (codecs(), showing());
    for codec in codecs.all() {
        for file in samples(codec) {
            let decoded =
                [&codecs, &showing].map(|codecs| codecs.decode(codec.format(), &file, &DecodeOptions::default()));
            assert_eq!(decoded[0], decoded[1], "{}", codec.format());
        }
    }
}

#[test]
fn a_broken_file_gives_an_answer_where_it_is_to_be_shown() {
    let showing = showing();
    let answer = |codec: &dyn Codec, bytes: &[u8]| {
        let Ok(facts) = probe(codec, bytes) else { return };
        if facts.stored.pixels() > MAX_PIXELS {
            return;
        }
        // A picture of what was promised or an error, but no panic.
        if let Ok(picture) = showing.decode(codec.format(), bytes, &DecodeOptions::default()) {
            assert!(picture.dimensions() == facts.stored, "{}", codec.format());
        }
    };
    for codec in codecs().all() {
        for (seed, bytes) in samples(codec).into_iter().enumerate() {
            for length in (0..bytes.len()).step_by(bytes.len().div_ceil(CUTS / 2)) {
                answer(codec, &bytes[..length]);
            }
            for number in noise(seed as u64 + 100).take(FLIPS) {
                let mut flipped = bytes.clone();
                let position = (number >> 8) as usize % bytes.len();
                flipped[position] ^= (number as u8).max(1);
                answer(codec, &flipped);
            }
        }
    }
}

#[test]
fn an_animation_without_a_whole_frame_is_a_still_of_what_there_is() {
    let showing = showing();
    for output in OutputFormat::all().filter(|output| output.medium().can_animate()) {
        let format = output.format().unwrap();
        let file = written_animation(output, &scenes(Dimensions::new(240, 180)), 5);
        let whole = codecs().decode(format, &file, &DecodeOptions::default()).unwrap();
        // Somewhere in the first frame.
        let first = codecs().encoder(output).unwrap().encode(&whole).unwrap().len();
        let cut = &file[..first / 2];
        if format == Format::WebP {
            // A frame is in a chunk of its own, and that is cut.
            assert!(matches!(showing.frames(format, cut), Err(CodecError::Malformed { .. })));
            continue;
        }
        let mut frames = showing.frames(format, cut).unwrap();
        let mut next = || frames.next().map(|frame| frame.map(|frame| frame.picture.is_incomplete()));
        assert_eq!(next(), Ok(Some(true)), "{format}");
        assert_eq!(next(), Ok(None), "{format}");
    }
}
