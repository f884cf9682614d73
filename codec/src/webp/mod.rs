//! WebP (RFC 9649), read and written by libwebp. What its C code sees has passed our own reading of the container.

mod animate;
mod container;
mod decode;
mod encode;
mod frame;
mod metadata;
mod profile;
#[cfg(test)]
mod tests;

use super::notice::Notice;
use super::{
    Animator, Codec, CodecError, Encoder, FrameWriter, Frames, Header, Inheritance, Limits, Picture, PixelLayout, Plays,
};
use crate::{Dimensions, Facts, Format, Quality};

/// The longest edge that the format holds, in pixels (RFC 9649, section 3.4).
const MAX_EDGE: u32 = 16_383;

/// How WebP is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// From 1 to 100, for lossy pictures: libwebp's scale.
    pub quality: u8,
    /// From 0, the fastest, to 6, the smallest: libwebp's `method`; 5 and 6 mean one less for lossy alpha, and a
    /// preset of libwebp's where the picture is lossless.
    pub effort: u8,
    /// Keeps every visible pixel, and leaves `quality` unused.
    pub lossless: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { quality: 80, effort: 4, lossless: false }
    }
}

/// Reads and writes WebP.
#[derive(Debug, Clone, Copy)]
pub struct WebP {
    settings: Settings,
    limits: Limits,
}

impl WebP {
    /// A codec that writes with `settings`, and reads originals within `limits`.
    pub fn new(settings: Settings, limits: Limits) -> Self {
        Self { settings, limits }
    }
}

impl Codec for WebP {
    fn format(&self) -> Format {
        Format::WebP
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let container = container::read(header, &self.limits)?;
        let (stored, orientation) = (container.canvas, container.orientation);
        let (frames, decoding, condition) = (container.frames, container.decoding(), container.condition(header));
        Ok(Facts { format: Format::WebP, stored, orientation, frames, decoding, condition })
    }

    fn decode(&self, original: &[u8], _target: Option<Dimensions>) -> Result<Picture, CodecError> {
        decode::decode(original, &self.limits)
    }

    fn frames<'a>(&self, original: &'a [u8]) -> Result<Box<dyn Frames + 'a>, CodecError> {
        Ok(Box::new(decode::WebPFrames::new(original, &self.limits)?))
    }

    fn notice(&self, original: &[u8]) -> Notice {
        metadata::notice(original)
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for WebP {
    fn encode_inheriting(
        &self,
        picture: &Picture,
        inheritance: &Inheritance,
        threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let settings = Settings { quality: inheritance.capped(self.settings.quality), ..self.settings };
        let file = profile::with_profile(encode::encode(picture, settings, threads)?, picture);
        Ok(metadata::with_notice(file, &inheritance.notice))
    }

    fn strip(&self, original: &[u8], notice: &Notice) -> Result<Vec<u8>, CodecError> {
        let stripped = metadata::stripped(original).ok_or_else(|| malformed("the chunks are not in order"))?;
        Ok(metadata::with_notice(stripped, notice))
    }

    fn carries_profile(&self, layout: PixelLayout) -> bool {
        profile::carries_profile(layout)
    }

    fn animator(&self) -> Option<&dyn Animator> {
        Some(self)
    }

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout) -> u64 {
        encode::working_bytes(dimensions, layout, self.settings)
    }

    fn settings(&self) -> String {
        let Settings { quality, effort, lossless } = self.settings;
        format!("webp quality={quality} effort={effort} lossless={lossless} v1;")
    }
}

impl Animator for WebP {
    fn begin(
        &self,
        dimensions: Dimensions,
        plays: Plays,
        max_quality: Option<Quality>,
    ) -> Result<Box<dyn FrameWriter>, CodecError> {
        let quality = max_quality.map_or(self.settings.quality, |most| self.settings.quality.min(most.number()));
        Ok(Box::new(animate::Writer::new(dimensions, plays, Settings { quality, ..self.settings })?))
    }

    fn working_bytes(&self, dimensions: Dimensions, frames: u32) -> u64 {
        animate::working_bytes(dimensions, frames, self.settings)
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::WebP, reason)
}
