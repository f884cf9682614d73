//! `Placement`: where a part lies on a picture, or a picture on another one, and how far from there.

use crate::request::{Along, Anchor, Dimensions, Exact, Gravity};

/// A gravity, and how far from where it leads. From an edge, distances are counted inwards; from the middle to the right and
/// down. A distance of at least one is pixels of a page; a smaller one is a share of the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Placement {
    /// Where it leads. A point has no distances.
    pub gravity: Gravity,
    /// Along the width.
    pub across: Exact,
    /// Along the height.
    pub down: Exact,
}

impl Placement {
    /// Where a gravity leads.
    pub fn at(gravity: Gravity) -> Self {
        Self { gravity, ..Self::default() }
    }

    /// Where a part begins in a whole that is no smaller, where pixels of a page are so many of the picture's.
    pub(super) fn within(self, whole: Dimensions, part: Dimensions, ratio: f64) -> (u32, u32) {
        let (left, top) = self.start(whole, part, ratio);
        let along = |start: i64, whole: u32, part: u32| {
            // Between nothing and a rest that is no more than 32 bits.
            start.clamp(0, whole.saturating_sub(part).into()) as u32
        };
        (along(left, whole.width, part.width), along(top, whole.height, part.height))
    }

    /// Where something begins on a picture that may be smaller: at least one pixel of it lies there.
    pub(super) fn corner(self, picture: Dimensions, own: Dimensions, ratio: f64) -> (i64, i64) {
        let (left, top) = self.start(picture, own, ratio);
        let along = |start: i64, whole: u32, part: u32| start.clamp(1 - i64::from(part), i64::from(whole) - 1);
        (along(left, picture.width, own.width), along(top, picture.height, own.height))
    }

    /// Where a part begins if edges do not matter.
    fn start(self, whole: Dimensions, part: Dimensions, ratio: f64) -> (i64, i64) {
        let anchor = match self.gravity {
            Gravity::Point { .. } => return self.around(whole, part),
            Gravity::Anchor(anchor) => anchor,
            Gravity::Starts { .. } | Gravity::Smart | Gravity::Halves => Anchor::MIDDLE,
        };
        let along = |along: Along, whole: u32, part: u32, by: Exact| {
            let (by, rest) = (distance(by, whole, ratio), i64::from(whole) - i64::from(part));
            match along {
                Along::Begin => by,
                Along::Middle => half(rest + 1) + by,
                Along::End => rest - by,
            }
        };
        (
            along(anchor.horizontal, whole.width, part.width, self.across),
            along(anchor.vertical, whole.height, part.height, self.down),
        )
    }

    /// Where a part begins whose middle is at a point.
    fn around(self, whole: Dimensions, part: Dimensions) -> (i64, i64) {
        let Some((across, down)) = self.gravity.coordinates() else { return (0, 0) };
        let along = |share: f64, whole: u32, part: u32| {
            // At most the length of the side.
            (f64::from(whole) * share).round_ties_even() as i64 - i64::from(part / 2)
        };
        (along(across, whole.width, part.width), along(down, whole.height, part.height))
    }
}

/// Half of a number of pixels; a half of one becomes the even one.
fn half(pixels: i64) -> i64 {
    let down = pixels.div_euclid(2);
    if pixels.rem_euclid(2) == 0 { down } else { down + down.rem_euclid(2) }
}

/// A distance in pixels of a side that is so long.
pub(super) fn distance(distance: Exact, whole: u32, ratio: f64) -> i64 {
    let number = distance.get();
    let pixels = if number.abs() >= 1.0 { number * ratio } else { number * f64::from(whole) };
    // What is beyond is cut off, which is far beyond any picture.
    pixels.round_ties_even() as i64
}
