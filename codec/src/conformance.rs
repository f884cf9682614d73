//! The suite that every codec of the registry passes. A new codec is tested here by being registered.

mod animation;
mod broken;
mod choices;
mod ends;
mod excerpts;
pub(super) mod foreign;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};

use self::foreign::foreign;
use super::notice::Blocks;
use super::{
    Codec, CodecError, CodecSettings, Codecs, ColourRule, DecodeOptions, Frame, Limits, Notice, Picture, PixelLayout,
    Plays, exif,
};
use crate::{Dimensions, Facts, Format, Metadata, OutputFormat};

const SIZES: [Dimensions; 3] = [Dimensions::new(1, 1), Dimensions::new(7, 3), Dimensions::new(64, 48)];
const LAYOUTS: [PixelLayout; 3] = [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba];

/// How far a channel may be off on average, of 255, after lossy coding: what halved chroma does to 7x3 pixels.
const MAX_MEAN_ERROR: f64 = 10.0;

/// As in production, a header that claims more is not decoded: else a flipped bit would cost gigabytes here.
const MAX_PIXELS: u64 = 1_000_000;

const CUTS: usize = 500;
const FLIPS: usize = 300;
const SMALL: Dimensions = Dimensions { width: 6, height: 4 };

fn codecs() -> Codecs {
    Codecs::new(&CodecSettings::default())
}

/// A disc before a slope of colours, half transparent in one corner where the layout can tell.
fn scene(dimensions: Dimensions, layout: PixelLayout) -> Picture {
    let Dimensions { width, height } = dimensions;
    let pixel = |index: u32| {
        let (x, y) = (index % width, index / width);
        let slope = |from: u32, to: u32, at: u32, of: u32| (from * (of - at) + to * at) / of;
        let (from_centre_x, from_centre_y) = ((2 * x).abs_diff(width), (2 * y).abs_diff(height));
        let is_disc = from_centre_x.pow(2) + from_centre_y.pow(2) < height.pow(2) / 3;
        let (red, green) = (slope(60, 170, x, width), slope(90, 150, y, height));
        let blue = slope(150, 100, x, width);
        let shade = if is_disc { 40 } else { 0 };
        let alpha = if x < width / 3 && y < height / 3 { 128 } else { 255 };
        [red + shade, green + shade, blue + shade, alpha].map(|channel| channel as u8)
    };
    let channels = layout.channels();
    let pixels = (0..width * height).flat_map(|index| pixel(index).into_iter().take(channels)).collect();
    Picture::new(dimensions, layout, pixels).unwrap()
}

/// Files of the codec's format: of its own encoder, and of another's where there is one here.
fn samples(codec: &dyn Codec) -> Vec<Vec<u8>> {
    let dimensions = Dimensions::new(48, 36);
    let format = codec.format();
    if let Some(encoder) = codec.encoder() {
        let own = layouts(format).map(|layout| encoder.encode(&scene(dimensions, layout)).unwrap());
        return own.chain(foreign(format, dimensions)).collect();
    }
    if format == Format::Jxl {
        let files: [&[u8]; 2] = [include_bytes!("jxl/lossy.jxl"), include_bytes!("jxl/lossless-alpha.jxl")];
        return files.map(<[u8]>::to_vec).into();
    }
    #[cfg(feature = "heic")]
    if format == Format::Heic {
        return crate::heic::tests::SAMPLES.map(|(_, file, _)| file.to_vec()).into();
    }
    if format == Format::Svg {
        return vec![include_bytes!("../../data/images/icons/monkey.svg").to_vec()];
    }
    vec![foreign(format, dimensions).unwrap_or_else(|| panic!("make a sample of {format} here"))]
}

fn layouts(format: Format) -> impl Iterator<Item = PixelLayout> {
    LAYOUTS.into_iter().filter(move |layout| format.has_alpha() || !layout.has_alpha())
}

fn probe(codec: &dyn Codec, bytes: &[u8]) -> Result<Facts, CodecError> {
    codec.probe(&mut Cursor::new(bytes))
}

/// What a request does with an original, whatever its bytes are.
fn probe_and_decode(codec: &dyn Codec, bytes: &[u8]) -> Result<Picture, CodecError> {
    let facts = probe(codec, bytes)?;
    let notice = codec.notice(bytes);
    // A file or an error, but no panic.
    let _ = codec.encoder().map(|encoder| encoder.strip(bytes, &notice));
    if facts.stored.pixels() > MAX_PIXELS {
        return Err(CodecError::unsupported(facts.format, "too many pixels for a test"));
    }
    codec.decode(bytes, None)
}

