//! `Blur`: a Gaussian, in the encoded (sRGB) space, alpha premultiplied; edges are continued.

use codec::{CodecError, Picture, PixelLayout};
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};
use libblur::{
    BlurImage, BlurImageMut, ConvolutionMode, EdgeMode, EdgeMode2D, FastBlurChannels, GaussianBlurParams,
    ThreadingPolicy, gaussian_blur, gaussian_blur_u16,
};

use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Dimensions;
use crate::request::step::Blur;

/// Up to this sigma a picture is convolved as it is. What is blurred more has no detail that a smaller picture does not
/// hold as well, and there a pixel of the kernel does the work of many.
const MAX_DIRECT_SIGMA: f64 = 10.0;
/// How far a kernel reaches, in sigmas: what lies beyond is less than a level of 8 bits.
const REACH: f64 = 3.2;
/// The sigma that is left to do on the smaller picture, at least.
const MIN_REDUCED_SIGMA: f64 = 7.0;

impl Work for Blur {
    fn stage(&self) -> Stage {
        Stage::Blur
    }

    /// A premultiplied copy, one that is blurred in one direction, and the result.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 4)
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        blur(&picture, self.sigma.pixels())
    }
}

fn blur(picture: &Picture, sigma: f64) -> Result<Picture, RenderError> {
    let (dimensions, layout) = (picture.dimensions(), picture.layout());
    let pixel_type = match layout {
        PixelLayout::Gray => PixelType::U8,
        PixelLayout::Rgb => PixelType::U8x3,
        PixelLayout::Rgba => PixelType::U8x4,
    };
    let (Dimensions { width, height }, pixels) = (dimensions, picture.pixels().to_vec());
    let mut image = Image::from_vec_u8(width, height, pixels, pixel_type).map_err(failed)?;
    if layout.has_alpha() {
        MulDiv::new().multiply_alpha_inplace(&mut image).map_err(failed)?;
    }
    let mut blurred = blurred(image, sigma)?;
    if layout.has_alpha() {
        MulDiv::new().divide_alpha_inplace(&mut blurred).map_err(failed)?;
    }
    let blurred = Picture::new(dimensions, layout, blurred.into_vec());
    let blurred = blurred.ok_or_else(|| failed("the pixels do not fill the picture"))?;
    Ok(blurred.in_colours(picture.colours().clone()))
}

/// A Gaussian of numbers of 16 bits, a row after the other.
///
/// # Errors
/// A library fails.
pub(super) fn gaussian(plane: Vec<u16>, dimensions: Dimensions, sigma: f64) -> Result<Vec<u16>, RenderError> {
    let mut image = Image::new(dimensions.width, dimensions.height, PixelType::U16);
    write(&plane, &mut image);
    drop(plane);
    blurred(image, sigma).map(|blurred| read(&blurred))
}

fn read(image: &Image<'_>) -> Vec<u16> {
    image.buffer().as_chunks().0.iter().map(|bytes| u16::from_ne_bytes(*bytes)).collect()
}

fn write(plane: &[u16], image: &mut Image<'_>) {
    let (samples, _) = image.buffer_mut().as_chunks_mut();
    samples.iter_mut().zip(plane).for_each(|(bytes, sample)| *bytes = sample.to_ne_bytes());
}

