//! `Meanings`: what words of the vocabulary mean to those who do not all mean the same by them.

use std::borrow::Cow;

use crate::request::{Fit, Paint, Surround};

/// What words mean. All that is not said here means the same to everybody.
#[derive(Debug)]
pub(in crate::dialect) struct Meanings {
    /// Further names, and those of the table that they stand for.
    pub names: &'static [(&'static str, &'static str)],
    /// Words for fits that are none of the table's, or mean something else than there.
    pub fits: &'static [(&'static str, FitWord)],
    /// The fit of two edges where none is said.
    pub unsaid: FitWord,
    /// A box to be within on a canvas.
    pub letterbox: FitWord,
    /// What a `crop` of four plain numbers is.
    pub four_numbers: FourNumbers,
    /// What four or eight digits of a colour are.
    pub digits: ColourDigits,
    /// A part that comes after the edges is one of the picture that these make.
    pub is_in_order: bool,
}

/// What a word for a fit means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum FitWord {
    Fit(Fit),
    /// The same, of a picture that may become larger than it is.
    Enlarged(Fit),
    /// A canvas where a background is named, else stretched.
    Fill,
    /// A canvas of this colour where no other is named.
    Canvas(Paint),
    /// The same, of a picture that may become larger than it is.
    EnlargedCanvas(Paint),
    /// A part of these dimensions, not scaled.
    Part,
}

/// What a `crop` of four plain numbers is: three things in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum FourNumbers {
    /// Nobody knows.
    Refused,
    /// Width and height, then left and top, in pixels.
    SizeFirst,
    /// Left, top, width and height: in percent, or in pixels where that is said.
    Percent,
}

/// What four or eight digits of a colour are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialect) enum ColourDigits {
    /// Nobody knows.
    Refused,
    /// Alpha, red, green, blue.
    AlphaFirst,
    /// Red, green, blue, alpha, as in CSS.
    AlphaLast,
}

impl Meanings {
    /// Those of this product.
    pub const NATIVE: Self = Self {
        names: &[],
        fits: &[],
        unsaid: FitWord::Fit(Fit::Contain),
        letterbox: FitWord::Fit(Fit::Pad),
        four_numbers: FourNumbers::Refused,
        digits: ColourDigits::Refused,
        is_in_order: false,
    };

    /// The name of the table that a name stands for.
    pub fn name<'a>(&self, name: &'a str) -> &'a str {
        let known = self.names.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        known.map_or(name, |(_, name)| *name)
    }

    /// What a word for a fit means, where that is not what it means to everybody.
    pub fn fit(&self, word: &str) -> Option<FitWord> {
        self.fits.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, fit)| *fit)
    }

    /// The fit of what is to be cut, where none is said.
    pub fn cut(&self) -> FitWord {
        self.fit("crop").filter(|word| *word != FitWord::Part).unwrap_or(FitWord::Fit(Fit::Cover))
    }

    /// A colour.
    pub fn paint(&self, text: &str) -> Option<Paint> {
        Paint::parse(text).or_else(|| self.digits.paint(text))
    }
}

impl FitWord {
    /// The fit, whether the picture may become larger, and what is around it where no background is named.
    pub fn comes_to(self, has_background: bool) -> (Fit, bool, Option<Surround>) {
        match self {
            Self::Fit(fit) => (fit, false, None),
            Self::Enlarged(fit) => (fit, true, None),
            Self::Fill if has_background => (Fit::Pad, false, None),
            Self::Fill => (Fit::Stretch, false, None),
            Self::Canvas(paint) => (Fit::Pad, false, (!has_background).then_some(Surround::Paint(paint))),
            Self::EnlargedCanvas(paint) => (Fit::Pad, true, (!has_background).then_some(Surround::Paint(paint))),
            Self::Part => (Fit::default(), false, None),
        }
    }
}

impl Default for &'static Meanings {
    fn default() -> Self {
        const NATIVE: &Meanings = &Meanings::NATIVE;
        NATIVE
    }
}

impl ColourDigits {
    fn paint(self, text: &str) -> Option<Paint> {
        let digits = text.trim().trim_start_matches('#');
        let digits: Cow<'_, str> = match digits.len() {
            4 => digits.chars().flat_map(|digit| [digit, digit]).collect::<String>().into(),
            _ => digits.into(),
        };
        let is_right = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let all = is_right.then(|| u32::from_str_radix(&digits, 16).ok()).flatten()?;
        match self {
            Self::Refused => None,
            Self::AlphaFirst => Some(Paint(all.rotate_left(8).to_be_bytes())),
            Self::AlphaLast => Some(Paint(all.to_be_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_field_puts_alpha_first() {
        for (text, first, last) in
            [("#80FF0010", [255, 0, 16, 128], [128, 255, 0, 16]), ("8f01", [255, 0, 17, 136], [136, 255, 0, 17])]
        {
            assert_eq!(ColourDigits::AlphaFirst.paint(text), Some(Paint(first)), "{text}");
            assert_eq!(ColourDigits::AlphaLast.paint(text), Some(Paint(last)), "{text}");
            assert_eq!(ColourDigits::Refused.paint(text), None, "{text}");
        }
        for text in ["", "12345", "xyzw", "+1234567", "é123", "123456789"] {
            assert_eq!(ColourDigits::AlphaLast.paint(text), None, "{text}");
        }
    }

    #[test]
    fn names_and_words_stand_for_those_of_the_table() {
        let meanings = Meanings { names: &[("f", "fit")], fits: &[("fill", FitWord::Part)], ..Meanings::NATIVE };
        assert_eq!((meanings.name("F"), meanings.name("w")), ("fit", "w"));
        assert_eq!((meanings.fit("FILL"), meanings.fit("crop")), (Some(FitWord::Part), None));
    }
}
