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
use crate::request::{Along, Anchor, Dimensions, Inset, Position};

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
            Some(laid) => blended(picture.into_srgb(), &laid, self.opacity_percent),
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
        let gap = self.is_tiled.then_some(*margin);
        let across = Visible::of(left, own.width, picture.width, gap)?;
        let down = Visible::of(top, own.height, picture.height, gap)?;
        let part =
            Part { left: across.hidden, top: down.hidden, dimensions: Dimensions::new(across.drawn, down.drawn) };
        let (corner, gaps) = ((across.begin, down.begin), (across.gap, down.gap));
        paragraph.drawn(part).map(|picture| Laid { picture, corner, gaps })
    }
}

/// What is drawn of words along one side: no more than the picture is long.
#[derive(Debug, PartialEq, Eq)]
struct Visible {
    /// Pixels of them that lie before what is drawn.
    hidden: u32,
    drawn: u32,
    /// Where what is drawn begins on the picture.
    begin: i64,
    gap: Option<u32>,
}

impl Visible {
    /// Of words that begin at `offset` and are so long; `None` where nothing is seen of them. What is repeated is drawn
    /// whole, unless it is longer than the picture: then it is seen once.
    fn of(offset: i64, length: u32, whole: u32, gap: Option<u32>) -> Option<Self> {
        if gap.is_some() && length <= whole {
            return Some(Self { hidden: 0, drawn: length, begin: offset, gap });
        }
        let (hidden, drawn) = seen(offset, length, whole)?;
        Some(Self { hidden, drawn, begin: offset.max(0), gap: None })
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
        Position::Anchor(Anchor { horizontal: along, .. }) | Position::Inset { across: Inset { along, .. }, .. } => {
            match along {
                Along::Begin => Alignment::Left,
                Along::Middle => Alignment::Middle,
                Along::End => Alignment::Right,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Edit, Margin, Measure, OutputPolicy, Shape, TextWish, Words};
    use codec::{CodecSettings, Codecs, PixelLayout};

    #[test]
    fn what_is_seen_of_a_side_lies_on_the_picture() {
        assert_eq!(seen(3, 10, 20), Some((0, 10)));
        assert_eq!(seen(15, 10, 20), Some((0, 5)));
        assert_eq!(seen(-4, 10, 20), Some((4, 6)));
        assert_eq!(seen(-4, 100, 20), Some((4, 20)));
        assert_eq!([seen(20, 10, 20), seen(-10, 10, 20)], [None; 2]);
    }

    #[test]
    fn what_is_repeated_is_drawn_whole_unless_it_is_longer_than_the_picture() {
        let visible = |hidden, drawn, begin, gap| Some(Visible { hidden, drawn, begin, gap });
        assert_eq!(Visible::of(15, 10, 20, None), visible(0, 5, 15, None));
        assert_eq!(Visible::of(15, 10, 20, Some(3)), visible(0, 10, 15, Some(3)));
        assert_eq!(Visible::of(-99, 20, 20, Some(0)), visible(0, 20, -99, Some(0)));
        assert_eq!(Visible::of(-4, 100, 20, Some(3)), visible(4, 20, 0, None));
        assert_eq!(Visible::of(20, 100, 20, Some(3)), None);
    }

    #[test]
    fn copies_of_words_lie_all_over_the_picture() {
        let (dimensions, codecs) = (Dimensions::new(200, 120), Codecs::new(&CodecSettings::default()));
        let black = Picture::new(dimensions, PixelLayout::Rgb, vec![0; 200 * 120 * 3]).unwrap();
        let words = |is_tiled, position: &str| {
            let (position, margin) = (Position::parse(position).unwrap(), Margin::Pixels(7));
            let size = Measure::parse("12").unwrap();
            let wish = TextWish { is_tiled, position, margin, size, ..TextWish::of(Words::parse("Hi").unwrap()) };
            let edit = Edit { text: Some(wish), ..Edit::default() };
            let policy = OutputPolicy::new(codecs.codings());
            let course = Edit::decide(&[edit], Shape::of_pixels(dimensions), &[], &policy).unwrap();
            super::super::apply(course.steps[0].clone(), black.clone(), &codecs).unwrap().into_pixels()
        };
        let (once, tiled) = (words(false, "30,20"), words(true, "30,20"));
        let lit = |pixels: &[u8]| pixels.iter().filter(|level| **level > 0).count();
        assert!(lit(&tiled) > 20 * lit(&once), "{} and {}", lit(&tiled), lit(&once));
        // Where the one stands, so does one of them, and nothing else is near it.
        assert!(once.iter().zip(&tiled).all(|(one, all)| *one == 0 || one == all));
        // From the place of a copy, it is the same.
        let column = |x: usize| (0..120).map(|y| tiled[(y * 200 + x) * 3]).collect::<Vec<_>>();
        let period = (1..100).find(|period| (0..200 - period).all(|x| column(x) == column(x + period))).unwrap();
        assert_eq!(words(true, &format!("{},20", 30 + period)), tiled);
    }
}
