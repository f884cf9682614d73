//! The mild one: each channel by the mean of three by three pixels, `value + 3/8 * (value - mean)`. Source: sharp's
//! `sharpen()` without parameters, a convolution with -1 around 32, over 24. At the edges the outermost pixels go on.

use codec::{Picture, PixelLayout};

use super::super::channels::repainted;
use crate::pipeline::RenderError;

/// The rows that a row is made of: that above, itself, that below.
type Rows<'a> = [&'a [u8]; 3];

pub(super) fn sharpened(picture: Picture) -> Result<Picture, RenderError> {
    let (width, layout) = (picture.dimensions().width as usize, picture.layout());
    repainted(picture, layout, |pixels| match layout {
        PixelLayout::Gray => row_by_row(pixels, width, opaque::<1>(width)),
        PixelLayout::Rgb => row_by_row(pixels, width * 3, opaque::<3>(width)),
        PixelLayout::Rgba => row_by_row(pixels, width * 4, transparent(width)),
    })
}

fn row_by_row(mut pixels: Vec<u8>, row_bytes: usize, mut sharpen: impl FnMut(&mut [u8], Rows<'_>)) -> Vec<u8> {
    let first = pixels.get(..row_bytes).unwrap_or_default();
    let (mut above, mut here) = (first.to_vec(), first.to_vec());
    let mut rest = pixels.as_mut_slice();
    while let Some((row, others)) = rest.split_at_mut_checked(row_bytes) {
        here.copy_from_slice(row);
        let below = others.get(..row_bytes).unwrap_or(&here);
        sharpen(row, [&above, &here, below]);
        std::mem::swap(&mut above, &mut here);
        rest = others;
    }
    pixels
}

/// Sharpens rows of so many pixels without alpha.
fn opaque<const CHANNELS: usize>(width: usize) -> impl FnMut(&mut [u8], Rows<'_>) {
    // The sums of columns of three, and one pixel more at both ends.
    let mut columns = vec![0_u16; (width + 2) * CHANNELS];
    move |row, [above, here, below]| {
        let sums = columns.iter_mut().skip(CHANNELS).zip(above).zip(here).zip(below);
        sums.for_each(|(((sum, above), here), below)| *sum = u16::from(*above) + u16::from(*here) + u16::from(*below));
        columns.copy_within(CHANNELS..2 * CHANNELS, 0);
        columns.copy_within(width * CHANNELS..(width + 1) * CHANNELS, (width + 1) * CHANNELS);
        let [left, middle, right] = [0, 1, 2].map(|offset| columns.get(offset * CHANNELS..).unwrap_or_default());
        for ((((channel, here), left), middle), right) in row.iter_mut().zip(here).zip(left).zip(middle).zip(right) {
            let sum = i32::from(left + middle + right);
            // Times 2^20 over 24: exact for what is divided here.
            let sharp = ((i32::from(*here) * 33 - sum + 12).max(0) * 43_691) >> 20;
            *channel = sharp.min(255) as u8;
        }
    }
}

/// Sharpens rows of so many pixels whose neighbours count as far as they are seen.
fn transparent(width: usize) -> impl FnMut(&mut [u8], Rows<'_>) {
    // Colours times alpha, and alpha.
    let mut columns = vec![[0_u32; 4]; width + 2];
    move |row, rows| {
        let [above, here, below] = rows.map(|row| row.as_chunks::<4>().0);
        let sums = columns.iter_mut().skip(1).zip(above).zip(here).zip(below);
        for (((sum, above), here), below) in sums {
            *sum = [0; 4];
            for [red, green, blue, alpha] in [above, here, below] {
                let alpha = u32::from(*alpha);
                let weighed = [u32::from(*red) * alpha, u32::from(*green) * alpha, u32::from(*blue) * alpha, alpha];
                sum.iter_mut().zip(weighed).for_each(|(sum, part)| *sum += part);
            }
        }
        columns.copy_within(1..2, 0);
        columns.copy_within(width..=width, width + 1);
        let (pixels, _) = row.as_chunks_mut::<4>();
        for (pixel, columns) in pixels.iter_mut().zip(columns.windows(3)) {
            let mut sum = [0_u32; 4];
            columns.iter().flatten().zip((0..4).cycle()).for_each(|(part, at)| {
                sum.get_mut(at).into_iter().for_each(|sum: &mut u32| *sum += part);
            });
            let [.., seen] = sum;
            // Where nothing is seen all around, the colours are nobody's.
            let per_seen = if seen == 0 { continue } else { 1.0 / seen as f32 };
            for (channel, sum) in pixel.iter_mut().zip(sum).take(3) {
                let value = f32::from(*channel);
                *channel = (value + (value - sum as f32 * per_seen) * 0.375 + 0.5) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    fn through(layout: PixelLayout, width: u32, pixels: &[u8]) -> Vec<u8> {
        let height = pixels.len() as u32 / width / layout.channels() as u32;
        let picture = Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap();
        sharpened(picture).unwrap().into_pixels()
    }

    #[test]
    fn a_pixel_moves_away_from_its_neighbours() {
        let pixels = [100, 100, 100, 100, 124, 100, 100, 100, 100];
        // 33 times 124 less the sum of all nine, over 24.
        assert_eq!(through(PixelLayout::Gray, 3, &pixels), [99, 99, 99, 99, 132, 99, 99, 99, 99]);
        let colours: Vec<u8> = pixels.iter().flat_map(|gray| [*gray, 255 - *gray, 7]).collect();
        let expected: Vec<u8> = through(PixelLayout::Gray, 3, &pixels)
            .iter()
            .zip(through(PixelLayout::Gray, 3, &pixels.map(|gray| 255 - gray)))
            .flat_map(|(red, green)| [*red, green, 7])
            .collect();
        assert_eq!(through(PixelLayout::Rgb, 3, &colours), expected);
    }

    #[test]
    fn what_is_opaque_is_sharpened_alike_with_and_without_alpha() {
        let pixels: Vec<u8> = (0..30 * 20 * 3_u32).map(|index| (index * 7919 % 256) as u8).collect();
        let with_alpha: Vec<u8> = pixels.chunks(3).flat_map(|colour| [colour[0], colour[1], colour[2], 255]).collect();
        let expected = through(PixelLayout::Rgb, 30, &pixels);
        for (pixel, expected) in through(PixelLayout::Rgba, 30, &with_alpha).chunks(4).zip(expected.chunks(3)) {
            assert!(pixel.iter().zip(expected).all(|(one, other)| one.abs_diff(*other) <= 1), "{pixel:?} {expected:?}");
            assert_eq!(pixel[3], 255);
        }
    }

    #[test]
    fn one_colour_stays_itself_beside_transparency_and_however_small() {
        let pixels: Vec<u8> =
            (0..64_u8).flat_map(|x| [[200, 10, 90, x * 4], [0, 255, 0, 0]][usize::from(x % 3 == 0)]).collect();
        let expected: Vec<u8> = pixels.clone();
        let sharp = through(PixelLayout::Rgba, 8, &pixels);
        for (pixel, expected) in sharp.chunks(4).zip(expected.chunks(4)).filter(|(pixel, _)| pixel[3] > 0) {
            assert_eq!(pixel, expected);
        }
        for layout in [PixelLayout::Gray, PixelLayout::Rgb, PixelLayout::Rgba] {
            let pixel = vec![255; layout.channels()];
            assert_eq!(through(layout, 1, &pixel), pixel);
        }
    }
}
