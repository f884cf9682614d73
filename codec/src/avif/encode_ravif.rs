//! The AV1 encoder rav1e by way of ravif: Rust alone, for builds without a C compiler. Always 4:4:4.

use ravif::{AlphaColorMode, BitDepth, Img};
use rgb::FromSlice;

use super::{Library, encode_error};
use crate::{Choices, CodecError, Coding, Dimensions, Picture, PixelLayout};

/// The version is that of what is decided in this file.
pub(super) const LIBRARY: Library =
    Library { name: "ravif v1", choices: CHOICES, carries_profile, working_bytes, encode };

/// The library loses pixels at every quality, for it converts colours.
const CHOICES: Choices = Choices { can_lose: true, efforts: [10, 10, 9, 8, 8, 7, 6, 5, 4, 3, 2], ..Choices::NONE };

/// The library writes no profiles.
fn carries_profile(_layout: PixelLayout) -> bool {
    false
}

/// What the library holds: planes of 16 bits, several times, and its notes on each block.
fn working_bytes(dimensions: Dimensions, _layout: PixelLayout, _coding: Coding) -> u64 {
    const LIBRARY_BYTES: u64 = 16 * 1024 * 1024;
    dimensions.pixels() * 160 + LIBRARY_BYTES
}

/// Encodes a picture to a file, with an EXIF block. Gray becomes RGB: ravif writes no monochrome.
///
/// # Errors
/// [`CodecError::Encode`] where the library fails.
fn encode(picture: &Picture, coding: Coding, exif: Option<&[u8]>, _threads: usize) -> Result<Vec<u8>, CodecError> {
    let quality = f32::from(coding.quality_number());
    let mut encoder = ravif::Encoder::new()
        .with_quality(quality)
        .with_alpha_quality(quality)
        .with_speed(coding.effort.clamp(1, 10))
        .with_bit_depth(BitDepth::Eight)
        .with_alpha_color_mode(AlphaColorMode::UnassociatedClean)
        .with_num_threads(Some(1));
    if let Some(exif) = exif {
        encoder = encoder.with_exif(exif);
    }
    let (width, height) = (picture.dimensions().width as usize, picture.dimensions().height as usize);
    let pixels = picture.pixels();
    let encoded = match picture.layout() {
        PixelLayout::Gray => {
            let pixels: Vec<u8> = pixels.iter().flat_map(|gray| [*gray; 3]).collect();
            encoder.encode_rgb(Img::new(pixels.as_rgb(), width, height))
        }
        PixelLayout::Rgb => encoder.encode_rgb(Img::new(pixels.as_rgb(), width, height)),
        PixelLayout::Rgba => encoder.encode_rgba(Img::new(pixels.as_rgba(), width, height)),
    };
    Ok(encoded.map_err(encode_error)?.avif_file)
}
