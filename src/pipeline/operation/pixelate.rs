//! `Pixelate`: every pixel becomes the mean of its square, alpha premultiplied. Squares at the right and at the bottom may
//! be cut off: then it is the mean of what there is of them.

use codec::{CodecError, Picture, PixelLayout};

use super::channels::repainted;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Pixelate;

impl Work for Pixelate {
    fn stage(&self) -> Stage {
        Stage::Pixelate
    }

    /// The picture, perhaps a copy of it, and the sums of a row of squares.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2 + u64::from(before.dimensions.width) * size_of::<[u64; 4]>() as u64)
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        pixelated(picture, self.side.get() as usize)
    }
}

fn pixelated(picture: Picture, side: usize) -> Result<Picture, RenderError> {
    match picture.layout() {
        PixelLayout::Gray => squared::<1>(picture, side, plain_sum, plain_mean),
        PixelLayout::Rgb => squared::<3>(picture, side, plain_sum, plain_mean),
        PixelLayout::Rgba => squared::<4>(picture, side, weighed_sum, weighed_mean),
    }
}

fn squared<const CHANNELS: usize>(
    picture: Picture,
    side: usize,
    sum: impl Fn(&[[u8; CHANNELS]]) -> [u64; CHANNELS],
    mean: impl Fn([u64; CHANNELS], u64) -> [u8; CHANNELS],
) -> Result<Picture, RenderError> {
    let (width, layout) = (picture.dimensions().width as usize, picture.layout());
    repainted(picture, layout, |mut pixels| {
        let mut squares = vec![[0; CHANNELS]; width.div_ceil(side)];
        let (all, _) = pixels.as_chunks_mut::<CHANNELS>();
        for band in all.chunks_mut(width * side) {
            squares.fill([0; CHANNELS]);
            for row in band.chunks_exact(width) {
                for (square, part) in squares.iter_mut().zip(row.chunks(side)) {
                    square.iter_mut().zip(sum(part)).for_each(|(square, part)| *square += part);
                }
            }
            let height = (band.len() / width) as u64;
            let (first, others) = band.split_at_mut(width);
            for (square, part) in squares.iter().zip(first.chunks_mut(side)) {
                part.fill(mean(*square, height * part.len() as u64));
            }
            others.chunks_exact_mut(width).for_each(|row| row.copy_from_slice(first));
        }
        pixels
    })
}

fn plain_sum<const CHANNELS: usize>(pixels: &[[u8; CHANNELS]]) -> [u64; CHANNELS] {
    // A row of a square has at most 2^24 pixels.
    let mut sums = [0_u32; CHANNELS];
    for pixel in pixels {
        sums.iter_mut().zip(pixel).for_each(|(sum, channel)| *sum += u32::from(*channel));
    }
    sums.map(u64::from)
}

fn plain_mean<const CHANNELS: usize>(sums: [u64; CHANNELS], count: u64) -> [u8; CHANNELS] {
    sums.map(|sum| nearest(sum, count))
}

/// Colours as far as they are seen, and alpha.
fn weighed_sum(pixels: &[[u8; 4]]) -> [u64; 4] {
    let mut sums = [0_u64; 4];
    for [red, green, blue, alpha] in pixels {
        let weight = u64::from(*alpha);
        let weighed = [red, green, blue].map(|channel| u64::from(*channel) * weight);
        sums.iter_mut().zip(weighed.into_iter().chain([weight])).for_each(|(sum, part)| *sum += part);
    }
    sums
}

fn weighed_mean([red, green, blue, alpha]: [u64; 4], count: u64) -> [u8; 4] {
    let colour = |sum| nearest(sum, alpha);
    [colour(red), colour(green), colour(blue), nearest(alpha, count)]
}

/// Of nothing, nothing.
fn nearest(sum: u64, count: u64) -> u8 {
    (sum + count / 2).checked_div(count).unwrap_or_default() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    fn squares(layout: PixelLayout, width: u32, side: usize, pixels: &[u8]) -> Vec<u8> {
        let height = pixels.len() as u32 / width / layout.channels() as u32;
        let picture = Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap();
        pixelated(picture, side).unwrap().into_pixels()
    }

    #[test]
    fn a_square_has_one_colour_and_those_at_the_edges_are_smaller() {
        #[rustfmt::skip]
        let pixels = [
            10, 20,  7,
            30, 40,  9,
            50, 60, 99,
        ];
        #[rustfmt::skip]
        let expected = [
            25, 25,  8,
            25, 25,  8,
            55, 55, 99,
        ];
        assert_eq!(squares(PixelLayout::Gray, 3, 2, &pixels), expected);
        assert_eq!(squares(PixelLayout::Gray, 3, 9000, &pixels), [36; 9]);
        let colours = [0, 100, 255, 10, 101, 255];
        assert_eq!(squares(PixelLayout::Rgb, 2, 2, &colours), [5, 101, 255, 5, 101, 255]);
    }

    #[test]
    fn what_is_not_seen_has_no_say() {
        let pixels = [200, 100, 0, 255, 9, 9, 9, 0];
        assert_eq!(squares(PixelLayout::Rgba, 2, 2, &pixels), [200, 100, 0, 128, 200, 100, 0, 128]);
        assert_eq!(squares(PixelLayout::Rgba, 1, 2, &[9, 9, 9, 0]), [0; 4]);
    }
}
