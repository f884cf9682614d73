//! `Facts`: what is known of an original without decoding it, because its header says so.

use crate::{ChromaSampling, Dimensions, Format, Quality};

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
    /// What is known of a drawing alone.
    pub drawing: Option<Drawing>,
}

/// What the file of a drawing says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawing {
    /// Its own sides, before they become whole pixels, in a unit so small that they are whole: what its renditions take
    /// their shape from.
    pub shape: Dimensions,
    /// What of it is not drawn as it is meant, where that was noticed. The first of such things, in plain words.
    pub unread: Option<&'static str>,
}

impl Drawing {
    /// The sides in any unit; `None` unless both are finite and more than nothing.
    pub(crate) fn new(width: f32, height: f32, unread: Option<&'static str>) -> Option<Self> {
        let longest = f64::from(width.max(height).max(f32::MIN_POSITIVE));
        let is_drawable = width > 0.0 && height > 0.0 && longest.is_finite();
        // A power of two, which leaves the ratio of whole sides as it is.
        let scale = 2f64.powi(30 - longest.log2().floor() as i32);
        let side = |length: f32| ((f64::from(length) * scale).round() as u32).max(1);
        is_drawable.then(|| Self { shape: Dimensions::new(side(width), side(height)), unread })
    }
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
    /// The whole picture comes first, coarsely.
    pub is_progressive: bool,
    /// It says itself how it is to be shown, be that as stored. Told of JPEG alone.
    pub states_orientation: bool,
    /// How many samples of colour there are, where the header tells, and it is one of those that can be written.
    pub chroma: Option<ChromaSampling>,
    /// What its samples are, which nothing is decided by.
    pub samples: SampleFacts,
    /// The length of the file, which no header tells: 0 until whoever has the file puts it in, of every format.
    pub bytes: u64,
}

impl Condition {
    /// That of a rendition.
    pub const CLEAN: Self = Self {
        colours: Colours::Srgb,
        metadata: Metadata::None,
        quality: None,
        is_progressive: false,
        states_orientation: false,
        chroma: None,
        samples: SampleFacts { has_profile: false, is_gray: false, is_deep: false, is_opaque: false },
        bytes: 0,
    };
}

/// What a header says of the samples of pixels, for whoever asks what an original is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SampleFacts {
    /// A profile of colours is there, be it that of sRGB. Told of JPEG, PNG and WebP.
    pub has_profile: bool,
    /// They are gray, though a decoder may give them colours. Told of PNG.
    pub is_gray: bool,
    /// They have more than 8 bits each. Told of PNG.
    pub is_deep: bool,
    /// Nothing shows through, though a decoder makes room for that. Told of GIF.
    pub is_opaque: bool,
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
    /// A part is decoded without pixels for all the others.
    pub is_by_parts: bool,
}

impl Facts {
    /// The dimensions as a viewer shows them.
    pub fn displayed(&self) -> Dimensions {
        self.orientation.applied_to(self.stored)
    }

    /// The shape of a drawing as a viewer shows it, in a unit of its own; `None` of what has pixels.
    pub fn drawn(&self) -> Option<Dimensions> {
        let shape = self.drawing.map_or(self.stored, |drawing| drawing.shape);
        self.format.is_vector().then(|| self.orientation.applied_to(shape))
    }

    /// The dimensions of a rendition whose longest edge may be `edge`, in the original's shape: a picture is never
    /// enlarged, a drawing is drawn with exactly that edge.
    pub fn fitted(&self, edge: u32) -> Dimensions {
        self.drawn().map_or_else(|| self.displayed().fit_within(edge), |shape| shape.scaled_to(edge))
    }

    /// Tells whether something may show through. Where only pixels can tell, it does.
    pub fn may_be_transparent(&self) -> bool {
        match self.format {
            Format::Jpeg => false,
            // Four inks are no alpha.
            Format::Tiff if self.condition.colours == Colours::Foreign => self.decoding.pixel_bytes > 4,
            _ => !matches!(self.decoding.pixel_bytes, 1 | 3),
        }
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

    /// Its EXIF value, 1 to 8.
    pub fn exif_value(self) -> usize {
        Self::ALL.iter().position(|known| *known == self).map_or(1, |index| index + 1)
    }

    /// Tells whether width and height change places.
    pub fn swaps_axes(self) -> bool {
        matches!(self, Self::Transposed | Self::Rotated90 | Self::Transversed | Self::Rotated270)
    }

    /// What comes of this one and then another.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let ((swaps, across, down), (swaps_again, across_again, down_again)) = (self.moves(), next.moves());
        let (across, down) = if swaps_again { (down, across) } else { (across, down) };
        let moves = (swaps != swaps_again, across != across_again, down != down_again);
        Self::ALL.into_iter().find(|orientation| orientation.moves() == moves).unwrap_or_default()
    }

