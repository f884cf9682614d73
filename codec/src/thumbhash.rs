//! ThumbHash: a picture as some 25 bytes, with its transparency, for what is shown until it has come.

use std::f64::consts::PI;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::cosine::cosine;
use crate::{Choices, CodecError, Coding, Dimensions, Encoder, Medium, Notice, Picture, PixelLayout};

/// The channels of a picture while it is hashed, and a copy of one.
const WORKING_PIXEL_BYTES: u64 = 8 * 6;

/// Writes ThumbHash, in base64 without padding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThumbHash;

impl Encoder for ThumbHash {
    fn coding(&self) -> Coding {
        Coding::default()
    }

    fn choices(&self) -> Choices {
        Choices::NONE
    }

    fn encode_as(&self, picture: &Picture, _: &Coding, _: &Notice, _threads: usize) -> Result<Vec<u8>, CodecError> {
        let dimensions = picture.dimensions();
        if Medium::ThumbHash.longest_edge().is_some_and(|most| dimensions.longest_edge() > most) {
            return Err(CodecError::encode(Medium::ThumbHash, format!("a picture of {dimensions}")));
        }
        Ok(STANDARD_NO_PAD.encode(hash(picture)).into_bytes())
    }

    fn carries_notice(&self) -> bool {
        false
    }

    /// No original is a hash.
    fn strip(&self, _original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Err(CodecError::encode(Medium::ThumbHash, "there is no metadata to take out"))
    }

    fn working_bytes(&self, dimensions: Dimensions, _layout: PixelLayout, _coding: &Coding) -> u64 {
        dimensions.pixels() * WORKING_PIXEL_BYTES + 4096
    }

    fn version(&self) -> String {
        "thumbhash v1;".to_owned()
    }
}

/// What is left of one channel.
struct Waves {
    mean: f64,
    /// From 0 to 1, where a half is none.
    shares: Vec<f64>,
    /// The largest.
    scale: f64,
}

/// A channel of a picture: its width, and a number for each pixel.
struct Channel {
    width: usize,
    numbers: Vec<f64>,
}

/// The hash as the reference implementation in JavaScript makes it (thumbhash 0.1.1), with every sum in its order.
fn hash(picture: &Picture) -> Vec<u8> {
    let Dimensions { width, height } = picture.dimensions();
    let (across, down) = (f64::from(width), f64::from(height));
    let pixels = straight(picture);
    let (mean, has_alpha) = mean(&pixels);
    let [lightness, yellow, red, alpha] = channels(&pixels, mean, width as usize);
    let most = if has_alpha { 5.0 } else { 7.0 };
    let count = |side: f64| (most * side / across.max(down)).round().max(1.0) as u32;
    let (columns, rows) = (count(across), count(down));
    let lightness = lightness.waves(columns.max(3), rows.max(3));
    let [yellow, red] = [yellow, red].map(|channel| channel.waves(3, 3));
    let alpha = has_alpha.then(|| alpha.waves(5, 5));
    let is_landscape = width > height;
    // Scales are at most 1, means lie within what their bits hold.
    let bits = |share: f64| (share + 0.5).floor() as u32;
    let first = bits(63.0 * lightness.mean)
        | bits(31.5 + 31.5 * yellow.mean) << 6
        | bits(31.5 + 31.5 * red.mean) << 12
        | bits(31.0 * lightness.scale) << 18
        | u32::from(has_alpha) << 23;
    let second = (if is_landscape { rows } else { columns })
        | bits(63.0 * yellow.scale) << 3
        | bits(63.0 * red.scale) << 9
        | u32::from(is_landscape) << 15;
    let mut hash = first.to_le_bytes()[..3].to_vec();
    hash.extend(&second.to_le_bytes()[..2]);
    hash.extend(alpha.iter().map(|alpha| (bits(15.0 * alpha.mean) | bits(15.0 * alpha.scale) << 4) as u8));
    let all = [Some(lightness), Some(yellow), Some(red), alpha].into_iter().flatten();
    let halves: Vec<u8> = all.flat_map(|waves| waves.shares).map(|share| bits(15.0 * share) as u8).collect();
    hash.extend(halves.chunks(2).map(|pair| pair.iter().rev().fold(0, |byte, half| byte << 4 | half)));
    hash
}

/// Red, green, blue and alpha.
fn straight(picture: &Picture) -> Vec<[f64; 4]> {
    let pixel = |pixel: &[u8]| match *pixel {
        [gray] => [gray, gray, gray, u8::MAX],
        [red, green, blue] => [red, green, blue, u8::MAX],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => [0; 4],
    };
    let pixels = picture.pixels().chunks_exact(picture.layout().channels());
    pixels.map(|bytes| pixel(bytes).map(f64::from)).collect()
}

