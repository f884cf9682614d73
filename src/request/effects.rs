//! `Effects`: what is done to pixels, whatever the size of the picture.

use super::step::{Blur, Gray};
use super::{Course, OutputPolicy, RecipeError};

/// What is done to pixels. A field at its default was not asked for. The order of work is that of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Gray in place of colours.
    pub grayscale: bool,
    /// A Gaussian.
    pub blur: Option<Sigma>,
}

/// The standard deviation of a Gaussian, in thousandths of a pixel of the picture that is blurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sigma(u32);

impl Effects {
    pub(super) fn decide(&self, course: &mut Course, policy: &OutputPolicy) -> Result<(), RecipeError> {
        // Without `..`: a wish that is not decided does not compile.
        let Self { grayscale, blur } = self;
        if *grayscale {
            course.take(Gray.into(), policy)?;
        }
        if let Some(sigma) = *blur {
            course.take(Blur { sigma }.into(), policy)?;
        }
        Ok(())
    }
}

impl Sigma {
    /// The widest blur, in pixels.
    pub const MAX: u32 = 1000;
    /// The narrowest blur that changes a pixel of eight bits, in thousandths.
    const MIN_THOUSANDTHS: u32 = 300;

    /// Parses a decimal number of pixels from 0.3 to [`Sigma::MAX`].
    pub fn parse(text: &str) -> Option<Self> {
        let pixels = text.trim().parse::<f64>().ok().filter(|pixels| (0.0..=f64::from(Self::MAX)).contains(pixels))?;
        let thousandths = (pixels * 1000.0).round() as u32;
        (thousandths >= Self::MIN_THOUSANDTHS).then_some(Self(thousandths))
    }

    /// In pixels.
    pub fn pixels(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// In thousandths of a pixel.
    pub fn thousandths(self) -> u32 {
        self.0
    }
}
