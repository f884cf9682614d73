//! COLOUR: what the numbers of a picture mean, and the way from there to sRGB.
//! This module must not know about formats; how each of them tells its colours is for its codec to read.

mod curve;
mod deep;
mod inks;
mod linear;
mod profile;
mod tone;

use std::io::{Read, SeekFrom};
use std::sync::Arc;

pub use curve::{Curve, CurveTables};
pub use deep::Narrowing;
pub use inks::flatten_inks;
pub use linear::{MIDDLE_LIGHT, levels_of_light};
pub use profile::{Calibration, Channels, MAX_PROFILE_BYTES, Profile, calibrated_matrix, inks_to_srgb, luma_weights};
pub use tone::Hdr;

use crate::{Colours, Header, NamedColours, PixelLayout};

/// What a profile takes in memory at most while it is read and prepared, for each of its bytes.
pub const WORKING_BYTES_PER_PROFILE_BYTE: u64 = 8;

/// What converting pixels of 16 bits a channel takes in memory beside the pixels, at most.
pub const DEEP_WORKING_BYTES: u64 = 3 << 20;

/// The longest profile that is looked at to find out whether it is that of sRGB, in bytes; such ones have 0.5 to 3 KB.
const MAX_TOLD_BYTES: u64 = 64 << 10;

/// What becomes of colours that are not sRGB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColourRule {
    /// They are converted to sRGB.
    #[default]
    Srgb,
    /// They stay as they are, with their profile, where the output can carry it.
    Preserve,
}

impl ColourRule {
    /// All rules by their names.
    pub const NAMES: [(&'static str, Self); 2] = [("srgb", Self::Srgb), ("preserve", Self::Preserve)];
}

/// What the numbers of a picture mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ColourSpace {
    /// The colours of sRGB, or so near to them that nobody can tell.
    #[default]
    Srgb,
    /// Those of a profile.
    Profile(Arc<Profile>),
    /// A range of light beyond that of screens, which is mapped to what they show.
    Hdr(Hdr),
}

impl ColourSpace {
    /// Reads an ICC profile that goes with pixels of these channels. `None` where it is broken, too large or meant for
    /// other channels: the picture is then shown as if it had none.
    pub fn from_icc(bytes: &[u8], channels: Channels) -> Option<Self> {
        Profile::from_icc(bytes, channels).map(Self::of)
    }

    /// The colours of code points (ITU-T H.273) for primaries and transfer. `None` where they say nothing, or something
    /// unknown.
    pub fn from_code_points(primaries: u16, transfer: u16) -> Option<Self> {
        if let Some(hdr) = Hdr::from_code_points(primaries, transfer) {
            return Some(Self::Hdr(hdr));
        }
        Profile::from_code_points(primaries, transfer).map(Self::of)
    }

    /// The colours of measured primaries. `None` where they are no colours.
    pub fn from_calibration(calibration: &Calibration) -> Option<Self> {
        Profile::from_calibration(calibration).map(Self::of)
    }

    fn of(profile: Profile) -> Self {
        if profile.is_like_srgb() { Self::Srgb } else { Self::Profile(Arc::new(profile)) }
    }

    /// What a profile within a file tells before anything is decoded.
    pub fn told_by(header: &mut dyn Header, start: u64, bytes: u64, channels: Channels) -> Colours {
        if bytes > MAX_TOLD_BYTES {
            return Colours::Profiled;
        }
        let mut profile = Vec::new();
        let read = header.seek(SeekFrom::Start(start)).and_then(|_| header.take(bytes).read_to_end(&mut profile));
        let colours = read.ok().and_then(|_| Self::from_icc(&profile, channels));
        colours.unwrap_or_default().told()
    }

    /// The same in a word.
    pub fn told(&self) -> Colours {
        match self {
            Self::Srgb => Colours::Srgb,
            Self::Profile(_) => Colours::Profiled,
            Self::Hdr(_) => Colours::Foreign,
        }
    }

    /// The name that people know the colours by.
    pub fn named(&self) -> NamedColours {
        match self {
            Self::Srgb => NamedColours::Srgb,
            Self::Profile(profile) => profile.named(),
            Self::Hdr(_) => NamedColours::Other,
        }
    }

    /// The same of a profile within a file, for colours; sRGB where there is none that can be read.
    pub fn named_by(profile: Option<&[u8]>) -> NamedColours {
        profile.and_then(|profile| Self::from_icc(profile, Channels::Rgb)).unwrap_or_default().named()
    }

    /// Tells whether there is nothing to convert.
    pub fn is_srgb(&self) -> bool {
        *self == Self::Srgb
    }

    /// Tells whether a picture can as well be resized before it is converted: not where its numbers stand for very other
    /// amounts of light than those of sRGB.
    pub fn resizes_like_srgb(&self) -> bool {
        match self {
            Self::Srgb => true,
            Self::Profile(profile) => profile.is_spread_like_srgb(),
            Self::Hdr(_) => false,
        }
    }

    /// The profile as files carry it, for pixels of this layout; `None` where there is none that fits them.
    pub fn icc(&self, layout: PixelLayout) -> Option<&[u8]> {
        match self {
            Self::Profile(profile) if profile.channels() == Channels::of(layout) => Some(profile.bytes()),
            _ => None,
        }
    }

    /// Converts pixels of these colours to sRGB in place. Where the library refuses, they stay as they are.
    pub(super) fn to_srgb(&self, layout: PixelLayout, pixels: &mut [u8]) {
        match self {
            Self::Srgb => {}
            Self::Profile(profile) => profile.convert(layout, pixels),
            Self::Hdr(hdr) => hdr.convert(layout, pixels),
        }
    }
}

/// Applies a table to the colours of pixels, and leaves alpha.
#[expect(clippy::indexing_slicing, reason = "the table has a place for every value of a byte")]
fn look_up(layout: PixelLayout, pixels: &mut [u8], table: &[u8; 256]) {
    let level = |level: &mut u8| *level = table[usize::from(*level)];
    match layout {
        PixelLayout::Gray | PixelLayout::Rgb => pixels.iter_mut().for_each(level),
        PixelLayout::Rgba => pixels.chunks_exact_mut(4).for_each(|pixel| pixel.iter_mut().take(3).for_each(level)),
    }
}

/// `sample * 255 / 65535`, rounded to the nearest, without a division; tested for all samples.
pub(super) fn rounded_to_8_bits(sample: u16) -> u8 {
    ((u32::from(sample) * 255 + 32_895) >> 16) as u8
}

#[cfg(test)]
mod tests;
