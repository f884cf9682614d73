//! `Gray`: without colours.

use super::{Describe, Step};
use crate::request::{Dimensions, KeyText, Orientation};

/// To luma (ITU-R BT.601), keeping alpha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gray;

impl Describe for Gray {
    fn turned(&self, _orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        Some((*self).into())
    }

    fn may_change_nothing(&self) -> bool {
        true
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self = self;
        key.push_str(" gray");
    }
}
