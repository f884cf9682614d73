//! `Focus`: the part of the picture with most to see.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Dimensions, KeyText, Shape};

/// Keeps a part of these dimensions, which are no larger than the picture. Where it lies, only pixels tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Focus {
    /// How large the part is.
    pub dimensions: Dimensions,
}

impl Describe for Focus {
    fn after(&self, before: Shape) -> Shape {
        before.at(self.dimensions)
    }

    fn needs_colours(&self) -> bool {
        false
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { dimensions } = self;
        let _ = write!(key, " focus {dimensions}");
    }
}
