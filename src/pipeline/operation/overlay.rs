//! `Overlay`: another picture blended over this one.

use codec::{CodecError, ColourRule, Picture, PixelLayout};

use super::channels::WITH_COLOURS;
use super::orient::orient;
use super::resize::resize;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Overlay;
use crate::request::{Area, ResizeAlgorithm};

impl Work for Overlay {
    fn stage(&self) -> Stage {
        Stage::Overlay
    }

    /// The picture, perhaps a copy of it, and the other original: read, decoded, and brought to its size.
    fn held(&self, before: Between, _after: Between, larder: &Larder<'_>) -> Result<u64, CodecError> {
        let own = self.area.dimensions.pixels() * 4 * 3;
        let other = larder.others.get(self.ingredient.saturating_sub(1));
        let decoding = match other {
            Some(other) => {
                let facts = &other.facts;
                let codec = larder.codecs.decoder(facts.format)?;
                let target = facts.orientation.applied_to(self.area.dimensions);
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
        let Self { area, opacity_percent, .. } = *self;
        let other = kitchen.other(*self, |ingredient| {
            let target = ingredient.facts.orientation.applied_to(area.dimensions);
            let decoded = ingredient.decoded(target, kitchen)?;
            let resized = resize(decoded.into_srgb(), target, ResizeAlgorithm::Lanczos3)?;
            Ok(orient(resized, ingredient.facts.orientation))
        })?;
        Ok(blended(picture.into_srgb(), &other, area, opacity_percent))
    }
}

/// Both in sRGB. A gray picture takes on colours, for what lies over it may have some.
fn blended(picture: Picture, other: &Picture, area: Area, opacity_percent: u8) -> Picture {
    let picture = match picture.layout() {
        PixelLayout::Gray => picture.map_layout(PixelLayout::Rgb, |[gray]: [u8; 1]| [gray; 3]),
        _ => picture,
    };
    let (dimensions, layout) = (picture.dimensions(), picture.layout());
    let mut pixels = picture.into_pixels();
    let columns = overlap(area.left, area.dimensions.width, dimensions.width);
    let rows = overlap(area.top, area.dimensions.height, dimensions.height);
    let (channels, other_channels) = (layout.channels(), other.layout().channels());
    let row_bytes = dimensions.width as usize * channels;
    let other_row_bytes = area.dimensions.width as usize * other_channels;
    let below = pixels.chunks_exact_mut(row_bytes).skip(rows.at).take(rows.count);
    let above = other.pixels().chunks_exact(other_row_bytes).skip(rows.skipped);
    for (row, other_row) in below.zip(above) {
        let below = row.chunks_exact_mut(channels).skip(columns.at).take(columns.count);
        let above = other_row.chunks_exact(other_channels).skip(columns.skipped);
        for (pixel, other) in below.zip(above) {
            let (colour, alpha) = match *other {
                [gray] => ([gray; 3], u8::MAX),
                [red, green, blue] => ([red, green, blue], u8::MAX),
                [red, green, blue, alpha] => ([red, green, blue], alpha),
                _ => continue,
            };
            over(pixel, colour, (u32::from(alpha) * u32::from(opacity_percent) + 50) / 100);
        }
    }
    // The number of pixels is unchanged.
    Picture::new(dimensions, layout, pixels).unwrap_or_else(|| other.clone())
}

/// Where two spans lie over each other.
struct Overlap {
    /// Where it begins on the picture.
    at: usize,
    /// What of the other lies before.
    skipped: usize,
    count: usize,
}

fn overlap(offset: i64, length: u32, whole: u32) -> Overlap {
    let (begin, end) = (offset.clamp(0, whole.into()), (offset + i64::from(length)).clamp(0, whole.into()));
    Overlap { at: begin as usize, skipped: (begin - offset).max(0) as usize, count: (end - begin).max(0) as usize }
}

/// Porter and Duff, "Compositing Digital Images" (1984): over.
fn over(pixel: &mut [u8], colour: [u8; 3], alpha: u32) {
    match pixel {
        [red, green, blue] => {
            for (below, above) in [red, green, blue].into_iter().zip(colour) {
                *below = ((u32::from(above) * alpha + u32::from(*below) * (255 - alpha) + 127) / 255) as u8;
            }
        }
        [red, green, blue, behind] => {
            // In units of 1/255².
            let rest = u32::from(*behind) * (255 - alpha);
            let whole = alpha * 255 + rest;
            for (below, above) in [red, green, blue].into_iter().zip(colour) {
                let sum = u32::from(above) * alpha * 255 + u32::from(*below) * rest;
                // Where neither is seen, the colour is nobody's.
                *below = (sum + whole / 2).checked_div(whole).map_or(*below, |mean| mean as u8);
            }
            *behind = ((whole + 127) / 255) as u8;
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;

    fn flat(width: u32, height: u32, layout: PixelLayout, pixel: &[u8]) -> Picture {
        Picture::new(Dimensions::new(width, height), layout, pixel.repeat((width * height) as usize)).unwrap()
    }

    fn at(left: i64, top: i64, other: &Picture) -> Area {
        Area { left, top, dimensions: other.dimensions() }
    }

    #[test]
    fn what_lies_on_top_hides_what_is_below_as_far_as_it_is_opaque() {
        let (white, black) = (flat(3, 1, PixelLayout::Rgb, &[255; 3]), flat(1, 1, PixelLayout::Gray, &[0]));
        let blend = |opacity| blended(white.clone(), &black, at(1, 0, &black), opacity).into_pixels()[3];
        assert_eq!([blend(100), blend(50), blend(0)], [0, 127, 255]);
        let half = flat(1, 1, PixelLayout::Rgba, &[0, 0, 0, 128]);
        assert_eq!(blended(white.clone(), &half, at(0, 0, &half), 100).pixels()[..4], [127, 127, 127, 255]);
    }

    #[test]
    fn what_reaches_beyond_the_edges_is_cut_off() {
        let base = flat(3, 3, PixelLayout::Gray, &[0]);
        let other = flat(2, 2, PixelLayout::Gray, &[255]);
        let lit = |left, top| {
            let picture = blended(base.clone(), &other, at(left, top, &other), 100);
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
    fn a_transparent_picture_stays_so_where_nothing_lies_over_it() {
        let clear = flat(2, 1, PixelLayout::Rgba, &[9, 9, 9, 0]);
        let red = flat(1, 1, PixelLayout::Rgba, &[255, 0, 0, 128]);
        let blended = blended(clear, &red, at(1, 0, &red), 100);
        assert_eq!(blended.pixels(), [9, 9, 9, 0, 255, 0, 0, 128]);
    }
}
