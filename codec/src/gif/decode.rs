//! GIF to pixels: each frame on the canvas, as browsers compose them.

#![expect(clippy::indexing_slicing, reason = "there is a place among the colours for every value of a byte")]

use std::io::{Chain, Cursor, Read};
use std::num::NonZeroU64;

use ::gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, MemoryLimit, Repeat};

use super::{malformed, scan};
use crate::animation::{Area, Canvas, Disposal};
use crate::broken::missing_pixels;
use crate::{CodecError, Frame, Frames, Limits, Picture, PixelLayout, Plays};
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

/// A frame without its pixels.
struct Outline {
    area: Area,
    disposal: Disposal,
    colours: Colours,
    /// In hundredths of a second.
    delay: u16,
    is_interlaced: bool,
}

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

    /// As many rows of the first frame as there are. Of an interlaced one, rows stand for those below until the next.
    pub(super) fn salvaged(mut self) -> Result<Picture, CodecError> {
        let outline = self.outline()?.ok_or_else(|| malformed("no picture"))?;
        let Area { width, height, .. } = outline.area;
        let (width, height) = (width as usize, height as usize);
        let mut sources: Vec<Option<usize>> = vec![None; height];
        let passes = if outline.is_interlaced { [(0, 8), (4, 8), (2, 4), (1, 2)].as_slice() } else { &[(0, 1)] };
        for row in passes.iter().flat_map(|(first, step)| (*first..height).step_by(*step)) {
            let line = self.indices.get_mut(row * width..).and_then(|rest| rest.get_mut(..width));
            let Some(line) = line.filter(|line| !line.is_empty()) else { break };
            if !matches!(self.decoder.fill_buffer(line), Ok(true)) {
                break;
            }
            sources[row] = Some(row);
        }
        if sources.iter().all(Option::is_none) {
            return Err(malformed("no row is whole"));
        }
        let reach = if outline.is_interlaced { 8 } else { 1 };
        let source = |row: usize| (0..reach).find_map(|above| *sources.get(row.checked_sub(above)?)?);
        self.draw(&outline, source)
    }

    fn compose(&mut self) -> Result<Option<Frame>, CodecError> {
        let Some(outline) = self.outline()? else { return Ok(None) };
        if !self.indices.is_empty() {
            self.decoder.read_into_buffer(&mut self.indices).map_err(failure)?;
        }
        let picture = self.draw(&outline, Some)?;
        Ok(Some(Frame { picture, milliseconds: u32::from(outline.delay) * 10 }))
    }

    /// What is said of the next frame before its pixels; makes room for them.
    fn outline(&mut self) -> Result<Option<Outline>, CodecError> {
        let Some(info) = self.decoder.next_frame_info().map_err(failure)? else { return Ok(None) };
        let [left, top, width, height] = [info.left, info.top, info.width, info.height].map(u32::from);
        let area = Area { left, top, width, height };
        let (delay, transparent, is_interlaced) = (info.delay, info.transparent, info.interlaced);
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
        Ok(Some(Outline { area, disposal, colours, delay, is_interlaced }))
    }

    /// Draws a frame: for each of its rows the one that `source` tells, and gray where it tells none.
    fn draw(&mut self, outline: &Outline, source: impl Fn(usize) -> Option<usize>) -> Result<Picture, CodecError> {
        let Outline { area, disposal, colours, .. } = outline;
        let indices = &self.indices;
        self.canvas.draw(*area, *disposal, |number, row| {
            let Some(source) = source(number) else {
                row.copy_from_slice(&missing_pixels(row.len(), Some(PixelLayout::Rgba.channels())));
                return;
            };
            let line = indices.get(source * area.width as usize..).unwrap_or_default();
            for (pixel, index) in row.as_chunks_mut().0.iter_mut().zip(line) {
                if let Some(colour) = colours[usize::from(*index)] {
                    *pixel = colour;
                }
            }
        });
        self.canvas.picture().ok_or_else(|| malformed("the frame does not fill the canvas"))
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
