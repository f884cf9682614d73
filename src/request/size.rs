//! Lengths in pixels, as a URL asks for them: the longest edge and the device pixel ratio.

/// The longest edge of a box, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size(u32);

/// A device pixel ratio from 1 to 10, held in thousandths so that equal ratios are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dpr(u16);

/// What was expected of a number in a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// It is no length.
    #[error("expected a whole number from 1 to {}", Size::MAX)]
    Size,
    /// It is no ratio.
    #[error("expected a number from 1.0 to 10.0")]
    Dpr,
}

impl Size {
    /// Largest size that can be asked for, in pixels before the device pixel ratio.
    pub const MAX: u32 = 16_384;

    /// Parses a whole number of pixels.
    ///
    /// # Errors
    /// [`SizeError::Size`].
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        match text.trim().parse() {
            Ok(pixels) if (1..=Self::MAX).contains(&pixels) => Ok(Self(pixels)),
            _ => Err(SizeError::Size),
        }
    }

    /// A size of so many pixels; `None` for none.
    pub fn new(pixels: u32) -> Option<Self> {
        (pixels > 0).then_some(Self(pixels))
    }

    /// The size in device pixels, rounded to the nearest.
    pub fn at(self, ratio: Dpr) -> Self {
        Self(ratio.times(self.0))
    }

    /// In pixels.
    pub fn pixels(self) -> u32 {
        self.0
    }
}

impl Dpr {
    /// So many pixels of a page in pixels of the screen, to the nearest; of at most 400 million.
    pub fn times(self, pixels: u32) -> u32 {
        ((u64::from(pixels) * u64::from(self.0) + 500) / 1000).min(u32::MAX.into()) as u32
    }

    /// As a number from 1 to 10.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// So many pixels of the screen in pixels of a page, to the nearest, and at least one.
    pub fn pages(self, pixels: u32) -> u32 {
        let ratio = u64::from(self.0);
        ((u64::from(pixels) * 1000 + ratio / 2) / ratio.max(1)).clamp(1, u32::MAX.into()) as u32
    }

    /// Parses a decimal number, for the query as for the `Sec-CH-DPR` header.
    ///
    /// # Errors
    /// [`SizeError::Dpr`].
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        match text.trim().parse::<f64>() {
            Ok(ratio) if (1.0..=10.0).contains(&ratio) => Ok(Self((ratio * 1000.0).round() as u16)),
            _ => Err(SizeError::Dpr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_whole_number_in_range() {
        assert_eq!(Size::parse("0400"), Ok(Size(400)));
        assert_eq!(Size::parse("16384"), Ok(Size(16_384)));
        for text in ["", "0", "-5", "1.5", "abc", "16385", "99999999999"] {
            assert_eq!(Size::parse(text), Err(SizeError::Size), "{text}");
        }
    }

    #[test]
    fn a_ratio_is_a_number_from_one_to_ten() {
        assert_eq!(Dpr::parse("2"), Dpr::parse("2.0"));
        assert_eq!(Dpr::parse("10"), Ok(Dpr(10_000)));
        for text in ["", "0.99", "10.01", "NaN", "inf", "-2", "2x"] {
            assert_eq!(Dpr::parse(text), Err(SizeError::Dpr), "{text}");
        }
    }

    #[test]
    fn a_size_is_multiplied_by_the_ratio() {
        let size = |pixels: &str, ratio: &str| Size::parse(pixels).unwrap().at(Dpr::parse(ratio).unwrap()).0;
        assert_eq!(size("200", "2"), 400);
        assert_eq!(size("333", "1.5"), 500);
        assert_eq!(size("16384", "10"), 163_840);
    }
}
