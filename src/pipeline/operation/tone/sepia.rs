//! Sepia: between the colours as they are, at 0, and shades of brown, at 1. Source: the matrix of `sepia()` in Filter
//! Effects 1.

use super::{UNCHANGED, Weights};

const BROWN: Weights = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]];

pub(super) fn weights(amount: f64) -> Weights {
    let mut weights = UNCHANGED;
    for (row, brown) in weights.iter_mut().zip(BROWN) {
        row.iter_mut().zip(brown).for_each(|(weight, brown)| *weight += (brown - *weight) * amount);
    }
    weights
}
