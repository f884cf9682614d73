//! `Mask`: a shape that the picture is seen through.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{KeyText, Paint, Shape, Silhouette};

/// Puts a colour in place of what is beyond a shape, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mask {
    /// It lies in the middle, as large as it finds room.
    pub silhouette: Silhouette,
    /// What is around it.
    pub surround: Paint,
}

impl Describe for Mask {
    fn after(&self, before: Shape) -> Shape {
        let may_be_clear = before.may_be_clear || !self.surround.is_opaque();
        Shape { may_be_clear, ..before.at(before.dimensions) }
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { silhouette, surround: Paint([red, green, blue, alpha]) } = self;
        let _ = write!(key, " mask {} {red} {green} {blue} {alpha}", silhouette.name());
    }
}
