//! Pixels to an animated PNG: of each frame the area that changed, coded like a picture of its own.

use super::chunks::{chunk, put_chunk};
use super::header::MAX_EDGE;
use super::{SIGNATURE, encode};
use crate::animation::{Area, Change, visible_rgba};
use crate::{CodecError, Coding, ColourSpace, Frame, FrameWriter, Picture, PixelLayout, Plays};
use crate::{Dimensions, Format};

/// `dispose_op` and `blend_op`.
const KEEP: u8 = 0;
const SOURCE: u8 = 0;
const OVER: u8 = 1;

/// Frames, those before, a copy of the area that changed, and what it takes to code it; and all that is written, in a
/// vector that grows by doubling.
pub(super) fn working_bytes(dimensions: Dimensions, frames: u32) -> u64 {
    let canvas = dimensions.pixels() * 4;
    let file = canvas + canvas / 100 + 1024;
    encode::working_bytes(dimensions, PixelLayout::Rgba, &Coding::default()) + canvas * 4 + file * u64::from(frames)
}

pub(super) struct Writer {
    dimensions: Dimensions,
    plays: Plays,
    level: u8,
    before: Option<Vec<u8>>,
    /// What precedes the control of the first frame: known with its colours.
    head: Vec<u8>,
    /// From that control on.
    body: Vec<u8>,
    frames: u32,
    /// Numbers all chunks of the animation.
    sequence: u32,
}

impl Writer {
    pub(super) fn new(dimensions: Dimensions, plays: Plays, level: u8) -> Result<Self, CodecError> {
        if dimensions.longest_edge() > MAX_EDGE {
            return Err(CodecError::TooLarge { format: Format::Png, limit: MAX_EDGE, dimensions });
        }
        let (head, body) = (Vec::new(), Vec::new());
        Ok(Self { dimensions, plays, level, before: None, head, body, frames: 0, sequence: 0 })
    }

    /// What is to be coded, where, and how it is put on what is there.
    fn changed(&self, pixels: &[u8]) -> (Area, Vec<u8>, u8) {
        let canvas = self.dimensions;
        let Some(before) = &self.before else { return (Area::whole(canvas), pixels.to_vec(), SOURCE) };
        let Change { area, covers } = Change::between(before, pixels, canvas);
        // A frame has a pixel, even one that nobody sees.
        let nothing = || (Area { left: 0, top: 0, width: 1, height: 1 }, vec![0; 4], OVER);
        let Some(area) = area else { return nothing() };
        let mut cut = area.cut(pixels, canvas);
        if !covers {
            return (area, cut, SOURCE);
        }
        let before = area.rows(canvas).flat_map(|row| before.get(row).unwrap_or_default().as_chunks::<4>().0);
        for (pixel, before) in cut.as_chunks_mut::<4>().0.iter_mut().zip(before) {
            if pixel == before {
                *pixel = [0; 4];
            }
        }
        (area, cut, OVER)
    }

    fn put_control(&mut self, area: Area, milliseconds: u32, blend: u8) {
        let (numerator, denominator) = delay(milliseconds);
        let edges = [self.number(), area.width, area.height, area.left, area.top].map(u32::to_be_bytes);
        let delay = [numerator, denominator].map(u16::to_be_bytes);
        put_chunk(&mut self.body, b"fcTL", &[edges.as_flattened(), delay.as_flattened(), &[KEEP, blend]]);
    }

    fn number(&mut self) -> u32 {
        self.sequence += 1;
        self.sequence - 1
    }

    /// Takes the chunks of a frame's own file: the first is the file's, of others only the pixels count.
    fn put_pixels(&mut self, file: &[u8]) {
        let mut at = SIGNATURE.len();
        while let Some((kind, payload)) = chunk(file, &mut at) {
            match kind {
                b"IDAT" if self.frames == 0 => put_chunk(&mut self.body, kind, &[payload]),
                b"IDAT" => {
                    let number = self.number().to_be_bytes();
                    put_chunk(&mut self.body, b"fdAT", &[&number, payload]);
                }
                b"IEND" => {}
                _ if self.frames == 0 => put_chunk(&mut self.head, kind, &[payload]),
                _ => {}
            }
        }
    }
}

impl FrameWriter for Writer {
    fn push(&mut self, frame: Frame) -> Result<(), CodecError> {
        let Frame { picture, milliseconds } = frame;
        if picture.dimensions() != self.dimensions {
            return Err(failure("a frame of other dimensions"));
        }
        let colours = if self.frames == 0 { picture.colours().clone() } else { ColourSpace::default() };
        let pixels = visible_rgba(picture);
        let (area, cut, blend) = self.changed(&pixels);
        let cut = Picture::new(area.dimensions(), PixelLayout::Rgba, cut).ok_or_else(|| failure("no pixels"))?;
        let file = encode::encode(&cut.in_colours(colours), &Coding::new(None, self.level))?;
        self.put_control(area, milliseconds, blend);
        self.put_pixels(&file);
        self.frames += 1;
        self.before = Some(pixels);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<u8>, CodecError> {
        if self.frames == 0 {
            return Err(failure("no frame"));
        }
        let mut file = SIGNATURE.to_vec();
        file.extend(&self.head);
        put_chunk(&mut file, b"acTL", &[&self.frames.to_be_bytes(), &self.plays.to_be_bytes()]);
        file.extend(&self.body);
        put_chunk(&mut file, b"IEND", &[]);
        Ok(file)
    }
}

/// A fraction of a second.
fn delay(milliseconds: u32) -> (u16, u16) {
    match u16::try_from(milliseconds) {
        Ok(milliseconds) => (milliseconds, 1000),
        Err(_) => (u16::try_from(milliseconds / 1000).unwrap_or(u16::MAX), 1),
    }
}

fn failure(reason: impl ToString) -> CodecError {
    CodecError::encode(Format::Png, reason)
}
