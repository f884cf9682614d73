//! `Zoom`: a part of the picture at other dimensions, of an original that is decoded no larger than that needs.

use codec::{CodecError, Picture};

use super::crop::crop;
use super::resize::{resize, resize_part};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::Dimensions;
use crate::request::step::{Crop, Resize};

/// A crop and the resize behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zoom {
    /// The dimensions of the original that the part is meant of.
    pub whole: Dimensions,
    /// The part.
    pub part: Crop,
    /// What becomes of it.
    pub resize: Resize,
}

impl Zoom {
    /// The dimensions of the whole at which the part has no fewer pixels than it will have.
    pub fn target(&self) -> Dimensions {
        let side = |whole: u32, part: u32, wanted: u32| {
            let exact = u64::from(whole) * u64::from(wanted);
            u32::try_from(exact.div_ceil(part.max(1).into())).unwrap_or(u32::MAX)
        };
        let (part, wanted) = (self.part.dimensions, self.resize.dimensions);
        Dimensions::new(
            side(self.whole.width, part.width, wanted.width),
            side(self.whole.height, part.height, wanted.height),
        )
    }
}

impl Work for Zoom {
    fn stage(&self) -> Stage {
        Stage::Resize
    }

    /// The part is a copy; then as a resize.
    fn held(&self, before: Between, after: Between, larder: &Larder<'_>) -> Result<u64, CodecError> {
        Ok(before.bytes() + self.resize.held(before, after, larder)?)
    }

    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let Resize { dimensions, algorithm } = self.resize;
        let picture = self.resize.in_colours(picture, kitchen);
        if picture.dimensions() == self.whole {
            return resize(crop(picture, self.part)?, dimensions, algorithm);
        }
        // What the decoder gave is smaller: the part begins and ends between its pixels.
        let (width, height) = picture.extent();
        let across = width / f64::from(self.whole.width);
        let down = height / f64::from(self.whole.height);
        let Crop { left, top, dimensions: Dimensions { width, height } } = self.part;
        let [left, width] = [left, width].map(|side| f64::from(side) * across);
        let [top, height] = [top, height].map(|side| f64::from(side) * down);
        resize_part(picture, (left, top, width, height), dimensions, algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ResizeAlgorithm;

    #[test]
    fn the_whole_is_wanted_at_just_so_many_pixels_that_the_part_has_enough() {
        let zoom = |part: (u32, u32), wanted: (u32, u32)| Zoom {
            whole: Dimensions::new(4000, 3000),
            part: Crop { left: 0, top: 0, dimensions: Dimensions::new(part.0, part.1) },
            resize: Resize { dimensions: Dimensions::new(wanted.0, wanted.1), algorithm: ResizeAlgorithm::Lanczos3 },
        };
        assert_eq!(zoom((2000, 1500), (200, 150)).target(), Dimensions::new(400, 300));
        assert_eq!(zoom((333, 100), (100, 99)).target(), Dimensions::new(1202, 2970));
    }
}
