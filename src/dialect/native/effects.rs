//! What is done to pixels, whatever the size of the picture.

use super::parameters::{Expected, Parameter};
use super::values::{a_switch, put, switch};
use crate::request::{Effects, Sigma};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct EffectValues {
    grayscale: bool,
    blur: Option<Sigma>,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["bw", "grayscale"], expected: a_switch,
        meaning: "`1` is grayscale",
        read: |reading, text| { reading.effects.grayscale = switch(text)?; Some(()) },
    },
    Parameter {
        names: &["blur"], expected: || Expected::Text(format!("a number from 0.3 to {}, or 0", Sigma::MAX)),
        meaning: "Gaussian blur; the standard deviation in pixels of the rendition",
        read: |reading, text| match text.trim().parse() {
            Ok(0.0) => { reading.effects.blur = None; Some(()) }
            _ => put(&mut reading.effects.blur, Sigma::parse(text)),
        },
    },
];

impl EffectValues {
    /// What is done to pixels.
    pub fn wish(self) -> Effects {
        let Self { grayscale, blur } = self;
        Effects { grayscale, blur }
    }
}
