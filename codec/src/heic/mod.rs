//! HEIC: HEVC pictures in the container of MPEG, which `heif` reads. Decodes them with heic-rs, and never writes them. Built
//! with the feature `heic` alone, for the patents on HEVC. This room must not know about other formats.

mod bits;
mod decoder;
mod record;
mod sequence_parameters;

use std::io::SeekFrom;

use super::heif::boxes::FourCc;
use super::heif::image::{self, Image, Layer};
use super::heif::meta::Meta;
use super::heif::{Fault, decode, details, malformed, metadata};
use super::notice::Blocks;
use super::{Codec, CodecError, ColourRule, DecodeOptions, Details, Header, Limits, Picture};
use crate::{Condition, Facts, Format};
use decoder::{Hevc, LARGEST_BLOCK_SIDE};

const FORMAT: Format = Format::Heic;
/// The kind of items that are HEVC pictures.
const KIND: FourCc = *b"hvc1";

/// What decoding takes beside planes: tables, and what is known of parameters.
const LIBRARY_BYTES: u64 = 1 << 20;
/// The planes at once: those that are decoded, and before they are cut out a copy for the last filter.
const PLANES: u64 = 2;
const SAMPLE_BYTES: u64 = 2;
/// The decoder's notes on each block, for two pixels.
const NOTES_PAIR_BYTES: u64 = 3;
/// A stream without what keeps start codes away, and where that was.
const STREAM_COPIES: u64 = 4;
/// Pieces that are put together: the room for them grows by copying.
const PIECES_COPIES: u64 = 3;
/// What is known of the items for each byte that tells it: an association of one byte takes so many.
const BYTES_PER_TOLD_BYTE: u64 = 16;

/// Reads HEIC; of a sequence the first picture, unless another is the still.
#[derive(Debug, Clone, Copy)]
pub struct Heic {
    limits: Limits,
    colour_rule: ColourRule,
}

impl Heic {
    pub fn new(limits: Limits) -> Self {
        Self { limits, colour_rule: ColourRule::Srgb }
    }

    /// The same codec with another rule for colours that are not sRGB.
    pub fn with_colour_rule(self, colour_rule: ColourRule) -> Self {
        Self { colour_rule, ..self }
    }
}

impl Codec for Heic {
    fn format(&self) -> Format {
        FORMAT
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        facts(header).map_err(|fault| fault.of(FORMAT))
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        let decoded = decode::decode(&Hevc::new(&self.limits), original, &self.limits, self.colour_rule, options);
        decoded.map_err(|fault| fault.of(FORMAT))
    }

    fn blocks<'a>(&self, original: &'a [u8]) -> Blocks<'a> {
        metadata::blocks(original).unwrap_or_default()
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        details::details(original, facts, KIND).unwrap_or_else(|_| Details::of(facts))
    }
}

fn facts(header: &mut dyn Header) -> Result<Facts, Fault> {
    let length = header.seek(SeekFrom::End(0)).map_err(malformed)?;
    let payload = image::read_meta(header)?;
    let meta = Meta::parse(&payload)?;
    let image = Image::find(&meta, KIND)?;
    let stream_bytes = |item| {
        let copies = STREAM_COPIES + if meta.is_in_pieces(item) { PIECES_COPIES } else { 0 };
        meta.length(item, length) * copies
    };
    let streams = meta.items_of(KIND).map(stream_bytes).max().unwrap_or_default();
    let planes = image.layers().map(frame_bytes).max().unwrap_or_default();
    Ok(Facts {
        format: FORMAT,
        stored: image.dimensions,
        orientation: image.orientation,
        frames: 1,
        decoding: image.decoding(planes + streams + payload.len() as u64 * BYTES_PER_TOLD_BYTE + LIBRARY_BYTES),
        condition: Condition::default(),
        drawing: None,
    })
}

/// What decoding takes for one coded picture of a layer, filled up to whole blocks.
fn frame_bytes(layer: Layer) -> u64 {
    let whole = |side: u32| u64::from(side.next_multiple_of(LARGEST_BLOCK_SIDE));
    let pairs = (whole(layer.coded.width) * whole(layer.coded.height)).div_ceil(2);
    pairs * (layer.coding.samples_of_pair() * SAMPLE_BYTES * PLANES + NOTES_PAIR_BYTES)
}

#[cfg(test)]
pub mod tests;
