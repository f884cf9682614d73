//! Pixels to PNG: a fast pass first, and a thorough one only where it pays.

use std::borrow::Cow;

use ::png::{BitDepth, ColorType, DeflateCompression, EncodingError, Filter};

use super::header::MAX_EDGE;
use super::indexed::{self, Indexed};
use super::palette::Rgba;
use crate::{CodecError, Coding, Picture, PixelLayout};
use crate::{Dimensions, Format};

/// From this level on, even a photograph gets the thorough pass.
const THOROUGH_LEVEL: u8 = 7;
/// A filtered picture that the fast pass brings below this share of its raw bytes gains a lot from the thorough pass
/// at little cost; one above is a photograph, and gains 7 to 20 % for forty times the CPU (docs/formats.md).
const FLAT_PERCENT: usize = 35;
/// The filter is chosen on one group of rows in so many.
const SAMPLED_ROWS: usize = 16;
const SAMPLED_EVERY: usize = 8;

/// Two passes may stand beside each other, each at most a little longer than the pixels, in a vector that grows by
/// doubling; and the sample that the filter is chosen on. In few colours, a pixel is one byte.
pub(super) fn working_bytes(dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
    const LIBRARY_BYTES: u64 = 1024 * 1024;
    let pixels = dimensions.pixels();
    let (channels, beside) = match coding.palette {
        None => (layout.channels() as u64, 0),
        Some(_) => (1, indexed::working_bytes(pixels, dimensions.width)),
    };
    pixels * channels * 3 + beside + LIBRARY_BYTES
}

/// What stands in a file before its pixels.
#[derive(Clone, Copy, Default)]
struct Head<'a> {
    icc: Option<&'a [u8]>,
    /// What the samples are the numbers of; none where they are colours.
    palette: &'a [Rgba],
}

pub(super) fn encode(picture: &Picture, coding: &Coding) -> Result<Vec<u8>, CodecError> {
    let dimensions = picture.dimensions();
    if dimensions.longest_edge() > MAX_EDGE {
        return Err(CodecError::TooLarge { format: Format::Png, limit: MAX_EDGE, dimensions });
    }
    let icc = picture.colours().icc(picture.layout());
    // The profile of a palette is one of three channels (third edition, section 11.3.2.3).
    let palette = coding.palette.filter(|_| picture.layout() != PixelLayout::Gray || icc.is_none());
    let written = match palette.and_then(|most| Indexed::of(picture, most)) {
        Some(Indexed { indices, colours }) => encode_at(&indices, Head { icc, palette: &colours }, coding.effort),
        None => encode_at(picture, Head { icc, palette: &[] }, coding.effort),
    };
    written.map_err(|error| CodecError::encode(Format::Png, error))
}

impl Head<'_> {
    /// How many bits a sample takes.
    fn depth(self) -> BitDepth {
        match self.palette.len() {
            1..=2 => BitDepth::One,
            3..=4 => BitDepth::Two,
            5..=16 => BitDepth::Four,
            _ => BitDepth::Eight,
        }
    }
}

fn encode_at(picture: &Picture, head: Head<'_>, level: u8) -> Result<Vec<u8>, EncodingError> {
    if level == 0 {
        return write(picture, head, DeflateCompression::NoCompression, Filter::NoFilter);
    }
    // A filter of bytes predicts nothing of pixels that share one.
    let is_narrow = head.depth() != BitDepth::Eight;
    let filter = if is_narrow { Filter::NoFilter } else { suitable_filter(picture)? };
    if filter != Filter::Adaptive {
        return write(picture, head, DeflateCompression::Level(level), filter);
    }
    let fast = write(picture, head, DeflateCompression::FdeflateUltraFast, filter)?;
    if level < THOROUGH_LEVEL && fast.len() / FLAT_PERCENT >= picture.pixels().len() / 100 {
        return Ok(fast);
    }
    let thorough = write(picture, head, DeflateCompression::Level(level), filter)?;
    // Of some photographs the fast pass makes less.
    Ok(if level >= THOROUGH_LEVEL && fast.len() < thorough.len() { fast } else { thorough })
}

/// Filters predict a pixel from its neighbours, which suits photographs; whatever repeats exactly (text, drawings,
/// dithered palettes) is found better by the compressor alone. A sample tells, for two thirds of the CPU of a fast
/// pass.
fn suitable_filter(picture: &Picture) -> Result<Filter, EncodingError> {
    let sample = sample(picture);
    let sample = sample.as_ref().unwrap_or(picture);
    let filtered = write(sample, Head::default(), DeflateCompression::FdeflateUltraFast, Filter::Adaptive)?;
    let unfiltered = write(sample, Head::default(), DeflateCompression::Level(1), Filter::NoFilter)?;
    Ok(if filtered.len() < unfiltered.len() { Filter::Adaptive } else { Filter::NoFilter })
}

/// Groups of rows from all over the picture.
fn sample(picture: &Picture) -> Option<Picture> {
    let row_bytes = picture.dimensions().width as usize * picture.layout().channels();
    let groups = picture.pixels().chunks(row_bytes * SAMPLED_ROWS).step_by(SAMPLED_EVERY);
    let pixels = groups.flatten().copied().collect::<Vec<_>>();
    let height = u32::try_from(pixels.len() / row_bytes).ok()?;
    Picture::new(Dimensions::new(picture.dimensions().width, height), picture.layout(), pixels)
}

fn write(
    picture: &Picture,
    head: Head<'_>,
    compression: DeflateCompression,
    filter: Filter,
) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut info = ::png::Info::with_size(picture.dimensions().width, picture.dimensions().height);
    info.color_type = match picture.layout() {
        _ if !head.palette.is_empty() => ColorType::Indexed,
        PixelLayout::Gray => ColorType::Grayscale,
        PixelLayout::Rgb => ColorType::Rgb,
        PixelLayout::Rgba => ColorType::Rgba,
    };
    info.bit_depth = head.depth();
    info.icc_profile = head.icc.map(Cow::Borrowed);
    if !head.palette.is_empty() {
        let colours = head.palette.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]);
        info.palette = Some(colours.collect());
        // What is not said is opaque.
        let alphas: Vec<u8> =
            head.palette.iter().map(|[.., alpha]| *alpha).take_while(|alpha| *alpha < u8::MAX).collect();
        info.trns = (!alphas.is_empty()).then_some(alphas.into());
    }
    let samples = match info.bit_depth {
        BitDepth::Eight | BitDepth::Sixteen => Cow::Borrowed(picture.pixels()),
        depth => Cow::Owned(packed(picture, depth as usize)),
    };
    let mut encoder = ::png::Encoder::with_info(&mut bytes, info)?;
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&samples)?;
    writer.finish()?;
    Ok(bytes)
}

/// Samples of so many bits, the first in the highest; each row begins on a byte.
fn packed(picture: &Picture, bits: usize) -> Vec<u8> {
    let rows = picture.pixels().chunks(picture.dimensions().width as usize);
    let byte = |samples: &[u8]| {
        let in_place = samples.iter().enumerate().map(|(at, sample)| sample << (8 - bits * (at + 1)));
        in_place.fold(0, |byte, sample| byte | sample)
    };
    rows.flat_map(|row| row.chunks(8 / bits).map(byte)).collect()
}
