//! `Pixelate`: every pixel becomes the mean of its square, alpha premultiplied. Squares at the right and at the bottom may
//! be cut off: then it is the mean of what there is of them, or of that and of what a mirror at the edge shows.

use codec::{CodecError, Picture, PixelLayout};

use super::channels::repainted;
use super::pad::mirrored;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Pixelate;

impl Work for Pixelate {
    fn stage(&self) -> Stage {
        Stage::Pixelate
    }

    /// The picture, perhaps a copy of it, the sums of two rows of squares, and what is mirrored.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        let sums = u64::from(before.dimensions.width) * 2 * size_of::<[u64; 4]>() as u64;
        let mirrors = u64::from(before.dimensions.width) + u64::from(before.dimensions.height);
        Ok(before.bytes() * 2 + sums + mirrors * 2 * size_of::<u64>() as u64)
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let side = self.side.get();
        let side = if self.is_mirrored { side.min(picture.dimensions().longest_edge()) } else { side };
        pixelated(picture, side as usize, self.is_mirrored)
    }
}

fn pixelated(picture: Picture, side: usize, is_mirrored: bool) -> Result<Picture, RenderError> {
    match picture.layout() {
        PixelLayout::Gray => squared::<1>(picture, (side, is_mirrored), plain_sum, plain_mean),
        PixelLayout::Rgb => squared::<3>(picture, (side, is_mirrored), plain_sum, plain_mean),
        PixelLayout::Rgba => squared::<4>(picture, (side, is_mirrored), weighed_sum, weighed_mean),
    }
}

/// The last square along one edge, which may be cut off.
struct LastSquare {
    /// How often each place along the edge is in it, where something is mirrored; else empty.
    counts: Vec<u64>,
    /// How long it is.
    length: u64,
}

impl LastSquare {
    fn of(edge: usize, side: usize, is_mirrored: bool) -> Self {
        let whole = edge.next_multiple_of(side);
        let start = whole - side;
        if !is_mirrored || whole == edge {
            return Self { counts: Vec::new(), length: (edge - start) as u64 };
        }
        let mut counts = vec![0; edge];
        for place in start..whole {
            if let Some(count) = counts.get_mut(mirrored(place, 0, edge)) {
                *count += 1;
            }
        }
        Self { counts, length: side as u64 }
    }

    /// How often a place is in it that is not cut off anyway.
    fn count(&self, place: usize) -> u64 {
        self.counts.get(place).copied().unwrap_or_default()
    }
}

fn squared<const CHANNELS: usize>(
    picture: Picture,
    (side, is_mirrored): (usize, bool),
    sum: impl Fn(&[[u8; CHANNELS]]) -> [u64; CHANNELS],
    mean: impl Fn([u64; CHANNELS], u64) -> [u8; CHANNELS],
) -> Result<Picture, RenderError> {
    let (dimensions, layout) = (picture.dimensions(), picture.layout());
    let (width, height) = (dimensions.width as usize, dimensions.height as usize);
    let (right, bottom) = (LastSquare::of(width, side, is_mirrored), LastSquare::of(height, side, is_mirrored));
    // What a row adds to each of its squares.
    let add = |squares: &mut [[u64; CHANNELS]], row: &[[u8; CHANNELS]], times: u64| {
        let with_mirrors = || {
            let seen = row.iter().zip(&right.counts).filter(|(_, count)| **count > 0);
            seen.fold([0; CHANNELS], |all, (pixel, count)| plus(all, sum(std::slice::from_ref(pixel)), *count))
        };
        let last = squares.len().saturating_sub(1);
        for (number, (square, part)) in squares.iter_mut().zip(row.chunks(side)).enumerate() {
            let part = if number == last && !right.counts.is_empty() { with_mirrors() } else { sum(part) };
            *square = plus(*square, part, times);
        }
    };
    repainted(picture, layout, |mut pixels| {
        let mut squares = vec![[0; CHANNELS]; width.div_ceil(side)];
        // The last ones of all, with what is mirrored of others before those are painted over.
        let mut last = squares.clone();
        let (all, _) = pixels.as_chunks_mut::<CHANNELS>();
        for (number, band) in all.chunks_mut(width * side).enumerate() {
            squares.fill([0; CHANNELS]);
            for (row, place) in band.chunks_exact(width).zip(number * side..) {
                add(&mut squares, row, 1);
                if bottom.count(place) > 0 {
                    add(&mut last, row, bottom.count(place));
                }
            }
            let is_cut = band.len() < width * side;
            let (squares, tall) = match is_cut && !bottom.counts.is_empty() {
                true => (&last, bottom.length),
                false => (&squares, (band.len() / width) as u64),
            };
            let (first, others) = band.split_at_mut(width);
            let count = squares.len();
            for ((number, square), part) in (1..).zip(squares).zip(first.chunks_mut(side)) {
                let wide = if number == count { right.length } else { side as u64 };
                part.fill(mean(*square, tall * wide));
            }
            others.chunks_exact_mut(width).for_each(|row| row.copy_from_slice(first));
        }
        pixels
    })
}

/// A sum with another one, so many times.
fn plus<const CHANNELS: usize>(sum: [u64; CHANNELS], part: [u64; CHANNELS], times: u64) -> [u64; CHANNELS] {
    let mut sum = sum;
    sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part * times);
    sum
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
        pixelated(picture, side, false).unwrap().into_pixels()
    }

    /// The same of gray pixels, each written out, with what a mirror shows.
    fn squares_with_mirrors(width: u32, side: usize, pixels: &[u8]) -> Vec<u8> {
        let (wide, high) = (width as usize, pixels.len() / width as usize);
        let seen = |place: usize, edge: usize| {
            let place = place % (edge * 2);
            if place < edge { place } else { edge * 2 - 1 - place }
        };
        let mean = |x: usize, y: usize| {
            let (left, top) = (x / side * side, y / side * side);
            let rows = (top..top + side).map(|y| seen(y, high));
            let sum: usize = rows
                .flat_map(|y| (left..left + side).map(move |x| (x, y)))
                .map(|(x, y)| usize::from(pixels[y * wide + seen(x, wide)]))
                .sum();
            ((sum + side * side / 2) / (side * side)) as u8
        };
        (0..high).flat_map(|y| (0..wide).map(move |x| mean(x, y))).collect()
    }

    #[test]
    fn what_a_square_lacks_is_what_a_mirror_shows() {
        let pixels: Vec<u8> = (0..7 * 5_u32).map(|place| (place * place * 31 % 251) as u8).collect();
        for (width, side) in [(7, 2), (7, 3), (7, 5), (7, 7), (5, 2), (5, 4), (5, 7), (35, 35), (1, 35), (1, 8)] {
            let dimensions = Dimensions::new(width, 35 / width);
            let picture = Picture::new(dimensions, PixelLayout::Gray, pixels.clone()).unwrap();
            let made = pixelated(picture, side, true).unwrap().into_pixels();
            assert_eq!(made, squares_with_mirrors(width, side, &pixels), "{dimensions} in squares of {side}");
        }
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
