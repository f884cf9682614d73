//! Saturation: `luma + (value - luma) * factor`, where the factor is 0 at -100 percent, 1 at 0 and 2 at 100. Source:
//! `saturate()` of Filter Effects 1, with the luma of ITU-R BT.601 in place of that of BT.709: so that nothing jumps where
//! -100 percent is grayscale.

use super::Weights;

/// ITU-R BT.601, as in `operation/gray.rs`.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

pub(super) fn weights(factor: f64) -> Weights {
    super::UNCHANGED.map(|own| {
        let mut row = LUMA.map(|weight| weight * (1.0 - factor));
        row.iter_mut().zip(own).for_each(|(weight, own)| *weight += own * factor);
        row
    })
}
