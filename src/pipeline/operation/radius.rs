//! `Radius`: round corners. A pixel is weighed by how much of it lies within the circle of its corner.

use codec::{CodecError, Picture, PixelLayout};

use super::channels::{WITH_ALPHA, repainted, with_alpha};
use super::mask::surrounded;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Paint;
use crate::request::step::Radius;

impl Work for Radius {
    fn stage(&self) -> Stage {
        Stage::Radius
    }

    fn held(&self, before: Between, after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + after.bytes())
    }

    fn pixel_bytes_after(&self, _before: u64) -> u64 {
        WITH_ALPHA
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        rounded(picture, self.corners, self.surround)
    }
}

/// With corners of these radii, in thousandths of a pixel, from the upper left clockwise.
fn rounded(picture: Picture, corners: [u32; 4], surround: Paint) -> Result<Picture, RenderError> {
    let width = picture.dimensions().width as usize;
    let [upper_left, upper_right, lower_right, lower_left] = corners.map(|radius| f64::from(radius) / 1000.0);
    repainted(with_alpha(picture), PixelLayout::Rgba, |mut pixels| {
        let (all, _) = pixels.as_chunks_mut::<4>();
        for (y, row) in all.chunks_exact_mut(width).enumerate() {
            cut(row.iter_mut(), upper_left, y, surround);
            cut(row.iter_mut().rev(), upper_right, y, surround);
        }
        for (y, row) in all.chunks_exact_mut(width).rev().enumerate() {
            cut(row.iter_mut(), lower_left, y, surround);
            cut(row.iter_mut().rev(), lower_right, y, surround);
        }
        pixels
    })
}

/// Cuts off what is beyond a corner in a row that is so many rows away from it; the pixels begin at the corner.
fn cut<'a>(row: impl Iterator<Item = &'a mut [u8; 4]>, radius: f64, y: usize, surround: Paint) {
    // From the centre of the circle to the centre of the pixel.
    let down = radius - (y as f64 + 0.5);
    if down <= 0.0 {
        return;
    }
    for (x, pixel) in row.enumerate() {
        let across = radius - (x as f64 + 0.5);
        // How far the circle reaches beyond the centre of the pixel, which is half a pixel from its edge.
        let within = radius - across.hypot(down);
        if across <= 0.0 || within >= 0.5 {
            return;
        }
        surrounded(pixel, (within + 0.5).max(0.0), surround);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    fn alphas(width: u32, height: u32, corners: [u32; 4]) -> Vec<u8> {
        let pixels = vec![9; (width * height) as usize];
        let picture = Picture::new(Dimensions::new(width, height), PixelLayout::Gray, pixels).unwrap();
        rounded(picture, corners, Paint::CLEAR).unwrap().pixels().chunks_exact(4).map(|pixel| pixel[3]).collect()
    }

    #[test]
    fn a_circle_has_the_area_of_one() {
        for side in [9, 40, 101] {
            let alphas = alphas(side, side, [side * 500; 4]);
            let area = alphas.iter().map(|alpha| f64::from(*alpha) / 255.0).sum::<f64>();
            let expected = f64::from(side * side) * std::f64::consts::FRAC_PI_4;
            assert!((area / expected - 1.0).abs() < 0.01, "{side}: {area} for {expected}");
            let turned: Vec<_> = alphas.iter().rev().copied().collect();
            assert_eq!(alphas, turned);
        }
    }

    #[test]
    fn a_colour_is_in_the_corners_alone() {
        let picture = Picture::new(Dimensions::new(20, 10), PixelLayout::Rgba, [9, 9, 9, 100].repeat(200)).unwrap();
        let rounded = rounded(picture, [4000; 4], Paint([255, 0, 0, 255])).unwrap();
        let (pixels, _) = rounded.pixels().as_chunks::<4>();
        assert_eq!([pixels[0], pixels[105]], [[255, 0, 0, 255], [9, 9, 9, 100]]);
    }

    #[test]
    fn each_corner_is_its_own() {
        let corners = |corners| {
            let alphas = alphas(20, 10, corners);
            [0, 19, 199, 180].map(|index| alphas[index] == 0)
        };
        assert_eq!(corners([5000, 0, 0, 0]), [true, false, false, false]);
        assert_eq!(corners([0, 5000, 0, 0]), [false, true, false, false]);
        assert_eq!(corners([0, 0, 5000, 0]), [false, false, true, false]);
        assert_eq!(corners([0, 0, 0, 5000]), [false, false, false, true]);
    }

    #[test]
    fn edges_are_smooth_and_the_middle_stays() {
        let alphas = alphas(40, 40, [20_000; 4]);
        let shades = alphas.iter().filter(|alpha| (1..255).contains(*alpha)).count();
        assert!(shades > 60, "{shades}");
        assert_eq!(alphas[20 * 40 + 20], 255);
        assert_eq!(alphas[20], 253);
    }
}
