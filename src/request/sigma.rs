//! `Sigma`, `SizedBlur` and `Sharpness`: how far an effect looks around a pixel.

use std::num::NonZeroU32;

use super::Dimensions;

/// The standard deviation of a Gaussian, in thousandths of a pixel of the picture that is blurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sigma(u32);

/// A blur that follows from the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SizedBlur {
    /// How many times its sigma goes into the longer side.
    pub divisor: NonZeroU32,
    /// The widest, in pixels, up to [`Sigma::MAX`].
    pub most: u32,
}

/// How a picture is sharpened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sharpness {
    /// By the nearest neighbours, a little.
    Mild,
    /// By what a Gaussian takes away.
    Sigma(Sigma),
}

impl Sharpness {
    /// What makes up for the sharpness that a strong reduction takes.
    pub const REDUCED: Self = Self::Mild;
}

impl Sigma {
    /// The widest blur, in pixels.
    pub const MAX: u32 = 1000;
    /// The narrowest blur that changes a pixel of eight bits, in thousandths.
    const MIN_THOUSANDTHS: u32 = 300;

    /// Parses a decimal number of pixels from 0.3 to [`Sigma::MAX`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_or_none(text)?
    }

    /// A blur of so many pixels, no wider than the widest; `None` where it is too narrow to change anything.
    pub fn of(pixels: f64) -> Option<Self> {
        // What is no number is none.
        let thousandths = (pixels.min(f64::from(Self::MAX)) * 1000.0).round() as u32;
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

    /// Parses a decimal number of pixels up to [`Sigma::MAX`]; what is too narrow to change anything is none.
    fn parse_or_none(text: &str) -> Option<Option<Self>> {
        let pixels = text.trim().parse::<f64>().ok().filter(|pixels| (0.0..=f64::from(Self::MAX)).contains(pixels))?;
        let thousandths = (pixels * 1000.0).round() as u32;
        Some((thousandths >= Self::MIN_THOUSANDTHS).then_some(Self(thousandths)))
    }
}

impl SizedBlur {
    /// Its sigma in whole pixels; none where that is less than one.
    pub(super) fn sigma(self, picture: Dimensions) -> Option<Sigma> {
        let pixels = (picture.longest_edge() / self.divisor).min(self.most.min(Sigma::MAX));
        (pixels > 0).then_some(Sigma(pixels * 1000))
    }
}

impl Sharpness {
    /// Parses a decimal number of pixels up to [`Sigma::MAX`], or nothing or `true` for a mild one. What is too narrow to
    /// change anything is none.
    pub fn parse(text: &str) -> Option<Option<Self>> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "true" => Some(Some(Self::Mild)),
            "false" => Some(None),
            text => Sigma::parse_or_none(text).map(|sigma| sigma.map(Self::Sigma)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_narrow_to_be_seen_is_no_blur_and_sharpens_nothing() {
        assert_eq!(Sigma::parse("0.3"), Some(Sigma(300)));
        assert_eq!(Sigma::parse("0.29"), None);
        assert_eq!(Sharpness::parse("0.29"), Some(None));
        assert_eq!(Sharpness::parse("0"), Some(None));
        assert_eq!(Sharpness::parse("1.5"), Some(Some(Sharpness::Sigma(Sigma(1500)))));
    }

    #[test]
    fn a_blur_that_follows_from_the_picture_is_whole_pixels_and_bound() {
        let blur = SizedBlur { divisor: NonZeroU32::new(20).unwrap(), most: 50 };
        let sigma = |width, height| blur.sigma(Dimensions::new(width, height)).map(Sigma::thousandths);
        assert_eq!([sigma(640, 427), sigma(100, 39), sigma(19, 19)], [Some(32_000), Some(5000), None]);
        assert_eq!(sigma(10, 100_000), Some(50_000));
        assert_eq!(SizedBlur { most: u32::MAX, ..blur }.sigma(Dimensions::new(65_535, 1)), Some(Sigma(1_000_000)));
    }

    #[test]
    fn sharpening_without_a_number_is_mild() {
        assert_eq!(["", "true"].map(Sharpness::parse), [Some(Some(Sharpness::Mild)); 2]);
        for text in ["-1", "1001", "NaN", "yes", "mild"] {
            assert_eq!(Sharpness::parse(text), None, "{text}");
        }
    }
}
