//! `Details`: what an original says of itself that nothing is decided by, for whoever asks what it is.

use crate::{Colours, Facts, Orientation};

/// What is told of an original beside its [`Facts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Details {
    /// Bits of each channel as stored; of a palette, those of its colours.
    pub bits: u8,
    /// What its numbers stand for.
    pub colours: NamedColours,
    /// It has an alpha channel, or something of it is transparent.
    pub has_alpha: bool,
    /// As stored; a decoder may have turned what [`Facts`] tell of.
    pub orientation: Orientation,
    /// All pictures of an animation, whatever the limit on them is; 1 of a still.
    pub frames: u32,
    /// How long all of them are shown once, as the file says it; 0 of a still.
    pub milliseconds: u64,
}

/// What the numbers of a picture stand for, by the names that people know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedColours {
    /// sRGB, or what is shown as it.
    Srgb,
    /// Display P3.
    DisplayP3,
    /// Adobe RGB (1998).
    AdobeRgb,
    /// Gray, whatever its curve.
    Gray,
    /// Four inks.
    Cmyk,
    /// Anything else: ProPhoto, BT.2020, light without a curve.
    Other,
}

impl NamedColours {
    /// The name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Srgb => "srgb",
            Self::DisplayP3 => "display-p3",
            Self::AdobeRgb => "adobe-rgb",
            Self::Gray => "gray",
            Self::Cmyk => "cmyk",
            Self::Other => "other",
        }
    }
}

impl Details {
    /// What facts alone tell, of 8 bits a channel.
    pub fn of(facts: &Facts) -> Self {
        let is_gray = matches!(facts.decoding.pixel_bytes, 1 | 2);
        let colours = match facts.condition.colours {
            _ if is_gray => NamedColours::Gray,
            Colours::Srgb => NamedColours::Srgb,
            Colours::Profiled | Colours::Foreign => NamedColours::Other,
        };
        Self {
            bits: 8,
            colours,
            has_alpha: facts.may_be_transparent(),
            orientation: facts.orientation,
            frames: facts.frames,
            milliseconds: 0,
        }
    }

    /// The same of an animation of these frames, each shown for so many milliseconds; of none, or of one, a still.
    #[must_use]
    pub(crate) fn animated(self, frames: impl Iterator<Item = u64>) -> Self {
        let add = |(count, sum): (u32, u64), shown| (count.saturating_add(1), sum.saturating_add(shown));
        match frames.fold((0, 0), add) {
            (0 | 1, _) => Self { frames: 1, milliseconds: 0, ..self },
            (frames, milliseconds) => Self { frames, milliseconds, ..self },
        }
    }
}
