//! `PixelLayout`: the channels of a pixel.

/// The channels of one pixel, eight bits each, alpha not premultiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelLayout {
    /// One channel, from black to white.
    Gray,
    /// Red, green and blue.
    Rgb,
    /// Red, green, blue and alpha.
    Rgba,
}

impl PixelLayout {
    /// Bytes per pixel.
    pub const fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Tells whether pixels can be transparent.
    pub const fn has_alpha(self) -> bool {
        matches!(self, Self::Rgba)
    }
}
