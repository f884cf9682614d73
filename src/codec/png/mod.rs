//! PNG (W3C, Portable Network Graphics, third edition), read and written by the crate of that name.

mod attended;
mod colour;
mod decode;
mod encode;
mod header;
#[cfg(test)]
mod tests;

use super::{Codec, CodecError, ColourRule, Encoder, Header, Limits, Picture, PixelLayout};
use crate::request::{Dimensions, Facts, Format};

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

    fn decode(&self, original: &[u8], target: Option<Dimensions>) -> Result<Picture, CodecError> {
        self.decode_unless(original, target, &|| false)
    }

    fn decode_unless(
        &self,
        original: &[u8],
        _target: Option<Dimensions>,
        is_abandoned: &dyn Fn() -> bool,
    ) -> Result<Picture, CodecError> {
        decode::decode(original, &self.limits, self.colour_rule, is_abandoned)
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for Png {
    fn encode(&self, picture: &Picture) -> Result<Vec<u8>, CodecError> {
        encode::encode(picture, self.settings.compression_level)
    }

    fn carries_profile(&self, _layout: PixelLayout) -> bool {
        true
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout) -> u64 {
        encode::working_bytes(dimensions, layout)
    }

    fn settings(&self) -> String {
        format!("png level={} v1;", self.settings.compression_level)
    }
}
