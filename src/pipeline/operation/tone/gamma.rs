//! Gamma: `white * (value / white) ^ (1 / gamma)`, of the encoded values: above 1 it brightens. Source: the second half of
//! sharp's `gamma(1, gamma)`, which is `vips_gamma`; also `feFuncX` of type `gamma` in Filter Effects 1.

use super::{Curve, WHITE};

/// `exponent` is one over gamma.
pub(super) fn curve(exponent: f64) -> Curve {
    Box::new(move |value| WHITE * (value / WHITE).powf(exponent))
}
