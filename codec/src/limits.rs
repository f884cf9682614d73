//! `Limits`: what an original may ask of a decoder. Looked at in its header, before anything is allocated for it.

use super::CodecError;
use crate::{Dimensions, Format};

/// How many passes over a picture of the largest allowed size the scans of a JPEG may add up to. Usual encoders write
/// 1 to 14 scans; a pass costs about 4 ns a pixel, however few bytes it has.
const MAX_WHOLE_PASSES: u64 = 16;

/// What one original may ask for. A decoder never sees one that asks for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the original.
    pub max_bytes: u64,
    /// Width times height, whatever is decoded of it.
    pub max_pixels: u64,
    /// The longer of width and height, in pixels.
    pub max_side: u32,
    /// Colour profile, EXIF, XMP and other data beside the pixels, all together.
    pub max_metadata_bytes: u64,
    /// Chunks of a PNG, boxes and chunks of other containers.
    pub max_chunks: u32,
    /// Scans of a JPEG.
    pub max_scans: u32,
    /// Frames of an animation that are looked for; whether it has more than one beyond these is not found out.
    pub max_frames: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_pixels: 100_000_000,
            max_side: 65_535,
            max_metadata_bytes: 16 << 20,
            max_chunks: 65_536,
            max_scans: 100,
            max_frames: 2000,
        }
    }
}

impl Limits {
    /// Lets an original of this length through.
    ///
    /// # Errors
    /// [`CodecError::OverLimit`] for a longer one than is allowed.
    pub fn admit_bytes(&self, bytes: u64) -> Result<(), CodecError> {
        admit("bytes", self.max_bytes, bytes)
    }

    /// Lets dimensions through for which a decoder may allocate.
    ///
    /// # Errors
    /// [`CodecError::Malformed`] for an empty picture, [`CodecError::OverLimit`] for one that is too large.
    pub fn admit(&self, format: Format, dimensions: Dimensions) -> Result<Dimensions, CodecError> {
        if dimensions.pixels() == 0 {
            return Err(CodecError::malformed(format, format!("expected at least one pixel, got {dimensions}")));
        }
        if dimensions.longest_edge() > self.max_side {
            return Err(over("pixels a side", self.max_side.into(), dimensions));
        }
        if dimensions.pixels() > self.max_pixels {
            return Err(over("pixels", self.max_pixels, dimensions));
        }
        Ok(dimensions)
    }

    /// Lets metadata of this total length through.
    ///
    /// # Errors
    /// [`CodecError::OverLimit`] for more than is allowed.
    pub fn admit_metadata(&self, bytes: u64) -> Result<(), CodecError> {
        admit("bytes of metadata", self.max_metadata_bytes, bytes)
    }

    /// Lets this number of chunks through.
    ///
    /// # Errors
    /// [`CodecError::OverLimit`] for more than is allowed.
    pub fn admit_chunks(&self, chunks: u32) -> Result<(), CodecError> {
        admit("chunks", self.max_chunks.into(), chunks.into())
    }

    /// The scans that a JPEG of these dimensions may have: fewer the larger it is, for each is a pass over all pixels.
    pub fn max_scans_of(&self, dimensions: Dimensions) -> u32 {
        let passes = self.max_pixels.saturating_mul(MAX_WHOLE_PASSES) / dimensions.pixels().max(1);
        self.max_scans.min(u32::try_from(passes).unwrap_or(u32::MAX))
    }
}

fn admit(what: &'static str, limit: u64, got: u64) -> Result<(), CodecError> {
    if got > limit { Err(over(what, limit, got)) } else { Ok(()) }
}

/// Of the scans it is only known that they are more: they are counted while they are decoded.
pub(super) fn too_many_scans(limit: u32) -> CodecError {
    over("scans", limit.into(), "more")
}

pub(super) fn over(what: &'static str, limit: u64, got: impl ToString) -> CodecError {
    CodecError::OverLimit { what, limit, got: got.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        max_bytes: 10,
        max_pixels: 100,
        max_side: 20,
        max_metadata_bytes: 5,
        max_chunks: 3,
        max_scans: 50,
        max_frames: 7,
    };

    #[test]
    fn what_reaches_a_limit_is_let_through_and_what_exceeds_it_is_told_both_figures() {
        let admit = |width, height| LIMITS.admit(Format::Png, Dimensions::new(width, height));
        assert_eq!(admit(10, 10), Ok(Dimensions::new(10, 10)));
        assert_eq!(admit(5, 20), Ok(Dimensions::new(5, 20)));
        let texts = [admit(10, 11), admit(21, 1), admit(0, 5)].map(|refused| refused.unwrap_err().to_string());
        assert_eq!(
            texts,
            [
                "expected an original of at most 100 pixels, got 10x11",
                "expected an original of at most 20 pixels a side, got 21x1",
                "broken png: expected at least one pixel, got 0x5",
            ]
        );
        assert!(LIMITS.admit_bytes(10).is_ok() && LIMITS.admit_bytes(11).is_err());
        assert!(LIMITS.admit_metadata(5).is_ok() && LIMITS.admit_metadata(6).is_err());
        assert!(LIMITS.admit_chunks(3).is_ok() && LIMITS.admit_chunks(4).is_err());
    }

    #[test]
    fn a_larger_picture_may_have_fewer_scans() {
        assert_eq!(LIMITS.max_scans_of(Dimensions::new(1, 1)), 50);
        assert_eq!(LIMITS.max_scans_of(Dimensions::new(10, 10)), 16);
    }
}
