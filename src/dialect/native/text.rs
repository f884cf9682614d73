//! Words that stand on the picture.

use std::sync::Arc;

use super::parameters::{Expected, Parameter};
use super::values::{a_margin, a_paint, a_percentage, a_position, a_switch, an_angle, percent, put, set, switch};
use crate::request::{Angle, Dpr, Margin, Measure, OutlineWish, Paint, Position, TextWish, Words};

/// The values of this section's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct TextValues {
    words: Option<Words>,
    family: Option<Arc<str>>,
    size: Option<Measure>,
    colour: Option<Paint>,
    position: Option<Position>,
    margin: Option<Margin>,
    opacity: Option<u8>,
    angle: Option<Angle>,
    width: Option<Measure>,
    background: Option<Paint>,
    outline: Option<OutlineWish>,
    is_tiled: bool,
}

#[rustfmt::skip]
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter {
        names: &["text"], expected: || Expected::Text(format!("at most {} characters, none of them control characters but line feeds", Words::MAX)),
        meaning: "Words on the rendition; `+` is a space, `%0A` begins a new line",
        read: |reading, text| put(&mut reading.text.words, Words::parse(text)),
    },
    Parameter {
        names: &["text_font"], expected: || Expected::Text("the name of a family of fonts".to_owned()),
        meaning: "The font that is tried first, by its family (`Noto Sans`); what it has not is taken from the others",
        read: |reading, text| { reading.text.family = Some(text.trim()).filter(|family| !family.is_empty()).map(Into::into); Some(()) },
    },
    Parameter {
        names: &["text_size"], expected: a_measure,
        meaning: "The size of the font, in pixels, or in percent of the shorter edge (`5p`)",
        read: |reading, text| put(&mut reading.text.size, Measure::parse(text)),
    },
    Parameter {
        names: &["text_color"], expected: a_paint,
        meaning: "The colour of the letters (`white`)",
        read: |reading, text| put(&mut reading.text.colour, Paint::parse(text)),
    },
    Parameter {
        names: &["text_pos"], expected: a_position,
        meaning: "Where the text stands (`south`); pixels are multiplied by `dpr`",
        read: |reading, text| put(&mut reading.text.position, Position::parse(text)),
    },
    Parameter {
        names: &["text_margin"], expected: a_margin,
        meaning: "What is left free between it and the edges, in pixels, or in percent of the shorter edge (`2p`)",
        read: |reading, text| put(&mut reading.text.margin, Margin::parse(text)),
    },
    Parameter {
        names: &["text_width"], expected: a_measure,
        meaning: "Where lines are broken, in pixels, or in percent of the shorter edge; without it, at the rendition's width between the margins",
        read: |reading, text| put(&mut reading.text.width, Measure::parse(text)),
    },
    Parameter {
        names: &["text_opacity"], expected: a_percentage,
        meaning: "How much it hides, in percent (100)",
        read: |reading, text| put(&mut reading.text.opacity, percent(text)),
    },
    Parameter {
        names: &["text_rotate"], expected: an_angle,
        meaning: "Turns it clockwise, in degrees",
        read: |reading, text| put(&mut reading.text.angle, Angle::parse(text)),
    },
    Parameter {
        names: &["text_bg"], expected: a_paint,
        meaning: "A colour behind it, with a quarter of its size around it",
        read: |reading, text| put(&mut reading.text.background, Paint::parse(text)),
    },
    Parameter {
        names: &["text_outline"], expected: || Expected::Text("a colour, or a width and a colour such as 2,black".to_owned()),
        meaning: "A line around the letters; its width is in pixels, or in percent of the shorter edge (a sixteenth of the size)",
        read: |reading, text| put(&mut reading.text.outline, OutlineWish::parse(text)),
    },
    Parameter {
        names: &["text_tile"], expected: a_switch,
        meaning: "`1` repeats it over the whole rendition, from where it stands, with the margin as the gap",
        read: |reading, text| set(&mut reading.text.is_tiled, switch(text)),
    },
];

fn a_measure() -> Expected {
    Expected::Text(format!("a number of pixels up to {}, or percent such as 5p", Measure::MAX))
}

impl TextValues {
    /// What stands on the picture.
    pub fn wish(self, dpr: Option<Dpr>) -> Option<TextWish> {
        let Self {
            words,
            family,
            size,
            colour,
            position,
            margin,
            opacity,
            angle,
            width,
            background,
            outline,
            is_tiled,
        } = self;
        let usual = TextWish::of(words?);
        let wish = TextWish {
            family,
            size: size.unwrap_or(usual.size),
            colour: colour.unwrap_or(usual.colour),
            position: position.unwrap_or(usual.position),
            margin: margin.unwrap_or(usual.margin),
            opacity_percent: opacity.unwrap_or(usual.opacity_percent),
            angle: angle.unwrap_or(usual.angle),
            width: width.filter(|width| !width.is_nothing()),
            background,
            outline,
            is_tiled,
            ..usual
        };
        let wish = dpr.map_or_else(|| wish.clone(), |ratio| wish.clone().at(ratio));
        Some(wish).filter(TextWish::is_seen)
    }
}
