//! `Reorient`: by right angles, and mirrored. Most are done with the turn that is owed anyway.

use codec::{CodecError, Picture};

use super::orient::orient;
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::Reorient;

impl Work for Reorient {
    fn stage(&self) -> Stage {
        Stage::Orient
    }

    fn held(&self, before: Between, _after: Between, _larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() * 2)
    }

    fn done(&self, picture: Picture, _kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let Self(orientation) = *self;
        Ok(orient(picture, orientation))
    }
}
