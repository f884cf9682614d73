//! `Opacity`: a picture that others show through.

use std::fmt::Write as _;

use super::{Describe, Step};
use crate::request::Orientation;

/// Multiplies alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Opacity {
    /// 0 to 99.
    pub percent: u8,
}

impl Describe for Opacity {
    fn turned(&self, _orientation: Orientation) -> Option<Step> {
        Some((*self).into())
    }

    fn write_to(&self, key: &mut String) {
        let Self { percent } = self;
        let _ = write!(key, " opacity {percent}");
    }
}
