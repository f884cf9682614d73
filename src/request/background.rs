//! `Background`: the colour that shows through a picture whose format cannot be transparent.

use std::fmt::{self, Display};

/// A colour of sRGB: red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Background(pub [u8; 3]);

impl Background {
    const NAMES: [(&str, Self); 2] = [("white", Self::WHITE), ("black", Self([0; 3]))];

    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// Parses three or six hexadecimal digits, as in CSS, with or without a `#` before them, or the name `white` or
    /// `black`; in any letter case.
    pub fn parse(text: &str) -> Option<Self> {
        let named = Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        if let Some((_, background)) = named {
            return Some(*background);
        }
        let digits: Option<Vec<u8>> = text.strip_prefix('#').unwrap_or(text).chars().map(digit).collect();
        match digits?[..] {
            [red, green, blue] => Some(Self([red * 17, green * 17, blue * 17])),
            [a, b, c, d, e, f] => Some(Self([a * 16 + b, c * 16 + d, e * 16 + f])),
            _ => None,
        }
    }
}

fn digit(digit: char) -> Option<u8> {
    digit.to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl Display for Background {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_written_as_in_style_sheets() {
        for text in ["ffcc00", "#FFCC00", "fc0", "#Fc0"] {
            assert_eq!(Background::parse(text), Some(Background([255, 204, 0])), "{text}");
        }
        assert_eq!(Background::parse("White"), Some(Background::WHITE));
        assert_eq!(Background::parse("black"), Some(Background([0; 3])));
        assert_eq!(Background([255, 204, 0]).to_string(), "ffcc00");
    }

    #[test]
    fn anything_else_is_no_colour() {
        for text in ["", "#", "red", "ffff", "#ff", "fffffff", "##fff", "+ff", "ﬀﬀﬀ", "rgb(0,0,0)"] {
            assert_eq!(Background::parse(text), None, "{text}");
        }
    }
}
