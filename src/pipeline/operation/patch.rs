//! `Patch`: a rectangle of one colour over the picture.

use codec::{CodecError, ColourRule, Picture};

use super::channels::{WITH_COLOURS, over, repainted, with_colours};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Patch;

impl Work for Patch {
    fn stage(&self) -> Stage {
        Stage::Overlay
    }

    /// The picture, and a copy of it that has taken on colours.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2 + before.dimensions.pixels() * WITH_COLOURS)
    }

    fn pixel_bytes_after(&self, before: u64) -> u64 {
        before.max(WITH_COLOURS)
    }

    /// What lies on top is no part of the original.
    fn is_common(&self, _colour_rule: ColourRule) -> bool {
        false
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let Self { left, top, dimensions, paint } = *self;
        let picture = with_colours(picture.into_srgb());
        let (layout, width) = (picture.layout(), picture.dimensions().width as usize);
        let [colour @ .., alpha] = paint.0;
        let channels = layout.channels();
        repainted(picture, layout, |mut pixels| {
            let rows = pixels.chunks_exact_mut(width * channels).skip(top as usize).take(dimensions.height as usize);
            for row in rows {
                let places = row.chunks_exact_mut(channels).skip(left as usize).take(dimensions.width as usize);
                places.for_each(|pixel| over(pixel, colour, alpha.into()));
            }
            pixels
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Dimensions, Paint};
    use codec::{CodecSettings, Codecs, PixelLayout};

    #[test]
    fn a_rectangle_is_blended_and_the_rest_stays() {
        let patched = |layout, pixels: &[u8], paint| {
            let picture = Picture::new(Dimensions::new(3, 2), layout, pixels.to_vec()).unwrap();
            let step = Patch { left: 1, top: 1, dimensions: Dimensions::new(2, 1), paint: Paint(paint) };
            super::super::apply(step.into(), picture, &Codecs::new(&CodecSettings::default())).unwrap().into_pixels()
        };
        let gray = patched(PixelLayout::Gray, &[9; 6], [255, 0, 0, 255]);
        assert_eq!(gray, [[9; 12].as_slice(), &[255, 0, 0, 255, 0, 0]].concat());
        let half = patched(PixelLayout::Rgb, &[0; 18], [255, 255, 255, 51]);
        assert_eq!(half, [[0; 12].as_slice(), &[51; 6]].concat());
        let clear = patched(PixelLayout::Rgba, &[0; 24], [1, 2, 3, 4]);
        assert_eq!(clear, [[0; 16].as_slice(), &[1, 2, 3, 4, 1, 2, 3, 4]].concat());
    }
}