/// The mean difference of a channel where both pictures are shown as RGBA, by what is seen: no alpha, no colour.
fn mean_error(left: &Picture, right: &Picture) -> f64 {
    let shown = |picture: &Picture| -> Vec<u8> {
        let show = |pixel: &[u8]| match *pixel {
            [gray] => [gray, gray, gray, 255],
            [red, green, blue] => [red, green, blue, 255],
            [.., 0] => [0; 4],
            [red, green, blue, alpha] => [red, green, blue, alpha],
            _ => panic!("a pixel of {} channels", pixel.len()),
        };
        picture.pixels().chunks_exact(picture.layout().channels()).flat_map(show).collect()
    };
    let (left, right) = (shown(left), shown(right));
    assert_eq!(left.len(), right.len());
    let sum: u64 = left.iter().zip(&right).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
    sum as f64 / left.len() as f64
}

/// SplitMix64: the same numbers in every run.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    (1..).map(move |step: u64| {
        let mixed = seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

#[test]
fn probe_and_decode_agree() {
    for codec in codecs().all() {
        for bytes in samples(codec) {
            let format = codec.format();
            let facts = probe(codec, &bytes).unwrap_or_else(|error| panic!("{format}: {error}"));
            let picture = codec.decode(&bytes, None).unwrap_or_else(|error| panic!("{format}: {error}"));
            assert_eq!((Format::sniff(&bytes), facts.format), (Some(format), format));
            assert_eq!(facts.stored, picture.dimensions(), "{format}");
        }
    }
}

#[test]
fn a_target_never_makes_the_picture_smaller_than_itself() {
    for codec in codecs().all() {
        for bytes in samples(codec) {
            let whole = codec.decode(&bytes, None).unwrap().dimensions();
            for target in [Dimensions::new(1, 1), Dimensions::new(8, 6), Dimensions::new(30, 23), whole] {
                let picture = codec.decode(&bytes, Some(target)).unwrap();
                let Dimensions { width, height } = picture.dimensions();
                let (shown_width, shown_height) = picture.extent();
                assert!(width >= target.width && height >= target.height, "{}", codec.format());
                assert_eq!((shown_width.ceil(), shown_height.ceil()), (width.into(), height.into()));
            }
        }
    }
}

#[test]
fn a_cut_anywhere_gives_an_answer() {
    for codec in codecs().all() {
        for bytes in samples(codec) {
            for length in (0..bytes.len()).step_by(bytes.len().div_ceil(CUTS)) {
                // A picture or an error, but no panic.
                let _ = probe_and_decode(codec, &bytes[..length]);
            }
        }
    }
}

#[test]
fn a_flipped_byte_gives_an_answer() {
    for codec in codecs().all() {
        for (seed, bytes) in samples(codec).into_iter().enumerate() {
            for number in noise(seed as u64).take(FLIPS) {
                let mut flipped = bytes.clone();
                let position = (number >> 8) as usize % bytes.len();
                flipped[position] ^= (number as u8).max(1);
                let _ = probe_and_decode(codec, &flipped);
            }
        }
    }
}

#[test]
fn next_to_nothing_is_an_error() {
    for codec in codecs().all() {
        let nearly_nothing = (0..=u8::MAX).map(|byte| vec![byte]).chain([vec![]]);
        for bytes in nearly_nothing {
            assert!(probe(codec, &bytes).is_err(), "{} of {bytes:?}", codec.format());
            assert!(codec.decode(&bytes, None).is_err(), "{} of {bytes:?}", codec.format());
        }
    }
}

#[test]
fn what_is_written_is_read_back() {
    let codecs = codecs();
    for output in OutputFormat::images() {
        let format = output.format().unwrap();
        let (encoder, decoder) = (codecs.encoder(output).unwrap(), codecs.decoder(format).unwrap());
        for (layout, dimensions) in layouts(format).flat_map(|layout| SIZES.map(|size| (layout, size))) {
            let case = format!("{format} {layout:?} {dimensions}");
            let picture = scene(dimensions, layout);
            let bytes = encoder.encode(&picture).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(Format::sniff(&bytes), Some(format), "{case}");
            let facts = probe(decoder, &bytes).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!((facts.format, facts.stored, facts.orientation), (format, dimensions, Default::default()));
            let back = decoder.decode(&bytes, None).unwrap_or_else(|error| panic!("{case}: {error}"));
            let error = mean_error(&picture, &back);
            assert!(error <= MAX_MEAN_ERROR, "{case}: mean error {error}");
        }
    }
}

