//! The sides of a box for one picture, and what is aimed at in it.

use super::{Bounds, BoxRule};
use crate::request::{Dimensions, Gravity, Length, Rounding};

impl Bounds {
    /// Where a window lies on a picture of these dimensions, before it is scaled.
    pub(super) fn aimed(&self, picture: Dimensions) -> Gravity {
        let share = |pixels: u32, side: u32| (f64::from(pixels) / f64::from(side)).min(1.0);
        let point =
            self.focal.and_then(|(left, top)| Gravity::point(share(left, picture.width), share(top, picture.height)));
        point.unwrap_or(self.gravity)
    }

    /// Width and height of the box for a picture of these dimensions, in pixels. Shares are of `whole`.
    pub(super) fn sides(&self, picture: Dimensions, whole: Dimensions) -> (Option<u32>, Option<u32>) {
        let side = |side: Option<Length>, whole: u32| side.map(|side| side.rounded(whole, self.rounding));
        match (side(self.width, whole.width), side(self.height, whole.height)) {
            (Some(width), Some(height)) if self.is_adaptive && lies_otherwise(picture, width, height) => {
                (Some(height), Some(width))
            }
            sides => self.ruled(sides, picture),
        }
    }

    fn ruled(&self, sides: (Option<u32>, Option<u32>), picture: Dimensions) -> (Option<u32>, Option<u32>) {
        let scaled = |side, numerator, denominator| Some(Rounding::HalfToEven.scaled(side, numerator, denominator));
        match (self.box_rule, sides) {
            (BoxRule::Closed, (Some(width), None)) => (Some(width), scaled(picture.height, width, picture.width)),
            (BoxRule::Closed, (None, Some(height))) => (scaled(picture.width, height, picture.height), Some(height)),
            (BoxRule::Shrunk, (Some(width), Some(height))) if !self.may_enlarge => {
                let Dimensions { width, height } = shrunk(Dimensions::new(width, height), picture);
                (Some(width), Some(height))
            }
            _ => sides,
        }
    }
}

/// A box in its own shape, no larger than a picture: first along the width, then along the height.
fn shrunk(asked: Dimensions, picture: Dimensions) -> Dimensions {
    let scaled = |side, numerator, denominator| Rounding::Nearest.scaled(side, numerator, denominator);
    let Dimensions { width, height } = picture;
    let across =
        if asked.width > width { Dimensions::new(width, scaled(asked.height, width, asked.width)) } else { asked };
    if across.height > height { Dimensions::new(scaled(asked.width, height, asked.height), height) } else { across }
}

/// Tells whether one of a picture and a box is wider than high, and the other higher than wide.
fn lies_otherwise(picture: Dimensions, width: u32, height: u32) -> bool {
    (picture.width < picture.height && width > height) || (picture.width > picture.height && width < height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_may_be_turned_to_lie_as_the_picture_does() {
        let sides = |is_adaptive, width, height| {
            let bounds = Bounds {
                width: Some(Length::Pixels(width)),
                height: Some(Length::Pixels(height)),
                is_adaptive,
                ..Bounds::default()
            };
            let picture = Dimensions::new(600, 400);
            bounds.sides(picture, picture)
        };
        assert_eq!(sides(true, 100, 300), (Some(300), Some(100)));
        assert_eq!(sides(true, 300, 100), (Some(300), Some(100)));
        assert_eq!(sides(false, 100, 300), (Some(100), Some(300)));
    }

    #[test]
    fn a_box_may_be_held_to_a_picture_or_closed_by_it() {
        let sides = |box_rule, width: Option<u32>, height: Option<u32>| {
            let [width, height] = [width, height].map(|side| side.map(Length::Pixels));
            let picture = Dimensions::new(640, 427);
            Bounds { width, height, box_rule, ..Bounds::default() }.sides(picture, picture)
        };
        for (width, height, shrunk) in [(900, 300, (640, 213)), (900, 900, (427, 427)), (300, 900, (142, 427))] {
            let held = sides(BoxRule::Shrunk, Some(width), Some(height));
            assert_eq!(held, (Some(shrunk.0), Some(shrunk.1)), "{width}x{height}");
        }
        assert_eq!(sides(BoxRule::Shrunk, Some(300), Some(200)), (Some(300), Some(200)));
        assert_eq!(sides(BoxRule::Closed, Some(200), None), (Some(200), Some(133)));
        assert_eq!(sides(BoxRule::Closed, None, Some(200)), (Some(300), Some(200)));
        assert_eq!(sides(BoxRule::AsAsked, None, Some(900)), (None, Some(900)));
    }

    #[test]
    fn a_point_in_pixels_is_one_of_the_picture() {
        let bounds = Bounds { focal: Some((150, 900)), ..Bounds::default() };
        assert_eq!(Some(bounds.aimed(Dimensions::new(600, 400))), Gravity::point(0.25, 1.0));
        assert_eq!(Bounds::default().aimed(Dimensions::new(6, 4)), Gravity::default());
    }
}
