//! `Overlay`: another picture blended over this one.

use codec::{CodecError, ColourRule, Picture};

use super::channels::{WITH_COLOURS, over, with_colours};
use super::orient::orient;
use super::resize::resize;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::{Kitchen, Laid};
use crate::report::Stage;
use crate::request::ResizeAlgorithm;
use crate::request::step::{Overlay, Rotate};

impl Work for Overlay {
    fn stage(&self) -> Stage {
        Stage::Overlay
    }

    /// The picture, perhaps a copy of it, and the other original: read, decoded, and brought to its size.
    fn held(&self, before: Between, _after: Between, larder: &Larder<'_>) -> Result<u64, CodecError> {
        let own = self.upright.pixels() * 4 * 3 + self.area.dimensions.pixels() * 4 * 2;
        let other = larder.others.get(self.ingredient.saturating_sub(1));
        let decoding = match other {
            Some(other) => {
                let facts = &other.facts;
                let codec = larder.codecs.decoder(facts.format)?;
                let target = facts.orientation.applied_to(self.upright);
                let decoded = codec.decoded(facts.stored, Some(target));
                let pixels = decoded.pixels() * u64::from(facts.decoding.pixel_bytes) * 3;
                other.material.length() + codec.working_bytes(facts, decoded) + pixels
            }
            None => 0,
        };
        Ok(before.bytes() * 2 + own + decoding)
    }

    fn pixel_bytes_after(&self, before: u64) -> u64 {
        before.max(WITH_COLOURS)
    }

    /// What lies on top is no part of the original.
    fn is_common(&self, _colour_rule: ColourRule) -> bool {
        false
    }

    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let Self { upright, angle, area, gaps, opacity_percent, .. } = *self;
        let laid = kitchen.prepared(&(*self).into(), || {
            let ingredient = kitchen.other(*self)?;
            let target = ingredient.facts.orientation.applied_to(upright);
            let decoded = ingredient.decoded(target, kitchen)?;
            let resized = resize(decoded.into_srgb(), target, ResizeAlgorithm::Lanczos3)?;
            let resized = orient(resized, ingredient.facts.orientation);
            let picture = match angle.right() {
                Some(orientation) => orient(resized, orientation),
                None => Rotate { angle, background: None, to: Some(area.dimensions) }.done(resized, kitchen)?,
            };
            Ok(Some(Laid { picture, corner: (area.left, area.top), gaps }))
        })?;
        Ok(match laid {
            Some(laid) => blended(picture.into_srgb(), &laid, opacity_percent),
            None => picture,
        })
    }
}

/// Both in sRGB. A gray picture takes on colours, for what lies over it may have some.
pub(super) fn blended(picture: Picture, laid: &Laid, opacity_percent: u8) -> Picture {
    let Laid { picture: other, corner, gaps } = laid;
    let picture = with_colours(picture);
    let (dimensions, layout, own) = (picture.dimensions(), picture.layout(), other.dimensions());
    let mut pixels = picture.into_pixels();
    let columns = covered(corner.0, own.width, dimensions.width, gaps.0);
    let rows = covered(corner.1, own.height, dimensions.height, gaps.1);
    let (channels, other_channels) = (layout.channels(), other.layout().channels());
    let [row_bytes, other_row_bytes] = [dimensions.width as usize * channels, own.width as usize * other_channels];
    for (at, other_at) in rows {
        let row = pixels.get_mut(at * row_bytes..(at + 1) * row_bytes).unwrap_or_default();
        let other_row = other.pixels().get(other_at * other_row_bytes..).unwrap_or_default();
        for (at, other_at) in &columns {
            let other_at = other_at * other_channels;
            let (colour, alpha) = match other_row.get(other_at..other_at + other_channels) {
                Some([gray]) => ([*gray; 3], u8::MAX),
                Some([red, green, blue]) => ([*red, *green, *blue], u8::MAX),
                Some([red, green, blue, alpha]) => ([*red, *green, *blue], *alpha),
                _ => continue,
            };
            if let Some(pixel) = row.get_mut(at * channels..(at + 1) * channels) {
                over(pixel, colour, (u32::from(alpha) * u32::from(opacity_percent) + 50) / 100);
            }
        }
    }
    // The number of pixels is unchanged.
    Picture::new(dimensions, layout, pixels).unwrap_or_else(|| other.clone())
}

