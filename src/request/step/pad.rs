//! `Pad`: a canvas around the picture.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Dimensions, KeyText, Shape, Surround};

/// Puts the picture on a canvas that is no smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pad {
    /// Where the picture begins, from the left edge of the canvas.
    pub left: u32,
    /// From its upper edge.
    pub top: u32,
    /// Those of the canvas.
    pub dimensions: Dimensions,
    /// What the canvas is filled with.
    pub surround: Surround,
}

impl Describe for Pad {
    fn after(&self, before: Shape) -> Shape {
        let may_be_clear = before.may_be_clear || self.surround.may_be_clear();
        Shape { may_be_clear, ..before.at(self.dimensions) }
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { left, top, dimensions, surround } = self;
        let _ = write!(key, " pad {left} {top} {dimensions} {surround}");
    }
}
