//! GIF to pixels: each frame on the canvas, as browsers compose them.

#![expect(clippy::indexing_slicing, reason = "there is a place among the colours for every value of a byte")]

use std::io::{Chain, Cursor, Read};
use std::num::NonZeroU64;

use ::gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, MemoryLimit, Repeat};

use super::{malformed, scan};
use crate::animation::{Area, Canvas, Disposal};
use crate::{CodecError, Frame, Frames, Limits, Picture, Plays};
use crate::{Dimensions, Format};

/// A frame may be larger than its canvas, by so much; more is no picture, but a trap.
const MAX_CANVASES: u64 = 4;
const MIN_FRAME_PIXELS: u64 = 1 << 16;

/// The most pixels that one frame may have: it is decoded whole, however little of it lies on the canvas.
pub(super) fn max_frame_pixels(canvas: Dimensions) -> u64 {
    (canvas.pixels() * MAX_CANVASES).max(MIN_FRAME_PIXELS)
}

/// The frames of a file, one at a time.
pub(super) struct GifFrames<'a> {
    decoder: Decoder<Coloured<'a>>,
    dimensions: Dimensions,
    canvas: Canvas,
    /// What the decoder gives, one byte a pixel.
    indices: Vec<u8>,
    has_begun: bool,
    /// How many frames are still to come; what follows them is no block, whatever the decoder takes it for.
    remaining: u32,
}

/// A file whose header has colours, though the original's may have none.
type Coloured<'a> = Chain<Cursor<Vec<u8>>, &'a [u8]>;

/// What a colour index draws; `None` leaves what is there.
type Colours = [Option<[u8; 4]>; 256];

impl<'a> GifFrames<'a> {
    pub(super) fn new(original: &'a [u8], limits: &Limits) -> Result<Self, CodecError> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.allow_unknown_blocks(true);
        // Frames are measured by us; this is for what else the decoder keeps.
        let most = limits.max_metadata_bytes.saturating_add(limits.max_pixels.saturating_mul(MAX_CANVASES)).max(1);
        options.set_memory_limit(NonZeroU64::new(most).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
        let blocks = scan::read(&mut Cursor::new(original), limits)?;
        let dimensions = limits.admit(Format::Gif, blocks.canvas)?;
        let decoder = options.read_info(coloured(original, blocks.has_palette)).map_err(failure)?;
        let (canvas, remaining) = (Canvas::new(dimensions), blocks.frames);
        Ok(Self { decoder, dimensions, canvas, indices: Vec::new(), has_begun: false, remaining })
    }

    /// The first frame alone.
    pub(super) fn first(mut self) -> Result<Picture, CodecError> {
        let frame = self.compose()?.ok_or_else(|| malformed("no picture"))?;
        Ok(frame.picture)
    }

    fn compose(&mut self) -> Result<Option<Frame>, CodecError> {
        let Some(info) = self.decoder.next_frame_info().map_err(failure)? else { return Ok(None) };
        let [left, top, width, height] = [info.left, info.top, info.width, info.height].map(u32::from);
        let area = Area { left, top, width, height };
        let (delay, transparent) = (info.delay, info.transparent);
        let disposal = match info.dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Disposal::Keep,
            DisposalMethod::Background => Disposal::Clear,
            DisposalMethod::Previous => Disposal::Restore,
        };
        let colours = colours(self.decoder.palette().map_err(failure)?, transparent);
        let pixels = area.dimensions().pixels();
        if pixels > max_frame_pixels(self.dimensions) {
            let reason = format!("expected a frame that fits the {}, got {}", self.dimensions, area.dimensions());
            return Err(malformed(reason));
        }
        self.indices.resize(pixels as usize, 0);
        if pixels > 0 {
            self.decoder.read_into_buffer(&mut self.indices).map_err(failure)?;
        }
        let indices = &self.indices;
        self.canvas.draw(area, disposal, |number, row| {
            let line = indices.get(number * width as usize..).unwrap_or_default();
            for (pixel, index) in row.as_chunks_mut().0.iter_mut().zip(line) {
                if let Some(colour) = colours[usize::from(*index)] {
                    *pixel = colour;
                }
            }
        });
        let picture = self.canvas.picture().ok_or_else(|| malformed("the frame does not fill the canvas"))?;
        Ok(Some(Frame { picture, milliseconds: u32::from(delay) * 10 }))
    }
}

impl Frames for GifFrames<'_> {
    /// The file tells how often it is repeated after the first time, and nothing where it is shown once.
    fn plays(&self) -> Plays {
        match self.decoder.repeat() {
            Repeat::Infinite => 0,
            Repeat::Finite(repeats) => Plays::from(repeats) + 1,
        }
    }

    fn next(&mut self) -> Result<Option<Frame>, CodecError> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let frame = match self.compose() {
            Err(_) if self.has_begun => None,
            composed => composed?,
        };
        self.has_begun = true;
        self.remaining = if frame.is_some() { self.remaining - 1 } else { 0 };
        Ok(frame)
    }
}

/// Where neither the file nor a frame has colours, index 0 is black and 255 white, as other decoders have it. The library
/// refuses such frames, so the header gets the palette that it lacks.
fn coloured(original: &[u8], has_palette: bool) -> Coloured<'_> {
    const HEADER_BYTES: usize = 13;
    const PALETTE_OF_256: u8 = 0x87;
    let (header, rest) = original.split_at_checked(HEADER_BYTES).unwrap_or((original, &[]));
    let mut start = header.to_vec();
    if let Some(flags) = start.get_mut(10).filter(|_| !has_palette) {
        *flags |= PALETTE_OF_256;
        start.extend((0..=u8::MAX).flat_map(|level| [level; 3]));
    }
    Cursor::new(start).chain(rest)
}

fn colours(palette: &[u8], transparent: Option<u8>) -> Colours {
    let mut colours = [None; 256];
    for (colour, [red, green, blue]) in colours.iter_mut().zip(palette.as_chunks().0) {
        *colour = Some([*red, *green, *blue, u8::MAX]);
    }
    if let Some(transparent) = transparent {
        colours[usize::from(transparent)] = None;
    }
    colours
}

fn failure(error: DecodingError) -> CodecError {
    match error {
        DecodingError::UnexpectedEof => malformed("the file ends early"),
        DecodingError::MemoryLimit | DecodingError::OutOfMemory => {
            CodecError::unsupported(Format::Gif, "a frame or an extension that takes too much memory")
        }
        other => malformed(other),
    }
}
