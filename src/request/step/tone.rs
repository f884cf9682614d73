//! `Tone`: other light and other colours, pixel for pixel.

use super::{Describe, Step};
use crate::request::{Dimensions, KeyText, Orientation, Tones};

/// All that becomes of each pixel for itself, in one go; alpha stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tone {
    /// What is asked for; something is.
    pub tones: Tones,
}

impl Describe for Tone {
    fn turned(&self, _orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        Some((*self).into())
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { tones } = self;
        tones.write_to(key);
    }
}
