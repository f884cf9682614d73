//! `Backdrop`: a colour behind what is transparent.

use codec::{CodecError, Picture, PixelLayout};

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
        let [red, green, blue, behind] = paint.0;
        if paint.is_opaque() {
            return Ok(picture.map_layout(PixelLayout::Rgb, |[r, g, b, alpha]: [u8; 4]| {
                let alpha = u32::from(alpha);
                let blend = |above: u8, below: u8| {
                    ((u32::from(above) * alpha + u32::from(below) * (255 - alpha) + 127) / 255) as u8
                };
                [blend(r, red), blend(g, green), blend(b, blue)]
            }));
        }
        Ok(picture.map_layout(PixelLayout::Rgba, |[r, g, b, alpha]: [u8; 4]| {
            // In units of 1/255².
            let above = u32::from(alpha) * 255;
            let below = u32::from(behind) * (255 - u32::from(alpha));
            let whole = above + below;
            let blend = |over: u8, under: u8| {
                let sum = u32::from(over) * above + u32::from(under) * below + whole / 2;
                sum.checked_div(whole).map_or(under, |mean| mean as u8)
            };
            [blend(r, red), blend(g, green), blend(b, blue), ((whole + 127) / 255) as u8]
        }))
    }
}
