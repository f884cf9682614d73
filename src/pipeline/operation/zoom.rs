//! `Zoom`: a part of the picture at other dimensions, of an original that is decoded no larger than that needs.

use codec::{CodecError, Excerpt, Picture};

use super::resize::{resize, resize_part};
use super::{Between, Larder, Work};
use crate::pipeline::RenderError;
use crate::pipeline::kitchen::Kitchen;
use crate::report::Stage;
use crate::request::ResizeAlgorithm;
use crate::request::step::Resize;

/// A crop and the resize behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zoom {
    /// The part, in pixels of the original.
    pub part: Excerpt,
    /// What becomes of it.
    pub resize: Resize,
}

impl Zoom {
    /// The part as it is.
    pub fn none(part: Excerpt) -> Self {
        Self { part, resize: Resize { dimensions: part.dimensions, algorithm: ResizeAlgorithm::Lanczos3 } }
    }
}

impl Work for Zoom {
    fn stage(&self) -> Stage {
        Stage::Resize
    }

    /// As a resize.
    fn held(&self, before: Between, after: Between, larder: &Larder<'_>) -> Result<u64, CodecError> {
        self.resize.held(before, after, larder)
    }

    fn done(&self, picture: Picture, kitchen: &Kitchen<'_>) -> Result<Picture, RenderError> {
        let Resize { dimensions, algorithm } = self.resize;
        let picture = self.resize.in_colours(picture, kitchen).showing(self.part);
        if picture.divisor() == 1 {
            return resize(picture, dimensions, algorithm);
        }
        resize_part(picture.clone(), window(&picture, self.part), dimensions, algorithm)
    }
}

/// Where a part of the original lies on what a decoder made of it at a reduced size: it begins and ends between pixels.
fn window(picture: &Picture, part: Excerpt) -> (f64, f64, f64, f64) {
    let (place, (width, height)) = (picture.place(), picture.extent());
    let along = |begin: u32, length: u32, place: u32, extent: f64| {
        let scaled = |side: u32| f64::from(side) / f64::from(picture.divisor());
        let begin = (scaled(begin) - f64::from(place)).clamp(0.0, extent);
        (begin, scaled(length).min(extent - begin))
    };
    let (left, width) = along(part.left, part.dimensions.width, place.left, width);
    let (top, height) = along(part.top, part.dimensions.height, place.top, height);
    (left, top, width, height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Dimensions;
    use codec::PixelLayout;

    #[test]
    fn a_part_lies_between_the_pixels_of_a_reduced_picture() {
        let reduced = Picture::new(Dimensions::new(5, 3), PixelLayout::Gray, vec![0; 15]).unwrap();
        let reduced = reduced.reduced_from(Dimensions::new(39, 24), 8);
        let part = Excerpt { left: 12, top: 8, dimensions: Dimensions::new(22, 9) };
        assert_eq!(window(&reduced, part), (1.5, 1.0, 2.75, 1.125));
        assert_eq!(window(&reduced.clone().showing(part), part), (0.5, 0.0, 2.75, 1.125));
        let whole = Excerpt::whole(Dimensions::new(39, 24));
        assert_eq!(window(&reduced, whole), (0.0, 0.0, 4.875, 3.0));
    }
}
