//! `Paint`: a colour that a URL names, with its opacity.

use std::fmt::{self, Display};
use std::str::FromStr as _;

use super::Background;

/// A colour of sRGB and its opacity: red, green, blue, alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Paint(pub [u8; 4]);

impl Paint {
    /// Nothing at all.
    pub const CLEAR: Self = Self([0; 4]);

    /// What is behind everything in many other systems.
    pub const BLACK: Self = Self([0, 0, 0, u8::MAX]);

    /// Parses three or six hexadecimal digits with or without `#` or `rgb:` before them, a name of CSS
    /// (<https://www.w3.org/TR/css-color-4/#named-colors>), `r,g,b` or `r,g,b,a` with channels from 0 to 255 and an alpha
    /// from 0 to 1; in any letter case. Four or eight digits are no colour: half of the field puts alpha first.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text == "transparent" {
            return Some(Self::CLEAR);
        }
        if text.contains(',') {
            return Self::of_channels(&text);
        }
        let digits = text.strip_prefix("rgb:").unwrap_or(&text);
        if let Some(opaque) = Background::parse(digits) {
            return Some(opaque.into());
        }
        // The library reads more than names.
        let is_name = !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_lowercase());
        let colour = svgtypes::Color::from_str(&text).ok().filter(|_| is_name)?;
        Some(Self([colour.red, colour.green, colour.blue, colour.alpha]))
    }

    fn of_channels(text: &str) -> Option<Self> {
        let mut parts = text.split(',').map(str::trim);
        let mut channel = || parts.next()?.parse::<u8>().ok();
        let (red, green, blue) = (channel()?, channel()?, channel()?);
        let alpha = match parts.next() {
            None => 1.0,
            Some(alpha) => alpha.parse::<f64>().ok().filter(|alpha| (0.0..=1.0).contains(alpha))?,
        };
        parts.next().is_none().then_some(Self([red, green, blue, (alpha * 255.0).round() as u8]))
    }

    /// Tells whether nothing shows through.
    pub fn is_opaque(self) -> bool {
        let [.., alpha] = self.0;
        alpha == u8::MAX
    }
}

impl From<Background> for Paint {
    fn from(Background([red, green, blue]): Background) -> Self {
        Self([red, green, blue, u8::MAX])
    }
}

impl Display for Paint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue, alpha] = self.0;
        write!(formatter, "{red:02x}{green:02x}{blue:02x}{alpha:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_written_as_its_speakers_write_it() {
        let orange = Some(Paint([255, 165, 0, 255]));
        for text in ["ffa500", "#FFA500", "rgb:ffa500", "orange", "Orange", "255,165,0", "255, 165, 0, 1"] {
            assert_eq!(Paint::parse(text), orange, "{text}");
        }
        assert_eq!(Paint::parse("fff"), Paint::parse("white"));
        assert_eq!(Paint::parse("1,2,3,0.5"), Some(Paint([1, 2, 3, 128])));
        assert_eq!(Paint::parse("transparent"), Some(Paint::CLEAR));
        assert!(!Paint::CLEAR.is_opaque() && Paint([0, 0, 0, 255]).is_opaque());
    }

    #[test]
    fn what_the_field_reads_in_two_ways_is_no_colour() {
        for text in
            ["80ff0000", "f00c", "#80ff0000", "", "1,2", "1,2,3,4,5", "256,0,0", "0,0,0,1.1", "rgb(1,2,3)", "url"]
        {
            assert_eq!(Paint::parse(text), None, "{text}");
        }
    }
}
