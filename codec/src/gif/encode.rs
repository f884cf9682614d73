//! Pixels to GIF: of each frame only what changes, in the colours of the first where they do.

#![expect(clippy::indexing_slicing, reason = "`push` takes only frames that fill the canvas, and areas lie on it")]

use std::borrow::Cow;
use std::ops::Range;

use ::gif::{DisposalMethod, Encoder, Frame as StoredFrame, Repeat};

use super::MAX_EDGE;
use super::palette::{Palette, distance};
use crate::animation::{Area, visible_rgba};
use crate::{CodecError, Frame, FrameWriter, Plays};
use crate::{Dimensions, Format};

/// From this level on a pixel is opaque.
const OPAQUE: u8 = 128;
/// A pixel that changed keeps its old colour where a new one would be nearer by no more than this (two levels a channel,
/// squared): what nobody sees costs no bytes, and does not flicker.
const UNSEEN: u32 = 12;
/// A frame gets colours of its own where those of the first miss it by more than this on average, squared, and by so many
/// times what they miss the first.
const POOR: u64 = 40;
const POORER: u64 = 2;
/// They take up to 768 bytes, and must make good for more than this in all.
const WORTH_A_PALETTE: u64 = 200_000;
/// Or miss by more than this on average: ten levels a channel, squared.
const WRONG: u64 = 300;

/// What the colours of a frame take: the table of those that are nearest, and the counts of all.
const PALETTE_BYTES: u64 = 3 << 20;

/// What is shown, the frame, its colour indices, those of the frame before, and the bytes written: with 12 bits for a
/// pixel at worst, in a vector that grows by doubling.
pub(super) fn working_bytes(dimensions: Dimensions, frames: u32) -> u64 {
    let pixels = dimensions.pixels();
    pixels * 16 + pixels * u64::from(frames) * 2 + PALETTE_BYTES
}

/// Writes a file. Each frame is held back until the next says what must become of it.
pub(super) struct Writer {
    dimensions: Dimensions,
    plays: Plays,
    file: Option<File>,
    /// What a viewer shows, in the colours that were written.
    shown: Vec<[u8; 4]>,
    /// What was to be shown.
    wanted: Vec<[u8; 4]>,
    waiting: Option<Waiting>,
    /// When the frames so far are over.
    milliseconds: u64,
    hundredths: u64,
}

struct File {
    encoder: Encoder<Vec<u8>>,
    palette: Palette,
    /// By how much the palette misses the first frame, on average.
    error: u64,
}

struct Waiting {
    area: Area,
    /// One for each pixel of the area.
    indices: Vec<u8>,
    transparent: u8,
    /// Where the colours are not those of the first frame.
    colours: Option<Vec<u8>>,
    disposal: DisposalMethod,
    hundredths: u16,
}

/// Which pixels are drawn, with which index.
struct Drawing {
    indices: Vec<Option<u8>>,
    /// By how much the colours miss what is wanted, on average of what changed.
    error: u64,
    changed: u64,
}

impl Writer {
    pub(super) fn new(dimensions: Dimensions, plays: Plays) -> Result<Self, CodecError> {
        if dimensions.longest_edge() > MAX_EDGE {
            return Err(CodecError::TooLarge { format: Format::Gif, limit: MAX_EDGE, dimensions });
        }
        let shown = vec![[0; 4]; dimensions.pixels() as usize];
        let wanted = shown.clone();
        Ok(Self { dimensions, plays, file: None, shown, wanted, waiting: None, milliseconds: 0, hundredths: 0 })
    }

    fn begin(&self, wanted: &[[u8; 4]]) -> Result<File, CodecError> {
        let palette = Palette::of(opaque(wanted));
        // Checked to fit.
        let [width, height] = [self.dimensions.width, self.dimensions.height].map(|edge| edge as u16);
        let mut encoder = Encoder::new(Vec::new(), width, height, &palette.with_transparent()).map_err(failure)?;
        match self.plays {
            0 => encoder.set_repeat(Repeat::Infinite),
            plays => encoder.set_repeat(Repeat::Finite(u16::try_from(plays - 1).unwrap_or(u16::MAX))),
        }
        .map_err(failure)?;
        Ok(File { encoder, palette, error: 0 })
    }

