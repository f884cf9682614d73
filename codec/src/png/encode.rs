//! Pixels to PNG: a fast pass first, and a thorough one only where it pays.

use std::borrow::Cow;

use ::png::{BitDepth, ColorType, DeflateCompression, EncodingError, Filter};

use super::header::MAX_EDGE;
use crate::{CodecError, Picture, PixelLayout};
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
/// doubling; and the sample that the filter is chosen on.
pub(super) fn working_bytes(dimensions: Dimensions, layout: PixelLayout) -> u64 {
    const LIBRARY_BYTES: u64 = 1024 * 1024;
    dimensions.pixels() * layout.channels() as u64 * 3 + LIBRARY_BYTES
}

pub(super) fn encode(picture: &Picture, level: u8) -> Result<Vec<u8>, CodecError> {
    let dimensions = picture.dimensions();
    if dimensions.longest_edge() > MAX_EDGE {
        return Err(CodecError::TooLarge { format: Format::Png, limit: MAX_EDGE, dimensions });
    }
    encode_at(picture, level).map_err(|error| CodecError::encode(Format::Png, error))
}

fn encode_at(picture: &Picture, level: u8) -> Result<Vec<u8>, EncodingError> {
    if level == 0 {
        return write(picture, DeflateCompression::NoCompression, Filter::NoFilter);
    }
    let filter = suitable_filter(picture)?;
    if filter != Filter::Adaptive {
        return write(picture, DeflateCompression::Level(level), filter);
    }
    let fast = write(picture, DeflateCompression::FdeflateUltraFast, filter)?;
    if level < THOROUGH_LEVEL && fast.len() / FLAT_PERCENT >= picture.pixels().len() / 100 {
        return Ok(fast);
    }
    let thorough = write(picture, DeflateCompression::Level(level), filter)?;
    // Of some photographs the fast pass makes less.
    Ok(if level >= THOROUGH_LEVEL && fast.len() < thorough.len() { fast } else { thorough })
}

/// Filters predict a pixel from its neighbours, which suits photographs; whatever repeats exactly (text, drawings,
/// dithered palettes) is found better by the compressor alone. A sample tells, for two thirds of the CPU of a fast
/// pass.
fn suitable_filter(picture: &Picture) -> Result<Filter, EncodingError> {
    let sample = sample(picture);
    let sample = sample.as_ref().unwrap_or(picture);
    let filtered = write(sample, DeflateCompression::FdeflateUltraFast, Filter::Adaptive)?;
    let unfiltered = write(sample, DeflateCompression::Level(1), Filter::NoFilter)?;
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

fn write(picture: &Picture, compression: DeflateCompression, filter: Filter) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut info = ::png::Info::with_size(picture.dimensions().width, picture.dimensions().height);
    info.color_type = match picture.layout() {
        PixelLayout::Gray => ColorType::Grayscale,
        PixelLayout::Rgb => ColorType::Rgb,
        PixelLayout::Rgba => ColorType::Rgba,
    };
    info.bit_depth = BitDepth::Eight;
    info.icc_profile = picture.colours().icc(picture.layout()).map(Cow::Borrowed);
    let mut encoder = ::png::Encoder::with_info(&mut bytes, info)?;
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture.pixels())?;
    writer.finish()?;
    Ok(bytes)
}
