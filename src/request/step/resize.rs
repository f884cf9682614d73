//! `Resize`: to other dimensions.

use super::{Describe, Step};
use crate::request::{Dimensions, KeyText, Orientation, Shape};

/// How pixels are weighed when a picture is made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResizeAlgorithm {
    /// Lanczos with three lobes: the sharpest.
    Lanczos3,
    /// Cubic convolution (Catmull-Rom, a = -0.5).
    Bicubic,
    /// A Gaussian, soft and free of ringing.
    Gaussian,
    /// The mean of the covered pixels: the cheapest.
    Thumbnail,
}

/// To exactly these dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Resize {
    /// What comes out.
    pub dimensions: Dimensions,
    /// How pixels are weighed.
    pub algorithm: ResizeAlgorithm,
}

impl ResizeAlgorithm {
    const NAMES: [(&str, Self); 5] = [
        // Lanczos after scaled decoding costs 1 to 5 ms whatever the target (docs/formats.md), so there is nothing
        // for a cheaper filter to win.
        ("auto", Self::Lanczos3),
        ("lanczos3", Self::Lanczos3),
        ("bicubic", Self::Bicubic),
        ("gaussian", Self::Gaussian),
        ("thumbnail", Self::Thumbnail),
    ];

    /// Parses a name, in any letter case; `auto` is decided here.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, algorithm)| *algorithm)
    }

    /// All names that [`Self::named`] accepts.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    fn in_key(self) -> &'static str {
        match self {
            Self::Lanczos3 => "lanczos3",
            Self::Bicubic => "bicubic",
            Self::Gaussian => "gaussian",
            Self::Thumbnail => "thumbnail",
        }
    }
}

impl Describe for Resize {
    fn after(&self, before: Shape) -> Shape {
        before.at(self.dimensions)
    }

    fn turned(&self, orientation: Orientation, _stored: Dimensions) -> Option<Step> {
        Some(Self { dimensions: orientation.applied_to(self.dimensions), ..*self }.into())
    }

    fn needs_colours(&self) -> bool {
        false
    }

    fn write_to(&self, key: &mut KeyText) {
        let Self { dimensions, algorithm } = self;
        key.push_str(" resize ");
        key.push_dimensions(*dimensions);
        key.push_str(" ");
        key.push_str(algorithm.in_key());
    }
}
