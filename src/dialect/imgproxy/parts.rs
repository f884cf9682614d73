//! Parts of what options come to.

use crate::request::{Anchor, Exact, Format, Keeping};

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

/// What of an original's metadata is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MetadataOptions {
    pub is_stripped: bool,
    /// Whose the picture is stays where all else is stripped.
    pub keeps_copyright: bool,
}

impl MetadataOptions {
    pub fn keeping(self) -> Keeping {
        match (self.is_stripped, self.keeps_copyright) {
            (false, _) => Keeping::All,
            (true, true) => Keeping::Notice,
            (true, false) => Keeping::Nothing,
        }
    }
}

impl Default for MetadataOptions {
    fn default() -> Self {
        Self { is_stripped: true, keeps_copyright: true }
    }
}
