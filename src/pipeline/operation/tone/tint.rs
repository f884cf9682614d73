//! Tint: every pixel keeps its luminance and takes on the colour, less of it towards black and white. Source: sharp's
//! `tint`: the luminance of linear light as a gray, whose lightness L is kept in CIE Lab (D65), with the a and b of the
//! colour times `1 - 4 * (L / 100 - 0.5)^2`.

use super::WHITE;
use crate::request::Background;

/// The white of sRGB in CIE XYZ, of which Y is 1.
const D65: [f64; 3] = [0.950_47, 1.0, 1.088_83];
/// From linear sRGB to XYZ, and back (IEC 61966-2-1).
const TO_XYZ: [[f64; 3]; 3] = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
const FROM_XYZ: [[f64; 3]; 3] = [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]];
/// Where the curves of CIE Lab go over into lines.
const BEND: f64 = 6.0 / 29.0;

/// What the luminances of a picture become.
pub(super) struct Shades {
    /// What red, green and blue have of the luminance.
    pub luminance: [f64; 3],
    /// Gray by gray: red, green and blue, from 0 to 255.
    pub colours: Vec<[f32; 3]>,
}

impl Shades {
    pub fn of(colour: Background) -> Self {
        let [_, a, b] = lab(colour.0.map(f64::from));
        let colours = (0..=255_u8).map(|gray| {
            let [lightness, ..] = lab([f64::from(gray); 3]);
            let weight = 1.0 - 4.0 * (lightness / 100.0 - 0.5).powi(2);
            colour_of([lightness, a * weight, b * weight]).map(|channel| channel.clamp(0.0, WHITE) as f32)
        });
        let [_, luminance, _] = TO_XYZ;
        Self { luminance, colours: colours.collect() }
    }
}

/// The light of an encoded value, from 0 to 1.
pub(super) fn light(value: f64) -> f64 {
    let value = value / WHITE;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The encoded value of light.
pub(super) fn encoded(light: f64) -> f64 {
    WHITE * if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

fn weighed(weights: [[f64; 3]; 3], values: [f64; 3]) -> [f64; 3] {
    weights.map(|row| row.into_iter().zip(values).map(|(weight, value)| weight * value).sum())
}

fn lab(colour: [f64; 3]) -> [f64; 3] {
    let bent = |value: f64| if value > BEND.powi(3) { value.cbrt() } else { value / (3.0 * BEND * BEND) + 4.0 / 29.0 };
    let mut xyz = weighed(TO_XYZ, colour.map(light));
    xyz.iter_mut().zip(D65).for_each(|(value, white)| *value = bent(*value / white));
    let [x, y, z] = xyz;
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn colour_of([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let straight = |value: f64| if value > BEND { value.powi(3) } else { 3.0 * BEND * BEND * (value - 4.0 / 29.0) };
    let y = (lightness + 16.0) / 116.0;
    let mut xyz = [y + a / 500.0, y, y - b / 200.0];
    xyz.iter_mut().zip(D65).for_each(|(value, white)| *value = straight(*value) * white);
    weighed(FROM_XYZ, xyz).map(encoded)
}
