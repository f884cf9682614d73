//! `Backdrop`: a colour behind what is transparent.

use codec::{CodecError, Picture, PixelLayout};

use super::channels::over;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Backdrop;

impl Work for Backdrop {
    fn stage(&self) -> Stage {
        Stage::Flatten
    }

    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2)
    }

    fn changes(&self, picture: &Picture) -> bool {
        let (pixels, _) = picture.pixels().as_chunks::<4>();
        picture.layout().has_alpha() && pixels.iter().any(|[.., alpha]| *alpha < u8::MAX)
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let Self(paint) = *self;
        if !picture.layout().has_alpha() {
            return Ok(picture);
        }
        if paint.is_opaque() {
            let [behind @ .., _] = paint.0;
            return Ok(picture.map_layout(PixelLayout::Rgb, |pixel| onto(behind, pixel)));
        }
        Ok(picture.map_layout(PixelLayout::Rgba, |pixel| onto(paint.0, pixel)))
    }
}

/// A pixel on what is behind it.
fn onto<const CHANNELS: usize>(mut behind: [u8; CHANNELS], [red, green, blue, alpha]: [u8; 4]) -> [u8; CHANNELS] {
    over(&mut behind, [red, green, blue], alpha.into());
    behind
}
