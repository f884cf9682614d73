//! `Dimensions`: the width and height of a picture, and the arithmetic of scaling them.

use std::fmt;

/// The width and height of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dimensions {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Dimensions {
    /// The dimensions of a picture that is `width` pixels wide and `height` pixels high.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// The longer of width and height, in pixels.
    pub fn longest_edge(self) -> u32 {
        self.width.max(self.height)
    }

    /// The number of pixels; it always fits.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The smallest dimensions within which both have room.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self::new(self.width.max(other.width), self.height.max(other.height))
    }

    /// The same picture lying on its side.
    pub fn swapped(self) -> Self {
        Self::new(self.height, self.width)
    }

    /// The largest dimensions of the same aspect ratio whose longest edge is at most `edge`; never larger than
    /// `self`, and never less than one pixel.
    pub fn fit_within(self, edge: u32) -> Self {
        if edge >= self.longest_edge() { self } else { self.scaled_to(edge) }
    }

    /// The dimensions of the same aspect ratio whose longest edge is `edge`, be it larger or smaller; never less than
    /// one pixel.
    pub fn scaled_to(self, edge: u32) -> Self {
        let longest = self.longest_edge().max(1);
        let scaled = |side: u32| {
            let exact = u64::from(side) * u64::from(edge);
            let rounded = (exact + u64::from(longest) / 2) / u64::from(longest);
            (rounded as u32).max(1)
        };
        Self::new(scaled(self.width), scaled(self.height))
    }
}

impl fmt::Display for Dimensions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}x{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_longest_edge_fits_the_box() {
        let fit = |width, height, size| Dimensions::new(width, height).fit_within(size);
        assert_eq!(fit(4000, 3000, 400), Dimensions::new(400, 300));
        assert_eq!(fit(3000, 4000, 400), Dimensions::new(300, 400));
        assert_eq!(fit(100, 50, 400), Dimensions::new(100, 50));
        assert_eq!(fit(10_000, 1, 100), Dimensions::new(100, 1));
    }

    proptest! {
        #[test]
        fn fitting_never_enlarges_and_never_vanishes(width in 1u32..70_000, height in 1u32..70_000, size in 1u32..70_000) {
            let original = Dimensions::new(width, height);
            let fitted = original.fit_within(size);
            prop_assert!(fitted.width >= 1 && fitted.height >= 1);
            prop_assert!(fitted.width <= width && fitted.height <= height);
            prop_assert_eq!(fitted.longest_edge(), size.min(original.longest_edge()));
        }
    }
}
