//! Contrast: `(value - middle) * factor + middle`, where the factor is 0 at -100 percent, 1 at 0 and 2 at 100. Source:
//! `contrast()` of Filter Effects 1, whose middle is half of white.

use super::{Curve, WHITE};

const MIDDLE: f64 = WHITE / 2.0;

pub(super) fn curve(factor: f64) -> Curve {
    Box::new(move |value| (value - MIDDLE) * factor + MIDDLE)
}
