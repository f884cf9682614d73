//! `Text`: words blended over the picture.

use codec::text::{Alignment, Paragraph, Part, TextStyle};
use codec::{CodecError, ColourRule, Picture};

use super::channels::WITH_COLOURS;
use super::overlay::blended;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::{Kitchen, Laid};
use crate::report::Stage;
use crate::request::step::Text;
use crate::request::{Along, Dimensions, Position};

/// What setting and drawing the longest text takes beside the picture, with the tables of fonts and all outlines.
const SETTING_BYTES: u64 = 12 * 1024 * 1024;

impl Work for Text {
    fn stage(&self) -> Stage {
        Stage::Text
    }

    /// The picture, perhaps a copy of it, and as much of the text as is seen on it.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2 + before.dimensions.pixels() * 4 + SETTING_BYTES)
    }

    fn pixel_bytes_after(&self, before: u64) -> u64 {
        before.max(WITH_COLOURS)
    }

    /// What lies on top is no part of the original.
    fn is_common(&self, _colour_rule: ColourRule) -> bool {
        false
    }

    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let dimensions = picture.dimensions();
        let laid = kitchen.prepared(&self.clone().into(), || Ok(self.laid(dimensions, kitchen)))?;
        Ok(match laid {
            Some(Laid { picture: words, corner }) => {
                blended(picture.into_srgb(), &words, corner, None, self.opacity_percent)
            }
            None => picture,
        })
    }
}

impl Text {
    /// What is seen of the words on a picture of these dimensions.
    fn laid(&self, picture: Dimensions, kitchen: &Kitchen<'_>) -> Option<Laid> {
        let Self { words, family, position, margin, .. } = self;
        let pixels = |thousandths: u32| thousandths as f32 / 1000.0;
        let style = TextStyle {
            family: family.as_deref(),
            size: pixels(self.size),
            max_width: pixels(self.width),
            alignment: alignment(*position),
            colour: self.colour.0,
            outline: self.outline.map(|(width, colour)| (pixels(width), colour.0)),
            background: self.background.map(|paint| paint.0),
        };
        let paragraph =
            Paragraph::new(words.as_str(), &style, kitchen.codecs.fonts(), self.angle.degrees().to_radians().sin_cos());
        kitchen.miss(paragraph.missing());
        let own = paragraph.dimensions();
        let (left, top) = position.corner(picture, own, *margin);
        let (hidden_left, width) = seen(left, own.width, picture.width)?;
        let (hidden_top, height) = seen(top, own.height, picture.height)?;
        let part = Part { left: hidden_left, top: hidden_top, dimensions: Dimensions::new(width, height) };
        let corner = (left.max(0), top.max(0));
        paragraph.drawn(part).map(|picture| Laid { picture, corner })
    }
}

/// What of a side lies before the picture, and what on it; `None` where that is nothing.
fn seen(offset: i64, length: u32, whole: u32) -> Option<(u32, u32)> {
    let hidden = offset.min(0).unsigned_abs();
    let end = (offset + i64::from(length)).min(i64::from(whole));
    let seen = u32::try_from(end - offset.max(0)).ok().filter(|seen| *seen > 0)?;
    Some((u32::try_from(hidden).ok()?, seen))
}

fn alignment(position: Position) -> Alignment {
    match position {
        Position::Point { .. } => Alignment::Begin,
        Position::Anchor(anchor) => match anchor.horizontal {
            Along::Begin => Alignment::Left,
            Along::Middle => Alignment::Middle,
            Along::End => Alignment::Right,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_of_a_side_lies_on_the_picture() {
        assert_eq!(seen(3, 10, 20), Some((0, 10)));
        assert_eq!(seen(15, 10, 20), Some((0, 5)));
        assert_eq!(seen(-4, 10, 20), Some((4, 6)));
        assert_eq!(seen(-4, 100, 20), Some((4, 20)));
        assert_eq!([seen(20, 10, 20), seen(-10, 10, 20)], [None; 2]);
    }
}
