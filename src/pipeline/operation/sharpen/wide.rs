//! The one with a deviation: luma by what a Gaussian takes away, all channels by as much. Differences of less than two in a
//! hundred are added as they are, what is beyond them twice, so that noise is not made more of than edges; nothing gets
//! lighter by more than ten in a hundred, or darker by more than twenty. Source: sharp's `sharpen({sigma})`, which is
//! `vips_sharpen` with these numbers on the lightness of CIE Lab; here luma (ITU-R BT.601) stands for it.

use codec::{Picture, PixelLayout};

use super::super::blur::gaussian;
use super::super::channels::repainted;
use crate::pipeline::RenderError;

/// A level of eight bits, in the planes that are blurred: with as much of a fraction as [`super::super::kernel`] takes.
const LEVEL_BITS: u32 = 7;
const LEVEL: i32 = 1 << LEVEL_BITS;
/// A hundredth of white.
const HUNDREDTH: i32 = 255 * LEVEL / 100;
/// Up to here a difference is noise rather than an edge.
const FLAT: i32 = 2 * HUNDREDTH;
const MOST_LIGHTER: i32 = 10 * HUNDREDTH;
const MOST_DARKER: i32 = 20 * HUNDREDTH;

pub(super) fn sharpened(picture: Picture, sigma: f64) -> Result<Picture, RenderError> {
    let layout = picture.layout();
    let blurred = match layout {
        PixelLayout::Gray => plane::<1>(&picture, sigma, luma),
        PixelLayout::Rgb => plane::<3>(&picture, sigma, luma),
        PixelLayout::Rgba => around_what_is_seen(&picture, sigma),
    };
    repainted(picture, layout, |mut pixels| {
        match layout {
            PixelLayout::Gray => apply::<1>(&mut pixels, &blurred),
            PixelLayout::Rgb => apply::<3>(&mut pixels, &blurred),
            PixelLayout::Rgba => apply::<4>(&mut pixels, &blurred),
        }
        pixels
    })
}

/// What is read of each pixel, blurred.
fn plane<const CHANNELS: usize>(picture: &Picture, sigma: f64, read: impl Fn(&[u8; CHANNELS]) -> u16) -> Vec<u16> {
    let (pixels, _) = picture.pixels().as_chunks::<CHANNELS>();
    let read: Vec<[u16; 1]> = pixels.iter().map(|pixel| [read(pixel)]).collect();
    gaussian(&read, picture.dimensions(), sigma).into_flattened()
}

/// The luma around each pixel, each as far as it is seen.
fn around_what_is_seen(picture: &Picture, sigma: f64) -> Vec<u16> {
    let mut lumas = plane::<4>(picture, sigma, |pixel| {
        let [.., alpha] = *pixel;
        (u32::from(luma(pixel)) * u32::from(alpha) / 255) as u16
    });
    let alphas = plane::<4>(picture, sigma, |[.., alpha]| u16::from(*alpha) << LEVEL_BITS);
    for (luma, alpha) in lumas.iter_mut().zip(alphas) {
        // Luma goes up to 255 levels, alpha to as much.
        let seen = (u32::from(*luma) * (255 << LEVEL_BITS)).checked_div(alpha.into());
        *luma = u16::try_from(seen.unwrap_or_default()).unwrap_or(u16::MAX);
    }
    lumas
}

/// In fractions of a [`LEVEL`].
fn luma<const CHANNELS: usize>(pixel: &[u8; CHANNELS]) -> u16 {
    match *pixel.as_slice() {
        // BT.601 weights in 1/65536, as in `operation/gray.rs`.
        [red, green, blue, ..] => {
            ((u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471) >> (16 - LEVEL_BITS))
                as u16
        }
        [gray, ..] => u16::from(gray) << LEVEL_BITS,
        [] => 0,
    }
}

fn apply<const CHANNELS: usize>(pixels: &mut [u8], blurred: &[u16]) {
    let (pixels, _) = pixels.as_chunks_mut::<CHANNELS>();
    for (pixel, blurred) in pixels.iter_mut().zip(blurred) {
        let added = added(i32::from(luma(pixel)) - i32::from(*blurred));
        let levels = (added + LEVEL / 2) >> LEVEL_BITS;
        for channel in pixel.iter_mut().take(3) {
            *channel = (i32::from(*channel) + levels).clamp(0, 255) as u8;
        }
    }
}

fn added(difference: i32) -> i32 {
    let flat = difference.clamp(-FLAT, FLAT);
    (flat + (difference - flat) * 2).clamp(-MOST_DARKER, MOST_LIGHTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    fn through(layout: PixelLayout, width: u32, pixels: &[u8], sigma: f64) -> Vec<u8> {
        let height = pixels.len() as u32 / width / layout.channels() as u32;
        let picture = Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap();
        sharpened(picture, sigma).unwrap().into_pixels()
    }

    #[test]
    fn small_differences_are_added_once_and_large_ones_twice_up_to_a_bound() {
        let levels = |difference: i32| added(difference * LEVEL) / LEVEL;
        assert_eq!([3, -3, 10, -10].map(levels), [3, -3, 14, -14]);
        assert_eq!([100, -100].map(levels), [25, -50]);
    }

    #[test]
    fn an_edge_gets_steeper_and_flat_parts_stay() {
        let row: Vec<u8> = (0..60).map(|x| if x < 30 { 100 } else { 120 }).collect();
        // The numbers of sharp 0.35.5.
        for (sigma, expected) in [
            (1.0, [100, 99, 93, 127, 121, 120]),
            (2.0, [98, 96, 89, 131, 125, 122]),
            (5.0, [93, 90, 87, 134, 130, 127]),
        ] {
            let sharp = through(PixelLayout::Gray, 60, &row.repeat(10), sigma);
            let is_close = sharp[27..33].iter().zip(expected).all(|(got, expected)| got.abs_diff(expected) <= 3);
            assert!(is_close, "{sigma}: {:?}", &sharp[27..33]);
            assert!(sigma > 4.0 || sharp[..15] == [100; 15] && sharp[45..60] == [120; 15]);
        }
    }

    #[test]
    fn colours_move_together() {
        let row: Vec<u8> = (0..60).flat_map(|x| if x < 30 { [50, 100, 150] } else { [70, 120, 170] }).collect();
        let sharp = through(PixelLayout::Rgb, 60, &row.repeat(4), 1.0);
        for pixel in sharp.chunks(3) {
            assert_eq!([pixel[1] - pixel[0], pixel[2] - pixel[1]], [50, 50]);
        }
    }

    #[test]
    fn one_colour_stays_itself_beside_transparency_and_however_small() {
        let pixels: Vec<u8> =
            (0..160_u8).flat_map(|x| if x % 16 < 8 { [200, 10, 90, 255] } else { [255, 255, 255, 0] }).collect();
        for sigma in [0.5, 2.0, 25.0] {
            let sharp = through(PixelLayout::Rgba, 16, &pixels, sigma);
            for (pixel, expected) in sharp.chunks(4).zip(pixels.chunks(4)).filter(|(pixel, _)| pixel[3] > 0) {
                assert_eq!(pixel, expected, "{sigma}");
            }
        }
        assert_eq!(through(PixelLayout::Rgb, 1, &[1, 2, 3], 40.0), [1, 2, 3]);
    }
}
