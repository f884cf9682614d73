//! `Radius`: round corners.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Corners, Dimensions, KeyText, Paint, Shape};

/// Puts a colour in place of what is beyond the round corners, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Radius {
    /// From the upper left clockwise, in thousandths of a pixel; two on one side are together no longer than it.
    pub corners: [u32; 4],
    /// What is beyond them.
    pub surround: Paint,
}

impl Radius {
    /// Radii that find room in the picture: where two meet on a side that is too short for them, all of them are reduced by
    /// the factor that the worst side needs (CSS Backgrounds and Borders 3, "Overlapping Curves").
    pub(in crate::request) fn decide(wish: Corners, picture: Dimensions, surround: Paint) -> Self {
        let [width, height] = [picture.width, picture.height].map(u64::from);
        let Corners::Each(radii) = wish else {
            return Self { corners: [thousandths(width.min(height) * 500); 4], surround };
        };
        let radii @ [upper_left, upper_right, lower_right, lower_left] = radii.map(u64::from);
        let sides = [
            (width, upper_left + upper_right),
            (height, upper_right + lower_right),
            (width, lower_right + lower_left),
            (height, lower_left + upper_left),
        ];
        // The factor of a side is its length over what the radii want of it; one of them is the least.
        let worst = sides.into_iter().filter(|(length, wanted)| wanted > length);
        let worst = worst.min_by(|(length, wanted), (other, other_wanted)| {
            (u128::from(*length) * u128::from(*other_wanted)).cmp(&(u128::from(*other) * u128::from(*wanted)))
        });
        let (length, wanted) = worst.unwrap_or((1, 1));
        let reduced = |radius: u64| u128::from(radius) * 1000 * u128::from(length) / u128::from(wanted.max(1));
        let corners = radii.map(|radius| thousandths(u64::try_from(reduced(radius)).unwrap_or(u64::MAX)));
        Self { corners, surround }
    }
}

/// More than 4 million pixels have no place in a picture.
fn thousandths(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Describe for Radius {
    fn after(&self, before: Shape) -> Shape {
        let may_be_clear = before.may_be_clear || !self.surround.is_opaque();
        Shape { may_be_clear, ..before.at(before.dimensions) }
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { corners: [upper_left, upper_right, lower_right, lower_left], surround } = self;
        let _ = write!(key, " radius {upper_left} {upper_right} {lower_right} {lower_left}");
        // A key without a colour is what it was before there were any.
        if *surround != Paint::CLEAR {
            let _ = write!(key, " {surround}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners(text: &str, width: u32, height: u32) -> [u32; 4] {
        Radius::decide(Corners::parse(text).unwrap().unwrap(), Dimensions::new(width, height), Paint::CLEAR).corners
    }

    #[test]
    fn radii_that_have_room_stay() {
        assert_eq!(corners("5", 10, 10), [5000; 4]);
        assert_eq!(corners("0,10,0,10", 10, 30), [0, 10_000, 0, 10_000]);
    }

    #[test]
    fn radii_that_meet_are_reduced_together() {
        assert_eq!(corners("20,10,0,0", 15, 100), [10_000, 5000, 0, 0]);
        assert_eq!(corners("30,0,10,10", 60, 20), [15_000, 0, 5000, 5000]);
    }

    #[test]
    fn whatever_is_larger_than_half_is_the_roundest() {
        for text in ["max", "8", "100", "16384"] {
            assert_eq!(corners(text, 15, 20), [7500; 4], "{text}");
        }
        assert_eq!(corners("max", 1, 9), [500; 4]);
    }
}