    /// What was opaque and is to be transparent can only be cleared, with all of the frame before.
    fn clear(&mut self, wanted: &[[u8; 4]]) {
        let must_go = |at: usize| self.shown[at][3] != 0 && wanted[at][3] == 0;
        let Some(area) = bounds(self.dimensions, must_go) else { return };
        let Some(waiting) = &mut self.waiting else { return };
        let area = area.with(waiting.area);
        waiting.extend_to(area);
        waiting.disposal = DisposalMethod::Background;
        for row in rows(area, self.dimensions) {
            self.shown[row.clone()].fill([0; 4]);
            // Whatever was there is to be drawn again.
            self.wanted[row].fill([0; 4]);
        }
    }

    fn drawing(&self, wanted: &[[u8; 4]], palette: &mut Palette) -> Drawing {
        let (mut error, mut changed) = (0, 0);
        let pixels = wanted.iter().zip(&self.wanted).zip(&self.shown);
        let indices = pixels.map(|((wanted, before), shown)| {
            let [red, green, blue, alpha] = *wanted;
            if alpha == 0 || (wanted == before && shown[3] != 0) {
                return None;
            }
            let colour = [red, green, blue];
            let index = palette.index(colour);
            let (drawn, kept) =
                (distance(palette.colour(index), colour), distance([shown[0], shown[1], shown[2]], colour));
            let stays = shown[3] != 0 && kept <= drawn + UNSEEN;
            (error, changed) = (error + u64::from(if stays { kept } else { drawn }), changed + 1);
            (!stays).then_some(index)
        });
        let indices = indices.collect();
        Drawing { indices, error: error / u64::max(changed, 1), changed }
    }

    /// Draws, and waits for what the next frame needs.
    fn draw(&mut self, drawing: &Drawing, palette: &Palette, colours: Option<Vec<u8>>, hundredths: u16) {
        let transparent = palette.transparent();
        let area = bounds(self.dimensions, |at| drawing.indices[at].is_some());
        // A frame has a pixel, even one that nobody sees.
        let area = area.unwrap_or(Area { left: 0, top: 0, width: 1, height: 1 });
        let drawn = rows(area, self.dimensions).flat_map(|row| &drawing.indices[row]);
        let indices = drawn.map(|index| index.unwrap_or(transparent)).collect();
        for (shown, index) in self.shown.iter_mut().zip(&drawing.indices) {
            if let Some(index) = index {
                let [red, green, blue] = palette.colour(*index);
                *shown = [red, green, blue, u8::MAX];
            }
        }
        let disposal = DisposalMethod::Keep;
        self.waiting = Some(Waiting { area, indices, transparent, colours, disposal, hundredths });
    }

    /// The time until the frame is over, so that no rounding adds up.
    fn hundredths(&mut self, milliseconds: u32) -> u16 {
        self.milliseconds += u64::from(milliseconds);
        let end = (self.milliseconds + 5) / 10;
        let hundredths = end - std::mem::replace(&mut self.hundredths, end);
        u16::try_from(hundredths).unwrap_or(u16::MAX)
    }

    fn write_waiting(&mut self, file: &mut File) -> Result<(), CodecError> {
        let Some(waiting) = self.waiting.take() else { return Ok(()) };
        // All of them fit, for the canvas does.
        let [left, top, width, height] =
            [waiting.area.left, waiting.area.top, waiting.area.width, waiting.area.height].map(|edge| edge as u16);
        let frame = StoredFrame {
            delay: waiting.hundredths,
            dispose: waiting.disposal,
            transparent: Some(waiting.transparent),
            needs_user_input: false,
            top,
            left,
            width,
            height,
            interlaced: false,
            palette: waiting.colours,
            buffer: Cow::Owned(waiting.indices),
        };
        file.encoder.write_frame(&frame).map_err(failure)
    }
}