#[test]
fn a_notice_is_written_read_back_and_stripped() {
    let codecs = codecs();
    let block = exif::block(Some("Zoë"), Some("© 2024 Zoë"));
    let notice = Notice::read(&Blocks { exif: Some(block.into()), ..Blocks::default() });
    let outputs = OutputFormat::images().map(|output| (output.format().unwrap(), codecs.encoder(output).unwrap()));
    for (format, encoder) in outputs.filter(|(_, encoder)| encoder.carries_notice()) {
        let codec = codecs.decoder(format).unwrap();
        for layout in layouts(format) {
            let case = format!("{format} {layout:?}");
            let picture = scene(Dimensions::new(48, 36), layout);
            let signed = encoder.encode_as(&picture, &encoder.coding(), &notice, 1).unwrap();
            assert_eq!(codec.notice(&signed), notice, "{case}");
            assert_ne!(probe(codec, &signed).unwrap().condition.metadata, Metadata::None, "{case}");
            let stripped = encoder.strip(&signed, &Notice::default()).unwrap();
            assert_eq!(codec.notice(&stripped), Notice::default(), "{case}");
            assert_eq!(probe(codec, &stripped).unwrap().condition.metadata, Metadata::None, "{case}");
            assert_eq!(codec.decode(&stripped, None), codec.decode(&signed, None), "{case}");
            assert_eq!(codec.notice(&encoder.strip(&signed, &notice).unwrap()), notice, "{case}");
        }
    }
}

#[test]
fn every_output_has_an_encoder_that_tells_its_version() {
    let codecs = codecs();
    for output in OutputFormat::all() {
        let encoder = codecs.encoder(output).unwrap_or_else(|error| panic!("{error}"));
        assert!(!encoder.version().is_empty(), "{output}");
    }
}

#[test]
fn outputs_that_are_not_offered_change_no_digest_but_their_own() {
    let codecs = codecs();
    let common = codecs.settings_digest(OutputFormat::PNG);
    for output in OutputFormat::all() {
        assert_eq!(codecs.settings_digest(output) == common, output.is_offered(), "{output}");
    }
    assert_ne!(codecs.settings_digest(OutputFormat::BMP), codecs.settings_digest(OutputFormat::TIFF));
}

#[test]
fn a_changed_setting_changes_the_digest_or_the_coding() {
    let changes: [fn(&mut CodecSettings); 8] = [
        |settings| settings.colour_rule = ColourRule::Preserve,
        |settings| settings.avif.quality = 41,
        |settings| settings.avif.speed = 9,
        |settings| settings.jpeg.quality = 41,
        |settings| settings.png.compression_level = 1,
        |settings| settings.webp.quality = 41,
        |settings| settings.webp.effort = 1,
        |settings| settings.webp.lossless = true,
    ];
    let told = |codecs: &Codecs| (codecs.settings_digest(OutputFormat::PNG), codecs.codings());
    let mut digests = vec![told(&codecs())];
    for change in changes {
        let mut settings = CodecSettings::default();
        change(&mut settings);
        digests.push(told(&Codecs::new(&settings)));
    }
    for (index, digest) in digests.iter().enumerate() {
        assert!(!digests[..index].contains(digest), "setting {index} of the list changes nothing");
    }
}

#[test]
fn what_nobody_waits_for_ends_early_or_is_the_same() {
    let codecs = codecs();
    for codec in codecs.all() {
        for (file, target) in samples(codec).iter().flat_map(|file| [(file, None), (file, Some(SMALL))]) {
            let whole = codec.decode(file, target);
            let ending = |is_abandoned: &dyn Fn() -> bool| {
                codec.decode_as(file, &DecodeOptions { target, is_abandoned, ..<_>::default() })
            };
            assert_eq!(ending(&|| false), whole, "{}", codec.format());
            let ended = ending(&|| true);
            let is_asked = matches!(codec.format(), Format::Jpeg | Format::Png);
            assert_eq!(ended, if is_asked { Err(CodecError::Abandoned) } else { whole }, "{}", codec.format());
        }
    }
}
