//! PNG (W3C, Portable Network Graphics, third edition), read and written by the crate of that name.

mod animate;
mod attended;
mod chunks;
mod colour;
mod decode;
mod details;
mod encode;
mod frames;
mod header;
mod indexed;
mod metadata;
mod palette;
#[cfg(test)]
mod tests;

use super::notice::{Blocks, Notice};
use super::{
    Animator, Choices, Codec, CodecError, Coding, ColourRule, DecodeOptions, Details, Encoder, FrameWriter, Frames,
    Header, Limits, Picture, PixelLayout, Plays,
};
use crate::{Dimensions, Facts, Format};

/// What every file begins with.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// How PNG is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// From 0, stored as it is, to 9, the smallest. From 1 to 6 a photograph costs the same, and is as large.
    pub compression_level: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { compression_level: 6 }
    }
}

/// Reads and writes PNG.
#[derive(Debug, Clone, Copy)]
pub struct Png {
    settings: Settings,
    limits: Limits,
    colour_rule: ColourRule,
}

impl Png {
    /// A codec that writes with `settings`, and reads originals within `limits`.
    pub fn new(settings: Settings, limits: Limits) -> Self {
        Self { settings, limits, colour_rule: ColourRule::Srgb }
    }

    /// The same codec with another rule for colours that are not sRGB.
    pub fn with_colour_rule(self, colour_rule: ColourRule) -> Self {
        Self { colour_rule, ..self }
    }
}

impl Codec for Png {
    fn format(&self) -> Format {
        Format::Png
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        header::probe(header, &self.limits)
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        decode::decode(original, &self.limits, self.colour_rule, options)
    }

    fn frames<'a>(&self, original: &'a [u8]) -> Result<Box<dyn Frames + 'a>, CodecError> {
        Ok(Box::new(frames::PngFrames::new(original, &self.limits, self.colour_rule)?))
    }

    fn animation_bytes(&self, facts: &Facts) -> u64 {
        // The canvas, perhaps a copy of it that is to be restored, and the frame.
        facts.decoding.working_bytes + facts.stored.pixels() * 4 * 3
    }

    fn blocks<'a>(&self, original: &'a [u8]) -> Blocks<'a> {
        metadata::blocks(original)
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        details::details(original, facts, &self.limits)
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for Png {
    fn coding(&self) -> Coding {
        Coding::new(None, self.settings.compression_level)
    }

    fn choices(&self) -> Choices {
        // Not 0, which compresses nothing.
        let efforts = [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9];
        Choices { can_keep_all: true, can_have_palette: true, efforts, ..Choices::NONE }
    }

    fn encode_as(
        &self,
        picture: &Picture,
        coding: &Coding,
        notice: &Notice,
        _threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let file = encode::encode(picture, coding)?;
        Ok(metadata::with_notice(file, notice))
    }

    fn strip(&self, original: &[u8], notice: &Notice) -> Result<Vec<u8>, CodecError> {
        let stripped =
            metadata::stripped(original).ok_or_else(|| CodecError::malformed(Format::Png, "no signature"))?;
        Ok(metadata::with_notice(stripped, notice))
    }

    fn carries_profile(&self, _layout: PixelLayout) -> bool {
        true
    }

    fn animator(&self) -> Option<&dyn Animator> {
        Some(self)
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
        encode::working_bytes(dimensions, layout, coding)
    }

    fn version(&self) -> String {
        "png v2;".to_owned()
    }
}

impl Animator for Png {
    fn begin(&self, dimensions: Dimensions, plays: Plays, coding: &Coding) -> Result<Box<dyn FrameWriter>, CodecError> {
        Ok(Box::new(animate::Writer::new(dimensions, plays, coding.effort)?))
    }

    fn working_bytes(&self, dimensions: Dimensions, frames: u32, _coding: &Coding) -> u64 {
        animate::working_bytes(dimensions, frames)
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Png, reason)
}
