//! Brightness: `value * factor`, where the factor is 0 at -100 percent, 1 at 0 and 2 at 100. Source: `brightness()` of
//! Filter Effects 1, which is linear in the encoded values.

use super::Curve;

pub(super) fn curve(factor: f64) -> Curve {
    Box::new(move |value| value * factor)
}
