//! PNG to pixels: every colour type, depth and interlacing, as 8 bits a channel.

use std::io::{Cursor, ErrorKind};

use ::png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};

use super::header;
use crate::codec::{CodecError, Limits, Picture, PixelLayout};
use crate::request::{Dimensions, Format};

/// What the library may allocate beside the pixels: rows and ancillary chunks.
const MAX_SIDE_BYTES: usize = 64 * 1024 * 1024;

/// Decodes the default image; of an animation, the one that a viewer without animation shows.
pub(super) fn decode(original: &[u8], limits: &Limits) -> Result<Picture, CodecError> {
    header::walk(&mut Cursor::new(original), limits)?;
    let mut decoder = Decoder::new_with_limits(Cursor::new(original), ::png::Limits { bytes: MAX_SIDE_BYTES });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(failure)?;
    let dimensions = limits.admit(Format::Png, Dimensions::new(header.width, header.height))?;

    let mut reader = decoder.read_info().map_err(failure)?;
    let bytes = reader.output_buffer_size().ok_or_else(|| failure(DecodingError::LimitsExceeded))?;
    let mut samples = vec![0; bytes];
    let frame = reader.next_frame(&mut samples).map_err(failure)?;
    if frame.bit_depth == BitDepth::Sixteen {
        samples = narrowed(&samples);
    }
    let picture = match frame.color_type {
        ColorType::Grayscale => Picture::new(dimensions, PixelLayout::Gray, samples),
        ColorType::GrayscaleAlpha => without_gray_alpha(dimensions, &samples),
        ColorType::Rgb => Picture::new(dimensions, PixelLayout::Rgb, samples),
        ColorType::Rgba => Picture::new(dimensions, PixelLayout::Rgba, samples).map(Picture::without_idle_alpha),
        ColorType::Indexed => None,
    };
    picture.ok_or_else(|| CodecError::malformed(Format::Png, "the pixels do not fill the picture"))
}

/// Rounds big-endian 16-bit samples to 8 bits. Dropping the lower byte, as the library would, darkens by half a level.
fn narrowed(samples: &[u8]) -> Vec<u8> {
    let (samples, _) = samples.as_chunks();
    samples.iter().map(|sample| rounded_to_8_bits(u16::from_be_bytes(*sample))).collect()
}

/// `sample * 255 / 65535`, rounded to the nearest, without a division; tested for all samples.
fn rounded_to_8_bits(sample: u16) -> u8 {
    ((u32::from(sample) * 255 + 32_895) >> 16) as u8
}

/// There is no gray layout with alpha: alpha that says nothing is dropped, else the gray becomes three channels.
fn without_gray_alpha(dimensions: Dimensions, samples: &[u8]) -> Option<Picture> {
    let (pixels, _) = samples.as_chunks();
    if pixels.iter().all(|[_, alpha]| *alpha == u8::MAX) {
        return Picture::new(dimensions, PixelLayout::Gray, pixels.iter().map(|[gray, _]| *gray).collect());
    }
    let pixels = pixels.iter().map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]);
    Picture::new(dimensions, PixelLayout::Rgba, pixels.collect::<Vec<_>>().into_flattened())
}

fn failure(error: DecodingError) -> CodecError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            CodecError::malformed(Format::Png, "the file ends early")
        }
        DecodingError::LimitsExceeded => {
            CodecError::unsupported(Format::Png, format!("rows or chunks of more than {MAX_SIDE_BYTES} bytes"))
        }
        other => CodecError::malformed(Format::Png, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_rounded_to_the_nearest() {
        for sample in 0..=u16::MAX {
            let exact = (u32::from(sample) * 255 + 32_768) / 65_535;
            assert_eq!(u32::from(rounded_to_8_bits(sample)), exact, "{sample}");
        }
    }
}
