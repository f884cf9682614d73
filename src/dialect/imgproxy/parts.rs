//! Parts of what options come to.

use crate::request::{Anchor, Exact, Format};

/// What is laid over a picture, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WatermarkOptions {
    /// From 0 to 1.
    pub opacity: Exact,
    /// Where it lies; `None` for all over the picture.
    pub anchor: Option<Anchor>,
    pub across: Exact,
    pub down: Exact,
    pub scale: Exact,
}

/// How finely each format is written, from 1 to 100; 0 follows from nothing but the usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FormatQuality {
    pub jpeg: u8,
    pub webp: u8,
    pub avif: u8,
}

impl Default for WatermarkOptions {
    fn default() -> Self {
        let anchor = Some(Anchor::MIDDLE);
        Self { opacity: Exact::ZERO, anchor, across: Exact::ZERO, down: Exact::ZERO, scale: Exact::ZERO }
    }
}

impl FormatQuality {
    /// Sets that of a format; of one that loses nothing there is none.
    pub(super) fn set(&mut self, format: Format, quality: u8) {
        match format {
            Format::Jpeg => self.jpeg = quality,
            Format::WebP => self.webp = quality,
            Format::Avif => self.avif = quality,
            _ => {}
        }
    }
}
