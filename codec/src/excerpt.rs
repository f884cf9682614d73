//! `Excerpt`: a part of a picture.

use crate::Dimensions;

/// The part of a picture whose upper left corner is at `left` and `top`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Excerpt {
    /// Pixels from the left edge.
    pub left: u32,
    /// Pixels from the upper edge.
    pub top: u32,
    /// How large the part is.
    pub dimensions: Dimensions,
}

impl Excerpt {
    /// All of a picture.
    pub fn whole(dimensions: Dimensions) -> Self {
        Self { left: 0, top: 0, dimensions }
    }

    /// The first column that is not in it.
    pub fn right(self) -> u32 {
        self.left.saturating_add(self.dimensions.width)
    }

    /// The first row that is not in it.
    pub fn bottom(self) -> u32 {
        self.top.saturating_add(self.dimensions.height)
    }

    /// What of it lies on a picture of these dimensions, perhaps without a pixel.
    #[must_use]
    pub fn within(self, dimensions: Dimensions) -> Self {
        let (left, top) = (self.left.min(dimensions.width), self.top.min(dimensions.height));
        let (right, bottom) = (self.right().min(dimensions.width), self.bottom().min(dimensions.height));
        Self { left, top, dimensions: Dimensions::new(right - left, bottom - top) }
    }

    /// What shows it where both sides of the picture are divided: whole pixels, so perhaps a little more.
    #[must_use]
    pub fn divided(self, divisor: u32) -> Self {
        let divisor = divisor.max(1);
        let (left, top) = (self.left / divisor, self.top / divisor);
        let (right, bottom) = (self.right().div_ceil(divisor), self.bottom().div_ceil(divisor));
        Self { left, top, dimensions: Dimensions::new(right - left, bottom - top) }
    }

    /// It and so many pixels more on all sides, as far as the picture goes.
    #[must_use]
    pub(crate) fn with_margin(self, across: u32, down: u32, picture: Dimensions) -> Self {
        let (left, top) = (self.left.saturating_sub(across), self.top.saturating_sub(down));
        let right = self.right().saturating_add(across).min(picture.width);
        let bottom = self.bottom().saturating_add(down).min(picture.height);
        Self { left, top, dimensions: Dimensions::new(right.saturating_sub(left), bottom.saturating_sub(top)) }
    }

    /// Tells whether it holds all of another.
    pub fn holds(self, other: Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// Tells whether they have a pixel in common.
    pub(crate) fn touches(self, other: Self) -> bool {
        self.left < other.right() && other.left < self.right() && self.top < other.bottom() && other.top < self.bottom()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(left: u32, top: u32, width: u32, height: u32) -> Excerpt {
        Excerpt { left, top, dimensions: Dimensions::new(width, height) }
    }

    #[test]
    fn a_part_of_a_reduced_picture_is_rounded_outwards() {
        assert_eq!(excerpt(8, 16, 8, 9).divided(8), excerpt(1, 2, 1, 2));
        assert_eq!(excerpt(7, 15, 2, 1).divided(8), excerpt(0, 1, 2, 1));
        assert_eq!(excerpt(3, 5, 7, 9).divided(1), excerpt(3, 5, 7, 9));
    }

    #[test]
    fn what_lies_beyond_the_edges_is_no_part() {
        let picture = Dimensions::new(10, 6);
        assert_eq!(excerpt(4, 2, 100, 100).within(picture), excerpt(4, 2, 6, 4));
        assert_eq!(excerpt(10, 0, 1, 1).within(picture), excerpt(10, 0, 0, 1));
        assert_eq!(excerpt(4, 2, u32::MAX, u32::MAX).within(picture), excerpt(4, 2, 6, 4));
        assert_eq!(excerpt(1, 3, 2, 2).with_margin(2, 1, picture), excerpt(0, 2, 5, 4));
    }

    #[test]
    fn parts_touch_where_they_share_a_pixel() {
        let part = excerpt(2, 2, 2, 2);
        assert!(
            part.touches(excerpt(3, 3, 1, 1))
                && !part.touches(excerpt(4, 2, 1, 1))
                && !part.touches(excerpt(0, 0, 2, 9))
        );
        assert!(excerpt(0, 0, 4, 4).holds(part) && !part.holds(excerpt(0, 0, 4, 4)) && part.holds(part));
    }
}
