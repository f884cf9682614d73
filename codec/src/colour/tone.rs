//! High dynamic range: from the light that PQ and HLG stand for (ITU-R BT.2100) to what a screen shows.
//!
//! Light is counted in units of the white of paper, 203 candela a square metre (ITU-R BT.2408). Up to half of it nothing
//! changes; from there to the peak of 1000 candela, colours are compressed ever more. All three channels are scaled
//! alike, by what becomes of the greatest, so that hues stay.

use super::curve::Curve;
use super::look_up;
use super::profile::{UNSPECIFIED, encoded, light_matrix};
use crate::PixelLayout;

const PAPER_WHITE: f32 = 203.0;
/// The most light that is told from less.
pub(super) const PEAK: f32 = 1000.0 / PAPER_WHITE;
const PQ_MAXIMUM: f32 = 10_000.0 / PAPER_WHITE;
/// Where compression begins.
pub(super) const KNEE: f32 = 0.5;
/// Steps of the table from linear light to numbers.
const STEPS: usize = 8192;

const BT2020: u16 = 9;
/// How much red, green and blue of BT.2020 count for HLG's brightness.
const LUMINANCE: [f32; 3] = [0.2627, 0.678, 0.0593];

/// Primaries, and one of the curves of ITU-R BT.2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hdr {
    primaries: u16,
    /// The light is that of the scene, as HLG has it; else that of the screen, as PQ.
    is_scene: bool,
}

impl Hdr {
    /// `None` for other curves than PQ (16) and HLG (18), and for unknown primaries.
    pub(super) fn from_code_points(primaries: u16, transfer: u16) -> Option<Self> {
        let is_scene = match Curve::from_code_point(transfer)? {
            Curve::Pq => false,
            Curve::Hlg => true,
            _ => return None,
        };
        let primaries = if primaries == UNSPECIFIED { BT2020 } else { primaries };
        light_matrix(primaries).map(|_| Self { primaries, is_scene })
    }

    /// Converts pixels of 8 bits a channel in place.
    pub(super) fn convert(&self, layout: PixelLayout, pixels: &mut [u8]) {
        let Some(tones) = ToneMap::new(self, 256) else { return };
        if layout == PixelLayout::Gray {
            look_up(layout, pixels, &std::array::from_fn(|level| tones.gray(level)));
            return;
        }
        for pixel in pixels.chunks_exact_mut(layout.channels()) {
            if let [red, green, blue, ..] = pixel {
                [*red, *green, *blue] = tones.colour([*red, *green, *blue].map(usize::from));
            }
        }
    }
}

/// The arithmetic for samples of one depth.
pub(super) struct ToneMap {
    /// The light of each sample; that of the scene for HLG.
    light: Vec<f32>,
    is_scene: bool,
    matrix: [[f32; 3]; 3],
    levels: Vec<u8>,
}

impl ToneMap {
    /// For samples of 0 to `count` - 1.
    pub(super) fn new(hdr: &Hdr, count: usize) -> Option<Self> {
        let matrix = light_matrix(hdr.primaries)?;
        let span = count.saturating_sub(1).max(1) as f32;
        let (curve, white) = if hdr.is_scene { (Curve::Hlg, 1.0) } else { (Curve::Pq, PQ_MAXIMUM) };
        let light = (0..count).map(|sample| curve.light(sample as f32 / span) * white).collect();
        let level = |step: usize| (encoded(step as f32 / STEPS as f32) * 255.0).round() as u8;
        Some(Self { light, is_scene: hdr.is_scene, matrix, levels: (0..=STEPS).map(level).collect() })
    }

    pub(super) fn gray(&self, sample: usize) -> u8 {
        let [red, ..] = self.colour([sample; 3]);
        red
    }

    pub(super) fn colour(&self, samples: [usize; 3]) -> [u8; 3] {
        let mut light = samples.map(|sample| self.light.get(sample).copied().unwrap_or_default());
        if self.is_scene {
            // The screen of 1000 candela that HLG is made for has a gamma of 1.2 for the brightness of a pixel.
            let brightness: f32 = light.iter().zip(LUMINANCE).map(|(light, weight)| light * weight).sum();
            light = light.map(|light| light * brightness.powf(0.2) * PEAK);
        }
        let greatest = light.into_iter().fold(0.0, f32::max);
        if greatest > KNEE {
            light = light.map(|light| light * compressed(greatest, PEAK) / greatest);
        }
        self.matrix.map(|[red, green, blue]| {
            let sum = red * light[0] + green * light[1] + blue * light[2];
            // Negative light becomes zero.
            let step = (sum.clamp(0.0, 1.0) * STEPS as f32 + 0.5) as usize;
            self.levels.get(step).copied().unwrap_or(u8::MAX)
        })
    }
}

/// What becomes of light above the knee: as steep as before at the knee, one at the peak (Reinhard et al. 2002, with a
/// white point). Where the peak is one, all light stays as it is.
pub(super) fn compressed(light: f32, peak: f32) -> f32 {
    let (over, peak) = ((light.min(peak) - KNEE) / (1.0 - KNEE), (peak - KNEE) / (1.0 - KNEE));
    KNEE + (1.0 - KNEE) * over * (1.0 + over / (peak * peak)) / (1.0 + over)
}
