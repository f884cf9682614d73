//! `Lie`: how a picture lies while it is worked on.

use super::step::Reorient;
use super::{Course, Orientation, OutputPolicy, RecipeError};

/// How a picture lies while it is worked on, from this round on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lie {
    /// As it does already: from the beginning as it is displayed.
    #[default]
    Unchanged,
    /// As its original is stored, where it is displayed in another way.
    AsStored,
    /// As it is displayed, where it lies as its original is stored.
    AsDisplayed,
}

impl Lie {
    /// Adds its step, where there is anything to be turned.
    ///
    /// # Errors
    /// None: a picture that is turned is no larger.
    pub(super) fn decide(self, course: &mut Course, policy: &OutputPolicy) -> Result<(), RecipeError> {
        let orientation = course.shape.orientation;
        let turned = match self {
            Self::Unchanged => return Ok(()),
            Self::AsStored => undone(orientation),
            Self::AsDisplayed => orientation,
        };
        if turned == Orientation::Upright { Ok(()) } else { course.take(Reorient(turned).into(), policy) }
    }
}

/// What takes an orientation back.
fn undone(orientation: Orientation) -> Orientation {
    let is_undone = |other: &Orientation| orientation.then(*other) == Orientation::Upright;
    Orientation::ALL.into_iter().find(is_undone).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::recipe::tests::policy;
    use crate::request::{Bounds, Dimensions, Edit, Length, Shape};

    #[test]
    fn sides_are_counted_as_the_picture_is_stored_and_it_is_displayed_again() {
        let edits = |lies: bool| {
            let bounds = Bounds { width: Some(Length::Pixels(200)), ..Bounds::default() };
            let lie = |lie| Edit { lie: if lies { lie } else { Lie::Unchanged }, ..Edit::default() };
            [Edit { bounds, ..lie(Lie::AsStored) }, lie(Lie::AsDisplayed)]
        };
        let decided = |lies, orientation| {
            let shape = Shape { orientation, ..Shape::of_pixels(Dimensions::new(300, 450)) };
            let course = Edit::decide(&edits(lies), shape, &[], &policy()).unwrap();
            (course.shape.dimensions, course.steps.len())
        };
        assert_eq!(decided(true, Orientation::Rotated90), (Dimensions::new(133, 200), 3));
        assert_eq!(decided(false, Orientation::Rotated90), (Dimensions::new(200, 300), 1));
        assert_eq!(decided(true, Orientation::MirroredHorizontally), (Dimensions::new(200, 300), 3));
        assert_eq!(decided(true, Orientation::Upright), (Dimensions::new(200, 300), 1));
    }

    #[test]
    fn what_is_turned_can_be_turned_back() {
        for orientation in Orientation::ALL {
            assert_eq!(orientation.then(undone(orientation)), Orientation::Upright, "{orientation:?}");
            assert_eq!(undone(orientation).then(orientation), Orientation::Upright, "{orientation:?}");
        }
    }
}
