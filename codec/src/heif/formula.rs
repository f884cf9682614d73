//! Matrices of ITU-T H.273 (section 8.3) that are no linear mix of the planes: constant luminance, ICtCp, and the
//! reversible forms of YCgCo.

use super::Fault;
use super::nclx::Nclx;

use crate::colour::{Curve, CurveTables};

type Matrix = [[f32; 3]; 3];

/// How the samples of a pixel become colours.
#[derive(Debug, Clone)]
pub enum Formula {
    /// Luma is that of linear light: green is what light is left.
    ConstantLuminance {
        /// How much red and blue count for luminance.
        weights: [f32; 2],
        /// What redness and blueness are multiplied by where they are negative, and where they are not.
        spans: [[f32; 2]; 2],
        curve: CurveTables,
    },
    /// Cones' signals in between.
    Ictcp { to_cones: Matrix, to_colours: Matrix, curve: CurveTables },
    /// Whole numbers: the samples have more bits than the colours, to be exact.
    Reversible { highest: f32 },
}

/// What the planes hold for one pixel, less the zero of each.
#[derive(Debug, Clone, Copy)]
pub struct Pixel {
    pub samples: [i16; 3],
    /// The levels between black and white, and between the least and the most chroma.
    pub spans: [f32; 2],
}

impl Formula {
    /// The formula of a matrix; `None` where it is a linear mix. `depth` is that of the samples.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] for curves and depths that the matrix is not defined for.
    pub fn of(nclx: Nclx, depth: u32) -> Result<Option<Self>, Fault> {
        Ok(Some(match nclx.matrix {
            Nclx::BT2020_CONSTANT | Nclx::DERIVED_CONSTANT => {
                let weights = nclx.luma_weights().ok_or_else(|| nclx.unknown_matrix())?;
                constant_luminance(weights, Curve::from_code_point(nclx.transfer).ok_or_else(|| nclx.unknown_matrix())?)
            }
            Nclx::ICTCP => {
                let curve = Curve::from_code_point(nclx.transfer).ok_or_else(|| nclx.unknown_matrix())?;
                let from_cones = match curve {
                    Curve::Pq => [[2048, 2048, 0], [6610, -13613, 7003], [17933, -17390, -543]],
                    Curve::Hlg => [[2048, 2048, 0], [3625, -7465, 3840], [9500, -9212, -288]],
                    _ => return Err(nclx.unknown_matrix()),
                };
                let from_colours = [[1688, 2146, 262], [683, 2951, 462], [99, 309, 3688]];
                let [to_cones, to_colours] = [from_cones, from_colours].map(|matrix| inverse(matrix.map(parts)));
                Self::Ictcp { to_cones, to_colours, curve: CurveTables::new(curve) }
            }
            Nclx::YCGCO_EVEN | Nclx::YCGCO_ODD => {
                let extra_bits = if nclx.matrix == Nclx::YCGCO_EVEN { 2 } else { 1 };
                let bits = depth.checked_sub(extra_bits).filter(|bits| *bits >= 8 && nclx.is_full_range);
                let bits = bits.ok_or_else(|| nclx.unknown_matrix())?;
                Self::Reversible { highest: ((1u32 << bits) - 1) as f32 }
            }
            _ => return Ok(None),
        }))
    }

    /// Red, green and blue, from 0 to 1 or a little beyond.
    pub fn colours(&self, pixel: Pixel) -> [f32; 3] {
        let [luma_span, chroma_span] = pixel.spans;
        let [y, u, v] = pixel.samples.map(f32::from);
        let [y, u, v] = [y / luma_span, u / chroma_span, v / chroma_span];
        match self {
            Self::ConstantLuminance { weights: [red_weight, blue_weight], spans, curve } => {
                let [[less_red, more_red], [less_blue, more_blue]] = *spans;
                let red = y + v * if v < 0.0 { less_red } else { more_red };
                let blue = y + u * if u < 0.0 { less_blue } else { more_blue };
                let light = curve.light(y) - red_weight * curve.light(red) - blue_weight * curve.light(blue);
                [red, curve.number(light / (1.0 - red_weight - blue_weight)), blue]
            }
            Self::Ictcp { to_cones, to_colours, curve } => {
                let cones = mixed(to_cones, [y, u, v]).map(|number| curve.light(number));
                mixed(to_colours, cones).map(|light| curve.number(light))
            }
            Self::Reversible { highest } => {
                let [y, u, v] = pixel.samples.map(i32::from);
                let half = y - (u >> 1);
                let blue = half - (v >> 1);
                [blue + v, half + u, blue].map(|level| level as f32 / highest)
            }
        }
    }
}

/// Equations 56 to 61 and what follows: differences are divided by twice the most that they can be, each way.
fn constant_luminance((red, blue): (f64, f64), curve: Curve) -> Formula {
    let weights = [red as f32, blue as f32];
    let spans = weights.map(|weight| [curve.number(1.0 - weight) * 2.0, (1.0 - curve.number(weight)) * 2.0]);
    Formula::ConstantLuminance { weights, spans, curve: CurveTables::new(curve) }
}

fn parts(row: [i16; 3]) -> [f32; 3] {
    row.map(|part| f32::from(part) / 4096.0)
}

fn mixed(matrix: &Matrix, values: [f32; 3]) -> [f32; 3] {
    let [x, y, z] = values;
    matrix.map(|[a, b, c]| a * x + b * y + c * z)
}

