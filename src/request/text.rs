//! `TextWish`: words on the picture: how they look, and where they stand.

use std::fmt;
use std::sync::Arc;

use super::{Along, Anchor, Angle, Background, Dpr, Margin, Measure, Paint, Position};

/// Words that are to stand on the picture.
#[derive(Clone, PartialEq, Eq)]
pub struct TextWish {
    /// What they are.
    pub words: Words,
    /// A family of fonts; `None` is that of the program.
    pub family: Option<Arc<str>>,
    /// The em.
    pub size: Measure,
    /// That of the letters.
    pub colour: Paint,
    /// Where they stand.
    pub position: Position,
    /// What is left free between them and the edges, and their copies.
    pub margin: Margin,
    /// 0 to 100.
    pub opacity_percent: u8,
    /// How they are turned.
    pub angle: Angle,
    /// Where lines are broken; `None` is the width of the picture between its margins.
    pub width: Option<Measure>,
    /// What shows behind them.
    pub background: Option<Paint>,
    /// What shows around the letters.
    pub outline: Option<OutlineWish>,
    /// They are repeated over the whole picture, from where they stand. Along a side that they are longer than, they stand
    /// once.
    pub is_tiled: bool,
    /// Where there is no such family, the usual one will do.
    pub is_family_optional: bool,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for TextWish {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without `..`: a wish that is not in the text does not compile.
        let Self {
            words,
            family,
            size,
            colour,
            position,
            margin,
            opacity_percent,
            angle,
            width,
            background,
            outline,
            is_tiled,
            is_family_optional,
        } = self;
        let mut text = formatter.debug_struct("TextWish");
        text.field("words", words).field("family", family).field("size", size).field("colour", colour);
        text.field("position", position).field("margin", margin).field("opacity_percent", opacity_percent);
        text.field("angle", angle).field("width", width).field("background", background).field("outline", outline);
        if *is_tiled {
            text.field("is_tiled", is_tiled);
        }
        if *is_family_optional {
            text.field("is_family_optional", is_family_optional);
        }
        text.finish()
    }
}

/// A line around letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutlineWish {
    /// How far it reaches; `None` is a part of the em.
    pub width: Option<Measure>,
    /// That of the line.
    pub colour: Paint,
}

/// A text that can be set: not too long, and without control characters but line feeds. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Words(Arc<str>);

impl Words {
    /// The most characters.
    pub const MAX: usize = 500;

    /// Takes a text as it is, but for white space around it; a return before a line feed says nothing, and a tab is a space.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace("\r\n", "\n").replace('\t', " ");
        let is_well =
            text.chars().count() <= Self::MAX && !text.chars().any(|letter| letter.is_control() && letter != '\n');
        is_well.then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TextWish {
    /// The usual: white, a twentieth of the shorter edge, in the middle of the lower edge.
    pub fn of(words: Words) -> Self {
        Self {
            words,
            family: None,
            size: Measure::Percent(5000),
            colour: Background::WHITE.into(),
            position: Position::Anchor(Anchor { horizontal: Along::Middle, vertical: Along::End }),
            margin: Margin::Percent(2),
            opacity_percent: 100,
            angle: Angle::default(),
            width: None,
            background: None,
            outline: None,
            is_tiled: false,
            is_family_optional: false,
        }
    }

    /// In device pixels.
    pub fn at(self, ratio: Dpr) -> Self {
        let outline =
            self.outline.map(|outline| OutlineWish { width: outline.width.map(|width| width.at(ratio)), ..outline });
        Self {
            size: self.size.at(ratio),
            position: self.position.at(ratio),
            margin: self.margin.at(ratio),
            width: self.width.map(|width| width.at(ratio)),
            outline,
            ..self
        }
    }

    /// Tells whether there is anything to see.
    pub fn is_seen(&self) -> bool {
        self.opacity_percent > 0 && !self.size.is_nothing() && !self.words.as_str().is_empty()
    }
}

impl OutlineWish {
    /// Parses a colour, or a width and a colour as `2,black`. Four numbers are red, green, blue and alpha.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(colour) = Paint::parse(text) {
            return Some(Self { width: None, colour });
        }
        let (width, colour) = text.split_once(',')?;
        Some(Self { width: Some(Measure::parse(width)?), colour: Paint::parse(colour.trim())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_not_too_long_and_have_no_control_characters() {
        let parsed = |text: &str| Words::parse(text).map(|words| words.as_str().to_owned());
        assert_eq!(parsed(" <a> & \u{202e}b\r\nc\td\n"), Some("<a> & \u{202e}b\nc d".to_owned()));
        assert!(parsed(&"é".repeat(500)).is_some() && parsed(&"é".repeat(501)).is_none());
        for text in ["a\0b", "a\u{1b}[31mb", "a\u{85}b", "a\u{7f}b"] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_in_the_text_of_what_is_left_open() {
        let usual = TextWish::of(Words::parse("a").unwrap());
        let expected = "TextWish { words: Words(\"a\"), family: None, size: Percent(5000), colour: Paint([255, 255, 255, \
                        255]), position: Anchor(Anchor { horizontal: Middle, vertical: End }), margin: Percent(2), \
                        opacity_percent: 100, angle: Angle(0), width: None, background: None, outline: None";
        assert_eq!(format!("{usual:?}"), format!("{expected} }}"), "it is in keys that others have");
        let tiled = TextWish { is_tiled: true, ..usual };
        assert_eq!(format!("{tiled:?}"), format!("{expected}, is_tiled: true }}"));
    }

    #[test]
    fn an_outline_is_a_colour_or_a_width_and_one() {
        let (black, width) = (Paint([0, 0, 0, 255]), Measure::parse("1.5"));
        assert_eq!(OutlineWish::parse("000"), Some(OutlineWish { width: None, colour: black }));
        assert_eq!(OutlineWish::parse("1.5,black"), Some(OutlineWish { width, colour: black }));
        assert_eq!(OutlineWish::parse("3p, #000").unwrap().width, Measure::parse("3p"));
        for text in ["", "2", "2,", ",black", "black,2", "-1,black"] {
            assert_eq!(OutlineWish::parse(text), None, "{text}");
        }
    }
}
