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

    /// The same place once left and right change places.
    #[must_use]
    pub fn flopped(self) -> Self {
        let (gravity, across) = match self.gravity {
            Gravity::Anchor(anchor) => {
                let (horizontal, across) = turned_round(anchor.horizontal, self.across);
                (Gravity::Anchor(Anchor { horizontal, ..anchor }), across)
            }
            gravity => (gravity.flopped(), self.across),
        };
        Self { gravity, across, ..self }
    }

    /// The same place once above and below change places.
    #[must_use]
    pub fn flipped(self) -> Self {
        let (gravity, down) = match self.gravity {
            Gravity::Anchor(anchor) => {
                let (vertical, down) = turned_round(anchor.vertical, self.down);
                (Gravity::Anchor(Anchor { vertical, ..anchor }), down)
            }
            gravity => (gravity.flipped(), self.down),
        };
        Self { gravity, down, ..self }
    }

    /// Where a window begins on a picture that is no smaller, where pixels of a page are so many of the picture's.
    pub(super) fn window(self, picture: Dimensions, window: Dimensions, ratio: f64) -> (u32, u32) {
        let start = self.gravity.window(picture, window);
        self.moved(start, picture, window, ratio)
    }

    /// Where a picture begins in a canvas that is no smaller.
    pub(super) fn place(self, canvas: Dimensions, picture: Dimensions, ratio: f64) -> (u32, u32) {
        let start = self.gravity.place(canvas, picture);
        self.moved(start, canvas, picture, ratio)
    }

    /// Where something begins on a picture that may be smaller: at least one pixel of it lies there.
    pub(super) fn corner(self, picture: Dimensions, own: Dimensions, ratio: f64) -> (i64, i64) {
        let anchor = self.anchor();
        let [across, down] = self.distances(picture, ratio);
        let along = |along: Along, whole: u32, part: u32, distance: i64| {
            let (whole, part) = (i64::from(whole), i64::from(part));
            let start = match along {
                Along::Begin => distance,
                Along::Middle => (whole - part + 1).div_euclid(2) + distance,
                Along::End => whole - part - distance,
            };
            start.clamp(1 - part, whole - 1)
        };
        (
            along(anchor.horizontal, picture.width, own.width, across),
            along(anchor.vertical, picture.height, own.height, down),
        )
    }

    /// Moved by the distances, as far as the edges allow.
    fn moved(self, (left, top): (u32, u32), whole: Dimensions, part: Dimensions, ratio: f64) -> (u32, u32) {
        let Gravity::Anchor(anchor) = self.gravity else { return (left, top) };
        let [across, down] = self.distances(whole, ratio);
        let along = |along: Along, start: u32, rest: u32, distance: i64| {
            let moved = if along == Along::End { i64::from(start) - distance } else { i64::from(start) + distance };
            // Between nothing and a rest that is no more than 32 bits.
            moved.clamp(0, rest.into()) as u32
        };
        (
            along(anchor.horizontal, left, whole.width.saturating_sub(part.width), across),
            along(anchor.vertical, top, whole.height.saturating_sub(part.height), down),
        )
    }

    /// In pixels; a half becomes the even one.
    fn distances(self, whole: Dimensions, ratio: f64) -> [i64; 2] {
        [distance(self.across, whole.width, ratio), distance(self.down, whole.height, ratio)]
    }

    fn anchor(self) -> Anchor {
        if let Gravity::Anchor(anchor) = self.gravity { anchor } else { Anchor::MIDDLE }
    }
}

/// From the other end: distances from an edge stay inwards, and those from the middle go the other way.
fn turned_round(along: Along, distance: Exact) -> (Along, Exact) {
    match along {
        Along::Begin => (Along::End, distance),
        Along::End => (Along::Begin, distance),
        Along::Middle => (Along::Middle, Exact::new(-distance.get()).unwrap_or_default()),
    }
}

/// A distance in pixels of a side that is so long.
pub(super) fn distance(distance: Exact, whole: u32, ratio: f64) -> i64 {
    let number = distance.get();
    let pixels = if number.abs() >= 1.0 { number * ratio } else { number * f64::from(whole) };
    // What is beyond is cut off, which is far beyond any picture.
    pixels.round_ties_even() as i64
}
