//! Hue: a turn around the axis of grays that keeps luma (BT.709). Source: `hue-rotate()` of Filter Effects 1, which is
//! `feColorMatrix` of type `hueRotate`.

use super::Weights;

const LUMA: [f64; 3] = [0.213, 0.715, 0.072];
/// What the cosine and the sine of the angle add.
const COSINE: Weights = [[0.787, -0.715, -0.072], [-0.213, 0.285, -0.072], [-0.213, -0.715, 0.928]];
const SINE: Weights = [[-0.213, -0.715, 0.928], [0.143, 0.140, -0.283], [-0.787, 0.715, 0.072]];

pub(super) fn weights(radians: f64) -> Weights {
    if radians == 0.0 {
        return super::UNCHANGED;
    }
    let (sine, cosine) = radians.sin_cos();
    let mut weights = [LUMA; 3];
    for (row, (of_cosine, of_sine)) in weights.iter_mut().zip(COSINE.into_iter().zip(SINE)) {
        for (weight, (of_cosine, of_sine)) in row.iter_mut().zip(of_cosine.into_iter().zip(of_sine)) {
            *weight += cosine * of_cosine + sine * of_sine;
        }
    }
    weights
}
