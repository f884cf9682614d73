//! `Samples`: what the library gives for each pixel, and the way from there to pixels of 8 bits.

use crate::broken::MISSING;
use crate::colour::{MIDDLE_LIGHT, Narrowing, levels_of_light};
use crate::{ColourRule, ColourSpace, PixelLayout};

/// What the samples of a pixel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Samples {
    /// 8 bits each: gray, and alpha, or red, green and blue, and alpha.
    Bytes { channels: usize },
    /// 16 bits each, as the machine has them.
    Words { channels: usize },
    /// Red, green and blue, floats of linear light.
    Light,
}

impl Samples {
    /// Bytes of a pixel.
    pub fn pixel_bytes(self) -> usize {
        match self {
            Self::Bytes { channels } => channels,
            Self::Words { channels } => channels * 2,
            Self::Light => 12,
        }
    }

    /// Tells whether these are pixels as they are.
    pub fn are_pixels(self) -> bool {
        matches!(self, Self::Bytes { channels } if channels != 2)
    }

    pub fn layout(self) -> PixelLayout {
        match self {
            Self::Bytes { channels: 1 } | Self::Words { channels: 1 } => PixelLayout::Gray,
            Self::Bytes { channels: 3 } | Self::Words { channels: 3 } | Self::Light => PixelLayout::Rgb,
            Self::Bytes { .. } | Self::Words { .. } => PixelLayout::Rgba,
        }
    }

    /// Makes samples those of nothing: gray, and opaque.
    pub fn blank(self, samples: &mut [u8]) {
        if self == Self::Light {
            samples.as_chunks_mut().0.iter_mut().for_each(|light| *light = MIDDLE_LIGHT.to_ne_bytes());
            return;
        }
        samples.fill(MISSING);
        let (Self::Bytes { channels } | Self::Words { channels }) = self else { return };
        if self.layout() == PixelLayout::Rgba {
            let alpha_bytes = self.pixel_bytes() / channels;
            let pixels = samples.chunks_exact_mut(self.pixel_bytes());
            pixels.flat_map(|pixel| pixel.iter_mut().rev().take(alpha_bytes)).for_each(|alpha| *alpha = u8::MAX);
        }
    }

    /// Pixels of sRGB. Of light, through a matrix from its own primaries.
    pub fn into_pixels(self, samples: Vec<u8>, matrix: Option<[[f32; 3]; 3]>) -> (PixelLayout, Vec<u8>) {
        let pixels = match self {
            Self::Bytes { channels: 2 } => {
                let (pairs, _) = samples.as_chunks();
                pairs.iter().flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]).collect()
            }
            Self::Bytes { .. } => samples,
            Self::Words { channels } => narrowed(&samples, channels),
            Self::Light => {
                let (pixels, _) = samples.as_chunks::<12>();
                levels_of_light(pixels.iter().map(light), matrix)
            }
        };
        (self.layout(), pixels)
    }
}

fn light(bytes: &[u8; 12]) -> [f32; 3] {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
    [[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(f32::from_ne_bytes)
}

fn narrowed(samples: &[u8], channels: usize) -> Vec<u8> {
    const PIECE_PIXELS: usize = 4096;
    let mut narrowing = Narrowing::new(&mut ColourSpace::Srgb, ColourRule::Srgb, channels);
    let mut levels = Vec::with_capacity(samples.len() / 2 / channels * if channels == 2 { 4 } else { channels });
    let (mut words, mut narrow) = (Vec::new(), Vec::new());
    for piece in samples.chunks(PIECE_PIXELS * channels * 2) {
        words.clear();
        words.extend(piece.as_chunks().0.iter().map(|word| u16::from_ne_bytes(*word)));
        narrow.clear();
        narrowing.narrow(&words, &mut narrow);
        if channels == 2 {
            let (pairs, _) = narrow.as_chunks();
            levels.extend(pairs.iter().flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]));
        } else {
            levels.extend_from_slice(&narrow);
        }
    }
    levels
}
