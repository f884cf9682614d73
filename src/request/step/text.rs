//! `Text`: words on the picture.

use std::fmt::Write as _;
use std::sync::Arc;

use super::Describe;
use crate::request::{
    Along, Anchor, Angle, Dimensions, KeyText, OutputPolicy, Paint, Position, RecipeError, TextWish, Words,
};

/// Sets words in lines, and blends them over the picture. Lengths are in thousandths of a pixel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    /// What they are.
    pub words: Words,
    /// A family that there is; `None` is that of the program.
    pub family: Option<Arc<str>>,
    /// The em.
    pub size: u32,
    /// Where lines are broken.
    pub width: u32,
    /// That of the letters.
    pub colour: Paint,
    /// Where they stand.
    pub position: Position,
    /// What is left free between them and the edges, and their copies, in pixels.
    pub margin: u32,
    /// 0 to 100.
    pub opacity_percent: u8,
    /// How they are turned.
    pub angle: Angle,
    /// What shows behind them.
    pub background: Option<Paint>,
    /// How far a line reaches around the letters, and its colour.
    pub outline: Option<(u32, Paint)>,
    /// They are repeated over the whole picture.
    pub is_tiled: bool,
}

/// An outline where nothing is said of its width: a part of the em.
const OUTLINE_PART: u32 = 16;

impl Text {
    /// How the words are set on a picture; `None` where there is nothing to see.
    ///
    /// # Errors
    /// There is no such font.
    pub(in crate::request) fn decide(
        wish: &TextWish,
        picture: Dimensions,
        policy: &OutputPolicy,
    ) -> Result<Option<Self>, RecipeError> {
        // Without `..`: a wish that is not decided does not compile.
        let TextWish {
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
        } = wish;
        let family = match family.as_ref().map(|asked| known(asked, policy)).transpose() {
            Err(_) if *is_family_optional => None,
            family => family?,
        };
        if !wish.is_seen() {
            return Ok(None);
        }
        let (size, margin) = (size.of(picture), margin.of(picture));
        let between_margins = picture.width.saturating_sub(margin.saturating_mul(2)).saturating_mul(1000);
        let outline = outline
            .map(|outline| (outline.width.map_or(size / OUTLINE_PART, |width| width.of(picture)), outline.colour));
        Ok(Some(Self {
            words: words.clone(),
            family,
            size,
            width: width.map_or(between_margins, |width| width.of(picture)),
            colour: *colour,
            position: *position,
            margin,
            opacity_percent: *opacity_percent,
            angle: *angle,
            background: *background,
            outline: outline.filter(|(width, _)| *width > 0),
            is_tiled: *is_tiled,
        }))
    }
}

/// The family as its font spells it.
fn known(asked: &str, policy: &OutputPolicy) -> Result<Arc<str>, RecipeError> {
    let family = policy.families.iter().find(|family| family.eq_ignore_ascii_case(asked));
    family
        .map(|family| family.as_str().into())
        .ok_or_else(|| RecipeError::UnknownFont { asked: asked.to_owned(), families: Arc::clone(&policy.families) })
}

impl Describe for Text {
    /// The text of a client stands behind its length, so that it cannot be taken for anything else.
    fn write_to(&self, key: &mut KeyText) {
        let Self {
            words,
            family,
            size,
            width,
            colour,
            position,
            margin,
            opacity_percent,
            angle,
            background,
            outline,
            is_tiled,
        } = self;
        let (text, angle) = (words.as_str(), angle.thousandths());
        let _ = write!(key, " text {} {text} {size} {width} {colour} {margin} {opacity_percent} {angle}", text.len());
        let _ = match position {
            Position::Point { left, top } => write!(key, " at {left} {top}"),
            Position::Anchor(Anchor { horizontal, vertical }) => {
                write!(key, " at {}{}", letter(*horizontal), letter(*vertical))
            }
            Position::Inset { across, down } => write!(key, " at {across} {down}"),
        };
        if let Some(family) = family {
            let _ = write!(key, " in {} {family}", family.len());
        }
        if let Some(background) = background {
            let _ = write!(key, " behind {background}");
        }
        if let Some((width, colour)) = outline {
            let _ = write!(key, " around {width} {colour}");
        }
        if *is_tiled {
            key.push_str(" tiled");
        }
    }
}

fn letter(along: Along) -> char {
    match along {
        Along::Begin => 'b',
        Along::Middle => 'm',
        Along::End => 'e',
    }
}
