//! `Reorient`: by right angles, and mirrored.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{KeyText, Orientation, Shape};

/// Rows and columns as an orientation says. Exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reorient(pub Orientation);

impl Describe for Reorient {
    fn after(&self, before: Shape) -> Shape {
        let Self(orientation) = *self;
        let drawn = before.drawn.map(|exactly| orientation.applied_to(exactly));
        Shape { dimensions: orientation.applied_to(before.dimensions), drawn, ..before }
    }

    fn needs_colours(&self) -> bool {
        false
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self(orientation) = self;
        let _ = write!(key, " turn {orientation:?}");
    }
}
