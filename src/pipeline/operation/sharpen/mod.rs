//! `Sharpen`: a pixel and more of what it differs by from those around it, in the encoded (sRGB) space. Alpha stays; what is
//! around a pixel counts as far as it is seen.

mod mild;
mod wide;

use codec::{CodecError, Picture};

use super::blur::held_beside;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Sharpness;
use crate::request::step::Sharpen;

impl Work for Sharpen {
    fn stage(&self) -> Stage {
        Stage::Sharpen
    }

    /// The picture, perhaps a copy of it, and either a few rows, or planes of 16 bits: one that is blurred, and what was
    /// blurred before.
    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        let plane = Between { pixel_bytes: size_of::<u16>() as u64, ..before };
        let beside = match self.sharpness {
            Sharpness::Mild => u64::from(before.dimensions.width) * 64,
            Sharpness::Sigma(sigma) => plane.bytes() * 2 + held_beside(plane, sigma.pixels()),
        };
        Ok(before.bytes() * 2 + beside)
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        match self.sharpness {
            Sharpness::Mild => mild::sharpened(picture),
            Sharpness::Sigma(sigma) => wide::sharpened(picture, sigma.pixels()),
        }
    }
}
