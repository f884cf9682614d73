//! `Resize`: by convolution in the encoded (sRGB) space, alpha premultiplied.

use codec::{CodecError, ColourRule, Picture, PixelLayout};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Resize;
use crate::request::{Dimensions, ResizeAlgorithm};

impl Work for Resize {
    fn stage(&self) -> Stage {
        Stage::Resize
    }

    /// The rows that are resized in one direction only, and with alpha a premultiplied copy.
    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        let halfway = Dimensions::new(after.dimensions.width, before.dimensions.height);
        let premultiplied = if before.pixel_bytes == 4 { before.bytes() } else { 0 };
        let halfway = Between { dimensions: halfway, ..after };
        Ok(before.bytes() + premultiplied + halfway.bytes() + after.bytes())
    }

    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        resize(self.in_colours(picture, kitchen), self.dimensions, self.algorithm)
    }
}

impl Resize {
    /// The picture in colours whose means are those that are seen.
    pub(super) fn in_colours(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Picture {
        let is_converted_first =
            kitchen.codecs.colour_rule() == ColourRule::Srgb && !picture.colours().resizes_like_srgb();
        if is_converted_first { picture.into_srgb() } else { picture }
    }
}

/// Resizes to exactly `dimensions`. A picture that has them already is returned as it is.
///
/// # Errors
/// [`RenderError::Operation`] where the library refuses the dimensions.
pub fn resize(picture: Picture, dimensions: Dimensions, algorithm: ResizeAlgorithm) -> Result<Picture, RenderError> {
    if picture.dimensions() == dimensions {
        return Ok(picture);
    }
    let (width, height) = picture.extent();
    resize_part(picture, (0.0, 0.0, width, height), dimensions, algorithm)
}

/// Resizes a part to exactly `dimensions`: left, top, width and height in pixels, which may be fractions. Pixels beside it
/// are weighed where the filter reaches them.
///
/// # Errors
/// As [`resize`].
pub(super) fn resize_part(
    picture: Picture,
    (left, top, part_width, part_height): (f64, f64, f64, f64),
    dimensions: Dimensions,
    algorithm: ResizeAlgorithm,
) -> Result<Picture, RenderError> {
    let layout = picture.layout();
    let pixel_type = match layout {
        PixelLayout::Gray => PixelType::U8,
        PixelLayout::Rgb => PixelType::U8x3,
        PixelLayout::Rgba => PixelType::U8x4,
    };
    let filter = match algorithm {
        ResizeAlgorithm::Lanczos3 => FilterType::Lanczos3,
        ResizeAlgorithm::Bicubic => FilterType::CatmullRom,
        ResizeAlgorithm::Gaussian => FilterType::Gaussian,
        ResizeAlgorithm::Thumbnail => FilterType::Box,
    };
    let Dimensions { width, height } = picture.dimensions();
    let source = ImageRef::new(width, height, picture.pixels(), pixel_type).map_err(failed)?;
    let mut target = Image::new(dimensions.width, dimensions.height, pixel_type);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(filter))
        .crop(left, top, part_width, part_height)
        .use_alpha(layout.has_alpha());
    Resizer::new().resize(&source, &mut target, &options).map_err(failed)?;
    let resized = Picture::new(dimensions, layout, target.into_vec());
    let resized = resized.ok_or_else(|| failed("the pixels do not fill the picture"))?;
    Ok(resized.in_colours(picture.colours().clone()))
}

fn failed(error: impl ToString) -> RenderError {
    RenderError::operation("resize", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALGORITHMS: [ResizeAlgorithm; 4] =
        [ResizeAlgorithm::Lanczos3, ResizeAlgorithm::Bicubic, ResizeAlgorithm::Gaussian, ResizeAlgorithm::Thumbnail];

    fn picture(width: u32, height: u32, layout: PixelLayout, pixel: &[u8]) -> Picture {
        let pixels = pixel.repeat((width * height) as usize);
        Picture::new(Dimensions::new(width, height), layout, pixels).unwrap()
    }

    #[test]
    fn a_flat_picture_stays_flat_in_every_layout_and_algorithm() {
        for algorithm in ALGORITHMS {
            for (layout, pixel) in [
                (PixelLayout::Gray, &[77][..]),
                (PixelLayout::Rgb, &[10, 128, 250]),
                (PixelLayout::Rgba, &[10, 128, 250, 255]),
            ] {
                let small = resize(picture(31, 17, layout, pixel), Dimensions::new(7, 5), algorithm).unwrap();
                assert_eq!(small, picture(7, 5, layout, pixel), "{algorithm:?}");
            }
        }
    }

    #[test]
    fn the_colour_of_transparent_pixels_does_not_bleed() {
        // Columns of opaque white beside columns of fully transparent red.
        let pixels = [[255, 255, 255, 255], [255, 0, 0, 0]].concat().repeat(8 * 8);
        let striped = Picture::new(Dimensions::new(16, 8), PixelLayout::Rgba, pixels).unwrap();
        let small = resize(striped, Dimensions::new(4, 2), ResizeAlgorithm::Thumbnail).unwrap();
        for pixel in small.pixels().chunks_exact(4) {
            assert_eq!(pixel[..3], [255, 255, 255]);
            assert!((126..=129).contains(&pixel[3]));
        }
    }
}
