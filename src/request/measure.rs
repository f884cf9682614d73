//! `Measure`: a length that may be a part of the picture.

use super::{Dimensions, Dpr};

/// A length, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Of a pixel.
    Pixels(u32),
    /// Of a hundredth of the shorter edge of the picture.
    Percent(u32),
    /// Of a hundredth of its width.
    PercentOfWidth(u32),
}

impl Measure {
    /// The largest one, in pixels.
    pub const MAX: u32 = 16_384;
    /// The largest one, in percent.
    pub const MAX_PERCENT: u32 = 1000;

    /// Parses a decimal number of pixels, or a percentage as `5p` or `5%`.
    pub fn parse(text: &str) -> Option<Self> {
        let thousandths = |number: &str, max: u32| {
            let number = number.trim().parse::<f64>().ok()?;
            (0.0..=f64::from(max)).contains(&number).then(|| (number * 1000.0).round() as u32)
        };
        match text.trim().strip_suffix(['p', 'P', '%']) {
            Some(percent) => thousandths(percent, Self::MAX_PERCENT).map(Self::Percent),
            None => thousandths(text, Self::MAX).map(Self::Pixels),
        }
    }

    /// In device pixels.
    pub fn at(self, ratio: Dpr) -> Self {
        match self {
            Self::Pixels(thousandths) => Self::Pixels(ratio.times(thousandths)),
            percent @ (Self::Percent(_) | Self::PercentOfWidth(_)) => percent,
        }
    }

    /// Tells whether it is nothing.
    pub fn is_nothing(self) -> bool {
        matches!(self, Self::Pixels(0) | Self::Percent(0) | Self::PercentOfWidth(0))
    }

    /// In thousandths of a pixel, on a picture of these dimensions.
    pub(super) fn of(self, picture: Dimensions) -> u32 {
        match self {
            Self::Pixels(thousandths) => thousandths,
            Self::Percent(thousandths) => share(picture.width.min(picture.height), thousandths),
            Self::PercentOfWidth(thousandths) => share(picture.width, thousandths),
        }
    }
}

/// Thousandths of hundredths of a side.
fn share(side: u32, thousandths: u32) -> u32 {
    u32::try_from((u64::from(side) * u64::from(thousandths) + 50) / 100).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_in_pixels_or_in_percent_of_the_shorter_edge() {
        let of = |text: &str| Measure::parse(text).map(|measure| measure.of(Dimensions::new(400, 300)));
        assert_eq!(
            [of("24"), of("2.5"), of("5p"), of("5%"), of("0.5P")],
            [24_000, 2500, 15_000, 15_000, 1500].map(Some)
        );
        assert_eq!(Measure::PercentOfWidth(16_667).of(Dimensions::new(600, 300)), 100_002);
        assert_eq!(Measure::parse("12").unwrap().at(Dpr::parse("1.5").unwrap()), Measure::Pixels(18_000));
        assert_eq!(Measure::parse("5p").unwrap().at(Dpr::parse("2").unwrap()), Measure::Percent(5000));
        for text in ["", "p", "-1", "1001p", "16385", "%", "NaN", "24px"] {
            assert_eq!(Measure::parse(text), None, "{text}");
        }
    }
}
