//! `Length`: a side of a picture, as a URL asks for it.

use super::{Rounding, Size};

/// What a share is counted in.
const WHOLE: u32 = 1_000_000;

/// How long a side is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Length {
    /// In device pixels.
    Pixels(u32),
    /// In millionths of the same side of the upright original.
    Share(u32),
}

impl Length {
    /// The largest share, in percent.
    pub const MAX_PERCENT: u32 = 1000;

    /// All of the side.
    pub const WHOLE: Self = Self::Share(WHOLE);

    /// Parses pixels, rounded to the nearest whole number from 1 to [`Size::MAX`]; a number between 0 and 1, which is that
    /// share; or percent, as `50p`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(percent) = text.strip_suffix(['p', 'P', '%']) {
            let percent = number(percent)?;
            return (percent > 0.0 && percent <= f64::from(Self::MAX_PERCENT)).then(|| Self::share(percent / 100.0));
        }
        let number = number(text)?;
        if number > 0.0 && number < 1.0 {
            return Some(Self::share(number));
        }
        let pixels = number.round();
        (1.0..=f64::from(Size::MAX)).contains(&pixels).then_some(Self::Pixels(pixels as u32))
    }

    /// So many times as long, for pages and screens: a share of the original grows up to all of it by `ratio`, and by `zoom`
    /// as far as it goes.
    #[must_use]
    pub fn scaled(self, ratio: f64, zoom: f64) -> Self {
        match self {
            Self::Pixels(pixels) => Self::Pixels(((f64::from(pixels) * ratio * zoom).round() as u32).max(1)),
            Self::Share(millionths) => {
                let zoomed = f64::from(millionths) * zoom;
                Self::Share((zoomed * ratio).min(zoomed.max(WHOLE.into())).round() as u32)
            }
        }
    }

    /// So many times the side, from 1 to 255.
    pub fn times(factor: u8) -> Self {
        Self::Share(WHOLE * u32::from(factor.max(1)))
    }

    /// In pixels, for a side of the original that is so long; at least one.
    pub fn of(self, side: u32) -> u32 {
        self.rounded(side, Rounding::Nearest)
    }

    /// The same, where fractions of a pixel are rounded so.
    pub(super) fn rounded(self, side: u32, rounding: Rounding) -> u32 {
        match self {
            Self::Pixels(pixels) => pixels,
            Self::Share(millionths) => rounding.scaled(side, millionths, WHOLE),
        }
    }

    fn share(number: f64) -> Self {
        Self::Share(((number * f64::from(WHOLE)).round() as u32).max(1))
    }
}

/// A decimal number that is finite.
fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_pixels_a_share_or_percent() {
        for (text, expected) in [
            ("400", Length::Pixels(400)),
            ("399.5", Length::Pixels(400)),
            ("1", Length::Pixels(1)),
            ("1.0", Length::Pixels(1)),
            ("16384", Length::Pixels(16_384)),
            ("0.25", Length::Share(250_000)),
            ("25p", Length::Share(250_000)),
            ("25%", Length::Share(250_000)),
            ("100p", Length::WHOLE),
        ] {
            assert_eq!(Length::parse(text), Some(expected), "{text}");
        }
        for text in ["", "0", "-1", "16385", "abc", "NaN", "inf", "0p", "1001p", "p", "4x"] {
            assert_eq!(Length::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_side_can_be_taken_several_times() {
        assert_eq!(
            [1, 2, 64, 255].map(|factor| Length::times(factor).of(16_384)),
            [16_384, 32_768, 1_048_576, 4_177_920]
        );
        assert_eq!((Length::times(1), Length::times(0)), (Length::WHOLE, Length::WHOLE));
    }

    #[test]
    fn the_ratio_of_the_screen_takes_a_share_up_to_the_original_and_no_further() {
        let share = |text: &str, ratio, zoom| Length::parse(text).unwrap().scaled(ratio, zoom).of(1000);
        assert_eq!(share("0.25", 2.0, 1.0), 500);
        assert_eq!(share("0.5", 3.0, 1.0), 1000);
        assert_eq!(share("150p", 2.0, 1.0), 1500);
        assert_eq!(share("0.5", 1.0, 3.0), 1500);
        assert_eq!(share("333", 1.5, 1.0), 500);
        assert_eq!(share("1", 1.0, 0.1), 1);
        assert_eq!(Length::Share(1).of(10), 1);
    }
}
