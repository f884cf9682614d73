//! `SizeLimits`: how large pictures may be, and what is asked for in place of one that may not.

use super::name::BoxSize;
use crate::request::{Dimensions, Fit};

/// The longest sides that may be asked for, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeLimits {
    /// Of the width.
    pub max_width: u32,
    /// Of the height.
    pub max_height: u32,
}

impl Default for SizeLimits {
    /// Those of the configuration that comes with iaas.
    fn default() -> Self {
        Self { max_width: 2000, max_height: 2000 }
    }
}

impl SizeLimits {
    /// The sides that are asked for, where there are two and they may be.
    pub(super) fn allowed(self, size: BoxSize) -> Option<(f64, f64)> {
        let is_allowed =
            |(width, height): &(f64, f64)| *width <= f64::from(self.max_width) && *height <= f64::from(self.max_height);
        size.whole().filter(is_allowed)
    }

    /// The nearest sides that may be: those of the original where one is missing; one that is too long as long as it may be,
    /// and the other one as it is, but where the box is filled and would change its shape.
    pub(super) fn nearest(self, size: Option<BoxSize>, original: Dimensions, fit: Fit) -> (f64, f64) {
        let whole = || (f64::from(original.width), f64::from(original.height));
        let (mut width, mut height) = size.and_then(BoxSize::whole).unwrap_or_else(whole);
        let ratio = width / height;
        let (max_width, max_height) = (f64::from(self.max_width), f64::from(self.max_height));
        if width > max_width {
            width = max_width;
            if fit == Fit::Cover {
                height = (width / ratio).round().max(1.0);
            }
        }
        if height > max_height {
            height = max_height;
            if fit == Fit::Cover {
                width = (height * ratio).round().max(1.0);
            }
        }
        (width, height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_that_is_missing_takes_both_from_the_original() {
        let limits = SizeLimits { max_width: 500, max_height: 1000 };
        let original = Dimensions::new(600, 400);
        let half = BoxSize { width: Some(10.0), height: None };
        assert_eq!(limits.nearest(Some(half), original, Fit::Contain), (500.0, 400.0));
        assert_eq!(limits.nearest(None, original, Fit::Cover), (500.0, 333.0));
    }

    #[test]
    fn a_side_that_is_too_long_is_as_long_as_it_may_be() {
        let limits = SizeLimits { max_width: 2000, max_height: 1000 };
        let nearest = |width, height, fit| {
            let size = BoxSize { width: Some(width), height: Some(height) };
            assert_eq!(limits.allowed(size), None);
            limits.nearest(Some(size), Dimensions::new(1, 1), fit)
        };
        assert_eq!(nearest(2500.0, 66.5, Fit::Contain), (2000.0, 66.5));
        assert_eq!(nearest(5000.0, 5000.0, Fit::Pad), (2000.0, 1000.0));
        assert_eq!(nearest(5000.0, 5000.0, Fit::Cover), (1000.0, 1000.0));
        assert_eq!(nearest(1.0, 1e9, Fit::Cover), (1.0, 1000.0));
        let longest = BoxSize { width: Some(2000.0), height: Some(1000.0) };
        assert_eq!(limits.allowed(longest), Some((2000.0, 1000.0)));
    }
}
