//! `Crop`: a part of the picture.

use std::fmt::Write as _;

use super::{Describe, Focus, Step};
use crate::request::{Dimensions, Gravity, KeyText, Orientation, Shape};

/// Keeps the part of these dimensions whose upper left corner is at `left` and `top`; it lies within the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crop {
    /// Pixels from the left edge.
    pub left: u32,
    /// Pixels from the upper edge.
    pub top: u32,
    /// How large the part is.
    pub dimensions: Dimensions,
}

impl Crop {
    /// The part of these dimensions where the gravity puts it, which only pixels may tell.
    pub(in crate::request) fn placed(gravity: Gravity, picture: Dimensions, dimensions: Dimensions) -> Step {
        if gravity == Gravity::Smart {
            return Focus { dimensions }.into();
        }
        let (left, top) = gravity.window(picture, dimensions);
        Self { left, top, dimensions }.into()
    }
}

impl Describe for Crop {
    fn after(&self, before: Shape) -> Shape {
        before.at(self.dimensions)
    }

    fn turned(&self, orientation: Orientation, stored: Dimensions) -> Option<Step> {
        let Self { left, top, dimensions } = *self;
        let opposite = (left + dimensions.width - 1, top + dimensions.height - 1);
        let corners = [(left, top), opposite].map(|corner| orientation.stored_at(corner, stored));
        let [(one_x, one_y), (other_x, other_y)] = corners;
        let dimensions = orientation.applied_to(dimensions);
        Some(Self { left: one_x.min(other_x), top: one_y.min(other_y), dimensions }.into())
    }

    fn needs_colours(&self) -> bool {
        false
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { left, top, dimensions } = self;
        let _ = write!(key, " crop {left} {top} {dimensions}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_turned_picture_is_the_turned_part() {
        let stored = Dimensions::new(7, 5);
        for orientation in Orientation::ALL {
            let shown = orientation.applied_to(stored);
            let part = Crop { left: 1, top: 2, dimensions: Dimensions::new(3, 2) };
            let Some(Step::Crop(turned)) = part.turned(orientation, stored) else { panic!("no crop") };
            let mut expected: Vec<_> = (part.top..part.top + 2)
                .flat_map(|y| (part.left..part.left + 3).map(move |x| (x, y)))
                .map(|shown| orientation.stored_at(shown, stored))
                .collect();
            expected.sort_unstable();
            let mut got: Vec<_> = (turned.top..turned.top + turned.dimensions.height)
                .flat_map(|y| (turned.left..turned.left + turned.dimensions.width).map(move |x| (x, y)))
                .collect();
            got.sort_unstable();
            assert_eq!(got, expected, "{orientation:?} {shown}");
        }
    }
}
