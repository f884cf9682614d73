//! A JPEG stream that is part of another file: a strip or a tile of a TIFF, whose tags say what its components are.

use std::io::Cursor;

use super::decompress::decompress_part;
pub use super::decompress::{Meaning, Part};
use super::header;
use crate::{CodecError, Limits};
use crate::{Dimensions, Format};

/// Decodes a stream of no more than `most` pixels along both sides.
///
/// # Errors
/// As `Codec::decode`; also for larger ones.
pub fn decode(stream: &[u8], meaning: Meaning, most: Dimensions, limits: &Limits) -> Result<Part, CodecError> {
    let preamble = header::read(&mut Cursor::new(stream), limits)?;
    let dimensions = limits.admit(Format::Jpeg, preamble.frame.dimensions)?;
    if dimensions.width > most.width || dimensions.height > most.height {
        return Err(CodecError::malformed(Format::Jpeg, format!("{dimensions} pixels where {most} have room")));
    }
    decompress_part(stream, &preamble, meaning, limits.max_scans_of(dimensions))
}

/// Bytes that [`decode`] holds at most, with the pixels that it gives.
pub fn working_bytes(dimensions: Dimensions, components: u64) -> u64 {
    // Up to the edge of blocks, and all coefficients of 16 bits where there are several scans.
    let side = |pixels: u32| u64::from(pixels) + 32;
    side(dimensions.width) * side(dimensions.height) * components * 3 + 2 * 1024 * 1024
}
