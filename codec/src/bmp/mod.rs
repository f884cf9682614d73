//! BMP, of Windows and OS/2, read and written by code of our own. Icons hold bitmaps of the same make.

mod encode;
mod header;
mod pixels;

use std::io::Cursor;

use self::header::{Bitmap, Compression, Embedded, FILE_HEADER_BYTES};
pub(super) use self::pixels::Fields;
use super::colour::{Channels, MAX_PROFILE_BYTES, WORKING_BYTES_PER_PROFILE_BYTE};
use super::{
    BrokenOriginals, Choices, Codec, CodecError, Coding, ColourSpace, DecodeOptions, Details, Encoder, Header, Limits,
    Notice, Picture, PixelLayout, jpeg, png,
};
use crate::{Decoding, Dimensions, Facts, Format, Orientation};

const WORKING_BYTES: u64 = 256 * 1024;
/// What a picture of another format within takes for each pixel.
const WITHIN_PIXEL_BYTES: u64 = 16;

/// Reads bitmaps of all depths and compressions but Huffman coding, and writes those of 8, 24 and 32 bits.
#[derive(Debug, Clone, Copy)]
pub struct Bmp {
    limits: Limits,
}

impl Bmp {
    /// A codec that reads originals within `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    fn profile(&self, bitmap: &Bitmap) -> Option<Embedded> {
        let limit = self.limits.max_metadata_bytes.min(MAX_PROFILE_BYTES as u64);
        bitmap.profile.filter(|profile| profile.bytes <= limit)
    }

    fn colours(&self, bitmap: &Bitmap, original: &[u8]) -> Option<ColourSpace> {
        let Embedded { start, bytes } = self.profile(bitmap)?;
        let start = usize::try_from(start + FILE_HEADER_BYTES).ok()?;
        let profile = original.get(start..)?.get(..usize::try_from(bytes).ok()?)?;
        ColourSpace::from_icc(profile, Channels::Rgb)
    }
}

