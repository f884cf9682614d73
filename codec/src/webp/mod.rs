//! WebP (RFC 9649), read and written by libwebp. What its C code sees has passed our own reading of the container.

mod animate;
mod container;
mod decode;
mod details;
mod encode;
mod frame;
mod metadata;
mod partial;
mod profile;
mod riff;
#[cfg(test)]
mod tests;

use super::notice::{Blocks, Notice};
use super::{
    Animator, BrokenOriginals, Choices, Codec, CodecError, Coding, DecodeOptions, Details, Encoder, FrameWriter,
    Frames, Header, Limits, Picture, PixelLayout, Plays,
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

impl Settings {
    fn of(coding: &Coding) -> Self {
        Self { quality: coding.quality_number(), effort: coding.effort, lossless: coding.is_lossless() }
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
        Ok(Facts { format: Format::WebP, stored, orientation, frames, decoding, condition, drawing: None })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        match options.broken {
            BrokenOriginals::Refuse => decode::decode(original, &self.limits),
            BrokenOriginals::Show => decode::salvage(original, &self.limits),
        }
    }

    fn frames<'a>(&self, original: &'a [u8]) -> Result<Box<dyn Frames + 'a>, CodecError> {
        Ok(Box::new(decode::WebPFrames::new(original, &self.limits)?))
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

impl Encoder for WebP {
    fn coding(&self) -> Coding {
        let Settings { quality, effort, lossless } = self.settings;
        Coding::new((!lossless).then(|| Quality::new(quality)), effort)
    }

    fn choices(&self) -> Choices {
        let efforts = [0, 0, 1, 2, 2, 3, 4, 4, 5, 5, 6];
        Choices { can_lose: true, can_keep_all: true, efforts, ..Choices::NONE }
    }

    fn encode_as(
        &self,
        picture: &Picture,
        coding: &Coding,
        notice: &Notice,
        threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let file = profile::with_profile(encode::encode(picture, Settings::of(coding), threads)?, picture);
        Ok(metadata::with_notice(file, notice))
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

    fn working_bytes(&self, dimensions: Dimensions, layout: PixelLayout, coding: &Coding) -> u64 {
        encode::working_bytes(dimensions, layout, Settings::of(coding))
    }

    fn version(&self) -> String {
        "webp v2;".to_owned()
    }
}

impl Animator for WebP {
    fn begin(&self, dimensions: Dimensions, plays: Plays, coding: &Coding) -> Result<Box<dyn FrameWriter>, CodecError> {
        Ok(Box::new(animate::Writer::new(dimensions, plays, Settings::of(coding))?))
    }

    fn working_bytes(&self, dimensions: Dimensions, frames: u32, coding: &Coding) -> u64 {
        animate::working_bytes(dimensions, frames, Settings::of(coding))
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::WebP, reason)
}
