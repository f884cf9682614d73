//! `Sharpen`: finer detail.

use std::fmt::Write as _;

use super::{Describe, Step};
use crate::request::{Dimensions, KeyText, Orientation, Sharpness};

/// Raised when the same step with a deviation begins to give other bytes.
const VERSION: u32 = 2;

/// Adds what a pixel differs by from those around it, in the encoded (sRGB) space; alpha stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sharpen {
    /// How.
    pub sharpness: Sharpness,
}

impl Describe for Sharpen {
    /// It is the same in all directions.
    fn turned(&self, _orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        Some((*self).into())
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { sharpness } = self;
        let _ = match sharpness {
            Sharpness::Mild => write!(key, " sharpen"),
            Sharpness::Sigma(sigma) => write!(key, " sharpen {VERSION}:{}", sigma.thousandths()),
        };
    }
}
