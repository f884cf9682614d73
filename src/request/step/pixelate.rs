//! `Pixelate`: squares of one colour.

use std::fmt::Write as _;
use std::num::NonZeroU32;

use super::Describe;
use crate::request::KeyText;

/// Gives every pixel the mean of its square; the squares begin at the upper left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pixelate {
    /// The length of a side, in pixels.
    pub side: NonZeroU32,
    /// They are no longer than the picture, and a mirror at its right and at its bottom shows what they lack there.
    pub is_mirrored: bool,
}

impl Describe for Pixelate {
    fn write_to(&self, key: &mut KeyText) {
        let Self { side, is_mirrored } = self;
        let _ = write!(key, " pixelate {side}{}", if *is_mirrored { " mirrored" } else { "" });
    }
}
