//! `Backdrop`: a colour behind what is transparent.

use std::fmt::Write as _;

use super::{Describe, Step};
use crate::request::{Dimensions, KeyText, Orientation, Paint};

/// Blends what is transparent with a colour, as in Porter and Duff's "over".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Backdrop(pub Paint);

impl Describe for Backdrop {
    fn turned(&self, _orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        Some((*self).into())
    }

    /// Most pictures have nothing transparent.
    fn may_change_nothing(&self) -> bool {
        true
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self(paint) = self;
        let _ = write!(key, " before {paint}");
    }
}