/// The mean colour, from 0 to 1, and whether anything shows through.
fn mean(pixels: &[[f64; 4]]) -> ([f64; 3], bool) {
    let (mut sum, mut weight) = ([0.0; 3], 0.0);
    for [red, green, blue, alpha] in pixels {
        let alpha = alpha / 255.0;
        for (sum, level) in sum.iter_mut().zip([red, green, blue]) {
            *sum += alpha / 255.0 * level;
        }
        weight += alpha;
    }
    let mean = if weight == 0.0 { sum } else { sum.map(|sum| sum / weight) };
    (mean, weight < pixels.len() as f64)
}

/// Lightness, yellow to blue, red to green, of the picture before its mean colour; and alpha.
fn channels(pixels: &[[f64; 4]], mean: [f64; 3], width: usize) -> [Channel; 4] {
    let mut channels = [(); 4].map(|()| Channel { width, numbers: Vec::with_capacity(pixels.len()) });
    for [red, green, blue, alpha] in pixels {
        let alpha = alpha / 255.0;
        let before = |level: &f64, mean: f64| mean * (1.0 - alpha) + alpha / 255.0 * level;
        let [red, green, blue] = [before(red, mean[0]), before(green, mean[1]), before(blue, mean[2])];
        let numbers = [(red + green + blue) / 3.0, (red + green) / 2.0 - blue, red - green, alpha];
        channels.iter_mut().zip(numbers).for_each(|(channel, number)| channel.numbers.push(number));
    }
    channels
}

impl Channel {
    /// How much there is of each wave, of so many across and down at most: fewer of those that are both.
    fn waves(&self, columns: u32, rows: u32) -> Waves {
        let Self { width, numbers } = self;
        let height = numbers.len().checked_div(*width).unwrap_or_default();
        let wave = |side: usize, count: u32| -> Vec<f64> {
            (0..side).map(|at| cosine(PI / side as f64 * f64::from(count) * (at as f64 + 0.5))).collect()
        };
        let across: Vec<_> = (0..columns).map(|count| wave(*width, count)).collect();
        let down: Vec<_> = (0..rows).map(|count| wave(height, count)).collect();
        let (mut mean, mut shares, mut scale) = (0.0, Vec::new(), 0.0_f64);
        for (y, down) in (0..rows).zip(&down) {
            for (x, across) in (0..columns).zip(&across).take_while(|(x, _)| x * rows < columns * (rows - y)) {
                let mut sum = 0.0;
                for (row, down) in numbers.chunks_exact(*width).zip(down) {
                    for (number, across) in row.iter().zip(across) {
                        sum += number * across * down;
                    }
                }
                let share = sum / numbers.len() as f64;
                if (x, y) == (0, 0) {
                    mean = share;
                } else {
                    shares.push(share);
                    scale = scale.max(share.abs());
                }
            }
        }
        if scale != 0.0 {
            shares.iter_mut().for_each(|share| *share = 0.5 + 0.5 / scale * *share);
        }
        Waves { mean, shares, scale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(layout: PixelLayout, (width, height): (u32, u32), pixel: impl Fn(u32, u32) -> Vec<u8>) -> String {
        let pixels = (0..height).flat_map(|y| (0..width).flat_map(|x| pixel(x, y)).collect::<Vec<_>>()).collect();
        let picture = Picture::new(Dimensions::new(width, height), layout, pixels).unwrap();
        String::from_utf8(ThumbHash.encode(&picture).unwrap()).unwrap()
    }

    #[test]
    fn a_hash_is_that_of_the_reference_implementation() {
        // By the npm package thumbhash 0.1.1: rgbaToThumbHash(width, height, pixels).
        let slope = |x: u32, y: u32| vec![x as u8 * 8, y as u8 * 10, 128];
        assert_eq!(hash(PixelLayout::Rgb, (32, 24), slope), "nhcKNZpwd4dwiIiHiHiHh3BwCPeI");
        assert_eq!(hash(PixelLayout::Rgb, (24, 32), |x, y| slope(y, x)), "nhcKNRpwd3CIeIh4iId4iHBw+Ah4");
        let faded = |x: u32, y: u32| [slope(x, y), vec![x as u8 * 4]].concat();
        assert_eq!(hash(PixelLayout::Rgba, (32, 24), faded), "YmiCDIYkwpewiId3KAx7wk8Hd4eIeIiIBw");
        assert_eq!(hash(PixelLayout::Gray, (9, 9), |x, y| vec![(x * y * 3) as u8]), "DAgOBwBwd3ewiIiIiHiIeIiHBwAAAAAA");
    }

    #[test]
    fn what_is_all_there_or_not_at_all_has_a_hash() {
        let clear = hash(PixelLayout::Rgba, (3, 2), |_, _| vec![9, 9, 9, 0]);
        assert!(clear.len() > 20, "{clear}");
        let gray = hash(PixelLayout::Gray, (1, 1), |_, _| vec![128]);
        assert_eq!(hash(PixelLayout::Rgba, (1, 1), |_, _| vec![128, 128, 128, 255]), gray);
    }

    #[test]
    fn a_picture_that_is_too_large_is_refused() {
        let picture = Picture::new(Dimensions::new(101, 1), PixelLayout::Gray, vec![0; 101]).unwrap();
        assert!(ThumbHash.encode(&picture).is_err());
    }
}
