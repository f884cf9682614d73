//! Invert: `white - value`. Source: `invert(1)` of Filter Effects 1, and sharp's `negate({alpha: false})`.

use super::{Curve, WHITE};

pub(super) fn curve() -> Curve {
    Box::new(|value| WHITE - value)
}
