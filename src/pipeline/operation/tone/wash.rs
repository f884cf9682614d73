//! Wash: `value * kept + levels`, for each channel, where `kept` is 1 less the share of the colour and `levels` that share of it.
//! Source: the filter `colorize` of thumbor.

use super::Curve;

pub(super) fn curve((kept, levels): (f64, f64)) -> Curve {
    Box::new(move |value| value * kept + levels)
}
