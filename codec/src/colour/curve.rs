//! Transfer characteristics: from light to numbers and back (ITU-T H.273, table 3), both from 0 to 1.

use super::profile::UNSPECIFIED;

/// The curve between light and numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// A line of that slope up to `start`, measured in light; then a power that meets it, of light that is stretched by
    /// `over`.
    Video { slope: f32, start: f32, over: f32, exponent: f32 },
    /// A power alone: the exponent from light to numbers.
    Power(f32),
    /// SMPTE ST 2084; the whole of light is 10,000 candela a square metre.
    Pq,
    /// ARIB STD-B67: the light of the scene.
    Hlg,
}

impl Curve {
    const SRGB: Self = Self::Video { slope: 12.92, start: 0.003_130_8, over: 0.055, exponent: 1.0 / 2.4 };
    const BT709: Self = Self::Video { slope: 4.5, start: 0.018_053_97, over: 0.099_296_83, exponent: 0.45 };
    const SMPTE240: Self = Self::Video { slope: 4.0, start: 0.022_821_585, over: 0.111_572_2, exponent: 0.45 };

    /// `None` for the logarithmic curves, that of cinema, and what is reserved. Where nobody named one, that of video.
    pub fn from_code_point(transfer: u16) -> Option<Self> {
        Some(match transfer {
            1 | UNSPECIFIED | 6 | 11 | 12 | 14 | 15 => Self::BT709,
            4 => Self::Power(1.0 / 2.2),
            5 => Self::Power(1.0 / 2.8),
            7 => Self::SMPTE240,
            8 => Self::Power(1.0),
            13 => Self::SRGB,
            16 => Self::Pq,
            18 => Self::Hlg,
            _ => return None,
        })
    }

    /// The light of a number.
    pub fn light(self, number: f32) -> f32 {
        match self {
            Self::Video { slope, start, .. } if number <= slope * start => number / slope,
            Self::Video { over, exponent, .. } => ((number + over) / (1.0 + over)).powf(exponent.recip()),
            Self::Power(exponent) => number.powf(exponent.recip()),
            Self::Pq => {
                let root = number.powf(1.0 / 78.843_75);
                let light = (root - 0.835_937_5).max(0.0) / (18.851_563 - 18.687_5 * root);
                light.powf(1.0 / 0.159_301_76)
            }
            Self::Hlg if number <= 0.5 => number * number / 3.0,
            Self::Hlg => (((number - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0,
        }
    }

    /// The number of light.
    pub fn number(self, light: f32) -> f32 {
        match self {
            Self::Video { slope, start, .. } if light <= start => light * slope,
            Self::Video { over, exponent, .. } => (1.0 + over) * light.powf(exponent) - over,
            Self::Power(exponent) => light.powf(exponent),
            Self::Pq => {
                let root = light.powf(0.159_301_76);
                ((0.835_937_5 + 18.851_563 * root) / (1.0 + 18.687_5 * root)).powf(78.843_75)
            }
            Self::Hlg if light <= 1.0 / 12.0 => (3.0 * light).sqrt(),
            Self::Hlg => 0.178_832_77 * (12.0 * light - 0.284_668_92).ln() + 0.559_910_7,
        }
    }
}

/// Steps of a table.
const STEPS: usize = 4096;

/// A curve as tables: a pixel takes several values of it.
#[derive(Debug, Clone)]
pub struct CurveTables {
    light: Vec<f32>,
    /// By the fourth root of light, for curves are steep where it is dark.
    numbers: Vec<f32>,
}

impl CurveTables {
    pub fn new(curve: Curve) -> Self {
        let steps = || (0..=STEPS).map(|step| step as f32 / STEPS as f32);
        Self {
            light: steps().map(|number| curve.light(number)).collect(),
            numbers: steps().map(|root| curve.number(root.powi(4))).collect(),
        }
    }

    /// As [`Curve::light`]; what is outside counts as the nearest within.
    pub fn light(&self, number: f32) -> f32 {
        between(&self.light, number)
    }

    /// As [`Curve::number`]; what is outside counts as the nearest within.
    pub fn number(&self, light: f32) -> f32 {
        between(&self.numbers, light.max(0.0).sqrt().sqrt())
    }
}

fn between(table: &[f32], place: f32) -> f32 {
    let place = place.clamp(0.0, 1.0) * STEPS as f32;
    let step = place as usize;
    let [near, far] = [step, (step + 1).min(STEPS)].map(|step| table.get(step).copied().unwrap_or_default());
    near + (far - near) * (place - step as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every curve there is, by its code point.
    fn curves() -> impl Iterator<Item = (u16, Curve)> {
        (0..=20).filter_map(|transfer| Some((transfer, Curve::from_code_point(transfer)?)))
    }

    #[test]
    fn every_curve_goes_from_black_to_white_and_back() {
        assert_eq!(curves().count(), 14);
        for (transfer, curve) in curves() {
            for step in 0..=1000 {
                let number = step as f32 / 1000.0;
                let back = curve.number(curve.light(number));
                assert!((back - number).abs() < 2e-4, "{transfer}: {number} {back}");
            }
            assert!((curve.light(1.0) - 1.0).abs() < 1e-4 && curve.light(0.0).abs() < 1e-6, "{transfer}");
        }
    }

    #[test]
    fn the_curves_are_those_of_their_standards() {
        let cases = [
            (1, 0.5, 0.705_515),  // BT.709: 1.099 * 0.5 ^ 0.45 - 0.099
            (13, 0.214_041, 0.5), // IEC 61966-2-1
            (7, 0.5, 0.702_163),  // SMPTE ST 240: 1.1115 * 0.5 ^ 0.45 - 0.1115
            (4, 0.5, 0.729_740),
            (16, 0.01, 0.508_078), // BT.2100: 100 candela a square metre
            (18, 1.0 / 12.0, 0.5),
        ];
        for (transfer, light, number) in cases {
            let curve = Curve::from_code_point(transfer).unwrap();
            assert!((curve.number(light) - number).abs() < 2e-4, "{transfer}: {}", curve.number(light));
            assert!((curve.light(number) - light).abs() < 2e-4, "{transfer}: {}", curve.light(number));
        }
    }

    #[test]
    fn a_table_is_as_good_as_its_curve() {
        for (transfer, curve) in curves() {
            let tables = CurveTables::new(curve);
            for step in 0..=10_000 {
                let at = step as f32 / 10_000.0;
                assert!((tables.number(curve.light(at)) - at).abs() < 4e-4, "{transfer}: {at}");
                assert!((curve.number(tables.light(at)) - at).abs() < 4e-4, "{transfer}: {at}");
            }
            assert_eq!((tables.number(-1.0), tables.light(-1.0)), (tables.number(0.0), tables.light(0.0)));
        }
    }
}
