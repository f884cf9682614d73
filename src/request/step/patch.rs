//! `Patch`: a rectangle of one colour over the picture.

use std::fmt::Write as _;

use super::Describe;
use crate::request::{Area, Dimensions, KeyText, OverlayWish, Paint};

/// Blends a rectangle of the picture with a colour, as in Porter and Duff's "over".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Patch {
    /// From the left edge of the picture.
    pub left: u32,
    /// From its upper edge.
    pub top: u32,
    /// Within the picture.
    pub dimensions: Dimensions,
    /// The colour.
    pub paint: Paint,
}

impl Patch {
    /// What is painted below an overlay; `None` where nothing of it is on the picture.
    pub(in crate::request) fn decide(wish: &OverlayWish, picture: Dimensions) -> Option<Self> {
        let slot = wish.slot.filter(|_| picture.longest_edge() > wish.min_side)?;
        let (paint, Area { left, top, dimensions }) = (slot.paint?, slot.rectangle(picture)?);
        let (left, top) = (u32::try_from(left).ok()?, u32::try_from(top).ok()?);
        let width = dimensions.width.min(picture.width.saturating_sub(left));
        let height = dimensions.height.min(picture.height.saturating_sub(top));
        (width > 0 && height > 0).then(|| Self { left, top, dimensions: Dimensions::new(width, height), paint })
    }
}

impl Describe for Patch {
    fn write_to(&self, key: &mut KeyText) {
        let Self { left, top, dimensions, paint } = self;
        let _ = write!(key, " patch {left} {top} {dimensions} {paint}");
    }
}
