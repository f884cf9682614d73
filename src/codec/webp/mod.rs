//! WebP (RFC 9649), read and written by libwebp. What its C code sees has passed our own reading of the container.

mod animate;
mod container;
mod decode;
mod encode;
mod profile;
#[cfg(test)]
mod tests;

use super::{Animator, Codec, CodecError, Encoder, FrameWriter, Frames, Header, Limits, Picture, PixelLayout, Plays};
use crate::request::{Dimensions, Facts, Format};

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
        let (frames, decoding) = (container.frames, container.decoding());
        Ok(Facts { format: Format::WebP, stored, orientation, frames, decoding })
    }

    fn decode(&self, original: &[u8], _target: Option<Dimensions>) -> Result<Picture, CodecError> {
        decode::decode(original, &self.limits)
    }

    fn frames<'a>(&self, original: &'a [u8]) -> Result<Box<dyn Frames + 'a>, CodecError> {
        Ok(Box::new(decode::WebPFrames::new(original, &self.limits)?))
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for WebP {
    fn encode(&self, picture: &Picture) -> Result<Vec<u8>, CodecError> {
        self.encode_on(picture, 1)
    }

    fn encode_on(&self, picture: &Picture, threads: usize) -> Result<Vec<u8>, CodecError> {
        Ok(profile::with_profile(encode::encode(picture, self.settings, threads)?, picture))
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
    fn begin(&self, dimensions: Dimensions, plays: Plays) -> Result<Box<dyn FrameWriter>, CodecError> {
        Ok(Box::new(animate::Writer::new(dimensions, plays, self.settings)?))
    }

    fn working_bytes(&self, dimensions: Dimensions, frames: u32) -> u64 {
        animate::working_bytes(dimensions, frames, self.settings)
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::WebP, reason)
}
