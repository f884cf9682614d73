//! What a canvas is filled with that follows from the picture: the mean of its colours, or a blurred copy of it.
//!
//! The mean is that of encoded values, each weighed by its alpha; fractions are cut off. The copy is blurred by a Gaussian, and takes
//! the shape of the canvas. Source: the filter `fill` of thumbor.

use codec::{Picture, PixelLayout};

use super::Between;
use super::blur::{blur, held_beside};
use super::resize::resize;
use crate::pipeline::RenderError;
use crate::request::{Dimensions, ResizeAlgorithm, Sigma};

/// The mean colour; gray where the picture is. Of what is transparent everywhere it is nothing.
pub(super) fn mean(picture: &Picture) -> [u8; 4] {
    let pixels = picture.pixels();
    match picture.layout() {
        PixelLayout::Gray => weighed(pixels.as_chunks::<1>().0),
        PixelLayout::Rgb => weighed(pixels.as_chunks::<3>().0),
        PixelLayout::Rgba => weighed(pixels.as_chunks::<4>().0),
    }
}

fn weighed<const CHANNELS: usize>(pixels: &[[u8; CHANNELS]]) -> [u8; 4] {
    let (mut sums, mut all) = ([0_u64; 3], 0_u64);
    for pixel in pixels {
        let weight = u64::from(pixel.get(3).copied().unwrap_or(u8::MAX));
        all += weight;
        sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += weight * u64::from(*value));
    }
    let [red, green, blue] = sums.map(|sum| sum.checked_div(all).unwrap_or_default() as u8);
    [red, green, blue, if all > 0 { u8::MAX } else { 0 }]
}

/// A copy that is blurred and has these dimensions.
pub(super) fn blurred(picture: &Picture, sigma: Sigma, dimensions: Dimensions) -> Result<Picture, RenderError> {
    resize(blur(picture, sigma.pixels())?, dimensions, ResizeAlgorithm::Lanczos3)
}

/// The most bytes that such a copy takes at any time, the picture and the canvas among them.
pub(super) fn held(picture: Dimensions, canvas: Dimensions, sigma: Sigma) -> u64 {
    let of = |dimensions: Dimensions| Between { dimensions, pixel_bytes: 4 };
    let (picture, halfway) = (of(picture), of(Dimensions::new(canvas.width, picture.height)));
    let blurring = picture.bytes() * 2 + held_beside(picture, sigma.pixels());
    let resizing = picture.bytes() * 3 + halfway.bytes() + of(canvas).bytes();
    blurring.max(resizing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, layout: PixelLayout, pixels: &[u8]) -> Picture {
        let height = (pixels.len() / layout.channels()) as u32 / width;
        Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap()
    }

    #[test]
    fn a_mean_is_weighed_by_what_is_to_be_seen() {
        let of = |layout, pixels: &[u8]| mean(&picture(2, layout, pixels));
        assert_eq!(of(PixelLayout::Gray, &[10, 21])[..1], [15]);
        assert_eq!(of(PixelLayout::Rgb, &[10, 0, 255, 20, 100, 255]), [15, 50, 255, 255]);
        assert_eq!(of(PixelLayout::Rgba, &[10, 0, 255, 255, 200, 100, 0, 0]), [10, 0, 255, 255]);
        assert_eq!(of(PixelLayout::Rgba, &[30, 0, 0, 200, 0, 30, 0, 100]), [20, 10, 0, 255]);
        assert_eq!(of(PixelLayout::Rgba, &[10, 20, 30, 0, 200, 100, 0, 0]), [0; 4]);
    }

    #[test]
    fn a_copy_is_blurred_and_has_the_shape_of_the_canvas() {
        let halves: Vec<u8> = (0..40 * 10).map(|at| if at % 40 < 20 { 0 } else { 200 }).collect();
        let sigma = Sigma::parse("6").unwrap();
        let copy = blurred(&picture(40, PixelLayout::Gray, &halves), sigma, Dimensions::new(20, 60)).unwrap();
        assert_eq!((copy.dimensions(), copy.layout()), (Dimensions::new(20, 60), PixelLayout::Gray));
        let row = &copy.pixels()[20 * 30..20 * 31];
        assert!(row.is_sorted() && row[0] < 10 && row[19] > 190, "{row:?}");
        assert!(row[9].abs_diff(100) < 25 && row[10].abs_diff(100) < 25, "{row:?}");
        let (small, canvas) = (Dimensions::new(40, 10), Dimensions::new(20, 60));
        assert!(held(small, canvas, sigma) >= 4 * (small.pixels() * 2 + canvas.pixels()));
    }
}
