//! `Crop`: a part of the picture.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Dimensions, Shape};

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

impl Describe for Crop {
    fn after(&self, _before: Shape) -> Shape {
        Shape { dimensions: self.dimensions, drawn: None }
    }

    fn needs_colours(&self) -> bool {
        false
    }

    fn write_to(&self, key: &mut String) {
        let Self { left, top, dimensions } = self;
        let _ = write!(key, " crop {left} {top} {dimensions}");
    }
}