/// By cofactors; the matrices above have an inverse.
fn inverse([[a, b, c], [d, e, f], [g, h, i]]: Matrix) -> Matrix {
    let cofactors = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ];
    let determinant = a * (e * i - f * h) + b * (f * g - d * i) + c * (d * h - e * g);
    cofactors.map(|row| row.map(|cofactor| cofactor / determinant))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURS: [[f32; 3]; 7] = [
        [0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0],
        [0.5, 0.5, 0.5],
        [0.9, 0.2, 0.1],
        [0.1, 0.8, 0.3],
        [0.2, 0.1, 0.95],
        [0.05, 0.4, 0.35],
    ];
    const DEPTH: u32 = 12;
    const SPAN: f32 = 4095.0;

    fn points(matrix: u16, primaries: u16, transfer: u16) -> Nclx {
        Nclx { primaries, transfer, matrix, is_full_range: true }
    }

    /// What an encoder writes for luma from 0 to 1 and chroma from -0.5 to 0.5, and what we read of it.
    fn assert_back(nclx: Nclx, colour: [f32; 3], planes: [f32; 3]) {
        let formula = Formula::of(nclx, DEPTH).unwrap().unwrap();
        let samples = planes.map(|value| (value * SPAN).round() as i16);
        let back = formula.colours(Pixel { samples, spans: [SPAN; 2] });
        // Beside much light, steps of the samples are large for little of it.
        let curve = Curve::from_code_point(nclx.transfer).unwrap();
        let most = curve.light(colour.into_iter().fold(0.0, f32::max));
        for (got, expected) in back.into_iter().zip(colour) {
            let is_unseen = (curve.light(got) - curve.light(expected)).abs() < most / 1000.0;
            assert!(is_unseen || (got - expected).abs() < 0.004, "{nclx:?} {colour:?}: {back:?}");
        }
    }

    #[test]
    fn constant_luminance_comes_back() {
        // By H.273, equations 56 to 61, with the weights that the standards themselves print.
        for (matrix, primaries, transfer, red, blue) in [
            (10, 9, 14, 0.2627, 0.0593),
            (10, 9, 2, 0.2627, 0.0593),
            (13, 1, 13, 0.2126, 0.0722),
            (13, 9, 16, 0.2627, 0.0593),
            (13, 12, 18, 0.2290, 0.0793),
        ] {
            let curve = Curve::from_code_point(transfer).unwrap();
            for colour in COLOURS {
                let [r, g, b] = colour.map(|number| curve.light(number));
                let luma = curve.number(red * r + (1.0 - red - blue) * g + blue * b);
                let chroma = |number: f32, weight: f32| {
                    let difference = number - luma;
                    let span = if difference <= 0.0 { curve.number(1.0 - weight) } else { 1.0 - curve.number(weight) };
                    difference / (2.0 * span)
                };
                let planes = [luma, chroma(colour[2], blue), chroma(colour[0], red)];
                assert_back(points(matrix, primaries, transfer), colour, planes);
            }
        }
    }

    #[test]
    fn ictcp_comes_back_from_both_curves() {
        // ITU-R BT.2100-2, table 7.
        let pq = [[0.5, 0.5, 0.0], [1.613_77, -3.323_486, 1.709_717], [4.378_174, -4.245_605, -0.132_568]];
        let hlg = [[0.5, 0.5, 0.0], [0.885_01, -1.822_51, 0.9375], [2.319_336, -2.249_023, -0.070_313]];
        for (transfer, matrix) in [(16, pq), (18, hlg)] {
            let curve = Curve::from_code_point(transfer).unwrap();
            for colour in COLOURS {
                let [r, g, b] = colour.map(|number| curve.light(number));
                let l = 0.412_109 * r + 0.523_926 * g + 0.063_965 * b;
                let m = 0.166_748 * r + 0.720_459 * g + 0.112_793 * b;
                let s = 0.024_170 * r + 0.075_439 * g + 0.900_391 * b;
                let cones = [l, m, s].map(|light| curve.number(light));
                assert_back(points(14, 9, transfer), colour, mixed(&matrix, cones));
            }
        }
    }

    #[test]
    fn the_reversible_forms_are_exact() {
        for (matrix, depth, bits) in [(16, 10, 8), (16, 12, 10), (17, 10, 9), (17, 12, 11)] {
            let formula = Formula::of(points(matrix, 1, 13), depth).unwrap().unwrap();
            let highest = (1i16 << bits) - 1;
            for [red, green, blue] in [[0, 0, 0], [1, 0, 0], [0, 1, 1], [255, 3, 7], [10, 250, 251], [1, 2, 255]] {
                let [red, green, blue] = [red, green, blue].map(|level: i16| level * (highest / 255));
                // H.273, equations 72 to 75.
                let orange = red - blue;
                let half = blue + (orange >> 1);
                let greenness = green - half;
                let samples = [half + (greenness >> 1), greenness, orange];
                let back = formula.colours(Pixel { samples, spans: [1.0; 2] });
                let back = back.map(|level| (level * f32::from(highest)).round() as i16);
                assert_eq!(back, [red, green, blue], "{matrix} {depth}");
            }
        }
    }

    #[test]
    fn what_is_not_defined_is_refused() {
        for (nclx, depth) in [
            (points(14, 9, 13), 10),
            (points(13, 3, 13), 10),
            (points(13, 1, 9), 10),
            (points(16, 1, 13), 8),
            (Nclx { is_full_range: false, ..points(16, 1, 13) }, 10),
        ] {
            assert_eq!(Formula::of(nclx, depth).unwrap_err(), nclx.unknown_matrix());
        }
        assert!(Formula::of(points(9, 9, 16), 10).unwrap().is_none());
    }
}
