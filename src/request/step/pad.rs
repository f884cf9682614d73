//! `Pad`: a canvas around the picture.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Dimensions, KeyText, Paint, Shape};

/// Puts the picture on a canvas that is no smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pad {
    /// Where the picture begins, from the left edge of the canvas.
    pub left: u32,
    /// From its upper edge.
    pub top: u32,
    /// Those of the canvas.
    pub dimensions: Dimensions,
    /// What the canvas is filled with: opaque, or nothing.
    pub paint: Paint,
}

impl Pad {
    /// What a canvas is filled with where this lies behind the picture. What is not opaque is put behind all of it in the
    /// end.
    pub(in crate::request) fn paint(background: Option<Paint>) -> Paint {
        background.filter(|paint| paint.is_opaque()).unwrap_or(Paint::CLEAR)
    }
}

impl Describe for Pad {
    fn after(&self, before: Shape) -> Shape {
        let may_be_clear = before.may_be_clear || !self.paint.is_opaque();
        Shape { may_be_clear, ..before.at(self.dimensions) }
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { left, top, dimensions, paint } = self;
        let _ = write!(key, " pad {left} {top} {dimensions} {paint}");
    }
}
