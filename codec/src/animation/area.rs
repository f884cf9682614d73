//! A part of a canvas.

use std::ops::Range;

use crate::Dimensions;

/// Of a pixel of RGBA.
pub(super) const CHANNELS: usize = 4;

/// A part of a canvas, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Area {
    pub(crate) fn whole(dimensions: Dimensions) -> Self {
        Self { left: 0, top: 0, width: dimensions.width, height: dimensions.height }
    }

    pub(crate) fn dimensions(self) -> Dimensions {
        Dimensions::new(self.width, self.height)
    }

    /// The part that lies on a canvas, perhaps without a pixel.
    pub(crate) fn within(self, canvas: Dimensions) -> Self {
        let (left, top) = (self.left.min(canvas.width), self.top.min(canvas.height));
        let (width, height) = (self.width.min(canvas.width - left), self.height.min(canvas.height - top));
        Self { left, top, width, height }
    }

    /// The smallest area that holds both.
    pub(crate) fn with(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self { left, top, width: right - left, height: bottom - top }
    }

    /// The same or a little more: both offsets are even, as WebP has them.
    pub(crate) fn at_even_offsets(self) -> Self {
        let (odd_left, odd_top) = (self.left % 2, self.top % 2);
        let (left, top) = (self.left - odd_left, self.top - odd_top);
        Self { left, top, width: self.width + odd_left, height: self.height + odd_top }
    }

    /// The pixels of RGBA that lie within.
    pub(crate) fn cut(self, pixels: &[u8], canvas: Dimensions) -> Vec<u8> {
        let mut cut = Vec::with_capacity(self.dimensions().pixels() as usize * CHANNELS);
        self.rows(canvas).for_each(|row| cut.extend_from_slice(pixels.get(row).unwrap_or_default()));
        cut
    }

    /// Where each row of an area that lies on a canvas is, in bytes of RGBA.
    pub(crate) fn rows(self, canvas: Dimensions) -> impl Iterator<Item = Range<usize>> {
        let height = if self.width == 0 { 0 } else { self.height };
        (0..height).map(move |row| {
            let start = ((self.top + row) as usize * canvas.width as usize + self.left as usize) * CHANNELS;
            start..start + self.width as usize * CHANNELS
        })
    }
}