/// Where along a side of the picture something lies over it: each index there, and the one of what lies above. With a gap it
/// is repeated from where it begins, in both directions.
fn covered(offset: i64, length: u32, whole: u32, gap: Option<u32>) -> Vec<(usize, usize)> {
    let all = match gap {
        Some(_) => 0..whole.into(),
        None => offset.clamp(0, whole.into())..(offset + i64::from(length)).clamp(0, whole.into()),
    };
    let period = i64::from(length) + i64::from(gap.unwrap_or_default());
    let pairs = all.map(|at| (at as usize, (at - offset).rem_euclid(period) as usize));
    pairs.filter(|(_, other_at)| *other_at < length as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::kitchen::Gaps;
    use crate::request::Dimensions;
    use codec::PixelLayout;

    fn blended(picture: Picture, other: &Picture, corner: (i64, i64), gaps: Gaps, opacity_percent: u8) -> Picture {
        super::blended(picture, &Laid { picture: other.clone(), corner, gaps }, opacity_percent)
    }

    fn flat(width: u32, height: u32, layout: PixelLayout, pixel: &[u8]) -> Picture {
        Picture::new(Dimensions::new(width, height), layout, pixel.repeat((width * height) as usize)).unwrap()
    }

    #[test]
    fn what_lies_on_top_hides_what_is_below_as_far_as_it_is_opaque() {
        let (white, black) = (flat(3, 1, PixelLayout::Rgb, &[255; 3]), flat(1, 1, PixelLayout::Gray, &[0]));
        let blend = |opacity| blended(white.clone(), &black, (1, 0), (None, None), opacity).into_pixels()[3];
        assert_eq!([blend(100), blend(50), blend(0)], [0, 127, 255]);
        let half = flat(1, 1, PixelLayout::Rgba, &[0, 0, 0, 128]);
        assert_eq!(blended(white.clone(), &half, (0, 0), (None, None), 100).pixels()[..4], [127, 127, 127, 255]);
    }

    #[test]
    fn what_reaches_beyond_the_edges_is_cut_off() {
        let base = flat(3, 3, PixelLayout::Gray, &[0]);
        let other = flat(2, 2, PixelLayout::Gray, &[255]);
        let lit = |left, top| {
            let picture = blended(base.clone(), &other, (left, top), (None, None), 100);
            let lit = picture.pixels().chunks_exact(3).map(|pixel| pixel == [255; 3]);
            lit.enumerate().filter(|(_, is_lit)| *is_lit).map(|(index, _)| index).collect::<Vec<_>>()
        };
        assert_eq!(lit(1, 1), [4, 5, 7, 8]);
        assert_eq!(lit(-1, -1), [0]);
        assert_eq!(lit(2, 2), [8]);
        assert_eq!(lit(-2, 0), [0; 0]);
        assert_eq!(lit(9, -9), [0; 0]);
    }

    #[test]
    fn copies_lie_all_over_with_a_gap_between_them() {
        let base = flat(7, 1, PixelLayout::Gray, &[0]);
        let other = flat(2, 1, PixelLayout::Gray, &[255]);
        let lit = |left, gap| {
            let picture = blended(base.clone(), &other, (left, 0), (Some(gap), None), 100);
            picture.pixels().chunks_exact(3).map(|pixel| if pixel[0] > 0 { '#' } else { '.' }).collect::<String>()
        };
        assert_eq!([lit(0, 1), lit(1, 1), lit(-4, 1)], ["##.##.#", ".##.##.", "#.##.##"]);
        assert_eq!([lit(0, 0), lit(5, 90)], ["#######", ".....##"]);
    }

    #[test]
    fn copies_lie_along_one_side_alone_where_there_is_one_gap() {
        let base = flat(3, 3, PixelLayout::Gray, &[0]);
        let other = flat(1, 1, PixelLayout::Gray, &[255]);
        let lit = |gaps| {
            let picture = blended(base.clone(), &other, (1, 1), gaps, 100);
            let lit = picture.pixels().chunks_exact(3).map(|pixel| pixel == [255; 3]);
            lit.enumerate().filter(|(_, is_lit)| *is_lit).map(|(index, _)| index).collect::<Vec<_>>()
        };
        assert_eq!(
            [lit((Some(0), None)), lit((None, Some(0))), lit((None, None))],
            [vec![3, 4, 5], vec![1, 4, 7], vec![4]]
        );
        assert_eq!(lit((Some(1), Some(1))), [4]);
    }

    #[test]
    fn a_transparent_picture_stays_so_where_nothing_lies_over_it() {
        let clear = flat(2, 1, PixelLayout::Rgba, &[9, 9, 9, 0]);
        let red = flat(1, 1, PixelLayout::Rgba, &[255, 0, 0, 128]);
        let blended = blended(clear, &red, (1, 0), (None, None), 100);
        assert_eq!(blended.pixels(), [9, 9, 9, 0, 255, 0, 0, 128]);
    }
}
