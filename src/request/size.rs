//! Lengths in pixels: the size asked for, the device pixel ratio, and the arithmetic of fitting.

use std::fmt;

/// The longest edge of a box, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size(u32);

/// A device pixel ratio from 1 to 10, held in thousandths so that equal ratios are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dpr(u16);

/// The width and height of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dimensions {
    pub width: u32,
    pub height: u32,
}

/// What was expected of a number in a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    #[error("expected a whole number from 1 to {}", Size::MAX)]
    Size,
    #[error("expected a number from 1.0 to 10.0")]
    Dpr,
}

impl Size {
    /// Largest size that can be asked for, in pixels before the device pixel ratio.
    pub const MAX: u32 = 16_384;

    /// Parses a whole number of pixels.
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        match text.trim().parse() {
            Ok(pixels) if (1..=Self::MAX).contains(&pixels) => Ok(Self(pixels)),
            _ => Err(SizeError::Size),
        }
    }

    /// The size in device pixels, rounded to the nearest.
    pub fn at(self, ratio: Dpr) -> Self {
        Self((self.0 * u32::from(ratio.0) + 500) / 1000)
    }

    pub fn pixels(self) -> u32 {
        self.0
    }
}

impl Dpr {
    /// Parses a decimal number, for the query as for the `Sec-CH-DPR` header.
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        match text.trim().parse::<f64>() {
            Ok(ratio) if (1.0..=10.0).contains(&ratio) => Ok(Self((ratio * 1000.0).round() as u16)),
            _ => Err(SizeError::Dpr),
        }
    }
}

impl Dimensions {
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    pub fn longest_edge(self) -> u32 {
        self.width.max(self.height)
    }

    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The same picture lying on its side.
    pub fn swapped(self) -> Self {
        Self::new(self.height, self.width)
    }

    /// The largest dimensions of the same aspect ratio whose longest edge is at most `size`; never larger than
    /// `self`, and never less than one pixel.
    pub fn fit_within(self, size: Size) -> Self {
        if size.0 >= self.longest_edge() { self } else { self.scaled_to(size) }
    }

    /// The dimensions of the same aspect ratio whose longest edge is `size`, be it larger or smaller; never less than
    /// one pixel.
    pub fn scaled_to(self, size: Size) -> Self {
        let longest = self.longest_edge().max(1);
        let scaled = |edge: u32| {
            let exact = u64::from(edge) * u64::from(size.0);
            let rounded = (exact + u64::from(longest) / 2) / u64::from(longest);
            (rounded as u32).max(1)
        };
        Self::new(scaled(self.width), scaled(self.height))
    }
}

impl fmt::Display for Dimensions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}x{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn the_longest_edge_fits_the_box() {
        let fit = |width, height, size| Dimensions::new(width, height).fit_within(Size(size));
        assert_eq!(fit(4000, 3000, 400), Dimensions::new(400, 300));
        assert_eq!(fit(3000, 4000, 400), Dimensions::new(300, 400));
        assert_eq!(fit(100, 50, 400), Dimensions::new(100, 50));
        assert_eq!(fit(10_000, 1, 100), Dimensions::new(100, 1));
    }

    proptest! {
        #[test]
        fn fitting_never_enlarges_and_never_vanishes(width in 1u32..70_000, height in 1u32..70_000, size in 1u32..70_000) {
            let original = Dimensions::new(width, height);
            let fitted = original.fit_within(Size(size));
            prop_assert!(fitted.width >= 1 && fitted.height >= 1);
            prop_assert!(fitted.width <= width && fitted.height <= height);
            prop_assert_eq!(fitted.longest_edge(), size.min(original.longest_edge()));
        }
    }
}