    /// What it is made of: rows become columns first, then left and right change places, then top and bottom.
    fn moves(self) -> (bool, bool, bool) {
        match self {
            Self::Upright => (false, false, false),
            Self::MirroredHorizontally => (false, true, false),
            Self::Rotated180 => (false, true, true),
            Self::MirroredVertically => (false, false, true),
            Self::Transposed => (true, false, false),
            Self::Rotated90 => (true, true, false),
            Self::Transversed => (true, true, true),
            Self::Rotated270 => (true, false, true),
        }
    }

    /// Where the pixel is stored that is shown at a place: both are pixels from the left and from the top.
    #[inline]
    pub fn stored_at(self, (x, y): (u32, u32), stored: Dimensions) -> (u32, u32) {
        let (right, bottom) = (stored.width.saturating_sub(1), stored.height.saturating_sub(1));
        match self {
            Self::Upright => (x, y),
            Self::MirroredHorizontally => (right - x, y),
            Self::Rotated180 => (right - x, bottom - y),
            Self::MirroredVertically => (x, bottom - y),
            Self::Transposed => (y, x),
            Self::Rotated90 => (y, bottom - x),
            Self::Transversed => (right - y, bottom - x),
            Self::Rotated270 => (right - y, x),
        }
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
    fn a_drawing_keeps_its_own_shape_at_every_size() {
        let fitted = |width, height, edge| Drawing::new(width, height, None).unwrap().shape.scaled_to(edge);
        assert_eq!(fitted(1.5, 1.0, 600), Dimensions::new(600, 400));
        assert_eq!(fitted(1e-6, 5e-7, 600), Dimensions::new(600, 300));
        assert_eq!(fitted(18.897_638, 37.795_277, 100), Dimensions::new(50, 100));
        assert_eq!(fitted(1e30, 1.0, 100), Dimensions::new(100, 1));
        assert_eq!(fitted(1e-45, 1e-45, 16_384), Dimensions::new(16_384, 16_384));
        for (width, height) in [(40, 20), (3, 7), (640, 480), (1, 1000), (6, 1)] {
            for edge in [1, 2, 3, 9, 25, 99, 1023, 32_768] {
                let whole = Dimensions::new(width, height).scaled_to(edge);
                assert_eq!(fitted(width as f32, height as f32, edge), whole, "{width}x{height} at {edge}");
            }
        }
        for (width, height) in [(0.0, 1.0), (1.0, -1.0), (f32::NAN, 1.0), (1.0, f32::NAN), (f32::INFINITY, 1.0)] {
            assert_eq!(Drawing::new(width, height, None), None);
        }
    }

    #[test]
    fn one_orientation_after_another_puts_pixels_where_both_do() {
        let stored = Dimensions::new(3, 2);
        for first in Orientation::ALL {
            for second in Orientation::ALL {
                let (between, both) = (first.applied_to(stored), first.then(second));
                let shown = second.applied_to(between);
                assert_eq!(shown, both.applied_to(stored), "{first:?} {second:?}");
                for (x, y) in (0..shown.height).flat_map(|y| (0..shown.width).map(move |x| (x, y))) {
                    let one_by_one = first.stored_at(second.stored_at((x, y), between), stored);
                    assert_eq!(both.stored_at((x, y), stored), one_by_one, "{first:?} {second:?} at {x},{y}");
                }
            }
        }
    }

    #[test]
    fn exif_values_outside_their_range_mean_upright() {
        for value in [0, 1, 9, u32::MAX] {
            assert_eq!(Orientation::from_exif(value), Orientation::Upright);
        }
        assert_eq!(Orientation::from_exif(6), Orientation::Rotated90);
        assert_eq!(Orientation::from_exif(8), Orientation::Rotated270);
        assert_eq!(Orientation::ALL.map(Orientation::exif_value), [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
