//! `Blur`: a Gaussian, in the encoded (sRGB) space, alpha premultiplied; edges are continued.

use codec::{CodecError, Picture, PixelLayout};
use fast_image_resize::images::Image;
use fast_image_resize::{MulDiv, PixelType};

use super::halves::{Frame, Sample, Samples, doubled, halved, sigma_left};
use super::kernel::{self, Convolved, Kernel};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Dimensions;
use crate::request::step::Blur;

/// What is blurred by this much or more has no detail that a picture of half the sides does not hold as well, where there is
/// a quarter of the pixels, and half of the kernel.
const MIN_HALVED_SIGMA: f64 = 2.5;
/// Halved again where as much is left: a pixel is small beside what is left then, and so is what rounding adds.
const MIN_HALVED_AGAIN_SIGMA: f64 = 8.0;

impl Work for Blur {
    fn stage(&self) -> Stage {
        Stage::Blur
    }

    /// The picture, and a premultiplied copy.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2 + held_beside(before, self.sigma.pixels()))
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        blur(&picture, self.sigma.pixels())
    }
}

/// Blurs it, by a standard deviation in pixels.
pub(super) fn blur(picture: &Picture, sigma: f64) -> Result<Picture, RenderError> {
    let (dimensions, layout, pixels) = (picture.dimensions(), picture.layout(), picture.pixels());
    let blurred = match layout {
        PixelLayout::Gray => gaussian(pixels.as_chunks::<1>().0, dimensions, sigma).into_flattened(),
        PixelLayout::Rgb => gaussian(pixels.as_chunks::<3>().0, dimensions, sigma).into_flattened(),
        PixelLayout::Rgba => {
            let mut image = image(pixels.to_vec(), dimensions)?;
            MulDiv::new().multiply_alpha_inplace(&mut image).map_err(failed)?;
            let blurred = gaussian(image.buffer().as_chunks::<4>().0, dimensions, sigma);
            drop(image);
            let mut image = self::image(blurred.into_flattened(), dimensions)?;
            MulDiv::new().divide_alpha_inplace(&mut image).map_err(failed)?;
            image.into_vec()
        }
    };
    let blurred = Picture::new(dimensions, layout, blurred);
    let blurred = blurred.ok_or_else(|| failed("the pixels do not fill the picture"))?;
    Ok(blurred.in_colours(picture.colours().clone()))
}

fn image(pixels: Vec<u8>, Dimensions { width, height }: Dimensions) -> Result<Image<'static>, RenderError> {
    Image::from_vec_u8(width, height, pixels, PixelType::U8x4).map_err(failed)
}

/// A Gaussian of what is premultiplied, in rows from the top left.
pub(super) fn gaussian<S: Sample + Convolved, const CHANNELS: usize>(
    pixels: &[[S; CHANNELS]],
    dimensions: Dimensions,
    sigma: f64,
) -> Vec<[S; CHANNELS]> {
    if sigma < MIN_HALVED_SIGMA {
        return convolved(pixels, dimensions, sigma);
    }
    let (square, left) = reduction(sigma);
    let (sides, frame) = framed(dimensions, square);
    let mut small = halved(pixels, sides, frame);
    small.samples = blurred_in_halves(&small, square / 2, left);
    doubled(&small, sides, frame)
}

/// The most bytes that a Gaussian takes beside what is blurred: the result, and either a few rows, or the picture of half the
/// sides, what comes of it, and all that is smaller.
pub(super) fn held_beside(picture: Between, sigma: f64) -> u64 {
    let width = picture.dimensions.width;
    if sigma < MIN_HALVED_SIGMA {
        return picture.bytes() + kernel::held_beside(width, picture.pixel_bytes, sigma);
    }
    let (square, left) = reduction(sigma);
    let (_, frame) = framed(picture.dimensions, square);
    let rows = kernel::held_beside((frame.width / square) as u32, picture.pixel_bytes, left);
    picture.bytes() + (frame.width * frame.height) as u64 * picture.pixel_bytes + rows
}

/// How many pixels square become one in the smallest picture, and the deviation that is left to do there.
fn reduction(sigma: f64) -> (usize, f64) {
    let (mut square, mut left) = (2, sigma_left(sigma));
    while left >= MIN_HALVED_AGAIN_SIGMA {
        left = sigma_left(left);
        square *= 2;
    }
    (square, left)
}

/// A frame so wide that the outermost pixel of the smallest picture is one that goes on.
fn framed(dimensions: Dimensions, square: usize) -> ((usize, usize), Frame) {
    let before = 2 * square;
    let [width, height] = [dimensions.width, dimensions.height].map(|side| side as usize);
    let [framed_width, framed_height] = [width, height].map(|side| (side + 2 * before).next_multiple_of(square));
    ((width, height), Frame { before, width: framed_width, height: framed_height })
}

/// Blurred by so much in pixels of squares of so many.
fn blurred_in_halves<S: Sample + Convolved, const CHANNELS: usize>(
    pixels: &Samples<S, CHANNELS>,
    square: usize,
    sigma: f64,
) -> Vec<[S; CHANNELS]> {
    let (width, height) = (pixels.width, pixels.height);
    if square < 2 {
        return convolved(&pixels.samples, Dimensions::new(width as u32, height as u32), sigma);
    }
    let frame = Frame { before: 0, width, height };
    let mut small = halved(&pixels.samples, (width, height), frame);
    small.samples = blurred_in_halves(&small, square / 2, sigma);
    doubled(&small, (width, height), frame)
}

fn convolved<S: Convolved, const CHANNELS: usize>(
    pixels: &[[S; CHANNELS]],
    dimensions: Dimensions,
    sigma: f64,
) -> Vec<[S; CHANNELS]> {
    let mut blurred = vec![[S::default(); CHANNELS]; pixels.len()];
    Kernel::of(sigma).convolve(pixels.as_flattened(), blurred.as_flattened_mut(), dimensions, CHANNELS);
    blurred
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
    fn an_edge_becomes_the_slope_of_a_gaussian_wherever_it_lies() {
        // The last one ends in a few columns of another colour, which go on beyond the edge.
        for (length, width, offset) in [(400, 100, 0), (401, 100, 1), (399, 31, 3), (400, 99, 0)] {
            let row: Vec<u8> = (0..length).map(|x| if ((x + offset) / width) % 2 == 0 { 20 } else { 230 }).collect();
            for sigma in [0.5, 1.0, 2.49, 2.5, 2.9, 3.0, 4.0, 5.99, 7.9, 8.1, 12.0, 30.0, 80.0] {
                let expected = reference(&row, sigma);
                let blurred = blur(&rows(&row, 40, PixelLayout::Gray), sigma).unwrap();
                let worst = blurred.pixels()[length * 20..length * 21].iter().zip(&expected);
                let worst = worst.map(|(got, expected)| (f64::from(*got) - expected).abs()).fold(0.0, f64::max);
                assert!(worst <= 2.0, "sigma {sigma}, {width} columns after {offset}: off by {worst}");
            }
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