fn blurred(image: Image<'static>, sigma: f64) -> Result<Image<'static>, RenderError> {
    let reduction = if sigma <= MAX_DIRECT_SIGMA { 1 } else { (sigma / MIN_REDUCED_SIGMA) as u32 };
    if reduction == 1 {
        return convolved(&image, sigma, sigma);
    }
    let (width, height) = (image.width(), image.height());
    let [small_width, small_height] = [width, height].map(|side| side.div_ceil(reduction));
    let small = scaled(&image, small_width, small_height, FilterType::Box)?;
    let [across, down] = [(width, small_width), (height, small_height)].map(|sides| sigma_left(sigma, sides));
    scaled(&convolved(&small, across, down)?, width, height, FilterType::CatmullRom)
}

/// The sigma that remains, in pixels of the smaller picture, where averaging squares has blurred it already: variances add
/// up, and that of a square of side n is (n² - 1) / 12. Growing by cubic convolution adds none.
fn sigma_left(sigma: f64, (side, small_side): (u32, u32)) -> f64 {
    let square = f64::from(side) / f64::from(small_side.max(1));
    (sigma * sigma - (square * square - 1.0) / 12.0).max(1.0).sqrt() / square
}

fn scaled(image: &Image<'_>, width: u32, height: u32, filter: FilterType) -> Result<Image<'static>, RenderError> {
    let mut target = Image::new(width, height, image.pixel_type());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    Resizer::new().resize(image, &mut target, &options).map_err(failed)?;
    Ok(target)
}

fn convolved(image: &Image<'_>, across: f64, down: f64) -> Result<Image<'static>, RenderError> {
    let (width, height, pixel_type) = (image.width(), image.height(), image.pixel_type());
    let channels = match pixel_type {
        PixelType::U8 | PixelType::U16 => FastBlurChannels::Plane,
        PixelType::U8x3 => FastBlurChannels::Channels3,
        _ => FastBlurChannels::Channels4,
    };
    let mut target = Image::new(width, height, pixel_type);
    let [x_kernel, y_kernel] = [across, down].map(|sigma| 2 * (sigma * REACH).ceil() as u32 + 1);
    let params = GaussianBlurParams { x_kernel, x_sigma: across, y_kernel, y_sigma: down };
    let edges = EdgeMode2D::new(EdgeMode::Clamp);
    // Its whole numbers lose up to two levels where a kernel is wide.
    let mode = ConvolutionMode::Exact;
    if pixel_type == PixelType::U16 {
        let (plane, mut blurred) = (read(image), vec![0; image.buffer().len() / 2]);
        let source = BlurImage::borrow(&plane, width, height, channels);
        let mut sink = BlurImageMut::borrow(&mut blurred, width, height, channels);
        gaussian_blur_u16(&source, &mut sink, params, edges, ThreadingPolicy::Single, mode).map_err(failed)?;
        write(&blurred, &mut target);
    } else {
        let source = BlurImage::borrow(image.buffer(), width, height, channels);
        let mut sink = BlurImageMut::borrow(target.buffer_mut(), width, height, channels);
        gaussian_blur(&source, &mut sink, params, edges, ThreadingPolicy::Single, mode).map_err(failed)?;
    }
    Ok(target)
}

fn failed(error: impl ToString) -> RenderError {
    RenderError::operation("blur", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Gaussian of a row, in double precision, edges continued.
    fn reference(row: &[u8], sigma: f64) -> Vec<f64> {
        let reach = (sigma * 5.0).ceil() as i64;
        let weight = |distance: i64| (-(distance * distance) as f64 / (2.0 * sigma * sigma)).exp();
        let sum: f64 = (-reach..=reach).map(weight).sum();
        let at = |index: i64| f64::from(row[index.clamp(0, row.len() as i64 - 1) as usize]);
        let blurred =
            |centre: i64| (-reach..=reach).map(|distance| weight(distance) * at(centre + distance)).sum::<f64>();
        (0..row.len() as i64).map(|centre| blurred(centre) / sum).collect()
    }

    fn rows(row: &[u8], height: u32, layout: PixelLayout) -> Picture {
        let dimensions = Dimensions::new((row.len() / layout.channels()) as u32, height);
        Picture::new(dimensions, layout, row.repeat(height as usize)).unwrap()
    }

    #[test]
    fn an_edge_becomes_the_slope_of_a_gaussian() {
        let row: Vec<u8> = (0..400).map(|x| if (x / 100) % 2 == 0 { 20 } else { 230 }).collect();
        for sigma in [0.5, 1.0, 3.0, 7.9, 8.1, 12.0, 30.0, 80.0] {
            let expected = reference(&row, sigma);
            let blurred = blur(&rows(&row, 40, PixelLayout::Gray), sigma).unwrap();
            let worst = blurred.pixels()[400 * 20..400 * 21].iter().zip(&expected);
            let worst = worst.map(|(got, expected)| (f64::from(*got) - expected).abs()).fold(0.0, f64::max);
            assert!(worst <= 2.0, "sigma {sigma}: off by {worst}");
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_however_small_it_is() {
        for (width, height, sigma) in [(1, 1, 30.0), (3, 2, 1.0), (7, 5, 500.0), (40, 30, 9.0)] {
            for (layout, pixel) in [
                (PixelLayout::Gray, &[77][..]),
                (PixelLayout::Rgb, &[10, 128, 250]),
                (PixelLayout::Rgba, &[10, 128, 250, 255]),
            ] {
                let flat = rows(&pixel.repeat(width), height, layout);
                assert_eq!(blur(&flat, sigma).unwrap(), flat, "{width}x{height} {sigma} {layout:?}");
            }
        }
    }

    #[test]
    fn the_colour_of_transparent_pixels_does_not_bleed() {
        let row: Vec<u8> = (0..64).flat_map(|x| if x < 32 { [255, 255, 255, 255] } else { [255, 0, 0, 0] }).collect();
        let blurred = blur(&rows(&row, 8, PixelLayout::Rgba), 3.0).unwrap();
        for pixel in blurred.pixels().chunks_exact(4).filter(|pixel| pixel[3] > 0) {
            assert_eq!(pixel[..3], [255, 255, 255], "{pixel:?}");
        }
    }
}