impl FrameWriter for Writer {
    fn push(&mut self, frame: Frame) -> Result<(), CodecError> {
        let wanted = two_levels(visible_rgba(frame.picture));
        if wanted.len() != self.shown.len() {
            return Err(failure("a frame of other dimensions"));
        }
        let is_first = self.file.is_none();
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.begin(&wanted)?,
        };
        self.clear(&wanted);
        let mut drawing = self.drawing(&wanted, &mut file.palette);
        if is_first {
            file.error = drawing.error;
        }
        self.write_waiting(&mut file)?;
        let hundredths = self.hundredths(frame.milliseconds);
        let is_worth = drawing.error > WRONG || drawing.error * drawing.changed > WORTH_A_PALETTE;
        if drawing.error > POOR && drawing.error > file.error * POORER && is_worth {
            let changed = wanted.iter().zip(&self.wanted).filter(|(pixel, before)| pixel != before);
            let mut own = Palette::of(opaque_of(changed.map(|(pixel, _)| pixel)));
            drawing = self.drawing(&wanted, &mut own);
            let colours = own.with_transparent();
            self.draw(&drawing, &own, Some(colours), hundredths);
        } else {
            self.draw(&drawing, &file.palette, None, hundredths);
        }
        self.wanted = wanted;
        self.file = Some(file);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<u8>, CodecError> {
        let mut file = self.file.take().ok_or_else(|| failure("no frame"))?;
        self.write_waiting(&mut file)?;
        file.encoder.into_inner().map_err(failure)
    }
}

impl Waiting {
    /// The same on a larger area.
    fn extend_to(&mut self, area: Area) {
        let mut indices = vec![self.transparent; area.dimensions().pixels() as usize];
        let within = Area { left: self.area.left - area.left, top: self.area.top - area.top, ..self.area };
        let lines = self.indices.chunks_exact(self.area.width as usize);
        for (row, line) in rows(within, area.dimensions()).zip(lines) {
            indices[row].copy_from_slice(line);
        }
        (self.area, self.indices) = (area, indices);
    }
}

/// Every pixel opaque or not there.
fn two_levels(pixels: Vec<u8>) -> Vec<[u8; 4]> {
    let pixels = pixels.as_chunks().0.iter();
    let decided =
        pixels.map(|[red, green, blue, alpha]| if *alpha < OPAQUE { [0; 4] } else { [*red, *green, *blue, u8::MAX] });
    decided.collect()
}

fn opaque(pixels: &[[u8; 4]]) -> impl Iterator<Item = [u8; 3]> + Clone {
    opaque_of(pixels.iter())
}

fn opaque_of<'a>(pixels: impl Iterator<Item = &'a [u8; 4]> + Clone) -> impl Iterator<Item = [u8; 3]> + Clone {
    pixels.filter(|[.., alpha]| *alpha != 0).map(|[red, green, blue, _]| [*red, *green, *blue])
}

/// The rows of an area, in pixels of the canvas.
fn rows(area: Area, canvas: Dimensions) -> impl Iterator<Item = Range<usize>> {
    area.rows(canvas).map(|row| row.start / 4..row.end / 4)
}

/// The smallest area that holds all pixels that are meant, by their number.
fn bounds(canvas: Dimensions, is_meant: impl Fn(usize) -> bool) -> Option<Area> {
    let mut found: Option<Area> = None;
    for (top, mut row) in rows(Area::whole(canvas), canvas).enumerate() {
        let Some(first) = row.clone().position(&is_meant) else { continue };
        let last = row.rposition(&is_meant).unwrap_or(first);
        let area = Area { left: first as u32, top: top as u32, width: (last - first) as u32 + 1, height: 1 };
        found = Some(found.map_or(area, |found| found.with(area)));
    }
    found
}

fn failure(reason: impl ToString) -> CodecError {
    CodecError::encode(Format::Gif, reason)
}
