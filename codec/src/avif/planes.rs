//! From 8-bit colours to luma and chroma planes for an encoder: the matrix of BT.601 in full range (ITU-T H.273), as
//! JPEG has it. Fixed point, exact to one level.

use crate::Dimensions;
use crate::{Picture, PixelLayout};

/// Bits behind the point of the weights below.
const SHIFT: u32 = 16;

/// How much of the chroma is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    None,
    /// One sample for two by two pixels.
    Quarter,
    Full,
}

/// The planes of a picture, without padding.
#[derive(Debug, PartialEq, Eq)]
pub struct Planes {
    pub dimensions: Dimensions,
    pub chroma: Chroma,
    pub luma: Vec<u8>,
    /// Blueness, then redness; empty where there is no chroma.
    pub differences: [Vec<u8>; 2],
}

impl Planes {
    /// The alpha channel of a picture that has one.
    pub fn of_alpha(picture: &Picture) -> Self {
        let alpha = picture.pixels().chunks_exact(4).filter_map(|pixel| pixel.last().copied());
        Self {
            dimensions: picture.dimensions(),
            chroma: Chroma::None,
            luma: alpha.collect(),
            differences: [Vec::new(), Vec::new()],
        }
    }

    /// The colours of a picture; `chroma` is of no account for a gray one.
    pub fn of_colours(picture: &Picture, chroma: Chroma) -> Self {
        let dimensions = picture.dimensions();
        let (luma, differences, chroma) = match (picture.layout(), chroma) {
            (PixelLayout::Gray, _) | (_, Chroma::None) => (gray(picture), [Vec::new(), Vec::new()], Chroma::None),
            (PixelLayout::Rgb, Chroma::Full) => (luma::<3>(picture), differences::<3>(picture), chroma),
            (PixelLayout::Rgba, Chroma::Full) => (luma::<4>(picture), differences::<4>(picture), chroma),
            (PixelLayout::Rgb, Chroma::Quarter) => (luma::<3>(picture), quarters::<3>(picture), chroma),
            (PixelLayout::Rgba, Chroma::Quarter) => (luma::<4>(picture), quarters::<4>(picture), chroma),
        };
        Self { dimensions, chroma, luma, differences }
    }

    /// The colours of a picture as they are, green first: nothing is lost to rounding. Of a gray one, its levels.
    pub fn of_exact_colours(picture: &Picture) -> Self {
        let channels = picture.layout().channels();
        if picture.layout() == PixelLayout::Gray {
            return Self::of_colours(picture, Chroma::None);
        }
        let plane = |channel| picture.pixels().iter().skip(channel).step_by(channels).copied().collect();
        Self {
            dimensions: picture.dimensions(),
            chroma: Chroma::Full,
            luma: plane(1),
            differences: [plane(2), plane(0)],
        }
    }

    /// The width of the chroma planes in samples.
    pub fn chroma_width(&self) -> u32 {
        if self.chroma == Chroma::Quarter { self.dimensions.width.div_ceil(2) } else { self.dimensions.width }
    }
}

fn gray(picture: &Picture) -> Vec<u8> {
    match picture.layout() {
        PixelLayout::Gray => picture.pixels().to_vec(),
        PixelLayout::Rgb => luma::<3>(picture),
        PixelLayout::Rgba => luma::<4>(picture),
    }
}

fn luma<const CHANNELS: usize>(picture: &Picture) -> Vec<u8> {
    let (pixels, _) = picture.pixels().as_chunks::<CHANNELS>();
    pixels.iter().map(|pixel| luma_of(colours(pixel))).collect()
}

fn differences<const CHANNELS: usize>(picture: &Picture) -> [Vec<u8>; 2] {
    let (pixels, _) = picture.pixels().as_chunks::<CHANNELS>();
    let blueness = pixels.iter().map(|pixel| blueness_of(colours(pixel), 0)).collect();
    let redness = pixels.iter().map(|pixel| redness_of(colours(pixel), 0)).collect();
    [blueness, redness]
}

/// Chroma of the mean of two by two pixels; at odd edges of those that there are.
fn quarters<const CHANNELS: usize>(picture: &Picture) -> [Vec<u8>; 2] {
    let width = picture.dimensions().width as usize;
    let (pixels, _) = picture.pixels().as_chunks::<CHANNELS>();
    let samples = width.div_ceil(2) * pixels.len().div_ceil(width.max(1)).div_ceil(2);
    let [mut blueness, mut redness] = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    for lines in pixels.chunks(width.max(1) * 2) {
        let (upper, lower) = lines.split_at_checked(width).unwrap_or((lines, &[]));
        let lower = if lower.is_empty() { upper } else { lower };
        let (upper_pairs, upper_odd) = upper.as_chunks::<2>();
        let (lower_pairs, lower_odd) = lower.as_chunks::<2>();
        let mut push = |square: [&[u8; CHANNELS]; 4]| {
            let sum = sum_of(square);
            blueness.push(blueness_of(sum, 2));
            redness.push(redness_of(sum, 2));
        };
        for ([a, b], [c, d]) in upper_pairs.iter().zip(lower_pairs) {
            push([a, b, c, d]);
        }
        for (a, c) in upper_odd.iter().zip(lower_odd) {
            push([a, a, c, c]);
        }
    }
    [blueness, redness]
}

