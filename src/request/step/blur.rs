//! `Blur`: a Gaussian.

use std::fmt::Write as _;

use super::{Describe, Step};
use crate::request::{Dimensions, KeyText, Orientation, Sigma};

/// Raised when the same step begins to give other bytes.
const VERSION: u32 = 2;

/// Convolution with a Gaussian, in the encoded (sRGB) space, alpha premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Blur {
    /// The standard deviation.
    pub sigma: Sigma,
}

impl Describe for Blur {
    /// It is the same in all directions.
    fn turned(&self, _orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        Some((*self).into())
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { sigma } = self;
        let _ = write!(key, " blur {VERSION}:{}", sigma.thousandths());
    }
}
