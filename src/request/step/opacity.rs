//! `Opacity`: a picture that others show through.

use std::fmt::Write as _;

use super::{Describe, Step};
use crate::request::{Dimensions, KeyText, Orientation, Shape};

/// Multiplies alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Opacity {
    /// 0 to 99.
    pub percent: u8,
}

impl Describe for Opacity {
    fn after(&self, before: Shape) -> Shape {
        Shape { may_be_clear: true, ..before.at(before.dimensions) }
    }

    fn turned(&self, _orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        Some((*self).into())
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { percent } = self;
        let _ = write!(key, " opacity {percent}");
    }
}
