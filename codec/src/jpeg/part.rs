//! A JPEG stream that is part of another file: a strip or a tile of a TIFF, whose tags say what its components are.

use std::io::Cursor;

use super::decompress::decompress_part;
use super::header;
use crate::{CodecError, Limits};
use crate::{Dimensions, Format};

/// What the components are, whatever the stream says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// They become RGB.
    YCbCr,
    /// They stay what they are.
    AsStored,
}

/// Pixels of 8 bits a component, 1, 3 or 4 of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub dimensions: Dimensions,
    pub channels: usize,
    pub pixels: Vec<u8>,
}

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