/// The sum of four colours. Of translucent pixels each counts by its alpha, so that the colour of what is invisible
/// does not bleed into what is not.
fn sum_of<const CHANNELS: usize>(square: [&[u8; CHANNELS]; 4]) -> [i32; 3] {
    let alphas = square.map(|pixel| i32::from(pixel.get(3).copied().unwrap_or(u8::MAX)));
    let total: i32 = alphas.iter().sum();
    let [a, b, c, d] = square.map(colours);
    if CHANNELS < 4 || total == 0 || total == 4 * 255 {
        return [a[0] + b[0] + c[0] + d[0], a[1] + b[1] + c[1] + d[1], a[2] + b[2] + c[2] + d[2]];
    }
    let [e, f, g, h] = alphas;
    let mean = |a: i32, b: i32, c: i32, d: i32| ((a * e + b * f + c * g + d * h) * 4 + total / 2) / total;
    [mean(a[0], b[0], c[0], d[0]), mean(a[1], b[1], c[1], d[1]), mean(a[2], b[2], c[2], d[2])]
}

fn colours<const CHANNELS: usize>(pixel: &[u8; CHANNELS]) -> [i32; 3] {
    std::array::from_fn(|channel| pixel.get(channel).copied().map_or(0, i32::from))
}

fn luma_of([red, green, blue]: [i32; 3]) -> u8 {
    // 0.299, 0.587, 0.114; they add up to one, so that the sum always fits.
    ((19_595 * red + 38_470 * green + 7_471 * blue + (1 << (SHIFT - 1))) >> SHIFT) as u8
}

/// Of a sum of `1 << count_bits` pixels.
fn blueness_of([red, green, blue]: [i32; 3], count_bits: u32) -> u8 {
    // -0.168736, -0.331264, 0.5
    difference(-11_058 * red - 21_710 * green + 32_768 * blue, count_bits)
}

/// Of a sum of `1 << count_bits` pixels.
fn redness_of([red, green, blue]: [i32; 3], count_bits: u32) -> u8 {
    // 0.5, -0.418688, -0.081312
    difference(32_768 * red - 27_439 * green - 5_329 * blue, count_bits)
}

fn difference(sum: i32, count_bits: u32) -> u8 {
    let shift = SHIFT + count_bits;
    // Pure blue and pure red round up to 256.
    ((sum + (128 << shift) + (1 << (shift - 1))) >> shift).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planes(width: u32, height: u32, layout: PixelLayout, pixels: &[u8], chroma: Chroma) -> Planes {
        Planes::of_colours(&Picture::new(Dimensions::new(width, height), layout, pixels.to_vec()).unwrap(), chroma)
    }

    #[test]
    fn every_colour_is_exact_to_a_level() {
        let steps = (0..=255).step_by(15).map(f64::from);
        for (red, green) in steps.clone().flat_map(|red| steps.clone().map(move |green| (red, green))) {
            let blue = (red * 7.0 + green * 3.0) % 256.0;
            let pixel = [red, green, blue].map(|level| level.floor() as u8);
            let luma = 0.299 * red + 0.587 * green + 0.114 * blue.floor();
            let expected = [luma, 128.0 + (blue.floor() - luma) / 1.772, 128.0 + (red - luma) / 1.402];
            let planes = planes(1, 1, PixelLayout::Rgb, &pixel, Chroma::Full);
            let got = [planes.luma[0], planes.differences[0][0], planes.differences[1][0]];
            for (got, expected) in got.into_iter().zip(expected) {
                assert!((f64::from(got) - expected).abs() < 0.52, "{pixel:?}: {got} {expected}");
            }
        }
    }

    #[test]
    fn odd_edges_have_chroma_of_their_own() {
        let pixels =
            [[0, 0, 0], [0, 0, 0], [255, 0, 0], [0, 0, 0], [0, 0, 0], [255, 0, 0], [0, 0, 255], [0, 0, 255], [9, 9, 9]];
        let planes = planes(3, 3, PixelLayout::Rgb, pixels.as_flattened(), Chroma::Quarter);
        assert_eq!(planes.chroma_width(), 2);
        assert_eq!(planes.differences, [vec![128, 85, 255, 128], vec![128, 255, 107, 128]]);
    }

    #[test]
    fn the_colour_of_what_is_invisible_does_not_bleed() {
        let pixels = [[200, 10, 10, 255], [0, 0, 0, 0], [0, 255, 0, 0], [200, 10, 10, 80]];
        let visible = planes(2, 2, PixelLayout::Rgba, pixels.as_flattened(), Chroma::Quarter);
        let alone = planes(1, 1, PixelLayout::Rgb, &[200, 10, 10], Chroma::Full);
        assert_eq!(visible.differences, alone.differences);
    }

    #[test]
    fn gray_has_no_chroma() {
        let planes = planes(2, 1, PixelLayout::Gray, &[7, 9], Chroma::Quarter);
        assert_eq!((planes.chroma, planes.luma), (Chroma::None, vec![7, 9]));
    }
}
