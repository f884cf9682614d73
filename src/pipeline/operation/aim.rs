//! `Aim`: the part of a picture with most to see, at other dimensions. It is found before the picture is made smaller, so that
//! all sizes have the same one.

use codec::{CodecError, Picture};

use super::crop::crop;
use super::{Between, Larder, Operation, Work, Zoom};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::step::{Crop, Describe as _, Focus};
use crate::request::{Dimensions, Orientation, Step};

/// What is made of the decoded pixels, and the part that stays of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aim {
    /// Which dimensions the picture is given first.
    pub zoom: Zoom,
    /// How much of it is to stay, once upright.
    pub focus: Focus,
    /// How it will be turned later: whether something is up or down counts.
    pub orientation: Orientation,
    /// Where it was found, as the picture is stored.
    pub found: Option<Crop>,
}

impl Aim {
    /// The dimensions afterwards.
    pub fn dimensions(&self) -> Dimensions {
        self.orientation.applied_to(self.focus.dimensions)
    }

    fn sought(&self, picture: &Picture) -> Result<Option<Crop>, RenderError> {
        let stored = self.zoom.resize.dimensions;
        let upright = self.focus.sought(picture, self.orientation, self.orientation.applied_to(stored))?;
        // The orientation back from upright to stored is not needed: a step knows its place in what is still to be turned.
        Ok(match Step::from(upright).turned(self.orientation, stored) {
            Some(Step::Crop(crop)) => Some(crop),
            _ => None,
        })
    }
}

impl Work for Aim {
    fn stage(&self) -> Stage {
        Stage::Resize
    }

    fn held(&self, before: Between, _after: Between, larder: &Larder<'_>) -> Result<u64, CodecError> {
        let between = Between { dimensions: self.zoom.resize.dimensions, ..before };
        Ok(Focus::MAP_BYTES + self.zoom.held(before, between, larder)?)
    }

    /// Where it is depends on pixels, and so does all that follows.
    fn is_common(&self, _colour_rule: codec::ColourRule) -> bool {
        false
    }

    fn settled(&self, picture: &Picture) -> Option<Operation> {
        let found = self.sought(picture).ok().flatten()?;
        Some(Operation::Aim(Self { found: Some(found), ..*self }))
    }

    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let found = match self.found {
            Some(found) => Some(found),
            None => self.sought(&picture)?,
        };
        let found = found.ok_or_else(|| RenderError::operation("focus", "no part of the picture"))?;
        crop(self.zoom.done(picture, kitchen)?, found)
    }
}
