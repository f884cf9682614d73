//! Lift: `value + levels`, for each channel. Source: the filters `brightness` and `rgb` of thumbor.

use super::Curve;

pub(super) fn curve(levels: f64) -> Curve {
    Box::new(move |value| value + levels)
}
