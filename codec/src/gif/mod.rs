//! GIF (GIF89a), read and written by the crate of that name; frames are composed and colours chosen by us.

mod decode;
mod details;
mod encode;
mod metadata;
mod palette;
mod scan;
#[cfg(test)]
mod tests;

use self::decode::{GifFrames, max_frame_pixels};
use self::encode::Writer;
use super::{
    Animator, BrokenOriginals, Choices, Codec, CodecError, Coding, DecodeOptions, Details, Encoder, Frame, FrameWriter,
    Frames, Header, Limits, Notice, Picture, PixelLayout, Plays,
};
use crate::{Condition, Decoding, Dimensions, Facts, Format, Orientation, SampleFacts};

/// The longest edge that the format holds, in pixels.
const MAX_EDGE: u32 = u16::MAX as u32;
/// What the library holds beside the pixels: its tables and buffers.
const LIBRARY_BYTES: u64 = 1024 * 1024;

/// Reads and writes GIF.
#[derive(Debug, Clone, Copy)]
pub struct Gif {
    limits: Limits,
}

impl Gif {
    /// A codec that reads originals within `limits`.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl Codec for Gif {
    fn format(&self) -> Format {
        Format::Gif
    }

    fn probe(&self, header: &mut dyn Header) -> Result<Facts, CodecError> {
        let blocks = scan::read(header, &self.limits)?;
        let canvas = blocks.canvas;
        // The canvas, perhaps a copy of it that is to be restored, and the frame.
        let canvases = canvas.pixels() * 4 * 2 + max_frame_pixels(canvas);
        let working_bytes = LIBRARY_BYTES + canvases + blocks.metadata_bytes * 2;
        let decoding = Decoding { pixel_bytes: 4, working_bytes, is_by_parts: false };
        let (format, orientation) = (Format::Gif, Orientation::Upright);
        let samples = SampleFacts { is_opaque: !blocks.is_transparent, ..SampleFacts::default() };
        let condition = Condition { metadata: blocks.metadata, samples, ..Condition::default() };
        Ok(Facts { format, stored: canvas, orientation, frames: blocks.frames, decoding, condition, drawing: None })
    }

    fn decode_as(&self, original: &[u8], options: &DecodeOptions<'_>) -> Result<Picture, CodecError> {
        match options.broken {
            BrokenOriginals::Refuse => GifFrames::new(original, &self.limits)?.first(),
            BrokenOriginals::Show => GifFrames::new(original, &self.limits)?.salvaged(),
        }
    }

    fn frames<'a>(&self, original: &'a [u8]) -> Result<Box<dyn Frames + 'a>, CodecError> {
        Ok(Box::new(GifFrames::new(original, &self.limits)?))
    }

    fn details(&self, original: &[u8], facts: &Facts) -> Details {
        details::details(original, facts)
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }
}

impl Encoder for Gif {
    fn coding(&self) -> Coding {
        Coding::default()
    }

    fn choices(&self) -> Choices {
        Choices::NONE
    }

    fn encode_as(
        &self,
        picture: &Picture,
        coding: &Coding,
        _notice: &Notice,
        _threads: usize,
    ) -> Result<Vec<u8>, CodecError> {
        let mut writer = self.begin(picture.dimensions(), 1, coding)?;
        writer.push(Frame { picture: picture.clone(), milliseconds: 0 })?;
        writer.finish()
    }

    /// The format has comments alone.
    fn carries_notice(&self) -> bool {
        false
    }

    fn strip(&self, original: &[u8], _notice: &Notice) -> Result<Vec<u8>, CodecError> {
        metadata::stripped(original)
    }

    fn animator(&self) -> Option<&dyn Animator> {
        Some(self)
    }

    fn working_bytes(&self, dimensions: Dimensions, _layout: PixelLayout, coding: &Coding) -> u64 {
        Animator::working_bytes(self, dimensions, 1, coding)
    }

    fn version(&self) -> String {
        "gif v1;".to_owned()
    }
}

impl Animator for Gif {
    fn begin(
        &self,
        dimensions: Dimensions,
        plays: Plays,
        _coding: &Coding,
    ) -> Result<Box<dyn FrameWriter>, CodecError> {
        Ok(Box::new(Writer::new(dimensions, plays)?))
    }

    fn working_bytes(&self, dimensions: Dimensions, frames: u32, _coding: &Coding) -> u64 {
        encode::working_bytes(dimensions, frames)
    }
}

fn malformed(reason: impl ToString) -> CodecError {
    CodecError::malformed(Format::Gif, reason)
}