impl Codec for Bmp {
    fn format(&self) -> Format {
        Format::Bmp
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let bitmap = Bitmap::of_file(header)?;
        let is_within = matches!(bitmap.compression, Compression::Jpeg | Compression::Png);
        let within = if is_within { bitmap.dimensions.pixels() * WITHIN_PIXEL_BYTES } else { 0 };
        let profile = self.profile(&bitmap).map_or(0, |profile| profile.bytes) * WORKING_BYTES_PER_PROFILE_BYTE;
        let pixel_bytes = if bitmap.has_alpha() || is_within { 4 } else { 3 };
        let decoding = Decoding { pixel_bytes, working_bytes: WORKING_BYTES + within + profile, is_by_parts: false };
        let stored = bitmap.dimensions;
        Ok(Facts {
            format: Format::Bmp,
            stored,
            orientation: Orientation::Upright,
            frames: 1,
            decoding,
            condition: <_>::default(),
            drawing: None,
        })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let bitmap = Bitmap::of_file(&mut Cursor::new(original))?;
        let dimensions = self.limits.admit(Format::Bmp, bitmap.dimensions)?;
        let start = usize::try_from(bitmap.pixels_start + FILE_HEADER_BYTES).map_err(malformed)?;
        let data = original.get(start..).ok_or_else(|| malformed("the data ends early"))?;
        let (layout, pixels) = match bitmap.compression {
            Compression::Jpeg => return within(&jpeg::Jpeg::new(<_>::default(), self.limits), data, options.broken),
            Compression::Png => return within(&png::Png::new(<_>::default(), self.limits), data, options.broken),
            Compression::Runs => (PixelLayout::Rgb, pixels::of_runs(&bitmap, data)),
            Compression::Rows if bitmap.has_alpha() => {
                (PixelLayout::Rgba, pixels::of_rows(&bitmap, data, options.broken)?)
            }
            Compression::Rows => (PixelLayout::Rgb, pixels::of_rows(&bitmap, data, options.broken)?),
        };
        let is_old = layout == PixelLayout::Rgba && !bitmap.is_late;
        let pixels = if is_old { with_idle_alpha_full(pixels) } else { pixels };
        let picture = Picture::new(dimensions, layout, pixels).map(Picture::without_idle_alpha);
        let picture = picture.ok_or_else(|| malformed("the pixels do not fill the picture"))?;
        Ok(picture.in_colours(self.colours(&bitmap, original).unwrap_or_default()))
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        let Ok(bitmap) = Bitmap::of_file(&mut Cursor::new(original)) else { return Details::of(facts) };
        let colours = self.colours(&bitmap, original).unwrap_or_default().named();
        Details { bits: bitmap.channel_bits(), colours, ..Details::of(facts) }
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for Bmp {
    fn coding(&self) -> Coding {
        Coding::default()
    }

    fn choices(&self) -> Choices {
        Choices { can_keep_all: true, ..Choices::NONE }
    }

    fn encode_as(
        &self,
        picture: &Picture,
        _coding: &Coding,
        _notice: &Notice,
        _threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        encode::encode(picture)
    }

    /// The format has no place for it.
    fn carries_notice(&self) -> bool {
        false
    }

    /// There is nothing to take out.
    fn strip(&self, original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Bitmap::of_file(&mut Cursor::new(original)).map(|_| original.to_vec())
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, _coding: &Coding) -> u64 {
        encode::working_bytes(dimensions, layout)
    }

    fn version(&self) -> String {
        "bmp v1;".to_owned()
    }
}

/// A picture of another format within.
fn within(codec: &dyn Codec, data: &[u8], broken: BrokenOriginals) -> Result<Picture, CodecError> {
    codec.decode_as(data, &DecodeOptions::of_broken(broken))
}

/// Alpha that is zero everywhere was never meant.
fn with_idle_alpha_full(mut pixels: Vec<u8>) -> Vec<u8> {
    if pixels.chunks_exact(4).all(|pixel| matches!(pixel, [.., 0])) {
        pixels.chunks_exact_mut(4).filter_map(<[u8]>::last_mut).for_each(|alpha| *alpha = u8::MAX);
    }
    pixels
}

/// The dimensions and the depth of a bitmap within an icon, which is twice as high: the mask lies below.
pub(super) fn probe_icon(header: &mut dyn Header, at: u64) -> Result<(Dimensions, u16), CodecError> {
    let Bitmap { dimensions, bits, .. } = Bitmap::read(header, at, None)?;
    Ok((Dimensions::new(dimensions.width, dimensions.height.div_ceil(2)), bits))
}

/// Decodes a bitmap within an icon: what its mask covers is transparent, unless it has alpha of its own.
pub(super) fn decode_icon(payload: &[u8], limits: &Limits, broken: BrokenOriginals) -> Result<Picture, CodecError> {
    let mut bitmap = Bitmap::read(&mut Cursor::new(payload), 0, None)?;
    bitmap.dimensions.height = bitmap.dimensions.height.div_ceil(2);
    let dimensions = limits.admit(Format::Ico, bitmap.dimensions)?;
    let data = usize::try_from(bitmap.pixels_start).ok().and_then(|start| payload.get(start..));
    let data = data.ok_or_else(|| malformed("the data ends early"))?;
    if bitmap.bits == 32 {
        bitmap.masks[3] = 0xff00_0000;
    }
    let pixels = if bitmap.compression == Compression::Runs {
        pixels::of_runs(&bitmap, data)
    } else {
        pixels::of_rows(&bitmap, data, broken)?
    };
    let mask = usize::try_from(bitmap.row_bytes() * u64::from(dimensions.height)).ok();
    let mask = mask.and_then(|start| data.get(start..)).unwrap_or_default();
    let has_alpha = bitmap.has_alpha() && pixels.chunks_exact(4).any(|pixel| !matches!(pixel, [.., 0]));
    let pixels = match (has_alpha, bitmap.has_alpha()) {
        (true, _) => pixels,
        (false, true) => {
            let colours: Vec<u8> = pixels.chunks_exact(4).flat_map(|pixel| pixel.iter().take(3)).copied().collect();
            pixels::masked(&bitmap, &colours, mask)
        }
        (false, false) => pixels::masked(&bitmap, &pixels, mask),
    };
    let picture = Picture::new(dimensions, PixelLayout::Rgba, pixels).map(Picture::without_idle_alpha);
    picture.ok_or_else(|| malformed("the pixels do not fill the picture"))
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Bmp, reason)
}

fn unsupported(feature: impl ToString) -> CodecError {
    CodecError::unsupported(Format::Bmp, feature)
}

#[cfg(test)]
mod tests;
