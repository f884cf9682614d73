//! `Cutout`: a part of the picture that has to be there.

use std::fmt::{self, Display};

use super::step::Crop;
use super::{Course, Dimensions, OutputPolicy, RecipeError};

/// An area in pixels of the picture once it has its size. Unlike a [`Rect`](super::Rect) it may not reach beyond the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutout {
    /// From the left edge.
    pub left: u32,
    /// From the upper edge.
    pub top: u32,
    /// At least one; `None` is the width that the picture had at the beginning of the round.
    pub width: Option<u32>,
    /// At least one; `None` is the height that it had then.
    pub height: Option<u32>,
}

impl Cutout {
    /// Adds its step, where it is less than the picture, which was `whole` at the beginning of the round.
    ///
    /// # Errors
    /// [`RecipeError::Beyond`] where it reaches beyond the picture.
    pub(super) fn decide(
        self,
        course: &mut Course,
        whole: Dimensions,
        policy: &OutputPolicy,
    ) -> Result<(), RecipeError> {
        let Self { left, top, width, height } = self;
        let picture = course.shape.dimensions;
        let dimensions = Dimensions::new(width.unwrap_or(whole.width), height.unwrap_or(whole.height));
        let has_room = |begin: u32, length: u32, side: u32| begin.checked_add(length).is_some_and(|end| end <= side);
        if !has_room(left, dimensions.width, picture.width) || !has_room(top, dimensions.height, picture.height) {
            return Err(RecipeError::Beyond { cutout: self, picture });
        }
        if dimensions != picture {
            course.take(Crop { left, top, dimensions }.into(), policy)?;
        }
        Ok(())
    }
}

impl Display for Cutout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { left, top, width, height } = self;
        let side = |side: &Option<u32>| side.map_or_else(|| "all".to_owned(), |pixels| pixels.to_string());
        write!(formatter, "{left},{top},{},{}", side(width), side(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::policy;
    use crate::request::{Bounds, Edit, Length, Shape, Step};

    fn decided(cutout: Cutout, bounds: Bounds) -> Result<Vec<Step>, RecipeError> {
        let edit = Edit { bounds, cutout: Some(cutout), ..Edit::default() };
        Edit::decide(&[edit], Shape::of_pixels(Dimensions::new(400, 300)), &[], &policy()).map(|course| course.steps)
    }

    #[test]
    fn a_part_is_cut_out_of_the_picture_as_it_is_then() {
        let cutout = Cutout { left: 10, top: 20, width: Some(90), height: Some(55) };
        let small = Bounds { width: Some(Length::Pixels(100)), ..Bounds::default() };
        let crop = Crop { left: 10, top: 20, dimensions: Dimensions::new(90, 55) };
        assert_eq!(decided(cutout, small).unwrap().last(), Some(&crop.into()));
        let times = Some(Length::times(2));
        let large = Bounds { width: times, height: times, may_enlarge: true, ..Bounds::default() };
        let open = Cutout { height: None, ..cutout };
        let crop = Crop { left: 10, top: 20, dimensions: Dimensions::new(90, 300) };
        assert_eq!(decided(open, large).unwrap().last(), Some(&crop.into()));
        let all = Cutout { left: 0, top: 0, width: None, height: None };
        assert_eq!(decided(all, Bounds::default()), Ok(vec![]));
    }

    #[test]
    fn a_part_that_is_not_all_there_is_an_error() {
        for (left, top, width, height) in
            [(311, 0, 90, 55), (0, 246, 90, 55), (400, 0, 1, 1), (u32::MAX, 0, 1, 1), (0, 0, u32::MAX, 1)]
        {
            let cutout = Cutout { left, top, width: Some(width), height: Some(height) };
            let picture = Dimensions::new(400, 300);
            assert_eq!(decided(cutout, Bounds::default()), Err(RecipeError::Beyond { cutout, picture }), "{cutout}");
        }
        assert_eq!(Cutout { left: 1, top: 2, width: Some(3), height: None }.to_string(), "1,2,3,all");
    }
}
