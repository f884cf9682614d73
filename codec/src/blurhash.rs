//! BlurHash: a picture as some 30 letters, for what is shown until it has come.

use std::f64::consts::PI;

use crate::{Choices, CodecError, Coding, Dimensions, Encoder, Medium, Notice, Picture, PixelLayout};

/// Waves from left to right, and from top to bottom.
const COMPONENTS: (u32, u32) = (4, 3);

/// Writes BlurHash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlurHash;

impl Encoder for BlurHash {
    fn coding(&self) -> Coding {
        Coding::default()
    }

    fn choices(&self) -> Choices {
        Choices::NONE
    }

    fn encode_as(&self, picture: &Picture, _: &Coding, _: &Notice, _threads: usize) -> Result<Vec<u8>, CodecError> {
        let linear = linear_rows(picture);
        let (width, height) = (f64::from(picture.dimensions().width), f64::from(picture.dimensions().height));
        let wave = |count: u32, side: f64| -> Vec<f64> {
            let step = PI * f64::from(count) / side;
            (0..side as u32).map(|at| (step * f64::from(at)).cos()).collect()
        };
        let across: Vec<_> = (0..COMPONENTS.0).map(|count| wave(count, width)).collect();
        let down: Vec<_> = (0..COMPONENTS.1).map(|count| wave(count, height)).collect();
        let waves = down.iter().flat_map(|down| across.iter().map(move |across| (across, down)));
        let amplitudes: Vec<Colour> = waves.map(|(across, down)| amplitude(&linear, across, down)).collect();
        Ok(spelt(&amplitudes).into_bytes())
    }

    fn carries_notice(&self) -> bool {
        false
    }

    /// No original is a hash.
    fn strip(&self, _original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        Err(CodecError::encode(Medium::BlurHash, "there is no metadata to take out"))
    }

    fn working_bytes(&self, dimensions: Dimensions, _layout: PixelLayout, _coding: &Coding) -> u64 {
        dimensions.pixels() * size_of::<Colour>() as u64 + 1024
    }

    fn version(&self) -> String {
        "blurhash v2;".to_owned()
    }
}

/// Red, green and blue, linear in light.
type Colour = [f64; 3];

fn linear_rows(picture: &Picture) -> Vec<Vec<Colour>> {
    let channels = picture.layout().channels();
    let row_bytes = picture.dimensions().width as usize * channels;
    let light: [f64; 256] = std::array::from_fn(|level| linear(level as u8));
    let linear = |level: u8| light.get(usize::from(level)).copied().unwrap_or_default();
    let colour = |pixel: &[u8]| match *pixel {
        [gray] => [linear(gray); 3],
        [red, green, blue, ..] => [red, green, blue].map(linear),
        _ => [0.0; 3],
    };
    let row = |row: &[u8]| row.chunks_exact(channels).map(colour).collect();
    picture.pixels().chunks_exact(row_bytes).map(row).collect()
}

/// The transfer function of sRGB (IEC 61966-2-1).
fn linear(level: u8) -> f64 {
    let level = f64::from(level) / 255.0;
    if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
}

/// How much of a wave there is; of all but the constant one, the double.
fn amplitude(rows: &[Vec<Colour>], across: &[f64], down: &[f64]) -> Colour {
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for (row, down) in rows.iter().zip(down) {
        for (colour, across) in row.iter().zip(across) {
            let weight = across * down;
            for (sum, channel) in sum.iter_mut().zip(colour) {
                *sum += weight * channel;
            }
            count += 1.0;
        }
    }
    sum.map(|sum| sum / count)
}

/// The hash as the reference implementation in JavaScript spells it: the largest amplitude is that of the waves that
/// begin bright, not the largest in size.
fn spelt(amplitudes: &[Colour]) -> String {
    let Some((mean, waves)) = amplitudes.split_first() else { return String::new() };
    let waves: Vec<Colour> = waves.iter().map(|wave| wave.map(|channel| channel * 2.0)).collect();
    let largest = waves.iter().flatten().copied().fold(f64::MIN, f64::max);
    let step = (largest * 166.0 - 0.5).floor().clamp(0.0, 82.0);
    let mut hash = String::new();
    write_base83(&mut hash, COMPONENTS.0 - 1 + (COMPONENTS.1 - 1) * 9, 1);
    write_base83(&mut hash, step as u32, 1);
    let mean = mean.map(level).into_iter().fold(0, |sum, level| sum << 8 | level);
    write_base83(&mut hash, mean, 4);
    for wave in waves {
        let quantised = wave.map(|channel| quantised(channel / ((step + 1.0) / 166.0)));
        write_base83(&mut hash, quantised.into_iter().fold(0, |sum, part| sum * 19 + part), 2);
    }
    hash
}

/// The sRGB level of linear light.
fn level(linear: f64) -> u32 {
    let linear = linear.clamp(0.0, 1.0);
    let level = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (level * 255.0 + 0.5) as u32
}

/// One of nineteen steps, finer around zero.
fn quantised(amplitude: f64) -> u32 {
    (amplitude.signum() * amplitude.abs().sqrt() * 9.0 + 9.5).floor().clamp(0.0, 18.0) as u32
}

/// Digits of base 83, the highest first.
fn write_base83(text: &mut String, number: u32, digits: u32) {
    const DIGITS: &[u8; 83] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
    for place in (0..digits).rev() {
        let digit = number / 83_u32.pow(place) % 83;
        text.extend(DIGITS.get(digit as usize).map(|digit| char::from(*digit)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(layout: PixelLayout, pixel: impl Fn(u32, u32) -> Vec<u8>) -> String {
        let pixels = (0..24).flat_map(|y| (0..32).flat_map(|x| pixel(x, y)).collect::<Vec<_>>()).collect();
        let picture = Picture::new(Dimensions::new(32, 24), layout, pixels).unwrap();
        String::from_utf8(BlurHash.encode(&picture).unwrap()).unwrap()
    }

    #[test]
    fn a_hash_is_that_of_the_reference_implementation() {
        // By the npm package blurhash 2.0.5: encode(pixels, 32, 24, 4, 3).
        let slope = hash(PixelLayout::Rgb, |x, y| vec![x as u8 * 8, y as u8 * 10, 128]);
        assert_eq!(slope, "LDH27k3B|cO?z4NKo1aOhCfjfQfj");
        let flat = hash(PixelLayout::Gray, |_, _| vec![128]);
        assert_eq!(flat, "L2Eyb[_3fQ_3~qoffQoffQfQfQfQ");
    }

    #[test]
    fn gray_and_colours_have_the_same_hash() {
        let gray = hash(PixelLayout::Gray, |x, _| vec![x as u8 * 8]);
        assert_eq!(hash(PixelLayout::Rgb, |x, _| vec![x as u8 * 8; 3]), gray);
        assert_eq!(hash(PixelLayout::Rgba, |x, _| [vec![x as u8 * 8; 3], vec![7]].concat()), gray);
    }
}
