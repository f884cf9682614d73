//! `Facts`: what is known of an original without decoding it, because its header says so.

use crate::{Dimensions, Format, Quality};

/// What the header of an original says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The format that its bytes are in.
    pub format: Format,
    /// The dimensions as stored, before the orientation is applied.
    pub stored: Dimensions,
    /// How the stored rows and columns are to be shown.
    pub orientation: Orientation,
    /// The pictures that are shown one after another: 1 unless it is an animation. Counted no further than one beyond
    /// the limit on them.
    pub frames: u32,
    /// What decoding it takes in memory.
    pub decoding: Decoding,
    /// What else stands between it and a rendition.
    pub condition: Condition,
}

/// What stands between an original and a rendition of its own format and dimensions, beside the orientation. Told of
/// formats that are written; of others it stays at its default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Condition {
    /// How its numbers stand for colours.
    pub colours: Colours,
    /// What it says beside its pixels.
    pub metadata: Metadata,
    /// How finely the pixels are coded, where the coding is lossy and the header tells.
    pub quality: Option<Quality>,
}

impl Condition {
    /// That of a rendition.
    pub const CLEAN: Self = Self { colours: Colours::Srgb, metadata: Metadata::None, quality: None };
}

/// How the numbers of an original stand for colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Colours {
    /// As in sRGB.
    #[default]
    Srgb,
    /// As a profile says, which a rendition can carry.
    Profiled,
    /// As nothing but a conversion shows: inks, or more light than a screen has.
    Foreign,
}

/// What an original says beside its pixels. In order of what there is to hide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metadata {
    /// Nothing, or nothing that renditions may not say as well: resolution, an orientation.
    #[default]
    None,
    /// Whose it is, and no more: copyright and artist.
    Notice,
    /// EXIF, XMP, IPTC.
    Private,
}

/// What decoding an original takes in memory, as far as its header tells: never less than what it takes in truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decoding {
    /// Bytes of one decoded pixel.
    pub pixel_bytes: u8,
    /// Bytes that the decoder holds beside the original and the decoded pixels, at whatever size it decodes.
    pub working_bytes: u64,
}

impl Facts {
    /// The dimensions as a viewer shows them.
    pub fn displayed(&self) -> Dimensions {
        self.orientation.applied_to(self.stored)
    }

    /// The pixels of all frames together, each as large as the whole canvas.
    pub fn animated_pixels(&self) -> u64 {
        self.stored.pixels().saturating_mul(self.frames.into())
    }
}

/// How the stored rows and columns are to be shown: the values of the EXIF tag `Orientation` (Exif 2.32, section 4.6.4).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// To be shown as stored.
    #[default]
    Upright,
    /// Left and right change places.
    MirroredHorizontally,
    /// To be turned upside down.
    Rotated180,
    /// Top and bottom change places.
    MirroredVertically,
    /// Mirrored along the diagonal from the top left: rows become columns.
    Transposed,
    /// To be turned by 90 degrees clockwise.
    Rotated90,
    /// Mirrored along the diagonal from the top right.
    Transversed,
    /// To be turned by 270 degrees clockwise.
    Rotated270,
}

impl Orientation {
    /// All orientations in the order of their EXIF values, 1 to 8.
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::MirroredHorizontally,
        Self::Rotated180,
        Self::MirroredVertically,
        Self::Transposed,
        Self::Rotated90,
        Self::Transversed,
        Self::Rotated270,
    ];

    /// The orientation of an EXIF value; a value outside 1 to 8 means upright.
    pub fn from_exif(value: u32) -> Self {
        let index = usize::try_from(value).unwrap_or(0).wrapping_sub(1);
        Self::ALL.get(index).copied().unwrap_or_default()
    }

    /// Tells whether width and height change places.
    pub fn swaps_axes(self) -> bool {
        matches!(self, Self::Transposed | Self::Rotated90 | Self::Transversed | Self::Rotated270)
    }

    /// The dimensions after the orientation is applied. Its own inverse for dimensions.
    pub fn applied_to(self, dimensions: Dimensions) -> Dimensions {
        if self.swaps_axes() { dimensions.swapped() } else { dimensions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exif_values_outside_their_range_mean_upright() {
        for value in [0, 1, 9, u32::MAX] {
            assert_eq!(Orientation::from_exif(value), Orientation::Upright);
        }
        assert_eq!(Orientation::from_exif(6), Orientation::Rotated90);
        assert_eq!(Orientation::from_exif(8), Orientation::Rotated270);
    }
}
